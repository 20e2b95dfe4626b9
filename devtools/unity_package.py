#!/usr/bin/env python3
"""Makes the Unity package's npm tarball, for a scoped registry or for "Add package from tarball". Needs npm.

    python3 devtools/unity_package.py --out build

Its web addresses are those of the checkout: devtools/published.py writes them from the one setting in pyproject.toml.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from devtools import published
from devtools.unity_build import ROOT


class NoPackage(Exception):
    """The tarball could not be made; the message says why."""


def pack(out: Path, root: Path = ROOT) -> Path:
    """The tarball, ``com.dreambridge.unity-VERSION.tgz`` in ``out``, of the checkout ``root``."""
    npm = shutil.which("npm")
    if not npm:
        raise NoPackage("`npm` is not on PATH. Install Node.js, and try again.")
    try:
        stale = published.stale(root)
    except published.NoAddress as e:
        raise NoPackage(str(e)) from e
    if stale:
        names = ", ".join(sorted(p.relative_to(root).as_posix() for p in stale))
        raise NoPackage(f"The repository's address is not yet written into {names}. Run `python3 devtools/published.py`.")
    package = root / published.UNITY
    manifest = json.loads((package / "package.json").read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    words = [npm, "pack", str(package), "--silent", "--pack-destination", str(out.resolve())]
    done = subprocess.run(words, capture_output=True, text=True, cwd=out, check=False)
    if done.returncode:
        raise NoPackage(f"`npm pack` failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return out / f"{manifest['name']}-{manifest['version']}.tgz"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder of the tarball")
    options = parser.parse_args()
    try:
        made = pack(options.out)
    except NoPackage as e:
        print(f"unity_package: {e}", file=sys.stderr)
        return 1
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
