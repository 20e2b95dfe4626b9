"""Places, forks and snapshots of a stream in Unity's core, on .NET 8 and on mono."""

from pathlib import Path

import dreambridge
from conftest import CSharp, Runtime, end, serve
from made_bundle import with_a_large_state
from test_unity_life import Watcher


def test_places_and_forks(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    got = csharp.run(runtime, "forks", daemon.name)
    assert got["landed"] == 3 and got["numbers"] == [1, 2] and got["at"] == 5 and got["answers"]
    assert got["effective_there"] == 0.2 and got["seed_there"] == 5
    assert got["steps"] == 15 and got["rising"] and got["cut"] and got["level"] == 204 and got["effective"] == 0.8
    assert got["wrong"] == "unknown_condition" and got["over"] == "bad_argument"
    assert got["chosen"] == 153 and got["chosen_cut"] and got["ran_out"] == "b"


def test_snapshots_in_files(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """For models whose state fits into no message; a file that is no snapshot is not replaced."""
    bundle = with_a_large_state(tmp_path / "large")
    got = csharp.run(runtime, "snapshot_files", daemon.name, str(bundle), str(tmp_path))
    assert not got["before"] and got["shades"] == [1, 2, 2] and got["bytes"] == got["size"] > 8 * 2**20
    assert got["errors"] == {
        "message": "too_large",
        "save": "",
        "load": "",
        "again": "",
        "foreign": "bad_argument",
        "absent": "no_access",
        "empty": "bad_argument",
    }
    assert (bundle / "bundle.json").read_text().startswith("{")


def test_the_conditions_of_a_snapshot_hold_when_the_daemon_restarts(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    """And what was directed after the restore, whose answer may come before that of the restore."""
    name = f"restored-{runtime}"
    daemons = [serve(name)]
    watcher = Watcher(csharp, runtime, tmp_path / "stop", "restored", name, str(tmp_path / "stop"))
    try:
        assert watcher.wait("restored", 60)["restored"] == {"level": 0.2}, "that of the snapshot, not the 0.9 since then"
        assert watcher.wait("fresh", 60) == {"fresh": {"level": 0.2}, "seed": 5}, "a stream that never directed it"
        assert watcher.wait("directed", 60) == {"directed": {"level": 0.6}, "seed": 5}, "it came after the restore"
        for wanted in (0.6, 0.6):
            seen = len(watcher.said)
            daemons[-1].kill()
            daemons[-1].wait()
            daemons.append(serve(name))
            assert watcher.wait("level", 60, seen)["level"] == round(wanted * 255)
    finally:
        watcher.close()
        end(*daemons)
