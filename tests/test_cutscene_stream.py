"""Cutscenes played by the real daemon: what the frames show, what the client is told, and what survives the daemon."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from dreambridge.client.cutscene import Cutscene
from dreambridge.client.stream import Stream
from dreambridge.commands import cli, testcard
from dreambridge.commands.bake import bake_file
from dreambridge.cutscene.sound import write_features
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame
from level_cutscenes import document, ramp

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1)
    yield s
    s.close()


def level(f: Frame) -> float:
    return float(f.pixels[testcard.LEVEL_ROW + 4, 0, 0]) / 255


STORY = document(
    door=ramp(
        (0, 0), (0.5, 1), marks={"middle": 0.25}, next={"wait": "open", "limit": 9, "then": "room", "otherwise": {"end": True}}
    ),
    room=ramp(
        (0, 0.5),
        length=0.2,
        next={
            "choice": [
                {"id": "left", "text": "Left", "set": {"went": "left"}, "then": "hall"},
                {"id": "right", "then": {"shot": "hall", "cut": True, "seed": 5}},
            ]
        },
    ),
    hall=ramp((0, 0.25), length=0.1),
) | {"variables": {"went": {"type": "text"}}}


def test_the_frames_show_the_lanes_and_the_events_name_their_frames(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    assert scene.shots["door"].seconds == 0.5 and scene.shots["door"].marks == {"middle": 0.25} and not scene.warnings
    begun = scene.play()
    assert begun.status == "playing" and begun.shot == "door"
    frames = {f.index: f for f in stream.step(20)}
    for index, f in frames.items():
        assert level(f) == pytest.approx(min((index - begun.frame_index) / 30 / 0.5, 1), abs=0.01), index
    mark, waiting = scene.wait("mark", "middle"), scene.wait("waiting", "open")
    assert mark.frame_index - begun.frame_index == 8 and mark.time == pytest.approx(begun.time + 0.25)
    assert waiting.frame_index - begun.frame_index == 15 and waiting.limit == 9
    assert scene.signal("window") is False and scene.signal("open") is True
    assert level(stream.step()[0]) == pytest.approx(0.5, abs=0.01)
    stream.step(7)
    choice = scene.wait("choice")
    assert [(o.id, o.text) for o in choice.options] == [("left", "Left"), ("right", "")]
    with pytest.raises(DreamError, match="'up' is not offered"):
        scene.choose("up")
    scene.choose("left")
    assert level(stream.step()[0]) == pytest.approx(0.25, abs=0.01)
    stream.step(4)
    assert scene.wait("ended").variables == {"went": "left"} and scene.status == "ended"


def test_a_cut_between_shots_resets_the_model(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    scene.play("room", at=0.2)
    stream.step()
    scene.choose("right")
    cut = stream.step()[0]
    assert cut.flags & 1 and not stream.step()[0].flags & 1


def test_it_plays_alike_whatever_is_asked_when(daemon: dreambridge.Daemon) -> None:
    """The same path gives the same pixels: two streams, and one whose game asks for figures between its frames."""
    pixels = []
    for curious in (False, True):
        with daemon.open("testcard", paused=True, fps=30, threads=1, seed=3) as s:
            scene = s.cutscene(STORY)
            scene.play()
            got = []
            for k in range(40):
                if k == 17:
                    scene.signal("open")
                if k == 30:
                    scene.choose("left")
                if curious:
                    s.stats()
                got.append(s.step()[0].pixels.copy())
            pixels.append(np.stack(got))
    assert (pixels[0] == pixels[1]).all()


def test_what_is_directed_by_hand_wins_until_it_is_released(stream: Stream) -> None:
    scene = stream.cutscene(document(a=ramp((0, 0), (10, 1))))
    scene.play()
    stream.step(3)
    stream.direct(level=0.8, over=0)
    assert all(level(f) == pytest.approx(0.8, abs=0.01) for f in stream.step(5))
    assert scene.release(over=0) == ["level"] and scene.release() == []
    assert level(stream.step()[0]) == pytest.approx(8 / 300, abs=0.01)


def test_another_version_takes_over_at_the_same_mark(stream: Stream) -> None:
    scene = stream.cutscene(document(a=ramp((0, 0), (2, 1), marks={"m": 0.2})))
    scene.play()
    stream.step(10)
    scene.replace(document(a=ramp((0, 0), (1, 0), (3, 1), marks={"m": 1.2})))
    # 0.333 s are 0.133 s behind the mark, in both.
    assert level(stream.step()[0]) == pytest.approx((1.2 + 10 / 30 - 0.2 - 1) / 2, abs=0.01)
    with pytest.raises(DreamError, match="no condition 'lvel'"):
        scene.replace(document(a={"lanes": {"lvel": {"keys": [{"at": 0}]}}}))
    assert level(stream.step()[0]) > 0.1, "the old version plays on"


def test_another_version_lets_a_wait_or_a_choice_go_on(stream: Stream) -> None:
    """With what is left of its time limit; its options may be others."""
    scene = stream.cutscene(STORY)
    scene.play("door", at=0.5)
    stream.step(91)
    assert scene.wait("waiting").limit == 9
    changed = {**STORY, "shots": {**STORY["shots"], "door": {**STORY["shots"]["door"], "length": 0.7}}}
    scene.replace(changed)
    stream.step()
    again = scene.wait("waiting")
    assert again.limit == pytest.approx(9 - 91 / 30, abs=0.01) and (scene.status, scene.shot) == ("waiting", "door")
    stream.step(178)
    assert scene.status == "waiting"
    stream.step(4)
    assert scene.wait("ended")
    scene.play("room", at=0.2)
    stream.step()
    room = {**STORY["shots"]["room"], "next": {"choice": [{"id": "up", "then": "hall"}], "limit": 5, "default": "up"}}
    scene.replace({**STORY, "shots": {**STORY["shots"], "room": room}})
    stream.step()
    choice = [scene.wait("choice") for _ in range(2)][-1]
    assert [o.id for o in choice.options] == ["up"] and choice.limit == pytest.approx(5 - 1 / 30, abs=0.01)
    gone = {**STORY["shots"]["room"], "next": {"end": True}}
    scene.replace({**STORY, "shots": {**STORY["shots"], "room": gone}})
    stream.step()
    assert scene.wait("ended"), "it has no choice any more"


def test_variables_are_known_when_the_reply_is_there(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    assert scene.play().variables == {"went": ""} == scene.variables
    assert scene.set(went="up").variables == {"went": "up"} == scene.variables
    scene.send(M.CutscenePlay(session=0, preroll=1.5))
    assert scene._preroll == 1.5, "a page's play is played on with it when the daemon is back, too"


def test_a_snapshot_holds_the_place(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    scene.play()
    stream.step(5)
    kept = stream.snapshot()
    first = [f.pixels.copy() for f in stream.step(20)]
    stream.restore(kept)
    again = [f.pixels.copy() for f in stream.step(20)]
    # The testcard draws the index, and the revision; both are the same again.
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    other = stream.cutscene(document(a=ramp((0, 1))))
    stream.restore(kept)
    assert other.skip().status == "ended", "another one has no place in that snapshot"
    assert other.play().status == "playing"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("{", "not JSON"),
        (json.dumps(document(a={"lanes": {"lvl": {"keys": [{"at": 0}]}}})), "no condition 'lvl'"),
        (json.dumps(document(a=ramp((0, 7)))), "out of range"),
        (json.dumps(document(a={"next": "b"})), "no shot 'b'"),
    ],
)
def test_a_document_that_cannot_be_played_is_refused_with_all_its_problems(stream: Stream, bad: str, words: str) -> None:
    with pytest.raises(DreamError, match=words) as e:
        stream._ask_session(R.CutsceneLoaded, M.CutsceneLoad, document=bad)
    assert e.value.code == "bad_cutscene" and ":1:" in e.value.message
    with pytest.raises(DreamError, match="no cutscene"):
        stream._ask_session(R.CutsceneStatus, M.CutsceneSkip)
    stream.step()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"shot": "dor"}, "no shot 'dor'"),
        ({"shot": "door", "mark": "midle"}, "no mark 'midle'"),
        ({"at": -1.0}, "at = -1"),
        ({"at": 99.0}, "at = 99 s is out of range"),
    ],
)
def test_a_place_that_does_not_exist_is_named(stream: Stream, fields: dict[str, Any], said: str) -> None:
    scene = stream.cutscene(STORY)
    for go in (scene.play, scene.seek):
        with pytest.raises(DreamError, match=said) as e:
            go(**fields)
        assert e.value.code == "bad_argument" and e.value.hint
    assert scene.play().shot == "door"


def test_a_document_for_another_bundle_plays_if_its_conditions_fit(stream: Stream) -> None:
    scene = stream.cutscene(STORY | {"bundle": "vista"})
    assert "is for the bundle 'vista'; this one is 'testcard'" in str(scene.warnings)
    assert scene.play().status == "playing"


def test_a_variable_of_another_type_changes_nothing(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    for go in (scene.play, scene.set):
        with pytest.raises(DreamError, match="went = 3 is not a text") as e:
            go(went=3)
        assert e.value.code == "bad_value" and e.value.hint
    assert scene.play().variables == {"went": ""}


def test_a_document_of_60_mb(stream: Stream, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused at once, with its size and the limit: it is not sent, and not baked. The stream goes on."""
    text = json.dumps(STORY) + " " * 60_000_000
    path = tmp_path / "large.dream.json"
    path.write_text(text)
    for refused in (
        lambda: stream.cutscene(path),
        lambda: stream.cutscene(text),
        lambda: bake_file(path, tmp_path / "out", quiet=True),
    ):
        with pytest.raises(DreamError, match=r"57\.2 MiB; the limit is 4 MiB") as e:
            refused()
        assert e.value.code == "bad_cutscene" and "Split it" in e.value.hint
    with pytest.raises(SystemExit) as left:
        cli.main(["cutscene", "check", str(path)])
    assert left.value.code == 1 and "57.2 MiB; the limit is 4 MiB" in capsys.readouterr().out
    assert not (tmp_path / "out").exists() and stream.step()


def test_files_are_sent_once_by_their_content(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64), (200, 40, 40)).save(tmp_path / "red.png")
    doc = document(a={"lanes": {"reference": {"keys": [{"at": 0, "value": "red.png"}]}}, "length": 1})
    (tmp_path / "a.dream.json").write_text(json.dumps(doc))
    sent = []
    with daemon.open("vista", paused=True, threads=1) as s:
        put = s._put_file
        s._put_file = lambda data: sent.append(hashlib.sha256(data).hexdigest()) or put(data)  # type: ignore[method-assign,func-returns-value]
        for _ in range(2):
            s.cutscene(tmp_path / "a.dream.json").play()
            s.step()
        assert len(sent) == 1
        with pytest.raises(DreamError, match=r"elsewhere:1:\d\d+: error: The file 'red.png' was not sent"):
            s.cutscene(doc | {"name": "elsewhere"})


def test_async_code_waits_too(stream: Stream) -> None:
    async def story(scene: Cutscene) -> str:
        stream.resume()
        scene.play()
        await scene.happens("waiting", timeout=30)
        scene.signal("open")
        choice = await scene.happens("choice", timeout=30)
        return choice.options[0].id

    assert asyncio.run(story(stream.cutscene(STORY))) == "left"
    with pytest.raises(DreamError, match="no event 'mark'"):
        stream.cutscene(STORY).wait("mark", timeout=0.01)


@pytest.mark.parametrize("option", ["pay", "refuse"])
def test_the_example_shows_what_was_chosen(daemon: dreambridge.Daemon, option: str) -> None:
    """In the frames: the sky of the clear evening has colours, that of the storm is grey."""
    with daemon.open("vista", seed=7, paused=True, threads=1) as s:
        scene = s.cutscene(ROOT / "examples" / "arrival.dream.json")
        scene.play("dawn", at=4.0)
        s.step()
        scene.wait("choice")
        scene.choose(option)
        scene.seek("crossing", at=3.0)
        s.step(96)
        assert scene.wait("shot", "calm" if option == "pay" else "storm").variables == {"paid": option == "pay"}
        sky = s.step()[0].pixels[:100, :, :3].astype(float)
        assert bool((sky.max(2) - sky.min(2)).mean() > 34) is (option == "pay"), (sky.max(2) - sky.min(2)).mean()


def test_requests_that_wait_behind_a_load_are_answered_when_the_session_is_closed(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("vista", paused=True, threads=1)
    prompts = [{"at": k / 10, "value": f"a house with the number {k}"} for k in range(3000)]
    load = M.CutsceneLoad(session=s.session, document=json.dumps(document(a={"lanes": {"prompt": {"keys": prompts}}})))
    asked = [
        load,
        load,
        M.CutscenePlay(session=s.session),
        M.Direct(session=s.session, values={"prompt": "a hill"}),
        M.Snapshot(session=s.session),
    ]
    answers = [s._channel.send(r) for r in asked]
    s.close()
    for answer in answers:
        with pytest.raises(DreamError) as e:
            answer.result(30)
        assert e.value.code == "cancelled"


def test_sound_stays_with_the_client_and_a_large_picture_is_named(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    for name in ("song.wav", "large.png"):
        with (tmp_path / name).open("wb") as f:
            f.truncate(9 * 1024 * 1024)
    doc = document(a={"length": 1, "audio": {"file": "song.wav"}})
    (tmp_path / "a.dream.json").write_text(json.dumps(doc))
    doc["shots"]["a"]["lanes"] = {"reference": {"keys": [{"at": 0, "value": "large.png"}]}}
    (tmp_path / "b.dream.json").write_text(json.dumps(doc))
    with daemon.open("vista", paused=True, threads=1) as s:
        assert s.cutscene(tmp_path / "a.dream.json").play().status == "playing"
        with pytest.raises(DreamError, match=r"'large\.png' has 9437184 bytes") as e:
            s.cutscene(tmp_path / "b.dream.json")
        assert e.value.code == "too_large"


def test_the_features_of_a_sound_reach_the_daemon(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    audio = {"file": "song.wav", "condition": "audio", "features": "song.npy"}
    (tmp_path / "a.dream.json").write_text(json.dumps(document(a={"length": 1, "audio": audio})))
    rows = np.zeros((50, 17), np.float32)
    rows[12:] = 1.0
    with daemon.open("vista", paused=True, threads=1) as s:
        (tmp_path / "song.npy").write_bytes(b"no table")
        with pytest.raises(DreamError, match=r"'song\.npy' is not a table of sound features"):
            s.cutscene(tmp_path / "a.dream.json")
        frames, start = [], s.snapshot()
        for loud in (True, False):
            (tmp_path / "song.npy").write_bytes(write_features(rows * loud))
            s.restore(start)
            s.cutscene(tmp_path / "a.dream.json").play()
            frames.append([f.pixels.copy() for _ in range(10) for f in s.step()])
    changed = [not np.array_equal(a, b) for a, b in zip(*frames, strict=True)]
    assert changed[:6] == [False] * 6 and changed[8], changed  # 12 rows are 0.24 s, 5.76 frames


def test_a_client_is_told_where_the_sound_is(stream: Stream) -> None:
    """Also while the picture is held, after a rewind into that, and when another version has moved the shot's marks."""
    sounding = ramp((0, 0), (1, 1), marks={"m": 0.5}, audio={"file": "a.wav", "offset": 2.0}, next={"wait": "go", "then": "b"})
    scene = stream.cutscene(document(a=sounding, b=ramp((0, 0), length=1)))
    played = scene.play("a", at=0.25)
    assert played.sound == pytest.approx(2.25)
    stream.step(6)
    assert scene.wait("shot").sound == pytest.approx(2.25)
    stream.step(9)
    assert scene.wait("mark").sound == pytest.approx(2.5)
    stream.step(12)
    assert scene.wait("waiting").sound == pytest.approx(3.0)
    stream.keep("held")
    held = scene.set()
    assert held.at == 1.0 and held.sound == pytest.approx(2.25 + held.time - played.time) and held.sound > 3.1
    stream.step(30)
    stream.rewind(name="held")
    assert scene.wait("waiting").sound == pytest.approx(held.sound)
    assert scene.seek("a", mark="m").sound == pytest.approx(2.5)
    scene.replace(document(a=sounding | {"marks": {"m": 0.7}, "audio": {"file": "a.wav"}}, b=ramp((0, 0), length=1)))
    began = scene._began
    frames = stream.step(3)
    assert scene.set().sound == pytest.approx(0.8) and began == pytest.approx(frames[-1].time + 1 / 30 - 0.8)
    assert scene.seek("b").sound is None and scene.stop().sound is None
