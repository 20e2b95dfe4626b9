"""A ring's file, accessed with read and write calls."""

import contextlib
import io
import os
import stat
import struct
import threading
from pathlib import Path

from dreambridge.ring import layout as L

WORD = struct.Struct("<Q")


class RingFile:
    """Reads and writes at offsets. It is thread-safe, also during ``close``, and owns the descriptor ``fd``.

    The file is never mapped. Any process that shares it can truncate it, and the next access to a mapping would then end this
    process with SIGBUS. A memfd, sealed against shrinking, would be safe to map and would save the writer a copy (0.02 ms for 256
    x 256, 0.6 ms for 1280 x 720). But the only name of a memfd is ``/proc/<pid>/fd/<n>``, which does not exist in the PID
    namespace of a sandboxed game. Files in /dev/shm cannot be sealed.

    Each call takes and releases locks in the kernel, so other processes see the writes in the order of the calls. A reader may
    see a word partly written. That is harmless: a mixture of two sequences or publications matches no publication, and each is
    compared twice.
    """

    def __init__(self, fd: int, write: bool = False) -> None:
        self._file: io.FileIO | None = io.FileIO(fd, "r+b" if write else "rb")
        self._lock = threading.Lock()

    def read(self, at: int, into: memoryview) -> bool:
        """Fill ``into`` from offset ``at``; False when the file is too short or closed."""
        into, got = into.cast("B"), 0
        with self._lock:
            if self._file is None:
                return False
            self._file.seek(at)
            while got < len(into):
                n = self._file.readinto(into[got:])
                if not n:
                    return False
                got += n
        return True

    def word(self, at: int) -> int:
        """The 8-byte word at ``at``; 0 when the file is too short or closed."""
        data = bytearray(8)
        return int(WORD.unpack(data)[0]) if self.read(at, memoryview(data)) else 0

    def write(self, at: int, data: bytes | memoryview) -> None:
        """Write all of ``data`` at offset ``at``; nothing when the file is closed. OSError, also when there is no space."""
        rest = memoryview(data).cast("B")
        with self._lock:
            if self._file is None:
                return
            self._file.seek(at)
            while rest:
                rest = rest[self._file.write(rest) or 0 :]

    def put(self, at: int, word: int) -> None:
        """Write an 8-byte word at ``at``."""
        self.write(at, WORD.pack(word))

    def size(self) -> int:
        """Bytes of the file now; 0 when it is closed."""
        with self._lock:
            return os.fstat(self._file.fileno()).st_size if self._file else 0

    def named(self, path: Path) -> bool:
        """Whether ``path`` still leads to this file."""
        try:
            there = os.lstat(path)
        except OSError:
            return False
        with self._lock:
            if self._file is None:
                return False
            here = os.fstat(self._file.fileno())
        return stat.S_ISREG(there.st_mode) and (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)

    @property
    def closed(self) -> bool:
        return self._file is None

    def remove(self, path: Path) -> None:
        """Close the file, and remove ``path`` if it still leads to this file."""
        ours = self.named(path)
        self.close()  # first, because Windows cannot remove an open file
        if ours:
            with contextlib.suppress(OSError):
                path.unlink()

    def close(self) -> None:
        with self._lock:
            if self._file:
                self._file.close()
            self._file = None


def read_layout(file: RingFile) -> L.Layout:
    """Read and check a ring's header page; ValueError says what is wrong with it."""
    page = bytearray(L.HEADER)
    if not file.read(0, memoryview(page)):
        raise ValueError(f"the file is not a ring: it has only {file.size()} bytes")
    return L.Layout.unpack(bytes(page))
