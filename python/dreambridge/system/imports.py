"""What a failed import means: the package is not installed, or it is installed and cannot be loaded."""

import importlib.util
import re
import sys
import traceback
from importlib import metadata
from pathlib import Path

from dreambridge.protocol.errors import DreamError
from dreambridge.system.terminal import command_line

# Where the name of the module is not that of the distribution.
DISTRIBUTIONS = {"zmq": "pyzmq", "PIL": "pillow"}
# onnxruntime and onnxruntime-gpu overwrite each other's files: the extra that brings it names the right one.
_INSTEAD = {"onnxruntime": "dreambridge[cpu]"}


def import_failed(e: ImportError) -> DreamError:
    """``missing_package`` with the package, the real cause and the command that mends it."""
    package, folder = _package(e)
    if package and not _is_installed(package):
        return DreamError(
            "missing_package",
            f"The Python package {_distribution(package)!r} is not installed.",
            f"Run: {install_command(package)}",
        )
    if not package:  # a name that a module of ours, or of Python's own, does not have
        return DreamError(
            "missing_package", f"An import failed: {_root_cause(e)}", f"Run: {install_command('dreambridge', True)}"
        )
    return DreamError(
        "missing_package",
        f"The Python package {_distribution(package)!r}{f' in {folder}' if folder else ''} cannot be loaded: {_root_cause(e)}",
        f"Reinstall it: {install_command(package, True)}",
    )


def install_command(module: str, again: bool = False) -> str:
    """The command line that installs a module's distribution into this very Python."""
    name = _distribution(module)
    words = [sys.executable or "python3", "-m", "pip", "install", *(["--force-reinstall"] if again else [])]
    return command_line(*words, _INSTEAD.get(name) or _requirement(name))


def _distribution(module: str) -> str:
    return DISTRIBUTIONS.get(module, module)


def _requirement(distribution: str) -> str:
    """The releases that we ask for, as pip reads them; the bare name where we ask for none."""
    try:
        wanted = metadata.requires("dreambridge") or []
    except metadata.PackageNotFoundError:
        wanted = []
    for line in wanted:
        requirement = line.partition(";")[0].strip()
        if re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() == distribution.lower():
            return requirement
    return distribution


def _is_installed(package: str) -> bool:
    if package in sys.modules:
        return True
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _package(e: ImportError) -> tuple[str, str]:
    """The package whose import failed and the folder that holds it; "" where neither is known.

    ``e.name`` alone does not tell: it is None where a package wraps its own failure, or names what that package lacks.
    """
    if isinstance(e, ModuleNotFoundError) and e.name and not _is_installed(e.name.partition(".")[0]):
        return e.name.partition(".")[0], ""
    frames = [frame for frame, _ in traceback.walk_tb(e.__traceback__)]
    packages = [str(f.f_globals.get("__name__", "")).partition(".")[0] for f in frames]
    ours = len(packages) - packages[::-1].index("dreambridge") if "dreambridge" in packages else 0
    for package, frame in zip(packages[ours:], frames[ours:], strict=True):
        if package and package not in {"__main__", *sys.stdlib_module_names}:
            return package, str(Path(frame.f_code.co_filename).parent)
    name = (e.name or "").partition(".")[0]
    return ("" if name == "dreambridge" else name), ""


def _root_cause(e: BaseException) -> str:
    """The first failure in the chain, on one line: packages wrap it in advice."""
    seen = {id(e)}
    while (cause := e.__cause__ or (None if e.__suppress_context__ else e.__context__)) and id(cause) not in seen:
        seen.add(id(cause))
        e = cause
    return " ".join(f"{e}".split())[:300] or type(e).__name__
