"""The cost for a game: the Godot demo's tick times with the stream off and on, and the game's direct-to-frame latency."""

import tempfile
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from dreambridge.bench.report import goal, spread

from devtools.bench.engine import Engine


def measure(quick: bool) -> dict[str, Any]:
    rounds, ticks, directions = (1, 60, 10) if quick else (4, 400, 120)
    with tempfile.TemporaryDirectory() as folder, dreambridge.start() as daemon:
        engine = Engine(Path(folder), "ticks.gd")
        # A headless game draws nothing: llvmpipe would use both cores, unlike any player's machine.
        got = engine.play(
            "ticks.gd", DREAMBRIDGE_DAEMON=daemon.name, TICKS=str(ticks), ROUNDS=str(rounds), DIRECTIONS=str(directions)
        )
    interval, tick = 1000 / 24, 1000 / 60
    p99 = {k: float(np.percentile(got[k], 99)) for k in ("off", "on")}
    waits = spread(got["direct_to_frame_ms"])
    return {
        "compared": f"the demo scene in Godot {engine.bed.version} at 60 ticks a second, stream off and on in turns, headless",
        "tick_ms_off": spread(got["off"]),
        "tick_ms_on": spread(got["on"]),
        "work_ms_off": spread(got["off_work"]),
        "work_ms_on": spread(got["on_work"]),
        "direct_to_frame_ms": waits,
        "goals": {
            "tick_p99_added_ms": goal(p99["on"] - p99["off"], "ms", most=2.0),
            "direct_to_frame_ms_p50": goal(waits["p50"], "ms", most=round(interval + got["step_ms"] + 5 + tick, 2)),
        },
    }
