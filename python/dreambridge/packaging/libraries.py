"""Shared libraries (Linux): those that the folder's files need, those to copy, and those of the target machine."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dreambridge.packaging.elf import Elf, read_elf
from dreambridge.protocol.errors import DreamError

LIBRARIES = PurePosixPath("python", "lib")
# The C library with its loader, and the two compiler libraries that each desktop with a graphics driver has.
BASELINE = {
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libstdc++.so.6",
    "libgcc_s.so.1",
}
_OF_THE_C_LIBRARY = re.compile(r"GLIBC_(\d+(?:\.\d+)+)$")
_NUMBERED = re.compile(r"([A-Z]+)_(\d+(?:\.\d+)*)$")


@dataclass
class Needs:
    """Requirements of a target machine: the minimum glibc, and the newest symbol versions by library outside the folder."""

    glibc: str = "0"
    libraries: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def is_library(path: PurePosixPath) -> bool:
    return ".so" in path.suffixes or path.parent.name == "bin"


def _normal(path: str) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(path))


def _inside(needed: str, elf: Elf, place: PurePosixPath, places: Mapping[PurePosixPath, object]) -> bool:
    """Whether the loader finds it in the folder: next to the file, in its search path, or among the libraries."""
    own = [_normal(re.sub(r"\$(ORIGIN|\{ORIGIN\})", str(place.parent), p)) for p in elf.search if "ORIGIN" in p]
    return any(folder / needed in places for folder in (*own, LIBRARIES))


def _loader(program: Path) -> str:
    elf = read_elf(program)
    if elf is None or not elf.interpreter or "ld-linux" not in elf.interpreter:
        named = elf.interpreter if elf else "none"
        raise DreamError(
            "not_supported",
            f"{program} is not a program for 64-bit GNU/Linux (its loader: {named or 'none'}).",
            "Make the package with another Python, such as your distribution's, pyenv's or uv's.",
        )
    return elf.interpreter


def _resolve(loader: str, path: Path) -> dict[str, Path]:
    """The libraries of a file that this machine's loader finds, from the output of ``ldd``."""
    done = subprocess.run([loader, "--list", str(path)], capture_output=True, text=True, check=False)
    found = re.findall(r"^\s*(\S+) => (/.+) \(0x[0-9a-f]+\)$", done.stdout, re.M)
    return {name: Path(where) for name, where in found}


def add_libraries(files: Mapping[PurePosixPath, Path], program: PurePosixPath) -> dict[PurePosixPath, Path]:
    """The libraries of this machine, with their dependencies, that ``files`` (place in the folder to file) need.

    DreamError ``missing_package`` if this machine does not have one of them.
    """
    loader = _loader(files[program])
    added: dict[PurePosixPath, Path] = {}
    queue = [(place, path) for place, path in files.items() if is_library(place)]
    while queue:
        place, path = queue.pop()
        elf = read_elf(path)
        if elf is None:
            continue
        known = dict(files) | added
        outside = [n for n in elf.needed if n not in BASELINE and not _inside(n, elf, place, known)]
        found = _resolve(loader, path) if outside else {}
        for name in outside:
            if name not in found:
                raise DreamError(
                    "missing_package",
                    f"{path} needs the library {name}, which this machine does not have.",
                    "Install it with the system's package manager, or make the package with another Python.",
                )
            added[LIBRARIES / name] = found[name].resolve()
            queue.append((LIBRARIES / name, found[name].resolve()))
    return added


def _elves(folder: Path) -> Iterator[tuple[PurePosixPath, Elf]]:
    for path in sorted(folder.rglob("*")):
        place = PurePosixPath(path.relative_to(folder).as_posix())
        if is_library(place) and path.is_file() and (elf := read_elf(path)):
            yield place, elf


def check_libraries(folder: Path) -> Needs:
    """Check every program and library of a folder; ``missing`` lists what is neither in it nor part of the baseline."""
    found = dict(_elves(folder))
    needs = Needs()
    newest: dict[str, dict[str, str]] = {}
    for place, elf in found.items():
        for name in elf.needed:
            if name not in BASELINE and not _inside(name, elf, place, found):
                needs.missing.append(f"{place} needs {name}")
        for library, versions in elf.versions.items():
            for version in versions if library in BASELINE else ():
                if glibc := _OF_THE_C_LIBRARY.match(version):
                    needs.glibc = max(needs.glibc, glibc[1], key=_number)
                elif library in ("libstdc++.so.6", "libgcc_s.so.1") and (numbered := _NUMBERED.match(version)):
                    kind = newest.setdefault(library, {})
                    kind[numbered[1]] = max(kind.get(numbered[1], "0"), numbered[2], key=_number)
    needs.libraries = {name: [f"{k}_{v}" for k, v in sorted(kinds.items())] for name, kinds in sorted(newest.items())}
    return needs
