"""A session's steps: one that is due, or those that a client asked for while the stream is paused."""

import time
from collections import deque
from collections.abc import Sequence

from dreambridge.conditioning.values import find
from dreambridge.engine.background import Answer
from dreambridge.engine.branch import Wanted
from dreambridge.engine.core_share import CoreShare
from dreambridge.engine.directing import Directing
from dreambridge.engine.levels import Levels, find_level
from dreambridge.engine.output import Output
from dreambridge.engine.pace import Change
from dreambridge.engine.places import Clock
from dreambridge.engine.shelf import Shelf
from dreambridge.engine.spinning import Spinning
from dreambridge.engine.view import SessionView
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Stepped
from dreambridge.protocol.states import Reason, State
from dreambridge.ring import layout as L
from dreambridge.ring.writer import RingWriter, Stamp
from dreambridge.runtime.runs import Stopped
from dreambridge.take import lines as T


class Stepping(Directing):
    """The part of a session that steps. ``step`` is called from the server's thread, all else in the session's own."""

    output: Output
    view: SessionView
    levels: Levels
    shelf: Shelf
    clock: Clock
    spinning: Spinning
    core_share: CoreShare
    number_of_step: int
    steps_ms: deque[float]
    published_at: deque[float]

    @property
    def ring(self) -> RingWriter | None:
        return self.output.ring

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

    # -- in the session's thread -------------------------------------------------------------------------------------
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
