"""A session's life cycle: its thread, its state, its waiting work, and its end even if its graphs do not end."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from dreambridge.bundle.load import Bundle
from dreambridge.engine.background import Answer, Background, forget_frames
from dreambridge.engine.pace import Pace
from dreambridge.engine.session_state import RUNNING, Emit, SessionState
from dreambridge.engine.watchdog import Limits, LoadQueue, Watchdog
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import ErrorReply, Ok, Opened, Reply
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import Reason, State
from dreambridge.runtime.runs import Runs, Stopped
from dreambridge.system.priority import lower_priority

log = logging.getLogger("dreambridge")
# Work between two steps; it may return the reply of a request.
Work = Callable[[], Reply | None]


class Life(SessionState):
    """From ``start`` to ``close``. A subclass knows what is loaded (``_load``) and stepped (``_step_due``).

    Loads, steps and other work may take any time: ``look`` reports a stuck session, ends what takes too long, and abandons what
    cannot be ended. Public methods are thread-safe.
    """

    def __init__(
        self, number: int, bundle: Bundle, ask: Open, pace: Pace, emit: Emit, watchdog: Watchdog, loads: LoadQueue
    ) -> None:
        super().__init__(number, pace, emit)
        self.bundle, self.digest = bundle, bundle.digest
        self.ask, self.watchdog, self._loads = ask, watchdog, loads
        self.runs, self.text_runs = Runs(), Runs()
        # The lock also guards the waiting work, and what the watchdog changes.
        self._wake = threading.Condition(self._lock)
        self._work: deque[tuple[Work, Answer | None]] = deque()
        self.closing, self._closing_since = False, 0.0
        self._closed: Callable[[], None] | None = None
        self._ready: Answer | None = None
        self._begun = 0.0  # start of the current load, step or work; 0 between them
        self._unstuck: State | None = None  # the state after the end of a stuck step
        self._background = Background(number)
        self._thread = threading.Thread(target=self._run, name=f"session-{number}", daemon=True)

    # -- for the subclass --------------------------------------------------------------------------------------------
    def _load(self) -> None:
        raise NotImplementedError

    def _load_turn(self) -> AbstractContextManager[None]:
        """A place among the loads. ``Stopped`` if the session is closed before there is one."""
        return self._loads.turn(lambda: self.closing)

    def opened(self) -> Opened:
        raise NotImplementedError

    def _step_due(self) -> None:
        """Make the step that is due."""
        raise NotImplementedError

    def _spare(self, room: float) -> float:
        """Seconds until ``_use_spare`` is worth a call; 0: now. The next step is due in ``room`` seconds; 0: none may be made."""
        raise NotImplementedError

    def _use_spare(self) -> None:
        """Do something that nobody waits for."""
        raise NotImplementedError

    @property
    def _begun_beside(self) -> float:
        """When the work of another thread for this session began that must not hang either (time.monotonic); 0: none runs."""
        return 0.0

    def _stood_still_beside(self, now: float, seconds: float) -> None:
        """``stood_still`` for that work."""

    def _close_ring(self) -> None:
        """While a step may still write."""
        raise NotImplementedError

    def remove_rings(self) -> None:
        """Files only."""
        raise NotImplementedError

    def _release(self) -> None:
        """Release everything."""
        raise NotImplementedError

    # -- from any thread ---------------------------------------------------------------------------------------------
    def start(self, ready: Answer) -> None:
        """``ready`` is called once, with ``opened`` or a DreamError. RuntimeError if no thread can be started."""
        self._ready = ready
        self._thread.start()
        try:
            self.watchdog.watch(self)
        except RuntimeError:
            self._ready = None
            self.close()
            raise

    def submit(self, work: Work, reply: Answer | None = None) -> None:
        """Run ``work`` in the session's thread, between two steps and after all earlier requests.

        ``reply`` gets its result or exception.
        """
        self.in_order(lambda: self.enqueue(work, reply), reply)

    def in_order(self, then: Callable[[], None], reply: Answer | None = None) -> None:
        """Call ``then`` after the work in the other thread that was asked for earlier."""
        if self._background.busy:
            self.in_background(then, reply)
        else:
            then()

    def in_background(self, work: Callable[[], None], reply: Answer | None = None) -> None:
        """Run ``work`` in another thread. Later requests wait for it, but the stream does not. See ``Background.do``."""
        self._background.do(work, reply, self.gone)

    def enqueue(self, work: Work, reply: Answer | None = None) -> None:
        """Run ``work`` between two steps, independent of the work in the other thread."""
        with self._wake:
            if not self.over:
                self._work.append((work, reply))
                self._wake.notify()
                return
        if reply:
            reply(self.gone())

    def wake(self) -> None:
        """The session's thread looks at what it may do."""
        with self._wake:
            self._wake.notify()

    def pause(self, reply: Answer) -> None:
        def work() -> Ok:
            self.set_state(State.PAUSED, Reason.ASKED, "the client asked")
            return Ok()

        self.submit(work, reply)

    def resume(self, reply: Answer) -> None:
        def work() -> Ok:
            if self.state == State.PAUSED:
                self.pace.restart()
                self.set_state(self._going, Reason.ASKED, "the client asked")
            return Ok()

        self.submit(work, reply)

    def orphan(self) -> None:
        """Pause in any state because the client is silent; ``reclaim`` restores the state."""

        def work() -> None:
            if self.state in (*RUNNING, State.PAUSED):
                self._before = self.state
                self.set_state(State.ORPHANED, Reason.CLIENT_SILENT, "the client is silent")

        self.submit(work)

    def reclaim(self) -> None:
        def work() -> None:
            if self.state == State.ORPHANED:
                self.pace.restart()
                self.set_state(self.goes_on_as, Reason.CLIENT_BACK, "the client is back")

        self.submit(work)

    def close(self, then: Callable[[], None] | None = None) -> None:
        """End in any state; ``then`` is called when none of its files is left, at most ``Limits.grace`` later."""
        with self._wake:
            if not self.closing:
                self.closing, self._closing_since = True, time.monotonic()
            over = self.over
            if not over:
                self._closed = then or self._closed
            self._wake.notify()
        self.runs.stop()
        self.text_runs.stop()
        self._loads.wake()
        if over and then:
            then()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def fail(self, e: Exception) -> None:
        """Stop stepping. The thread runs until the session is closed, because requests must get an answer.

        A DreamError is reported unchanged, anything else as ``session_failed``.
        """
        if not isinstance(e, DreamError):
            log.debug("session %d: the error of its step", self.number, exc_info=e)
            hint = "Close the session and open it again."
            e = DreamError("session_failed", f"The model failed: {type(e).__name__}: {e}", hint)
        self._close_ring()  # not under the lock: the ring's thread may be waiting for it
        with self._lock:
            if self.given_up:
                return
            log.error("session %d (%s) failed: %s", self.number, self.bundle.name, e)
            self.emit(ErrorReply.of(e, session=self.number))
            self.set_state(State.FAILED, Reason.RING_LOST if e.code == "ring_lost" else Reason.MODEL_FAILED, str(e))

    # -- in the watchdog's thread ------------------------------------------------------------------------------------
    def stood_still(self, now: float, seconds: float) -> None:
        """So long no thread of this process ran: a step, a load or a close was not slow for that time."""
        with self._lock:
            if self._begun:
                self._begun = min(now, self._begun + seconds)
            self._closing_since = min(now, self._closing_since + seconds)
            self._stood_still_beside(now, seconds)

    def look(self, now: float, limits: Limits) -> None:
        """Report or end a step, a load or a close that takes too long."""
        interval = self.pace.per_step / self.pace.base
        stuck, most = max(limits.stuck, 4 * interval), max(limits.step, 20 * interval)
        if stated := self.bundle.manifest.step.seconds:
            stuck, most = max(stuck, stated / 2), stated
        with self._lock:
            spent = now - self._begun if self._begun else 0.0
            since = self._begun_beside  # read once: another thread sets it
            beside = now - since if since else 0.0
            if self.over or (self.state == State.FAILED and not self.closing):
                return
            if not self.closing and self.state and stuck < spent <= most and self.state != State.STUCK:
                self._unstuck = self.state
                self.set_state(State.STUCK, Reason.STEP_LATE, f"a step has been running for {spent:.1f} s")
        # The ring is not closed under the lock: the ring's thread may be waiting for it.
        if self.closing:
            if now - self._closing_since > limits.grace:
                self._abandon(max(spent, beside))
        elif self.state is None and spent > limits.loading + self.runs.more_time:
            said = f"{self.bundle.name!r} was not loaded within {limits.loading + self.runs.more_time:g} s."
            self._why = DreamError("timeout", said, "The machine may be busy; try a smaller bundle.")
            self.close()
        elif self.state and (spent := max(spent, beside)) > most:
            said = f"A step of {self.bundle.name!r} took longer than {most:g} s and was ended."
            hint = "Close the session. The bundle's graph may never end, or is too large for this machine."
            self._why = DreamError("session_failed", said, hint)
            self.runs.stop()
            if spent > most + limits.grace:
                self.fail(self._why)

    def _abandon(self, spent: float) -> None:
        """End the session for its client. Its thread is blocked by an operator of a graph, or still frees what it used."""
        if spent:
            log.warning(
                "session %d (%s) is closed, but an operator of its graph has been running for %.1f s and cannot be ended: "
                "it takes processor time until it is done, or until the daemon ends",
                self.number,
                self.bundle.name,
                spent,
            )
            self.watchdog.abandon(self)
        self._close_ring()
        self.remove_rings()
        self._finish()

    # -- in the session's thread -------------------------------------------------------------------------------------
    def _run(self) -> None:
        try:
            if self._open():
                self._go()
        finally:
            self._background.end()
            self._release()
            self._finish()
            self.watchdog.release(self)

    def _open(self) -> bool:
        """Load, and answer the `open`; False if it failed."""
        result: Reply | DreamError
        try:
            lower_priority(self.ask.priority)
            with self._load_turn():
                self._begun = time.monotonic()
                self._load()
        except Stopped as e:
            result = self.gone()
            forget_frames(e)
        except DreamError as e:
            result = e
            forget_frames(e)
        except MemoryError:
            hint = "Close other programs or sessions, or use a smaller bundle."
            result = DreamError("no_space", f"This machine has too little free memory for {self.bundle.name!r}.", hint)
        except Exception as e:
            log.exception("session %d (%s) could not start", self.number, self.bundle.name)
            result = DreamError("internal", f"The session could not start: {type(e).__name__}: {e}.", "See the daemon's log.")
        else:
            with self._lock:
                self.state = State.PAUSED if self.ask.paused else State.PLAYING
            result = self.opened()
        self._begun = 0.0
        self._answer_open(result)
        return not isinstance(result, DreamError)

    def _answer_open(self, result: Reply | DreamError) -> None:
        with self._lock:
            ready, self._ready = self._ready, None
        if ready:
            ready(result)

    def _go(self) -> None:
        self.pace.restart()
        going = True
        while going:
            try:
                going = self._turn()
            except Stopped as e:
                going = not self.closing
                if going:
                    self.fail(self.gone())
                forget_frames(e)
            except Exception as e:
                self.fail(e)
                forget_frames(e)

    def _turn(self) -> bool:
        """Wait for work or for the next deadline, and do it; False at the end."""
        spare = 1.0
        with self._wake:
            if not self._work and not self.closing:
                wait = self.pace.wait() if self.state in RUNNING else 3600.0
                if wait > 0:
                    spare = self._spare(wait if self.state in (*RUNNING, State.PAUSED) else 0.0)
                    if spare > 0:
                        self._wake.wait(min(wait, spare))
            if self.closing:
                return False
            due = len(self._work)
        if spare <= 0:
            with self.timed():
                self._use_spare()
            return True
        for _ in range(due):
            self._do(*self._work.popleft())
        if self.state in RUNNING and self.pace.wait() <= 0:
            self._step_due()
        return True

    def _do(self, work: Work, reply: Answer | None) -> None:
        if reply and self.state == State.FAILED:
            reply(self.failure())
            return
        try:
            with self.timed():
                answer = work()
        except Stopped:
            if reply:
                reply(self.gone())
            raise
        except Exception as e:
            if reply is None or not isinstance(e, DreamError):
                self.fail(e)
            if reply:
                reply(e if isinstance(e, DreamError) else self.failure())
        else:
            if reply and answer:
                reply(answer)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """A step, or other work between two steps, whose time the watchdog checks."""
        self._begun = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                spent, self._begun = time.monotonic() - self._begun, 0.0
                if self.state == State.STUCK and self._unstuck and not self.runs.stopped:
                    self.set_state(self._unstuck, Reason.STEP_ENDED, f"the step ended after {spent:.1f} s")

    def _finish(self) -> None:
        """The session has ended for its client: answer what still waits, and the request to close."""
        with self._lock:
            if self.over:
                return
            if self.state:  # otherwise it never played
                self.set_state(State.CLOSED, Reason.ASKED, "the client asked")
            self.over = True
            unanswered, then = [reply for _, reply in self._work if reply], self._closed
            self._work.clear()
            self._closed = None
        self._answer_open(self.gone())
        for reply in unanswered:
            reply(self.gone())
        if then:
            then()
