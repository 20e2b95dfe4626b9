"""Pictures that have come and are not shown yet: they come in bursts, and are shown evenly."""

import threading
import time
from collections import deque
from collections.abc import Callable

from dreambridge.remote.pictures import Picture


class JitterBuffer:
    """Begins to play when ``depth`` seconds of pictures are here, or the first has waited so long; after it ran dry, again.

    ``come`` is called, in the thread that puts, when there may be something to take. Thread-safe.
    """

    def __init__(self, depth: float, fps: float, most: int, come: Callable[[], None]) -> None:
        self._depth, self._fps, self._most, self._come = depth, fps, most, come
        self._pictures = deque[Picture]()
        self._room = threading.Condition()
        self._plays = False
        self._generation = 0
        self._ended = False

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
            ready = self._ready()
        if ready:
            self._come()
        return waited

    def _ready(self) -> bool:
        if not self._pictures:
            return False
        waited = (time.monotonic_ns() - self._pictures[0].decoded) / 1e9
        return self._plays or len(self._pictures) >= self._depth * self._fps or waited >= self._depth

    def take(self) -> Picture | None:
        """The next one; None: nothing is due."""
        with self._room:
            self._plays = self._ready()
            if not self._plays:
                return None
            picture = self._pictures.popleft()
            self._room.notify()
            return picture

    def restart(self, generation: int, drop: bool) -> None:
        """Pictures of that connection come from now on; ``drop`` those that are here."""
        with self._room:
            self._generation = generation
            if drop:
                self._pictures.clear()
                self._plays = False
            self._room.notify()

    def end(self) -> None:
        with self._room:
            self._ended = True
            self._pictures.clear()
            self._room.notify()
