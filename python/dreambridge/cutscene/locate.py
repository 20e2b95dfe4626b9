"""Finds the position of a value in a JSON text, so that an error can name line and column."""

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]

Path = tuple[str | int, ...]
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def parse_path(text: str) -> Path:
    """The path of a msgspec error, ``$.shots[...].keys[3].at``, as a tuple; ``[...]`` and what follows it are dropped."""
    out: list[str | int] = []
    for name, index in re.findall(r"\.([^.\[\]]+)|\[([^\]]*)\]", text):
        if name:
            out.append(name)
        elif index.isdigit():
            out.append(int(index))
        else:
            break
    return tuple(out)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def locate(text: str, path: Path) -> int:
    """The offset of the value at ``path``, or of the deepest part of the path that exists."""
    at = _space(text, 0)
    for step in path:
        found = _member(text, at, step) if isinstance(step, str) else _item(text, at, step)
        if found is None:
            return at
        at = found
    return at


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _member(text: str, at: int, name: str) -> int | None:
    if text[at : at + 1] != "{":
        return None
    at = _space(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = scanstring(text, at + 1, True)
        at = _space(text, _space(text, at) + 1)
        if key == name:
            return at
        _, at = _DECODER.raw_decode(text, at)
        at = _space(text, at)
        if text[at : at + 1] != ",":
            return None
        at = _space(text, at + 1)
    return None


def _item(text: str, at: int, index: int) -> int | None:
    if text[at : at + 1] != "[":
        return None
    at = _space(text, at + 1)
    while text[at : at + 1] not in ("]", ""):
        if index == 0:
            return at
        _, at = _DECODER.raw_decode(text, at)
        at = _space(text, at)
        if text[at : at + 1] != ",":
            return None
        at = _space(text, at + 1)
        index -= 1
    return None
