"""The main thread's time a tick for one stream of 60 frames a second, over an empty scene."""

import numpy as np
from dreambridge.bench.report import goal, spread

from devtools.bench.godot.bench import RENDERERS, SMALL, Bench, Row

SIZES = {"256x256": (256, 256), "512x512": (512, 512), "1920x1080": (1920, 1080)}
STAGES = ("read", "image", "upload")


def measure(bench: Bench) -> Row:
    rounds, ticks = (1, 60) if bench.quick else (3, 240)
    paths = {name: str(bench.bands(*size)) for name, size in SIZES.items()}
    cases = {name: f"{path}|" for name, path in paths.items()}
    cases["512x512, mipmaps"] = f"{paths['512x512']}|mipmaps"
    cases["512x512, DreamOutput"] = f"{paths['512x512']}|output"
    figures, goals = {}, {}
    for renderer in ["compatibility"] if bench.quick else RENDERERS:
        got = bench.engine.play(
            "main_thread.gd",
            *RENDERERS[renderer],
            *SMALL,
            screen=True,
            DAEMON=bench.daemon,
            CASES=";".join(cases.values()),
            FPS="60",
            ROUNDS=str(rounds),
            TICKS=str(ticks),
        )
        for name, case in cases.items():
            row = got[case]
            # As at 60 ticks a second, where each tick has a frame: here there are more.
            over = np.array(row["fresh"]) - float(np.median(row["off"]))
            if not len(over):
                raise RuntimeError(f"{name}: no frame came while it was measured")
            stages = {s: float(np.median(row[s])) for s in STAGES}
            figures[f"{renderer}, {name}"] = {
                "over_empty_ms": spread(over),
                "all_ticks_ms_p50": round(float(np.median(row["on"])), 3),
                "empty_ms": spread(row["off"]),
                "new_frames_per_tick": round(row["frames"] / (rounds * ticks), 2),
                "main_thread_reads_a_frame": round(row["reads"] / max(1, row["frames"]), 1),
                # A thread reads the ring: that is not in the tick.
                "stages_ms_p50": {s: round(v, 3) for s, v in stages.items()},
                "limit": max(STAGES[1:], key=stages.__getitem__),
            }
            p50, p99 = np.percentile(over, [50, 99])
            if name == "512x512":
                goals[f"{renderer}, {name}, p50"] = goal(float(p50), "ms", most=0.5)
                goals[f"{renderer}, {name}, p99"] = goal(float(p99), "ms", most=1.5)
            elif name == "256x256":
                goals[f"{renderer}, {name}, p50"] = goal(float(p50), "ms", most=0.25)
    return figures, goals
