"""Stories in C#: the parser against the vectors, the director with the real daemon, on .NET 8 and on mono."""

import json
from pathlib import Path
from typing import Any

import dreambridge
import probe_bundle
import pytest
from conftest import ROOT, CSharp, Runtime
from made_bundle import with_a_large_state
from test_story_script import VECTORS

from devtools import impostor

pytestmark = pytest.mark.timeout(300)
LAMP = ROOT / "tests" / "story" / "lamp.json"


def test_the_vectors(csharp: CSharp, runtime: Runtime) -> None:
    got = csharp.run(runtime, "script", str(ROOT / "protocol" / "vectors" / "script.json"))
    for part, cases in VECTORS.items():
        assert [g for g, case in zip(got[part], cases, strict=True) if g != case] == [], part


def test_a_story_directs_a_stream(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    got: dict[str, Any] = csharp.run(runtime, "story", daemon.name, str(LAMP))
    assert got["alone"] == ["lost"] * 3 and got["alone_errors"] == ["daemon_gone"], "one message"
    assert got["early"] == ["pending", "shown"] and got["early_level"]
    assert got["cut"] == ["pending", "shown"] and got["cut_level"] and got["no_errors"] == []
    refused = ["pending", "refused", "pending", "refused", "refused", "pending", "pending", "refused"]
    assert got["refused"] == refused
    assert got["refused_errors"] == ["unknown_condition", "bad_value", "bad_script", "bad_cutscene", "bad_state"], "each once"
    assert got["rewound"] and got["keep_errors"] == ["bad_argument"]
    assert got["cutscene_errors"] == [] and got["cutscene"] == [
        *("pending", "reached", "reached", "pending", "timeout", "pending", "reached", "reached", "refused"),
        *("pending", "pending", "pending", "pending", "reached"),
    ]
    assert got["waits_errors"] == [] and got["waits"] == {
        "timeout": ["timeout"],
        "skipping": ["skipped"],
        "lasts": True,
        "skipped": ["skipped"],
        "shown": ["shown"],
    }
    assert got["clicks"] == [["shown"], 1, True], "200 lines: one waits"

    expected = json.loads(LAMP.read_text())
    told = [v for k, v in got.items() if k.startswith("way") and k != "ways"]
    assert told == [e["told"] for e in expected]
    assert got["ways"][0] == got["ways"][1] > 20, "the pixels of each direction"

    assert got["made"] == [1, ["shown"], 191] and got["stale"] == [1, 1, 128] and got["forks"] == 0 and got["ahead_errors"] == []
    assert got["bad"].split() == ["bad_snapshot"] * 5
    assert got["loaded"] == [True, "", True] and got["later"] == ["shown", "pending", "reached", "reached"]
    assert got["later_level"] == 204 and got["again"] == [False, "weather", True, 0.5] and got["save_errors"] == []
    with daemon.open("testcard", seed=1, threads=1, paused=True) as stream:
        loaded = stream.restore_slot(got["slot"])
        assert loaded.exact and loaded.cutscene is not None and stream.info.seed == 7


def test_a_story_changes_its_mind(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    bundle, large = str(probe_bundle.build(tmp_path / "probe")), str(with_a_large_state(tmp_path / "large"))
    got: dict[str, Any] = csharp.run(runtime, "story_changes", daemon.name, bundle, large)
    assert got["opened"] == ["pending", "shown"]
    assert got["listener"] == [1, ["bad_value"], ["shown"], True], "told once, and what the listener directs is shown"
    assert got["no_cutscene"] == ["bad_state"]
    assert got["twice"] == [True, ["pending", "shown"], True, True], "the first choice is carried out; the second had no options"
    assert got["again"] == [True, ["pending", "shown"], True] and got["again_chosen"] == [True, True, 1, True]
    assert got["loaded"] == [True, True, 0, True], "nothing of the state before the load is adopted"
    assert got["loss"] == [["shown"], True], "the later direction wins"
    assert got["end"] == [True, ["lost"] * 3, True, ["lost"], ["lost"], True, 0.4, []]
    assert got["meanwhile"] == [True, 1, ["shown"], 0.5, 9, []]
    snapshot, exact, reason = got["large"]
    assert snapshot == "" and not exact and "too large" in reason


def test_a_wait_does_not_last_for_a_daemon_that_never_answers(csharp: CSharp, runtime: Runtime) -> None:
    """It was found, and so gets longer than one that was not (1 s); and longer still while the game's own daemon starts."""
    name = f"silent-{runtime}"
    with impostor.listener(name, b""):
        got: dict[str, Any] = csharp.run(runtime, "story_unanswered", name)
    assert got["outcomes"] == ["lost", "lost", "timeout"] and got["seconds"] >= 1.9 and got["errors"] == ["daemon_gone"], got
