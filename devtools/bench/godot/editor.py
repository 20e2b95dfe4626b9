"""What the editor pays for the dock, hidden and open, and the time from a slider in the dock to the changed picture."""

from typing import Any

import numpy as np
from dreambridge.bench.report import goal, spread

from devtools.bench.godot.bench import OPENGL, Bench, Row
from devtools.godot_editor import Editor, made_editor

CASES = ("without", "hidden", "hidden again", "idle", "playing")


def made(bench: Bench, name: str) -> Editor:
    """An editor for a copy of the bench's project."""
    return made_editor(bench.engine.bed, bench.engine.project, bench.daemon, bench.new_folder(name))


def measure(bench: Bench) -> Row:
    rounds, seconds = (1, 1.0) if bench.quick else (4, 5.0)
    editor = made(bench, "cost")
    got = editor.run("cost", *OPENGL, timeout=600, ROUNDS=str(rounds), PART_S=str(seconds), DAEMON=bench.daemon)["cost"]
    figures: dict[str, Any] = {}
    for case in CASES:
        rows = [part[case] for part in got["parts"]]
        figures[case] = {
            "tick_ms": spread(t for r in rows for t in r["ticks"]),
            "processor_ms_per_s": round(float(np.median([r["processor_ms"] / r["seconds"] for r in rows])), 1),
            "reads_per_tick": round(float(np.median([r["reads"] / len(r["ticks"]) for r in rows])), 2),
            "held": rows[-1]["held"],
        }
    nothing, hidden = figures["without"]["held"], figures["hidden"]["held"]
    reads = figures["hidden"]["reads_per_tick"] - figures["without"]["reads_per_tick"]
    return figures, {
        "callbacks while hidden": goal(hidden["callbacks"], "", most=0),
        "sockets while hidden": goal(hidden["sockets"] - nothing["sockets"], "", most=0),
        "rings open while hidden": goal(hidden["rings"], "", most=0),
        "reads a tick while hidden": goal(max(0.0, round(reads, 1)), "", most=0),
        "control: reads a tick while it plays": goal(figures["playing"]["reads_per_tick"], "", least=1),
        "control: callbacks while it plays": goal(figures["playing"]["held"]["callbacks"], "", least=3),
    }


def measure_slider(bench: Bench) -> Row:
    count = 8 if bench.quick else 120
    editor = made(bench, "slider")
    got = editor.run("slider", *OPENGL, timeout=600, COUNT=str(count), DAEMON=bench.daemon)["slider"]
    waits = spread(got["waits"])
    tick = float(np.median(got["ticks"]))
    most = 1000 / got["fps"] + got["step_ms"] + 2 * tick
    figures = {
        "slider_to_viewport_ms": waits,
        "fps": got["fps"],
        "step_ms": got["step_ms"],
        "editor_tick_ms": spread(got["ticks"]),
    }
    return figures, {
        "slider to the viewport, p50": goal(waits["p50"], "ms", most=round(most, 2)),
        "pictures that show the slider": goal(got["right"], "", least=count),
    }
