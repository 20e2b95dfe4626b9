"""The daemon's side of a ring."""

import contextlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambridge.protocol.errors import DreamError, check_handles
from dreambridge.ring import layout as L
from dreambridge.ring.file import RingFile
from dreambridge.system.locks import BINARY, is_free, lock

BEING_MADE = 60.0  # seconds: an upper bound for the creation of a ring


@dataclass
class Stamp:
    """The header fields of a slot about its step; times in nanoseconds of CLOCK_MONOTONIC."""

    frames: int
    first_index: int
    revision: int
    time: float
    step_ms: float
    flags: int = 0
    received_ns: int = 0
    applied_ns: int = 0
    begun_ns: int = 0
    ended_ns: int = 0
    dropped: int = 0
    view: int = 0
    view_time: float = 0.0


def create_ring(path: Path, fixed: L.Layout) -> RingFile:
    """Make a ring's file with its header, owner-only and with all its space allocated; open for reading and writing.

    DreamError ``no_space`` when the file system cannot hold it, ``no_access`` or ``no_resources`` when it cannot be created. Then
    no file is left.
    """
    if fixed.slots < 4:
        raise DreamError("bad_argument", f"A ring of {fixed.slots} slots is too small.", "Use 4 or more.")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | BINARY
    try:
        fd = os.open(path, flags, 0o600)
    except OSError as e:
        check_handles(e, f"The ring {path}")
        raise DreamError("no_access", f"The ring {path} cannot be created: {e.strerror}.", "Check the folder's owner.") from e
    file = RingFile(fd, write=True)
    try:
        # While it is open, the lock shows that this ring's writer is running, also to a daemon in another PID namespace. It is
        # shared, because .NET takes a shared lock for each file that it reads.
        lock(fd, shared=True)
        # fallocate, so that a full /dev/shm is an error here and not later in the stream
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(fd, 0, fixed.size)
        else:
            os.ftruncate(fd, fixed.size)
        for at, data in ((8, fixed.pack()), (L.STATE, struct.pack("<Q", L.LIVE)), (0, L.MAGIC)):
            file.write(at, data)
    except OSError as e:
        file.remove(path)
        raise DreamError(
            "no_space",
            f"The ring needs {fixed.size / 2**20:.1f} MiB and {path.parent} has no space: {e.strerror}.",
            "Free some space, close other sessions, or set DREAMBRIDGE_RING_DIR to a folder with space.",
        ) from e
    except BaseException:
        file.remove(path)
        raise
    return file


def frame_memory(fixed: L.Layout) -> NDArray[np.uint8]:
    """Private memory for one step's frames, uint8 [frames, height, width, 4], zeros; page-aligned.

    DreamError ``no_resources``.
    """
    size = fixed.frames * fixed.frame_bytes
    try:
        block = mmap.mmap(-1, size)
    except OSError as e:
        raise DreamError(
            "no_resources",
            f"Not enough memory for the {size / 2**20:.1f} MiB of a step's frames: {e.strerror}.",
            "Close other sessions.",
        ) from e
    pixels = np.frombuffer(block, np.uint8).reshape(fixed.frames, fixed.height, fixed.width, 4)
    pixels[...] = 0  # touches each page: the first write to a page is far slower than later ones
    return pixels


class RingWriter:
    """Creates a ring file and publishes steps into it; never waits, and never writes the slot that it published last.

    ``on_lost`` is called once, in a thread of the ring, when the file was found ``lost``.

    Raises
    ------
    DreamError
        ``no_space`` when the file system cannot hold the ring, ``no_access`` when it cannot be created, ``no_resources`` when
        there are no more handles or threads. Then no file is left.
    """

    def __init__(self, path: Path, fixed: L.Layout, on_lost: Callable[[], None] = lambda: None) -> None:
        self.path, self.layout, self._on_lost = path, fixed, on_lost
        self._header = L.MAGIC + fixed.pack()
        self._file = create_ring(path, fixed)
        self.lost = ""
        self.published = 0
        self._beats = 0
        self._stop = threading.Event()
        self._beat = threading.Thread(target=self._heartbeat, name="ring-heartbeat", daemon=True)
        try:
            self._beat.start()
        except RuntimeError as e:
            self._stop.set()
            self._end(L.CLOSED)
            raise DreamError("no_resources", f"The ring's thread cannot be started: {e}.", "Close other sessions.") from e

    def _heartbeat(self) -> None:
        # A separate thread, so that the ring is alive while the session is paused or a model loads.
        while not self._stop.wait(0.1):
            if self.look():
                self._on_lost()
                return
            self._beats += 1
            with contextlib.suppress(OSError):  # the next look finds the cause
                self._file.put(L.HEARTBEAT, self._beats)

    def look(self) -> str:
        """What has damaged the file, so that readers can no longer use it; "" while it is whole."""
        if not self.lost:
            page = bytearray(L.STATE + 8)
            if self._file.size() < self.layout.size:
                self.lost = "it was truncated"
            elif not self._file.read(0, memoryview(page)) or page[: len(self._header)] != self._header:
                self.lost = "its header was overwritten"
            elif page[L.STATE :] != struct.pack("<Q", L.LIVE):
                self.lost = "its state was overwritten"
            elif not self._file.named(self.path):
                self.lost = "its file was removed or replaced"
        return self.lost

    def publish(self, frames: NDArray[np.uint8], s: Stamp) -> int:
        """Copy a step's ``frames``, uint8 [s.frames or more, height, width, 4], into the next slot.

        Returns the publication's number, from 1.

        A file that cannot be written is ``lost``; this raises no error.
        """
        f, file, number = self.layout, self._file, self.published + 1
        at = L.HEADER + (self.published % f.slots) * f.stride
        pixels = s.frames * f.frame_bytes
        try:
            file.put(at, 2 * number - 1)
            file.write(at + L.SLOT_HEADER, frames.data.cast("B")[:pixels])
            file.write(
                at + L.SLOT_FIELDS,
                L.SLOT.pack(
                    s.frames,
                    s.flags,
                    s.first_index,
                    s.revision,
                    s.time,
                    s.step_ms,
                    pixels,
                    time.monotonic_ns(),
                    s.received_ns,
                    s.applied_ns,
                    s.begun_ns,
                    s.ended_ns,
                    s.dropped,
                    s.view,
                    s.view_time,
                ),
            )
            # separate calls, because the copy order within one call is not guaranteed
            file.put(at, 2 * number)
            file.put(at + L.SLOT_SEQUENCE_AGAIN, 2 * number)
            file.put(L.LATEST, number)
        except OSError as e:
            self.lost = self.lost or f"it cannot be written: {e.strerror}"
        self.published = number
        return number

    def close(self, state: int = L.CLOSED) -> None:
        """Write the final state for readers, and remove the file."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._beat.join()
        self._end(state)

    def _end(self, state: int) -> None:
        self._on_lost = lambda: None  # the owner of the callback may be gone before this object
        with contextlib.suppress(OSError):
            self._file.put(L.STATE, state)
        self._file.remove(self.path)


def remove_dead_rings(folder: Path, alive: Callable[[int, int], bool]) -> list[Path]:
    """Remove rings whose writer is gone; ``alive(pid, start_time)`` checks it. Returns the removed paths.

    A locked ring has a writer or a reader, in whatever namespace they run. A ring whose writer is unknown is kept.
    """
    gone = []
    for path in folder.glob(f"dreambridge-{os.getuid() if hasattr(os, 'getuid') else 0}-*.ring"):
        try:
            with path.open("rb") as f:
                page = f.read(L.HEADER)
            # The magic is written last: an old file without it was left by a daemon that was killed while it created the ring.
            dead = time.time() - path.stat().st_mtime > BEING_MADE
            if page[:8] == L.MAGIC:
                fixed = L.Layout.unpack(page)
                dead = not alive(fixed.writer_pid, fixed.writer_start)
            dead = dead and is_free(path)
        except (OSError, ValueError, struct.error):
            continue
        if dead:
            with contextlib.suppress(OSError):
                path.unlink()
                gone.append(path)
    return gone
