"""Pictures that have come and are not shown yet: they come in bursts, and are shown evenly."""

import threading
import time
from collections import deque
from collections.abc import Callable

from dreambridge.bundle.remote_checks import MAX_BUFFER
from dreambridge.remote.pictures import Picture

STALL = 1.0  # seconds: a longer gap is no jitter, and more depth would not help the next time
CALM = 20.0  # seconds without a gap, after which the depth may fall
LEAST = 2  # pictures
NANO = 1e9


class JitterBuffer:
    """Begins to play when ``depth`` seconds of pictures are here, or the first has waited so long; after it ran dry, again.

    The depth adapts itself. It grows by each gap in the pictures, and each gap also delays all later pictures. After a calm time
    half of what was never used is left out, one picture a second, and the depth falls as much. A depth of 0 stays 0.

    ``most`` : pictures that it holds. ``come`` is called, in the thread that puts, when there may be something to take.
    ``clock`` : in ns, that of the pictures' times. Thread-safe.
    """

    def __init__(
        self, depth: float, fps: float, most: int, come: Callable[[], None], clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.depth = depth
        self._fps, self._most, self._come, self._clock = fps, most, come, clock
        self._adapts = depth > 0
        self._deepest = max(depth, min(MAX_BUFFER, 0.75 * most / fps))
        self._pictures = deque[Picture]()
        self._room = threading.Condition()
        self._plays = False
        self._generation = 0
        self._ended = False
        self._dry: int | None = None  # since when a picture is due and none is here
        self._calm_since, self._least = clock(), most  # pictures that stayed after each one was taken
        self._leave_out, self._left_out = 0, 0

    def put(self, picture: Picture) -> float:
        """Wait while it is full, which makes the server wait; the seconds. What is of an older generation is dropped."""
        begun = time.monotonic()
        with self._room:
            while len(self._pictures) >= self._most and picture.generation == self._generation and not self._ended:
                self._room.wait(1.0)
            if picture.generation != self._generation or self._ended:
                return 0.0
            waited = time.monotonic() - begun
            self._pictures.append(picture)
            if self._dry is not None:
                self._learn((self._clock() - self._dry) / NANO)
                self._dry = None
            ready = self._ready()
        if ready:
            self._come()
        return waited

    def _learn(self, gap: float) -> None:
        """A picture came so many seconds too late."""
        if self._adapts and gap <= STALL:
            self.depth = min(self._deepest, self.depth + gap)
        self._calm_again()

    def _calm_again(self) -> None:
        self._calm_since, self._least, self._leave_out = self._clock(), self._most, 0

    def _ready(self) -> bool:
        if not self._pictures:
            return False
        waited = (self._clock() - self._pictures[0].decoded) / NANO
        return self._plays or len(self._pictures) >= self.depth * self._fps or waited >= self.depth

    def take(self) -> Picture | None:
        """The next one; None: nothing is due."""
        with self._room:
            played, self._plays = self._plays, self._ready()
            if not self._plays:
                if played and self._dry is None:
                    self._dry = self._clock()
                return None
            picture = self._pictures.popleft()
            if self._adapts:
                picture = self._shallower(picture)
            self._room.notify()
            return picture

    def _shallower(self, picture: Picture) -> Picture:
        """After a calm time: a smaller depth; the picture, or the one after it where it is left out."""
        now = self._clock()
        self._least = min(self._least, len(self._pictures))
        if now - self._calm_since > CALM * NANO:
            unused = self._least - LEAST
            self._calm_again()
            if unused >= 2:
                self._leave_out = unused // 2
                self.depth = max(LEAST / self._fps, self.depth - self._leave_out / self._fps)
        follows = self._pictures and self._pictures[0].generation == picture.generation
        if self._leave_out and follows and now - self._left_out >= NANO:
            self._leave_out -= 1
            self._left_out = now
            return self._pictures.popleft()
        return picture

    def restart(self, generation: int, drop: bool) -> None:
        """Pictures of that connection come from now on; ``drop`` those that are here."""
        with self._room:
            self._generation = generation
            self._dry = None  # a connection that broke is no jitter
            self._calm_again()
            if drop:
                self._pictures.clear()
                self._plays = False
            self._room.notify()

    def end(self) -> None:
        with self._room:
            self._ended = True
            self._pictures.clear()
            self._room.notify()
