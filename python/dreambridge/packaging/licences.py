"""Collects the licences of everything in the folder in one text."""

import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import dreambridge
from dreambridge.bundle.load import Bundle
from dreambridge.packaging.distributions import Distribution, is_licence
from dreambridge.packaging.interpreter import VERSION

RULE = "=" * 100
APACHE = ("Apache-2.0", "Apache Software License")  # Dreambridge's own licence: its text is always included


@dataclass
class Licences:
    """``missing``: the parts without a licence text on this machine. Whoever distributes the folder must look them up."""

    parts: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def add(self, title: str, files: Sequence[Path], said: str = "") -> None:
        """``said``: what the part's own metadata calls its licence."""
        texts = [f"--- {p.name} ---\n{p.read_text(errors='replace').strip()}\n" for p in sorted(set(files))]
        if not texts and said in APACHE:
            texts = [f"{said}: see the text above, under Dreambridge.\n"]
        elif not texts:
            self.missing.append(title)
            texts = [f"{said or 'Unknown'}: the text was not found on the machine where this folder was made.\n"]
        self.parts.append((title, "\n".join(texts)))

    def text(self) -> str:
        names = "\n".join(f"- {title}" for title, _ in self.parts)
        whole = "\n".join(f"{RULE}\n{title}\n{RULE}\n{text}" for title, text in self.parts)
        return f"This folder holds these parts; the licence of each follows.\n\n{names}\n\n{whole}"


def _of_python() -> list[Path]:
    standard = Path(sysconfig.get_path("stdlib"))
    places = (standard / "LICENSE.txt", Path(f"/usr/share/doc/python{VERSION}/copyright"), standard.parent.parent / "LICENSE.txt")
    return [p for p in places if p.is_file()][:1]


def _of_dreambridge() -> list[Path]:
    """Dreambridge's licence: from the metadata if it is installed, from the repository's root in a checkout."""
    try:
        found = [Path(str(f.locate())) for f in metadata.files("dreambridge") or [] if f.name == "LICENSE"]
    except metadata.PackageNotFoundError:
        found = []
    checkout = Path(dreambridge.__file__).parent.parent.parent / "LICENSE"
    return [p for p in (*found, checkout) if p.is_file()][:1]


def _of_library(path: Path) -> list[Path]:
    """The copyright file of the Debian package that contains a system library."""
    if not shutil.which("dpkg-query"):
        return []
    # Packages list their files by the path from before /lib was merged into /usr/lib.
    for name in (str(path), str(path).removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            package = done.stdout.split(":")[0]
            return [p for p in (Path("/usr/share/doc", package, "copyright"),) if p.is_file()]
    return []


def gather(found: Sequence[Distribution], bundle: Bundle, libraries: Sequence[Path]) -> Licences:
    all_of_them = Licences()
    all_of_them.add(f"Dreambridge {dreambridge.__version__}", _of_dreambridge())
    all_of_them.add(f"Python {VERSION}", _of_python())
    for d in found:
        all_of_them.add(f"{d.name} {d.version}", d.licences, d.licence)
    m = bundle.manifest
    all_of_them.add(f"the bundle {m.name} {m.version}", [p for p in bundle.folder.iterdir() if is_licence(p)], m.license)
    for path in sorted(libraries):
        if not path.name.startswith("libpython"):
            all_of_them.add(f"{path.name}, a library of the system on which this folder was made", _of_library(path))
    return all_of_them
