"""Endurance: 100,000 steps with random directions, an hour of stream time, in pieces: it can be stopped and resumed."""

import json
from typing import Any

import msgspec
import numpy as np
import torch

from dreambridge.bench.report import goal
from dreambridge.bench.vista.context import Context, Pair, Row, scene
from dreambridge.bench.vista.metrics import statistics
from dreambridge.bench.vista.prompts import state
from dreambridge.vista.training.curves import curves
from dreambridge.vista.world.names import MOMENTS
from dreambridge.vista.world.walker import walker

STEPS, PIECE, WINDOW = 100_000, 5_000, 1_000
EVERY, PAINTED = 25, 250  # steps between measured frames, and between painted truths
EACH = 36  # steps between directions


def directed(step: int) -> tuple[dict[str, Any], float]:
    """A random direction before that step, and its transition in seconds; a function of the step alone."""
    rng = np.random.default_rng([960_001, step])
    whole = scene(rng) | {"weather_amount": float(rng.random()), "camera_zoom": float(rng.uniform(0.75, 2.2))}
    values = {n: (v if rng.random() < 0.9 else None) for n, v in whole.items() if rng.random() < 0.4}
    if rng.random() < 0.5:
        values["camera_x"] = float(rng.uniform(-40, 40))
    if rng.random() < 0.4:
        figures = [
            walker(rng.random() * 6.28, 20 + 216 * rng.random(), 226, 16 + 20 * rng.random()).tolist()
            for _ in range(rng.integers(1, 3))
        ]
        values["pose"] = figures
    if rng.random() < 0.3:
        values["audio"] = rng.random(17).tolist()
    if rng.random() < 0.2:
        values["event"] = str(rng.choice(MOMENTS))
    return values, float(rng.choice([0.0, 0.5, 2.0]))


class Log:
    """What was measured so far, and the state of stream and truth at that point."""

    def __init__(self, c: Context, seed: int) -> None:
        self.path, self.place = c.folder / "endurance.json", c.folder / "endurance.place"
        self.seed, self.done = seed, 0
        self.mine: list[dict[str, float]] = []
        self.truth: list[dict[str, float]] = []
        self.broken: list[int] = []

    def resume(self, pair: Pair) -> None:
        if not (self.path.exists() and self.place.exists()):
            return
        kept, at = json.loads(self.path.read_text()), msgspec.msgpack.decode(self.place.read_bytes())
        if kept["done"] != at["done"] or kept["seed"] != self.seed:
            return
        self.done, self.mine, self.truth, self.broken = (kept[k] for k in ("done", "mine", "truth", "broken"))
        pair.stream.restore(at["snapshot"])
        pair.truth.timeline.load(at["timeline"])
        pair.truth.index, pair.truth.slow = at["index"], torch.tensor(at["slow"])

    def save(self, pair: Pair) -> None:
        place = {
            "done": self.done, "snapshot": pair.stream.snapshot(), "timeline": pair.truth.timeline.dump(),
            "index": pair.truth.index, "slow": pair.truth.slow.tolist(),
        }  # fmt: skip
        self.place.write_bytes(msgspec.msgpack.encode(place))
        rows = {"seed": self.seed, "done": self.done, "mine": self.mine, "truth": self.truth, "broken": self.broken}
        self.path.write_text(json.dumps(rows))


def measure(c: Context) -> Row:
    steps, piece, every, painted = c.few(75, STEPS, 3000), c.few(50, PIECE), c.few(5, EVERY), c.few(25, PAINTED, 60)
    pair = c.pair(240)
    log = Log(c, pair.truth.seed)
    try:
        log.resume(pair)
        with c.bar(f"steps with random directions, from {log.done}", steps - log.done) as tick:
            for k in range(log.done, steps):
                if k % EACH == 0:
                    values, over = directed(k)
                    pair.direct(over, **values)
                frame, truth = pair.step(painted=k % painted == 0)
                if truth is not None:
                    log.truth.append(statistics(truth))
                if k % every == 0:
                    log.mine.append(statistics(frame))
                if k % WINDOW == WINDOW - 1 and not np.isfinite(state(pair.stream, "slow")).all():
                    log.broken.append(k)
                tick()
                if k + 1 == steps or (k + 1) % piece == 0 or c.late:
                    log.done = k + 1
                    log.save(pair)
                if c.late and len(log.truth) > 9:
                    break
    finally:
        pair.close()
    return report(c, log, every)


def judged(mine: list[dict[str, float]], truth: list[dict[str, float]], window: int) -> dict[str, Any]:
    """Shares of frames, and of windows of ``window`` measured frames, inside the truth's 1-99 % range; frames that collapsed."""
    frames: dict[str, float] = {}
    inside = np.ones(-(-len(mine) // window), bool)
    ranges = {}
    for n in truth[0]:
        low, high = np.percentile([t[n] for t in truth], [1, 99])
        v = np.array([m[n] for m in mine])
        frames[n] = float(((v >= low) & (v <= high)).mean())
        means = np.array([v[i : i + window].mean() for i in range(0, len(v), window)])
        inside &= (means >= low) & (means <= high)
        ranges[n] = (round(float(low), 2), round(float(high), 2))
    least = min(t["contrast"] for t in truth) / 4
    return {
        "frames_inside": {n: round(v, 4) for n, v in frames.items()}, "windows_inside": float(inside.mean()), "ranges": ranges,
        "collapsed": sum(m["contrast"] < least or not np.isfinite(list(m.values())).all() for m in mine),
    }  # fmt: skip


def report(c: Context, log: Log, every: int) -> Row:
    got = judged(log.mine, log.truth, max(1, WINDOW // every))
    own = judged(log.truth, log.truth, max(1, WINDOW // every))
    window = max(1, WINDOW // every)
    lines = {
        n: [(float(i * every), float(np.mean([m[n] for m in log.mine[i : i + window]]))) for i in range(0, len(log.mine), window)]
        for n in log.mine[0]
    }
    curves(c.folder / "endurance.png", lines, "step", "means of 1,000 steps")
    return {
        "compared": f"{len(log.mine)} frames of {log.done} steps with random directions, with the 1-99 % range of "
        f"{len(log.truth)} pictures that the painter made on the way: light, contrast, colour, detail, layout. Windows: the "
        "means of 1,000 steps. A frame has collapsed if its contrast is less than a quarter of the painter's lowest",
        "control": {"frames_of_the_truth_inside": own["frames_inside"]}, **got, "not_finite_at": log.broken,
        "goals": {
            "steps": goal(float(log.done), "steps", least=STEPS),
            "collapsed_or_not_finite": goal(float(got["collapsed"] + len(log.broken)), "frames", most=0),
            "windows_inside_the_truths_range": goal(got["windows_inside"], "share", least=1),
            "frames_inside_the_truths_range_worst": goal(min(got["frames_inside"].values()), "share", least=0.95),
        },
    }  # fmt: skip
