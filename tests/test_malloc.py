"""The daemon's threads share the C library's memory, so that it does not grow for hours."""

import platform
import subprocess
import sys

import pytest

# Each thread allocates and frees what the C library serves itself; then the program tells how many arenas there are.
PROGRAM = """
import ctypes, sys, threading
from dreambridge.system.malloc import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
all_there = threading.Barrier(12)
c = ctypes.CDLL(None)
c.malloc.restype, c.free.argtypes, c.fdopen.restype = ctypes.c_void_p, [ctypes.c_void_p], ctypes.c_void_p
def work():
    all_there.wait()
    block = c.malloc(10_000)
    all_there.wait()
    c.free(block)
threads = [threading.Thread(target=work) for _ in range(12)]
[t.start() for t in threads], [t.join() for t in threads]
out = ctypes.c_void_p(c.fdopen(1, b"w"))
c.malloc_info(0, out), c.fflush(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no arenas")
def test_threads_share_arenas() -> None:
    def arenas(how: str) -> int:
        command = [sys.executable, "-c", PROGRAM, how]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("<heap ")

    assert arenas("shared") <= 2 < arenas("each its own")
