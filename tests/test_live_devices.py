"""Sound and a visitor's pose as inputs of a show: sound from files and from a double of PortAudio, poses of a double's lines."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dreambridge
import live_doubles
import numpy as np
import pytest
from conftest import soon
from dreambridge.client.stream import Stream
from dreambridge.live.map_file import PoseInput, SoundInput, read_map
from dreambridge.live.microphone import Microphone
from dreambridge.live.pose import JOINTS, Pose, poses
from dreambridge.live.show import Show
from dreambridge.protocol.errors import DreamError
from dreambridge.vista.world.walker import walker
from live_doubles import turned

FIGURE = walker(0.6, 128.0, 200.0, 60.0)


@pytest.fixture(scope="module")
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    with daemon.open("vista", paused=True, threads=1) as s:
        yield s


@pytest.fixture()
def show(stream: Stream, tmp_path: Path) -> Show:
    path = tmp_path / "show.toml"
    path.write_text('[[map]]\nfrom = "pose:figure"\nto = "pose"\n')
    return Show(stream, read_map(path))


# -- sound ---------------------------------------------------------------------------------------------------------------
def test_levels_onsets_and_tempo_of_a_sound(show: Show, tmp_path: Path) -> None:
    live_doubles.Quick(show, SoundInput(file=str(live_doubles.drums(tmp_path / "beat.wav", 128, 9))), 30.0).listen()
    m = show.meters
    assert abs(m["sound:tempo"].values[0] - 128) < 3
    assert m["sound:low"].high > 0.4 > 0.1 > m["sound:high"].high and m["sound:onset"].high > 0.8 and m["sound:onset"].low < 0.2
    assert len(m["sound:audio"].values[0]) == 17 and m["sound:audio"].count == 270 and "sound:band/16" in m


def test_a_sound_in_real_time_and_one_that_is_missing(show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambridge.live.inputs.AGAIN_S", 0.02)
    heard = Microphone(show, SoundInput(file="beat.wav"), 24.0, tmp_path)
    heard.start()
    try:
        soon(lambda: show.messages)
        assert "beat.wav cannot be read" in show.messages[0]
        begun = time.monotonic()  # before there is a sound
        live_doubles.drums(tmp_path / "beat.wav", 120, 0.3)
        soon(lambda: show.meters.get("sound:level") and show.meters["sound:level"].count >= 12)
        assert time.monotonic() - begun > 0.4, "at the pace of the sound, which is played again and again"
        assert show.messages[-1] == "sound: is back."
    finally:
        heard.close()


def test_a_microphone_that_is_plugged_in_again(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """PortAudio's list of devices is that of its start."""
    monkeypatch.setattr("dreambridge.live.inputs.AGAIN_S", 0.02)
    monkeypatch.setattr("dreambridge.live.microphone.SILENT_S", 0.05)
    monkeypatch.setitem(sys.modules, "sounddevice", live_doubles.PortAudio)
    live_doubles.PortAudio.plug(False)
    live_doubles.PortAudio._initialize()  # as the import does
    heard = Microphone(show, SoundInput(device="Scarlett"), 24.0)
    heard.start()
    try:
        soon(lambda: any("'Scarlett' is unavailable" in text for text in show.messages))
        live_doubles.PortAudio.plug(True)
        soon(lambda: heard.state == "Scarlett, 8000 Hz")
        live_doubles.PortAudio.plug(False)
        soon(lambda: "'Scarlett' is unavailable" in heard.state)
        live_doubles.PortAudio.plug(True)
        soon(lambda: show.messages[-1] == "sound: is back." and heard.state == "Scarlett, 8000 Hz")
    finally:
        heard.close()


def test_the_oldest_sound_is_dropped(show: Show) -> None:
    live_doubles.PortAudio.plug(True)
    live_doubles.PortAudio._initialize()
    heard = Microphone(show, SoundInput(device="Scarlett"), 24.0)._of_portaudio(live_doubles.PortAudio)
    next(heard)
    live_doubles.PortAudio.stream.stop()
    for k in range(200):
        live_doubles.PortAudio.stream.hear(k / 200)
    assert next(heard)[0][0] == pytest.approx(150 / 200)


# -- a pose --------------------------------------------------------------------------------------------------------------
def test_a_pose_directs_a_figure(show: Show, stream: Stream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambridge.live.inputs.AGAIN_S", 0.02)
    lines = [
        '{"ready": "double"}',
        "a warning of a library",
        "[1]",
        '{"pose": "x"}',
        '{"pose": null}',
        live_doubles.pose_line(FIGURE),
    ]
    seen = Pose(show, PoseInput(python=live_doubles.pose_python(tmp_path, lines)))
    seen.start()
    try:
        turned(show, lambda: stream.values.get("pose"))
        wanted = FIGURE.copy()
        wanted[:, 0] = 1 - wanted[:, 0]  # as in a mirror
        assert np.allclose(stream.values["pose"], wanted, atol=1e-3)
        assert show.meters["pose:there"].values[0] == 1.0 and not show.messages
        wrist = JOINTS.index("right_wrist")
        assert show.meters["pose:right_wrist/y"].values[0] == pytest.approx(float(FIGURE[wrist, 1]), abs=1e-3)
        assert seen.state == "double, camera 0"
    finally:
        seen.close()
    assert seen._process and seen._process.poll() is not None


def test_a_worker_that_ends_is_told_once_and_started_again(show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambridge.live.inputs.AGAIN_S", 0.02)
    lines = [live_doubles.pose_line(FIGURE), '{"error": "the camera 3 cannot be opened"}']
    seen = Pose(show, PoseInput(camera=3, python=live_doubles.pose_python(tmp_path, lines, "sys.exit(1)")))
    seen.start()
    try:
        soon(lambda: show.meters.get("pose:figure") and show.meters["pose:figure"].count >= 3, 20)
    finally:
        seen.close()
    assert list(show.messages) == ["pose: the camera 3 cannot be opened. It is started again."]


def test_the_real_worker_without_mediapipe(show: Show) -> None:
    seen = Pose(show, PoseInput(camera="no-such-film.mp4"))  # where MediaPipe is installed there may be a camera, too
    with pytest.raises(DreamError, match=r"No module named|cannot be opened") as e:
        seen.listen()
    assert "pip install mediapipe==0.10.21" in e.value.hint or "camera" in e.value.message
    missing = Pose(show, PoseInput(python="none/bin/python"))
    with pytest.raises(DreamError, match="cannot be run"):
        missing.listen()


def test_a_camera_that_is_back_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The photo booth prints the problem as the reason why there is no figure; here nobody is in front of the camera."""
    monkeypatch.setattr("dreambridge.live.inputs.AGAIN_S", 0.02)
    ran = tmp_path / "ran"
    then = (
        f"import os; first = not os.path.exists({str(ran)!r}); open({str(ran)!r}, 'w').close(); "
        """print('{"error": "no camera"}' if first else '{"ready": "double"}', flush=True); """
        """first or print('{"pose": null}', flush=True); first and sys.exit(1); sys.stdin.read()"""
    )
    with poses(0, live_doubles.pose_python(tmp_path, [], then)) as p:
        soon(lambda: p._input.state == "double, camera 0" and not p.problem, 30)
        begun = time.monotonic()
        assert p.wait(0.3) is None and time.monotonic() - begun >= 0.29 and not p.problem


def test_a_path_with_slashes_is_a_path_on_windows_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sep", "\\")
    for path in ("pose/Scripts/python.exe", "./python"):
        assert Pose(None, PoseInput(python=path), tmp_path).command()[0] == str(tmp_path / path)  # type: ignore[arg-type]
    assert Pose(None, PoseInput(python="python3"), tmp_path).command()[0] == "python3"  # type: ignore[arg-type]


def test_poses_for_a_program(tmp_path: Path) -> None:
    with poses(0, live_doubles.pose_python(tmp_path, [live_doubles.pose_line(FIGURE)] * 200)) as p:
        figure = p.wait(10.0)
    assert figure and len(figure) == 17 and not p.problem
