"""Hold: 10,000 frames with changing conditions against the painter's truth: PSNR, sharpness, drift."""

import math
from collections import defaultdict
from typing import Any

import numpy as np

from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista.context import Context, Row
from dreambridge.bench.vista.metrics import Picture, psnr, sharpness
from dreambridge.bench.vista.sheets import sheet
from dreambridge.vista.training.curves import curves
from dreambridge.vista.training.truth import FPS
from dreambridge.vista.world.names import BIOMES, SEASONS, STYLES, WEATHERS
from dreambridge.vista.world.walker import walker

# The directions repeat every 4,450 steps, and 8,900 is twice that: frames 9,000-10,000 get the same directions as 100-1,100.
PERIOD, SEGMENT, FIRST = 4450, 50, 100
SEGMENTS = PERIOD // SEGMENT


def plan(seed: int) -> list[dict[str, Any]]:
    """One scene for each segment of 50 frames: each pair of style and weather at least twice, the rest at random."""
    rng = np.random.default_rng(seed)
    pairs = [(s, w) for s in STYLES for w in WEATHERS]
    order = [pairs[i] for _ in range(3) for i in rng.permutation(len(pairs))][:SEGMENTS]
    return [
        {
            "style": s, "weather": w, "biome": str(rng.choice(BIOMES)), "season": str(rng.choice(SEASONS)),
            "time_of_day": round(float(rng.random() * 24), 2), "energy": round(float(rng.random()), 2),
        }
        for s, w in order
    ]  # fmt: skip


def directed(scenes: list[dict[str, Any]], step: int) -> list[tuple[dict[str, Any], float]]:
    """The directions before that step, each with its transition in seconds."""
    k, out = step % PERIOD, []
    if k % SEGMENT == 0:
        out.append((scenes[k // SEGMENT], 1.0))
    if k % 2 == 0:  # two full swings of the camera in a period, a walking figure, sometimes a second one
        phase = 4 * math.pi * k / PERIOD
        figures = [walker(0.23 * k, 128 + 90 * math.sin(5 * phase), 226, 25, 0.5 + 0.5 * math.sin(3 * phase), 1).tolist()]
        if k // SEGMENT % 3 == 0:
            figures.append(walker(0.2 * k, 128 - 80 * math.cos(4 * phase), 232, 22, 0.0, -1).tolist())
        out.append(({"camera_x": 3.2 * math.sin(phase), "pose": figures}, 2 / FPS))
    return out


def measure(c: Context) -> Row:
    steps, every, streams = (c.few(60, 10_000, 900), c.few(12, 5, 25), c.few(1, 2))
    first = c.few(12, FIRST)
    rows: list[tuple[int, str, str, float, float]] = []
    shuffled, frozen, cells = [], [], dict[tuple[str, str], list[Picture]]()
    with c.bar("stepping Vista and the truth", streams * steps) as tick:
        for s in range(streams):
            scenes = plan(900_000 + s)
            with c.pair(s) as pair:
                held: Picture | None = None
                for k in range(steps):
                    if c.late and len(rows) > 11:
                        break
                    for values, over in directed(scenes, k):
                        pair.direct(over, **values)
                    frame, truth = pair.step(painted=k >= first and k % every == 0)
                    tick()
                    if truth is None:
                        continue
                    w = pair.truth.timeline.at(k / FPS)
                    style, weather = (names[int(w[n][0].argmax())] for n, names in (("style", STYLES), ("weather", WEATHERS)))
                    rows.append((k, style, weather, psnr(frame, truth), sharpness(frame, truth)))
                    if held is not None:
                        frozen.append(psnr(held, truth))
                    if k % SEGMENT == SEGMENT - every and rows:
                        if held is not None:
                            shuffled.append(psnr(held, truth))
                        held = frame
                        cells.setdefault((style, weather), [truth, frame])
    steps = min(steps, rows[-1][0] + 1) if c.short else steps
    return report(c, rows, steps, {"frame_of_other_conditions_psnr": _mean(shuffled), "frozen_frame_psnr": _mean(frozen)}, cells)


def _mean(values: list[float]) -> float | None:
    return round(float(np.mean(values)), 3) if values else None


def report(
    c: Context, rows: list[tuple[int, str, str, float, float]], steps: int, control: dict[str, Any],
    cells: dict[tuple[str, str], list[Picture]]
) -> Row:  # fmt: skip
    """The row for the measured frames (step, style, weather, PSNR, sharpness)."""
    by_style, by_weather, sharp = (defaultdict[Any, list[float]](list) for _ in range(3))
    for _, style, weather, p, q in rows:
        by_style[style].append(p)
        by_weather[weather].append(p)
        sharp[(style, weather)].append(q)
    begun = [p for k, *_, p, _ in rows if k < FIRST + 1000]
    ended = [p for k, *_, p, _ in rows if k >= steps - 1000]
    styles, cell = {k: _mean(v) for k, v in by_style.items()}, {k: float(np.mean(v)) for k, v in sharp.items()}
    every = [p for *_, p, _ in rows]
    thousands = [
        (k + 500.0, float(np.mean(v))) for k in range(0, steps, 1000) if (v := [p for n, *_, p, _ in rows if k <= n < k + 1000])
    ]
    curves(c.folder / "hold.png", {"mean of 1,000": thousands, "each": [(k, p) for k, *_, p, _ in rows]}, "frame", "PSNR, dB", 34)
    if cells:
        sheet(c.folder / "hold_sheet.png", [(f"{s}, {w}: truth | Vista", p) for (s, w), p in sorted(cells.items())], 3)
    return {
        "compared": f"{len(rows)} frames of {steps} with the painter's pictures of the same world, conditions and history. "
        "Conditions, camera and figures change all the time. A frame counts for the style and the weather with the largest "
        "weight",
        "control": control, "psnr_by_style": styles, "psnr_by_weather": {k: _mean(v) for k, v in by_weather.items()},
        "psnr_worst_frame": round(min(p for *_, p, _ in rows), 2), "psnr_first_1000": _mean(begun),
        "psnr_last_1000": _mean(ended),
        "sharpness_mean": _mean([q for *_, q in rows]),
        "sharpness_by_style_and_weather": {f"{s}, {w}": round(v, 3) for (s, w), v in cell.items()},
        "goals": {
            "psnr_mean": goal(float(np.mean(every)), "dB", least=34, error=standard_error(every)),
            "psnr_worst_style": goal(min(v for v in styles.values() if v is not None), "dB", least=30),
            "psnr_last_1000_against_first": goal(abs(float(np.mean(ended)) - float(np.mean(begun))), "dB", most=0.5),
            "sharpness_least_of_style_and_weather": goal(min(cell.values()), "times", least=0.85),
            "sharpness_most_of_style_and_weather": goal(max(cell.values()), "times", most=1.1),
        },
    }  # fmt: skip
