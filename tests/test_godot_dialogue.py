"""Stories in Dialogic, Dialogue Manager and Yarn Spinner, in the real Godot, with stand-ins for these addons."""

import json
import shutil
import subprocess
from typing import Any

import dreambridge
import pytest
from conftest import NOISE, ROOT, Engine

pytestmark = [pytest.mark.godot, pytest.mark.timeout(300)]
STORIES = ROOT / "tests" / "story"
STAND_INS = ROOT / "tests" / "godot_dialogue"
LAMP = json.loads((STORIES / "lamp.json").read_text())


def close(told: Any, wanted: Any) -> bool:
    """Dialogic writes 0.6 for 0.6000000000000001."""
    if isinstance(wanted, dict):
        return isinstance(told, dict) and set(told) == set(wanted) and all(close(told[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list):
        return isinstance(told, list) and len(told) == len(wanted) and all(map(close, told, wanted))
    return told == (pytest.approx(wanted, abs=1e-9) if isinstance(wanted, float) else wanted)


@pytest.fixture(scope="module")
def project(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A small project with our addon and the stand-ins, to which the event was added as the editor's menu does it."""
    folder = tmp_path_factory.mktemp("dialogue") / "project"
    shutil.copytree(STAND_INS, folder)
    shutil.copytree(ROOT / "godot_addon" / "addons" / "dreambridge", folder / "addons" / "dreambridge")
    (folder / "addons" / "dialogic" / "plugin.cfg").write_text('[plugin]\nname="Dialogic"\n')
    small = Engine(engine.bed, folder)
    godot = [*engine.bed.godot, *NOISE, "--headless", "--path", str(folder)]
    added = subprocess.run([*godot, "--script", "res://add_event.gd"], capture_output=True, text=True, check=False)
    assert '{"target":"res://addons/dialogic_additions/dreambridge","wrong":""}' in added.stdout, added.stdout + added.stderr
    done = subprocess.run([*godot, "--import"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "SCRIPT ERROR" not in done.stderr, done.stdout + done.stderr
    return small


@pytest.fixture(scope="module")
def dialogic(project: Engine, daemon: dreambridge.Daemon) -> dict[str, Any]:
    """What tests/godot_dialogue/dialogic_story.gd found."""
    return project.run("dialogic_story.gd", screen=False, DAEMON=daemon.name, STORIES=str(STORIES))


def test_dialogic_tells_the_same_story(dialogic: dict[str, Any]) -> None:
    """The same texts, and the same directions in the same order (tests/story/lamp.json), on each way."""
    for told, wanted in zip(dialogic["paths"], LAMP, strict=True):
        assert {k: told[k] for k in ("way", "texts")} == {k: wanted[k] for k in ("way", "texts")}
        assert close(told["told"], wanted["told"]), told["told"]
    assert dialogic["alone_errors"] == ["daemon_gone"], "one message that there is no stream"


def test_dialogic_choices_are_made_ahead(dialogic: dict[str, Any]) -> None:
    assert dialogic["seen"] == [True, 2, 1] and dialogic["errors"] == []


def test_dialogic_saves_keep_the_picture(dialogic: dict[str, Any]) -> None:
    """And what was directed after the picture of the save, which may be one of an earlier line."""
    assert dialogic["loaded"] == [[230, True, "The quay is dark."]] * 2


def test_dialogic_waits_end_by_a_click_and_by_auto_skip(dialogic: dict[str, Any]) -> None:
    assert dialogic["skipped"] == [True, True, True, True]


def test_dialogic_goes_on_when_the_scene_changes(dialogic: dict[str, Any]) -> None:
    """The director is freed while it makes a picture or takes an option; what Dialogic keeps outlives it."""
    assert dialogic["picture"] == [True, True]
    assert dialogic["went_on"] == [[], 1, True]
    assert dialogic["refused"] == [1, 2], "once for each opening of the stream"


def test_dialogue_manager_tells_the_same_story(project: Engine, daemon: dreambridge.Daemon) -> None:
    """By its mutations, which are awaited, and by tags of responses; these are made ahead, and the pixels follow."""
    got = project.run("dialogue_manager_story.gd", screen=False, DAEMON=daemon.name, STORIES=str(STORIES))
    for told, wanted in zip(got["paths"], LAMP, strict=True):
        assert {k: told[k] for k in ("way", "texts")} == {k: wanted[k] for k in ("way", "texts")}
        assert close(told["told"], wanted["told"]), told["told"]
    assert got["alone_errors"] == ["daemon_gone"]
    assert got["seen"] == [True, 2, 1] and got["errors"] == []


def test_the_command_and_hashtags_of_yarn_spinner(project: Engine, daemon: dreambridge.Daemon) -> None:
    """What its parser leaves of a command is the direction that was written. Hashtags of options are made ahead."""
    got = project.run("yarn_story.gd", screen=False, DAEMON=daemon.name)
    assert got["told"] == [
        {"do": "direct", "values": {"weather": "storm"}, "over": 2},
        {"do": "direct", "values": {"prompt": "a storm over the coast"}, "over": 2},
        {"do": "direct", "values": {"prompt": 'a "wild" sea'}},
        {"do": "cut", "values": {"prompt": "a cellar"}, "seed": 9},
        {"do": "wait", "moment": "shown"},
        {"do": "direct", "values": {"weather": "storm"}, "over": 2},
        {"do": "direct", "values": {"prompt": "fog"}},
        {"do": "direct", "values": {"level": None}},
        {"do": "play", "name": "arrival", "shot": "dusk"},
    ]
    assert got["alone_errors"] == ["daemon_gone", "bad_script"] and got["static"] == 1, "newer releases look for a static method"
    assert got["line"] == 64 and got["left"] == 1 and got["errors"] == []
    assert got["option0"] == [[1], 191, 1, 0], "made ahead"
    assert got["option1"] == [[2], 191, 1, 1], "an option without hashtags"
    wait = {"do": "wait", "moment": "shown"}
    assert got["back"] == [2, {"do": "direct", "values": {"level": 0.3}}], "hashtags after it left the tree"
    assert got["freed"] == [1, True], "the command of the next scene"
    assert got["later"] == [{"do": "direct", "values": {"level": 0.25}}, wait, wait, wait]
