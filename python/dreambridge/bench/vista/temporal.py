"""In time: does the picture change as the painter's does, standing still, on a pan, and in a transition?"""

from typing import Any

import numpy as np

from dreambridge.bench.report import goal
from dreambridge.bench.vista.context import Context, Row, scene
from dreambridge.bench.vista.metrics import changes, flicker, residual
from dreambridge.bench.vista.sheets import curves
from dreambridge.vista.names import BIOMES, STYLES
from dreambridge.vista.truth import FPS

PAN = 0.15  # screens a second: 1.6 pixels a frame for the nearest layer
# Old and new conditions of a transition over two seconds: everything that moves slowly, alone and together.
TRANSITIONS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"time_of_day": 12.0}, {"time_of_day": 20.0}),
    ({"time_of_day": 2.0}, {"time_of_day": 8.0}),
    ({"weather": "clear"}, {"weather": "storm"}),
    ({"weather": "rain"}, {"weather": "snow"}),
    ({"weather": "fog"}, {"weather": "clear"}),
    ({"biome": "forest"}, {"biome": "desert"}),
    ({"biome": "mountain"}, {"biome": "coast"}),
    ({"season": "summer"}, {"season": "winter"}),
    ({"season": "spring"}, {"season": "autumn"}),
    ({"style": "plain"}, {"style": "ink"}),
    ({"style": "oil"}, {"style": "watercolour"}),
    ({"style": "poster"}, {"style": "neon"}),
    (
        {"time_of_day": 10.0, "weather": "clear", "biome": "forest", "season": "summer"},
        {"time_of_day": 21.0, "weather": "snow", "biome": "mountain", "season": "winter"},
    ),
)


def measure(c: Context) -> Row:
    rng = np.random.default_rng(910_001)
    scenes = [
        scene(rng, weather="clear", style=STYLES[k % 6] if k % 2 else "plain", biome=BIOMES[k % 4], energy=0.3)
        for k in range(c.few(1, 12))
    ]
    frames = c.few(5, 48)
    moves: dict[str, list[tuple[str, float, float]]] = {"still": [], "pan": []}
    moved: list[tuple[str, float, float, float]] = []
    transitions = TRANSITIONS[: c.few(1, len(TRANSITIONS))]
    length = c.few(4, round(2 * FPS) + 2)
    with c.bar("stills, pans, transitions", len(scenes) * 2 + len(transitions)) as tick:
        for k, values in enumerate(scenes):
            with c.pair(20 + k) as pair:
                for kind in moves:
                    pair.cut(**values, camera_x=0.0)
                    pair.skip(2)
                    if kind == "pan":
                        pair.direct(frames / FPS + 1, camera_x=PAN * (frames / FPS + 1))
                        pair.skip(2)
                    v, t = pair.run(frames)
                    moves[kind].append((values["style"], residual(v, t), flicker(v, t)))
                    tick()
        curve = {}
        with c.pair(40) as pair:
            for old, new in transitions:
                pair.cut(**({"time_of_day": 12.0, "energy": 0.3} | old))
                pair.skip(6)
                over = (length - 2) / FPS
                pair.direct(over, **new)
                v, t = pair.run(length)
                cv, ct = changes(v), changes(t)
                name = ", ".join(f"{old.get(n, '')} to {x}" for n, x in new.items())
                moved.append((name, float(cv.max() / max(ct.max(), 1e-9)), float(cv.max()), float(ct.max())))
                curve[f"Vista: {name}"[:28]] = list(enumerate(cv.tolist()))
                curve[f"truth: {name}"[:28]] = list(enumerate(ct.tolist()))
                tick()
    worst = max(moved, key=lambda m: m[1])
    curves(c.folder / "transition.png", dict(list(curve.items())[-2:]), "frame of the transition", "change from frame to frame")
    return {
        "compared": f"{len(scenes)} clear scenes of {frames} frames, still and panned at {PAN} screens a second: sum of the absolute "
        "difference of both changes from frame to frame over the sum of the truth's change; the mean of the scenes. Transitions of 2 s: "
        "the largest change from frame to frame against the painter's, the worst transition",
        "control": {"a_picture_that_stands_still": 1.0, "truth": 0.0},
        "by_scene": {kind: [(s, round(r, 3), round(f, 3)) for s, r, f in rows] for kind, rows in moves.items()},
        "flicker_against_truth": {kind: round(float(np.mean([f for *_, f in rows])), 3) for kind, rows in moves.items()},
        "transitions": [(n, round(r, 3), round(a, 2), round(b, 2)) for n, r, a, b in moved], "transition_worst": worst[0],
        "goals": {
            "residual_clear_pan": goal(float(np.mean([r for _, r, _ in moves["pan"]])), "of the truth's change", most=0.35),
            "residual_still": goal(float(np.mean([r for _, r, _ in moves["still"]])), "of the truth's change", most=0.3),
            "transition_largest_change": goal(worst[1], "times", most=1.5),
        },
    }  # fmt: skip
