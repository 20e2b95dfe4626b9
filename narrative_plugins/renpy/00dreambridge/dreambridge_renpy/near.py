# Generated from python/dreambridge/story/near.py by devtools/generate.py.
"""The name that was probably meant. Written so that each other language finds the same one (protocol/vectors/script.json)."""

from __future__ import annotations

from collections.abc import Iterable

MAX_WORD = 64


def distance(a: str, b: str) -> int:
    """Letters to insert, delete, replace or swap with their neighbour to make ``b`` of ``a``."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        before, last, row = row, before, [i + 1]
        for j, y in enumerate(b):
            best = min(before[j + 1] + 1, row[j] + 1, before[j] + (x != y))
            if i and j and x == b[j - 1] and a[i - 1] == y:
                best = min(best, last[j - 1] + 1)
            row.append(best)
    return row[-1]


def near(word: str, names: Iterable[str]) -> str | None:
    """The first of the nearest names, if at most a third of its letters (at least one) differ; letters' case does not count."""
    word = word[:MAX_WORD].lower()
    found, best = None, MAX_WORD
    for name in names:
        away = distance(word, name.lower()[:MAX_WORD])
        if away <= max(1, max(len(word), len(name)) // 3) and away < best:
            found, best = name, away
    return found


def quoted(word: str) -> str:
    """A name as messages show it."""
    return f"'{word[:80]}'"


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """``Did you mean 'storm'? Known: ...``"""
    every = list(names)
    found = near(word, every)
    said = f"Did you mean {quoted(found)}? " if found else ""
    return f"{said}Known: {', '.join(every) or 'none'}."
