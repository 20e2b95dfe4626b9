"""The words of directions in stories: the parser against the vectors that every language shares, and its limits."""

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from dreambridge.protocol.errors import DreamError
from dreambridge.story import direction_in, parse
from dreambridge.story.near import distance, near
from dreambridge.story.pending import MAX_PENDING, Pending
from dreambridge.story.statement import MOMENTS, VERBS
from dreambridge.story.words import MAX_LENGTH, BadScript

VECTORS: dict[str, Any] = json.loads((ROOT / "protocol" / "vectors" / "script.json").read_text("utf-8"))


def outcome(text: str) -> dict[str, Any]:
    try:
        return {"text": text, "is": parse(text).as_map()}
    except BadScript as e:
        assert e.code == "bad_script" and 1 <= e.column <= len(text) + 1
        return {"text": text, "error": {"column": e.column, "message": e.message, "hint": e.hint}}


@pytest.mark.parametrize("case", VECTORS["statements"], ids=lambda c: str(c["text"])[:40])
def test_statements(case: dict[str, Any]) -> None:
    assert outcome(case["text"]) == case


def test_the_vectors_have_each_verb_moment_and_error() -> None:
    good = [c["is"] for c in VECTORS["statements"] if "is" in c]
    assert {s["do"] for s in good} == {"direct", *VERBS} and {s["moment"] for s in good if s["do"] == "wait"} == set(MOMENTS)
    assert len([c for c in VECTORS["statements"] if "error" in c]) > 60
    assert not [c for c in VECTORS["statements"] if "error" in c and not c["error"]["hint"]], "an error without a way out"


def test_tags() -> None:
    for case in VECTORS["tags"]:
        assert direction_in(case["tag"]) == case["text"], case


def test_merging() -> None:
    for case in VECTORS["merging"]:
        pending = Pending(lambda name, events=case["events"]: name in events)  # type: ignore[misc]
        for text in case["given"]:
            pending.add(parse(text))
            assert len(pending) <= MAX_PENDING
        assert [s.as_map() for s in pending.take()] == case["sent"], case


def test_near() -> None:
    for case in VECTORS["near"]:
        assert near(case["word"], case["names"]) == case["is"], case


def test_the_distance_by_another_algorithm() -> None:
    """All words of up to three of two letters, against the definition: fewest edits, each pair of letters swapped once."""

    def slow(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        best = min(slow(a[1:], b) + 1, slow(a, b[1:]) + 1, slow(a[1:], b[1:]) + (a[0] != b[0]))
        return min(best, slow(a[2:], b[2:]) + 1) if len(a) > 1 and len(b) > 1 and a[:2] == b[1::-1] else best

    words = ["".join(w) for n in range(4) for w in itertools.product("ab", repeat=n)]
    assert all(distance(a, b) == slow(a, b) for a in words for b in words)


HOSTILE = [
    "x" * 100_000,
    '"' + "🌊" * 10_001 + '"',
    '"🌊 שלום \u202e مدينة"',
    "prompt=👨\u200d👩\u200d👧 over=0.5",
    '"' + "é" * 9_998 + '"',
]


def with_hostile(folder: Path) -> Path:
    """A file of the vectors with texts that are long, have emoji, or are written from right to left, for the other parsers."""
    path = folder / "script.json"
    cases = [*VECTORS["statements"], *map(outcome, HOSTILE)]
    path.write_text(json.dumps(VECTORS | {"statements": cases}), "utf-8")
    return path


def test_hostile_texts() -> None:
    assert ["error" in outcome(text) for text in HOSTILE] == [True, True, False, False, False]


def test_length() -> None:
    assert parse('"' + "é" * (MAX_LENGTH - 2) + '"').values["prompt"] == "é" * (MAX_LENGTH - 2)
    with pytest.raises(DreamError, match="100000 characters; the limit is 10000"):
        parse("x" * 100_000)


def test_any_text_is_a_direction_or_an_error() -> None:
    rng = random.Random(5)
    parts = [
        "weather",
        "=",
        ",",
        ":",
        '"',
        "'",
        "“",
        "”",
        "\\",
        " ",
        "-",
        "1",
        "2.5",
        "wait",
        "shown",
        "cut",
        "play",
        "set",
        "over",
        "🌧",
        "\u200f",
        "\n",
    ]
    for _ in range(3000):
        outcome("".join(rng.choice(parts) for _ in range(rng.randrange(12))))
