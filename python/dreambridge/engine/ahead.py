"""What a session makes ahead in spare time: steps of its forks, and of the way that it adopted."""

import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from dreambridge.conditioning.timeline import Timeline
from dreambridge.cutscene.player import Player
from dreambridge.engine.background import forget_frames
from dreambridge.engine.branch import Ask, Branch, Made, Scout, Wanted
from dreambridge.engine.forks import Forks, no_room
from dreambridge.engine.forks import Session as WithForks
from dreambridge.engine.output import Output
from dreambridge.engine.part import PartOf
from dreambridge.engine.places import Clock, Place, state_bytes, take_place
from dreambridge.engine.preroll import Preroll
from dreambridge.engine.session_state import RUNNING
from dreambridge.engine.side_thread import SideThread
from dreambridge.engine.spare import SpareTime
from dreambridge.engine.view import SessionView
from dreambridge.protocol.errors import as_dream_error
from dreambridge.protocol.limits import MAX_FORK_STEPS, MAX_SHELF_BYTES
from dreambridge.protocol.requests import Open
from dreambridge.ring import layout as L
from dreambridge.runtime.runner import Standing, StreamRunner, Values
from dreambridge.system.priority import threads_have_priorities
from dreambridge.system.processes import cores

log = logging.getLogger("dreambridge")
LOOK_AGAIN = 0.003  # seconds, when another session needs the cores
MARGIN = 1.25  # a step may take longer than nine in ten did
UNKNOWN = 0.05  # seconds: before the first step
# Seconds. A thread of low priority gives its core away at once; but it is not begun when another step is just about to begin.
SOON = 0.002


class Session(WithForks, Protocol):
    """What this needs of its session."""

    view: SessionView
    output: Output
    steps_ms: deque[float]

    @property
    def ask(self) -> Open: ...

    def wake(self) -> None: ...

    def threads_within(self, seconds: float) -> int: ...


class Ahead(PartOf[Session]):
    """Use it in the session's thread only; the requests in ``forks`` may come from any."""

    def __init__(self, session: Session, spare: SpareTime) -> None:
        super().__init__(session)
        self._spare = spare
        self._chosen: Branch | None = None  # while the spare time for its step is claimed
        self._asked: Ask | None = None  # what the side thread makes
        self._side = SideThread[Made](f"ahead-{session.number}", self._done)
        self._scout: Scout | None = None
        self.lead: Branch | None = None  # the session goes this way; its steps are published one after another
        self.forks = Forks(session, self)
        self.preroll = Preroll()

    @property
    def begun(self) -> float:
        """When the step ahead that is being made began (time.monotonic); 0: none is. Thread-safe."""
        return self._side.begun

    def stood_still(self, now: float, seconds: float) -> None:
        """So long no thread of this process ran."""
        self._side.stood_still(now, seconds)

    @property
    def scout(self) -> Scout:
        """For the session's thread: no step ahead is being made."""
        self._side.wait()
        self._collect()
        return self._own_scout()

    def renew_scout(self) -> None:
        """The session's runner uses other graphs."""
        if self._scout:
            self.scout.leave()
        self._scout = None

    def _own_scout(self) -> Scout:
        if self._scout is None:
            self._scout = Scout(self._runner)
        return self._scout

    @property
    def _runner(self) -> StreamRunner:
        runner = self.session.runner
        assert runner
        return runner

    def _branches(self) -> Iterator[Branch]:
        if self.lead:
            yield self.lead
        yield from self.forks.all()
        yield from self.preroll.branches

    @property
    def bytes(self) -> int:
        """Of all branches: they count into the memory of the session's places."""
        return sum(b.bytes for b in self._branches())

    @property
    def steps(self) -> int:
        """Steps that were made ahead and not published yet."""
        return sum(len(b.made) for b in self._branches())

    def fits(self, size: int) -> bool:
        """Whether so many bytes more fit into the session's memory, if places without a name make room."""
        return self.session.shelf.named_bytes + self.bytes + size <= MAX_SHELF_BYTES

    def branch(self, timeline: Timeline, player: Player | None) -> Branch:
        """From the place before the next frame; ``timeline`` and ``player`` become the branch's."""
        at = self.standing()
        if at is None:
            raise no_room(state_bytes(self._runner), self.session.shelf.named_bytes + self.bytes)
        return Branch(*at, timeline, player, self.session.cutscene.digest)

    def standing(self) -> tuple[Place, Standing] | None:
        """The place before the next frame, and the model there; None: there is no memory for it."""
        s = self.session
        if not self.fits(state_bytes(self._runner)):
            return None
        place = take_place(s)
        base = self._runner.save()
        return replace(place, state=base.state), base

    def complete(self, b: Branch, count: int) -> bool:
        """Whether ``count`` steps are made, or no more can be made."""
        return len(b.made) >= count or not self._may_grow(b)

    def _may_grow(self, b: Branch) -> bool:
        # Over the game's own view, frames that were made ahead would show it as it was.
        return len(b.made) < MAX_FORK_STEPS and not self.session.view.viewing and self.fits(self._step_bytes(b))

    def _step_bytes(self, b: Branch) -> int:
        return b.made[-1].bytes if b.made else self.session.output.frames.nbytes

    # -- spare time --------------------------------------------------------------------------------------------------
    def wait(self, room: float) -> float:
        """Seconds until ``use`` is worth a call; 0: now. The next step is due in ``room`` seconds."""
        s = self.session
        if self._side.finished:
            return 0.0
        until = self.forks.wait()
        if until <= 0 or s.runner is None or room <= 0 or not self._side.idle:
            return until
        need, beside = self._needed(), self._goes_beside()
        if room <= need and not beside:
            return until
        b = self._next()
        if b is None:
            return until
        # Where threads have priorities, steps that begin meanwhile take their core from this one.
        within = SOON if threads_have_priorities() and not self._side.crowded else need
        if not self._spare.begin(s, s.runner.threads, within, beside):
            return min(until, LOOK_AGAIN)
        self._chosen = b
        return 0.0

    def _goes_beside(self) -> bool:
        """Whether a step ahead may run while the session makes its own: they share no threads, and there is a core for each."""
        r = self._runner
        return r.device == "cpu" and r.threads == 1 and cores() * self.session.ask.max_cpu >= 2

    def _needed(self) -> float:
        s = self.session
        recent = sorted(list(s.steps_ms)[-32:])
        expected = recent[len(recent) * 9 // 10] / 1e3 if recent else UNKNOWN
        return MARGIN * expected / s.pace.share + 0.001

    def _next(self) -> Branch | None:
        """The session's own way comes first, then the branch with the fewest steps."""
        growing = [b for b in self._branches() if len(b.made) < b.wanted and self._may_grow(b)]
        if self.lead in growing:
            return self.lead
        return min(growing, key=lambda b: len(b.made), default=None)

    def use(self) -> None:
        """Begin the step that ``wait`` found time for; put what was made where it belongs, and answer who waited for it."""
        self._collect()
        b, self._chosen = self._chosen, None
        if b:
            self._begin(b)
        self.forks.answer()

    def _begin(self, b: Branch) -> None:
        s = self.session
        paused = s.state not in RUNNING
        # A fork's frames get a revision of their own when it is adopted.
        revision = s.revision + 1 if b in self.forks.all() else s.applied_revision
        try:
            scout = self._own_scout()
            ask = scout.ask(b, 1 / s.pace.base if paused else s.pace.dt, revision)
            self._side.start(lambda: scout.make(ask))
            self._asked = ask
        except Exception as e:  # without memory for the state, or for a thread, the session goes on as without this branch
            self._spare.end(s)
            self._failed(b, e)
        except BaseException:
            self._spare.end(s)
            raise

    def _done(self) -> None:
        """In the side thread, after each step."""
        s = self._session()
        if s is not None:
            self._spare.end(s)
            s.wake()

    def _collect(self) -> None:
        """Put the step that was made into its branch."""
        made, ask = self._side.collect(), self._asked
        if made is None or ask is None:
            return
        s, self._asked = self.session, None
        if isinstance(made, Made):
            self._own_scout().put(ask, made)
            s.pace.rest(made.ms / 1e3)
            s.shelf.make_room()
        elif isinstance(made, Exception):
            self._failed(ask.branch, made)
        else:
            raise made

    def _failed(self, b: Branch, e: Exception) -> None:
        log.warning("session %d: a step ahead failed, and its fork is dropped: %s", self.session.number, e)
        self.lead = None if b is self.lead else self.lead
        self.preroll.branches = [way for way in self.preroll.branches if way is not b]
        self.forks.failed(b, as_dream_error(e))
        forget_frames(e)

    # -- the way that the session goes -------------------------------------------------------------------------------
    def stand_on(self, b: Branch) -> None:
        """Let the model stand at the base of ``b``, and show its steps from now on; the next frame is flagged."""
        s = self.session
        self._runner.load(b.base)
        s.number_of_step = b.place.step
        own = b.place.clock
        s.clock = Clock(b.place.time + own.time - s.time, b.place.index + own.frames - s.index)
        s.flags |= L.FLAG_CUT | L.FLAG_ADOPTED
        self.lead = b

    def take(self, wanted: Wanted) -> Made | None:
        """The step that was made ahead for these conditions, put into the session's memory; None: it must be made now.

        Anything else than what was expected ends the way there: the model stands at the last step that was published.
        """
        self._collect()
        s, b = self.session, self.lead
        self.lead = None
        # A replay makes the steps of a take one by one, so that in a recording a step must be the same in each bit.
        if b is None or not b.made or s.view.viewing or not b.made[0].fits(wanted, exactly=s.recorder is not None):
            return None
        made = b.made.popleft()
        self._runner.take(wanted.values)
        for name, value in made.state.items():
            self._runner.set_state(name, value)
        s.output.frames[...] = made.frames
        self.lead = b
        return made

    def follow(self, values: Values, cut: bool, seed: int | None, dt: float) -> bool:
        """Before each step, after the cutscene advanced: go on as what was made ahead of a wait or choice, if that has ended."""
        self._collect()
        b = self.preroll.follow(self, values, cut, seed, dt)
        if b:
            self.stand_on(b)
        return b is not None

    def forget(self) -> None:
        """The session goes another way; its forks stay."""
        self.lead = None
        self.preroll.clear()

    def end(self) -> None:
        """The session has ended."""
        self._side.end()
        self._scout = self._chosen = self._asked = None
        self.forget()
        self._spare.end(self.session)
        self.forks.end()
