"""The state of a session, and the event that tells its client."""

import threading
from collections.abc import Callable

from dreambridge.engine.pace import Pace
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import AnyEvent, StateChanged
from dreambridge.protocol.states import Reason, State

Emit = Callable[[AnyEvent], None]
RUNNING = (State.PLAYING, State.SLOWED)


class SessionState:
    """Thread-safe. ``_lock`` guards the state."""

    def __init__(self, number: int, pace: Pace, emit: Emit) -> None:
        self.number, self.pace, self.emit = number, pace, emit
        self._lock = threading.RLock()
        self.state: State | None = None  # while it loads
        self.reason = ""
        self.over = False
        self._before: State | None = None  # the state before its client became silent
        self._why: DreamError | None = None  # why the watchdog ended the run

    @property
    def _going(self) -> State:
        return State.SLOWED if self.pace.slower else State.PLAYING

    @property
    def level(self) -> str:
        """The name of the quality level; "" if the bundle has only one."""
        return ""

    @property
    def goes_on_as(self) -> State:
        """The state, or the one to restore after a silence of the client."""
        assert self.state
        if self.state != State.ORPHANED:
            return self.state
        return State.PAUSED if self._before == State.PAUSED else self._going

    def set_state(self, state: State, code: Reason, reason: str, news: bool = False) -> None:
        """Set the state. An event is sent only if something changed, or if it is ``news``, such as another rate."""
        with self._lock:
            if state == self.state and not news:
                return
            self.state, self.reason = state, reason
            rate = self.pace.rate if self.pace.fps else 0.0
            self.emit(StateChanged(session=self.number, state=state, code=code, reason=reason, fps=rate, level=self.level))

    @property
    def given_up(self) -> bool:
        """Whether the session has ended for its client, even if its thread still runs."""
        return self.over or self.state == State.FAILED

    def gone(self) -> DreamError:
        """The error for requests to an ended session."""
        return self._why or DreamError("cancelled", f"Session {self.number} was closed before it was done.", "Open it again.")

    def failure(self) -> DreamError:
        """The error for requests to a failed session."""
        return DreamError("session_failed", f"Session {self.number} has failed: {self.reason}", "Close it and open it again.")
