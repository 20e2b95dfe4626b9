"""Snapshots in files, for states that fit into no message."""

import os
import stat
from pathlib import Path
from typing import Any

from dreambridge.engine.snapshots import MAGIC, pack
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_MESSAGE
from dreambridge.system.whole_file import write_whole

MAX_IN_MESSAGE = MAX_MESSAGE - 4096  # a snapshot that comes back with its request


def checked(file: str) -> Path:
    """The path; DreamError ``bad_argument`` if it is not absolute, or another file is there."""
    path = Path(file)
    if not path.is_absolute() or "\0" in file:
        raise DreamError(
            "bad_argument", f"The path {file[:200]!r} is not absolute.", "Give the whole path: the daemon has its own folder."
        )
    try:
        about = os.stat(path)
        if stat.S_ISREG(about.st_mode):
            with path.open("rb") as f:
                if f.read(len(MAGIC)) == MAGIC:
                    return path
    except FileNotFoundError:
        return path
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check its permissions.") from e
    raise DreamError("bad_argument", f"{path} exists, and is not a snapshot.", "Choose another file.")


def write(path: Path, taken: dict[str, Any]) -> int:
    """The bytes that were written. DreamError ``no_access``, and then an earlier file is unchanged."""
    data = pack(taken)
    write_whole(path, data)
    return len(data)


def read(path: Path) -> bytes:
    """DreamError ``no_access``."""
    try:
        return path.read_bytes()
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path and its permissions.") from e
