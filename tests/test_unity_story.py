"""Stories in C#: the parser against the vectors, the director with the real daemon, on .NET 8 and on mono."""

import json
from pathlib import Path
from typing import Any

import dreambridge
import probe_bundle
import pytest
from conftest import ROOT, CSharp, Runtime
from made_bundle import with_a_large_state
from PIL import Image
from test_story_script import with_hostile

from devtools import impostor

pytestmark = pytest.mark.timeout(300)
LAMP = ROOT / "tests" / "story" / "lamp.json"


def test_the_vectors(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    path = with_hostile(tmp_path)
    got = csharp.run(runtime, "script", str(path))
    for part, cases in json.loads(path.read_text("utf-8")).items():
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
    Image.new("RGB", (64, 64), (200, 40, 40)).save(tmp_path / "red.png")
    got: dict[str, Any] = csharp.run(runtime, "story_changes", daemon.name, bundle, large, str(tmp_path / "red.png"))
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
    same, newer, none, last = got["files"]
    assert same == newer == last == [True, "", "first"], "a save is loaded with the game's files of its cutscene"
    assert none[0] and "red.png" in none[1] and none[2] == "", "the control"


def test_a_save_of_an_ink_story_that_was_changed_since(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    """What C# says of the texts of the real bink is loaded into it: exactly there, from the knot, from the beginning."""
    bink = pytest.importorskip("bink.story", reason="bink is not installed (extra dev)")
    harbour = (ROOT / "examples" / "harbour.ink.json").read_text("utf-8-sig")
    changes = [("", ""), ("I had to hide", "I got lost"), ("Get into", "Jump into"), ("boat", "ship")]
    stories = [bink.Story(harbour.replace(*change) if change[0] else harbour) for change in changes]
    for story in stories:
        story.bind_external_function("dream", lambda *_: None, lookahead_safe=False)
    loads = [{"hierarchy": s.build_string_of_hierarchy(), "fresh": s.save_state()} for s in stories]
    first = bink.Story(harbour)
    list(first)
    first.choose_choice_index(0)
    list(first)
    given = {"saved": {"state": first.save_state(), "hierarchy": first.build_string_of_hierarchy()}, "loads": loads}
    (tmp_path / "given.json").write_text(json.dumps(given))
    got = csharp.run(runtime, "places", str(tmp_path / "given.json"))
    assert got["bad"] == ["bad_snapshot"] * 5
    for story, place in zip(stories, got["loads"], strict=True):
        story.load_state(place["state"])
        if place["knot"]:
            story.choose_path_string(place["knot"])
        assert place["film"] == "film"
    same, elsewhere, option, knot = zip(stories, got["loads"], strict=True)
    for story, place in (same, elsewhere):
        assert (place["why"], place["knot"]) == ("", None) and len(story.get_current_choices()) == 2
    assert option[1]["knot"] == "boat" and "the knot 'boat'" in option[1]["why"]
    assert option[0].cont() == "A light flashes far out.\n", "the story still knows that she is afraid"
    assert knot[1]["knot"] is None and "the beginning" in knot[1]["why"] and knot[0].cont().startswith("The harbour lies still.")


def test_a_wait_does_not_last_for_a_daemon_that_never_answers(csharp: CSharp, runtime: Runtime) -> None:
    """It was found, and so gets longer than one that was not (1 s); and longer still while the game's own daemon starts."""
    name = f"silent-{runtime}"
    with impostor.listener(name, b""):
        got: dict[str, Any] = csharp.run(runtime, "story_unanswered", name)
    assert got["outcomes"] == ["lost", "lost", "timeout"] and got["seconds"] >= 1.9 and got["errors"] == ["daemon_gone"], got
