"""Takes: a recorded stream gives the same pixels again; what differs is told; damaged files are refused with their line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import jsonschema
import numpy as np
import pytest
from conftest import ROOT, soon
from dreambridge.bundle.find import find_bundles
from dreambridge.client.stream import Stream
from dreambridge.commands.cli import main
from dreambridge.commands.replay import replay
from dreambridge.engine.recorder import Recorder
from dreambridge.engine.take_requests import record
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Recorded
from dreambridge.protocol.requests import Record
from dreambridge.take.join import join_takes
from dreambridge.take.packing import packed
from dreambridge.take.read import parse_take
from level_cutscenes import document, ramp
from test_view import scene as view_scene
from test_watchdog import session

VALLEY: dict[str, Any] = {
    "format": "1.0", "name": "valley", "bundle": "vista", "start": "dawn", "variables": {"coins": {"type": "number"}},
    "shots": {
        "dawn": {
            "lanes": {"time_of_day": {"keys": [{"at": 0, "value": 5}, {"at": 0.4, "value": 9}]}},
            "length": 0.4, "marks": {"gull": 0.2},
            "next": {"choice": [{"id": "stay", "then": "rain"}, {"id": "go", "then": "night"}]},
        },
        "rain": {
            "lanes": {"weather": {"keys": [{"at": 0.2, "value": "rain"}]}},
            "length": 0.4, "next": {"wait": "bell", "then": "night"},
        },
        "night": {
            "lanes": {"time_of_day": {"keys": [{"at": 0.4, "value": 22}]}}, "length": 0.5,
            "next": {"shot": "dawn", "cut": True, "seed": 9},
        },
    },
}  # fmt: skip


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1)
    yield s
    s.close()


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def live(daemon: dreambridge.Daemon, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take of a paced stream, from its middle on: a cutscene, directions by hand, choices, a rewind, another rate."""
    path = tmp_path_factory.mktemp("take") / "live.take.jsonl"
    with daemon.open("vista", seed=5, fps=20, threads=1) as s:
        soon(lambda: s.stats().frames > 4)
        s.direct(style="ink", over=1.0)  # under way when the take begins
        with s.record() as recording:
            scene = s.cutscene(VALLEY)
            scene.play()
            s.direct(weather="snow", over=0.3)
            scene.wait("choice", timeout=60)
            s.keep("crossroads")
            scene.choose("stay")
            scene.set(coins=3)
            scene.wait("waiting", timeout=60)
            s.pause()
            s.step(3, dt=1 / 15)  # another rate, as if the machine were too slow
            s.resume()
            scene.signal("bell")
            scene.release(over=0.4)
            scene.wait("shot", "dawn", timeout=60)
            s.rewind(name="crossroads")
            scene.choose("go")
            soon(lambda: recording.read() and recording.steps > 50, 60)
        recording.stop(path)
    return path


def test_a_live_take_gives_the_same_pixels_again(live: Path) -> None:
    result = replay(live, quiet=True)
    lines = lines_of(live.read_text())
    kinds = [line["type"] for line in lines]
    assert result["frames"] == result["compared"] == result["equal"] >= 50 and not result["told"]
    assert {"snapshot", "jump", "direct", "keep", "cutscene_load", "cutscene_release", "cutscene_signal"} <= set(kinds)
    runs = [line for line in lines if line["type"] == "frames"]
    assert {line["dt"] for line in runs} >= {1 / 20, 1 / 15} and sum(line["count"] for line in runs) == result["frames"]
    jump = next(line for line in lines if line["type"] == "jump")
    assert jump["why"] == "rewind" and jump["asked"] == {"name": "crossroads"} and jump["to"] < jump["frame"]
    schema = json.loads((ROOT / "protocol" / "schema" / "take.schema.json").read_text())
    for line in lines:
        jsonschema.validate(line, schema)


@pytest.mark.usefixtures("warm_ovens")
def test_a_take_without_one_of_its_directions_differs(live: Path, tmp_path: Path) -> None:
    """The control of the test above."""
    lines = lines_of(live.read_text())
    snow = next(k for k, line in enumerate(lines) if line["type"] == "direct")
    result = replay(written(tmp_path / "x.take.jsonl", lines[:snow] + lines[snow + 1 :]), quiet=True)
    assert result["equal"] < result["compared"] and result["first_different"] > lines[snow]["frame"]


@pytest.mark.usefixtures("warm_ovens")
def test_two_takes_without_a_gap_are_one(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """`restart` ends one in the middle of a transition and of a cutscene; joined, they repeat each frame."""
    path = tmp_path / "joined.take.jsonl"
    with daemon.open("vista", seed=5, fps=20, threads=1) as s:
        recording = s.record()
        scene = s.cutscene(VALLEY)
        scene.play()
        s.direct(weather="snow", style="ink", over=1.0)
        soon(lambda: recording.read() and recording.steps > 5, 60)
        first = recording.restart()
        scene.wait("choice", timeout=60)
        scene.choose("go")
        second = recording.restart()
        soon(lambda: recording.read() and recording.steps > 5, 60)
        third = recording.stop()
        with pytest.raises(DreamError, match="not being recorded"):
            recording.restart()
    begins = [next(line["frame"] for line in lines_of(t) if line["type"] == "snapshot") for t in (second, third)]
    assert begins == [lines_of(t)[-1]["frame"] for t in (first, second)], "no frame is between two of them"
    path.write_text(join_takes(join_takes(first, second), third))
    assert [line["type"] for line in lines_of(path.read_text())].count("snapshot") <= 1
    result = replay(path, quiet=True)
    steps = sum(line["count"] for t in (first, second, third) for line in lines_of(t) if line["type"] == "frames")
    assert result["frames"] == result["compared"] == result["equal"] == steps
    for wrong in ((first, third), (second, first), (first, first), ("", first), (first, "no take")):
        with pytest.raises(DreamError) as e:
            join_takes(*wrong)
        assert e.value.code == "bad_take" and e.value.hint


def test_from_the_open_on(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "open.take.jsonl"
    recording = stream.record()
    stream.step(3)
    stream.direct(level=0.25)
    stream.step(2)
    data = stream.snapshot()
    stream.cut(seed=8)
    stream.step(2)
    stream.restore(data)
    stream.step()
    text = recording.stop(path)
    assert [line["type"] for line in lines_of(text)[:3]] == ["take", "open", "frames"]
    assert recording.stop() == text == path.read_text() and not recording.recording and recording.steps == 8
    result = replay(path, quiet=True)
    assert result["equal"] == result["compared"] == 8, "the card shows index and revision"


def test_a_transition_back_to_a_lane_outlives_snapshots(stream: Stream) -> None:
    scene = stream.cutscene(document(only=ramp((0, 0), (2, 0))))
    scene.play()
    stream.direct(level=1.0)
    stream.step()
    scene.release(over=1.0)
    stream.step(5)
    data = stream.snapshot()
    once = [f.pixels[..., 0].tobytes() for f in stream.step(20)]
    stream.restore(data)
    assert [f.pixels[..., 0].tobytes() for f in stream.step(20)] == once


@pytest.mark.usefixtures("warm_ovens")
def test_views(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    paths = {}
    for views in (True, False):
        with daemon.open("testcard", paused=True, fps=30, threads=1) as s:
            s.view(*view_scene(1))
            s.step(2)
            recording = s.record(views=views)
            s.step(2)
            s.view(*view_scene(2))
            s.view(*view_scene(3))  # only the newest is taken
            s.step(2)
            label, depth = view_scene(4)
            s.view(None, colour=label[::-1], motion=np.dstack([depth, -depth]) * 9)
            s.step(2)
            s.view(label, depth, normal=np.dstack([depth, depth, 1 - depth]))
            s.step(2)
            s.view(None)
            s.step()
            paths[views] = tmp_path / f"views-{views}.take.jsonl"
            recording.stop(paths[views])
    with_views = replay(paths[True], quiet=True)
    assert with_views["equal"] == with_views["compared"] == 9 and not with_views["told"]
    without = replay(paths[False], quiet=True)
    assert without["equal"] == 1 and "a view that was not recorded" in without["told"][0]


@pytest.mark.usefixtures("warm_ovens")
def test_pictures_of_a_direction_are_in_the_take(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    with daemon.open("vista", paused=True, threads=1) as s:
        name = next(n for n, c in s.conditions.items() if c["kind"] == "image")
        recording = s.record()
        s.direct(**{name: np.full((32, 32, 3), 90, np.uint8)})
        s.step(2)
        recording.stop(tmp_path / "p.take.jsonl")
    kinds = [line["type"] for line in lines_of(recording.text)]
    assert kinds == ["take", "open", "file", "direct", "frames", "end"]
    assert replay(tmp_path / "p.take.jsonl", quiet=True)["equal"] == 2
    lines = lines_of(recording.text)
    lines[3]["values"][name] = "/etc/hostname"
    with pytest.raises(DreamError, match=r"q\.take\.jsonl:4: .* is a text") as e:
        replay(written(tmp_path / "q.take.jsonl", lines), quiet=True)
    assert e.value.code == "bad_take"


@pytest.mark.usefixtures("warm_ovens")
def test_by_hand_in_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(
        tmp_path / "script.take.jsonl",
        [
            {"type": "take", "format": "1.0", "bundle": "testcard", "fps": 10},
            {"type": "open", "values": {"level": 0}},
            {"type": "direct", "time": 0.5, "values": {"level": 1}},
            {"type": "end", "time": 1.0},
        ],
    )
    assert _exits(["replay", str(path)]) == 0
    assert "10 frames" in capsys.readouterr().out


def _exits(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as e:
        return int(e.code or 0)


def test_what_differs_is_told(live: Path, stream: Stream, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = stream.record()
    stream.step(2)
    lines = lines_of(recording.stop())
    head = lines[0]
    assert head["provider"] == "cpu" and head["threads"] == 1 and head["bundle"] == "testcard"
    other = written(tmp_path / "a.take.jsonl", [head | {"provider": "openvino", "onnxruntime": "1.2.3"}, *lines[1:]])
    told = replay(other, threads=2, quiet=True)["told"]
    assert len(told) == 3 and "2" in told[0] and "1.2.3" in told[1] and "'openvino'" in told[2]
    newer = written(tmp_path / "b.take.jsonl", [head | {"bundle_sha256": "0" * 64}, *lines[1:]])
    with pytest.raises(DreamError, match=r"0000.*here testcard") as e:
        replay(newer, quiet=True)
    assert e.value.code == "bad_take" and "--anyway" in e.value.hint
    result = replay(newer, anyway=True, quiet=True)
    assert "The pixels differ" in result["told"][0] and result["equal"] == 2
    lines[2]["digests"][1] = "0" * 16
    assert _exits(["replay", str(written(tmp_path / "c.take.jsonl", lines))]) == 1
    assert "1 differ from the recording, first the frame 1" in capsys.readouterr().out
    snapshot = lines_of(live.read_text())
    snapshot[0]["bundle_sha256"] = "0" * 64
    with pytest.raises(DreamError) as e:
        replay(written(tmp_path / "d.take.jsonl", snapshot), anyway=True, quiet=True)
    assert e.value.code == "bad_take" and "--anyway" not in e.value.hint, "a snapshot fits its own bundle only"


def test_one_recording_at_a_time(stream: Stream, tmp_path: Path) -> None:
    with pytest.raises(DreamError) as e:
        stream._ask_session(Recorded, Record, action="read")
    assert e.value.code == "bad_state"
    recording = stream.record()
    with pytest.raises(DreamError) as e:
        stream.record()
    assert e.value.code == "bad_state"
    path = tmp_path / "a.take.jsonl"
    path.write_text("another take")
    with pytest.raises(DreamError, match="exists"):
        recording.stop(path)
    assert path.read_text() == "another take"
    recording.stop(tmp_path / "b.take.jsonl")
    assert stream.record().stop().endswith('"end","frame":0}\n')


def test_a_recording_without_room_ends_and_says_so() -> None:
    with session(find_bundles()["testcard"], paused=True) as (s, said):
        soon(lambda: said)
        s.recorder = Recorder(s, views=False, digests=True, most=3000)
        s.recorder.text()
        for _ in range(400):
            s.make_step(1 / 30)
        assert not s.recorder.recording and s.index == 400
        last = lines_of(s.recorder.text().text)[-1]
        assert last["type"] == "end" and last["reason"] == "too_large"


def test_digests_are_those_of_the_model_not_of_damped_flashes(monkeypatch: pytest.MonkeyPatch) -> None:
    with session(find_bundles()["testcard"], paused=True) as (s, said):
        soon(lambda: said)
        texts = []
        for damped in (False, True):
            if damped:
                monkeypatch.setattr(s.rules, "damp", lambda frames, elapsed: frames.fill(0))
                s.rules.masks["level"] = np.zeros(1, np.float32)
            s.index = s.number_of_step = 0
            s.time = 0.0
            s.recorder = Recorder(s, views=False, digests=True)
            s.make_step(1 / 30)
            texts.append(lines_of(s.recorder.text().text))
        assert texts[0][-1]["digests"] == texts[1][-1]["digests"] and not s.output.frames.any()
        assert "events_off" not in texts[0][0] and texts[1][0]["events_off"] == ["level"]


def test_a_failed_session_still_gives_its_take(daemon: dreambridge.Daemon) -> None:
    with session(find_bundles()["testcard"], paused=True) as (s, said):
        soon(lambda: said)
        answers: list[Any] = []
        record(s, Record(session=1, action="start"), answers.append)
        soon(lambda: answers)
        s.fail(RuntimeError("it broke"))
        record(s, Record(session=1, action="stop"), answers.append)
        text = "".join(a.text for a in answers)
        assert lines_of(text)[-1] == {"type": "end", "frame": 0, "reason": "failed"}


HEAD = b'{"type":"take","format":"1.0","bundle":"testcard","width":2,"height":2}\n'
OPEN = b'{"type":"open","frame":0}\n'
RUN = b'{"type":"frames","frame":0,"count":2,"dt":0.1}\n'
END = b'{"type":"end"}\n'
TIMED = HEAD + b'{"type":"open"}\n'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "t:0: The file is empty"),
        (HEAD, "t:1: The take stops after this line, without its `open`"),
        (HEAD + OPEN + RUN, "t:3: The take stops after this line, without its `end`"),
        ((HEAD + OPEN + RUN)[:-9], "t:3: The line is not JSON"),
        (OPEN, "t:1: The first line is not of the type `take`"),
        (HEAD.replace(b"1.0", b"2.0"), "t:1: The take has format '2.0'"),
        (HEAD + HEAD, "t:2: There is a second `take`"),
        (HEAD + RUN, "t:2: `frames` stands before"),
        (HEAD + OPEN + OPEN, "t:3: There is a second beginning"),
        (HEAD + OPEN + END + RUN, "t:4: There is a line after `end`"),
        (HEAD + b'{"type":"open","frame":0,"frame":1}\n', "t:2: The name 'frame' appears twice"),
        (HEAD + b'{"type":"open","values":{"x":"\xff"}}\n', "t:2: The line is not UTF-8: byte 30 is 0xff"),
        (HEAD + b'{"type":"open","values":{"x":NaN}}\n', "t:2: NaN is not a JSON number"),
        (HEAD + b'{"type":"open","values":{"x":"\\ud800"}}\n', "t:2: A text holds half of a surrogate pair"),
        (HEAD + b'{"type":"open","values":' + b"[" * 50 + b"]" * 50 + b"}\n", "t:2: The line is nested deeper than 32"),
        (HEAD + b"[" * 100_000 + b"\n", "t:2: The line is nested too deep"),
        (HEAD + b'{"type":"dance"}\n', "t:2: There is no line of the type 'dance'"),
        (HEAD + b'[1]\n', "t:2: The line is not a JSON object with a `type`"),
        (HEAD + b'{"type":"open","frame":0,"speed":1}\n', "t:2: Object contains unknown field `speed`"),
        (HEAD + b'{"type":"open","frame":9007199254740993}\n', "t:2: `frame` = 9007199254740993 is out of range"),
        (HEAD + b'{"type":"open","frame":' + b"9" * 5000 + b"}\n", "t:2: Exceeds the limit"),
        (HEAD + OPEN + RUN.replace(b'"count":2', b'"count":99999999999'), "t:3: `count` = 99999999999 is out of range"),
        (HEAD + OPEN + RUN.replace(b"0.1", b"1e999"), "t:3: `dt` = inf is out of range"),
        (HEAD + OPEN + RUN + RUN, "t:4: `frame` is 0, but the next frame is 2"),
        (HEAD + OPEN + b'{"type":"direct","frame":7}\n', "t:3: `frame` is 7, but the next frame is 0"),
        (HEAD + OPEN + b'{"type":"direct"}\n', "t:3: `direct` has no `frame`"),
        (HEAD + OPEN + RUN.replace(b'"dt"', b'"digests":["a"],"dt"'), "t:3: There are 1 digests for 2 frames"),
        (TIMED + b'{"type":"direct","time":2}\n{"type":"direct","time":1}\n', "t:4: `time` is 1, after 2: the lines are"),
        (TIMED + b'{"type":"direct","time":-1}\n', "t:3: `time` = -1.0 is out of range"),
        (TIMED + END, "t:3: `end` has no `time`"),
        (TIMED + RUN, "t:3: `frames` stands in a take that begins without a `frame`"),
        (HEAD + b'{"type":"snapshot","frame":0,"revision":1,"data":"*"}\n', "t:2: `data` is not base64"),
        (HEAD + b'{"type":"file","sha256":"00","data":"eA=="}\n', "t:2: The SHA-256 of the file is 2d71"),
        (HEAD + b'{"type":"open","values":{"x":{"$file":"00"}}}\n', "t:2: A value names the file '00', which no line before it"),
        (HEAD + OPEN + b'{"type":"cutscene_load","frame":0,"document":"{}","sha256":"00"}\n', "t:3: The SHA-256 of the document"),
        (HEAD + OPEN + b'{"type":"cutscene_load","frame":0,"document":"{}","files":{"a":"00"}}\n', "t:3: The picture 'a'"),
        (HEAD + OPEN + b'{"type":"view","frame":0,"publication":1,"label":"eA=="}\n', "t:3: The layer label of the view is not"),
        (HEAD + OPEN + b'{"type":"jump","frame":0,"to":-1,"why":"rewind","data":""}\n', "t:3: `to` = -1 is out of range"),
    ],
)  # fmt: skip
def test_damaged_takes(data: bytes, says: str) -> None:
    with pytest.raises(DreamError) as e:
        parse_take(data, "t")
    assert e.value.code == "bad_take" and e.value.message.startswith(says), e.value.message
    assert parse_take(HEAD + OPEN + RUN + END, "t").steps == 2, "the control"


@pytest.mark.usefixtures("warm_ovens")
def test_what_the_stream_refuses_names_its_line(tmp_path: Path) -> None:
    for row, says in (
        ({"type": "direct", "values": {"levl": 1}}, "levl"),
        ({"type": "cutscene_play"}, "no cutscene"),
        ({"type": "jump", "to": 0, "why": "restore", "data": packed(b"no snapshot")}, "not a snapshot"),
        ({"type": "cutscene_load", "document": "{"}, "not JSON"),
    ):
        lines = [json.loads(HEAD) | {"width": 256, "height": 256}, json.loads(OPEN), row | {"frame": 0}, {"type": "end"}]
        with pytest.raises(DreamError, match=rf"x\.take\.jsonl:3: (.|\n)*{says}") as e:
            replay(written(tmp_path / "x.take.jsonl", lines), quiet=True)
        assert e.value.code == "bad_take"
