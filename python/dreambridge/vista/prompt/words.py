"""The word tables that the grammar composes sentences of, read from the JSON files next to this one.

``values.json`` holds wordings for each value of each attribute, ``sentences.json`` what stands around them, ``unrelated.json``
sentences about anything else. A wording has one of four forms:

=========  ==========================================  =======================
form       what it is                                  example
=========  ==========================================  =======================
adjective  stands before a noun                        ``moonlit``
noun       a noun with its article                     ``the dead of night``
phrase     where, when or how                          ``at midnight``
clause     a whole clause                              ``the moon is full``
=========  ==========================================  =======================
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

Form = Literal["adjective", "noun", "phrase", "clause"]
Words = Mapping[str, Sequence[str]]  # form -> wordings

# The hour that each part of the day stands for, and the hours of the clock that belong to it.
HOURS = {
    "midnight": 0.0, "small hours": 3.5, "dawn": 6.0, "morning": 8.5, "noon": 12.0, "afternoon": 15.0, "sunset": 18.2,
    "evening": 20.0,
    "night": 23.0,
}  # fmt: skip
CLOCK = {
    "midnight": (0, 1), "small hours": (2, 3, 4), "dawn": (5, 6), "morning": (7, 8, 9, 10), "noon": (11, 12, 13),
    "afternoon": (14, 15, 16),
    "sunset": (17, 18), "evening": (19, 20, 21), "night": (22, 23),
}  # fmt: skip
# How much weather its first word stands for, 0-1; without one it is the middle one.
AMOUNTS = {"light": 0.25, "": 0.6, "heavy": 1.0}
NUMBERS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")


def table(name: str) -> Any:
    """The content of ``<name>.json``."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))


def of_clock(hour: str) -> Words:
    """Times of the clock within a part of the day: ``half past six in the morning``, ``14:20``, ``at 9:15 pm``."""
    nouns, when = list[str](), list[str]()
    for h in CLOCK[hour]:
        word, half = NUMBERS[h % 12], "am" if h < 12 else "pm"
        part = (
            "at night" if h < 2 or h > 21 else "in the morning" if h < 12 else "in the afternoon" if h < 17 else "in the evening"
        )
        digits = f"{h % 12 or 12}"
        nouns += [f"{h:02d}:00", f"{h}:20", f"{digits}:30 {half}", f"{digits} o'clock {part}", f"half past {word} {part}"]
        when += [f"at {h:02d}:15", f"at {digits}:10 {half}", f"at half past {word} {part}", f"shortly after {word} {part}"]
        when += [f"around {digits} {half}", f"at {word} o'clock {part}", f"at quarter past {word} {part}"]
    return {"noun": nouns, "phrase": when, "clause": [f"it is {n}" for n in nouns]}


def _with_clock(hour: str, words: Words) -> Words:
    clock = of_clock(hour)
    return {f: list(dict.fromkeys([*words.get(f, ()), *clock.get(f, ())])) for f in sorted({*words, *clock})}


ATTRIBUTES = ("hour", "season", "weather", "biome", "style", "energy")
# Wordings by attribute and value, in the order of their numbers.
VALUES: Mapping[str, Mapping[str, Words]] = {
    attribute: {v: _with_clock(v, w) if attribute == "hour" else w for v, w in values.items()}
    for attribute, values in table("values").items()
}
