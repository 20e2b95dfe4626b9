"""Cutscenes in Unity's plain-C# core, on .NET 8 and on mono: played by the real daemon, told when they are shown, and gone on
with.
"""

import json
import time
from pathlib import Path

import dreambridge
import numpy as np
import pytest
from conftest import CSharp, end, serve
from dreambridge.cutscene.sound import write_features
from PIL import Image
from test_cutscene_stream import STORY, document
from test_unity_life import Watcher

from devtools.csharp_testbed import Runtime

pytestmark = pytest.mark.timeout(600)


def test_a_cutscene_is_played_and_directed(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """The frames show the lanes; each event is raised with the first frame for which it holds, and not before it is read."""
    (tmp_path / "vista").mkdir()
    Image.new("RGB", (64, 64), (200, 40, 40)).save(tmp_path / "vista" / "red.png")
    Image.new("RGB", (8, 8)).save(tmp_path / "secret.png")
    story, pictures = tmp_path / "story.dream.json", tmp_path / "vista" / "pictures.dream.json"
    story.write_text(json.dumps(STORY))
    keys = [{"at": 0, "value": "red.png"}]
    sound = {"file": "song.ogg", "condition": "audio", "features": "song.npy"}
    pictures.write_text(json.dumps(document(a={"lanes": {"reference": {"keys": keys}}, "length": 1, "audio": sound})))
    (pictures.parent / "song.npy").write_bytes(write_features(np.ones((50, 17), np.float32)))
    got = csharp.run(runtime, "cutscene", daemon.name, str(story), str(pictures))
    assert got["name"] == "test" and got["shots"] == ["door 1", "room 0", "hall 0"] and got["seconds"] == 0.5
    assert got["begun"] == "Playing door 0"
    assert got["levels"] == pytest.approx([min(k / 15, 1) * 255 for k in range(20)], abs=1)
    assert got["waited"] == [False, True]
    assert (got["raised_early"], got["raised_then"]) == (0, 1), "the event of a frame that was not read"
    events = [(e["happened"], e["name"] or e["shot"], e["late"]) for e in got["events"]]
    assert events == [
        ("Shot", "door", 0),
        ("Mark", "middle", 0),
        ("Waiting", "open", 0),
        ("Shot", "room", 0),
        ("Choice", "room", 0),
        ("Shot", "hall", 0),
        ("Ended", "hall", 0),
    ]
    assert got["events"][2]["limit"] == 9 and got["events"][4]["options"] == ["left=Left", "right="]
    assert got["choosing"] == "Choosing" and "[bad_argument]" in got["refused"] and "[bad_value]" in got["not_a_number"]
    assert got["chosen"] == "hall" and got["ended"] == "Ended" and got["events"][-1]["went"] == "left"
    assert got["lanes_left"] == 0.25, "a stream that is opened again begins with it"
    assert got["by_hand"] == 204 and got["released"] == ["level"] and got["by_lane"] == pytest.approx(127.5, abs=2)
    assert got["replaced"] == 0 and "no condition 'lvel'" in got["bad_replace"]
    assert (got["sought"], got["skipped"], got["n"], got["stopped"]) == (12, "Ended", 4, "Ended")
    assert got["restored"] == pytest.approx(15, abs=0.1)
    assert got["first"] < 64, "the default is 128"
    assert "not JSON" in got["bad"][0] and got["bad"][1] == got["bad"][0] and got["closed"] == ["cancelled", "daemon_gone"]
    assert got["files"] == 2 and got["loaded"][:2] == ["ok", "ok"] and "was not sent" in got["loaded"][2] and got["outside"] == ""


def test_it_goes_on_at_the_same_place(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    """After the daemon's return, twice: the next frame that is shown is one of the cutscene at its place, and the variables are
    kept.
    """
    name = f"scene-{runtime}"
    daemons = [serve(name)]
    watcher = Watcher(csharp, runtime, tmp_path / "stop", "cutscene_return", name, str(tmp_path / "stop"))
    try:
        watcher.wait("plays", 60)
        for number in (1, 2):
            seen = len(watcher.said)
            daemons[-1].kill()
            daemons[-1].wait()
            before = watcher.wait("lost", 30, seen)["lost"]
            time.sleep(1)  # what the cutscene does not run on in
            daemons.append(serve(name))
            watcher.wait("plays", 60, seen)
            frames = [m["frame"] for m in watcher.said[seen:] if "frame" in m and m["number"] == number]
            assert frames and frames == sorted(frames) and before - 1 <= frames[0] <= before + 2, (before, frames)
            assert watcher.wait("event", 10, seen) == {"event": "Shot", "n": 3, "number": number}
    finally:
        watcher.close()
        end(*daemons)
    assert watcher.said[-1] == {"end": True, "errors": [], "paused": False}
