"""Snapshots in files, for states that fit into no message."""

import os
import stat
from pathlib import Path
from typing import Any

from dreambridge.engine.snapshots import MAGIC, pack
from dreambridge.protocol.errors import DreamError, check_handles
from dreambridge.protocol.limits import MAX_MESSAGE
from dreambridge.system.whole_file import write_whole

MAX_IN_MESSAGE = MAX_MESSAGE - 4096  # a snapshot that comes back with its request
MAX_STATE_IN_MESSAGE = 32 * MAX_IN_MESSAGE  # bytes of a state that is copied, in the hope that it becomes that small
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def absolute(file: str) -> Path:
    """The path; DreamError ``bad_argument`` if it is not absolute. The disk is not asked: it may not answer."""
    path = Path(file)
    if not path.is_absolute() or "\0" in file:
        raise DreamError(
            "bad_argument", f"The path {file[:200]!r} is not absolute.", "Give the whole path: the daemon has its own folder."
        )
    return path


def write(path: Path, taken: dict[str, Any]) -> int:
    """The bytes that were written; only a snapshot is replaced. It may take minutes, so call it in the background.

    DreamError ``bad_argument`` (another file is there), ``no_access``; then an earlier file is unchanged.
    """
    _check_replaceable(path)  # before the work
    data = pack(taken)
    _check_replaceable(path)  # and after it: the file may be new
    write_whole(path, data)
    return len(data)


def read(path: Path, limit: int) -> bytes:
    """The bytes of a snapshot; it may take minutes, so call it in the background.

    DreamError ``no_access``, ``bad_argument`` (it is another file), ``bad_snapshot`` (it has more than ``limit`` bytes).
    """
    try:
        found = _read(path, limit)
    except OSError as e:
        check_handles(e, str(path))
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path and its permissions.") from e
    if found is None:
        raise _other_file(path)
    return found


def _check_replaceable(path: Path) -> None:
    try:
        if _read(path, 0) is None:
            raise _other_file(path)
    except FileNotFoundError:
        return
    except OSError as e:
        check_handles(e, str(path))
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check its permissions.") from e


def _other_file(path: Path) -> DreamError:
    return DreamError("bad_argument", f"{path} exists, and is not a snapshot.", "Choose another file.")


def _read(path: Path, limit: int) -> bytes | None:
    """The file, or with the limit 0 what it begins with; None if it is not a snapshot. OSError, DreamError ``bad_snapshot``."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # opening a device may do something
        return None
    with os.fdopen(os.open(path, _READING), "rb") as f:
        about = os.fstat(f.fileno())  # of the file that is read; FIFOs do not block
        begins = f.read(len(MAGIC)) if stat.S_ISREG(about.st_mode) else b""
        if begins != MAGIC:
            return None
        if not limit:
            return begins
        if about.st_size > limit:
            raise DreamError(
                "bad_snapshot",
                f"{path} has {about.st_size:,} bytes; a snapshot of this bundle has at most {limit:,}.",
                "Pass a file that save_snapshot wrote, unchanged.",
            )
        return begins + f.read(max(about.st_size - len(begins), 0))
