"""A direction in a source, and what the languages share: comments and parts that are known only when the story runs."""

import re
from dataclasses import dataclass

from dreambridge.story.near import distance
from dreambridge.story.words import HOLE


@dataclass(frozen=True)
class Found:
    """``text`` is the direction as the story's engine would pass it on, ``offsets`` the place of each character in the source.

    ``problem``: something that looks like a direction and is not one.
    """

    text: str
    offsets: range | list[int]
    problem: str = ""
    hint: str = ""

    def offset(self, column: int) -> int:
        """Of the character at a column (from 1) of ``text``; past its end: of the last one's end."""
        if column - 1 < len(self.offsets):
            return self.offsets[column - 1]
        return self.offsets[-1] + 1 if len(self.offsets) else 0


OTHER_WORDS = {"dream", "dreams", "dreamy", "draw", "drama", "dread"}


def blank(text: str, pattern: "re.Pattern[str]") -> str:
    """What ``pattern`` matches becomes spaces, so that offsets stay; line breaks stay too."""
    return pattern.sub(lambda m: re.sub(r"[^\r\n]", " ", m[0]), text)


def with_holes(text: str, pattern: "re.Pattern[str]") -> str:
    """What ``pattern`` matches becomes as many characters ``HOLE``."""
    return pattern.sub(lambda m: HOLE * len(m[0]), text)


def unescaped(text: str, begin: int, escaped: str) -> Found:
    """``text``, which begins at ``begin`` of the source, without the backslash before each character of ``escaped``."""
    if "\\" not in text:
        return Found(text, range(begin, begin + len(text)))
    kept = [i for i, c in enumerate(text) if not (c == "\\" and text[i + 1 : i + 2] and text[i + 1] in escaped)]
    return Found("".join(text[i] for i in kept), [begin + i for i in kept])


def misspelt(word: str) -> bool:
    """A word that was probably meant to be ``dream``."""
    word = word.lower()
    return word not in OTHER_WORDS and word[:1] == "d" and abs(len(word) - 5) <= 1 and distance(word, "dream") == 1
