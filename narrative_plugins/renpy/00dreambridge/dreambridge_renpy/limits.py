# Generated from python/dreambridge/protocol/limits.py by devtools/generate.py.
"""Ranges of what a direction may say."""

from __future__ import annotations

from typing import NamedTuple


class Range(NamedTuple):
    """Finite numbers from ``low`` to ``high``; without ``low`` itself when ``above``, and with 0 when ``or_zero``."""

    low: float
    high: float
    above: bool = False
    or_zero: bool = False

    def has(self, value: float) -> bool:
        """False for NaN too."""
        above = self.low < value if self.above else self.low <= value
        return (self.or_zero and value == 0) or (above and value <= self.high)

    def __str__(self) -> str:
        low, high = (str(n) if isinstance(n, int) else f"{n:g}" for n in (self.low, self.high))
        return f"{'0, or ' if self.or_zero else ''}{'above ' if self.above else ''}{low} to {high}"


OVER = Range(0, 3600)
SHELF = Range(0, 600)
SHOT_TIME = Range(0, 86400)
