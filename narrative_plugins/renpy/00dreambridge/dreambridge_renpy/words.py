# Generated from python/dreambridge/story/words.py by devtools/generate.py.
"""Splits the text of a direction into words, quoted texts and marks, each with its column (protocol/SCRIPT.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dreambridge_renpy.errors import DreamError

MAX_LENGTH = 10_000
QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201e": "\u201c\u201d", "\u00ab": "\u00bb"}
MARKS = "=,:"
HOLE = "\ue000"
SPACE = " \t\r\n\u00a0\u3000"
# Marks of writing direction, joiners of nothing, and the byte order mark: an editor puts them in, and nobody sees them.
INVISIBLE = "\u061c\u200b\u200e\u200f\u2060\ufeff" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


class BadScript(DreamError):
    """DreamError ``bad_script`` with the ``column``, from 1, in characters (code points) of the direction's text."""

    def __init__(self, column: int, message: str, hint: str = "") -> None:
        super().__init__("bad_script", message, hint)
        self.column = column


@dataclass(frozen=True)
class Word:
    """``kind``: a word, a text in quotes, or one of the marks ``= , :``. ``column`` is from 1."""

    kind: Literal["word", "text", "mark", "end"]
    text: str
    column: int


def split(text: str) -> list[Word]:
    """The words of a direction, then one of the kind ``end``. BadScript."""
    if len(text) > MAX_LENGTH:
        raise BadScript(
            1, f"The direction has {len(text)} characters; the limit is {MAX_LENGTH}.", "Is a quotation mark missing?"
        )
    out: list[Word] = []
    at = 0
    while at < len(text):
        c = text[at]
        if c in SPACE or c in INVISIBLE:
            at += 1
        elif c in MARKS:
            out.append(Word("mark", c, at + 1))
            at += 1
        elif c in QUOTES:
            at = _quoted(text, at, out)
        else:
            at = _bare(text, at, out)
    out.append(Word("end", "", len(text) + 1))
    return out


def _quoted(text: str, begin: int, out: list[Word]) -> int:
    closing, said, at = QUOTES[text[begin]], [], begin + 1
    while at < len(text) and text[at] not in closing:
        if text[at] == "\\" and at + 1 < len(text) and (text[at + 1] == "\\" or text[at + 1] in closing):
            at += 1
        said.append(text[at])
        at += 1
    if at == len(text):
        why = f"A quotation mark is not closed: {text[begin : begin + 20]}"
        raise BadScript(begin + 1, why, f"Close it with {closing[-1]}.")
    out.append(Word("text", "".join(said), begin + 1))
    return at + 1


def _bare(text: str, begin: int, out: list[Word]) -> int:
    at = begin
    while at < len(text) and text[at] not in SPACE and text[at] not in MARKS:
        at += 1
    out.append(Word("word", "".join(c for c in text[begin:at] if c not in INVISIBLE), begin + 1))
    return at
