"""What waits in the network after a pause: it is skipped, because the stream would stay late by that time."""

import time
from collections import deque

from dreambridge.remote.messages import Batch

HELD_BYTES = 8 * 2**20  # what the buffers of both machines and the network may hold
MAX_HELD = 1.0  # seconds of frames in them that may be shown late
MAX_WAITED = 0.5  # seconds
WINDOW = 1.0  # seconds
FASTER = 1.5  # times the rate of the stream: so fast come only frames that waited
MAX_SKIPPING = 10.0  # seconds; a server that is still faster then does not keep to the rate


class Backlog:
    """Says which batches to skip. For the connection's thread.

    A server that has to wait goes on, when it is read again, with the frames from before: with a minute of them, if they are
    small. They come faster than they are shown until the latest ones are reached.
    """

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self.restart()

    def restart(self) -> None:
        """Another connection: nothing waits in it."""
        self._waited, self._since = 0.0, 0.0
        self._came = deque[tuple[float, int]]()

    @property
    def skips(self) -> bool:
        return self._since > 0

    def waited(self, seconds: float, b: Batch) -> None:
        """A picture of ``b`` waited so long until there was room for it."""
        if seconds > 2 / self._fps:  # not only until the next picture was shown
            self._waited += seconds
        held = HELD_BYTES * b.frames / max(1, len(b.payload)) / self._fps
        if self._waited > MAX_WAITED and held > MAX_HELD:
            self._since = time.monotonic()

    def ends(self, b: Batch) -> bool:
        """Whether ``b``, which has come now, is the first to show again."""
        now = time.monotonic()
        while self._came and self._came[0][0] < now - WINDOW:
            self._came.popleft()
        came = sum(frames for _, frames in self._came)
        self._came.append((now, b.frames))
        spent = now - self._since
        if spent < WINDOW or (came > FASTER * self._fps * WINDOW and spent < MAX_SKIPPING):
            return False
        self.restart()
        return True
