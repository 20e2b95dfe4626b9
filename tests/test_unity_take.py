"""Recordings in Unity's plain-C# core, on .NET 8 and on mono: a take replays to the same pixels."""

import json
from pathlib import Path

import dreambridge
import pytest
from conftest import CSharp, Runtime
from dreambridge.commands.replay import replay
from test_take import lines_of, written

pytestmark = pytest.mark.timeout(600)


def test_a_take_gives_the_same_pixels_again(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    path = tmp_path / "ö.take.jsonl"
    got = csharp.run(runtime, "record", daemon.name, str(path))
    assert got["twice"] == "bad_state" and got["exists"] == "bad_argument" and got["nowhere"] == "no_access"
    assert got["replaced"] == "bad_state" and got["closed"] == "cancelled" and got["read"] > 0
    assert got["unstarted"] == "daemon_gone", "the connection went before the earlier recording was ended: told once"
    lines = lines_of(path.read_text("utf-8"))
    assert {"direct", "keep", "cutscene_load", "cutscene_play", "cutscene_choose", "cut", "jump"} <= {m["type"] for m in lines}
    assert lines[-1]["type"] == "end" and lines[-1].get("reason", "stopped") == "stopped"
    result = replay(path, quiet=True)
    assert result["frames"] == result["compared"] == result["equal"] == got["steps"] > 40 and not result["told"]
    first = next(k for k, line in enumerate(lines) if line["type"] == "direct")
    other = replay(written(tmp_path / "x.take.jsonl", lines[:first] + lines[first + 1 :]), quiet=True)
    assert other["equal"] < other["compared"], "the control: without one of its directions"
    assert json.loads(path.read_text("utf-8").splitlines()[0])["type"] == "take"
