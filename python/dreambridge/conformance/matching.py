"""Compares values with those that a scenario expects."""

from collections.abc import Callable
from typing import Any

from dreambridge.protocol.errors import DreamError

KINDS: dict[str, Callable[[Any], bool]] = {
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "text": lambda v: isinstance(v, str) and v != "",
    "bytes": lambda v: isinstance(v, bytes),
    "map": lambda v: isinstance(v, dict),
    "list": lambda v: isinstance(v, list),
}


def same(expected: Any, got: Any) -> bool:
    """Whether two values are equal. Numbers compare by value; nothing equals nil and an empty text."""
    if expected is None:
        return got is None or got == ""
    if isinstance(expected, dict):
        return isinstance(got, dict) and set(expected) == set(got) and all(same(v, got[k]) for k, v in expected.items())
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and all(map(same, expected, got))
    if isinstance(expected, float) and isinstance(got, float):
        return abs(expected - got) < 1e-6  # a client may use single precision
    return bool(expected == got)


def fits(wanted: Any, got: Any) -> bool:
    """Like ``same``, but knows these tests.

    {"@is": kind}, {"@contains": text}, {"@at_least": number}, {"@at_most_long": length}, {"@one": step}
    """
    if isinstance(wanted, dict) and len(wanted) == 1 and next(iter(wanted)).startswith("@"):
        ((test, value),) = wanted.items()
        if test == "@is":
            return KINDS[value](got)
        if test == "@contains":
            return isinstance(got, (str, list)) and value in got
        if test == "@at_least":
            return KINDS["number"](got) and got >= value
        if test == "@at_most_long":
            return isinstance(got, str) and len(got) <= value
        if test == "@one":
            return isinstance(got, list) and len(got) == 1 and all(fits(v, got[0].get(k)) for k, v in value.items())
        raise DreamError("bad_argument", f"The test {test!r} is unknown.", "See part 6 of protocol/PROTOCOL.md.")
    return same(wanted, got)
