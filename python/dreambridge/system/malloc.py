"""The C library's memory: shared by all threads, and given back to the system."""

import ctypes
import sys

M_ARENA_MAX = -8  # glibc's malloc.h
ARENAS = 2  # a thread that finds one locked takes the other


def share_arenas() -> None:
    """Let all threads share a few arenas; for the programs that run for hours, before their first thread.

    glibc gives up to eight arenas a core, and a thread keeps to its own. What one thread frees, others cannot use, so a
    program of many threads grows for hours: a fifth of a preview's memory was free and kept after 45 minutes. Does nothing
    with another C library.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl does not have it
        if mallopt:
            mallopt(M_ARENA_MAX, ARENAS)


def release_memory() -> None:
    """Return freed memory to the system, so that a daemon does not grow when streams are opened and closed all day."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # a glibc function; musl does not have or need it
        if trim:
            trim(0)
