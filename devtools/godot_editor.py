"""The real Godot editor with a project, a test plugin and settings of its own, for the tests and the benchmarks."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.godot_testbed import Testbed

ROOT = Path(__file__).resolve().parent.parent
NOISE = ("--audio-driver", "Dummy")
TEST_PLUGIN = "res://addons/editor_test/plugin.cfg"


@dataclass
class Editor:
    """The editor of ``bed`` on ``project``, with ``home`` in the place of the user's folders."""

    bed: Testbed
    project: Path
    home: Path
    said: str = ""  # the output of the last run

    def settings(self, **values: object) -> None:
        """Editor settings, such as ``interface__theme__preset="Light"``."""
        lines = [f"{k.replace('__', '/')} = {json.dumps(v)}" for k, v in values.items()]
        path = self.home / "config" / "godot" / "editor_settings-4.6.tres"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('[gd_resource type="EditorSettings" format=3]\n\n[resource]\n' + "\n".join(lines) + "\n")

    def start(
        self, checks: str, *words: str, screen: bool = True, within: Sequence[str] = (), **env: str
    ) -> "subprocess.Popen[str]":
        """Start the editor by the command ``within``, with these checks (tests/godot/editor); its stdout and stderr are pipes."""
        bed = self.bed
        godot = [*bed.godot, *NOISE, "--editor", "--path", str(self.project), *words]
        command = [*within, *(bed.screen if screen else ()), *godot]
        if not screen:
            command.append("--headless")
        homes = {f"XDG_{kind.upper()}_HOME": str(self.home / kind) for kind in ("config", "data", "cache")}
        return subprocess.Popen(
            command,
            env=os.environ | homes | env | {"CHECKS": checks},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, checks: str, *words: str, screen: bool = True, timeout: float = 200, within: Sequence[str] = (), **env: str
    ) -> dict[str, Any]:
        """Run these checks; the last JSON object that they print. AssertionError if a script fails."""
        with self.start(checks, *words, screen=screen, within=within, **env) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.terminate()  # the virtual screen passes it on
                out, err = process.communicate()
                raise AssertionError(f"the editor took longer than {timeout:g} s: {(out + err)[-6000:]}") from None
        said = self.said = out + err
        wrong = [k for k, line in enumerate(said.splitlines()) if "SCRIPT ERROR" in line or "Parse Error" in line]
        assert not wrong, "\n".join(said.splitlines()[wrong[0] : wrong[0] + 12])
        lines = [line for line in out.splitlines() if line.startswith("{")]
        assert lines, said[-6000:]
        return dict(json.loads(lines[-1]))


def made_editor(bed: Testbed, source: Path, daemon: str, folder: Path) -> Editor:
    """An editor for a copy of the project ``source`` in ``folder``, with the test plugin; its scenes ask for ``daemon``."""
    project = folder / "project"
    shutil.copytree(source, project)
    tests = project / "addons" / "editor_test"
    shutil.copytree(ROOT / "tests" / "godot" / "editor", tests)
    shutil.copy(tests / "card.dream.json", project)
    for scene in tests.glob("*.tscn"):
        (project / scene.name).write_text(scene.read_text().replace("DAEMON", daemon))
        scene.unlink()
    config = project / "project.godot"
    config.write_text(config.read_text().replace('plugin.cfg")', f'plugin.cfg", "{TEST_PLUGIN}")'))
    made = Editor(bed, project, folder / "home")
    made.settings()
    return made
