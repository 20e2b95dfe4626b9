"""Selects the files of the installed packages, of Dreambridge and of the bundle for the folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path, PurePosixPath

import dreambridge
from dreambridge.bundle.load import Bundle
from dreambridge.packaging.interpreter import SITE
from dreambridge.protocol.errors import DreamError
from dreambridge.rules.document import PACKAGED, read_rules

ALWAYS = ("numpy", "onnxruntime", "pyzmq", "msgspec", "psutil", "rich")
WITH_SENTENCES = ("tokenizers",)
GPU = "onnxruntime-gpu"
INSTALL = "Make a virtual environment, run `pip install '.[cpu]'` of a checkout in it, and package with its Python."
# Test suites, headers, tools that make models: the daemon never imports them.
_LEFT_OUT = {
    "numpy": ("numpy/distutils", "numpy/_pyinstaller", "numpy/_core/include", "numpy/_core/lib", "numpy/random/lib"),
    # The C library is for C programs: the Python module contains its own copy.
    "onnxruntime": (
        "onnxruntime/transformers",
        "onnxruntime/quantization",
        "onnxruntime/tools",
        "onnxruntime/datasets",
        "onnxruntime/backend",
        "onnxruntime/capi/libonnxruntime.so",
    ),
    "pyzmq": ("zmq/green", "zmq/log"),
}
_NO_SUFFIX = {".a", ".build", ".c", ".cpp", ".h", ".hpp", ".ini", ".pc", ".pxd", ".pxi", ".pyc", ".pyi", ".pyx", ".typed"}
_OF_DREAMBRIDGE = ("bundles", "vista/checkpoints", "preview/page", "preview/web", "__pycache__")  # not these
_LICENCE_NAMES = ("licen", "copying", "notice", "copyright", "thirdparty", "authors")


@dataclass
class Distribution:
    """An installed distribution: its version, its files by their place in the folder, and its licence files."""

    name: str
    version: str
    licence: str
    files: dict[PurePosixPath, Path] = field(default_factory=dict)
    licences: list[Path] = field(default_factory=list)


def is_licence(path: PurePosixPath | Path) -> bool:
    return path.name.lower().startswith(_LICENCE_NAMES)


def _wanted(name: str, place: str) -> bool:
    path = PurePosixPath(place)
    if ".." in path.parts or path.is_absolute() or {"tests", "test", "__pycache__"} & set(path.parts):
        return False
    if path.parts[0].endswith(".dist-info"):
        return path.name in ("METADATA", "RECORD")
    test = path.name.split(".")[0].endswith("_tests") and path.suffix == ".so"
    return not (test or path.suffix in _NO_SUFFIX or place.startswith(_LEFT_OUT.get(name, ())))


def find_distribution(name: str, only: set[str] | None = None) -> Distribution:
    """``only``: use just these files and the metadata. DreamError ``missing_package``."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        instead = f" ({GPU} is, but it is too large to ship with a game)" if name == "onnxruntime" and _there(GPU) else ""
        raise DreamError("missing_package", f"The package {name!r} is not installed{instead}.", INSTALL) from None
    if found.files is None:
        raise DreamError(
            "missing_package", f"The package {name!r} has no list of its files, because pip did not install it.", INSTALL
        )
    d = Distribution(name, found.version, _licence(found.metadata))
    for f in found.files:
        place, path = f.as_posix(), Path(str(f.locate()))
        if not path.is_file():
            continue
        if is_licence(f) and ".." not in f.parts and "tests" not in f.parts and f.suffix not in (".py", ".pyc"):
            d.licences.append(path)
        if _wanted(name, place) and (only is None or place in only or ".dist-info" in place):
            d.files[SITE / place] = path
    return d


def _licence(about: metadata.PackageMetadata) -> str:
    """What the metadata calls the licence: an expression in newer packages, a classifier or free text in older ones."""
    classified = [c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    return ", ".join(about.get_all("License-Expression") or classified or about.get_all("License") or [])


def _there(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def distributions(bundle: Bundle) -> list[Distribution]:
    """The distributions that the daemon needs for this bundle.

    Packages with a sentence encoder contribute only the named files.
    """
    m = bundle.manifest
    encoders = [c.encoder for c in m.conditions.values() if c.encoder]
    named: dict[str, set[str]] = {}
    for r in (*m.graphs.values(), *(t for e in encoders for t in e.tokenizers)):
        if r.distribution:
            bundle.read(r)  # it exists, and is the one that the bundle was made with
            named.setdefault(r.distribution, set()).add(r.resource or "")
    found = [find_distribution(name) for name in ALWAYS + (WITH_SENTENCES if encoders else ())]
    return found + [find_distribution(name, files) for name, files in sorted(named.items())]


def record(d: Distribution) -> str:
    """The text of RECORD with the included files, so that importlib.metadata finds them."""
    places = sorted(str(p.relative_to(SITE)) for p in d.files)
    return "".join(f"{p.removesuffix('.py')}.pyc,,\n" if p.endswith(".py") else f"{p},,\n" for p in places)


def _walk(folder: Path, target: PurePosixPath, left_out: tuple[str, ...] = ()) -> Iterator[tuple[PurePosixPath, Path]]:
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") or part == "__pycache__" for part in PurePosixPath(place).parts)
        if path.is_file() and not hidden and not place.startswith(left_out):
            yield target / place, path


def rule_files(rules: Path | None) -> dict[PurePosixPath, Path]:
    """The rules, where the packaged daemon finds them, and the module of their hook, which lies beside them.

    DreamError ``bad_argument``, ``no_access``.
    """
    if rules is None:
        return {}
    found = {SITE / "dreambridge" / "rules" / PACKAGED.name: rules}
    hook = read_rules(rules).prompts.hook
    if hook:
        module = hook.partition(":")[0]
        source = rules.parent / f"{module}.py"
        if not source.is_file():
            said = f"The hook {hook!r} of the rules needs {source}, which does not exist."
            raise DreamError("bad_argument", said, "Put the module into the folder of the rules.")
        found[SITE / f"{module}.py"] = source
    return found


def own_files(bundle: Bundle) -> dict[PurePosixPath, Path]:
    """Dreambridge's modules and the bundle, in the folder where it looks for its own bundles."""
    home = Path(dreambridge.__file__).parent
    target = SITE / "dreambridge"
    return dict(_walk(home, target, _OF_DREAMBRIDGE)) | dict(_walk(bundle.folder, target / "bundles" / bundle.folder.name))
