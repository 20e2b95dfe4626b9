"""docs/cutscenes.md, "The same cutscene in Godot": its steps are read from the page and done, from an empty folder on."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import NOISE, ROOT, Engine

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]

PAGE = ROOT / "docs" / "cutscenes.md"
TITLE = "## The same cutscene in Godot\n"
MAX_STEPS = 12


class Step(NamedTuple):
    """One command, one file to save, or one click: ``block`` is the command or the file, ``bold`` what is clicked."""

    text: str
    block: str
    files: list[str]
    bold: list[str]


def steps() -> list[Step]:
    section = PAGE.read_text().split(TITLE)[1].split("\n## ")[0]
    out = []
    for text in re.split(r"^\d+\. ", section, flags=re.M)[1:]:
        text = re.split(r"\n\n(?=\S)", text)[0]
        block = re.search(r"^ *```\w*\n(.*?)^ *```", text, re.M | re.S)
        body = "".join(line.removeprefix("   ") for line in block[1].splitlines(True)) if block else ""
        words = text.split("```")[0]
        out.append(Step(words, body, re.findall(r"as `([^`]+)`", words), re.findall(r"\*\*([^*]+)\*\*", words)))
    return out


def first_document() -> str:
    """The cutscene at the top of the page, which step 5 names as "the one above"."""
    return PAGE.read_text().split("```json\n")[1].split("```")[0]


def test_there_are_at_most_twelve_steps_of_one_action_each() -> None:
    found = steps()
    assert 0 < len(found) <= MAX_STEPS
    for step in found:
        kinds = [len(step.block.strip().splitlines()) == 1 and not step.files, bool(step.files), bool(step.bold)]
        assert sum(kinds) == 1, step


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder next to a checkout, as far as the steps need one."""
    base = tmp_path_factory.mktemp("first")
    checkout = base / "dreambridge"
    checkout.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    left_out = shutil.ignore_patterns(".godot", "__pycache__", "*.egg-info", "demo")
    shutil.copytree(ROOT / "python", checkout / "python", ignore=left_out)
    shutil.copytree(ROOT / "godot_addon", checkout / "godot_addon", ignore=left_out)
    made = base / "my game"
    made.mkdir()
    return made


def test_the_steps_lead_to_a_cutscene_that_plays(engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands really run; Godot's editor is clicked by a script; a mouse click in the game takes the option."""
    todo = steps()
    clicks = [step.bold for step in todo if step.bold]
    *menus, play, choice = clicks
    assert play == ["Run Current Scene"] and choice[0] == "Sail out"
    home = folder.parent / "home"
    tools = folder.parent / "bin"
    tools.mkdir()
    # The engine of the tests, on a virtual screen, under the name that the page uses.
    words = " ".join(f"'{w}'" for w in (*engine.bed.screen, *engine.bed.godot, *NOISE, "--rendering-driver", "opengl3"))
    (tools / "godot").write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    (tools / "godot").chmod(0o755)
    env = os.environ | {f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("config", "data", "cache")}
    env |= {"PATH": f"{tools}:{os.environ['PATH']}", "CHECKS": "first", "CLICKS": json.dumps([c[0] for c in menus])}
    # pip takes the packages that the tests have, and asks no index: what a machine without a network can do.
    env |= {"PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env.pop("PYTHONPATH", None)
    said = ""
    for step in todo:
        if step.files:
            (folder / step.files[0]).write_text(step.block or first_document())
        elif step.block:
            if "godot" in step.block.split():
                _add_the_hand(folder)
            command = step.block.strip()
            done = subprocess.run(
                command, shell=True, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
            )
            said = done.stdout + done.stderr
            assert done.returncode == 0, (command, said)
            if "venv" in command:
                _lend_packages(folder / ".venv")
    got = json.loads([line for line in said.splitlines() if line.startswith("{")][-1])["first"]
    assert "SCRIPT ERROR" not in said and "Parse Error" not in said, said
    assert got["menu"] and got["items"] == [True, True] and got["asked"] and got["button"], got
    assert got["file"] == "harbour.dream.json" and got["opened"] and got["plays"], got
    assert got["scene"] == ["res://harbour.tscn", ["Picture", "DreamStream", "DreamCutscenePlayer", "DreamChoices"]], got
    assert not list(folder.glob("*.json.tscn")) and (folder / "harbour.dream.json").read_text() == first_document()
    shutil.copy(ROOT / "tests" / "godot" / "first_game.gd", folder)
    own = folder.parent / "rt"
    own.mkdir()
    env |= {"SCENE": "res://harbour.tscn", "CLICK": choice[0], "DREAMBRIDGE_RUNTIME_DIR": str(own)}
    line = ["godot", "--path", str(folder), "--script", "res://first_game.gd"]
    done = subprocess.run(line, env=env, capture_output=True, text=True, timeout=200, check=False)
    lines = [json.loads(text) for text in done.stdout.splitlines() if text.startswith("{")]
    assert lines and "buttons" in lines[-1], done.stdout + done.stderr
    played = lines[-1]
    assert played["buttons"] == ["Sail out", "Stay"] and played["focus"] and played["on_screen"], played
    assert played["picture"] == "(256.0, 256.0)" and played["asked_for"] == ["vista", 7], played
    assert played["shots"] == ["dawn", "sea"] and played["left"] == 0, played


def _lend_packages(environment: Path) -> None:
    """The new environment finds what the tests have installed; a user's pip gets it from the index."""
    site = next((environment / "lib").glob("python*/site-packages"))
    packages = [p for p in sys.path if "site-packages" in p]
    (site / "lent.pth").write_text(f"import sys; sys.path[:0] = {packages!r}\n")  # before a setuptools that venv brings


def _add_the_hand(folder: Path) -> None:
    """The plugin of the tests, which clicks."""
    shutil.copytree(ROOT / "tests" / "godot" / "editor", folder / "addons" / "editor_test")
    shutil.copy(ROOT / "tests" / "godot" / "band_animation.gd", folder)  # one of its scripts names it
    for scene in (folder / "addons" / "editor_test").glob("*.tscn"):
        scene.unlink()
    project = folder / "project.godot"
    project.write_text(project.read_text().replace('plugin.cfg")', 'plugin.cfg", "res://addons/editor_test/plugin.cfg")'))


def test_the_page_is_read() -> None:
    """The control: a page without the steps has none."""
    assert steps()[0].block == "python3 -m venv .venv\n" and sys.version_info >= (3, 11)
    assert json.loads(first_document())["name"] == "harbour"
