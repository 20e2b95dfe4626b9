"""Selects the files of the running Python's base installation for the folder."""

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from dreambridge.packaging.elf import read_elf
from dreambridge.packaging.libraries import BASELINE
from dreambridge.protocol.errors import DreamError

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PROGRAM = PurePosixPath("python", "bin", f"python{VERSION}")
LIBRARY = PurePosixPath("python", "lib", f"python{VERSION}")
DYNLOAD = LIBRARY / "lib-dynload"
SITE = LIBRARY / "site-packages"

# The daemon never imports these: test suites, development tools, and modules for screens or terminals.
_LEFT_OUT = {
    "__phello__",
    "__pycache__",
    "antigravity.py",
    "curses",
    "dbm",
    "dist-packages",
    "distutils",
    "ensurepip",
    "idlelib",
    "lib-dynload",
    "lib2to3",
    "msilib",
    "pydoc_data",
    "site-packages",
    "sitecustomize.py",
    "sqlite3",
    "test",
    "tests",
    "this.py",
    "tkinter",
    "turtle.py",
    "turtledemo",
    "usercustomize.py",
    "venv",
    "wsgiref",
    "xmlrpc",
}
_LEFT_OUT_BEGINNINGS = ("config-", "_sysconfigdata")  # Makefiles, static libraries and the paths of the machine it was built on
_NO_EXTENSIONS = ("_test", "_xx", "xx", "_ctypes_test", "_tkinter", "_curses", "readline", "ossaudiodev", "nis", "spwd")
# Of the modules that link system libraries, the daemon uses only these.
_WORTH_A_LIBRARY = ("binascii", "zlib", "_ctypes", "_decimal")


def base_program() -> Path:
    """The base installation's own executable: in a virtual environment, the one that it was created with."""
    named = getattr(sys, "_base_executable", "") or sys.executable
    for path in (Path(sys.base_prefix, "bin", f"python{VERSION}"), Path(named)):
        if path.is_file():
            return path.resolve()
    raise DreamError(
        "missing_package",
        f"The program of this Python was not found in {sys.base_prefix}/bin.",
        "Make the package with another Python.",
    )


def _left_out(name: str) -> bool:
    return name in _LEFT_OUT or name.startswith(_LEFT_OUT_BEGINNINGS)


def _modules(folder: Path, target: PurePosixPath) -> Iterator[tuple[PurePosixPath, Path]]:
    for path in sorted(folder.iterdir()):
        if _left_out(path.name):
            continue
        if path.is_dir():
            yield from _modules(path, target / path.name)
        elif path.suffix == ".py":
            yield target / path.name, path


def _extensions(folder: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    """Extension modules without dependencies on the target system, and the few others that the daemon uses."""
    for path in sorted(folder.glob("*.so")):
        name = path.name.split(".")[0]
        elf = read_elf(path)
        if name.startswith(_NO_EXTENSIONS) or elf is None:
            continue
        outside = [n for n in elf.needed if n not in BASELINE and not n.startswith("libpython")]
        if not outside or name in _WORTH_A_LIBRARY:
            yield DYNLOAD / path.name, path


def python_files() -> dict[PurePosixPath, Path]:
    """Place in the folder to file on this machine: program, extension modules, and the sources of the standard library."""
    standard = Path(sysconfig.get_path("stdlib"))
    dynload = standard / "lib-dynload"
    if not (standard / "os.py").is_file():
        raise DreamError(
            "missing_package",
            f"The standard library is not a folder of sources ({standard}).",
            "Make the package with another Python.",
        )
    if not dynload.is_dir():
        dynload = Path(sysconfig.get_config_var("DESTSHARED") or dynload)
    files = {PROGRAM: base_program()} | dict(_modules(standard, LIBRARY))
    return files | (dict(_extensions(dynload)) if dynload.is_dir() else {})


def settings() -> tuple[PurePosixPath, str]:
    """The data module of ``sysconfig`` (place and text), without the paths of the machine that built this Python."""
    name = sysconfig._get_sysconfigdata_name()  # type: ignore[attr-defined]
    kept = {k: v for k, v in sorted(sysconfig.get_config_vars().items()) if isinstance(v, int) or "/" not in str(v)}
    return LIBRARY / f"{name}.py", f"build_time_vars = {kept!r}\n"


def search_path() -> str:
    """The ._pth file next to the program. It fixes ``sys.path`` and isolates Python from variables and user folders."""
    up = PurePosixPath("..", "lib", f"python{VERSION}")
    return "".join(f"{p}\n" for p in (up, up / "lib-dynload", up / "site-packages"))
