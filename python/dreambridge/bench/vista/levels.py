"""Levels: how fast each quality level is and how close to the painter, and what a change of the level shows."""

import itertools
from typing import Any

import numpy as np

from dreambridge.bench.report import goal
from dreambridge.bench.vista.bare import SCENES, Bare
from dreambridge.bench.vista.context import Context, Row, scene
from dreambridge.bench.vista.metrics import Picture, changes, psnr, sharpness
from dreambridge.bench.vista.sheets import sheet
from dreambridge.bundle.find import open_bundle
from dreambridge.bundle.load import Bundle
from dreambridge.vista.training.truth import FPS
from dreambridge.vista.world.names import STYLES, WEATHERS

FASTER, CLOSE = 1.8, 33.0  # of the light level: times as fast as the full one, dB to the painter
THAN_BEFORE = {"full": 1.7, "light": 3.0}  # times as fast as the graphs of --against
STEPS = 4  # of one stream in a turn


def paired(c: Context, streams: dict[str, Bare], turns: int) -> dict[str, Any]:
    """How many times as fast as the first one each other is: the median of ratios of neighbouring turns, with standard error."""
    spent: dict[str, list[float]] = {n: [] for n in streams}
    for b in streams.values():
        b.step()
    for _ in range(turns):
        for n, b in streams.items():
            spent[n].append(min(b.step() for _ in range(STEPS)))
    first, *others = streams
    out: dict[str, Any] = {"ms": {n: round(float(np.median(v)), 2) for n, v in spent.items()}}
    for n in others:
        ratios = np.array(spent[first]) / np.array(spent[n])
        out[n] = round(float(np.median(ratios)), 3)
        out[f"{n}_standard_error"] = round(float(1.25 * ratios.std() / np.sqrt(len(ratios))), 3)
    return out


def speeds(c: Context, bundle: Bundle, goals: dict[str, Any]) -> dict[str, Any]:
    """Ratios by scene and threads."""
    names, found = bundle.manifest.level_names, dict[str, Any]()
    cases = list(itertools.product(list(SCENES)[: c.few(1, 3)], (1, 2)[: c.few(1, 2)]))
    with c.bar("levels side by side", len(cases)) as tick:
        for scene_, threads in cases:
            streams = {c.against.name: Bare(c.against, scene_, 0, threads)} if c.against else {}
            streams |= {n: Bare(bundle, scene_, k, threads) for k, n in enumerate(names)}
            got = found[f"{scene_}, {threads} threads"] = paired(c, streams, c.few(2, 30, 12))
            full = got["ms"]["full"]
            for n in names[1:]:
                ratio = full / got["ms"][n]
                got[f"{n}_against_full"] = round(ratio, 3)
                goals[f"{n}_times_full_{scene_}_{threads}"] = goal(ratio, "times", least=FASTER)
            for n, least in THAN_BEFORE.items() if c.against else ():
                if n in got:
                    goals[f"{n}_times_before_{scene_}_{threads}"] = goal(got[n], "times", least=least)
            tick()
    return found


def measure(c: Context) -> Row:
    bundle = open_bundle("vista")
    names, goals = bundle.manifest.level_names, dict[str, Any]()
    found = speeds(c, bundle, goals)
    rng = np.random.default_rng(970_001)
    close: dict[str, list[float]] = {n: [] for n in names}
    sharp: dict[str, list[float]] = {n: [] for n in names}
    by_style: dict[str, dict[str, list[float]]] = {n: {} for n in names}
    jumps, cells = list[float](), []
    worlds, each = c.few(1, 6, 3), c.few(2, 12, 12)
    with c.bar("levels against the painter", worlds * each) as tick:
        for w in range(worlds):
            with c.pair(300 + w) as pair:
                for k in range(each):
                    n = w * each + k
                    values = scene(rng, style=STYLES[n % 6], weather=WEATHERS[n // 6 % 6])
                    pictures: list[Picture] = []
                    for name in names:
                        pair.cut(**values, camera_x=float(n % 7))
                        pair.level(name)
                        pair.skip(c.few(0, 5, 2))
                        v, t = pair.step()
                        assert t is not None
                        close[name].append(psnr(v, t))
                        sharp[name].append(sharpness(v, t))
                        by_style[name].setdefault(values["style"], []).append(close[name][-1])
                        pictures += [t, v] if not pictures else [v]
                    if w == 0:
                        cells.append((f"{values['style']}, {values['weather']}: truth | {' | '.join(names)}", pictures))
                    tick()
                jumps += [switch(pair, names)]
    sheet(c.folder / "levels.png", cells, 2)
    for name in names[1:]:
        goals[f"{name}_psnr"] = goal(float(np.mean(close[name])), "dB", least=CLOSE)
    if len(names) > 1:
        goals["change_of_level_on_a_pan"] = goal(float(np.median(jumps)), "of the truth's change", most=1.3)
    return {
        "compared": f"steps in this process in turns of {STEPS}, of each turn the fastest; ratios of neighbouring turns. "
        f"{worlds * each} held-out scenes in all styles and weathers at each level, with the painter's pictures. A change of the "
        "level on a pan: the largest change from frame to frame around it, divided by the painter's",
        "control": {"full_psnr": round(float(np.mean(close["full"])), 2)},
        "speed": found,
        "psnr": {n: round(float(np.mean(v)), 2) for n, v in close.items()},
        "psnr_standard_error": {n: round(float(np.std(v) / np.sqrt(len(v))), 3) for n, v in close.items()},
        "psnr_by_style": {n: {s: round(float(np.mean(v)), 2) for s, v in d.items()} for n, d in by_style.items()},
        "sharpness": {n: round(float(np.mean(v)), 3) for n, v in sharp.items()},
        "changes_of_level": [round(j, 3) for j in jumps],
        "goals": goals,
    }


def switch(pair: Any, names: list[str]) -> float:
    """The largest change from frame to frame when the level goes down and up again on a pan, divided by the truth's."""
    pair.cut(time_of_day=11.0, weather="clear", style="plain", biome="forest", season="summer", energy=0.3, camera_x=0.0)
    pair.level(names[0])
    pair.skip(2)
    pair.direct(30 / FPS, camera_x=0.3)
    pair.skip(4)
    mine, truth = [], []
    for k in range(12):
        pair.level(names[-1] if 4 <= k < 8 else names[0])
        v, t = pair.step()
        mine.append(v)
        truth.append(t)
    return float(changes(mine).max() / max(changes(truth).max(), 1e-9))
