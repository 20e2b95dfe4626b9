"""A session: one running stream with its state, its conditions, its ring and its thread."""

import contextlib
import logging
import os
import time
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from dreambridge.bundle.budgets import RING
from dreambridge.bundle.load import Bundle
from dreambridge.conditioning.timeline import Timeline
from dreambridge.conditioning.values import find
from dreambridge.engine.ahead import Ahead
from dreambridge.engine.background import Answer
from dreambridge.engine.branch import Wanted
from dreambridge.engine.core_share import CoreShare
from dreambridge.engine.cutscene import Cutscene
from dreambridge.engine.directing import Directing
from dreambridge.engine.figures import figures
from dreambridge.engine.files import FileStore
from dreambridge.engine.levels import Levels, find_level
from dreambridge.engine.output import Output
from dreambridge.engine.pace import Change, Pace
from dreambridge.engine.places import Clock
from dreambridge.engine.recorder import Recorder
from dreambridge.engine.reload import Reload
from dreambridge.engine.session_state import Emit
from dreambridge.engine.settling import Settling
from dreambridge.engine.shelf import Shelf
from dreambridge.engine.spare import SpareTime
from dreambridge.engine.spinning import Spinning
from dreambridge.engine.view import SessionView
from dreambridge.engine.watchdog import LoadQueue, Watchdog
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import check_arguments
from dreambridge.protocol.replies import Ok, Opened, Stepped, StreamStats
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import Reason, State
from dreambridge.ring import layout as L
from dreambridge.ring.writer import RingWriter, Stamp
from dreambridge.rules.rules import Rules, StreamRules
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.runs import Stopped
from dreambridge.runtime.start import start_runner
from dreambridge.system.processes import cores, start_time
from dreambridge.take import lines as T

log = logging.getLogger("dreambridge")


class Session(Directing):
    """Runs from ``start`` to ``close``. Public methods are thread-safe and do not wait for a step.

    ``emit`` gets the events. All sessions of a daemon share ``watchdog``, ``loads``, ``files``, ``spare`` and
    ``rules``.
    """

    def __init__(
        self,
        number: int,
        bundle: Bundle,
        ask: Open,
        provider: str,
        epoch: int,
        encoders: Any,
        emit: Emit,
        watchdog: Watchdog | None = None,
        loads: LoadQueue | None = None,
        files: FileStore | None = None,
        spare: SpareTime | None = None,
        rules: Rules | None = None,
    ) -> None:
        m = bundle.manifest
        check_arguments(ask)
        fps = m.frame.fps if ask.fps is None else ask.fps or None
        pace = Pace(fps, m.frame.fps, m.frame.per_step)
        super().__init__(number, bundle, ask, pace, emit, watchdog or Watchdog(), loads or LoadQueue())
        self.provider_asked, self.epoch = provider, epoch
        self.schema, self.encoders = m.directed, encoders
        self.timeline = Timeline(self.schema, m.step.blended)
        self.settling = Settling(number, self.timeline, emit)
        self.rules = StreamRules(rules or Rules(), bundle, ask.less_flashing)
        self.revision = self.applied_revision = 0
        self.index = self.number_of_step = 0
        self.time = 0.0
        self.clock = Clock()
        self.flags = 0
        self.stamps = (0, 0)
        self.steps_ms: deque[float] = deque(maxlen=240)
        self.published_at: deque[float] = deque(maxlen=240)
        self.runner: StreamRunner | None = None
        self.levels = Levels(self)
        self.layout(ask.slots, m.frame.per_step, L.OPAQUE)  # refuse a ring that is too large before anything is loaded
        self.output = Output(self)
        self.view = SessionView(self)
        self.cutscene = Cutscene(self, files or FileStore())
        self.shelf = Shelf(self, ask.shelf)
        self.recorder: Recorder | None = None
        spare = spare or SpareTime()
        spare.join(self)
        self._spare_time = spare
        self.ahead = Ahead(self, spare)
        self.reload = Reload(self)
        self.spinning = Spinning(self)
        self.core_share = CoreShare(self, spare.cores)

    @property
    def ring(self) -> RingWriter | None:
        return self.output.ring

    @property
    def level(self) -> str:
        return self.levels.name

    @property
    def priority(self) -> str:
        return self.ask.priority

    def check_supported(self, request: str) -> None:
        """DreamError ``not_supported`` if the model cannot do what a request of that type asks for."""

    def making_a_file(self) -> AbstractContextManager[None]:
        return self.output.making_a_file()

    # -- called from the server's thread -----------------------------------------------------------------------------
    def threads_within(self, seconds: float) -> int:
        """Threads that its own steps use between now and then."""
        if self.over or (self.state in (State.PAUSED, State.ORPHANED, State.FAILED) and not self._begun):
            return 0
        if self.runner is None:
            return cores()  # it loads, and tries how many threads are best
        return self.runner.threads if self._begun or self.pace.wait() < seconds else 0

    def less_flashing(self, on: bool, reply: Answer) -> None:
        """The player's choice; ``reply`` gets ``ok``."""

        def work() -> Ok:
            self.rules.set_less_flashing(on)
            self.ahead.forget()  # what was made ahead shows events that may be off now
            return Ok()

        self.submit(work, reply)

    def step(
        self, count: int, reply: Answer, dt: float | None = None, conditions: Sequence[str] = (), dropped: float = 0.0,
        level: str = "", until_wait: bool = False,
    ) -> None:  # fmt: skip
        """Make ``count`` steps of a paused stream, each frame ``dt`` seconds long, and tell the tensors of ``conditions``.

        ``dropped`` : seconds of frames that count as dropped before them. ``level`` : the quality level from here on.
        ``until_wait`` : fewer steps if the cutscene begins to wait, offers a choice or ends. ``reply`` gets ``stepped``,
        ``bad_state``, or why the session failed.
        """
        for name in conditions:
            find(self.schema, name)
        place = find_level(self.bundle, level) if level else None

        def work() -> Stepped:
            self.needs_pause("step")
            if place is not None:
                self.levels.go_to(place)
            self._drop(dropped)
            made = 0
            while made < count and not (made and until_wait and self.cutscene.turned):
                self.runs.check()
                try:
                    self.make_step(dt or 1 / self.pace.base)
                except DreamError as e:
                    self.fail(e)
                    raise
                except Exception as e:
                    self.fail(e)
                    raise self.failure() from e
                made += 1
            assert self.ring and self.runner
            taken = self.runner
            values = {n: taken.conditions[n].astype("<f4").tobytes() for n in conditions}
            presence = {n: float(taken.present[n][0, 0]) for n in conditions}
            return Stepped(
                frame_index=self.index - 1, published=self.ring.published, steps=made, values=values, presence=presence
            )

        self.submit(work, reply)

    def needs_pause(self, what: str) -> None:
        if self.state != State.PAUSED:
            raise DreamError("bad_state", f"{what} needs a paused session; it is {self.state}.", "Send pause first.")

    def remove_rings(self) -> None:
        """Remove only the files; open readers keep them. For a model in the middle of a step that cannot be ended."""
        with self.output.files:
            for ring in (self.ring, self.view.ring):
                if ring:
                    with contextlib.suppress(OSError):
                        ring.path.unlink()

    def opened(self) -> Opened:
        m = self.bundle.manifest
        assert self.runner and self.ring
        state = self.goes_on_as
        return Opened(
            session=self.number,
            bundle=self.bundle.name,
            version=m.version,
            ring=str(self.ring.path),
            epoch=self.epoch,
            width=m.frame.width,
            height=m.frame.height,
            frames_per_step=m.frame.per_step,
            fps=self.pace.fps or 0.0,
            seed=self.runner.seed,
            threads=self.runner.threads,
            provider=self.runner.provider,
            provider_reason=self.runner.provider_reason,
            revision=self.revision,
            state=state,
            conditions={n: c.public() for n, c in self.schema.items()},
            view=m.public_view(),
            digest=self.bundle.digest,
            operators=self.runner.operators,
            level=self.level,
            levels=self.levels.names,
        )

    def stats(self) -> StreamStats:
        return figures(self)

    # -- in the session's thread -------------------------------------------------------------------------------------
    @property
    def takes_all(self) -> bool:
        """Whether it may use the whole machine. Then the step's threads do not sleep between its operators."""
        alone = self.bundle.manifest.step.batch <= 1  # those that step together need the same weights
        return alone and self.pace.fps is None and self.ask.priority == "normal" and self.ask.max_cpu == 1

    @property
    def shares_the_machine(self) -> bool:
        """Whether other sessions of the daemon step, too."""
        return self._spare_time.others_step(self)

    def layout(self, slots: int, frames: int, alpha: int) -> L.Layout:
        """Raise DreamError ``no_space`` if the ring would be larger than allowed."""
        pid, f = os.getpid(), self.bundle.manifest.frame
        fixed = L.Layout(self.epoch, pid, max(start_time(pid), 0), slots, frames, f.width, f.height, alpha, self.pace.fps or 0.0)
        what = f"A ring of {slots} slots with {frames} x {f.width} x {f.height} pixels takes"
        RING.check(fixed.size, "no_space", what, "Open it with fewer slots")
        return fixed

    @property
    def stem(self) -> str:
        """The prefix of the names of this session's rings."""
        uid = os.getuid() if hasattr(os, "getuid") else 0
        return f"dreambridge-{uid}-{self.epoch}-{self.number}"

    def _load(self) -> None:
        m, ask = self.bundle.manifest, self.ask
        # Also check files that are read later, so that a changed bundle fails at open and not at the first prompt.
        self.bundle.check_files({m.step.graph, *(e.graph for e in m.encoders)}, missing_ok=True)
        self.timeline.begin(self.bundle.defaults())
        values = self.timeline.at(0.0)
        share = self._spare_time.cores.share(self)
        provider = self.provider_asked
        self.runner = start_runner(
            self.bundle, provider, ask.seed, ask.threads, ask.max_cpu, self.takes_all, self.runs, values, share,
            self.levels.first(provider),
        )  # fmt: skip
        self.runner.priority = ask.priority
        self.levels.begin(self.runner, provider)
        self.runner.masks = self.rules.masks
        self.shelf.begin()
        self.core_share.begin()
        if ask.values:
            self.timeline.direct(self._coded(ask.values), 0.0, 0.0)
            self.timeline.remember(ask.values)
            self.revision = self.applied_revision = 1
        fixed = self.layout(ask.slots, m.frame.per_step, L.ALPHA[m.frame.alpha])
        self.runner.lock_frames(self.output.make(fixed))

    def _spare(self, room: float) -> float:
        return self.ahead.wait(room)

    def _use_spare(self) -> None:
        self.ahead.use()

    @property
    def _begun_beside(self) -> float:
        return self.ahead.begun

    def _stood_still_beside(self, now: float, seconds: float) -> None:
        self.ahead.stood_still(now, seconds)

    def _drop(self, seconds: float) -> None:
        if seconds > 0 and self.timeline.drop(seconds) and self.recorder:
            self.recorder.note(T.Drop, {"seconds": seconds})

    def _step_due(self) -> None:
        spent = self.make_step()
        self.spinning.after_step()
        self.core_share.after_step()
        self.ahead.forks.answer()  # a session that steps all the time has no spare time for it
        dropped, dt = self.pace.dropped, self.pace.dt
        changed = self.pace.done(spent)
        self.levels.after_step()
        if self.pace.dropped > dropped:
            self._drop((self.pace.dropped - dropped) * dt)
        if changed is Change.RATE:
            low = self.pace.slower > 0
            code = Reason.DEADLINES_MISSED if low else Reason.ROOM_AGAIN
            self.set_state(self._going, code, "deadlines were missed" if low else "there is room again", news=True)

    def _close_ring(self) -> None:
        self.output.close()

    def _release(self) -> None:
        self.view.close()
        self.output.close()
        self.runner = None
        self.shelf.clear()
        self.ahead.end()
        super()._release()

    def make_step(self, dt: float | None = None) -> float:
        """Make one step in the session's memory, and copy it to the next slot. Returns its time in seconds.

        ``dt``: stream time of each of its frames, for `step`; None: at the pace of now.

        ``Stopped`` if the step was ended, or its frames are no longer wanted.
        """
        with self.timed():
            return self._make_step(dt is not None, self.pace.dt if dt is None else dt)

    def _elapsed(self, stepped: bool, dt: float) -> float:
        """Seconds since the last frames were published: of stream time, or fewer if the stream runs faster than that."""
        span = dt * self.bundle.manifest.frame.per_step
        return span if stepped or not self.published_at else min(span, time.monotonic() - self.published_at[-1])

    def _make_step(self, stepped: bool, dt: float) -> float:
        assert self.runner and self.ring
        self.output.renew_if_lost()
        begun, into = time.monotonic_ns(), self.output.frames.ctypes.data
        self.view.take()
        if self.recorder:
            self.recorder.before_step()
        happened, cut, seed = self.cutscene.advance()
        self.timeline.dt = dt
        values = self.timeline.at(self.time)
        adopted = self.ahead.follow(values, cut, seed, dt)
        if cut:
            self._begin_cut(seed)
        if adopted and self.recorder:
            self.recorder.jumped("adopt", self.index, {})
        self.shelf.before_step(happened)
        at, index, revision = self.time + self.clock.time, self.index + self.clock.frames, self.applied_revision
        wanted = Wanted(values, at, index, dt, revision if "revision" in self.runner.meta else 0, cut, seed)
        made = self.ahead.take(wanted)
        if made is None:
            self.runner.step(into, self.number_of_step, index, at, dt, revision, values, self.view.viewing)
        self.timeline.spend()
        level = made.level if made else self.runner.level
        if self.recorder:  # before frames are damped, which depends on the clock
            self.recorder.stepped(self.index, dt, self.output.frames, level)
        self.rules.damp(self.output.frames, self._elapsed(stepped, dt))
        ended = time.monotonic_ns()
        per = self.bundle.manifest.frame.per_step
        ms = made.ms if made else (ended - begun) / 1e6
        with self._lock:
            if self.given_up:
                raise Stopped
            self.output.publish(
                Stamp(
                    per,
                    self.index,
                    self.applied_revision,
                    self.time,
                    ms,
                    self.flags | (L.FLAG_STEPPED if stepped else 0) | level << L.LEVEL_SHIFT,
                    self.stamps[0],
                    self.stamps[1],
                    begun,
                    ended,
                    self.pace.dropped,
                    self.view.number,
                    self.view.time,
                )
            )
        self.settling.look(self.time, self.index)
        self.flags = 0
        self.index += per
        self.number_of_step += 1
        # By multiplication at the requested rate, to avoid accumulated rounding errors.
        self.time = (
            self.index / self.pace.base
            if dt == 1 / self.pace.base and self.time < 1e-9 + self.index / self.pace.base
            else self.time + per * dt
        )
        self.steps_ms.append(ms)
        self.published_at.append(time.monotonic())
        return (ended - begun) / 1e9
