"""The addon's editor side in the real editor: the dock, the preview in the scene, and that both leave nothing behind."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import NOISE, ROOT, Engine

pytestmark = [pytest.mark.godot, pytest.mark.timeout(300)]
OPENGL = ("--rendering-driver", "opengl3")
TEST_PLUGIN = "res://addons/editor_test/plugin.cfg"


@dataclass
class Editor:
    """The real editor, with a project of its own in which the test plugin is enabled, and settings of its own."""

    engine: Engine
    project: Path
    home: Path

    def settings(self, **values: object) -> None:
        """Editor settings, such as ``interface__theme__preset="Light"``."""
        lines = [f"{k.replace('__', '/')} = {json.dumps(v)}" for k, v in values.items()]
        path = self.home / "config" / "godot" / "editor_settings-4.6.tres"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('[gd_resource type="EditorSettings" format=3]\n\n[resource]\n' + "\n".join(lines) + "\n")

    def run(
        self, checks: str, *words: str, screen: bool = True, timeout: float = 200, within: Sequence[str] = (), **env: str
    ) -> dict[str, Any]:
        """Run a script of checks, by the command ``within``; the last JSON object that it prints. Script errors fail the test."""
        bed = self.engine.bed
        godot = [*bed.godot, *NOISE, "--editor", "--path", str(self.project), *words]
        command = [*within, *(bed.screen if screen else ()), *godot]
        if not screen:
            command.append("--headless")
        env = env | {"CHECKS": checks}
        homes = {f"XDG_{kind.upper()}_HOME": str(self.home / kind) for kind in ("config", "data", "cache")}
        done = subprocess.run(
            command,
            env=os.environ | homes | env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "SCRIPT ERROR" not in said and "Parse Error" not in said, said[-6000:]
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        assert lines, said[-6000:]
        return dict(json.loads(lines[-1]))


def made_editor(engine: Engine, daemon: dreambridge.Daemon, folder: Path) -> Editor:
    project = folder / "project"
    shutil.copytree(engine.project, project)
    shutil.copytree(ROOT / "tests" / "godot" / "editor", project / "addons" / "editor_test")
    shutil.copy(project / "addons" / "editor_test" / "card.dream.json", project)
    for scene in (project / "addons" / "editor_test").glob("*.tscn"):
        (project / scene.name).write_text(scene.read_text().replace("DAEMON", daemon.name))
        scene.unlink()
    config = project / "project.godot"
    config.write_text(config.read_text().replace('plugin.cfg")', f'plugin.cfg", "{TEST_PLUGIN}")'))
    made = Editor(engine, project, folder / "home")
    made.settings()
    return made


@pytest.fixture(scope="module")
def editor(engine: Engine, daemon: dreambridge.Daemon, tmp_path_factory: pytest.TempPathFactory) -> Editor:
    return made_editor(engine, daemon, tmp_path_factory.mktemp("editor"))


@pytest.fixture(scope="module")
def seen(editor: Editor, daemon: dreambridge.Daemon) -> dict[str, Any]:
    """What the checks saw, in one start of the editor."""
    env = {"DAEMON": daemon.name, "PYTHON": sys.executable, "CYCLES": os.environ.get("DREAMBRIDGE_CYCLES", "2")}
    return editor.run("dock preview cutscene lifecycle conditions", *OPENGL, **env)


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
    assert dock["level"] and dock["moved"] and dock["latency"] > 0 and dock["saved"], dock
    assert dock["scene"] == {"level": 0.4} and dock["call"] == '$DreamStream.direct({"level": 0.8})', dock
    assert dock["kept"] == {"level": 0.8} and dock["undone"] == {"level": 0.4}, "only the button writes into the scene"
    assert dock["back"], "the dock is open again, and the stream plays on"


def test_conditions_in_the_editor(seen: dict[str, Any]) -> None:
    """The effect is read in the pixels of the preview."""
    got = seen["conditions"]
    assert got["plays"] and got["listed"] and got["in_the_inspector"] and got["checked"] == [True, True] and got["metadata"], got
    assert got["edited"] and got["kept_schema"] == "testcard", "an edit directs the preview, and keeps the schema with the node"
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


def test_the_preview_is_seen_and_not_saved(seen: dict[str, Any]) -> None:
    preview = seen["preview"]
    assert preview["plays"] and preview["in_the_sprite"], preview
    assert preview["sent"] and preview["over_2d"] and preview["over_3d"] and preview["layers"] == ["label", "depth"], preview
    assert preview["same_bytes"] and preview["same_bytes_3d"] and preview["moved"], preview
    assert preview["control"], "a change of the user's is saved"
    assert preview["off"] == ["closed", 1, True] and preview["held"]["rings"] == 0, preview
    assert preview["gone"] == "closed" and preview["back"], "a stream that is deleted, and comes back by Undo"
    assert preview["height"], "a hidden dock does not ask for more than its share"
    assert preview["closed"] and preview["again"], "the streams of the scene that is edited run, and no others"


def test_a_scene_of_an_older_version(seen: dict[str, Any]) -> None:
    preview = seen["preview"]
    assert preview["old"] == ["/a/machine/python", False, True] and preview["healed"], preview


def test_the_editor_keeps_nothing(seen: dict[str, Any]) -> None:
    """Plugin off and on, scene reload, stop and start in one tick, all while a stream plays."""
    life = seen["lifecycle"]
    assert life["runs"] and life["ended"] and life["plays_on"], "the game starts and ends while the stream plays in the editor"
    after, before = ({k: v for k, v in life[which].items() if k != "threads"} for which in ("after", "before"))
    assert life["off"] == [True, 0, 0] and after == before and life["cycles"] >= 2, life


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
