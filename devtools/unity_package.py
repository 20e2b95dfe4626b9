#!/usr/bin/env python3
"""Makes the Unity package's npm tarball, for a scoped registry or for "Add package from tarball". Needs npm.

    python3 devtools/unity_package.py --out build [--repository https://example.org/owner/dreambridge]

With --repository, package.json gets the addresses of documentation, changelog and licence at the version's tag, and where the
package lies in the repository. Without it they are left out, and the Package Manager shows the documentation in the package.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from devtools.unity_build import PACKAGE


class NoPackage(Exception):
    """The tarball could not be made; the message says why."""


def addresses(repository: str, version: str) -> dict[str, object]:
    """The fields of package.json that depend on where the repository is."""
    base = repository.removesuffix("/").removesuffix(".git")
    at = f"{base}/blob/v{version}/{PACKAGE.name}"
    return {
        "documentationUrl": f"{at}/Documentation~/index.md",
        "changelogUrl": f"{at}/CHANGELOG.md",
        "licensesUrl": f"{at}/LICENSE.md",
        "repository": {"type": "git", "url": f"{base}.git", "directory": PACKAGE.name},
    }


def pack(out: Path, repository: str = "") -> Path:
    """The tarball, ``com.dreambridge.unity-VERSION.tgz`` in ``out``."""
    npm = shutil.which("npm")
    if not npm:
        raise NoPackage("`npm` is not on PATH. Install Node.js, and try again.")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "package"
        shutil.copytree(PACKAGE, copy)
        manifest = json.loads((copy / "package.json").read_text())
        if repository:
            manifest |= addresses(repository, manifest["version"])
        (copy / "package.json").write_text(json.dumps(manifest, indent=4) + "\n", newline="\n")
        words = [npm, "pack", str(copy), "--silent", "--pack-destination", str(out.resolve())]
        done = subprocess.run(words, capture_output=True, text=True, cwd=folder, check=False)
        if done.returncode:
            raise NoPackage(f"`npm pack` failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return out / f"{manifest['name']}-{manifest['version']}.tgz"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder of the tarball")
    parser.add_argument("--repository", default="", help="web address of the repository")
    options = parser.parse_args()
    try:
        made = pack(options.out, options.repository)
    except NoPackage as e:
        print(f"unity_package: {e}", file=sys.stderr)
        return 1
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
