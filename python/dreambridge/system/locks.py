"""Advisory file locks. They are held until the file is closed or the process ends, and are visible in other namespaces."""

import os
import time
from pathlib import Path

BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends
# Windows cannot read a locked byte. This one lies after any content, and is the last one that msvcrt can lock.
_WINDOWS_OFFSET = 2**31 - 2
MOMENT, MOMENTS = 0.01, 100  # seconds between tries, and their number: a process that only checks holds the lock for microseconds


def lock(fd: int, shared: bool = False) -> bool | None:
    """Lock an open file: True if this process now holds the lock, False if another does, None if the file system has no locks."""
    try:
        import fcntl
    except ModuleNotFoundError:
        return _lock_on_windows(fd)
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def lock_soon(fd: int) -> bool | None:
    """Like ``lock``, but retries for a second while another process holds it."""
    got = lock(fd)
    for _ in range(MOMENTS):
        if got is not False:
            break
        time.sleep(MOMENT)
        got = lock(fd)
    return got


def _lock_on_windows(fd: int) -> bool:
    import msvcrt

    at = os.lseek(fd, 0, os.SEEK_CUR)
    os.lseek(fd, _WINDOWS_OFFSET, os.SEEK_SET)
    try:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    finally:
        os.lseek(fd, at, os.SEEK_SET)
    return True


def is_free(path: Path) -> bool:
    """Whether no process holds a lock on this file, not even a shared one. False if that is unknown."""
    fd = os.open(path, os.O_RDWR | BINARY)
    try:
        return lock(fd) is True
    finally:
        os.close(fd)


def is_locked(path: Path) -> bool | None:
    """Whether a running process holds the lock on this file; None if unknown. OSError if the file cannot be opened."""
    fd = os.open(path, os.O_RDWR | BINARY)
    try:
        got = lock(fd, shared=True)
        return None if got is None else not got
    finally:
        os.close(fd)
