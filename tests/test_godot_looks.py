"""Looks and cutscenes without code around them, in the real engine."""

import re

import dreambridge
import pytest
from conftest import ROOT, Engine

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]


def test_the_trial_cutscene(engine: Engine, daemon: dreambridge.Daemon) -> None:
    code = (ROOT / "tests" / "godot" / "arrival.gd").read_text()
    lines = re.search(r"^# begin.*?\n(.*?)^# end", code, re.M | re.S)
    assert lines and len(lines[1].splitlines()) <= 15
    got = engine.run("arrival.gd", screen=False, DAEMON=daemon.name, timeout=240)
    assert got["code"] == ["storm", 20.0, 0.2], "the branch, with the pan before it"
    assert got["others"] == ["storm", None], "a look may unset the others"
    assert got["played"] and got["told"] == ["gulls", "choice"] and got["paid"] and got["none"] is False
    assert got["nodes"] == 2, "the player goes with its stream"
