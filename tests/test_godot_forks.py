"""Places and forks of a stream in the real Godot."""

import dreambridge
import pytest
from conftest import Engine

pytestmark = [pytest.mark.godot, pytest.mark.timeout(300)]


def test_places_and_forks(engine: Engine, daemon: dreambridge.Daemon) -> None:
    got = engine.run("forks.gd", screen=False, DAEMON=daemon.name)
    assert got["kept"] and got["landed"] == 1 and got["no_place"] == {}
    assert got["numbers"] == [1, 2] and got["directed"] and not got["wrong"] and got["prepared"] == 15
    assert got["adopted"] and got["level"] == 204 and got["rising"] and got["effective"] == {"level": 0.8}
    assert not got["dropped"] and got["forks"] == 0
    assert got["begun"] and got["chosen_of"] == "choosing" and got["ahead"] >= 15 and got["chosen"] == 153
    said = [e.split(":")[0] for e in got["errors"]]
    assert said == ["bad_argument", "unknown_condition", "bad_argument"], got["errors"]
    assert not got["freed"], "a fork of a stream that is gone"
