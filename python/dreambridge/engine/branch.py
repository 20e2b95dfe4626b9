"""Ways that a session may go: a place with conditions of its own, and the steps that were made ahead from there."""

import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dreambridge.conditioning.timeline import Timeline
from dreambridge.cutscene.player import Player
from dreambridge.engine.places import Arrays, Place
from dreambridge.runtime.runner import Standing, StreamRunner, Values

SAME = 1e-6  # what conditions may differ by, relative to their size


def same(a: Values, b: Values, within: float = SAME) -> bool:
    """Whether these conditions make the same picture: the same values at another stream time are rounded differently."""
    return a.keys() == b.keys() and all(_same_pair(pair, b[n], within) for n, pair in a.items())


def _same_pair(a: tuple[NDArray[np.float32], float], b: tuple[NDArray[np.float32], float], within: float) -> bool:
    if abs(a[1] - b[1]) > within:
        return False
    if a[0] is b[0]:
        return True
    size = max(1.0, float(np.abs(a[0]).max(initial=0.0)))
    return bool(np.abs(a[0] - b[0]).max(initial=0.0) <= within * size)


@dataclass(frozen=True)
class Wanted:
    """What a step is made of. ``time`` and ``index`` are the model's own; ``revision`` is 0 for a graph that does not take it.

    ``cut`` says that the model was reset before it, with ``seed`` unless that is None.
    """

    values: Values
    time: float
    index: int
    dt: float
    revision: int
    cut: bool
    seed: int | None


@dataclass(frozen=True)
class Made:
    """A step that was made ahead: its frames, what it was made of, and the state that it wrote."""

    frames: NDArray[np.uint8]
    of: Wanted
    state: Arrays
    ms: float
    shot: str = ""  # of the cutscene, and the second of it
    at: float = 0.0
    level: int = 0  # the quality level that made it

    def fits(self, wanted: Wanted, exactly: bool) -> bool:
        """Whether the step that is due would be this one: ``exactly``, or as far as can be seen."""
        a, b = self.of, wanted
        if (a.index, a.revision, a.cut, a.seed) != (b.index, b.revision, b.cut, b.seed) or abs(a.dt - b.dt) > 1e-9:
            return False
        if exactly:
            return a.time == b.time and a.dt == b.dt and same(a.values, b.values, 0.0)
        return abs(a.time - b.time) < SAME and same(a.values, b.values)

    @property
    def bytes(self) -> int:
        values = sum(v.nbytes for v, _ in self.of.values.values())
        return self.frames.nbytes + sum(a.nbytes for a in self.state.values()) + values


class Branch:
    """Belongs to the session's thread.

    ``timeline`` and ``player`` (None: no cutscene) stand at ``place`` and may be directed there; then ``restart``. ``base`` is
    the model there. ``wanted`` is the number of steps to make ahead.
    """

    def __init__(self, place: Place, base: Standing, timeline: Timeline, player: Player | None, digest: str = "") -> None:
        self.place, self.timeline, self.player, self.digest = place, timeline, player, digest
        self.wanted, self.base = 0, base
        self.restart()

    def restart(self, base: Standing | None = None) -> None:
        """Forget what was made ahead: it was directed, or ``base`` is another one."""
        self.base = self.tail = base or self.base
        self.way = object()  # what is being made for an earlier one is of no use
        self.fresh = True  # no step was made from here
        self.made: deque[Made] = deque()
        # Those that move on with the steps.
        self.timeline_ahead, self.player_ahead = self.timeline.twin(), self.player and self.player.copied()
        self.index, self.step, self.time = self.place.index, self.place.step, self.place.time

    @property
    def bytes(self) -> int:
        return self.base.bytes + (self.tail.bytes if self.tail is not self.base else 0) + sum(m.bytes for m in self.made)


@dataclass(frozen=True)
class Ask:
    """A step of a branch to make: all that it depends on, so that the branch may change meanwhile."""

    branch: Branch
    way: object  # of the branch; another one is there if the branch was directed meanwhile
    timeline: Timeline
    player: Player | None
    base: Standing | None  # where the model must stand; None: it stands there
    step: int
    index: int
    time: float
    dt: float
    revision: int


class Scout:
    """Makes steps of branches, with a runner and memory of its own.

    ``make`` may run in another thread. Everything else belongs to the session's thread, and must not run while ``make`` does.
    """

    def __init__(self, runner: StreamRunner) -> None:
        self.runner = runner.twin()
        self._written = [n for n, spec in runner.bundle.manifest.step.state.items() if spec.output]
        self._frames = np.zeros(runner.frame_shape, np.uint8)
        self.runner.lock_frames(self._frames)
        self._on: tuple[Branch, object] | None = None  # the model stands after the last step of this branch and way

    def ask(self, b: Branch, dt: float, revision: int) -> Ask:
        """The next step of ``b``; ``dt`` and ``revision`` as for ``StreamRunner.step``."""
        base = None
        if b.fresh or self._on != (b, b.way):
            self.leave()
            base = b.tail
        self._on = None  # in case of an error
        revision = revision if "revision" in self.runner.meta else 0
        return Ask(b, b.way, b.timeline_ahead, b.player_ahead, base, b.step, b.index, b.time, dt, revision)

    def make(self, ask: Ask) -> Made:
        """Make that step. Errors as ``StreamRunner.step``."""
        begun, cut, seed = time.perf_counter(), False, None
        p, r, own = ask.player, self.runner, ask.branch.place.clock
        if ask.base:
            r.load(ask.base)
        if p:
            p.advance(ask.time, ask.timeline)
            cut, seed, p.cut, p.seed = p.cut, p.seed, False, None
        if cut:
            r.reset(seed)
        at, index = ask.time + own.time, ask.index + own.frames
        ask.timeline.dt = ask.dt
        of = Wanted(ask.timeline.at(ask.time), at, index, ask.dt, ask.revision, cut, seed)
        r.step(self._frames.ctypes.data, ask.step, of.index, of.time, of.dt, of.revision, of.values)
        ask.timeline.spend()
        spent = time.perf_counter() - begun
        shot, local = (p.shot, p.local(ask.time)) if p and p.shot else ("", 0.0)
        return Made(self._frames.copy(), of, r.get_state(self._written), spent * 1e3, shot, local, r.level)

    def put(self, ask: Ask, made: Made) -> None:
        """Add the step to its branch, unless that goes another way now."""
        b, per = ask.branch, len(self._frames)
        if b.way is not ask.way:
            return
        b.made.append(made)
        b.index, b.step, b.time = b.index + per, b.step + 1, b.time + per * ask.dt
        b.fresh, self._on = False, (b, b.way)

    def cut(self, b: Branch, seed: int | None) -> None:
        """Reset the model at the place of ``b``, whose timeline was directed."""
        self.leave()
        self.runner.load(b.base)
        self.runner.take(b.timeline.at(b.place.time))
        self.runner.reset(seed)
        b.restart(self.runner.save())

    def leave(self) -> None:
        """Keep the place where the model stands in its branch."""
        if self._on:
            b, way = self._on
            if b.way is way:
                b.tail = self.runner.save()
        self._on = None


def shifted(b: Branch, seconds: float) -> tuple[Timeline, Player | None]:
    """Timeline and cutscene of the place of ``b``, ``seconds`` later in stream time."""
    timeline, player = b.timeline.twin(), b.player and b.player.copied()
    timeline.shift(seconds)
    if player:
        player.shift(seconds)
    return timeline, player
