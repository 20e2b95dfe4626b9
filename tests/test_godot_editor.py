"""The addon's editor side in the real editor: the dock, the preview in the scene, and that both leave nothing behind."""

import os
import sys
from typing import Any

import dreambridge
import pytest
from conftest import Engine

from devtools.godot_editor import Editor, made_editor
from devtools.godot_testbed import as_one_program

CYCLES = int(os.environ.get("DREAMBRIDGE_CYCLES", "2"))
# Of the lifecycle. DREAMBRIDGE_KINDS=plugin,tabs with -k keeps_nothing runs these alone, for many cycles in pieces.
ALL_KINDS = ("plugin", "scene reload", "play", "stop and start", "tabs")
KINDS = os.environ.get("DREAMBRIDGE_KINDS", "")
# Some seconds for a cycle of each of the kinds.
TIMEOUT = 400 + 40 * CYCLES
pytestmark = [pytest.mark.godot, pytest.mark.timeout(TIMEOUT + 60)]
OPENGL = ("--rendering-driver", "opengl3")


@pytest.fixture(scope="module")
def editor(engine: Engine, daemon: dreambridge.Daemon, tmp_path_factory: pytest.TempPathFactory) -> Editor:
    folder = tmp_path_factory.mktemp("editor")
    return made_editor(as_one_program(engine.bed, folder), engine.project, daemon.name, folder)


@pytest.fixture(scope="module")
def seen(editor: Editor, daemon: dreambridge.Daemon) -> dict[str, Any]:
    """What the checks saw, in one start of the editor."""
    env = {"DAEMON": daemon.name, "PYTHON": sys.executable, "CYCLES": str(CYCLES), "KINDS": KINDS, "COUNT": "4"}
    checks = "lifecycle" if KINDS else "dock preview cutscene lifecycle conditions slider"
    return editor.run(checks, *OPENGL, timeout=TIMEOUT, **env)


def test_a_hidden_dock_costs_nothing(seen: dict[str, Any]) -> None:
    dock = seen["dock"]
    nothing = dock["hidden"]
    # The editor ends threads of its own meanwhile; the addon has none there.
    threads = [held.pop("threads") for held in (nothing, dock["hidden_again"])]
    assert threads[1] <= threads[0] and dock["hidden_again"] == nothing, dock
    assert nothing["rings"] == nothing["callbacks"] == 0 and dock["stopped"] == "closed"
    # The control: a dock that is open has all of that.
    shown = dock["shown"]
    assert shown["rings"] == 1 and shown["callbacks"] >= 3 and shown["sockets"] > nothing["sockets"], dock


def test_the_dock_directs_and_keeps(seen: dict[str, Any]) -> None:
    dock = seen["dock"]
    assert dock["plays"] and dock["said"] == "" and dock["own_texture"], "the scene's own texture stays as it was"
    assert dock["stays"] == pytest.approx(0.8), "a slider does not jump back before the daemon has answered"
    assert dock["level"] and dock["moved"] and dock["latency"] > 0 and dock["saved"], dock
    assert dock["scene"] == {"level": 0.4} and dock["call"] == '$DreamStream.direct({"level": 0.8})', dock
    assert dock["kept"] == {"level": 0.8} and dock["undone"] == {"level": 0.4}, "only the button writes into the scene"
    assert dock["back"], "the dock is open again, and the stream plays on"


def test_a_clip_is_recorded_and_baked(seen: dict[str, Any]) -> None:
    """By the real `dreambridge bake`, in a process of its own; what is cancelled leaves nothing."""
    dock = seen["dock"]
    assert dock["recording"] == [True, True] and dock["bakes"], dock
    assert dock["clip.gif"].endswith("/clip.gif") and dock["clip.png"].startswith("Saved "), dock
    film, more, folder = dock["clip"]
    assert film and folder and more == 0, "one picture for each frame that was recorded"
    assert dock["clip_refused"].startswith("The clip could not be baked.") and "Check" in dock["clip_refused"], dock
    assert dock["cancelled"] == ["", False] and dock["clip_left"] == [], dock


def test_a_slider_in_the_dock_changes_the_viewport(seen: dict[str, Any]) -> None:
    """Read from the 2D viewport's pixels; `bench godot --rows slider` says how long it takes."""
    slider = seen["slider"]
    assert slider["right"] == len(slider["waits"]) == 4 and min(slider["waits"]) > 0, slider


def test_conditions_in_the_editor(seen: dict[str, Any]) -> None:
    """The effect is read in the pixels of the preview."""
    got = seen["conditions"]
    assert got["plays"] and got["listed"] and got["in_the_inspector"] and got["checked"] == [True, True] and got["metadata"], got
    assert got["edited"] and got["kept_schema"] == "testcard", "an edit directs the preview, and keeps the schema with the node"
    assert got["tip"] == ["level: number from 0 to 1", "Brightness of the band above the bars, as a share of 255."], got
    assert got["beside_the_tip"] is got["no_tip"] is False and got["selected"], "other controls and properties are as before"
    assert got["scrubbed"] and got["scrubbed_on"], "an AnimationPlayer that is scrubbed"
    assert got["button"] == 1 and got["applied"] == 2 and got["look"], "the button of a DreamLook, in both streams"
    assert got["none_runs"] == 0 and "No stream of this scene with the bundle testcard is previewed" in got["told"], got


def test_the_dock_says_what_to_do(seen: dict[str, Any]) -> None:
    dock = seen["dock"]
    assert dock["idle"].startswith('Play shows "testcard" here') and "no DreamStream" in dock["empty"]
    assert dock["added"] and dock["after_adding"], dock
    assert (
        "Install Dreambridge, or choose a Python" in dock["no_python"] and "dreambridge serve --name alone" in dock["no_daemon"]
    ), dock
    assert "/nowhere/python cannot be run, or it is not a Python. Press Install" in dock["wrong_python"]
    assert dock["own_plays"] and "own daemon alone-" in dock["own_state"] and dock["log"], dock
    assert dock["own_stopped"] == [True, "", False] and not dock["saved_python"], dock


def test_the_tab_looks_for_pythons_when_the_plugin_is_switched_on(seen: dict[str, Any]) -> None:
    """In the Project Settings, which are open then. Otherwise Install would stay disabled."""
    assert seen["dock"]["switched_on"] and seen["dock"]["in_front"], "and its dock comes to the front"


def test_a_scene_that_is_out_of_date_is_told(seen: dict[str, Any]) -> None:
    """Its bundle is gone since it was saved; in another one a condition has another kind, and one is gone."""
    dock = seen["dock"]
    for said in dock["bundle_gone"]:
        assert "'a bundle of last year' was not found. Available: testcard" in said, dock["bundle_gone"]
    assert dock["right_bundle"] and dock["corrected"], dock
    state, warnings = dock["other_kind"]
    assert "level = 'high': expected a number" in state and "level = 'high': expected a number" in warnings, dock["other_kind"]
    assert "The bundle testcard has no condition gone" in warnings, dock["other_kind"]
    assert dock["no_trouble"] == ["", True], dock


def test_the_preview_is_seen_and_not_saved(seen: dict[str, Any]) -> None:
    preview = seen["preview"]
    assert preview["plays"] and preview["in_the_sprite"], preview
    assert preview["sent"] and preview["over_2d"] and preview["over_3d"] and preview["layers"] == ["label", "depth"], preview
    assert preview["thumbnails"] == ["picture", "lines", "level = 0.4"], preview
    assert preview["same_bytes"] and preview["same_bytes_3d"] and preview["moved"], preview
    assert preview["control"], "a change of the user's is saved"
    assert preview["off"] == ["closed", 1, True] and preview["held"]["rings"] == 0, preview
    assert preview["gone"] == "closed" and preview["back"], "a stream that is deleted, and comes back by Undo"
    assert preview["height"], "a hidden dock does not ask for more than its share"
    assert preview["closed"] and preview["again"], "the streams of the scene that is edited run, and no others"


def test_what_has_no_label_is_found_and_labelled(seen: dict[str, Any]) -> None:
    """By the names of node, mesh and material, with undo. What has a label, and what shows the stream, is not asked about."""
    preview = seen["preview"]
    assert preview["label_checks"] == 1
    assert preview["suggested"] == {"OakTree2": "plant", "Box": "water", "Thing": ""}, preview["suggested"]
    assert preview["labelled"] == [2, ["plant", "water", ""]] and preview["left_unlabelled"] == ["Thing"], preview
    assert preview["unlabelled_again"] == 3, preview


def test_a_scene_of_an_older_version(seen: dict[str, Any]) -> None:
    preview = seen["preview"]
    assert preview["old"] == ["/a/machine/python", False, True] and preview["healed"], preview


def test_the_editor_keeps_nothing(seen: dict[str, Any]) -> None:
    """Plugin off and on, scene reload, play and stop, stop and start in one tick, another tab: all while a stream plays."""
    life = seen["lifecycle"]
    kinds = KINDS.split(",") if KINDS else list(ALL_KINDS)
    assert sorted(life["kinds"]) == sorted(kinds) and life["cycles"] >= 2, life
    assert "plugin" not in kinds or life["off"] == [True, 0, 0], life
    for kind, (before, after) in life["kinds"].items():
        # The editor starts and ends threads of its own; the addon has none there.
        assert after.pop("threads") <= before.pop("threads") + 2 and after == before, (kind, before, after)


def plays_and_ends(game: dict[str, Any]) -> None:
    assert game["came"] and game["playing"] and game["same_daemon"], game
    assert game["level"] == pytest.approx(0.6 * 255, abs=1), "read from the game's screen"
    assert game["ended"] and game["plays_on"] and game["rings"] == [2, 1], game


@pytest.mark.skipif(bool(KINDS) and "play" not in KINDS, reason="not one of DREAMBRIDGE_KINDS")
def test_the_editor_plays_the_scene_and_stops_it(seen: dict[str, Any]) -> None:
    """As by F6 and F5, while the preview plays: the game shows its stream, from the same daemon, and nothing of it is left."""
    games = seen["lifecycle"]["games"]
    assert len(games) >= 3 and all(game["scene"] == "res://played.tscn" for game in games), games
    for game in games:
        plays_and_ends(game)


def test_a_game_joins_the_editors_own_daemon(seen: dict[str, Any]) -> None:
    game = seen["dock"]["game"]
    assert game["scene"] == "res://played_alone.tscn"
    plays_and_ends(game)


def test_the_cutscene_editor_edits_the_text(seen: dict[str, Any]) -> None:
    """By the mouse, with undo; what nobody touched keeps its text: unknown fields, spaces, a seed beyond 2^53."""
    cut = seen["cutscene"]
    assert cut["opened"] and cut["shots"] == ["rise: “Again” → rise, “Leave” → fall", "fall: wait gone → rise, after 5 s end"], (
        cut
    )
    assert cut["dragged"] and cut["in_order"] == [0, 0.5, 1] and cut["mark"] == {"half": 1.5}, cut
    assert cut["undone"] and cut["steps"] == 4 and cut["unsaved"] and cut["saved"] == [True, False], cut
    assert cut["taken"] and cut["asked"] == [True, True] and cut["overwritten"], "another program has changed the file"
    assert cut["fresh"] == ["res://fresh one.dream.json", "first"], cut
    assert cut["renamed"] == ["dawn", ["dawn", "fall"], "dawn", "dawn"] and cut["added"] == 4 and cut["no_lane"] == {}, cut


def test_several_keys_zoom_and_the_graph(seen: dict[str, Any]) -> None:
    cut = seen["cutscene"]
    assert cut["boxed"] == [0, 1] and cut["added_by_shift"] == 3 and cut["taken_by_shift"] == [1, 2], cut
    assert cut["together"] == [[0, 2.5, 3.5], [1, 2]] and cut["several_shown"], "both by half a second, and still chosen"
    assert cut["eased"] == ["", "smooth", "smooth"] and cut["none_left"] == {} and cut["several_undone"], cut
    factor, stays = cut["zoomed"]
    assert factor == pytest.approx(1.25) and stays and cut["dragged_zoomed"] and cut["scrolled"] and cut["fits"], cut
    assert cut["graph"] == [True, False, ["rise", "fall"], ["rise"]], "a line for each way to a shot"
    assert cut["led"] == [["fall", "fall"], "fall"] and cut["led_back"] and cut["graph_shot"] == "fall", cut


def test_the_cutscene_editor_shows_the_daemons_problems(seen: dict[str, Any]) -> None:
    cut = seen["cutscene"]
    assert cut["problems"] == [[1, []], [8, ["shots", "rise", "lanes", "level", "keys", 2]]] and cut["clean"], cut
    assert cut["wrong"] == [[["shots", "rise", "lanes", "level", "keys", 1, "value"], "level = 7: out of range."]], cut


def test_the_preview_follows_the_playhead(seen: dict[str, Any]) -> None:
    cut = seen["cutscene"]
    assert cut["at_2"] and cut["at_1"] and cut["paused"] == "paused" and cut["played"], cut
    assert cut["left"] == "closed" and cut["held"] == 0, "a hidden panel leaves the stream"


def test_a_shot_and_an_animation(seen: dict[str, Any]) -> None:
    cut = seen["cutscene"]
    assert cut["track"] == ["DreamStream:conditions/level", 4, True], cut
    keys = [[0, 0, ""], [2, 0.4, "linear"], [4, 1, "smooth"]]
    assert cut["round"] == [keys, 4, {"half": 2}, ["Sprite:position"]], cut
