"""Documents and snapshots made to hang a daemon, to fill its memory or to fail its session."""

import json
from typing import Any

import numpy as np
import pytest
from dreambridge.protocol.errors import DreamError
from test_cutscene import SCHEMA, document, lane, player, problems, run


def nested(levels: int) -> str:
    inside = '{"wait": "door", "then": ' * levels + '{"end": true}' + "}" * levels
    return '{"format": "1.0", "name": "deep", "shots": {"a": {"next": ' + inside + "}}}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (nested(200), "nested deeper than 64"),
        (nested(100_000), "nested deeper than 64"),
        ('{"format": "1.0", "name": "\\ud800", "shots": {"a": {}}}', "surrogate pair"),
        ('{"format": "²", "name": "x", "shots": {}}', "no shots"),
        (json.dumps(document(a={"next": {"wait": "x", "meanwhile": {"drift": {"energy": 1e30}}}})), "amplitude 1e+30"),
        (
            json.dumps(document(a={"next": {"wait": "x", "meanwhile": {"drift": {"energy": 1}}}})).replace(": 1}", ": 1e400}"),
            "amplitude inf",
        ),
        (json.dumps(document(a={"next": {"choice": [{"id": f"o{k}"} for k in range(101)]}})), "101 options; the limit is 100"),
        (json.dumps(document(a={"marks": {f"m{k}": 0 for k in range(20_001)}})), "20001 keys and marks"),
        (json.dumps(document(a={}) | {"variables": {f"v{k}": {"type": "bool"} for k in range(1001)}}), "1001 variables"),
        (json.dumps(document(a={}) | {"variables": {"v": {"type": "text", "default": "x" * 1001}}}), "1001 characters"),
    ],
    ids=lambda x: x[:20],
)
def test_what_would_harm_the_daemon_is_refused(text: str, words: str) -> None:
    assert any(words in p.message for p in problems(text) if p.severity == "error"), problems(text)


@pytest.mark.parametrize(
    "shots",
    [
        {"a": {"next": {"wait": "x", "limit": 0, "otherwise": "a"}}},
        {"a": {"next": {"choice": [{"id": "x", "then": "a"}], "limit": 0.01, "default": "x"}}},
        {"a": {"length": 1e-9, "next": "b"}, "b": {"length": 0.05, "next": {"branch": [{"then": "a"}]}}},
    ],
)
def test_a_cycle_takes_a_tenth_of_a_second(shots: dict[str, Any]) -> None:
    assert any("returns to itself" in p.message for p in problems(document(**shots)))
    shots["a"]["length"] = 0.1
    assert not [p for p in problems(document(**shots)) if p.severity == "error"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"format": "1.0",\n "name": "x", "name": "y", "shots": {}}', (2, 15), "'name' appears twice"),
        ('{"a": {"b": 1, "c": [{"b": 2}], "b": 3}}', (1, 33), "'b' appears twice"),
        ('{"a": "NaN",\n "b": [1, -Infinity]}', (2, 11), "-Infinity is not"),
        ('{"a":\n' + "9" * 5000 + "}", (2, 1), "5000 digits"),
        ('{"a":\n' + "[" * 100 + "]" * 100 + "}", (2, 64), "nested deeper than 64"),
        ('{"a":\n' + "[" * 100_000, (2, 64), "nested deeper than 64"),
        ('{"a": "\\ud83d\\ude00",\n "b": "\\ud800"}', (2, 7), "surrogate pair"),
    ],
    ids=lambda x: str(x)[:20],
)
def test_what_the_parser_refuses_has_its_place(text: str, place: tuple[int, int], words: str) -> None:
    assert [(p.line, p.column) for p in problems(text) if words in p.message] == [place], problems(text)


@pytest.mark.parametrize(
    ("follows", "field"),
    [
        ({"end": True, "then": "a"}, "then"),
        ({"shot": "a", "limit": 3}, "limit"),
        ({"branch": [{"then": "a"}], "default": "x"}, "default"),
        ({"choice": [{"id": "x"}], "then": "b"}, "then"),
        ({"wait": "x", "transition": {"seconds": 2}}, "transition"),
        ({"wait": "x", "then": {"branch": [{"then": "a"}], "cut": True}}, "cut"),
        ({"shot": "a", "meanwhile": {"loop": [0, 1]}}, "meanwhile"),
    ],
)
def test_a_field_that_would_have_no_effect_is_refused(follows: dict[str, Any], field: str) -> None:
    found = problems(document(a={"length": 1, "next": follows}))
    (told,) = [p for p in found if "has no effect here" in p.message]
    assert told.severity == "error" and told.path[-1] == field, found


def test_a_limit_that_is_missing_is_told() -> None:
    found = problems(document(a={"length": 1, "next": {"wait": "x", "then": "a", "otherwise": {"end": True}}}))
    assert [(p.severity, p.path[-1]) for p in found] == [("warning", "otherwise")], found


def test_names_that_nothing_could_use_are_refused() -> None:
    for word in ("true", "not"):
        assert any("word of every `if`" in p.message for p in problems(document(a={}) | {"variables": {word: {"type": "bool"}}}))
    for signal in ("", "x" * 300):  # `cutscene_signal` takes at most 256 characters
        assert any("name for a signal" in p.message for p in problems(document(a={"next": {"wait": signal}})))
    assert any("'one' is not a version" in p.message for p in problems(document(a={}) | {"format": "one"}))


def test_a_long_document_that_is_all_wrong_is_refused_after_a_hundred_errors() -> None:
    """To look for all of 5000 errors would take minutes, in which the daemon serves nobody else."""
    lanes = {f"bad{k}": lane((0, 1)) for k in range(5)}
    found = problems(document(**{f"s{k}": {"lanes": lanes, "next": f"t{k}"} for k in range(1000)}))
    assert [p.severity for p in found].count("error") == 100
    names = ",".join(f'"v{k}": 0' for k in range(100_000))
    assert "appears twice" in problems("{" + names + ', "v99999": 0}')[0].message


def test_skip_leaves_a_cycle_that_nobody_ends() -> None:
    p, timeline = player(document(a={"length": 1, "next": "b"}, b={"length": 1, "next": {"wait": "door", "then": "a"}}))
    p.play(0.0, timeline)
    p.skip(0.5, timeline)
    assert p.status == "ended" and len(p.advance(0.5, timeline)) < 10


def test_a_choice_of_which_nothing_is_offered_ends_the_cutscene() -> None:
    d = document(a={"length": 1, "next": {"choice": [{"id": "x", "if": "rich", "then": "a"}]}})
    p, timeline = player(d | {"variables": {"rich": {"type": "bool"}}})
    assert any("No option may be offered" in w.message for w in problems(d | {"variables": {"rich": {"type": "bool"}}}))
    p.play(0.0, timeline)
    assert run(p, timeline, 2.0) == [("shot", 0.0, "a", ""), ("ended", 1.0, "a", "")]


def test_a_signal_counts_that_comes_while_the_shot_waits_for_another() -> None:
    p, timeline = player(document(a={"next": {"wait": "key", "then": {"wait": "door", "then": "b"}}}, b={"length": 1}))
    p.play(0.0, timeline)
    run(p, timeline, 0.5)
    assert p.signal("door", 0.5, timeline) is True and p.signal("key", 0.6, timeline) is True and p.shot == "b"


def test_a_tampered_snapshot_of_a_cutscene_is_refused() -> None:
    d = document(a={"lanes": {"energy": lane((0, 0.2))}, "next": {"wait": "door", "then": "b"}}, b={"length": 1})
    p, timeline = player(d)
    p.play(0.0, timeline)
    run(p, timeline, 0.5)
    kept = p.dump()
    other, _ = player(d)
    other.load(kept)
    assert other.dump() == kept
    nan = np.full(SCHEMA["energy"].shape, np.nan, np.float32).tobytes()
    for wrong in (
        {"next": {"wait": "door", "then": {"branch": [{"if": "unknown", "then": "b"}]}}},
        {"next": {"wait": "door", "meanwhile": {"loop": [1, 1]}}},
        {"entering": {}},
        {"entering": kept["entering"] | {"energy": [nan, 1.0]}},
        {"fade": [float("nan"), "linear"]},
    ):
        with pytest.raises(ValueError):
            other.load(kept | wrong)
    assert other.dump() == kept


def test_another_version_of_one_that_does_not_play_says_nothing() -> None:
    p, timeline = player(document(a={"length": 1}))
    other, _ = player(document(a={"length": 2}))
    p.replace(other, 0.0, timeline)
    assert other.status == "ended" and not other.advance(0.1, timeline)


def test_the_values_of_a_document_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambridge.cutscene.lanes.MAX_BYTES", 4096)
    with pytest.raises(DreamError, match="take more than") as e:
        player(document(a={"lanes": {"prompt": lane(*((k, f"house {k}") for k in range(20)))}}))
    assert e.value.code == "too_large"
