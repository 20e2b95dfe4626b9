"""``dreambridge package --godot-addon``: makes the release zip of the Godot addon, from a checkout.

The zip has the layout of Godot's Asset Library: ``addons/dreambridge`` and nothing else. In the addon's folder ``wheel`` is the
wheel of this package, from which the addon's environment manager installs the daemon.
"""

import hashlib
import io
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.protocol.errors import DreamError
from dreambridge.system.made_folders import WAY_OUT
from dreambridge.system.processes import this_python
from dreambridge.system.whole_file import write_whole

MADE_BY = "dreambridge package --godot-addon"
PLACE = "addons/dreambridge"
WHEELS = "wheel"  # the folder of the wheel, below PLACE; editor/environment/installer.gd looks there
DIALOGIC = "dialogic"  # scripts that do not compile without Dialogic; editor/dialogic.gd copies them
# Zip files cannot hold an earlier time. With a fixed one the same files always give the same zip.
_TIME = (1980, 1, 1, 0, 0, 0)
_EPOCH = "315532800"  # the same in seconds, for setuptools
_NO_SETUPTOOLS = 3
_BUILD = f"""\
import sys
try:
    from setuptools import __version__, build_meta
except ImportError:
    sys.exit({_NO_SETUPTOOLS})
if int(__version__.split(".")[0]) < 77:
    sys.exit({_NO_SETUPTOOLS})
build_meta.build_wheel(sys.argv[1])
"""
_SEAL = re.compile(rf"{MADE_BY} sha256=([0-9a-f]{{64}})")


def checkout() -> Path:
    """The checkout that this package runs from. DreamError ``not_supported`` if it was installed without one."""
    root = Path(dreambridge.__file__).resolve().parent.parent.parent
    if not (root / "pyproject.toml").is_file() or not (root / "godot_addon" / PLACE / "plugin.cfg").is_file():
        raise DreamError(
            "not_supported",
            f"The Godot addon's files are not part of the installed package in {Path(dreambridge.__file__).parent}.",
            "Run this command in a checkout of the repository: python3 dev.py test installs it there.",
        )
    return root


def _visible(folder: Path) -> list[Path]:
    """All files below the folder, without hidden ones and compiled modules, in a fixed order."""
    found = []
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        parts = path.relative_to(folder).parts
        if path.is_file() and path.suffix != ".pyc" and not any(p.startswith(".") or p == "__pycache__" for p in parts):
            found.append(path)
    return found


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip whose bytes depend on nothing but the files (and zlib)."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as z:
        for place, data in files.items():
            about = zipfile.ZipInfo(place, _TIME)
            about.external_attr = 0o100644 << 16
            about.create_system = 3  # Unix, on each system
            z.writestr(about, data, zipfile.ZIP_STORED if place.endswith(".whl") else zipfile.ZIP_DEFLATED)
    return box.getvalue()


def wheel(root: Path) -> tuple[str, bytes]:
    """The name and content of the wheel, built by setuptools from a copy of the checkout's sources, so that no earlier build and
    nothing of the checkout's own gets in.

    DreamError ``missing_package`` (no setuptools that can build it), ``internal``.
    """
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name, "source"), Path(name, "out")
        home = root / "python" / "dreambridge"
        for path in (*(root / p for p in ("pyproject.toml", "README.md", "LICENSE")), *_visible(home)):
            target = source / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        done = subprocess.run(
            [*this_python(), "-c", _BUILD, str(out)],
            cwd=source,
            env=os.environ | {"SOURCE_DATE_EPOCH": _EPOCH},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == _NO_SETUPTOOLS:
            raise DreamError(
                "missing_package", "Building the wheel needs setuptools 77 or newer.", "Run: pip install 'setuptools>=77'"
            )
        if done.returncode:
            raise DreamError("internal", f"The wheel could not be built: {done.stderr.strip()[-2000:]}", "Please report this.")
        (built,) = out.glob("*.whl")
        with zipfile.ZipFile(built) as z:
            # The metadata come last, as the wheel format recommends.
            places = sorted(z.namelist(), key=lambda p: (".dist-info/" in p, p))
            return built.name, _zipped({p: z.read(p) for p in places})


def _sealed(data: bytes) -> bytes:
    """The zip with a comment by which :func:`_check_file` knows it again."""
    comment = f"{MADE_BY} sha256={hashlib.sha256(data).hexdigest()}".encode()
    return data[:-2] + len(comment).to_bytes(2, "little") + comment


def _check_file(out: Path) -> None:
    """Raise DreamError ``bad_argument`` if ``out`` exists and is not as this command left it."""
    if not os.path.lexists(out):
        return
    raw = out.read_bytes() if out.is_file() and not out.is_symlink() else b""
    try:
        comment = zipfile.ZipFile(io.BytesIO(raw)).comment
    except zipfile.BadZipFile:
        comment = b""
    seal = _SEAL.fullmatch(comment.decode(errors="replace"))
    if seal is None:
        raise DreamError("bad_argument", f"{out} exists, and `{MADE_BY}` did not make it.", WAY_OUT.replace("folder", "file"))
    if hashlib.sha256(raw[: -len(comment) - 2] + b"\0\0").hexdigest() != seal[1]:
        said = f"{out} is not replaced: `{MADE_BY}` made it, but it was changed since."
        raise DreamError("bad_argument", said, WAY_OUT.replace("folder", "file"))


def package_addon(out: Path) -> dict[str, Any]:
    """Write the release zip ``out``; returns what ``--json`` prints.

    DreamError: ``bad_argument`` (no .zip, or ``out`` exists and is not ours), ``not_supported`` (not in a checkout),
    ``missing_package``, ``no_access``, ``internal``. An existing ``out`` is kept until the new one is complete.
    """
    out = Path(os.path.abspath(out))
    if out.suffix.lower() != ".zip":
        raise DreamError("bad_argument", f"--out {out} is not the name of a zip file.", f"For example: --out {out.name}.zip")
    try:
        _check_file(out)
        root = checkout()
        addon = root / "godot_addon" / PLACE
        files = {f"{PLACE}/{p.relative_to(addon).as_posix()}": p.read_bytes() for p in _visible(addon)}
        title, data = wheel(root)
        files[f"{PLACE}/{WHEELS}/{title}"] = data
        for ignored in (WHEELS, DIALOGIC):
            files[f"{PLACE}/{ignored}/.gdignore"] = b""
        whole = _sealed(_zipped(dict(sorted(files.items()))))
        out.parent.mkdir(parents=True, exist_ok=True)
        _check_file(out)  # again: building the wheel took a while
    except OSError as e:
        raise DreamError("no_access", f"{e.filename or out}: {e.strerror}.", "Choose another file.") from e
    write_whole(out, whole)
    return {
        "path": str(out),
        "made_by": MADE_BY,
        "dreambridge": dreambridge.__version__,
        "files": len(files),
        "size": len(whole),
        "wheel": {"name": title, "size": len(data)},
        "sha256": hashlib.sha256(whole).hexdigest(),
    }
