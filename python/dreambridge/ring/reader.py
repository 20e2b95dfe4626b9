"""The reader's side of a ring, in Python."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambridge.ring import layout as L
from dreambridge.ring.file import RingFile, read_layout
from dreambridge.system.locks import BINARY


@dataclass(frozen=True)
class Frame:
    """What a step published: its last frame, and all of its frames.

    ``pixels`` : uint8 [H, W, 4], sRGB-encoded RGBA, row 0 on top: the last frame, a copy that the caller owns.
    ``frames`` : uint8 [N, H, W, 4], all frames of the step.
    ``index`` : number of the last frame in its session, from 0.
    ``revision`` : of the conditions that the step was made with.
    ``time`` : stream time of the step's first frame, seconds.
    ``step_ms`` : duration of the step, milliseconds.
    ``flags`` : 1 = first step after a cut, 2 = made by ``step``, 4 = first step after ``restore`` or ``rewind``,
    8 = first step after ``adopt``; they add up. Bits 8-11 are ``level``.
    ``publication`` : number in the ring, from 1.
    ``published_ns``, ``received_ns``, ``applied_ns``, ``begun_ns``, ``ended_ns`` : when the frame was published, when the newest
    direction was received and applied (0: none yet), and when the step began and ended; nanoseconds of CLOCK_MONOTONIC.
    ``dropped`` : frames that were not made in time, since the session began.
    ``view``, ``view_time`` : number of the view that the step was painted over, and the time that its writer gave it; 0: none.
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

    @property
    def level(self) -> int:
        """The quality level that made the step: its place in ``Stream.info.levels``; 0: the full one."""
        return (self.flags >> L.LEVEL_SHIFT) & L.LEVEL_MASK


class RingReader:
    """Reads a ring's latest step with read calls, so that damage to the file cannot crash the process.

    OSError if the file cannot be opened, ValueError if it is not a ring. It is thread-safe. After ``close``, also during a read,
    it behaves like an empty ring.
    """

    def __init__(self, path: Path) -> None:
        self._file = RingFile(os.open(path, os.O_RDONLY | BINARY))
        try:
            self.layout = read_layout(self._file)
        except ValueError:
            self._file.close()
            raise
        self.shown = 0
        self.torn = 0
        self._heartbeat = (self.word(L.HEARTBEAT), time.monotonic())

    def word(self, at: int) -> int:
        """The 8-byte word at offset ``at``; 0 after ``close``."""
        return self._file.word(at)

    @property
    def state(self) -> int:
        return self.word(L.STATE)

    @property
    def latest(self) -> int:
        return self.word(L.LATEST)

    def alive(self, within: float = 1.0) -> bool:
        """Whether the heartbeat moved in the last ``within`` seconds. Call it regularly."""
        now, beat = time.monotonic(), self.word(L.HEARTBEAT)
        if beat != self._heartbeat[0]:
            self._heartbeat = (beat, now)
        return now - self._heartbeat[1] < within

    def slot(self, publication: int) -> int:
        """Offset of the slot of a publication."""
        return L.HEADER + ((publication - 1) % self.layout.slots) * self.layout.stride

    def revision(self) -> int:
        """Revision of the latest publication, without its pixels; 0 before the first."""
        p = self.latest
        return self.word(self.slot(p) + 24) if p else 0

    def read(self, publication: int | None = None) -> Frame | None:
        """The latest step if it was not read yet (or the named publication if it is still in the ring), else None."""
        for _ in range(3):
            latest = self.latest
            p = latest if publication is None else publication
            if latest == 0 or p == 0 or (publication is None and p == self.shown):
                return None
            frame = self._copy(p)
            if frame is not None:
                self.shown = max(self.shown, p)
                return frame
            self.torn += 1
        return None

    def _copy(self, p: int) -> Frame | None:
        f, at = self.layout, self.slot(p)
        # A separate call, because the copy order within one call is not guaranteed.
        if self.word(at) != 2 * p:
            return None
        head = bytearray(L.SLOT_HEADER)
        if not self._file.read(at, memoryview(head)):
            return None
        v = L.SLOT.unpack_from(head, L.SLOT_FIELDS)
        count = min(max(v[0], 1), f.frames)
        pixels = np.empty((count, f.height, f.width, 4), np.uint8)
        if not self._file.read(at + L.SLOT_HEADER, pixels.data):
            return None
        if self.word(at) != 2 * p or self.word(at + L.SLOT_SEQUENCE_AGAIN) != 2 * p:
            return None
        return Frame(
            pixels[-1], v[2] + count - 1, v[3], v[4], v[5], v[1], p, v[7], v[8], v[9], v[10], v[11], v[12], v[13], v[14], pixels
        )

    def close(self) -> None:
        self._file.close()


def ring_folder() -> Path:
    """The folder for rings: DREAMBRIDGE_RING_DIR, else /dev/shm, else the temp folder."""
    import tempfile

    named = os.environ.get("DREAMBRIDGE_RING_DIR")
    if named:
        return Path(named)
    return Path("/dev/shm") if os.path.isdir("/dev/shm") else Path(tempfile.gettempdir())
