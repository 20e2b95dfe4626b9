"""The folder's final name: refused when something else stands there, taken in one step when the new one is whole."""

import ctypes
import json
import os
import shutil
from pathlib import Path

from dreambridge.protocol.errors import DreamError

MANIFEST = "dreambridge-package.json"
_AT_FDCWD, _EXCHANGE = -100, 2


def made_by_us(folder: Path) -> bool:
    try:
        about = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(about, dict) and about.get("made_by") == "dreambridge package"


def check_place(out: Path) -> None:
    """DreamError ``bad_argument`` when ``out`` is there and was not made by this command."""
    if os.path.lexists(out) and not (out.is_dir() and not out.is_symlink() and made_by_us(out)):
        raise DreamError(
            "bad_argument", f"{out} is there already, and `dreambridge package` did not make it.",
            "Name a folder that does not exist yet, or remove this one yourself.",
        )  # fmt: skip


def _exchange(a: Path, b: Path) -> bool:
    """Swap two names at once; False where the file system or the C library cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _EXCHANGE) == 0


def put(part: Path, out: Path) -> None:
    """Give ``part`` the name ``out``. What stood there is away only after that; OSError leaves it as it was."""
    check_place(out)  # once more: minutes have passed
    if not out.exists():
        part.rename(out)
    elif _exchange(part, out):
        shutil.rmtree(part, ignore_errors=True)
    else:
        old = part.with_name(part.name + "-old")
        out.rename(old)
        try:
            part.rename(out)
        except OSError:
            old.rename(out)
            raise
        shutil.rmtree(old, ignore_errors=True)
