"""The reader's side of a ring, in Python."""

import contextlib
import mmap
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambridge.ring import layout as L


@dataclass(frozen=True)
class Frame:
    """A step's last frame (or one of its frames) as it was published.

    ``pixels`` uint8 [H, W, 4] sRGB-encoded RGBA, the reader's own copy; ``index`` of the frame; ``revision`` of the
    conditions; ``time`` stream time in seconds; ``step_ms``; the stamps are nanoseconds of CLOCK_MONOTONIC. ``view`` is the
    number of the view's publication that it was painted over (0: of none), ``view_time`` the time that its writer gave it.
    """

    pixels: NDArray[np.uint8]
    index: int
    revision: int
    time: float
    step_ms: float
    flags: int
    publication: int
    published_ns: int
    received_ns: int
    applied_ns: int
    begun_ns: int
    ended_ns: int
    dropped: int
    view: int
    view_time: float
    frames: NDArray[np.uint8]


class RingReader:
    """Maps a ring read-only and takes its latest step; ValueError when the file is no ring."""

    def __init__(self, path: Path) -> None:
        fd = os.open(path, os.O_RDONLY)
        try:
            self._map = mmap.mmap(fd, os.fstat(fd).st_size, access=mmap.ACCESS_READ)
        finally:
            os.close(fd)
        self.layout = L.Layout.unpack(self._map[: L.HEADER])
        # Words and bytes of the file in one: another thread may close the reader between two looks at it.
        self._views = np.frombuffer(self._map, np.uint64), np.frombuffer(self._map, np.uint8)
        self.shown = 0
        self.torn = 0
        self._heartbeat = (int(self._words[L.HEARTBEAT // 8]), time.monotonic())

    @property
    def _words(self) -> NDArray[np.uint64]:
        return self._views[0]

    @property
    def _bytes(self) -> NDArray[np.uint8]:
        return self._views[1]

    @property
    def state(self) -> int:
        return int(self._words[L.STATE // 8])

    @property
    def latest(self) -> int:
        return int(self._words[L.LATEST // 8])

    def alive(self, within: float = 1.0) -> bool:
        """Has the heartbeat moved in the last ``within`` seconds (call it again and again)?"""
        now, beat = time.monotonic(), int(self._words[L.HEARTBEAT // 8])
        if beat != self._heartbeat[0]:
            self._heartbeat = (beat, now)
        return now - self._heartbeat[1] < within

    def revision(self) -> int:
        """Revision of the latest publication, without its pixels; 0 before the first."""
        words = self._words
        p = int(words[L.LATEST // 8])
        if p == 0:
            return 0
        at = L.HEADER + ((p - 1) % self.layout.slots) * self.layout.stride
        return int(words[(at + 24) // 8])

    def read(self, publication: int | None = None) -> Frame | None:
        """The latest step if it was not read yet (or the named publication if it still lies in the ring), else None."""
        for _ in range(3):
            words, data = self._views
            latest = int(words[L.LATEST // 8])
            p = latest if publication is None else publication
            if latest == 0 or p == 0 or (publication is None and p == self.shown):
                return None
            frame = self._copy(p, words, data)
            if frame is not None:
                self.shown = max(self.shown, p)
                return frame
            self.torn += 1
        return None

    def _copy(self, p: int, words: NDArray[np.uint64], data: NDArray[np.uint8]) -> Frame | None:
        f = self.layout
        at = L.HEADER + ((p - 1) % f.slots) * f.stride
        if int(words[at // 8]) != 2 * p:
            return None
        v = L.SLOT.unpack_from(data.data, at + L.SLOT_FIELDS)
        count = min(max(v[0], 1), f.frames)
        start = at + L.SLOT_HEADER
        pixels = data[start : start + count * f.frame_bytes].reshape(count, f.height, f.width, 4).copy()
        if int(words[at // 8]) != 2 * p or int(words[(at + L.SLOT_SEQUENCE_AGAIN) // 8]) != 2 * p:
            return None
        return Frame(
            pixels[-1], v[2] + count - 1, v[3], v[4], v[5], v[1], p, v[7], v[8], v[9], v[10], v[11], v[12], v[13], v[14], pixels
        )

    def close(self) -> None:
        """Let go of the file. Another thread that reads in this very moment, or later, finds an empty ring."""
        empty = np.zeros(L.HEADER // 8, np.uint64)
        self._views = empty, empty.view(np.uint8)
        # A view that somebody still holds keeps the map alive; the file itself belongs to the daemon.
        with contextlib.suppress(BufferError):
            self._map.close()


def ring_folder() -> Path:
    """Where rings are made: DREAMBRIDGE_RING_DIR, else /dev/shm, else the temp folder."""
    import tempfile

    named = os.environ.get("DREAMBRIDGE_RING_DIR")
    if named:
        return Path(named)
    return Path("/dev/shm") if os.path.isdir("/dev/shm") else Path(tempfile.gettempdir())
