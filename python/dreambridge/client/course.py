"""The effective conditions of a stream over its stream time, so that a rewind gets back those of the place."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

MAX_DIRECTIONS = 4096  # that are remembered one by one; a rewind beyond them gets the values before the first of them

Values = dict[str, Any]


class Last(NamedTuple):
    """When a condition was directed last, and with which transition."""

    at: float
    over: float | None = None
    easing: str | None = None


class Course:
    """``values`` : the effective conditions now."""

    def __init__(self, values: Values) -> None:
        self.values = dict(values)
        self._before: list[tuple[float, Values]] = []  # stream time of a direction, and the values until then
        self._places: dict[str, Values] = {}
        self._last: dict[str, Last] = {}

    @classmethod
    def of(cls, directions: Iterable[tuple[float, Values, float | None, str | None]]) -> Self:
        """From what ``directions`` gave: stream time, values, over and easing of each."""
        out = cls({})
        for at, values, over, easing in directions:
            out.directed(at, values, over, easing)
        out._before.clear()
        return out

    def directed(self, at: float, values: Values, over: float | None = None, easing: str | None = None) -> None:
        """The daemon accepted ``values`` at the stream time ``at``."""
        self._before.append((at, self.values))
        self.values = self.values | values
        self._last |= {name: Last(at, over, easing) for name in values}
        if len(self._before) > MAX_DIRECTIONS:
            del self._before[0]

    def directions(self) -> list[dict[str, Any]]:
        """The last direction of each condition, ordered by time; those of one direction are together."""
        found: dict[Last, Values] = {}
        for name, value in self.values.items():
            found.setdefault(self._last.get(name, Last(0.0)), {})[name] = value
        ordered = sorted(found.items(), key=lambda item: item[0].at)
        return [{"time": d.at, "values": values, "over": d.over, "easing": d.easing} for d, values in ordered]

    def became(self, at: float, values: Values) -> None:
        """The stream went on as a fork with these ``values`` at the stream time ``at``."""
        self._before.append((at, self.values))
        self.values = values
        self._last = {name: Last(at, 0.0) for name in values}

    def kept(self, name: str) -> None:
        """The place of now has this name."""
        self._places[name] = self.values

    def rewound(self, time: float, name: str | None) -> None:
        """The stream is at the place before the frame at ``time``, which may have a name."""
        self.values = self._places.get(name, self._at(time)) if name else self._at(time)
        self._before = [b for b in self._before if b[0] <= time]
        self._last = {name: last for name, last in self._last.items() if last.at <= time}

    def _at(self, time: float) -> Values:
        # A place is made just before its frame, after what was directed for that frame.
        return next((values for at, values in self._before if at > time), self.values)
