"""Finds what Python's JSON parser lets pass, or refuses without a place: double names, NaN, too many levels, half characters."""

import json
import re
from collections.abc import Iterator

from dreambridge.cutscene.locate import line_and_column
from dreambridge.cutscene.problems import Problem
from dreambridge.protocol.strict_json import encodable

MAX_DIGITS = 4300  # of a whole number: longer ones take Python's parser quadratic time, and it refuses them
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_CONSTANTS = ("NaN", "Infinity", "-Infinity")


def json_fault(text: str, nesting: int) -> Problem | None:
    """The first such fault of a JSON text of at most ``nesting`` levels; None: there is none."""
    found = next(_faults(text, nesting), None)
    if found is None:
        return None
    offset, said, hint = found
    return Problem(said, hint, *line_and_column(text, offset))


def _faults(text: str, nesting: int) -> Iterator[tuple[int, str, str]]:
    inside: list[set[str] | None] = []  # of each object the names so far, of a list None
    before = ""
    for match in _TOKEN.finditer(text):
        token, at = match[0], match.start()
        if token in "{[":
            inside.append(set() if token == "{" else None)
            if len(inside) > nesting:
                yield at, f"The document is nested deeper than {nesting}.", ""
        elif token in "}]":
            inside = inside[:-1]
        elif token[0] == '"':
            if HALF.search(token) and not encodable(json.loads(token, strict=False)):
                yield at, "A text holds half of a surrogate pair.", "Write the character itself, or both halves."
            names = inside[-1] if inside else None
            if names is not None and before in ("{", ","):
                name = json.loads(token, strict=False)
                if name in names:
                    yield at, f"The name {name[:80]!r} appears twice in one object.", "Rename one, or leave it out."
                names.add(name)
        elif token in _CONSTANTS:
            yield at, f"{token} is not a JSON number.", "Write a number."
        elif len(token) > MAX_DIGITS and token.lstrip("-").isdigit():
            yield at, f"A number has {len(token)} digits; the limit is {MAX_DIGITS}.", "Write a shorter number."
        before = token
