"""What the addon costs and shows in the real engine: `python3 dev.py bench godot [--rows ROW …] [--json]`."""

import tempfile
from pathlib import Path
from typing import Any

import dreambridge

from devtools.bench.engine import Engine
from devtools.bench.godot import animation, colours, editor, frames, memory, opens, stalls, ticks
from devtools.bench.godot.bench import Bench

ROWS = {
    "ticks": ticks.measure,
    "stalls": stalls.measure,
    "opens": opens.measure,
    "editor": editor.measure,
    "slider": editor.measure_slider,
    "colours": colours.measure,
    "frames": frames.measure,
    "memory": memory.measure,
    "animation": animation.measure,
}


def measure(quick: bool, rows: list[str] | None = None) -> dict[str, Any]:
    out: dict[str, Any] = {}
    goals: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, dreambridge.start() as daemon:
        folder = Path(name)
        bench = Bench(folder, Engine(folder, "*.gd"), daemon.name, quick)
        for row in rows or ROWS:
            out[row], met = ROWS[row](bench)
            goals |= {f"{row}: {k}": v for k, v in met.items()}
        version = bench.engine.bed.version
    return {
        "compared": f"Godot {version} on a virtual screen, drawn by llvmpipe on the cores of the daemon; compared cases in turns",
        "rows": out,
        "goals": goals,
    }
