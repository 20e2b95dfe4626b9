"""Finds time for steps that nobody waits for, so that they delay no session's own steps."""

import threading
import weakref
from typing import Protocol

from dreambridge.engine.cores import Cores
from dreambridge.system.processes import cores


class Stepping(Protocol):
    """The interface of a session that shares the machine."""

    def threads_within(self, seconds: float) -> int: ...


class SpareTime:
    """All sessions of a daemon share one, and its ``cores``. Thread-safe."""

    def __init__(self) -> None:
        self.cores = Cores()
        self._lock = threading.Lock()
        self._sessions: weakref.WeakSet[Stepping] = weakref.WeakSet()
        self._using: weakref.WeakKeyDictionary[Stepping, int] = weakref.WeakKeyDictionary()

    def join(self, session: Stepping) -> None:
        with self._lock:
            self._sessions.add(session)

    def others_step(self, session: Stepping) -> bool:
        """Whether another session steps within the next second."""
        with self._lock:
            return any(s is not session and s.threads_within(1.0) for s in self._sessions)

    def begin(self, session: Stepping, threads: int, seconds: float, beside: bool = False) -> bool:
        """Whether the session may make such a step: cores are free for it for the next ``seconds``.

        ``beside``: the session's own steps go on meanwhile. Until ``end``, the step counts for the other sessions.
        """
        with self._lock:
            busy = 0
            for s in self._sessions:
                if s is not session or beside:
                    busy += self._using.get(s) or s.threads_within(seconds)
            free = busy + min(threads, cores()) <= cores()
            if free:
                self._using[session] = threads
            return free

    def end(self, session: Stepping) -> None:
        with self._lock:
            self._using.pop(session, None)
