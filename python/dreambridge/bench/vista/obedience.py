"""Obedience: frames until a changed condition has 90 % of its effect; snow and wetness against the painter's pace."""

from typing import Any

import torch

from dreambridge.bench.report import goal
from dreambridge.bench.vista.context import Context, Pair, Row
from dreambridge.bench.vista.metrics import Picture, frames_to, progress, rise_time, share_of_effect
from dreambridge.vista.training.curves import curves
from dreambridge.vista.training.truth import FPS, Truth
from dreambridge.vista.world.walker import walker

BEFORE: dict[str, Any] = {
    "time_of_day": 10.0,
    "weather": "clear",
    "biome": "forest",
    "season": "summer",
    "style": "plain",
    "energy": 0.2,
}
# Conditions that act at once, and the values that they are directed to.
AT_ONCE: dict[str, Any] = {
    "time_of_day": 20.0, "weather": "fog", "biome": "desert", "season": "autumn", "style": "oil", "energy": 1.0, "camera_x": 0.4,
    "camera_zoom": 1.5, "pose": [walker(0.5, 120, 226, 28).tolist()], "event": "lightning", "audio": [0.8] * 17,
    "seed_world": 4242,
}  # fmt: skip
# Snow and wetness change slowly: weather before, weather after, seconds.
SLOW = {
    "snow_falls": ("clear", "snow", 16.0),
    "snow_melts": ("snow", "rain", 12.0),
    "ground_wets": ("clear", "storm", 8.0),
    "ground_dries": ("storm", "clear", 24.0),
}
SETTLE = 20.0  # seconds of the first weather


def at_once(pair: Pair, name: str, value: Any, frames: int = 6) -> list[float]:
    """Shares of the effect in the frames after ``name`` is directed with over=0: 0 is the painter's picture without the change, 1
    its picture with it."""
    pair.cut(**BEFORE)
    pair.skip(3)
    unmoved = Truth(pair.truth.seed)
    unmoved.cut(BEFORE)
    unmoved.index, unmoved.slow = pair.truth.index, pair.truth.slow.clone()
    pair.direct(0.0, **{name: value})
    shares = []
    for _ in range(frames):
        frame, after = pair.step()
        before = unmoved.frame()
        assert after is not None and before is not None
        shares.append(share_of_effect(frame, before, after))
    return shares


def slowly(c: Context, pair: Pair, kind: str) -> dict[str, Any]:
    """Seconds until snow or wetness has gone 90 % of its way, in Vista's pictures and in the painter's."""
    before, after, seconds = SLOW[kind]
    rest = {"time_of_day": 12.0, "biome": "forest", "season": "summer", "style": "plain", "energy": 0.2}
    pair.cut(**rest, weather=before)
    pair.skip(c.few(24, round((SETTLE if before != "clear" else 1.0) * FPS)))
    pair.direct(0.0, weather=after)
    pair.skip(3)
    start = pair.truth.slow.clone()
    ahead = Truth(pair.truth.seed)
    ahead.cut({**rest, "weather": after})
    ahead.index, ahead.slow = pair.truth.index, start.clone()
    for _ in range(round(seconds * FPS)):
        ahead.move_on()
    end = ahead.slow
    steps, every = c.few(24, round(seconds * FPS)), 12
    times, mine, painters = [], [], []
    for k in range(steps):
        frame: Picture = pair.frame()
        if k % every == 0:
            laid = pair.truth.lay_out()
            a, b = pair.truth.paint(laid, start), pair.truth.paint(laid, end)
            times.append(k / FPS)
            mine.append(share_of_effect(frame, a, b))
            painters.append(share_of_effect(pair.truth.paint(laid), a, b))
        pair.truth.move_on()
    ways = {"vista": progress(mine), "painter": progress(painters)}
    took = {k: rise_time(times, way, 0.9) if way else None for k, way in ways.items()}
    off = None if took["vista"] is None or not took["painter"] else abs(took["vista"] / took["painter"] - 1)
    return {
        "times": times,
        "vista": mine,
        "painter": painters,
        "seconds_to_90": took,
        "off": off,
        "slow": torch.stack([start, end]).tolist(),
    }


def measure(c: Context) -> Row:
    names = list(AT_ONCE)[: c.few(2, len(AT_ONCE))]
    kinds = list(SLOW)[: c.few(1, len(SLOW))]
    with c.bar("changing conditions", len(names) + len(kinds)) as tick, c.pair(60) as pair:
        shares = dict[str, list[float]]()
        for n in names:
            if c.late and len(shares) > 1:
                break
            shares[n] = at_once(pair, n, AT_ONCE[n], c.few(3, 6))
            tick()
        slow = dict[str, dict[str, Any]]()
        for kind in kinds:
            if c.late and slow:
                break
            slow[kind] = slowly(c, pair, kind)
            tick()
    frames = {n: frames_to(s) for n, s in shares.items()}
    late = [f for f in frames.values() if f is None]
    for kind, s in slow.items():
        curves(
            c.folder / f"{kind}.png",
            {k: list(zip(s["times"], s[k], strict=True)) for k in ("vista", "painter")},
            "seconds",
            "share of the effect",
            0.9,
        )
    offs = [s["off"] for s in slow.values()]
    return {
        "compared": "after a direction with over=0, how far each frame is on the way from the painter's picture without the "
        "change to that with it (projection), until it stays at 90 % or more of its final share, which must be half of the "
        "painter's effect at least. Snow and wetness: seconds until the picture has gone 90 % of its way, against the painter's",
        "control": {"a_frame_of_before": 0.0, "truth": 1.0}, "frames_to_90_percent": frames,
        "shares": {n: [round(v, 3) for v in s] for n, s in shares.items()},
        "slow": {k: {n: s[n] for n in ("seconds_to_90", "off", "slow")} for k, s in slow.items()},
        "goals": {
            "frames_to_90_percent_worst": goal(None if late else float(max(f for f in frames.values() if f)), "frames", most=2),
            "snow_and_wetness_time_off_worst": goal(None if None in offs else max(offs), "share", most=0.10),
        },
    }  # fmt: skip
