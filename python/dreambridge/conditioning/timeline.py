"""The transition timeline: what each condition is at a stream time. It knows stream time only, never the wall clock."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import Condition
from dreambridge.conditioning.values import default

Array = NDArray[np.float32]
GONE = 1e-4  # an event that is weaker than this is over


def eased(easing: str, x: float) -> float:
    """Progress 0-1 of a transition after the share ``x`` of its time."""
    x = min(max(x, 0.0), 1.0)
    if easing == "in":
        return x * x
    if easing == "out":
        return 1 - (1 - x) * (1 - x)
    return x * x * (3 - 2 * x) if easing == "smooth" else x


def _staying(start: Array, goal: Array) -> tuple[Array, Array]:
    """Of poses [1, figures, 17, 3]: a figure that comes or goes does so where it is, not by a slide from or to nowhere."""
    start, goal = start.copy(), goal.copy()
    comes, goes = (~(p[..., 2] > 0).any(2) for p in (start, goal))
    start[comes, :, :2] = goal[comes, :, :2]
    goes &= ~comes
    goal[goes, :, :2] = start[goes, :, :2]
    return start, goal


def blend(c: Condition, start: Array, goal: Array, k: float) -> Array:
    """The value after the share ``k`` (0-1, eased) of the way from ``start`` to ``goal``; what has a period stays within it."""
    if k >= 1:
        value = goal
    else:
        value = start + (goal - start) * np.float32(k)
        if c.kind == "text":
            # Between two sentences the embedding keeps the length that the graph was made for.
            norm = float(np.linalg.norm(value))
            value = value / norm if norm > 1e-6 else value
    return np.mod(value, np.float32(c.period)) if c.period else value


def way(c: Condition, now: Array, present: float, goal: Array) -> tuple[Array, Array]:
    """Start and goal of a move from ``now``, which is there with ``present``, to ``goal``.

    What was absent has no place to start from: it appears where it is directed to. What has a period takes the short way.
    """
    start = goal if present <= 0 else now
    if c.kind == "pose":
        start, goal = _staying(start, goal)
    if c.period:
        goal = (start + (np.mod(goal - start + c.period / 2, c.period) - c.period / 2)).astype(np.float32)
    return start, goal


@dataclass
class Track:
    """One condition's transition: value and presence from where they were to where they go."""

    start: Array
    goal: Array
    start_present: float
    goal_present: float
    begun: float
    over: float
    easing: str
    settled: tuple[Array, float] | None = None  # where it rests when the transition is over: most of the time


class Timeline:
    """Values and presences of all conditions of a schema, at any stream time from the last direction on."""

    def __init__(self, schema: Mapping[str, Condition]) -> None:
        self.schema = schema
        self.tracks: dict[str, Track] = {}
        self.reset()

    def reset(self) -> None:
        for name, c in self.schema.items():
            value = default(c)
            self.tracks[name] = Track(value, value, 0.0, 0.0, 0.0, 0.0, c.easing)

    def at(self, time: float) -> dict[str, tuple[Array, float]]:
        """Tensor and presence of each condition at stream time ``time`` (seconds). Not for writing into."""
        return {name: t.settled or self._at(name, time) for name, t in self.tracks.items()}

    def _at(self, name: str, time: float) -> tuple[Array, float]:
        c, t = self.schema[name], self.tracks[name]
        if c.kind == "event":
            # Exponential decay has no memory: strengths at the last direction say all, however old each trigger is.
            value = t.goal * np.float32(np.exp(-max(time - t.begun, 0.0) / c.decay))
            if value.max() < GONE:
                value = np.zeros_like(value)
                t.settled = (value, t.goal_present)
            return value, t.goal_present
        k = 1.0 if t.over <= 0 else eased(t.easing, (time - t.begun) / t.over)
        present = t.start_present + (t.goal_present - t.start_present) * k
        value = blend(c, t.start, t.goal, k)
        if k >= 1 and time >= t.begun + t.over:
            t.settled = (value, present)
        return value, present

    def direct(
        self, values: Mapping[str, Array | None], time: float, over: float | None = None, easing: str | None = None
    ) -> None:
        """Move to ``values`` (None unsets) from where the stream is at ``time``, in ``over`` seconds or each one's own."""
        for name, goal in values.items():
            c = self.schema[name]
            now, present = self._at(name, time)
            if c.kind == "event":
                struck = np.zeros_like(now) if goal is None else np.where(np.isnan(goal), now, goal)
                self.tracks[name] = Track(now, struck, present, float(goal is not None), time, 0.0, c.easing)
                continue
            # Between world 3 and world 7 lies no world: what is discrete changes at once, its presence too.
            seconds = 0.0 if c.discrete else c.over if over is None else over
            if goal is None:
                self.tracks[name] = Track(now, now, present, 0.0, time, seconds, easing or c.easing)
                continue
            start, goal = way(c, now, present, goal)
            self.tracks[name] = Track(start, goal, present, 1.0, time, seconds, easing or c.easing)

    def hold(self, name: str, pair: tuple[Array, float], time: float) -> None:
        """Rest at tensor and presence from ``time`` on; nothing is made new when that is where it rests already."""
        t = self.tracks[name]
        if t.settled is None or t.settled[0] is not pair[0] or t.settled[1] != pair[1]:
            value, present = pair
            self.tracks[name] = Track(value, value, present, present, time, 0.0, t.easing, pair)

    def calm(self) -> None:
        """End all events: at a cut nothing of what happened before it is left."""
        for name, c in self.schema.items():
            if c.kind == "event":
                value = default(c)
                self.tracks[name] = Track(value, value, 0.0, 0.0, 0.0, 0.0, c.easing)

    def dump(self) -> dict[str, list[object]]:
        """Plain values for a snapshot."""
        return {
            n: [t.start.tobytes(), t.goal.tobytes(), t.start_present, t.goal_present, t.begun, t.over, t.easing]
            for n, t in self.tracks.items()
        }

    def load(self, data: Mapping[str, list[object]]) -> None:
        """Take what ``dump`` gave; KeyError, ValueError or TypeError when it was not, and then nothing is changed."""
        tracks = {}
        for n, (start, goal, a, b, begun, over, easing) in data.items():
            shape = self.schema[n].shape
            s, g = (np.frombuffer(v, np.float32).reshape(shape).copy() for v in (start, goal))  # type: ignore[call-overload]
            track = Track(s, g, float(a), float(b), float(begun), float(over), str(easing))  # type: ignore[arg-type]
            numbers = [track.start_present, track.goal_present, track.begun, track.over]
            if not (np.isfinite(s).all() and np.isfinite(g).all() and np.isfinite(numbers).all()):
                raise ValueError(f"{n} holds a number that is not finite")
            tracks[n] = track
        self.tracks |= tracks
