"""The real Godot for benchmarks: a copy of the demo project with a measuring script, and the script's output."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError

from devtools.godot_testbed import NoGodot, testbed

ROOT = Path(__file__).resolve().parents[2]


class Engine:
    """Godot and a copy of ``godot_addon`` in ``folder``, with those of the tests' scripts that match ``scripts``.

    DreamError ``missing_package`` without an engine.
    """

    def __init__(self, folder: Path, *scripts: str) -> None:
        try:
            self.bed = testbed()
        except NoGodot as e:
            raise DreamError("missing_package", f"Godot is unavailable: {e}.", "Install Godot 4.3 or newer.") from e
        self.project = folder / "project"
        shutil.copytree(ROOT / "godot_addon", self.project, ignore=shutil.ignore_patterns(".godot"))
        for script in scripts:
            for path in (ROOT / "tests" / "godot").glob(script):
                shutil.copy(path, self.project)
        command = [*self.bed.godot, "--headless", "--path", str(self.project), "--import"]
        subprocess.run(command, capture_output=True, check=True)

    def play(self, script: str, *words: str, screen: bool = False, **env: str) -> dict[str, Any]:
        """Run the script, on a virtual screen or without one. Returns the last JSON object that it prints."""
        how = [*self.bed.screen, *self.bed.godot, "--audio-driver", "Dummy"] if screen else [*self.bed.godot, "--headless"]
        command = [*how, "--path", str(self.project), "--max-fps", "60", *words, "--script", f"res://{script}"]
        done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=False)
        lines = [x for x in done.stdout.splitlines() if x.startswith("{")]
        if not lines or "SCRIPT ERROR" in done.stderr:
            raise DreamError("internal", f"Godot printed no figures: {(done.stdout + done.stderr)[-2000:]}", "Run it by hand.")
        return dict(json.loads(lines[-1]))
