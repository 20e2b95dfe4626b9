"""Stories in Godot that direct a stream: the parser against the vectors, DreamStory and DreamDirector in the real engine."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import dreambridge
import pytest
from conftest import ROOT, Engine, end, serve
from test_story_script import VECTORS

pytestmark = [pytest.mark.godot, pytest.mark.timeout(300)]
STORIES = ROOT / "tests" / "story"


@pytest.fixture(scope="module")
def got(engine: Engine) -> Iterator[dict[str, Any]]:
    """What tests/godot/story.gd found. Its daemon is killed and started again when it asks for that."""
    process = serve("story-godot")
    env = os.environ | {
        "DAEMON": "story-godot",
        "STORIES": str(STORIES),
        "WALKS": "20",
        "VECTORS": str(ROOT / "protocol" / "vectors" / "script.json"),
    }
    godot = subprocess.Popen(
        engine.command("story.gd", screen=False), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )
    assert godot.stdout
    found: dict[str, Any] = {}
    said = []
    try:
        for line in godot.stdout:
            said.append(line)
            if not line.startswith("{"):
                continue
            found = json.loads(line)
            if "kill" in found:
                process.kill()
                process.wait()
            elif "start" in found:
                end(process)
                process = serve("story-godot")
        assert godot.wait(20) == 0
    finally:
        godot.kill()
        godot.wait()
        godot.stdout.close()
        end(process)
    text = "".join(said)
    assert "SCRIPT ERROR" not in text and "Parse Error" not in text, text
    assert "vectors" in found, text
    yield found


@pytest.mark.parametrize("part", list(VECTORS))
def test_the_vectors(got: dict[str, Any], part: str) -> None:
    assert [g for g, case in zip(got["vectors"][part], VECTORS[part], strict=True) if g != case] == []


def test_long_texts_and_emoji(got: dict[str, Any]) -> None:
    assert "100000 characters; the limit is 10000" in got["long"]
    assert got["emoji"] == {"do": "direct", "values": {"prompt": "🌧\u202b סערה"}}


def test_the_same_story_as_in_each_engine(got: dict[str, Any]) -> None:
    """The same texts, and the same directions in the same order (tests/story/lamp.json), on each way."""
    assert got["paths"] == json.loads((STORIES / "lamp.json").read_text())
    assert got["paths_errors"] == ["daemon_gone"], "one message that there is no stream"


def test_without_a_daemon(got: dict[str, Any]) -> None:
    outcomes, pending, quick = got["alone"]
    assert outcomes == ["pending", "pending", "lost", "lost"] and pending == 2 and quick
    assert got["alone_errors"] == ["daemon_gone"] and got["freed"] == ["lost", "lost", "", False]


def test_directions(got: dict[str, Any]) -> None:
    assert got["tags"] == ["pending", "shown"] and got["level"] == 64
    assert got["cut"] == [["pending", "shown"], 128, 9] and got["no_errors"] == []
    assert got["refused"] == ["pending", "refused", "pending", "refused", "refused", "pending"]
    assert got["refused_errors"] == ["unknown_condition", "bad_value", "bad_script", "bad_cutscene"], "each once"
    assert got["nothing_plays"] == ["pending", "refused", "pending", "shown"] and got["nothing_errors"] == ["bad_state"]
    assert got["outside"] == ["bad_cutscene"] * 3 and got["rewound"] and got["keep_errors"] == ["bad_argument"]


def test_a_cutscene(got: dict[str, Any]) -> None:
    assert got["cutscene_errors"] == []
    assert got["cutscene"] == [
        *("pending", "reached", "reached", "pending", "timeout", "pending", "reached", "reached", "refused"),
        *("pending", "pending", "pending", "pending", "reached"),
    ]  # fmt: skip


def test_what_ends_a_wait(got: dict[str, Any]) -> None:
    """Also with a time scale of 0, in a paused tree, and when the node leaves it."""
    assert got["waits"] == {
        "timeout": "timeout",
        "no_time": "timeout",
        "paused_tree": "timeout",
        "skipping": "skipped",
        "skipped": "skipped",
        "shown": "shown",
        "left_the_tree": ["lost"],
    }
    assert got["waits_errors"] == []


def test_two_hundred_lines_at_once(got: dict[str, Any]) -> None:
    assert got["clicks"] == ["shown", 1, True]


def test_pixels_follow_random_ways(got: dict[str, Any]) -> None:
    for walks in (got["walks"], got["ahead"]):
        assert walks["errors"] == [] and walks["forks"] == 0 and walks["ways"] >= 4
        assert walks["lines"] >= 120 and walks["agree"] == walks["lines"], walks["wrong"]
    assert got["walks"]["adopted"] == 0, "nothing was made ahead"
    assert got["ahead"]["adopted"] >= 2 and got["ahead"]["directed"] >= 2


def test_what_is_made_ahead(got: dict[str, Any]) -> None:
    assert got["made"] == [1, 1, ["shown"], 191], "one of three options; the misspelt one makes room, and choosing adopts it"
    assert got["stale"] == [0, "shown", 128], "after a cut the fork is not used"
    assert got["made_errors"] == [] and got["made_forks"] == 0


def test_save_games(got: dict[str, Any]) -> None:
    why, same, moving, options, small = got["saved"]
    assert (why, same, moving, options, small) == ("", True, True, 3, True)
    assert got["line_again"], "the line that was on screen"
    why, text = got["changed"]
    assert "changed since" in why and "stairs" in why and text == "New stairs."
    exact, later, level = got["saved_cutscene"]
    assert exact and later == ["shown", "pending", "reached", "reached"] and level == 204 and got["saved_errors"] == []


def test_a_daemon_that_restarts_in_mid_sentence(got: dict[str, Any]) -> None:
    """A wait ends when the daemon is killed; directions of meanwhile are merged, and hold when it is back."""
    assert got["restart"]["wait"] == "lost" and got["restart"]["most"] == 1
    assert got["restart"]["errors"] == ["daemon_gone"] and got["restart"]["back"] == ["shown", True]
    assert got["restart"]["closed"] == ["lost", "lost"]


def test_mistakes_of_a_writer(got: dict[str, Any]) -> None:
    assert got["mistakes"] == [[False, True, line] for line in (1, 2, 2, 1, 3, 1, 1)]
    assert got["mistakes_errors"] == ["bad_script"] * 7
    (problem,) = got["problems"]
    assert problem["line"] == 1 and "not a direction" in problem["message"]
    assert got["latin1"] == "Grün"


@pytest.fixture(scope="module")
def faults(engine: Engine, daemon: dreambridge.Daemon) -> dict[str, Any]:
    """What tests/godot/story_faults.gd found."""
    return engine.run("story_faults.gd", screen=False, DAEMON=daemon.name)


def test_a_cut_takes_no_event_and_no_delta_along(faults: dict[str, Any]) -> None:
    assert faults["momentary"] == [{"do": "cut", "values": {"level": 0.5}, "seed": 3}]


def test_loading_a_save_without_a_daemon_returns(faults: dict[str, Any]) -> None:
    """No daemon, and a stream outside the tree; the next direction is taken."""
    assert faults["never_there"] == [True, True, True]


def test_forks_end_with_their_director(faults: dict[str, Any]) -> None:
    """It leaves the tree, gets another stream, leaves while they are made, makes none any more, is freed."""
    assert faults["forks_end"] == [True, 2, 0, True, 2, 0, True, 0, 0, 0]


def test_a_stream_that_is_freed_while_it_is_directed(faults: dict[str, Any]) -> None:
    """Freed, or set to null, while directions are sent, options made ahead, and one adopted: the next stream is directed."""
    assert faults["freed"] == [True] * 10


def test_another_stream(faults: dict[str, Any]) -> None:
    assert faults["another_stream"] == [["pending", "refused"], "shown", ["pending", "shown"], 191]
    assert faults["another_errors"] == ["bad_value"]


def test_a_pause_menu_saves_and_loads(faults: dict[str, Any]) -> None:
    """In a paused tree; a stream that opens there makes no frames, nor one that the game resumes."""
    assert faults["paused_tree"] == [True, True, True, True, "paused", True, "shown", True]


def test_calls_of_a_story_that_overlap(faults: dict[str, Any]) -> None:
    first, second, options = {"text": "First."}, {"text": "Second."}, {"text": "Taken."}
    assert faults["overlapping"] == {
        "waits": True,
        "twice": [second, second],
        "begun_again": ["Other.", {}, {}, "Last."],
        "loaded": [first, first, {}],
        "choice": True,
        "taken": [options, options, {"text": "End."}],
        "rewritten": [{}, {"text": "Another story."}],
    }
    assert faults["overlapping_errors"] == []


def test_whole_numbers_come_back_from_json(faults: dict[str, Any]) -> None:
    assert faults["whole"] == ["3 coins.", True]


def test_what_was_not_answered_is_asked_again(faults: dict[str, Any]) -> None:
    """Whatever a story tells a cutscene: the connection breaks after each request, before the answer."""
    reached = [True, "reached"]
    assert faults["asked_again"] == [reached, [True, ""], reached, reached, [True, ""], reached, 3]
    assert set(faults["asked_again_errors"]) <= {"bad_state"}, "the daemon may have taken the option before the connection broke"


def test_newer_directions_win_after_a_loss(faults: dict[str, Any]) -> None:
    settled, waiting = faults["lost_in_between"]
    assert settled and [s for s in waiting if s["do"] == "set"] == [{"do": "set", "values": {"coins": 2}}]
    assert [s.get("name") for s in waiting] == ["inn", "cellar", None], "in the story's order, with the one that was not answered"
