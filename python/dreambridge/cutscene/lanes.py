"""The lanes of a shot as tensors, and their values at a time. Times are seconds of the shot."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import AUDIO, Condition, CutsceneSpec
from dreambridge.conditioning.timeline import blend, eased, way
from dreambridge.conditioning.values import encode
from dreambridge.cutscene.document import Document, Key, Lane, Shot
from dreambridge.cutscene.implied import implied_lanes, spoken
from dreambridge.cutscene.sound import SoundLane, read_features
from dreambridge.protocol.errors import DreamError

Array = NDArray[np.float32]
Pair = tuple[Array, float]
MAX_BYTES = 512 * 1024 * 1024  # of all values of a document
UNTOLD = object()  # of a value that is not told: a picture, whose bytes are large, and a sound, which ends with the cutscene


@dataclass
class KeyedLane:
    """One lane of one shot. A value of None unsets its condition. ``told`` : the values as `direct` takes them, or UNTOLD."""

    condition: Condition
    keys: list[Key]
    values: list[Array | None]
    told: list[Any]
    game: bool = False
    runs_on: bool = False
    times: list[float] = field(init=False)
    _resting: tuple[int, Pair] | None = None

    def __post_init__(self) -> None:
        self.times = [k.at for k in self.keys]

    def at(self, t: float, entering: Pair) -> Pair:
        """Tensor and presence ``t`` seconds into the shot; ``entering`` is the pair when the shot began. Read-only."""
        k = bisect_right(self.times, t) - 1
        begun = self.times[k] if k >= 0 else 0.0
        now = self._rest(k, entering)
        if k + 1 == len(self.keys):
            return now
        key, goal = self.keys[k + 1], self.values[k + 1]
        if key.over is not None:
            begun = max(begun, key.at - key.over)
        # There is nothing between world 3 and world 7: a discrete value changes at once.
        if t <= begun or key.easing == "hold" or self.condition.discrete:
            return now
        share = eased(key.easing, (t - begun) / (key.at - begun))
        if goal is None:
            return now[0], now[1] * (1 - share)
        start, goal = way(self.condition, now[0], now[1], goal)
        return blend(self.condition, start, goal, share), now[1] + (1 - now[1]) * share

    def left(self, t: float, entering: Pair) -> Any:
        """What ``at`` gives, as `direct` takes it: of a number, or else the value of the last key that was reached; or UNTOLD."""
        if self.condition.kind == "number" and not self.condition.discrete:
            return _number(self.condition, self.at(t, entering))
        k = bisect_right(self.times, t) - 1
        return self.told[k] if k >= 0 else UNTOLD

    def _rest(self, k: int, entering: Pair) -> Pair:
        """The pair from the key ``k`` on, the identical object each time."""
        if k < 0:
            return entering
        if self._resting is None or self._resting[0] != k:
            value = self.values[k]
            if value is None:
                before = next((v for v in reversed(self.values[:k]) if v is not None), entering[0])
                self._resting = k, (before, 0.0)
            else:
                self._resting = k, (blend(self.condition, value, value, 1.0), 1.0)
        return self._resting[1]


@dataclass(frozen=True)
class MoveLane:
    """A camera move: over ``seconds`` the number goes ``by`` so much from what held when the shot began."""

    condition: Condition
    by: float
    seconds: float
    game: bool = False
    runs_on: bool = False

    def at(self, t: float, entering: Pair) -> Pair:
        """As ``KeyedLane.at``. An unset condition starts at its default."""
        c = self.condition
        value = entering[0] + np.float32(self.by * eased("smooth", min(1.0, max(0.0, t) / self.seconds)))
        if c.period:
            value = np.mod(value, np.float32(c.period))
        elif c.range:
            value = value.clip(*c.range)
        return value.astype(np.float32), 1.0

    def left(self, t: float, entering: Pair) -> Any:
        return _number(self.condition, self.at(t, entering))


def _number(c: Condition, pair: Pair) -> float | None:
    if pair[1] <= 0:
        return None
    value = round(float(pair[0].reshape(-1)[0]), 6)
    return min(max(value, c.range[0]), c.range[1]) if c.range else value


class ValueLane(Protocol):
    """What gives a condition's value at a time of the shot."""

    @property
    def condition(self) -> Condition: ...

    @property
    def game(self) -> bool: ...

    @property
    def runs_on(self) -> bool:
        """Whether its time goes on while the picture is held at the end of the shot."""
        ...

    def at(self, t: float, entering: Pair) -> Pair: ...

    def left(self, t: float, entering: Pair) -> Any: ...


@dataclass(frozen=True)
class EventLane:
    """The triggers of one event condition: a strength for each option, NaN for options that a key does not name."""

    times: list[float]
    strengths: list[Array | None]
    game: bool = False

    def between(self, after: float, until: float) -> list[tuple[float, Array | None]]:
        """Triggers later than ``after`` and not later than ``until``."""
        first, last = bisect_right(self.times, after), bisect_right(self.times, until)
        return list(zip(self.times[first:last], self.strengths[first:last], strict=True))


@dataclass(frozen=True)
class ShotLanes:
    keyed: dict[str, ValueLane]
    events: dict[str, EventLane]


@dataclass
class Return:
    """The transition of a condition from the game's value back to its lane."""

    start: Pair
    begun: float
    over: float


def encode_lanes(
    d: Document,
    schema: Mapping[str, Condition],
    text: Callable[[str, str], Array] | None = None,
    file: Callable[[str], bytes] | None = None,
    spec: CutsceneSpec | None = None,
) -> dict[str, ShotLanes]:
    """Every key's tensor, shot by shot; equal values share one. This can take long, because sentences are encoded.

    ``text(condition, sentence)`` gives embeddings, ``file(name)`` the bytes of a picture; ``spec`` is the bundle's map of framing
    and characters. DreamError as ``encode``, and
    ``too_large`` when all of them take more than ``MAX_BYTES``.
    """
    made: dict[tuple[str, str], Array] = {}
    size = 0

    def tensor(name: str, c: Condition, value: object) -> Array | None:
        nonlocal size
        if value is None:
            return None
        known = (name, repr(value))
        if known not in made:
            if c.kind == "text" and isinstance(value, str):
                value = spoken(value, d)
            elif c.kind == "image" and isinstance(value, str) and file is not None:
                value = file(value)
            made[known] = encode(name, c, value, text)
            size += made[known].nbytes
            if size > MAX_BYTES:
                raise DreamError(
                    "too_large",
                    f"The values of the cutscene take more than {MAX_BYTES // 2**20} MiB.",
                    "Use fewer different pictures.",
                )
        return made[known]

    def told(c: Condition, value: object) -> object:
        if c.kind == "image" and value is not None:
            return UNTOLD
        return spoken(value, d) if c.kind == "text" and isinstance(value, str) else value

    def one(name: str, lane: Lane) -> KeyedLane | EventLane:
        c = schema[name]
        values = [tensor(name, c, k.value) for k in lane.keys]
        if c.kind == "event":
            return EventLane([k.at for k in lane.keys], values, lane.game)
        return KeyedLane(c, lane.keys, values, [told(c, k.value) for k in lane.keys], lane.game)

    # A shot without a sound is silent: the last level of the shot before it must not stay.
    heard = {s.audio.condition for s in d.shots.values() if s.audio and s.audio.condition and s.audio.features and file}

    def sounds(shot: Shot) -> dict[str, ValueLane]:
        out: dict[str, ValueLane] = {c: SoundLane(schema[c], np.zeros((0, AUDIO), np.float32), 0.0) for c in heard}
        a = shot.audio
        if a and a.condition and a.features and file:
            out[a.condition] = SoundLane(schema[a.condition], read_features(a.features, file(a.features)), a.offset)
        return out

    out = {}
    for shot_name, shot in d.shots.items():
        implied = implied_lanes(d, shot, spec, schema)
        lanes = {name: one(name, lane) for name, lane in (shot.lanes | implied.lanes).items()}
        moves = {n: MoveLane(schema[n], by, shot.seconds) for n, by in implied.moves.items()}
        out[shot_name] = ShotLanes(
            sounds(shot) | {n: v for n, v in lanes.items() if isinstance(v, KeyedLane)} | moves,
            {n: v for n, v in lanes.items() if isinstance(v, EventLane)},
        )
    return out


def faded(c: Condition, old: Pair, new: Pair, k: float) -> Pair:
    """Between the held value and that of the lane, at the fraction ``k`` (0-1, eased)."""
    if c.discrete:
        return new
    if new[1] <= 0:
        return old[0], old[1] * (1 - k)
    start, goal = way(c, old[0], old[1], new[0])
    return blend(c, start, goal, k), old[1] + (new[1] - old[1]) * k
