"""Measures whether Vista's picture is stable: 2,000 steps of eight unseen worlds, compared with the painter's frames."""

import math
import sys
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

import dreambridge
from dreambridge.bench.report import goal
from dreambridge.client.daemon import Daemon
from dreambridge.vista.training.truth import FPS, Truth, psnr
from dreambridge.vista.world.names import BIOMES, SEASONS, STYLES, WEATHERS
from dreambridge.vista.world.walker import walker

# The schedule repeats every PERIOD steps, and 1,850 = 5 x 370: steps 1,901 to 2,000 are directed like steps 51 to 150.
PERIOD = 370
HELD_OUT_SEED = 900_100


def directed(step: int) -> tuple[dict[str, Any], float] | None:
    """The values to direct before that step, and the transition in seconds; None for nothing."""
    k = step % PERIOD
    if k % 37 == 0:
        n = k // 37
        return {
            "time_of_day": (9.0 + 5.3 * n) % 24,
            "weather": WEATHERS[(n * 5) % 6],
            "biome": BIOMES[(n // 2) % 4],
            "energy": (0.2 + 0.27 * n) % 1.0,
            "season": SEASONS[n % 4],
            "style": STYLES[(n * 7 + n // 5) % 6],
        }, 1.0
    if k % 2 == 0:
        phase = 2 * math.pi * k / PERIOD
        pose = walker(0.23 * k, 128 + 90 * math.sin(phase), 226, 25, 0.5 + 0.5 * math.sin(3 * phase), 1)
        return {"camera_x": 0.8 * math.sin(phase), "pose": pose.tolist()}, 2 / FPS
    return None


def watch(daemon: Daemon, seed: int, steps: int, every: int = 10, each: Any = None) -> dict[str, Any]:
    """Step one stream and the painter in parallel. Returns the PSNR of the measured frames by step, and that of the control."""
    stream, truth = daemon.open("vista", seed=seed, paused=True), Truth(seed)
    rows, shuffled, spreads, last = {}, [], [], None
    try:
        for k in range(steps):
            now = directed(k)
            if now:
                stream.direct(over=now[1], **now[0])
                truth.direct(now[0], now[1])
            frame = stream.step()[0].pixels[..., :3]
            wanted = truth.frame(painted=50 <= k % 1850 < 150 or k % every == 0)
            if wanted is not None:
                rows[k] = psnr(frame, wanted)
                spreads.append(float(frame.std()))
                if last is not None and k % 50 == 0:
                    shuffled.append(psnr(last, wanted))
                if k % 50 == 25:
                    last = frame
            if each:
                each()
    finally:
        stream.close()
    return {"psnr": rows, "shuffled": shuffled, "spread": min(spreads)}


def against_truth(seeds: int = 8, steps: int = 2000, progress: bool = True) -> dict[str, Any]:
    """``seeds`` worlds that no training saw.

    The control compares the truth with a frame of other conditions, and must differ clearly.
    """
    runs = []
    with Progress(console=Console(file=sys.stderr), disable=not progress, transient=True) as bar, dreambridge.start() as daemon:
        task = bar.add_task("stepping Vista and the painter", total=seeds * steps)
        for s in range(seeds):
            runs.append(watch(daemon, HELD_OUT_SEED + s, steps, each=lambda: bar.advance(task)))

    def mean(lo: int, hi: int) -> float:
        return float(np.mean([v for r in runs for k, v in r["psnr"].items() if lo <= k < hi]))

    every = [v for r in runs for v in r["psnr"].values()]
    first, final = mean(50, min(150, steps)), mean(max(50, steps - 100), steps)
    return {
        "seeds": seeds,
        "steps": steps,
        "psnr_mean": float(np.mean(every)),
        "psnr_worst": float(np.min(every)),
        "psnr_first": first,
        "psnr_last": final,
        "drift": final - first,
        "spread_least": min(r["spread"] for r in runs),
        "control_psnr": float(np.mean([v for r in runs for v in r["shuffled"]])) if runs[0]["shuffled"] else None,
        "by_fifth": [mean(steps * i // 5, steps * (i + 1) // 5) for i in range(5)],
    }


def measure(quick: bool) -> dict[str, Any]:
    r = against_truth(1, 200) if quick else against_truth(8, 2000)
    return {
        "compared": "each measured frame with the painter's picture of the same world, conditions and history",
        **r,
        "goals": {
            "psnr_mean": goal(r["psnr_mean"], "dB", least=29.0),
            "drift_of_the_last_100": goal(abs(r["drift"]), "dB", most=1.0),
            "spread_least": goal(r["spread_least"], "of 255", least=4.0),
        },
    }
