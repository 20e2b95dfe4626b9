"""Watches the threads of sessions: slow steps, loads that do not end, and closes without an answer."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from dreambridge.protocol.limits import MAX_LOADING_TIME, MAX_STEP_TIME, STUCK_AFTER
from dreambridge.runtime.runs import Stopped
from dreambridge.system.processes import STOOD_STILL

log = logging.getLogger("dreambridge")
LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Limits:
    """Limits in seconds; the first two are longer for a bundle with slow steps."""

    stuck: float = STUCK_AFTER
    step: float = MAX_STEP_TIME
    loading: float = MAX_LOADING_TIME
    grace: float = 0.5  # what has not ended by then is abandoned


class Watched(Protocol):
    digest: str
    over: bool

    def look(self, now: float, limits: Limits) -> None: ...

    def stood_still(self, now: float, seconds: float) -> None: ...


class Watchdog:
    """One thread for all sessions; it runs while there are any. A ``Session`` adds itself, and removes itself at its end."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._watched: list[Watched] = []
        self._abandoned: list[Watched] = []
        self._thread: threading.Thread | None = None

    def watch(self, s: Watched) -> None:
        """Its thread has begun, and may have ended by now."""
        with self._lock:
            if s.over:
                return
            self._watched.append(s)
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                thread.start()
                self._thread = thread

    def release(self, s: Watched) -> None:
        """The session has ended; after ``abandon``, its thread has ended too."""
        with self._lock:
            self._watched = [w for w in self._watched if w is not s]
            self._abandoned = [w for w in self._abandoned if w is not s]

    def abandon(self, s: Watched) -> None:
        """The session has ended for its client, but its thread has not."""
        with self._lock:
            self._watched = [w for w in self._watched if w is not s]
            self._abandoned.append(s)

    def hangs(self, digest: str) -> bool:
        """Whether an operator of that bundle is still running because it could not be ended."""
        with self._lock:
            return any(s.digest == digest for s in self._abandoned)

    def _run(self) -> None:
        looked = time.monotonic()
        while True:
            time.sleep(LOOK_EVERY)
            with self._lock:
                watched = list(self._watched)
                if not watched:
                    self._thread = None
                    return
            now = time.monotonic()
            stood, looked = now - looked - LOOK_EVERY, now
            for s in watched:
                try:
                    if stood > STOOD_STILL:
                        # This process was suspended, or the machine slept: no step has run meanwhile.
                        s.stood_still(now, stood)
                    s.look(now, self.limits)
                except Exception:
                    log.exception("internal error in the watchdog; it continues; please report it")


class LoadQueue:
    """Lets two sessions load at a time, in order; sessions that are no longer wanted never begin.

    A load that takes longer than ``PATIENCE`` seconds no longer blocks the next one.
    """

    PLACES, PATIENCE = 2, 5.0

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._waiting: deque[object] = deque()
        self._begun: dict[object, float] = {}

    def wake(self) -> None:
        """A waiting session may be unwanted now."""
        with self._free:
            self._free.notify_all()

    @contextmanager
    def turn(self, unwanted: Callable[[], bool]) -> Iterator[None]:
        """Wait for a place and hold it; ``Stopped`` if ``unwanted`` before there is one."""
        me = object()
        with self._free:
            self._waiting.append(me)
            while not unwanted() and (self._waiting[0] is not me or self._full()):
                self._free.wait(1.0)
            self._waiting.remove(me)
            self._free.notify_all()
            if unwanted():
                raise Stopped
            self._begun[me] = time.monotonic()
        try:
            yield
        finally:
            with self._free:
                del self._begun[me]
                self._free.notify_all()

    def _full(self) -> bool:
        now = time.monotonic()
        return sum(now - begun < self.PATIENCE for begun in self._begun.values()) >= self.PLACES
