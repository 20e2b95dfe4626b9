"""The ways out of a choice or a wait at which the page's stream stands: a fork of each, so that the others are there at once."""

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
RUN_OUT = ""  # the way that the time limit of a wait brings; a name of a signal or an option is not empty


class Ways:
    """Made when the event `choice` or `waiting` came. All methods may be called from any thread.

    ``options`` : id and text of each option; of a wait its signal, and ``RUN_OUT`` if it has a time limit. ``taken`` : the id of
    the one that was taken last; None: none yet. ``signal`` : the name of the signal; empty: it is a choice.
    """

    def __init__(self, stream: Stream, scene: Cutscene, event: CutsceneHappened) -> None:
        self.scene, self.shot = scene, event.shot
        self.signal = event.name if event.happened == "waiting" else ""
        self.options = [{"id": o.id, "text": o.text or o.id} for o in event.options]
        if self.signal:
            self.options = [{"id": self.signal, "text": self.signal}]
            self.options += [{"id": RUN_OUT, "text": "time is up"}] if event.limit is not None else []
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
                try:
                    self._forks[option["id"]] = self._forked(option["id"])
                except DreamError:
                    self._kept = bool(self._forks)  # the first one: the choice was over before the place was kept
                    raise
            for fork in self._forks.values():
                fork.prepare(AHEAD_S, timeout=0.0)

    def _forked(self, option: str) -> Fork:
        """A fork of the stream, which stands at the choice, that goes this way. DreamError: the choice is over."""
        fork = self._stream.fork()
        try:
            if not self.signal:
                fork.choose(option)
            elif option == RUN_OUT:
                fork.run_out()
            elif not (fork.status == "waiting" and fork.signal(option)):
                raise DreamError("bad_state", "The wait is over.", "Play up to it again.")
        except DreamError:
            fork.drop()
            raise
        return fork

    def told(self) -> dict[str, Any]:
        return {
            "shot": self.shot, "options": self.options, "taken": self.taken, "ready": sorted(self._forks), "signal": self.signal,
        }  # fmt: skip

    def take(self, option: str) -> float:
        """Go on as this way: as its fork, or from the kept place when it has none any more. The stream time of the choice.

        DreamError ``bad_argument``; ``bad_state`` if the choice could not be kept.
        """
        self._check(option)
        with self._lock:
            fork = self._forks.pop(option, None)
            if fork is not None:
                with contextlib.suppress(DreamError):
                    fork.adopt()
                    self.taken = option
                    return fork.time
                with contextlib.suppress(DreamError):
                    fork.drop()  # after a time-out it may still be there
            if not self._kept:
                raise DreamError("bad_state", "The choice was over before it could be kept.", "Play up to it again.")
            self.taking = True
            try:
                landed = self._stream.rewind(name=PLACE)
                self._go(self._stream, self.scene, option)
            finally:
                self.taking = False
            self.taken = option
            return landed.time

    def show(self, stream: Stream, scene: Cutscene, option: str) -> None:
        """Let another stream, with the same cutscene, stand at the choice and go this way. DreamError as in ``take``."""
        self._check(option)
        stream.restore(self.snapshot)
        self._go(stream, scene, option)

    def _go(self, stream: Stream, scene: Cutscene, option: str) -> None:
        if not self.signal:
            scene.choose(option)
        elif option == RUN_OUT:
            with stream.fork() as fork:
                fork.run_out()
                fork.adopt()
        else:
            scene.signal(option)

    def _check(self, option: str) -> None:
        if option not in [o["id"] for o in self.options]:
            what = f"The wait has no way {option!r}." if self.signal else f"The choice has no option {option!r}."
            raise DreamError("bad_argument", what, "Take one that it offers.")

    def end(self) -> None:
        """Free the forks."""
        with self._lock:
            forks, self._forks = self._forks, {}
            if (self._stream.info.epoch, self._stream.session) != self._key:
                return  # they ended with the session
            for fork in forks.values():
                with contextlib.suppress(DreamError):
                    fork.drop()
