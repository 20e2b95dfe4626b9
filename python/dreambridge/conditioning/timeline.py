"""The transition timeline: the value of each condition at a stream time. It never uses the wall clock."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import Condition, TokensSpec, start_of, weight_of
from dreambridge.conditioning.values import default

Array = NDArray[np.float32]
GONE = 1e-4  # an event below this strength has ended


def eased(easing: str, x: float) -> float:
    """Progress 0-1 of a transition at the fraction ``x`` of its time."""
    x = min(max(x, 0.0), 1.0)
    if easing == "in":
        return x * x
    if easing == "out":
        return 1 - (1 - x) * (1 - x)
    return x * x * (3 - 2 * x) if easing == "smooth" else x


def _staying(start: Array, goal: Array) -> tuple[Array, Array]:
    """For poses [1, figures, 17, 3]: a figure fades in or out in place, instead of sliding from or to zero."""
    start, goal = start.copy(), goal.copy()
    comes, goes = (~(p[..., 2] > 0).any(2) for p in (start, goal))
    start[comes, :, :2] = goal[comes, :, :2]
    goes &= ~comes
    goal[goes, :, :2] = start[goes, :, :2]
    return start, goal


def blend(c: Condition, start: Array, goal: Array, k: float) -> Array:
    """The value after the share ``k`` (0-1, eased) of the way from ``start`` to ``goal``; periodic values wrap."""
    if k >= 1:
        value = goal
    else:
        value = start + (goal - start) * np.float32(k)
        if c.kind == "text" and (not isinstance(c.encoder, TokensSpec) or c.encoder.normalise):
            # Between two sentences the embedding keeps its norm, which the graph expects.
            if value.ndim == 2:
                norm = float(np.linalg.norm(value))
                value = value / norm if norm > 1e-6 else value
            else:
                norms = np.linalg.norm(value, axis=-1, keepdims=True)
                value = (value / np.where(norms > 1e-6, norms, 1)).astype(np.float32)
    return np.mod(value, np.float32(c.period)) if c.period else value


def way(c: Condition, now: Array, present: float, goal: Array) -> tuple[Array, Array]:
    """Start and goal of a transition from ``now``, whose presence is ``present``, to ``goal``.

    An absent value has no start: it appears at the goal. A periodic value takes the shorter way.
    """
    start = goal if present <= 0 else now
    if c.kind == "pose":
        start, goal = _staying(start, goal)
    if c.period:
        goal = (start + (np.mod(goal - start + c.period / 2, c.period) - c.period / 2)).astype(np.float32)
    return start, goal


@dataclass
class Track:
    """One condition's transition: start and goal of its value and presence."""

    start: Array
    goal: Array
    start_present: float
    goal_present: float
    begun: float
    over: float
    easing: str
    settled: tuple[Array, float] | None = None  # the final pair after the transition, which is in use most of the time
    ends: tuple[tuple[Array, float], ...] = ()  # of a condition that the graph blends: the pairs when it is settled
    real_time: bool = False  # dropped frames count too


class Timeline:
    """Values and presences of all conditions of a schema, at any stream time since the last direction.

    ``directed`` : the effective conditions: what was directed last, as it was sent, without momentary ones. Never changed, only
    replaced. ``blended`` : the conditions whose transitions the graph blends itself. ``dt`` : seconds from one frame of a step to
    the next, for the kind `per_frame`.
    """

    def __init__(self, schema: Mapping[str, Condition], blended: Iterable[str] = ()) -> None:
        self.schema, self.blended, self.dt = schema, [n for n in blended if n in schema], 0.0
        self._defaults: Mapping[str, Array] = {}
        self._summed = [n for n, c in schema.items() if c.kind == "delta"]
        self._rows = [n for n, c in schema.items() if c.kind == "per_frame"]
        self.tracks: dict[str, Track] = {}
        self.directed: Mapping[str, Any] = {}
        self.reset()

    def begin(self, defaults: Mapping[str, Array]) -> None:
        """Before the first direction: these conditions have another default than zeros."""
        self._defaults = defaults
        self.reset()

    def reset(self) -> None:
        for name, c in self.schema.items():
            value = self._defaults[name] if name in self._defaults else default(c)
            self.tracks[name] = Track(value, value, 0.0, 0.0, 0.0, 0.0, c.easing)

    def at(self, time: float) -> dict[str, tuple[Array, float]]:
        """Tensor and presence of each condition at stream time ``time`` (seconds). Read-only.

        A blended condition has its goal here, and beside it ``start_of`` and ``weight_of`` it.
        """
        out = self.values(time)
        for name in self.blended:
            out[name], out[start_of(name)], out[weight_of(name)] = self._ends(name, time)
        return out

    def values(self, time: float) -> dict[str, tuple[Array, float]]:
        """The same, with the blended conditions as they are then, and nothing beside them."""
        return {name: t.settled or self._at(name, time) for name, t in self.tracks.items()}

    def _ends(self, name: str, time: float) -> tuple[tuple[Array, float], ...]:
        """Goal, start and weight of a transition, each with the presence."""
        t = self.tracks[name]
        if t.settled and t.ends:
            return t.ends
        k = 1.0 if t.over <= 0 else eased(t.easing, (time - t.begun) / t.over)
        present = t.settled[1] if t.settled else t.start_present + (t.goal_present - t.start_present) * k
        ends = (t.goal, present), (t.start, present), (np.full((1, 1), k, np.float32), present)
        if t.settled:
            t.ends = ends
        return ends

    def spend(self) -> None:
        """A step was made: what was summed for it begins at zero again, and rows for its frames end at the last one."""
        for name in self._summed:
            t = self.tracks[name]
            if t.goal.any():
                value = default(self.schema[name])
                self.tracks[name] = Track(value, value, t.goal_present, t.goal_present, 0.0, 0.0, t.easing)
        for name in self._rows:
            t = self.tracks[name]
            if t.over <= 0 and (t.goal != t.goal[-1:]).any():
                last = np.broadcast_to(t.goal[-1:], t.goal.shape).copy()
                self.tracks[name] = Track(last, last, t.goal_present, t.goal_present, t.begun, 0.0, t.easing)

    def _at(self, name: str, time: float) -> tuple[Array, float]:
        c, t = self.schema[name], self.tracks[name]
        if c.kind == "event":
            # Exponential decay is memoryless: the strengths at the last direction suffice, however old each trigger is.
            value = t.goal * np.float32(np.exp(-max(time - t.begun, 0.0) / c.decay))
            if value.max() < GONE:
                value = np.zeros_like(value)
                t.settled = (value, t.goal_present)
            return value, t.goal_present
        k = 1.0 if t.over <= 0 else eased(t.easing, (time - t.begun) / t.over)
        present = t.start_present + (t.goal_present - t.start_present) * k
        if c.kind == "per_frame" and k < 1:  # each row at its own frame's time
            ways = [eased(t.easing, (time + i * self.dt - t.begun) / t.over) for i in range(c.frames)]
            return t.start + (t.goal - t.start) * np.array(ways, np.float32)[:, None], present
        value = blend(c, t.start, t.goal, k)
        if k >= 1 and time >= t.begun + t.over:
            t.settled = (value, present)
        return value, present

    def seconds(self, name: str, over: float | None) -> float:
        """The length of a transition that is directed with ``over``. 0: it is there at once."""
        c = self.schema[name]
        # There is nothing between world 3 and world 7: a discrete value and its presence change at once.
        return 0.0 if c.discrete or c.momentary else c.over if over is None else over

    def direct(
        self,
        values: Mapping[str, Array | None],
        time: float,
        over: float | None = None,
        easing: str | None = None,
        real_time: bool = False,
    ) -> None:
        """Start a transition to ``values`` (None unsets) from the state at ``time``.

        It takes ``over`` seconds, or each condition's own time; with ``real_time`` also those of ``drop``.
        """
        for name, goal in values.items():
            c = self.schema[name]
            now, present = self._at(name, time)
            if c.kind == "event":
                struck = np.zeros_like(now) if goal is None else np.where(np.isnan(goal), now, goal)
                self.tracks[name] = Track(now, struck, present, float(goal is not None), time, 0.0, c.easing)
                continue
            if c.kind == "delta":
                moved = np.zeros_like(now) if goal is None else now + goal
                self.tracks[name] = Track(moved, moved, present, float(goal is not None), time, 0.0, c.easing)
                continue
            seconds = self.seconds(name, over)
            if c.kind == "per_frame" and goal is not None and (goal != goal[:1]).any():
                seconds = 0.0  # a value for each frame of the next step
            if goal is None:
                self.tracks[name] = Track(now, now, present, 0.0, time, seconds, easing or c.easing, real_time=real_time)
                continue
            start, goal = way(c, now, present, goal)
            self.tracks[name] = Track(start, goal, present, 1.0, time, seconds, easing or c.easing, real_time=real_time)

    def remember(self, values: Mapping[str, Any]) -> None:
        """These values were directed by the game."""
        self.directed = {**self.directed, **{n: v for n, v in values.items() if not self.schema[n].momentary}}

    def drop(self, seconds: float) -> bool:
        """Frames of that length were dropped: transitions in real time are further on by it. Whether there was one."""
        moving = [t for t in self.tracks.values() if t.real_time and t.settled is None]
        for t in moving:
            t.begun -= seconds
        return bool(moving)

    def hold(self, name: str, pair: tuple[Array, float], time: float) -> None:
        """Hold tensor and presence from ``time`` on; an identical hold is kept as it is."""
        t = self.tracks[name]
        if t.settled is None or t.settled[0] is not pair[0] or t.settled[1] != pair[1]:
            value, present = pair
            self.tracks[name] = Track(value, value, present, present, time, 0.0, t.easing, pair)

    def calm(self) -> None:
        """End all that is momentary, as at a cut."""
        for name, c in self.schema.items():
            if c.momentary:
                value = default(c)
                self.tracks[name] = Track(value, value, 0.0, 0.0, 0.0, 0.0, c.easing)

    def copied(self) -> dict[str, Track]:
        """What ``put_back`` takes; arrays are never written into, and so not copied."""
        return {n: replace(t) for n, t in self.tracks.items()}

    def put_back(self, tracks: Mapping[str, Track], directed: Mapping[str, Any]) -> None:
        """Be as when ``copied`` gave these tracks and ``directed`` was this."""
        self.tracks, self.directed = {n: replace(t) for n, t in tracks.items()}, directed

    def twin(self) -> "Timeline":
        """Another one with the same values, which is directed by itself."""
        other = copy.copy(self)
        other.tracks = self.copied()
        return other

    def shift(self, seconds: float) -> None:
        """Have the same values ``seconds`` later in stream time."""
        self.tracks = {n: replace(t, begun=t.begun + seconds) for n, t in self.tracks.items()}

    def dump(self) -> dict[str, list[object]]:
        """Plain values for a snapshot."""
        return {
            n: [t.start.tobytes(), t.goal.tobytes(), t.start_present, t.goal_present, t.begun, t.over, t.easing, t.real_time]
            for n, t in self.tracks.items()
        }

    def load(self, data: Mapping[str, list[object]]) -> None:
        """Restore the result of ``dump``. For other data: KeyError, ValueError or TypeError, and nothing is changed."""
        tracks = {}
        for n, (start, goal, a, b, begun, over, easing, real_time) in data.items():
            shape = self.schema[n].shape
            s, g = (np.frombuffer(v, np.float32).reshape(shape).copy() for v in (start, goal))  # type: ignore[call-overload]
            was, will, since, length = (float(v) for v in (a, b, begun, over))  # type: ignore[arg-type]
            track = Track(s, g, was, will, since, length, str(easing), real_time=bool(real_time))
            if not (np.isfinite(s).all() and np.isfinite(g).all() and np.isfinite([was, will, since, length]).all()):
                raise ValueError(f"{n} holds a number that is not finite")
            tracks[n] = track
        self.tracks |= tracks
