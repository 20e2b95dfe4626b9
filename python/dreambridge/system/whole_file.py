"""Files that are there as a whole or not at all."""

import contextlib
import os
import re
import secrets
import time
from pathlib import Path

from dreambridge.protocol.errors import DreamError
from dreambridge.system.processes import process_alive, start_time

PART = re.compile(r"\.dreambridge-(\d+)-(\d+)-[0-9a-f]{16}\.part")  # PID and start time of the process that writes it
BEING_WRITTEN = 3600.0  # seconds: a process of another machine or PID namespace may be writing a file that is younger


def write_whole(path: Path, data: bytes) -> None:
    """Write ``path`` under another name first; an existing file is replaced. Threads and processes may write it at once.

    Unfinished files that a killed process left in the folder are removed. DreamError ``no_access``.
    """
    me = os.getpid()
    part = path.with_name(f".dreambridge-{me}-{max(start_time(me), 0)}-{secrets.token_hex(8)}.part")
    try:
        _remove_leftovers(path.parent)
        with part.open("xb") as f:
            f.write(data)
        part.replace(path)
    except OSError as e:
        with contextlib.suppress(OSError):
            part.unlink()
        raise DreamError("no_access", f"{path} cannot be written: {e.strerror}.", "Check the folder.") from e


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob(".dreambridge-*.part"):
        named = PART.fullmatch(path.name)
        with contextlib.suppress(OSError):
            if named and not process_alive(int(named[1]), int(named[2])) and time.time() - path.stat().st_mtime > BEING_WRITTEN:
                path.unlink()
