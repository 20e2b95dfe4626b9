"""The effective conditions of a stream over its stream time, so that a rewind gets back those of the place."""

from typing import Any

MAX_DIRECTIONS = 4096  # that are remembered one by one; a rewind beyond them gets the values before the first of them

Values = dict[str, Any]


class Course:
    """``values`` : the effective conditions now."""

    def __init__(self, values: Values) -> None:
        self.values = dict(values)
        self._before: list[tuple[float, Values]] = []  # stream time of a direction, and the values until then
        self._places: dict[str, Values] = {}

    def directed(self, at: float, values: Values) -> None:
        """The daemon accepted ``values`` at the stream time ``at``."""
        self._before.append((at, self.values))
        self.values = self.values | values
        if len(self._before) > MAX_DIRECTIONS:
            del self._before[0]

    def kept(self, name: str) -> None:
        """The place of now has this name."""
        self._places[name] = self.values

    def rewound(self, time: float, name: str | None) -> None:
        """The stream is at the place before the frame at ``time``, which may have a name."""
        self.values = self._places.get(name, self._at(time)) if name else self._at(time)
        self._before = [b for b in self._before if b[0] <= time]

    def _at(self, time: float) -> Values:
        # A place is made just before its frame, after what was directed for that frame.
        return next((values for at, values in self._before if at > time), self.values)
