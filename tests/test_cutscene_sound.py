"""What should be heard of a cutscene's shots: the file, and the second of it that belongs to the picture."""

import json
import random
import time
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import soon
from dreambridge.client.sound import ShotSounds, sounds_named
from dreambridge.client.stream_clock import StreamClock
from level_cutscenes import document, ramp

STORY: dict[str, Any] = document(
    door=ramp((0, 0), (0.5, 1))
    | {"audio": {"file": "rain.wav", "offset": 2}, "next": {"choice": [{"id": "go", "then": "room"}]}},
    room=ramp((0, 0), (0.2, 1)) | {"next": "hall"},
    hall=ramp((0, 0), (0.2, 1)) | {"audio": {"file": "../rain.wav"}},
)


def test_the_sound_of_the_shot_on_screen(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    folder = tmp_path / "film"
    folder.mkdir()
    for path in (tmp_path, folder):
        (path / "rain.wav").write_bytes(b"RIFF")
    (folder / "x.dream.json").write_text(json.dumps(STORY))
    with daemon.open("testcard", fps=20, paused=True, threads=1) as s:
        scene = s.cutscene(folder / "x.dream.json")
        assert scene.sound() is None
        s.step(4)  # the shot begins at 0.2 s of the stream
        scene.play()
        frame = s.step(6)[-1]
        found = scene.sound()
        assert found and (found.file, found.path, found.moving) == ("rain.wav", folder / "rain.wav", False)
        assert found.position == pytest.approx(2 + frame.time - 0.2)
        s.keep("early")
        s.step(30)  # into the choice, which holds the picture but not the sound
        frame = s.step(1)[-1]
        assert scene.status == "choosing"
        found = scene.sound()
        assert found and found.position == pytest.approx(2 + frame.time - 0.2)
        s.keep("choice")
        scene.choose("go")
        assert scene.sound(), "its first frame is not shown yet"
        s.step()
        assert scene.sound() is None, "the shot has no sound"
        s.rewind(name="choice")
        frame = s.step()[-1]
        soon(lambda: scene.status == "choosing")
        found = scene.sound()
        assert found and found.position == pytest.approx(2 + frame.time - 0.2), "back in the choice it is where it was"
        scene.choose("go")
        s.step(5)
        found = scene.sound()
        assert found and found.path is None and found.file == "../rain.wav", "outside of the document's folder"
        s.rewind(name="early")
        frame = s.step()[-1]
        soon(lambda: scene.shot == "door")
        found = scene.sound()
        assert found and found.position == pytest.approx(2 + frame.time - 0.2)
        scene.stop()
        s.step()
        assert scene.sound() is None
        scene.play("door", at=0.3)
        s.resume()
        begun = s.frame(10).time
        until = time.monotonic() + 60
        while (frame := s.frame(10)).time < begun + 1 and time.monotonic() < until:
            pass
        found = scene.sound()
        assert found and found.moving and found.position == pytest.approx(2.3 + frame.time - begun, abs=0.2)


def test_ten_minutes_of_the_clock() -> None:
    """Of a stream that is slowed, drops frames, and whose frames are shown late by up to 20 ms. The control follows no frame."""
    noise, clock, wall, stream, worst, control = random.Random(3), StreamClock(), 0.0, 0.0, 0.0, 0.0
    for k in range(14400):
        each = 1 / 8 if 3000 < k < 4000 else 1 / 24
        step = each * (2 if k % 11 == 0 else 1)  # a frame was dropped: the wall's time goes on
        clock.shown(stream, wall + noise.random() * 0.02)
        if k > 24:
            for part in (0.3, 0.6, 0.9):
                there = stream + each * min(1.0, part * step / each)
                found, _ = clock.at(wall + part * step)
                worst, control = max(worst, abs(found - there)), max(control, abs(wall - there))
        wall, stream = wall + step, stream + each
    assert worst <= 0.08 and control > 1.0, (worst, control)


def test_frames_that_stay_away() -> None:
    clock = StreamClock()
    assert clock.at(0.0)[1] is False
    for k in range(24):
        clock.shown(k / 24, 5 + k / 24)
    assert clock.at(6.0) == (pytest.approx(1.0, abs=0.01), True)
    stopped, moves = clock.at(9.0)
    assert stopped == pytest.approx(1.0, abs=0.02) and not moves
    clock.shown(0.5, 9.0)
    assert clock.at(9.0) == (0.5, True), "another place"


def test_what_did_not_happen_is_forgotten() -> None:
    sounds = ShotSounds('{"shots": {"a": {"audio": {"file": "a"}}, "b": {"audio": {"file": "b"}}}}', Path())
    sounds.told(1.0, "a", 0.0)
    sounds.told(3.0, "b", 0.0)
    assert [s and s.file for s in (sounds.at(t, True) for t in (0.5, 2.0, 3.0))] == [None, "a", "b"]
    sounds.told(2.0, "a", 1.0)  # it was rewound
    sounds.told(3.2, "a", 2.2)  # nothing new
    found = sounds.at(3.5, True)
    assert found and (found.file, found.position) == ("a", 2.5)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"shots": 3}', '{"shots": {"a": 1}}', '{"shots": {"a": {"audio": {"offset": 1}}}}']
)
def test_a_text_that_is_no_document_has_no_sounds(text: str) -> None:
    assert sounds_named(text) == {}
