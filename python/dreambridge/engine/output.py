"""A session's ring: creates it, writes it, and replaces it when another program damages it."""

import contextlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dreambridge.engine.part import PartOf
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import RingChanged
from dreambridge.protocol.states import State
from dreambridge.ring import layout as L
from dreambridge.ring.reader import ring_folder
from dreambridge.ring.writer import RingWriter, Stamp, frame_memory, remove_dead_rings
from dreambridge.system.processes import process_alive

log = logging.getLogger("dreambridge")
MAX_LOSSES, LOSSES_WITHIN = 8, 60.0
LOST_HINT = "Only the daemon may change this file: find the program that does, or set DREAMBRIDGE_RING_DIR to another folder."


class Owner(Protocol):
    """The interface of the session that its ring needs."""

    number: int
    epoch: int
    closing: bool
    state: State | None

    @property
    def stem(self) -> str: ...

    @property
    def emit(self) -> Callable[[RingChanged], None]: ...

    def enqueue(self, work: Callable[[], None]) -> None: ...


class Output(PartOf[Owner]):
    """Use it only in the session's thread, except for ``files``.

    ``frames`` is the session's private memory, uint8 [frames, height, width, 4], into which its steps write. It stays the same
    when the ring is replaced.
    """

    def __init__(self, session: Owner) -> None:
        super().__init__(session)
        self.ring: RingWriter | None = None
        self.frames: NDArray[np.uint8]
        self.files = threading.Lock()  # held while a file is created, or all are removed
        self.copies = 0  # of frames into the ring
        self._rings = 0
        self._last: Stamp | None = None
        self._lost_at: deque[float] = deque(maxlen=MAX_LOSSES)

    def make(self, fixed: L.Layout) -> NDArray[np.uint8]:
        """Create the memory, returned, and the ring; DreamError ``cancelled`` if the session ends, or as ``RingWriter``."""
        self.frames = frame_memory(fixed)
        self._make_ring(fixed)
        return self.frames

    def _make_ring(self, fixed: L.Layout) -> RingWriter:
        s = self.session
        path = ring_folder() / f"{s.stem}.ring"
        if os.path.lexists(path):  # something else has taken the name of a ring that was lost
            path = path.with_name(f"{s.stem}-{self._rings}.ring")
        with self.making_a_file():
            self.ring = RingWriter(path, fixed, lambda: s.enqueue(self.renew_if_lost))
        self._rings += 1
        return self.ring

    @contextlib.contextmanager
    def making_a_file(self) -> Iterator[None]:
        """Raise DreamError ``cancelled`` once the session is ending, because the file would never be removed."""
        with self.files:
            if self.session.closing:
                raise DreamError("cancelled", "The session was closed.", "Open it again.")
            yield

    def renew_if_lost(self) -> None:
        """Replace a ring whose file another program truncated, overwrote or removed, and tell the client.

        DreamError ``ring_lost`` if that happens repeatedly, or as ``RingWriter``.
        """
        s, ring = self.session, self.ring
        if ring is None or s.closing or s.state == State.FAILED or not ring.look():
            return
        ring.close(L.SUPERSEDED)
        said = f"The ring {ring.path} of session {s.number} was lost: {ring.lost}."
        log.warning("%s It gets a new one.", said)
        self._lost_at.append(time.monotonic())
        if len(self._lost_at) == MAX_LOSSES and self._lost_at[-1] - self._lost_at[0] < LOSSES_WITHIN:
            raise DreamError("ring_lost", f"{said} That was the {MAX_LOSSES}th time in {LOSSES_WITHIN:g} s.", LOST_HINT)
        ring = self._make_ring(ring.layout)
        if self._last:
            ring.publish(self.frames, self._last)
        s.emit(
            RingChanged(
                session=s.number,
                ring=str(ring.path),
                epoch=s.epoch,
                code="ring_lost",
                message=said,
                hint=LOST_HINT,
            )
        )

    def publish(self, stamp: Stamp) -> None:
        """Publish the step's frames."""
        assert self.ring
        self._last = stamp
        self.copies += 1
        self.ring.publish(self.frames, stamp)

    def close(self) -> None:
        if self.ring:
            self.ring.close()


def remove_rings_left_behind() -> list[Path]:
    """Remove the rings of this user's ended daemons; returns the removed paths."""
    return remove_dead_rings(ring_folder(), process_alive)
