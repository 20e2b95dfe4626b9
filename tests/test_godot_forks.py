"""Places and forks of a stream in the real Godot."""

import json
import os
import signal
import subprocess
from typing import Any

import dreambridge
import pytest
from conftest import Engine, end, serve

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]


def test_places_and_forks(engine: Engine, daemon: dreambridge.Daemon) -> None:
    got = engine.run("forks.gd", screen=False, DAEMON=daemon.name)
    assert got["kept"] and got["landed"] == 1 and got["no_place"] == {}
    assert got["numbers"] == [1, 2] and got["directed"] and not got["wrong"] and got["prepared"] == 15
    assert got["adopted"] and got["level"] == 204 and got["rising"] and got["effective"] == {"level": 0.8}
    assert not got["dropped"] and got["forks"] == 0
    assert got["begun"] and got["chosen_of"] == "choosing" and got["ahead"] >= 15 and got["chosen"] == 153
    assert got["ran_out"] == [True, "b", False], "it has left the choice"
    said = [e.split(":")[0] for e in got["errors"]]
    assert said == ["bad_argument", "unknown_condition", "bad_argument", "bad_state"], got["errors"]
    assert not got["freed"], "a fork of a stream that is gone"


def test_a_restarted_daemon_is_told_the_place_that_the_stream_went_to(engine: Engine) -> None:
    """After rewind, restore and adopt: conditions, seed, and the cutscene, which had ended."""
    process = serve("back-godot")
    env = os.environ | {"DAEMON": "back-godot"}
    godot = subprocess.Popen(engine.command("gone_back.gd", screen=False), stdout=subprocess.PIPE, text=True, env=env)
    assert godot.stdout
    got: dict[str, Any] = {}
    try:
        for line in godot.stdout:
            if not line.startswith("{"):
                continue
            said = json.loads(line)
            got |= said
            if "kill" in said:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = serve("back-godot")
        assert godot.wait(60) == 0
    finally:
        godot.kill()
        godot.wait()
        godot.stdout.close()
        end(process)
    nothing = "<null>"
    assert got["held"] == ["before", nothing, nothing, nothing, "place", "mark again", nothing, "on"], got["held"]
    assert got["cut"] == [{"level": 1}, 77, 77], "the control"
    assert got["rewound"] == got["restored"] == [{"level": 0.2}, 4, 4], got
    assert got["restored_and_directed"] == [{"level": 0.9}, 4, 4] and got["adopted"] == [{"level": 0.6}, 4, 4], got
    assert got["level_again"] == [51, 4, "ended"], got
    assert got["ended"] == ["ended", False] and got["back"][:2] == ["playing", True] and got["back"][2] < 80, got
    assert got["cutscene_again"][0] < 100 and got["cutscene_again"][2] == "playing" and got["end"] > 250, got
    assert set(got["marks"]) == {"m"}, got
