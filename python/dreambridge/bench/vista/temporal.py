"""Temporal: whether the picture changes like the painter's, at rest, on a pan, and in a transition."""

from typing import Any

import numpy as np

from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista.context import Context, Pair, Row, scene
from dreambridge.bench.vista.metrics import Picture, changes, flicker, residual_parts
from dreambridge.vista.training.curves import curves
from dreambridge.vista.training.truth import FPS
from dreambridge.vista.world.names import BIOMES, STYLES, WEATHERS

PAN = 0.15  # screens per second: 1.6 pixels per frame for the nearest layer
# Old and new conditions of a transition over two seconds: each condition that changes slowly, alone and together.
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


LIGHTER = 0.4  # of 255: makes the truth's bytes round differently


def watched(pair: Pair, frames: int) -> tuple[list[Picture], list[Picture], list[Picture]]:
    """Frames of the stream, of the truth, and of the truth with different rounding."""
    mine, truth, other = [], [], []
    for _ in range(frames):
        laid = pair.truth.lay_out()
        truth.append(pair.truth.paint(laid))
        other.append(pair.truth.paint(laid, lighter=LIGHTER))
        mine.append(pair.step(False)[0])
    return mine, truth, other


class Sums:
    """Residuals of several scenes, by the sums of all their changes."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, float, float, float]] = []  # name, |dV - dT|, |dT|, rounding, flicker

    def add(self, name: str, mine: list[Picture], truth: list[Picture], other: list[Picture]) -> None:
        (off, moved), (rounding, _) = residual_parts(mine, truth), residual_parts(other, truth)
        self.rows.append((name, off, moved, rounding, flicker(mine, truth)))

    def of(self, column: int) -> float:
        """The sum of a column (1: |dV - dT|, 3: rounding) divided by the sum of the truth's changes."""
        total = sum(float(r[column]) for r in self.rows)
        return total / max(sum(moved for _, _, moved, *_ in self.rows), 1e-9)

    def mean(self) -> float:
        """The mean of the scenes' residuals."""
        return float(np.mean([off / max(moved, 1e-9) for _, off, moved, *_ in self.rows]))

    def error(self) -> float | None:
        """The standard error of ``mean``."""
        return standard_error(off / max(moved, 1e-9) for _, off, moved, *_ in self.rows)

    def by_scene(self, frames: int) -> list[tuple[str, float, float, float]]:
        """Name, residual, residual of the rounding alone, and the truth's change per frame (of 255)."""
        return [
            (n, round(o / max(m, 1e-9), 3), round(r / max(m, 1e-9), 3), round(m / (frames - 1), 3)) for n, o, m, r, _ in self.rows
        ]


def measure(c: Context) -> Row:
    rng = np.random.default_rng(910_001)
    count, frames = c.few(1, 12), c.few(4, 36, 10)
    sums = {"still": Sums(), "pan": Sums()}
    transitions = TRANSITIONS[:: c.few(len(TRANSITIONS), 1, 3)]
    moved: list[tuple[str, float, float, float]] = []
    curve: dict[str, list[tuple[float, float]]] = {}
    with c.bar("stills, pans, transitions", count * 2 + len(transitions)) as tick:
        for k in range(count):
            if c.late and k > 1:
                break
            for kind, own in sums.items():
                weather = WEATHERS[(k + 2) % 6] if kind == "still" else "clear"
                values = scene(
                    rng, weather=weather, style=STYLES[k % 6] if k % 2 else "plain", biome=BIOMES[k // 2 % 4], energy=0.3
                )
                with c.pair(20 + k) as pair:
                    pair.cut(**values, camera_x=0.0)
                    pair.skip(2)
                    if kind == "pan":
                        pair.direct(frames / FPS + 1, camera_x=PAN * (frames / FPS + 1))
                        pair.skip(2)
                    own.add(f"{values['weather']}, {values['style']}, {values['biome']}", *watched(pair, frames))
                tick()
        with c.pair(40) as pair:
            for old, new in transitions:
                if c.late and len(moved) > 1:
                    break
                name, mine, truth = transition(c, pair, old, new)
                moved.append((name, max(mine) / max(*truth, 1e-9), max(mine), max(truth)))
                curve = {f"Vista: {name}"[:28]: list(enumerate(mine)), f"truth: {name}"[:28]: list(enumerate(truth))}
                tick()
    worst = max(moved, key=lambda m: m[1])
    curves(c.folder / "transition.png", curve, "frame of the transition", "change from frame to frame")
    return {
        "compared": f"{len(sums['pan'].rows)} scenes of {frames} frames each: clear ones on a pan of {PAN} screens per "
        "second, and ones with conditions and camera at rest in all weathers. The absolute difference between both changes from "
        "frame to frame, divided by the truth's change: on a pan the mean of the scenes; at rest the sums of all scenes, because "
        "a change of less than one step of a byte per frame (fog, a clear day) is lost in rounding. `rounding_alone` is the "
        f"residual of the painter's own pictures, {LIGHTER} of 255 lighter before they are rounded. Transitions of 2 s: the "
        "largest change from frame to frame against the painter's",
        "control": {
            "a_picture_that_stands_still": 1.0, "rounding_alone_pan": round(sums["pan"].of(3), 4),
            "rounding_alone_still": round(sums["still"].of(3), 4),
        },
        "mean_of_scenes": {kind: round(own.mean(), 4) for kind, own in sums.items()},
        "sums_of_scenes": {kind: round(own.of(1), 4) for kind, own in sums.items()},
        "by_scene": {kind: own.by_scene(frames) for kind, own in sums.items()},
        "flicker_against_truth": {kind: round(float(np.median([r[4] for r in own.rows])), 3) for kind, own in sums.items()},
        "transitions": [(n, round(r, 3), round(a, 2), round(b, 2)) for n, r, a, b in moved], "transition_worst": worst[0],
        "goals": {
            "residual_clear_pan": goal(sums["pan"].mean(), "of the truth's change", most=0.35, error=sums["pan"].error()),
            "residual_still": goal(sums["still"].of(1), "of the truth's change", most=0.3, error=sums["still"].error()),
            "transition_largest_change": goal(worst[1], "times", most=1.5),
        },
    }  # fmt: skip


def transition(c: Context, pair: Pair, old: dict[str, Any], new: dict[str, Any]) -> tuple[str, list[float], list[float]]:
    """The name of a transition, and the change from each frame to the next, of the stream and of the truth."""
    length = c.few(4, round(2 * FPS) + 2)
    pair.cut(**({"time_of_day": 12.0, "energy": 0.3} | old))
    pair.skip(6)
    pair.direct((length - 2) / FPS, **new)
    mine, truth = pair.run(length)
    return ", ".join(f"{old.get(n, '')} to {x}" for n, x in new.items()), changes(mine).tolist(), changes(truth).tolist()
