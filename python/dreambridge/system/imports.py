"""Explains a failed import: the package is not installed, or it is installed but cannot be loaded."""

import importlib.util
import json
import re
import sys
import traceback
from importlib import metadata
from pathlib import Path

from dreambridge.protocol.errors import DreamError
from dreambridge.system.terminal import command_line

# Modules whose distribution has another name.
DISTRIBUTIONS = {"zmq": "pyzmq", "PIL": "pillow", "pythonosc": "python-osc", "rtmidi": "python-rtmidi"}
# onnxruntime and onnxruntime-gpu overwrite each other's files, so the extra is named instead.
_INSTEAD = {"onnxruntime": "dreambridge[cpu]"}
_RUNTIMES = ("onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino")  # they have the module `onnxruntime`, too
_CHECKOUT = Path(__file__).resolve().parents[3]
UNKNOWN_ORIGIN = "CHECKOUT_OR_WHEEL"  # to be replaced by the user


def import_failed(e: ImportError) -> DreamError:
    """DreamError ``missing_package`` with the package, the root cause and the command that fixes it."""
    package, folder = _package(e)
    if package and not _is_installed(package):
        return DreamError(
            "missing_package",
            f"The Python package {_distribution(package)!r} is not installed.",
            f"Run: {install_command(package)}",
        )
    if not package:  # a name that is missing in one of our modules or in the standard library
        return DreamError(
            "missing_package", f"An import failed: {_root_cause(e)}", f"Run: {install_command('dreambridge', True)}"
        )
    return DreamError(
        "missing_package",
        f"The Python package {_distribution(package)!r}{f' in {folder}' if folder else ''} cannot be loaded: {_root_cause(e)}",
        f"Reinstall it: {install_command(package, True)}",
    )


def pip_command(*words: str) -> str:
    """A command line of this Python's pip."""
    return command_line(sys.executable or "python3", "-m", "pip", *words)


def install_command(module: str, again: bool = False) -> str:
    """The command line that installs a module's distribution into this Python.

    No index has Dreambridge: it is installed from where it came. Where that is unknown, ``UNKNOWN_ORIGIN`` stands in its place.
    """
    name = _distribution(module)
    words = ["install", *(["--force-reinstall"] if again else [])]
    if again:
        wanted = _requirement(next((n for n in _RUNTIMES if name == "onnxruntime" and _about(n)), name))
    else:
        wanted = _INSTEAD.get(name) or _extra(name) or _requirement(name)
    ours = re.fullmatch(r"dreambridge(\[.*\])?", wanted)
    if not ours:
        return pip_command(*words, wanted)
    extras = ours[1] or ""
    # pip needs nothing but the extra's packages where Dreambridge is installed.
    return pip_command(*words, *([wanted] if extras and not again and _about() else _origin(extras)))


def _about(distribution: str = "dreambridge") -> metadata.Distribution | None:
    try:
        return metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None


def _origin(extras: str) -> list[str]:
    """What pip installs Dreambridge from: the checkout, wheel or address that it came from, or the checkout that runs."""
    about = _about()
    try:
        said = json.loads((about and about.read_text("direct_url.json")) or "{}")
        url, editable = str(said["url"]), bool(said.get("dir_info", {}).get("editable"))
        return ["--editable", f"{url}{extras}"] if editable else [f"dreambridge{extras} @ {url}" if extras else url]
    except (ValueError, KeyError, AttributeError):
        pass
    if (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "python" / "dreambridge").is_dir():
        return ["--editable", f"{_CHECKOUT}{extras}"]
    return [f"{UNKNOWN_ORIGIN}{extras}"]


def _distribution(module: str) -> str:
    return DISTRIBUTIONS.get(module, module)


def _requirement(distribution: str) -> str:
    """Our version requirement in pip's syntax; just the name if there is none."""
    about = _about()
    wanted = (about and about.requires) or []
    for line in wanted:
        requirement = line.partition(";")[0].strip()
        if re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() == distribution.lower():
            return requirement
    return distribution


def _extra(distribution: str) -> str:
    """``dreambridge[name]`` where a single extra (besides `dev`) brings the distribution, as the documents name it; else ""."""
    about = _about()
    wanted = (about and about.requires) or []
    extras = set()
    for line in wanted:
        requirement, _, marker = line.partition(";")
        if re.split(r"[^A-Za-z0-9._-]", requirement.strip())[0].lower() == distribution.lower():
            extras |= set(re.findall(r"""extra\s*==\s*["']([\w-]+)""", marker))
    extras.discard("dev")
    return f"dreambridge[{extras.pop()}]" if len(extras) == 1 else ""


def _is_installed(package: str) -> bool:
    if package in sys.modules:
        return True
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _package(e: ImportError) -> tuple[str, str]:
    """The package whose import failed, and the folder that holds it; "" for what is unknown.

    ``e.name`` is not enough: it is None if a package wraps its own failure, or it names what that package lacks.
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
    """The first exception in the chain, on one line; packages wrap it in advice."""
    seen = {id(e)}
    while (cause := e.__cause__ or (None if e.__suppress_context__ else e.__context__)) and id(cause) not in seen:
        seen.add(id(cause))
        e = cause
    return " ".join(f"{e}".split())[:300] or type(e).__name__
