"""The daemon's side of a ring."""

import contextlib
import ctypes
import mmap
import os
import struct
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L

BEING_MADE = 60.0  # seconds that the making of a ring never takes


@dataclass
class Stamp:
    """What a slot's header says of its step; times in nanoseconds of CLOCK_MONOTONIC."""

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


def create_ring(path: Path, fixed: L.Layout) -> int:
    """Make a ring's file with its header, owner-only and with all its room taken; the descriptor, open for both.

    DreamError ``no_space`` when the file system cannot hold it, ``no_access`` when it cannot be created; then nothing stays.
    """
    if fixed.slots < 4:
        raise DreamError("bad_argument", f"A ring of {fixed.slots} slots is too small.", "Use 4 or more.")
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as e:
        raise DreamError("no_access", f"The ring {path} cannot be created: {e.strerror}.", "Check the folder's owner.") from e
    try:
        # fallocate, for a full /dev/shm must be an error here and not a SIGBUS at the first write
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(fd, 0, fixed.size)
        else:
            os.ftruncate(fd, fixed.size)
        for at, data in ((8, fixed.pack()), (L.STATE, struct.pack("<Q", L.LIVE)), (0, L.MAGIC)):
            os.lseek(fd, at, os.SEEK_SET)
            os.write(fd, data)
    except OSError as e:
        os.close(fd)
        with contextlib.suppress(OSError):
            path.unlink()
        raise DreamError(
            "no_space",
            f"The ring needs {fixed.size / 2**20:.1f} MiB and {path.parent} has no room: {e.strerror}.",
            "Free some of it, close other sessions, or set DREAMBRIDGE_RING_DIR to a folder with room.",
        ) from e
    return fd


class RingWriter:
    """Creates a ring file and publishes steps into it; never waits, and never writes the slot that it published last.

    Raises
    ------
    DreamError
        ``no_space`` when the file system cannot hold the ring, ``no_access`` when it cannot be created.
    """

    def __init__(self, path: Path, fixed: L.Layout) -> None:
        self.path, self.layout = path, fixed
        fd = create_ring(path, fixed)
        try:
            self._map = mmap.mmap(fd, fixed.size)
        finally:
            os.close(fd)
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._bytes[L.HEADER :: L.PAGE] = 0  # touch each page once: the first write to a page costs far more than later ones
        self._words = self._bytes.view(np.uint64)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        self.published = 0
        self._stop = threading.Event()
        self._beat = threading.Thread(target=self._heartbeat, name="ring-heartbeat", daemon=True)
        self._beat.start()

    def _heartbeat(self) -> None:
        # A thread of its own, so that the ring lives while the session is paused or a model loads.
        while not self._stop.wait(0.1):
            self._words[L.HEARTBEAT // 8] += np.uint64(1)

    def _offset(self) -> int:
        return L.HEADER + (self.published % self.layout.slots) * self.layout.stride

    def begin(self) -> tuple[int, NDArray[np.uint8]]:
        """Mark the next slot as being written: its pixels' address and a view uint8 [frames, height, width, 4]."""
        at = self._offset()
        self._words[at // 8] = 2 * (self.published + 1) - 1
        start = at + L.SLOT_HEADER
        f = self.layout
        view = self._bytes[start : start + f.frames * f.frame_bytes].reshape(f.frames, f.height, f.width, 4)
        return self._address + start, view

    def publish(self, s: Stamp) -> int:
        """Publish the slot of the last ``begin``; returns its publication number, from 1."""
        at = self._offset()
        number = self.published + 1
        L.SLOT.pack_into(
            self._map, at + L.SLOT_FIELDS, s.frames, s.flags, s.first_index, s.revision, s.time, s.step_ms,
            s.frames * self.layout.frame_bytes, time.monotonic_ns(), s.received_ns, s.applied_ns, s.begun_ns, s.ended_ns, s.dropped,
            s.view, s.view_time,
        )  # fmt: skip
        # single aligned 8-byte stores; x86-64 keeps their order
        self._words[at // 8] = 2 * number
        self._words[(at + L.SLOT_SEQUENCE_AGAIN) // 8] = 2 * number
        self._words[L.LATEST // 8] = number
        self.published = number
        return number

    def close(self, state: int = L.CLOSED) -> None:
        """Say why the ring ends, and remove the file."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._beat.join()
        self._words[L.STATE // 8] = state
        with contextlib.suppress(OSError):
            self.path.unlink()


def remove_dead_rings(folder: Path, alive: object) -> list[Path]:
    """Remove rings whose writer is gone; ``alive(pid, start_time)`` tells. Returns what was removed."""
    gone = []
    for path in folder.glob(f"dreambridge-{os.getuid() if hasattr(os, 'getuid') else 0}-*.ring"):
        try:
            with path.open("rb") as f:
                page = f.read(L.HEADER)
            # The magic is written last: what has none for so long was left by a daemon that was killed while it made it.
            dead = time.time() - path.stat().st_mtime > BEING_MADE
            if page[:8] == L.MAGIC:
                fixed = L.Layout.unpack(page)
                dead = not alive(fixed.writer_pid, fixed.writer_start)  # type: ignore[operator]
        except (OSError, ValueError, struct.error):
            continue
        if dead:
            with contextlib.suppress(OSError):
                path.unlink()
                gone.append(path)
    return gone
