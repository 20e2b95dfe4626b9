"""The view: the latency from a game's tick to the frame painted over its picture, by stage, and the cost for the game."""

import tempfile
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from dreambridge.bench.report import goal, spread

from devtools.bench.engine import Engine

RENDERERS = {
    "compatibility": ("--rendering-driver", "opengl3"),
    "forward_plus": ("--rendering-driver", "vulkan", "--rendering-method", "forward_plus"),
    "mobile": ("--rendering-driver", "vulkan", "--rendering-method", "mobile"),
}
# Small, because llvmpipe draws the game's picture on the cores that the model needs, unlike any player's machine.
# A virtual screen has no refresh for v-sync; the engine's own clock keeps 60 ticks a second (Engine.play).
WINDOW = ("--resolution", "320x180", "--disable-vsync")
STAGES = ("tick_to_ring", "ring_to_step", "step", "step_to_screen")
WAYS = ("auto", "asynchronous", "immediate")  # of `DreamView.read_back`
COSTS = ("update", "read", "write")


def measure(quick: bool) -> dict[str, Any]:
    rounds, ticks = (1, 90) if quick else (2, 240)
    out: dict[str, Any] = {}
    goals: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, dreambridge.start() as daemon:
        engine = Engine(Path(folder), "view_ticks.gd")
        able = [b.name for b in daemon.bundles() if b.view]
        bundles = [b for b in ("testcard", "vista") if b in able][: 1 if quick else None]
        for bundle in bundles:
            for renderer in ["compatibility"] if quick else RENDERERS:
                for way in ["auto"] if renderer == "compatibility" or bundle == "testcard" else WAYS:
                    got = engine.play(
                        "view_ticks.gd",
                        *RENDERERS[renderer],
                        *WINDOW,
                        screen=True,
                        DREAMBRIDGE_DAEMON=daemon.name,
                        DREAMBRIDGE_BUNDLE=bundle,
                        TICKS=str(ticks),
                        ROUNDS=str(rounds),
                        READ_BACK=str(WAYS.index(way)),
                    )
                    key = f"{bundle}, {renderer}" + ("" if renderer == "compatibility" else f", {way}")
                    out[key] = row(got)
                    p99 = {k: float(np.percentile(got[k], 99)) for k in ("off", "on")}
                    most = 2 * 1000 / got["fps"] + out[key]["stages_ms"]["step"]["p50"]
                    goals |= {
                        f"{key}: tick_to_painted_ms_p50": goal(out[key]["tick_to_painted_ms"]["p50"], "ms", most=round(most, 2)),
                        f"{key}: tick_p99_added_ms": goal(p99["on"] - p99["off"], "ms", most=2.0),
                        f"{key}: main_thread_ms_p99": goal(out[key]["cost_ms"]["all"]["p99"], "ms", most=2.0),
                    }
    return {
        "compared": f"the demo's village in Godot {engine.bed.version}, at most 60 ticks a second without v-sync, drawn by the "
        "adapter named; the stream "
        "plays all the time, the view is off and on in turns. Goal: two frame intervals of the stream and one step. The tick's "
        "p99 includes the drawing: llvmpipe uses the same cores as game and model; main_thread is the addon's own work",
        "runs": out,
        "goals": goals,
    }


def row(got: dict[str, Any]) -> dict[str, Any]:
    painted, costs = np.array(got["painted"]), np.array(got["costs"])
    return {
        "adapter": got["adapter"],
        "asynchronous": got["asynchronous"],
        "fps": got["fps"],
        "pictures": len(painted),
        "tick_to_painted_ms": spread(painted.sum(1)),
        "stages_ms": {k: spread(painted[:, i]) for i, k in enumerate(STAGES)},
        "cost_ms": {k: spread(costs[:, i]) for i, k in enumerate(COSTS)} | {"all": spread(costs.sum(1))},
        "tick_ms_off": spread(got["off"]),
        "tick_ms_on": spread(got["on"]),
        "clock_error_ms": got["clock_error_ms"],
    }
