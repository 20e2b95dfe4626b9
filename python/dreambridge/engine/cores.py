"""Divides the machine's cores among the sessions of a daemon."""

import threading
import weakref
from typing import Protocol

from dreambridge.engine.session_state import RUNNING
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import State
from dreambridge.system.processes import cores


class Sharing(Protocol):
    """A session, as the others see it."""

    number: int
    ask: Open
    state: State | None
    over: bool
    closing: bool


def takes_cores(s: Sharing) -> bool:
    """Whether it loads, or makes steps by itself."""
    return not s.over and not s.closing and (s.state is None or s.state in (*RUNNING, State.STUCK))


class Cores:
    """All sessions of a daemon share one. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: weakref.WeakSet[Sharing] = weakref.WeakSet()

    def join(self, session: Sharing) -> None:
        with self._lock:
            self._sessions.add(session)

    def leave(self, session: Sharing) -> None:
        """It makes no steps on this machine."""
        with self._lock:
            self._sessions.discard(session)

    def share(self, session: Sharing) -> int:
        """Threads that a session may use whose client left the number to the daemon, 1 or more.

        Sessions that step or load now share what those leave whose clients asked for a number of threads.
        """
        with self._lock:
            taking = [s for s in self._sessions if s is session or takes_cores(s)]
        free = cores() - sum(min(s.ask.threads, cores()) for s in taking)
        sharing = sorted(s.number for s in taking if not s.ask.threads)
        if session.number not in sharing:
            return max(1, free)
        each, left = divmod(max(free, 0), len(sharing))
        return max(1, each + (sharing.index(session.number) < left))
