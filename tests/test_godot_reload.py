"""Scripts of the addon that change while they run in the editor."""

import os
import sys
from pathlib import Path

import dreambridge
import pytest
from conftest import Engine

from devtools.godot_editor import made_editor

pytestmark = [pytest.mark.godot, pytest.mark.timeout(1500)]


def test_scripts_are_reloaded_while_the_preview_plays(engine: Engine, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """A script that a thread runs must not be reloaded: the editor would crash. So there is no thread of the addon in it.

    A cutscene is checked meanwhile.
    """
    editor = made_editor(engine.bed, engine.project, daemon.name, tmp_path)
    rounds = max(4, int(os.environ.get("DREAMBRIDGE_CYCLES", "2")))
    seen = editor.run("reload", screen=False, timeout=200 + 20 * rounds, ROUNDS=str(rounds), PYTHON=sys.executable)["reload"]
    assert seen["checked"], "the cutscene panel has found the problems"
    assert seen["plays"] and seen["plays_again"] and seen["reloads"] >= rounds * 10 and seen["scripts"] > 40, seen
    before, after = seen["left"]
    assert after.pop("threads") <= before.pop("threads") + 2 and after == before, seen
