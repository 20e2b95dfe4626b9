"""A session: one running stream with its state, its conditions and its ring, in a thread of its own."""

import contextlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from dreambridge.bundle.load import Bundle
from dreambridge.conditioning.timeline import Timeline
from dreambridge.conditioning.values import encode, find
from dreambridge.engine.output import Output
from dreambridge.engine.pace import Pace
from dreambridge.engine.view import View
from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.protocol.events import AnyEvent, StateChanged
from dreambridge.protocol.fields import check_arguments
from dreambridge.protocol.replies import Directed, ErrorReply, Opened, Reply, StreamStats
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import Reason, State
from dreambridge.ring import layout as L
from dreambridge.ring.writer import RingWriter, Stamp
from dreambridge.runtime.providers import give_back_memory
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.thread_trial import best_runner
from dreambridge.system.priority import give_way
from dreambridge.system.processes import cores, start_time

log = logging.getLogger("dreambridge")
Emit = Callable[[AnyEvent], None]
Answer = Callable[[Reply | DreamError], None]


class Session:
    """Runs from ``start`` to ``close``. Public methods may be called from any thread and do not wait for a step.

    ``emit`` gets the events; ``ready`` is called once, in the session's thread, with ``opened`` or a DreamError.
    """

    def __init__(self, number: int, bundle: Bundle, ask: Open, provider: str, epoch: int, encoders: Any, emit: Emit) -> None:
        m = bundle.manifest
        check_arguments(ask)
        fps = m.frame.fps if ask.fps is None else ask.fps or None
        self.number, self.bundle, self.ask, self.provider_asked, self.epoch = number, bundle, ask, provider, epoch
        self.schema, self.encoders, self.emit = m.directed, encoders, emit
        self.timeline, self.pace = Timeline(self.schema), Pace(fps, m.frame.fps, m.frame.per_step)
        self.state: State | None = None  # while it loads
        self.reason = ""
        self.revision = self.applied_revision = 0
        self.index = self.number_of_step = 0
        self.time = 0.0
        self.flags = 0
        self.stamps = (0, 0)
        self.steps_ms: deque[float] = deque(maxlen=240)
        self.published_at: deque[float] = deque(maxlen=240)
        self.runner: StreamRunner | None = None
        self.output = Output(self)
        self.view = View(self)
        self._work: deque[Callable[[], None]] = deque()
        self._wake = threading.Condition()
        self.closing = False
        self._closed: Callable[[], None] | None = None
        self._before: State | None = None  # what it was doing when its client fell silent
        self._texts = ThreadPoolExecutor(1, thread_name_prefix=f"texts-{number}")
        self._last_text: Future[None] | None = None
        self._thread = threading.Thread(target=self._run, name=f"session-{number}", daemon=True)

    @property
    def ring(self) -> RingWriter | None:
        return self.output.ring

    # -- called from the server's thread -----------------------------------------------------------------------------
    def start(self, ready: Answer) -> None:
        self._ready = ready
        self._thread.start()

    def submit(self, work: Callable[[], None]) -> None:
        """Have ``work`` done in the session's thread, between two steps and after all that was asked before it."""
        if self._last_text and not self._last_text.done():
            self._last_text = self._texts.submit(self.enqueue, work)
        else:
            self.enqueue(work)

    def beside(self, work: Callable[[], None]) -> None:
        """Have ``work`` done beside the stream; what is asked after it waits for it (and not the stream)."""
        self._last_text = self._texts.submit(work)

    def enqueue(self, work: Callable[[], None]) -> None:
        """Have ``work`` done between two steps, without a look at what is done beside."""
        with self._wake:
            self._work.append(work)
            self._wake.notify()

    def direct(
        self, values: Mapping[str, Any], over: float | None, easing: str | None, received: int, reply: Answer, cut: bool = False, seed: int | None = None
    ) -> None:  # fmt: skip
        """Check and encode ``values`` now, apply them between two steps; ``reply`` gets ``directed`` or the error."""
        specs = {name: find(self.schema, name) for name in values}

        def work() -> None:
            coded = {n: None if v is None else encode(n, specs[n], v, self._embed) for n, v in values.items()}
            self.revision += 1
            revision = self.revision
            at = self.time
            # First the work, then the reply: a `step` that its reader sends at once must find it done.
            self.enqueue(lambda: self._apply(revision, coded, 0.0 if cut else over, easing, received, cut, seed))
            reply(Directed(revision=revision, at=at, received_ns=received))

        def off_path() -> None:
            try:
                work()
            except DreamError as e:
                reply(e)
            except Exception as e:
                log.exception("a direction failed in the daemon itself")
                reply(as_dream_error(e))

        # A sentence or a picture takes milliseconds: that is done beside, and what follows keeps its order behind it.
        waits = self._last_text is not None and not self._last_text.done()
        if waits or any(c.kind in ("text", "image") and values[n] is not None for n, c in specs.items()):
            self._last_text = self._texts.submit(off_path)
        else:
            work()

    def orphan(self) -> None:
        """Pause for want of a client, whatever it was doing; ``come_back`` goes on with that."""

        def work() -> None:
            if self.state in (State.PLAYING, State.SLOWED, State.PAUSED):
                self._before = self.state
                self.set_state(State.ORPHANED, Reason.CLIENT_SILENT, "the client fell silent")

        self.submit(work)

    def come_back(self) -> None:
        def work() -> None:
            if self.state == State.ORPHANED:
                self.pace.restart()
                self.set_state(self._goes_on_as, Reason.CLIENT_BACK, "the client is back")

        self.submit(work)

    def close(self, then: Callable[[], None] | None = None) -> None:
        """End soon; ``then`` is called in the session's thread when nothing of it is left."""
        with self._wake:
            self.closing, self._closed = True, then or self._closed
            self._wake.notify()

    def remove_rings(self) -> None:
        """Remove the files alone; who has them mapped keeps them. For the end of a daemon whose model is in the middle of a step."""
        with self.output.files:
            for ring in (self.ring, self.view.ring):
                if ring:
                    with contextlib.suppress(OSError):
                        ring.path.unlink()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    @property
    def _goes_on_as(self) -> State:
        """The state after a silence of the client."""
        return State.PAUSED if self._before == State.PAUSED else State.SLOWED if self.pace.level else State.PLAYING

    def set_state(self, state: State, code: Reason, reason: str) -> None:
        if state != self.state:
            self.state = state
            self.tell_state(code, reason)

    def tell_state(self, code: Reason, reason: str) -> None:
        assert self.state
        self.reason = reason
        rate = self.pace.rate if self.pace.fps else 0.0
        self.emit(StateChanged(session=self.number, state=self.state, code=code, reason=reason, fps=rate))

    def opened(self) -> Opened:
        m = self.bundle.manifest
        assert self.runner and self.ring
        assert self.state
        state = self._goes_on_as if self.state == State.ORPHANED else self.state
        return Opened(
            session=self.number, bundle=self.bundle.name, version=m.version, ring=str(self.ring.path), epoch=self.epoch, width=m.frame.width,
            height=m.frame.height, frames_per_step=m.frame.per_step, fps=self.pace.fps or 0.0, seed=self.runner.seed,
            threads=self.runner.threads, provider=self.runner.provider, revision=self.revision, state=state,
            conditions={n: c.public() for n, c in self.schema.items()}, view=m.public_view(),
        )  # fmt: skip

    def stats(self) -> StreamStats:
        ms = sorted(self.steps_ms) or [0.0]
        at = self.published_at
        fps = (len(at) - 1) * self.bundle.manifest.frame.per_step / (at[-1] - at[0]) if len(at) > 1 else 0.0
        assert self.state
        return StreamStats(
            session=self.number, frames=self.index, fps=fps, step_ms_p50=ms[len(ms) // 2],
            step_ms_p99=ms[min(len(ms) - 1, int(len(ms) * 0.99))], missed=self.pace.missed, dropped=self.pace.dropped,
            revision=self.applied_revision, stream_time=self.time, state=self.state, view=self.view.number,
        )  # fmt: skip

    # -- in the session's thread -------------------------------------------------------------------------------------
    def _embed(self, name: str, sentence: str) -> Any:
        return self.encoders.encode(self.bundle, self.schema[name], sentence)

    @property
    def takes_all(self) -> bool:
        """Does it ask for all that the machine gives? Then the step's threads do not even sleep between its operators."""
        return self.pace.fps is None and self.ask.priority == "normal" and self.ask.max_cpu == 1

    def layout(self, slots: int, frames: int, alpha: int) -> L.Layout:
        pid, f = os.getpid(), self.bundle.manifest.frame
        return L.Layout(
            self.epoch, pid, max(start_time(pid), 0), slots, frames, f.width, f.height, alpha, self.pace.fps or 0.0
        )  # fmt: skip

    @property
    def stem(self) -> str:
        """What the names of this session's rings begin with."""
        uid = os.getuid() if hasattr(os, "getuid") else 0
        return f"dreambridge-{uid}-{self.epoch}-{self.number}"

    def _load(self) -> None:
        m, ask = self.bundle.manifest, self.ask
        give_way(self.ask.priority)
        if ask.threads:
            self.runner = StreamRunner(self.bundle, self.provider_asked, ask.threads, ask.seed, self.takes_all)
        else:
            self.runner = best_runner(self.bundle, self.provider_asked, ask.seed, ask.max_cpu, self.takes_all)
        # A step keeps its threads' cores busy: fewer threads cannot go below one core, but rests between the steps can.
        self.pace.share = min(1.0, cores() * ask.max_cpu / min(self.runner.threads, cores()))
        if ask.values:
            coded = {n: None if v is None else encode(n, find(self.schema, n), v, self._embed) for n, v in ask.values.items()}
            self.timeline.direct(coded, 0.0, 0.0)
            self.revision = self.applied_revision = 1
        fixed = self.layout(ask.slots, m.frame.per_step, L.ALPHA[m.frame.alpha])
        self.output.make(fixed)

    def _run(self) -> None:
        try:
            self._play()
        finally:
            self._leave()

    def _leave(self) -> None:
        """Let go of all that takes room or has a name, without a wait for the garbage collector."""
        self._texts.shutdown(wait=False, cancel_futures=True)
        self.view.close()
        self.output.close()
        self.runner = None
        self._work.clear()
        self._last_text = None
        give_back_memory()
        if self._closed:
            self._closed()

    def _play(self) -> None:
        try:
            self._load()
        except DreamError as e:
            self._ready(e)
            return
        except Exception as e:
            self._ready(DreamError("internal", f"The session could not start: {type(e).__name__}: {e}.", "See the daemon's log."))
            return
        self.state = State.PAUSED if self.ask.paused else State.PLAYING
        self._ready(self.opened())
        self.pace.restart()
        going = True
        while going:
            try:
                going = self._turn()
            except Exception as e:
                self._fail(e)

    def _fail(self, e: Exception) -> None:
        """No more steps; the thread stays until it is closed, for whoever asks must get an answer."""
        log.error("session %d (%s) failed: %s: %s", self.number, self.bundle.manifest.name, type(e).__name__, e)
        self.output.close()
        lost = isinstance(e, DreamError)
        failure = (
            e
            if isinstance(e, DreamError)
            else DreamError(
                "session_failed", f"The model failed: {type(e).__name__}: {e}", "Close the session and open it again."
            )
        )
        self.emit(ErrorReply.of(failure, session=self.number))
        self.set_state(State.FAILED, Reason.RING_LOST if lost else Reason.MODEL_FAILED, str(e))

    def _turn(self) -> bool:
        """Wait for work or for the next deadline, and do what is due; False at the end."""
        with self._wake:
            running = self.state in (State.PLAYING, State.SLOWED)
            if not self._work and not self.closing:
                wait = self.pace.wait() if running else 3600.0
                if wait > 0:
                    self._wake.wait(wait)
            if self.closing:
                return False
            due = len(self._work)
        for _ in range(due):
            self._work.popleft()()
        if self.state in (State.PLAYING, State.SLOWED) and self.pace.wait() <= 0:
            spent = self.make_step()
            if self.pace.done(spent):
                low = self.pace.level > 0
                self.state = State.SLOWED if low else State.PLAYING
                self.tell_state(
                    Reason.DEADLINES_MISSED if low else Reason.ROOM_AGAIN,
                    "deadlines were missed" if low else "there is room again",
                )
        return True

    def _apply(
        self, revision: int, values: Mapping[str, Any], over: float | None, easing: str | None, received: int, cut: bool, seed: int | None
    ) -> None:  # fmt: skip
        assert self.runner
        if cut:
            self.timeline.calm()
        self.timeline.direct(values, self.time, over, easing)
        self.applied_revision = revision
        self.stamps = (received, time.monotonic_ns())
        if cut:
            self.runner.reset(seed)
            self.flags |= L.FLAG_CUT

    def make_step(self, stepped: bool = False) -> float:
        """One step into memory of the session's own, and from there into the next slot; returns the seconds it took."""
        assert self.runner and self.ring
        self.output.renew_if_lost()
        begun, into = time.monotonic_ns(), self.output.frames.ctypes.data
        self.view.take()
        values = self.timeline.at(self.time)
        dt = 1 / self.pace.base if stepped else self.pace.dt
        self.runner.step(into, self.number_of_step, self.index, self.time, dt, self.applied_revision, values, self.view.viewing)
        ended = time.monotonic_ns()
        per = self.bundle.manifest.frame.per_step
        ms = (ended - begun) / 1e6
        self.output.publish(Stamp(
            per, self.index, self.applied_revision, self.time, ms, self.flags | (L.FLAG_STEPPED if stepped else 0),
            self.stamps[0], self.stamps[1], begun, ended, self.pace.dropped,
            self.view.number, self.view.time,
        ))  # fmt: skip
        self.flags = 0
        self.index += per
        self.number_of_step += 1
        # By multiplication while the rate is the asked one, so that an hour adds up no rounding.
        self.time = (
            self.index / self.pace.base
            if not self.pace.level and self.time < 1e-9 + self.index / self.pace.base
            else self.time + per * dt
        )
        self.steps_ms.append(ms)
        self.published_at.append(time.monotonic())
        return (ended - begun) / 1e9
