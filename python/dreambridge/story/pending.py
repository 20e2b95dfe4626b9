"""Directions that cannot be sent yet, merged so that they never queue up (protocol/SCRIPT.md, "What waits")."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dreambridge.story.statement import Statement

MAX_PENDING = 64
CUTSCENE = {"play", "stop", "signal", "choose", "set", "release"}


class Pending:
    """``add`` directions in the story's order; ``take`` gives what is left of them. ``is_momentary`` tells events and deltas."""

    def __init__(self, is_momentary: Callable[[str], bool] = lambda name: False) -> None:
        self._list: list[Statement] = []
        self._is_momentary = is_momentary

    def __len__(self) -> int:
        return len(self._list)

    def take(self) -> list[Statement]:
        """What waits, in order; nothing waits then."""
        out, self._list = self._list, []
        return out

    def add(self, s: Statement) -> None:
        """A later direction replaces what an earlier one said about the same thing. Of more than 64 the oldest goes."""
        if s.do in ("direct", "set"):
            self._without(s.do, set(s.values))
        elif s.do == "cut":
            s = self._cut(s)
        elif s.do in ("play", "stop"):
            self._list = [p for p in self._list if p.do not in CUTSCENE]
        else:
            self._list = [p for p in self._list if (p.do, p.name, p.names) != (s.do, s.name, s.names)]
        self._list = [*self._list, s][-MAX_PENDING:]

    def put_back(self, taken: list[Statement]) -> None:
        """These were taken and could not be sent: they wait before what was told since, which replaces what they say."""
        for s in [*taken, *self.take()]:
            self.add(s)

    def _without(self, do: str, names: set[str]) -> None:
        left = [replace(p, values={n: v for n, v in p.values.items() if n not in names}) if p.do == do else p for p in self._list]
        self._list = [p for p in left if p.values or p.do != do]

    def _cut(self, s: Statement) -> Statement:
        """A cut, with all that was directed before it except events and deltas."""
        values: dict[str, Any] = {}
        seed = None
        for p in self._list:
            if p.do in ("direct", "cut"):
                values |= {n: v for n, v in p.values.items() if not self._is_momentary(n)}
                seed = p.seed if p.seed is not None else seed
        self._list = [p for p in self._list if p.do not in ("direct", "cut")]
        return replace(s, values=values | s.values, seed=s.seed if s.seed is not None else seed)
