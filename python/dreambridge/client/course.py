"""The effective conditions of a stream, and when each was directed last."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

MAX_RECENT = 4096  # directions of which one may be accepted before the reply to a restore that the daemon received earlier

Values = dict[str, Any]


class Last(NamedTuple):
    """When a condition was directed last, and with which transition."""

    at: float
    over: float | None = None
    easing: str | None = None


class Recent(NamedTuple):
    """A direction that was accepted."""

    revision: int
    values: Values
    last: Last


class Course:
    """``values`` : the effective conditions now."""

    def __init__(self, values: Values) -> None:
        self.values = dict(values)
        self._last: dict[str, Last] = {}
        self._recent: deque[Recent] = deque(maxlen=MAX_RECENT)

    @classmethod
    def of(cls, directions: Iterable[tuple[float, Values, float | None, str | None]]) -> Self:
        """From what ``directions`` gave: stream time, values, over and easing of each."""
        out = cls({})
        for at, values, over, easing in directions:
            out._take(values, Last(at, over, easing))
        return out

    def directed(self, revision: int, at: float, values: Values, over: float | None = None, easing: str | None = None) -> None:
        """The daemon accepted ``values`` at the stream time ``at``."""
        last = Last(at, over, easing)
        self._recent.append(Recent(revision, values, last))
        self._take(values, last)

    def left(self, values: Values, at: float) -> None:
        """A cutscene's lanes left ``values`` at the stream time ``at``."""
        self._take(values, Last(at, 0.0))

    def _take(self, values: Values, last: Last) -> None:
        self.values = self.values | values
        self._last = self._last | dict.fromkeys(values, last)

    def directions(self) -> list[dict[str, Any]]:
        """The last direction of each condition, ordered by time; those of one direction are together."""
        found: dict[Last, Values] = {}
        for name, value in self.values.items():
            found.setdefault(self._last.get(name, Last(0.0)), {})[name] = value
        ordered = sorted(found.items(), key=lambda item: item[0].at)
        return [{"time": d.at, "values": values, "over": d.over, "easing": d.easing} for d, values in ordered]

    def went(self, values: Mapping[str, Any] | None, revision: int, time: float, same: bool = False) -> None:
        """The stream is at another place, where ``values`` hold; None: the daemon does not tell them, and they stay.

        What was directed after ``revision`` holds besides. ``time`` is that of the next frame. ``same`` : the place is one of
        this stream's own past, so that what is known of directions before ``time`` holds.
        """
        later = [r for r in self._recent if r.revision > revision]
        self._recent.clear()
        if values is not None:
            self.values = dict(values)
        known = {n: last for n, last in self._last.items() if last.at <= time}
        self._last = known if same else dict.fromkeys(self.values, Last(time, 0.0))
        for r in later:
            self._recent.append(r)
            self._take(r.values, r.last)
