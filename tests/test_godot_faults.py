"""What a newcomer does to the nodes while they play, in the real engine (the table of faults in its order)."""

import json
import os
import subprocess

import dreambridge
import pytest
from conftest import Engine

from devtools import impostor

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]


def test_what_a_newcomer_does(engine: Engine, daemon: dreambridge.Daemon) -> None:
    got = engine.run("faults.gd", screen=False, DAEMON=daemon.name)
    assert got["left"] == 0, "a freed stream or view leaves objects behind"
    assert got["conditions"] and got["unset"], "the property conditions directs"
    assert got["reopened"] == [5, 10.0, 204], "seed and fps open it again, with what was directed"
    assert got["wrong_bundle"] and got["right_bundle"], "a corrected bundle opens"
    assert got["again"] == ["playing", 204] and got["stopped"] == "closed", "in the tree again it is what it was"
    assert got["animated"] and got["levels"] > 5, "a track of an AnimationPlayer is read in the pixels"
    assert got["jump"] <= 12 and got["still_paused"] == "paused", "a paused tree pauses the daemon; the game's own pause stays"
    assert got["ignored"] and got["stands"] and got["goes_on"], "the time scale is ignored, or followed where that is asked for"
    reached, seconds, level = got["fast"]
    assert reached and 1.9 <= seconds < 6 and level == 255, "20 s of a game that goes ten times as fast"
    assert got["late"] == ["paused", True, True, True, True, True], "at a time scale of 0, and over a connection that is lost"
    errors, level = got["types"]
    assert len(errors) == 6 and all(e.startswith("bad_value: level") for e in errors) and level == 51, got["types"]
    assert "Vector3i" in errors[0] and "Object" in errors[1]
    state, level, errors = got["wrong_key"]
    assert state == "playing" and level == 51, "it opens without the wrong ones"
    assert len(errors) == 2 and "other" in errors[0] and "'levle'" in errors[1]
    (told, *more), size, alpha = got["too_large"]
    assert "not_supported: The frames have 256 x 256 pixels, and this GPU takes textures of at most 100" in told and not more
    assert size == "(100.0, 100.0)" and alpha == 255, got["too_large"]
    assert got["shared"] == 1 and got["own"] == 0, "a shared texture is a configuration warning"
    other = got["other_texture"]
    assert len(other) == 1 and "a DreamTexture that no stream writes into" in other[0] and got["same_texture"] == 0
    assert got["damped"] > 0, "less flashing holds for a running stream"
    assert got["texture"], "without a texture it makes one"
    assert got["view"] == [0, 1, 2, 3] and got["left_stream"] == 0, "a view joins the stream that it gets, whenever that is"
    reached, seconds, before, after, told = got["settled"]
    assert reached and seconds >= 0.9 and before < 200 and after == 255 and told, (
        "settled comes with the last frame of the transition"
    )
    assert got["replaced"] == [False, True, 128, True] and got["settled_freed"] == [False]
    assert len(got["refused"]) == 4 and all("Directed at res://faults.gd:" in e and "in refused()" in e for e in got["refused"])
    assert "got a String" in got["refused"][0] and "got an Array" in got["refused"][1]
    project = str(engine.project)
    alone = ["-E", "-P", "-m", "dreambridge"]
    assert got["programs"] == [[f"{project}/venv/bin/python", *alone], ["/usr/bin/dreambridge"], ["python3", *alone]]
    assert got["bundle"] == f"{project}/bundles/vista"


def test_a_flood_of_messages_holds_up_no_tick(engine: Engine) -> None:
    """They are handled in ticks of a bounded length, in their order; the rest stays with the daemon until its turn comes."""
    count = 60_000
    with impostor.listener("flood", impostor.flood(count)):
        got = engine.run("flood.gd", screen=False, DAEMON="flood", COUNT=str(count))
    assert got["handled"] == count and got["in_order"], got
    assert got["without_time"] == [1, 1, 1], "a tick that has no time left handles one, so that it ends"
    assert got["most_in_a_tick"] < count / 10, got
    assert got["waiting"] < count / 10, "what the main thread did not come to is not kept in memory"


def test_a_stream_that_is_freed_waits_for_nobody(engine: Engine, daemon: dreambridge.Daemon) -> None:
    """Not even for its own thread, which says goodbye when it can. One that is freed when the game quits ends with it."""
    done = subprocess.run(
        engine.command("let_go.gd", screen=False),
        env=os.environ | {"DAEMON": daemon.name},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"waited": False, "closed": True}, done.stdout + done.stderr
    assert done.returncode == 0 and "ERROR" not in done.stderr and "Thread" not in done.stderr, done.stderr
