"""Makes the folder under a temporary name, runs it once, and then renames it in one step."""

import hashlib
import json
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import dreambridge
from dreambridge.bundle.find import open_bundle
from dreambridge.bundle.load import Bundle
from dreambridge.packaging.distributions import distributions, own_files, record, rule_files
from dreambridge.packaging.interpreter import PROGRAM, SITE, python_files, search_path, settings
from dreambridge.packaging.launcher import LAUNCHER, launcher
from dreambridge.packaging.libraries import LIBRARIES, add_libraries, check_libraries, is_library
from dreambridge.packaging.licences import gather
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol.errors import DreamError
from dreambridge.system.made_folders import MARKER, check_place, new_folder
from dreambridge.system.processes import this_python

MANIFEST = "dreambridge-package.json"
MADE_BY = "dreambridge package"
Told = Callable[[str, int, int], None]  # current task, done, total


def _silent(what: str, done: int, total: int) -> None:
    pass


def check_system() -> None:
    """Raise DreamError ``not_supported`` if this system cannot make packages."""
    if not sys.platform.startswith("linux"):
        raise DreamError(
            "not_supported",
            f"`dreambridge package` makes folders on and for Linux; this is {sys.platform}.",
            "On this system, ship a Python with dreambridge[cpu] and set the stream's property `python`.",
        )


def _copy(files: Mapping[PurePosixPath, Path], part: Path, told: Told) -> None:
    """Copy the files. Python sources become compiled modules without source, so that no start compiles or writes any."""
    total, done = sum(p.stat().st_size for p in files.values()), 0
    for place, source in files.items():
        target = part / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if place.suffix == ".py":
            py_compile.compile(
                str(source),
                str(target.with_suffix(".pyc")),
                str(place),
                doraise=True,
                optimize=0,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        else:
            shutil.copyfile(source, target)
            target.chmod(0o755 if is_library(place) else 0o644)
        done += source.stat().st_size
        told("copying", done, total)


def _strip(part: Path, places: list[PurePosixPath]) -> bool:
    """Strip the debug symbols from Python's own files; False if the program `strip` is missing."""
    tool = shutil.which("strip")
    if tool:
        subprocess.run([tool, "--strip-debug", *(str(part / p) for p in places)], check=True, capture_output=True)
    return tool is not None


def _self_test(part: Path, bundle: Bundle) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as own:
        env = os.environ | {"DREAMBRIDGE_RUNTIME_DIR": own, "DREAMBRIDGE_CACHE": own}
        words = [*this_python(), "-m", "dreambridge.packaging.self_test", str(part), bundle.folder.name]
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DreamError(
            "internal",
            f"The packaged daemon failed its self-test: {done.stderr.strip()[-2000:]}",
            "Make the package with another Python.",
        )
    return dict(json.loads(done.stdout))


def contents(folder: Path) -> dict[str, int]:
    """The size of each file in bytes, by its place in the folder."""
    return {
        p.relative_to(folder).as_posix(): p.stat().st_size
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p != folder / MARKER
    }


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for place in contents(folder):
        whole.update(f"{place}\n".encode() + hashlib.sha256((folder / place).read_bytes()).digest())
    return whole.hexdigest()


def _build(part: Path, bundle: Bundle, rules: Path | None, told: Told) -> dict[str, Any]:
    found = distributions(bundle)
    python = python_files()
    files = dict(python)
    for d in found:
        files |= d.files
    files |= own_files(bundle) | rule_files(rules)
    libraries = add_libraries(files, PROGRAM)
    _copy(files | libraries, part, told)
    told("writing", 0, 0)
    pythons = [p for p in python if is_library(p)] + [p for p in libraries if p.name.startswith("libpython")]
    stripped = _strip(part, pythons)
    (part / f"{PROGRAM}._pth").write_text(search_path())
    place, text = settings()
    (part / place).write_text(text)
    for d in found:
        for place in d.files:
            if place.name == "RECORD":
                (part / place).write_text(record(d))
    (part / LAUNCHER).write_text(launcher(PROGRAM, LIBRARIES))
    (part / LAUNCHER).chmod(0o755)
    licences = gather(found, bundle, list(libraries.values()))
    (part / "LICENSES.txt").write_text(licences.text())
    needs = check_libraries(part)
    if needs.missing:
        raise DreamError(
            "internal", f"Libraries are missing: {'; '.join(needs.missing)}.", "Make the package with another Python."
        )
    told("self-test: daemon, stream, steps", 0, 0)
    before = contents(part)
    tested = _self_test(part, bundle)
    if tested["outside"] or contents(part) != before:
        raise DreamError(
            "internal",
            f"The packaged daemon loaded {tested['outside']} from outside the folder, or wrote into it.",
            "Please report this.",
        )
    sizes = contents(part)
    about = {
        "made_by": MADE_BY,
        "format": 1,
        "dreambridge": dreambridge.__version__,
        "protocol": PROTOCOL_VERSION,
        "platform": f"linux-{platform.machine()}",
        "python": platform.python_version(),
        "launcher": LAUNCHER,
        "bundle": {"name": bundle.folder.name, "version": bundle.manifest.version},
        "packages": {d.name: d.version for d in found},
        "needs": {"glibc": needs.glibc, "libraries": needs.libraries},
        "libraries_from_the_system": sorted(p.name for p in libraries),
        "licences_not_found": licences.missing,
        "files": len(sizes),
        "size": sum(sizes.values()),
        "digest": _digest(part),
    }
    (part / MANIFEST).write_text(json.dumps(about, indent=1) + "\n")
    return about | {"stripped": stripped, "self_test": tested, "parts": _parts(sizes, bundle)}


def _parts(sizes: Mapping[str, int], bundle: Bundle) -> dict[str, int]:
    """Size in bytes of each package, of the bundle, and of Python with its libraries; largest first."""
    parts: dict[str, int] = {}
    site = f"{SITE}/"
    for place, size in sizes.items():
        if not place.startswith(site):
            name = "python"
        elif place.startswith(f"{site}dreambridge/bundles/"):
            name = f"bundle {bundle.folder.name}"
        else:
            name = place.removeprefix(site).split("/")[0].removesuffix(".libs").split("-")[0].replace("pyzmq", "zmq")
        parts[name] = parts.get(name, 0) + size
    return dict(sorted(parts.items(), key=lambda item: -item[1]))


def package(out: Path, bundle: str = "vista", told: Told = _silent, rules: Path | None = None) -> dict[str, Any]:
    """Make the folder ``out`` with ``bundle`` (a name or a path) and the ``rules`` of its daemon; returns what ``--json`` prints.

    DreamError: ``bad_argument`` (``out`` exists and is not ours), ``unknown_bundle``, ``bad_bundle``, ``missing_package``,
    ``no_access``, ``not_supported``, ``internal`` (the self-test failed). An existing ``out`` is kept until the new one is
    complete.
    """
    check_system()
    out = Path(os.path.abspath(out))
    check_place(out, MADE_BY)  # before anything is read
    b = open_bundle(bundle)
    b.check_files()
    if b.manifest.remote:
        said = f"The model of {b.name!r} runs on another machine: a package has no token, and nobody to allow its server."
        raise DreamError("not_supported", said, "Package another bundle, or ship a Python with dreambridge[remote].")
    try:
        with new_folder(out, MADE_BY) as part:
            about = _build(part, b, rules, told)
    except OSError as e:
        raise DreamError(
            "no_access", f"{e.filename or out} cannot be written: {e.strerror}.", "Free some space, or choose another folder."
        ) from e
    except (ValueError, py_compile.PyCompileError, subprocess.CalledProcessError) as e:
        raise DreamError(
            "internal", f"A file of this Python cannot be packaged: {e}", "Make the package with another Python."
        ) from e
    return {"path": str(out)} | about
