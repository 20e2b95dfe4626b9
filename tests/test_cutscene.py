"""Cutscene documents: read, checked with all problems at once, and played at a stream time."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from dreambridge.bundle.find import open_bundle
from dreambridge.conditioning.timeline import Timeline, eased
from dreambridge.conditioning.values import default
from dreambridge.cutscene.checks import check
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.expressions import ExpressionError, parse
from dreambridge.cutscene.lanes import encode_lanes
from dreambridge.cutscene.player import Player
from dreambridge.cutscene.problems import Problem
from dreambridge.cutscene.read import MAX_DOCUMENT, read
from dreambridge.protocol.errors import DreamError

SCHEMA = open_bundle("vista").manifest.directed
ROOT = Path(__file__).resolve().parent.parent
FPS = 24


def sentence(name: str, text: str) -> Any:
    """A stand-in for the sentence encoder: an embedding of unit length that is unique to this text."""
    v = np.random.default_rng(sum(text.encode())).standard_normal(SCHEMA[name].size).astype(np.float32)
    return v / np.linalg.norm(v)


def lane(*keys: Any, **more: Any) -> dict[str, Any]:
    return {"keys": [{"at": k[0], "value": k[1], **(k[2] if len(k) > 2 else {})} for k in keys], **more}


def document(**shots: Any) -> dict[str, Any]:
    return {"format": "1.0", "name": "test", "bundle": "vista", "start": next(iter(shots)), "shots": shots}


def problems(d: Any, schema: Any = SCHEMA) -> list[Problem]:
    text = d if isinstance(d, (str, bytes)) else json.dumps(d)
    doc, found, whole = read(text)
    return found if doc is None else check(doc, whole, schema, "vista")


def player(d: dict[str, Any]) -> tuple[Player, Timeline]:
    doc, found, text = read(json.dumps(d))
    assert doc is not None and not found, found
    assert not [p for p in check(doc, text, SCHEMA, "vista") if p.severity == "error"]
    return Player(doc, encode_lanes(doc, SCHEMA, sentence), SCHEMA), Timeline(SCHEMA)


def run(p: Player, timeline: Timeline, until: float, begin: float = 0.0) -> list[tuple[str, float, str, str]]:
    out = []
    for k in range(round(begin * FPS), round(until * FPS) + 1):
        out += [(h.kind, round(h.time, 6), h.shot, h.name) for h in p.advance(k / FPS, timeline)]
    return out


def hour(timeline: Timeline, time: float) -> float:
    return float(timeline.at(time)["time_of_day"][0][0, 0])


# -- reading and checking ------------------------------------------------------------------------------------------------
def test_every_problem_is_found_with_its_line_and_column() -> None:
    text = """{
 "format": "1.0", "name": "bad", "start": "dwn",
 "variables": {"coins": {"type": "number"}},
 "shots": {
  "dawn": {
   "lanes": {
    "time_of_day": {"keys": [{"at": -1, "value": 5}, {"at": 2, "value": 30}, {"at": 2, "value": 7}]},
    "wether": {"keys": [{"at": 0, "value": "rain"}]},
    "prompt": {"keys": [{"at": 0, "value": "[mira] waits"}]}
   },
   "marks": {"late": 9}, "length": 4,
   "next": {"branch": [{"if": "coins > 'x'", "then": "nowhere"}, {"then": "dawn"}]}
  }
 }
}"""
    found = {(p.line, p.column): p.message for p in problems(text) if p.severity == "error"}
    assert len(found) == 9, found
    for line, column, words in (
        (2, 43, "no shot 'dwn'"), (7, 37, "at = -1"), (7, 73, "out of range"), (7, 85, "two keys at 2 s"), (8, 15, "'wether'"),
        (9, 44, "character 'mira'"), (11, 22, "after the shot's end"), (12, 31, "compared with a text"), (12, 54, "'nowhere'"),
    ):  # fmt: skip
        assert words in found.get((line, column), ""), (line, column, sorted(found.items()))
    assert "Did you mean 'dawn'?" in [p.hint for p in problems(text)] and "Did you mean 'weather'?" in [
        p.hint for p in problems(text)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        (b"\xff{}", "not UTF-8"),
        ('{"format": "2.0"}', "format '2.0'"),
        ('{"format": "1.0", "name": "x", "name": "y", "shots": {}}', "'name' appears twice"),
        ('{"format": "1.0", "name": "x", "shots": {"a": {"length": NaN}}}', "NaN is not"),
        ('{"format": "1.0", "name": "x"}', "no `shots`"),
        ('{"format": "1.0", "name": "x", "shots": {}}', "no shots"),
        ('{"format": "1.0", "name": "x", "shots": {"a": {"lenght": 2}}}', "`lenght`"),
        ('{"format": "1.0", "name": "x", "shots": {"a": {"next": {"shot": "a", "end": true}}}}', "exactly one"),
        ('{"format": "1.0", "name": "x", "shots": {"a": {"next": "a"}}}', "without any time"),
        ("[" * 100_000, "nested deeper"),
        (" " * (MAX_DOCUMENT + 1), "4 MiB"),
    ],
)
def test_documents_that_cannot_be_played(text: str | bytes, words: str) -> None:
    assert any(words in p.message for p in problems(text)), problems(text)


def test_wrong_types_are_all_named_where_they_stand() -> None:
    text = '{"format": "1.0", "name": "x", "shots": {\n"a": {"lanes": {"energy": {"keys": [{"at": 0},\n{"at": "soon"}]}}},\n'
    text += '"b": {"length": "long"}}}'
    assert [(p.line, p.column) for p in problems(text)] == [(3, 8), (4, 17)]


def test_a_wait_in_a_cycle_is_time_enough() -> None:
    assert not [p for p in problems(document(a={"next": {"wait": "door", "then": "a"}})) if p.severity == "error"]


def test_ten_thousand_keys() -> None:
    keys = [(k / 100, (k % 240) / 10) for k in range(10_000)]
    p, timeline = player(document(a={"lanes": {"time_of_day": lane(*keys)}}))
    p.play(0.0, timeline)
    run(p, timeline, 50.0)
    assert hour(timeline, 50.0) == pytest.approx(keys[5000][1], abs=1e-4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("coins >= 3 and met", False),
        ("not met or mood == 'calm'", True),
        ("coins - 1 == 2", True),
        ("-coins < (0)", True),
        ('mood != "calm"', False),
        ("true and not false", True),
        ("not (coins > 2) or met", False),
    ],
)
def test_expressions(text: str, value: bool) -> None:
    e = parse(text, {"coins": float, "met": bool, "mood": str})
    assert e.type is bool and e.evaluate({"coins": 3.0, "met": False, "mood": "calm"}) is value


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("coins and met", "needs a bool", 0), ("foo > 1", "no variable 'foo'", 0), ("met ==", "ends too early", 6),
        ("coins $ 1", "'$'", 6), ("coins > mood", "compared with a text", 6), ("mood < mood", "compares numbers", 5),
        ("(met", "')'", 4), ("met met", "unexpected", 4), ("__import__('os')", "no variable", 0),
        ("(" * 500, "nested deeper", 33), ("not " * 200 + "met", "nested deeper", 132), ("1" * 2000, "limit", 0),
    ],
)  # fmt: skip
def test_expressions_that_are_refused(text: str, words: str, at: int) -> None:
    with pytest.raises(ExpressionError) as e:
        parse(text, {"coins": float, "met": bool, "mood": str})
    assert words in str(e.value) and e.value.at == at, (e.value, e.value.at)


# -- playing -------------------------------------------------------------------------------------------------------------
def test_lanes_give_their_keys_and_what_lies_between() -> None:
    p, timeline = player(document(a={"lanes": {
        "time_of_day": lane((0, 23), (2, 1, {"easing": "linear"}), (4, 1), (6, 7, {"over": 1.0})),
        "weather": lane((0, "clear"), (3, "storm", {"easing": "hold"})),
        "energy": lane((1, 0.5), (3, None, {"easing": "linear"})),
    }, "length": 8}))  # fmt: skip
    p.play(10.0, timeline)
    seen = {}
    for k in range(8 * FPS + 1):
        p.advance(10 + k / FPS, timeline)
        seen[k / FPS] = timeline.at(10 + k / FPS)
    hours = {t: float(v["time_of_day"][0][0, 0]) for t, v in seen.items()}
    assert hours[0] == 23 and hours[1] == pytest.approx(0, abs=1e-5), "over midnight by the short way"
    assert hours[2] == 1 and hours[5] == 1 and hours[5.5] == pytest.approx(1 + 6 * eased("smooth", 0.5)) and hours[8] == 7
    storm = SCHEMA["weather"].options.index("storm")
    assert seen[2.75]["weather"][0][0, storm] == 0 and seen[3]["weather"][0][0, storm] == 1
    assert seen[2]["energy"][1] == pytest.approx(0.5) and seen[3]["energy"][1] == 0 and seen[8]["energy"][1] == 0
    assert seen[7]["time_of_day"] is seen[8]["time_of_day"], "what rests is the very same pair"


def test_prompts_cross_fade_and_speak_of_their_characters() -> None:
    d = document(a={"lanes": {"prompt": lane((0, "[mira] at dawn"), (2, "a storm", {"easing": "linear"}))}, "length": 3})
    p, timeline = player(d | {"characters": {"mira": {"phrase": "a girl in red"}}})
    p.play(0.0, timeline)
    run(p, timeline, 1.0)
    middle = timeline.at(1.0)["prompt"][0][0]
    both = sentence("prompt", "a girl in red at dawn") + sentence("prompt", "a storm")
    assert np.allclose(middle, both / np.linalg.norm(both), atol=1e-5)


def test_events_strike_at_their_own_time_whatever_the_rate() -> None:
    d = document(a={"lanes": {"event": {"keys": [{"at": 0.51, "value": "lightning"}]}}, "length": 2})
    got = []
    for fps in (24, 7):
        p, timeline = player(d)
        p.play(0.0, timeline)
        for k in range(fps + 1):
            p.advance(k / fps, timeline)
        got.append(timeline.at(1.0)["event"][0])
    assert got[0].max() > 0.1 and np.allclose(*got, atol=1e-6)


def test_shots_follow_each_other_at_their_exact_time_with_a_transition_or_a_cut() -> None:
    p, timeline = player(
        document(
            a={
                "lanes": {"time_of_day": lane((0, 6))},
                "length": 1.01,
                "marks": {"gull": 0.33},
                "next": {"shot": "b", "transition": {"seconds": 1, "easing": "linear"}},
            },
            b={"lanes": {"time_of_day": lane((0, 10))}, "length": 2, "next": {"shot": "c", "cut": True, "seed": 9}},
            c={"lanes": {"time_of_day": lane((0, 20))}, "length": 1},
        )
    )
    p.play(0.0, timeline)
    said = run(p, timeline, 1.5)
    assert said == [("shot", 0.0, "a", ""), ("mark", 0.33, "a", "gull"), ("shot", 1.01, "b", "")]
    assert hour(timeline, 1.5) == pytest.approx(6 + 4 * 0.49, abs=1e-5) and not p.cut
    assert p.stands(1.5).fade.seconds == 1 and p.stands(1.5).fade.easing == "linear"
    assert run(p, timeline, 5.0, 1.5 + 1 / FPS) == [("shot", 3.01, "c", ""), ("ended", 4.01, "c", "")]
    assert p.cut and p.seed == 9 and hour(timeline, 5.0) == 20


def test_a_wait_holds_loops_or_drifts_and_ends_by_its_signal_or_its_limit() -> None:
    keys = lane((0, 6), (2, 10, {"easing": "linear"}))
    wait: dict[str, Any] = {"wait": "door", "then": "b", "limit": 3, "otherwise": {"end": True}}
    shots = {"b": {"length": 1}}
    p, timeline = player(document(a={"lanes": {"time_of_day": keys}, "next": wait | {"meanwhile": {"loop": [1, 2]}}}, **shots))
    p.play(0.0, timeline)
    assert run(p, timeline, 2.5)[-1] == ("waiting", 2.0, "a", "door")
    assert hour(timeline, 2.5) == pytest.approx(9, abs=1e-5)
    assert p.signal("window", 2.5, timeline) is False and p.signal("door", 2.5, timeline) is True and p.shot == "b"

    drift = {"drift": {"time_of_day": 0.5}, "seconds": 2.0}
    p, timeline = player(document(a={"lanes": {"time_of_day": keys}, "next": wait | {"meanwhile": drift}}, **shots))
    p.play(0.0, timeline)
    run(p, timeline, 2.5)
    assert hour(timeline, 2.5) == pytest.approx(10.5, abs=1e-5)
    assert run(p, timeline, 6.0, 2.5 + 1 / FPS)[-1] == ("ended", 5.0, "a", "")

    p, timeline = player(document(a={"lanes": {"time_of_day": keys}, "next": wait}, **shots))
    p.play(0.0, timeline)
    run(p, timeline, 1.0)
    assert p.signal("door", 1.0, timeline) is True, "an early signal is kept until the shot waits for it"
    assert ("shot", 2.0, "b", "") in run(p, timeline, 2.1, 1.0 + 1 / FPS)


def branching() -> dict[str, Any]:
    d = document(
        inn={
            "length": 1,
            "next": {
                "choice": [
                    {"id": "pay", "text": "Pay", "if": "coins >= 2", "set": {"paid": True}, "then": "street"},
                    {"id": "run", "text": "Run", "then": "street"},
                ],
                "limit": 4,
                "default": "run",
            },
        },
        street={"length": 1, "next": {"branch": [{"if": "paid", "then": "feast"}, {"then": "jail"}]}},
        feast={"length": 1},
        jail={"length": 1},
    )
    return d | {"variables": {"coins": {"type": "number", "default": 3}, "paid": {"type": "bool"}}}


def test_a_choice_sets_variables_and_a_branch_asks_them() -> None:
    p, timeline = player(branching())
    p.play(0.0, timeline)
    with pytest.raises(DreamError, match="no open choice"):
        p.choose("pay", 0.0, timeline)
    happened = [h for k in range(FPS + 1) for h in p.advance(k / FPS, timeline)]
    assert happened[-1].kind == "choice" and happened[-1].options == (("pay", "Pay"), ("run", "Run")) and happened[-1].limit == 4
    with pytest.raises(DreamError, match="'fly' is not offered"):
        p.choose("fly", 1.0, timeline)
    p.choose("pay", 1.25, timeline)
    assert [x[2] for x in run(p, timeline, 4.0, 1.25) if x[0] == "shot"] == ["street", "feast"]


def test_nobody_chooses_and_a_variable_is_set_by_the_game() -> None:
    p, timeline = player(branching())
    p.play(0.0, timeline)
    p.set({"coins": 1})
    with pytest.raises(DreamError, match="not a bool"):
        p.set({"coins": 5, "paid": 1})
    assert p.variables["coins"] == 1, "all or none"
    happened = [h for k in range(8 * FPS) for h in p.advance(k / FPS, timeline)]
    assert [h.options for h in happened if h.kind == "choice"] == [(("run", "Run"),)]
    assert [(h.shot, h.time) for h in happened if h.kind == "shot"] == [("inn", 0.0), ("street", 5.0), ("jail", 6.0)]


def test_skip_goes_to_the_next_choice_then_to_the_end() -> None:
    p, timeline = player(branching())
    p.play(0.0, timeline)
    p.skip(0.5, timeline)
    assert p.status == "choosing" and p.shot == "inn"
    p.choose("pay", 0.5, timeline)
    p.skip(0.6, timeline)
    assert p.status == "ended" and p.shot == "feast"


def test_what_the_game_directs_wins_until_it_is_released() -> None:
    shots = {"a": {"lanes": {"time_of_day": lane((0, 6), (8, 14, {"easing": "linear"})), "energy": lane((0, 0.2), game=True)}}}
    p, timeline = player(document(**shots))
    p.play(0.0, timeline)
    run(p, timeline, 1.0)
    for name, value in (("time_of_day", 20), ("energy", 0.9)):
        timeline.direct({name: np.full((1, 1), value, np.float32)}, 1.0, 0.0)
    p.hold(["time_of_day", "energy"])
    run(p, timeline, 3.0, 1.0)
    assert hour(timeline, 3.0) == 20
    assert p.release(3.0, timeline, over=1.0) == ["time_of_day"], "the other lane is the game's"
    run(p, timeline, 3.5, 3.0)
    assert 9 < hour(timeline, 3.5) < 20
    run(p, timeline, 5.0, 3.5)
    assert hour(timeline, 5.0) == pytest.approx(11, abs=1e-5) and timeline.at(5.0)["energy"][0][0, 0] == np.float32(0.9)


def test_it_begins_at_a_mark() -> None:
    p, timeline = player(
        document(a={"lanes": {"time_of_day": lane((0, 6), (4, 10, {"easing": "linear"}))}, "marks": {"half": 2}})
    )
    p.play(5.0, timeline, "a", mark="half")
    assert [h.kind for h in p.advance(5.0, timeline)] == ["shot"] and hour(timeline, 5.0) == pytest.approx(8)
    for words in ({"shot": "b"}, {"mark": "x"}, {"at": 9.0}):
        with pytest.raises(DreamError):
            p.play(5.0, timeline, **words)  # type: ignore[arg-type]


def test_the_same_path_gives_the_same_conditions_at_each_frame() -> None:
    def conditions(fps: int) -> list[Any]:
        p, timeline = player(
            branching()
            | {
                "shots": {
                    **branching()["shots"],
                    "inn": branching()["shots"]["inn"] | {"lanes": {"time_of_day": lane((0, 5), (1, 9))}},
                    "feast": {"length": 1, "lanes": {"time_of_day": lane((0.5, 20)), "weather": lane((0.2, "storm"))}},
                }
            }
        )
        p.play(0.0, timeline)
        out = []
        for k in range(5 * fps):
            p.advance(k / fps, timeline)
            if p.status == "choosing":
                p.choose("pay", k / fps, timeline)
            if k % fps == 0 or k % fps == fps // 2:
                out.append({n: v[0].copy() for n, v in timeline.at(k / fps).items()})
        return out

    for a, b in zip(conditions(24), conditions(48), strict=True):
        assert all(np.allclose(a[n], b[n], atol=1e-6) for n in a)


def test_defaults_are_what_the_schema_says() -> None:
    assert (
        isinstance(read(json.dumps(document(a={})))[0], Document) and default(SCHEMA["weather"]).shape == SCHEMA["weather"].shape
    )


def test_the_document_s_example_is_a_cutscene() -> None:
    text = (ROOT / "protocol" / "CUTSCENE.md").read_text().split("```json\n")[1].split("```")[0]
    assert not problems(text), problems(text)
    jsonschema.validate(json.loads(text), json.loads((ROOT / "protocol" / "schema" / "cutscene.schema.json").read_text()))


def test_the_guide_s_example_is_a_cutscene() -> None:
    text = (ROOT / "docs" / "cutscenes.md").read_text().split("```json\n")[1].split("```")[0]
    assert not problems(text), problems(text)
