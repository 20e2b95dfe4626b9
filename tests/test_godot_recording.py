"""Takes that the real Godot records, repeated by ``dreambridge replay``."""

import json
from pathlib import Path

import dreambridge
import pytest
from conftest import Engine
from dreambridge.commands.replay import replay

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]


def test_a_take_from_godot_gives_the_same_pixels(engine: Engine, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    got = engine.run("recording.gd", screen=False, DAEMON=daemon.name, FOLDER=str(tmp_path))
    path = tmp_path / "live.take.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    kinds = [line["type"] for line in lines]
    assert {"cutscene_load", "cutscene_choose", "keep", "jump", "direct"} <= set(kinds) and kinds[-1] == "end", kinds
    result = replay(path, quiet=True)
    assert result["frames"] == result["compared"] == result["equal"] > 40 and not result["told"], result
    # The control: without its last direction the pixels differ.
    last = max(k for k, kind in enumerate(kinds) if kind == "direct")
    path.write_text("".join(json.dumps(line) + "\n" for line in lines[:last] + lines[last + 1 :]))
    assert replay(path, quiet=True)["equal"] < result["equal"]
    assert json.loads(got["so_far"])["type"] == "take" and got["goes_on"] and got["whole"], got
    assert got["not_open"] and got["twice"] and got["ended"] == [False, True, 2] and got["again"], got
    assert got["exists"] == got["no_folder"] == got["torn"] == got["freed"] == "", got
    assert got["replaced"] == [False, True, ""] and got["lives"] == [True, True], "the old one asks the daemon nothing"
    assert got["away"] == ["", ""], got
    codes = [e.split(":")[0] for e in got["errors"]]
    assert codes == ["bad_state", "bad_argument", "no_access", "bad_state", "bad_state", "daemon_gone"], got["errors"]
