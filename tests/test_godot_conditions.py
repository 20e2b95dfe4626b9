"""The wider conditions from the real engine, through the real daemon, read back from the pixels of the probe bundle."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import probe_bundle
import pytest
from conftest import PATIENCE, Engine, serve
from dreambridge.conditioning.audio import edges

OPENGL = ("--rendering-driver", "opengl3")
pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    probe_bundle.build(folder / "probe")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_BUNDLES", str(folder))
        yield folder


@pytest.fixture(scope="module")
def own(bundles: Path) -> Iterator[dreambridge.Daemon]:
    with dreambridge.start() as d:
        yield d


def seen(pixels: list[int], name: str) -> np.ndarray:
    return probe_bundle.seen(np.array(pixels, np.uint8).reshape(probe_bundle.HEIGHT, probe_bundle.WIDTH, 4), name)


def test_sound_on_a_bus(engine: Engine, own: dreambridge.Daemon) -> None:
    got = engine.run("sound.gd", *OPENGL, DAEMON=own.name)
    band = int(np.searchsorted(edges(), 1000.0) - 1)
    assert max(got["silence"]) == 0
    for db in (0, -20, -40):
        levels = got[f"sine{db}"]
        assert levels[band] == pytest.approx(1 + db / 60, abs=0.06), (db, levels)
        assert max(levels[: band - 1] + levels[band + 2 : 16]) < levels[band] - 0.25
    onsets = np.array(got["onsets"])
    strokes, low = 0, True
    for onset in onsets:  # up through 0.6 after it had fallen below 0.2
        strokes, low = strokes + (low and onset > 0.6), onset < 0.2 or (low and onset <= 0.6)
    assert 3 <= strokes <= 8, onsets  # two a second for three seconds; a busy machine may not show each
    shown = seen(got["pixels"], "cond.audio")[0]
    assert shown == pytest.approx(got["sent"], abs=0.05) and shown[band] > 0.9
    assert got["sent_while_quiet"] == 0 and got["effects_left"] == 0


def test_senders(engine: Engine, own: dreambridge.Daemon) -> None:
    got = engine.run("senders.gd", screen=False, DAEMON=own.name)
    assert len(got["warnings"]) == 3 and got["no_warnings"] == 0 and "no condition seed_word" in got["unknown"][0]
    ranged, curved, path, word, other, *wrong = got["state"]
    assert ranged == {"seed_world": 25} and curved == 50 and path == {"seed_world": 75}, "30 of 40 is 25 of 100 to 0"
    assert word == {"seed_world": 7} and other == {"seed_world": "well"}
    assert [w[:2] for w in wrong] == [[{}, False]] * 3, "what cannot be read is told, and nothing is sent"
    assert got["sent_state"] and got["dead_band"] == 0 and got["in_words"] == "seed_world = 30.0" and got["sent_again"]
    assert got["nothing_new"] == 0, "a stream that already has the value, as after a save was loaded, is sent nothing"
    assert got["sent_after_restore"] and got["sent_when_asked"], "one that went to another place gets what differs"
    count, seconds = got["rate"]
    assert 2 <= count <= 2 + 5 * seconds, "at most five a second"
    assert got["stopped"] == 0 and got["freed"], "none without a stream"
    assert got["pose_warnings"] == 1 and got["pose_missing"] == 1 and got["suggested"] == "Head,LeftHand,RightHand"
    width, height = got["size"]
    for name, x, y in (("nose", 400, 150), ("left_wrist", 600, 300), ("right_wrist", 200, 300)):
        assert got["markers"][name] == pytest.approx([x / width, y / height], abs=0.001)
    assert (
        len(got["markers"]) == 3
        and got["mapped"][2] == 1
        and got["saved"] == 1
        and got["last_sent"] == "pose = 2 figures with 5 joints in sight"
    )
    assert got["in_frame"]["left_wrist"][0] == 1 and got["in_frame"]["right_wrist"][0] == 0
    assert got["skeleton_2d"] == {"nose": pytest.approx([80 / width, 120 / height], abs=0.002)}
    x, y = got["skeleton_3d"].pop("nose")
    assert x == 0.5 and 0.3 < y < 0.45 and not got["skeleton_3d"], "the camera looks up to it; the foot is behind the camera"
    assert got["sent_pose"] and got["figures"] == [2, 51]
    assert got["linked"] == [True, "pose"] and got["sent_linked"] and got["unlinked"]
    still, moved = got["camera_2d"]
    assert still == {"camera_x": 0, "camera_zoom": 1} and moved == {"camera_x": pytest.approx(400 / width), "camera_zoom": 2}
    still, moved, turned = got["camera_3d"]
    assert still == {"camera_x": 0, "camera_zoom": 1} and turned["camera_x"] == pytest.approx(0.5)
    assert moved == {"camera_x": 0.5, "camera_zoom": pytest.approx(2.238, abs=0.01)}


def test_conditions_are_properties(engine: Engine, daemon: dreambridge.Daemon) -> None:
    got = engine.run("condition_properties.gd", screen=False, DAEMON=daemon.name)
    number, text, enum, multiline = 3, 4, 2, 18
    listed = got["listed"]
    assert got["before"] == 0 and got["nobody"] == 0 and "audio" not in listed
    assert listed["time_of_day"][:3] == [number, 1, "0.0,24.0,0.01,suffix:h"] and listed["seed_world"][0] == 2
    assert listed["season"][:3] == [text, enum, "spring,summer,autumn,winter"] and listed["prompt"][:2] == [text, multiline]
    assert listed["reference"][2] == "Texture2D,Image" and listed["pose"][2] == "DreamPose"
    assert got["bundles"][0] == 3 and {"testcard", "vista"} <= set(got["bundles"][1])
    assert got["unset"] == ["clear", 10.0, False] and got["checked"] == {"weather": "storm", "camera_zoom": 1.0}
    assert got["revert"] == [True, None] and got["unchecked"] == 0
    assert (
        got["offline"] == [17, 17, "storm", "winter"] and got["offline_look"] == {"time_of_day": 22.5} and got["offline_picture"]
    )
    saved = [line for line in got["text"].splitlines() if line.startswith("conditions/")]
    assert len(saved) == 3 and 'conditions/weather = "storm"' in saved, "only what is set is in the scene file"
    assert got["older_scene"] == {"weather": "storm"}
    names, warnings = got["unknown"]
    assert names == ["level", "weather"] and len(warnings) == 1 and "no condition weather" in warnings[0]
    assert got["unknown_look"] == ["weather"]
    assert got["opened"] == 1 and got["reached"] and got["revisions"] == 1, "four changes in a tick are one direction"
    assert got["back"] and got["tweened"] and got["tween_least"] >= 127, "a Tween begins at the default of an unset condition"
    assert got["preset"] == [51, 0.2] and got["preset_changed"] and got["own_wins"] and got["preset_again"] and got["preset_gone"]
    assert got["converted"]["tint"] == [1, 0, 0] and got["converted"]["amount"] == 1 and got["converted"]["prompt"] is None
    assert dict(got["kinds"][1:]) == {
        f"conditions/{n}": t for n, t in zip(("tint", "curve", "pulse", "odd", "new"), (9, 32, 3, 4, 0), strict=True)
    }
    assert got["errors"] == []


def test_directions_of_each_kind_and_no_event_after_the_daemons_return(engine: Engine, bundles: Path) -> None:
    name = "directed"
    first, second = serve(name), None
    game = subprocess.Popen(
        engine.command("directions.gd", *OPENGL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"DAEMON": name},
    )
    said: dict[str, dict[str, Any]] = {}
    log = ""
    try:
        assert game.stdout
        for line in game.stdout:
            log += line
            if line.startswith("{"):
                m = json.loads(line)
                said[m["title"]] = m
                if m["title"] == "waits":
                    first.kill()
                    first.wait()
                    second = serve(name)
        game.wait(60)
    finally:
        game.kill()
        game.wait()
        for p in (first, second):
            if p:
                p.terminate()
                p.communicate(timeout=PATIENCE)
    assert "SCRIPT ERROR" not in log and "back" in said, log[-3000:]

    def tensor(title: str, of: str) -> np.ndarray:
        return seen(said[title]["pixels"], of)

    assert tensor("opened", "present.event") == 1 and round(float(tensor("opened", "state.world")[0, 0]) * 255) == 12
    red, blue = [1, 0, 0], [0, 0, 1]
    corners = tensor("image", "cond.reference")[0]
    assert corners[:, :, 0].T.tolist() == [red, red] and corners[:, :, 1].T.tolist() == [blue, blue]
    assert tensor("image", "cond.palette")[0] == pytest.approx([0.5, 0, 0.5], abs=0.01)
    corners = tensor("texture", "cond.reference")[0]
    assert corners[:, :, 0].T.tolist() == [blue, blue] and corners[:, :, 1].T.tolist() == [red, red]
    assert tensor("file", "cond.palette").max() == 0
    assert tensor("thin", "cond.palette")[0] == pytest.approx([0.5] * 3, abs=0.01), "transparent, on grey"
    one, two = tensor("one", "cond.pose")[0], tensor("two", "cond.pose")[0]
    assert one[0] == pytest.approx(0.25, abs=0.003) and (one[1, :, 2] == 0).all()
    assert two[0] == pytest.approx(0.25, abs=0.003) and two[1] == pytest.approx(0.75, abs=0.003)
    moment = tensor("moment", "cond.event")[0]
    assert 0.05 < moment[0] <= 1 and moment[3] == pytest.approx(moment[0] / 2, abs=0.01), moment
    for title in ("image", "texture", "file", "thin", "one", "two", "moment"):
        assert said[title]["shown"], title
    for title in ("empty", "half", "world", "no moment"):
        assert not said[title]["shown"], title
    errors = said["waits"]["errors"]
    assert len(errors) == 4 and all(e.startswith("bad_value: ") for e in errors), errors
    assert "0 x 0" in errors[0] and "thunder" in errors[3]
    assert set(said["waits"]["kept"]) == {"seed_world", "reference", "pose"}
    # the daemon came back: what lasts was directed again, no event was, and none that was called while it was away
    assert tensor("back", "present.event") == 0 and tensor("back", "cond.event").max() == 0
    assert round(float(tensor("back", "state.world")[0, 0]) * 255) == 33 and tensor("back", "cond.pose")[0, 1] == pytest.approx(
        0.75, abs=0.003
    )
    assert said["back"]["mixed_shown"] and not said["back"]["event_shown"]
