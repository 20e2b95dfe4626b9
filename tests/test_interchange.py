"""Cutscenes from and to OpenTimelineIO, Scope's timeline and tables of keys: what is kept, and what is told as lost."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from dreambridge.bundle.find import open_bundle
from dreambridge.commands import cutscene
from dreambridge.cutscene.checks import check
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.read import read
from dreambridge.interchange.files import export_file, import_file
from dreambridge.interchange.keys_csv import from_csv, to_csv
from dreambridge.interchange.layout import layout
from dreambridge.interchange.walk import walk
from dreambridge.protocol.errors import DreamError

ARRIVAL = Path(__file__).parent.parent / "examples" / "arrival.dream.json"
VISTA = open_bundle("vista").manifest.directed


def document(plain: dict[str, Any]) -> Document:
    d, problems, text = read(json.dumps(plain))
    assert d is not None, problems
    assert [p for p in check(d, text, VISTA) if p.severity == "error"] == []
    return d


@pytest.fixture(scope="module")
def arrival() -> dict[str, Any]:
    return json.loads(ARRIVAL.read_text())


def exported(plain: dict[str, Any], *choices: str) -> tuple[Any, list[str]]:
    made = export_file(document(plain), plain, Path("x.otio"), choices=choices, schema=VISTA)
    return otio.adapters.read_from_string(made.text, "otio_json"), made.notes


def test_a_way_becomes_a_track_of_clips(arrival: dict[str, Any]) -> None:
    timeline, notes = exported(arrival, "refuse")
    track = timeline.tracks[0]
    assert [c.name for c in track.find_clips()] == ["dawn", "crossing", "storm"]
    assert track.duration().to_seconds() == pytest.approx(4 + 3 + 5)
    dawn = track[0]
    assert [(m.name, m.marked_range.start_time.to_seconds()) for m in dawn.markers] == [("gulls", 2.0)]
    hours = list(dawn.metadata["dreambridge"]["samples"]["time_of_day"])
    assert (hours[0], hours[48]) == (5.0, pytest.approx(6.25))  # 24 frames/s, 5 to 7.5 in 4 s
    # The next shot starts at the value that this one left: nothing is sampled from a default.
    crossing = list(track[1].metadata["dreambridge"]["samples"]["time_of_day"])
    assert crossing[0] == pytest.approx(7.5) and len(crossing) == 72
    assert any("'refuse' was taken, 'pay' left out" in n for n in notes)
    assert any("branch" in n for n in notes)
    assert [c.name for c in exported(arrival, "pay")[0].tracks[0].find_clips()] == ["dawn", "crossing", "calm"]


def test_otio_there_and_back_keeps_keys_marks_and_transitions(arrival: dict[str, Any]) -> None:
    timeline, _ = exported(arrival, "refuse")
    back = import_file(Path("cut.otio"), otio.adapters.write_to_string(timeline, "otio_json").encode())
    document(back.document)
    for name in ("dawn", "crossing", "storm"):
        assert back.document["shots"][name]["lanes"] == arrival["shots"][name]["lanes"]
    assert back.document["shots"]["dawn"]["marks"] == {"gulls": 2.0}
    assert back.document["shots"]["crossing"]["next"] == {"shot": "storm", "transition": {"seconds": 1.5}}
    assert (back.document["seed"], back.document["bundle"]) == (7, "vista")
    assert back.notes == []


def test_what_the_editor_did_to_the_clips_counts(arrival: dict[str, Any]) -> None:
    timeline, _ = exported(arrival)
    track = timeline.tracks[0]
    second = otio.opentime.RationalTime(24, 24)
    track[0].source_range = otio.opentime.TimeRange(second, second + second)  # its first second and its last one are cut off
    del track[2:]
    track.append(otio.schema.Gap(source_range=otio.opentime.TimeRange(duration=second)))
    again = track[0].deepcopy()
    again.effects.append(otio.schema.Effect("blur", "Blur"))
    track.append(again)
    back = import_file(Path("cut.otio"), otio.adapters.write_to_string(timeline, "otio_json").encode())
    shots = back.document["shots"]
    assert list(shots) == ["dawn", "crossing", "dawn-2"]
    assert (shots["dawn"]["length"], shots["crossing"]["length"]) == (2.0, 4.0)
    assert shots["dawn"]["marks"] == {"gulls": 1.0}
    # 5 to 7.5 in 4 s, of which the seconds 1 to 3 are left
    assert [(k["at"], k["value"]) for k in shots["dawn"]["lanes"]["time_of_day"]["keys"]] == [(0, 5.625), (2.0, 6.875)]
    assert [k["value"] for k in shots["dawn"]["lanes"]["prompt"]["keys"]] == ["a quiet coast at first light"]
    said = " ".join(back.notes)
    assert all(word in said for word in ("gap of 1 s", "was trimmed", "effects")), said
    document(back.document)


def test_a_foreign_cut_list_becomes_shots() -> None:
    timeline = otio.schema.Timeline("edit")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(50, 25))
    for name in ("Scene 1 / take 2.mov", "Scene 1 / take 2.mov", "", "日の出"):
        track.append(otio.schema.Clip(name, otio.schema.ExternalReference("file:///a.mov", span), span))
    timeline.tracks.append(track)
    timeline.tracks.append(otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio))
    back = import_file(Path("my edit.otio"), otio.adapters.write_to_string(timeline, "otio_json").encode())
    d = document(back.document)
    assert (d.name, list(d.shots)) == ("my-edit", ["Scene-1---take-2-mov", "Scene-1---take-2-mov-2", "shot3", "shot4"])
    assert {s.seconds for s in d.shots.values()} == {2.0}
    assert sum("shows the file" in n for n in back.notes) == 4 and any("Sound" in n for n in back.notes)


def test_an_event_is_not_triggered_again_by_a_trim(arrival: dict[str, Any]) -> None:
    timeline, _ = exported(arrival, "refuse")
    storm = timeline.tracks[0][-1]
    three = otio.opentime.RationalTime(72, 24)
    storm.source_range = otio.opentime.TimeRange(three, otio.opentime.RationalTime(24, 24))
    back = import_file(Path("cut.otio"), otio.adapters.write_to_string(timeline, "otio_json").encode())
    lanes = back.document["shots"]["storm"]["lanes"]
    assert lanes["event"]["keys"] == [{"at": 0.2, "value": "lightning"}]
    assert lanes["weather"]["keys"] == [{"at": 0, "value": "storm"}]


SCOPE = {
    "version": "2.1",
    "settings": {"seed": 42, "pipelineId": "longlive", "loras": []},
    "prompts": [
        {"startTime": 0, "endTime": 4, "prompts": [{"text": "a calm sea", "weight": 100}]},
        {
            "startTime": 4,
            "endTime": 8,
            "prompts": [{"text": "gulls", "weight": 20}, {"text": "a storm", "weight": 80}],
            "transitionSteps": 4,
            "temporalInterpolationMethod": "slerp",
        },
        {"startTime": 8, "endTime": 8, "text": "empty"},
    ],
}


def test_an_otio_file_that_was_damaged_is_told(arrival: dict[str, Any]) -> None:
    """Its times, and what this program wrote into its metadata."""
    text = otio.adapters.write_to_string(exported(arrival, "pay")[0], "otio_json")

    def changed(change: Any) -> bytes:
        timeline = json.loads(text)
        change(timeline["tracks"]["children"][0]["children"][0])
        return json.dumps(timeline).encode()

    def lanes(value: Any) -> Any:
        return lambda clip: clip["metadata"]["dreambridge"]["shot"].update(lanes=value)

    for damage in (
        [1],
        {"weather": "rain"},
        {"weather": {"keys": [{"value": 1}]}},
        {"weather": {"keys": [{"at": 0, "easing": "x"}]}},
    ):
        found = import_file(Path("a.otio"), changed(lanes(damage)))
        assert any("metadata of the clip 'dawn' is damaged" in note for note in found.notes), damage
        assert "lanes" not in found.document["shots"]["dawn"] and found.document["shots"]["crossing"]["lanes"], damage
    for field, value, said in (
        ("rate", 0, "takes inf s"),
        ("value", -5, "takes -0.2083 s"),
        ("value", 1e300, "takes 4.16667e+298 s"),
    ):
        data = changed(lambda clip, field=field, value=value: clip["source_range"]["duration"].update({field: value}))
        with pytest.raises(DreamError, match=f"clip 'dawn' {re.escape(said)}"):
            import_file(Path("a.otio"), data)


def test_scope() -> None:
    back = import_file(Path("timeline-2026-01-01.json"), json.dumps(SCOPE).encode())
    d = document(back.document)
    assert (d.seed, d.shots["timeline"].length) == (42, 8.0)
    first, second = d.shots["timeline"].lanes["prompt"].keys
    assert (first.at, first.value, second.at, second.over) == (0.0, "a calm sea", 5.0, 1.0)
    assert second.value == "a storm, gulls"
    assert [w for n in back.notes for w in ("weight", "transition step", "pipelineId") if w in n] == [
        "weight",
        "transition step",
        "pipelineId",
    ]


def test_a_table_there_and_back(arrival: dict[str, Any]) -> None:
    values = {"at": 0.5, "value": {"oil": 0.5, "ink": 0.5}}, {"at": 1, "value": None}, {"at": 2, "value": "7"}
    arrival = {**arrival, "shots": {**arrival["shots"], "calm": {"lanes": {"style": {"keys": list(values), "game": True}}}}}
    table = to_csv(arrival).text
    emptied = json.loads(json.dumps(arrival))
    for shot in emptied["shots"].values():
        for lane in shot["lanes"].values():
            lane["keys"] = []
    back = from_csv("keys.csv", table.encode(), "x", emptied)
    assert back.document == arrival  # the order of fields aside
    german = table.replace(",", ";").replace("0.5;", "0,5;")
    assert (
        from_csv("keys.csv", german.encode("utf-8-sig"), "x", emptied).document["shots"]["calm"]["lanes"]["style"]["keys"][0][
            "at"
        ]
        == 0.5
    )


def test_a_table_alone_becomes_shots_in_order() -> None:
    table = 'shot,lane,at,value\nb,weather,1,rain\nb,time_of_day,0,"6,5"\na,weather,2,clear\n'
    d = document(from_csv("k.csv", table.encode(), "x", None).document)
    assert (d.first, d.shots["b"].next, d.shots["b"].lanes["time_of_day"].keys[0].value) == ("b", "a", 6.5)


BAD = [
    ("x.csv", b"shot,lane\n", "x.csv:1: the table has no column at."),
    ("x.csv", b"shot,lane,at\na,b,x\n", "x.csv:2: at = 'x' is not a number."),
    ("x.csv", b"shot,lane,at\na,b,1\na,b,1\n", "x.csv:3: the lane 'b' has another key at 1 s."),
    ("x.csv", b"shot,lane,at\na,b,nan\n", "is not a time"),
    ("x.csv", b"shot,lane,at\na,b,1,2\n", "more cells"),
    ("x.csv", b"shot,lane,at\n\xff,b,1\n", "not UTF-8: byte 13 is 0xff"),
    ("x.csv", b"", "no column shot, lane, at"),
    ("x.json", b"{\n 'a'}", "x.json:2:2: the file is not JSON"),
    ("x.json", b"[]", "no list `prompts`"),
    ("x.json", b'{"prompts": [{"startTime": 1, "endTime": 0, "text": "a"}]}', "block 1: it ends at 0 s"),
    ("x.json", b'{"prompts": [{"startTime": 0, "endTime": 1, "text": " "}]}', "block 1: it has no text"),
    ("x.json", b'{"prompts": [{"startTime": true, "endTime": 1}]}', "startTime = True"),
    ("x.json", b'{"prompts": []}', "no block that takes time"),
    ("x.json", b"[" * 100_000, "nested"),
    ("x.otio", b"{}", "x.otio"),
    ("x.otio", b'{"OTIO_SCHEMA": "Timeline.1"', "not JSON"),
    ("x.otio", b'{"OTIO_SCHEMA": "Clip.2"}', "not OpenTimelineIO"),
    ("x.otio", otio.adapters.write_to_string(otio.schema.Clip(), "otio_json").encode(), "holds a Clip"),
    ("x.otio", b'{"a":' * 50_000, "nested deeper than 200"),
    ("x.otio", b'{"a":' * 500 + b"1" + b"}" * 500, "nested deeper than 200"),
    ("x.otio", otio.adapters.write_to_string(otio.schema.Timeline(), "otio_json").encode(), "no video track"),
    ("x.xml", b"", "files .xml cannot be imported"),
    ("x.dream.json", b'{"shots": {}}', "it is a cutscene already"),
    ("x.dream.json", b"", "the file is not JSON"),
    ("x.dream.json", b"\x00\xff", "the file is not UTF-8: byte 1 is 0xff"),
    ("x.dream.json", b"{}", "it has no `shots`"),
]


@pytest.mark.parametrize(("name", "data", "said"), BAD, ids=[f"{n}-{k}" for k, (n, *_) in enumerate(BAD)])
def test_bad_files_say_what_and_where(name: str, data: bytes, said: str) -> None:
    with pytest.raises(DreamError) as e:
        import_file(Path(name), data)
    assert said in e.value.message


def test_ways_that_cannot_be_exported(arrival: dict[str, Any]) -> None:
    with pytest.raises(DreamError, match="'swim' is not offered in the shot 'dawn'"):
        exported(arrival, "swim")
    with pytest.raises(DreamError, match="ended before 'swim' could be chosen"):
        exported(arrival, "pay", "swim")
    circle = {"format": "1.0", "name": "c", "shots": {"a": {"length": 1, "next": "a"}}}
    with pytest.raises(DreamError, match="more than 1000 shots"):
        walk(document(circle))


def test_the_layout_keeps_a_key_on_a_line(arrival: dict[str, Any]) -> None:
    text = layout(arrival)
    assert json.loads(text) == arrival and list(json.loads(text)) == list(arrival)
    assert max(map(len, text.splitlines())) <= 112
    assert sum('"at"' in line for line in text.splitlines()) >= 8


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, back = tmp_path / "keys.csv", tmp_path / "back.dream.json"
    cutscene.export_to(ARRIVAL, table, bundle=None, fps=24, choices=[])
    table.write_text(table.read_text().replace("4,7.5", "4,9.5"))
    cutscene.import_to(table, back, into=ARRIVAL, bundle=None)
    out = capsys.readouterr()
    assert out.out.split() == [str(table), str(back)] and "stay in the document" in out.err
    assert json.loads(back.read_text())["shots"]["dawn"]["lanes"]["time_of_day"]["keys"][1]["value"] == 9.5
    with pytest.raises(DreamError, match="exists"):
        cutscene.import_to(table, back, into=ARRIVAL, bundle=None)
    cutscene.import_to(table, back, into=back, bundle=None)  # into itself
    scope, made = tmp_path / "t.json", tmp_path / "t.dream.json"
    scope.write_text(json.dumps(SCOPE))
    with pytest.raises(SystemExit):  # the file is written, and its problem is named
        cutscene.import_to(scope, made, into=None, bundle="vista", condition="prommpt")
    assert "prommpt" in capsys.readouterr().err and made.exists()


def test_without_the_library(tmp_path: Path) -> None:
    code = f"""import sys; sys.modules['opentimelineio'] = None
from dreambridge.commands.cli import main
sys.argv = ['dreambridge', 'cutscene', 'export', {str(ARRIVAL)!r}, '--out', {str(tmp_path / "a.otio")!r}]
raise SystemExit(main())"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0 and "pip install 'dreambridge[otio]'" in done.stderr, done.stderr
