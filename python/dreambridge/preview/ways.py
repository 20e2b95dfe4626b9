"""The ways out of a choice at which the page's stream stands: a fork of each, so that the others are there at once."""

import contextlib
import threading
from typing import Any

from dreambridge.client.cutscene import Cutscene
from dreambridge.client.fork import Fork
from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import CutsceneHappened

PLACE = "at the choice"  # the name of the kept place
MAX_WAYS = 6  # forks; of 8 that a session may have
AHEAD_S = 1.0  # stream time that is made ahead of each way, in spare time


class Ways:
    """Made when the event `choice` came. All methods may be called from any thread.

    ``options`` : id and text of each option. ``taken`` : the id of the one that was taken last; None: none yet.
    """

    def __init__(self, stream: Stream, scene: Cutscene, event: CutsceneHappened) -> None:
        self.scene, self.shot = scene, event.shot
        self.options = [{"id": o.id, "text": o.text or o.id} for o in event.options]
        self.taken: str | None = None
        self._stream, self._lock = stream, threading.Lock()
        self._forks: dict[str, Fork] = {}
        self._kept = False  # whether PLACE is this choice, and not an earlier one or a place after it
        self.snapshot = b""
        self.taking = False  # the choice is told again while the stream goes back to it
        self._key = stream.info.epoch, stream.session

    def prepare(self) -> None:
        """Keep the place, and fork the stream for each way. What does not fit, or comes too late, is left out."""
        with self._lock, contextlib.suppress(DreamError):
            self.snapshot = self._stream.snapshot()
            self._stream.keep(PLACE)
            self._kept = True
            for option in self.options[:MAX_WAYS]:
                fork = self._stream.fork()
                try:
                    fork.choose(option["id"])
                except DreamError:
                    self._kept = bool(self._forks)  # the first one: the choice was over before the place was kept
                    fork.drop()
                    raise
                self._forks[option["id"]] = fork
            for fork in self._forks.values():
                fork.prepare(AHEAD_S, timeout=0.0)

    def told(self) -> dict[str, Any]:
        return {"shot": self.shot, "options": self.options, "taken": self.taken, "ready": sorted(self._forks)}

    def take(self, option: str) -> float:
        """Go on as this way: as its fork, or from the kept place when it has none any more. The stream time of the choice.

        DreamError ``bad_argument``; ``bad_state`` if the choice could not be kept.
        """
        if option not in [o["id"] for o in self.options]:
            raise DreamError("bad_argument", f"The choice has no option {option!r}.", "Take one that it offers.")
        with self._lock:
            fork = self._forks.pop(option, None)
            if fork is not None:
                with contextlib.suppress(DreamError):
                    fork.adopt()
                    self.taken = option
                    return fork.time
            if not self._kept:
                raise DreamError("bad_state", "The choice was over before it could be kept.", "Play up to it again.")
            self.taking = True
            try:
                landed = self._stream.rewind(name=PLACE)
                self.scene.choose(option)
            finally:
                self.taking = False
            self.taken = option
            return landed.time

    def end(self) -> None:
        """Free the forks."""
        with self._lock:
            forks, self._forks = self._forks, {}
            if (self._stream.info.epoch, self._stream.session) != self._key:
                return  # they ended with the session
            for fork in forks.values():
                with contextlib.suppress(DreamError):
                    fork.drop()
