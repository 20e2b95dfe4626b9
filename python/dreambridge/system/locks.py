"""Advisory locks on files: held until the file is closed, also by the death of the process, and seen from other namespaces."""

import os
import time
from pathlib import Path

BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends
# A locked byte of a file cannot be read on Windows: this one is behind the content of any, and the last that msvcrt can lock.
_WINDOWS_OFFSET = 2**31 - 2
MOMENT, MOMENTS = 0.01, 100  # seconds, and how often: who only looks holds a lock for microseconds


def lock(fd: int, shared: bool = False) -> bool | None:
    """Lock an open file: True when this process holds it now, False when another does, None where the file system has no locks."""
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
    """``lock``, and again for a second while another one holds it."""
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
    """Does nobody hold a lock of this file, not even a shared one? False also where that cannot be told."""
    fd = os.open(path, os.O_RDWR | BINARY)
    try:
        return lock(fd) is True
    finally:
        os.close(fd)


def is_locked(path: Path) -> bool | None:
    """Does a living process hold the lock of this file? None where that cannot be told; OSError when it cannot be opened."""
    fd = os.open(path, os.O_RDWR | BINARY)
    try:
        got = lock(fd, shared=True)
        return None if got is None else not got
    finally:
        os.close(fd)
