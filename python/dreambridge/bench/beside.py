"""Beside a game: the Godot demo's tick times with the stream off and on, and direct-to-frame seen from the game."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import dreambridge
from dreambridge.bench.report import goal, spread
from dreambridge.protocol.errors import DreamError

ROOT = Path(__file__).resolve().parents[3]


def measure(quick: bool) -> dict[str, Any]:
    sys.path.insert(0, str(ROOT))
    try:
        from devtools.godot_testbed import NoGodot, testbed
    except ImportError as e:
        raise DreamError(
            "missing_package", "This benchmark needs a checkout of the project.", "git clone it and run it there."
        ) from e
    try:
        bed = testbed()
    except NoGodot as e:
        raise DreamError("missing_package", f"There is no Godot: {e}.", "Install Godot 4.3 or newer.") from e
    rounds, ticks, directions = (1, 60, 10) if quick else (4, 400, 120)
    with tempfile.TemporaryDirectory() as folder, dreambridge.start() as daemon:
        project = Path(folder) / "project"
        shutil.copytree(ROOT / "godot_addon", project, ignore=shutil.ignore_patterns(".godot"))
        shutil.copy(ROOT / "tests" / "godot" / "ticks.gd", project)
        subprocess.run([*bed.godot, "--headless", "--path", str(project), "--import"], capture_output=True, check=True)
        # A headless game draws nothing: llvmpipe would take both cores, which no player's machine does.
        words = [*bed.godot, "--headless", "--path", str(project), "--max-fps", "60", "--script", "res://ticks.gd"]
        env = os.environ | {
            "DREAMBRIDGE_DAEMON": daemon.name,
            "TICKS": str(ticks),
            "ROUNDS": str(rounds),
            "DIRECTIONS": str(directions),
        }
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        lines = [x for x in done.stdout.splitlines() if x.startswith("{")]
        if not lines:
            raise DreamError("internal", f"Godot said no figures: {(done.stdout + done.stderr)[-400:]}", "Run it by hand.")
        got = json.loads(lines[-1])
    interval, tick = 1000 / 24, 1000 / 60
    p99 = {k: float(np.percentile(got[k], 99)) for k in ("off", "on")}
    waits = spread(got["direct_to_frame_ms"])
    return {
        "compared": f"the demo scene in Godot {bed.version} at 60 ticks a second, stream off and on in turns, headless",
        "tick_ms_off": spread(got["off"]), "tick_ms_on": spread(got["on"]),
        "work_ms_off": spread(got["off_work"]), "work_ms_on": spread(got["on_work"]), "direct_to_frame_ms": waits,
        "goals": {
            "tick_p99_added_ms": goal(p99["on"] - p99["off"], "ms", most=2.0),
            "direct_to_frame_ms_p50": goal(waits["p50"], "ms", most=round(interval + got["step_ms"] + 5 + tick, 2)),
        },
    }  # fmt: skip
