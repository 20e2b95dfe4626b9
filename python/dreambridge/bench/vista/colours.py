"""Colours: held-out scenes in colours of their own, painted over. PSNR, edges, hues that are kept, grain that stays in place."""

import colorsys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista.coloured_scenes import ColouredScene, Layers, coloured_scene
from dreambridge.bench.vista.context import Context, Pair, Picture, Row, scene
from dreambridge.bench.vista.metrics import edges_kept, flicker, psnr
from dreambridge.bench.vista.sheets import sheet
from dreambridge.vista.world.names import SIZE, STYLES, WEATHERS

NOON = {"time_of_day": 12.0, "season": "summer", "weather": "clear", "style": "plain", "energy": 0.3}
LEAST_PIXELS, LEAST_CHROMA = 60, 0.10  # of a thing whose hue is compared
FRAMES = 16


def things(layers: Layers) -> NDArray[np.intp]:
    """The number of what each pixel shows, [256, 256]: pixels of one colour, label and direction are one thing."""
    parts: list[NDArray[Any]] = [layers.colour[..., :3] >> 4, layers.colour[..., 3:] >> 7]
    if layers.label is not None:
        parts.append(layers.label)
    if layers.normal is not None:
        parts.append(np.round(layers.normal * 2).astype(np.int16).astype(np.uint8))
    flat = np.dstack(parts).reshape(-1, sum(p.shape[2] for p in parts))
    return np.asarray(np.unique(flat, axis=0, return_inverse=True)[1]).reshape(SIZE, SIZE)


def hue(colour: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Hue in degrees and chroma (0-1) of a colour in 0-255."""
    r, g, b = (float(v) / 255 for v in colour)
    return 360 * colorsys.rgb_to_hsv(r, g, b)[0], max(r, g, b) - min(r, g, b)


def hues_off(layers: Layers, picture: Picture) -> list[float]:
    """How far the hue of each thing's mean is from its own, in degrees; grey and small things do not count."""
    out, own = [], layers.colour[..., :3].reshape(-1, 3)
    flat, seen = things(layers).reshape(-1), picture.reshape(-1, 3)
    solid = layers.colour[..., 3].reshape(-1) > 127
    for n in np.unique(flat[solid]):
        mask = (flat == n) & solid
        if mask.sum() < LEAST_PIXELS:
            continue
        before, chroma = hue(own[mask].mean(0))
        after, left = hue(seen[mask].mean(0))
        if chroma >= LEAST_CHROMA:
            out.append(180.0 if left < 0.01 else abs((after - before + 180) % 360 - 180))
    return out


def carried(before: Picture, motion: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The picture before, where the motion has carried it, and which pixels are known."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    fx, fy = x - motion[..., 0], y - motion[..., 1]
    known = np.isfinite(motion).all(-1) & (fx >= 0) & (fy >= 0) & (fx <= SIZE - 2) & (fy <= SIZE - 2)
    fx, fy = (np.nan_to_num(v).clip(0, SIZE - 2) for v in (fx, fy))
    ix, iy = fx.astype(int), fy.astype(int)
    wx, wy = (fx - ix)[..., None], (fy - iy)[..., None]
    p = before.astype(np.float32)
    top = p[iy, ix] * (1 - wx) + p[iy, ix + 1] * wx
    low = p[iy + 1, ix] * (1 - wx) + p[iy + 1, ix + 1] * wx
    return top * (1 - wy) + low * wy, known


def sliding(frames: list[Picture], layers: list[Layers]) -> float:
    """Mean difference of each frame to the one before it, carried along by the motion, on things in their own colours and away
    from their edges."""
    off = []
    for k in range(1, len(frames)):
        motion = layers[k].motion
        assert motion is not None
        was, known = carried(frames[k - 1], motion)
        n = things(layers[k])
        inside = np.ones_like(known)
        for dy, dx in ((0, 2), (2, 0), (0, -2), (-2, 0)):
            inside &= np.roll(n, (dy, dx), (0, 1)) == n
        mask = known & inside & (layers[k].colour[..., 3] > 127)
        off.append(float(np.abs(frames[k].astype(np.float32) - was)[mask].mean()))
    return float(np.mean(off))


def step(pair: Pair, layers: Layers) -> tuple[Picture, Picture]:
    pair.layers(layers)
    v, t = pair.step()
    assert t is not None
    return v, t


class Moved(NamedTuple):
    """Of one move of the camera: what slides in Vista's pictures, in the truth's, and in Vista's without motion."""

    mine: float
    truth: float
    without: float
    flicker: float


def move(pair: Pair, box: ColouredScene, values: dict[str, Any], tick: Callable[[], None]) -> Moved:
    pair.cut(**values)
    both = []
    for layers in box.frames:
        both.append(step(pair, layers))
        tick()
    mine, truth = [v for v, _ in both], [t for _, t in both]
    pair.cut(**values)
    without = []
    for layers in box.frames:
        pair.layers(layers._replace(motion=None))
        without.append(pair.frame())
        pair.truth.index += 1
    return Moved(sliding(mine, box.frames), sliding(truth, box.frames), sliding(without, box.frames), flicker(mine, truth))


def measure(c: Context) -> Row:
    rng = np.random.default_rng(960_001)
    count, moves = c.few(2, 40, 12), c.few(1, 6, 3)
    got, kept, rows, cells, hues, without = list[float](), [], [], [], list[float](), list[float]()
    moved = list[Moved]()
    frames = c.few(3, FRAMES, 8)
    with c.bar("painting scenes in their own colours", count + 2 * moves * frames) as tick, c.pair(240) as pair:
        for k in range(count):
            if c.late and len(got) > 4:
                break
            box = coloured_scene(k, 1)
            layers = box.frames[0]
            values = scene(rng, style=STYLES[k % 6], weather=WEATHERS[(k // 2) % 6], energy=0.3)
            pair.cut(**values)
            v, t = step(pair, layers)
            got.append(psnr(v, t))
            kept.append(edges_kept(v, t, things(layers)))
            rows.append((box.name, values["style"], values["weather"], round(got[-1], 2), round(kept[-1][0], 4), kept[-1][1]))
            caption = f"{box.name}: {values['style']}, {values['weather']}: game | truth | Vista"
            cells.append((caption, [layers.colour[..., :3], t, v]))
            pair.cut(**NOON)
            noon, _ = step(pair, layers)
            hues += hues_off(layers, noon)
            if layers.label is not None:  # the control: labels alone, with walls for what has none
                label = np.where(layers.label[..., 3:] > 0, layers.label, np.array([200, 190, 180, 255], np.uint8))
                pair.view(label, layers.depth)
                without += hues_off(layers, pair.step(False)[0])
            tick()
        for k in range(2 * moves):
            if c.late and len(moved) > 1:
                break
            box = coloured_scene((0, 1, 4, 2, 3, 5)[k // 2 % 6] + 60, frames, zoom=k % 2 == 1)
            style = ("plain", "oil", "watercolour")[k // 2 % 3]
            moved.append(move(pair, box, scene(rng, style=style, weather="clear", energy=0.3, time_of_day=11.0), tick))
        pair.view(None)
    sheet(c.folder / "colours.png", cells, 2)
    n = np.array([e for _, e in kept], float)
    ratio = [m.mine / m.truth for m in moved]
    return {
        "compared": f"{len(got)} scenes with palettes, textures and things that no training used (rooms, stations, towns, toys, "
        "flat levels as pixel art), whose layers a ray caster draws, with the painter's pictures of the same layers. Vista "
        "paints own colours by the painter's own formulas: what can differ is sky, land, edges and rounding. Hues: of the mean "
        f"of each of {len(hues)} things at noon. Grain: each frame against the one before, carried along by the motion",
        "control": {
            "hue_off_95_percent_with_labels_alone": round(float(np.percentile(without, 95)), 1) if without else None,
            "sliding_without_motion_against_the_truth": round(float(np.mean([m.without / m.truth for m in moved])), 2),
        },
        "by_scene": rows,
        "grain": [[round(v, 3) for v in m] for m in moved],
        "goals": {
            "psnr": goal(float(np.mean(got)), "dB", least=31, error=standard_error(got)),
            "edges_within_1.5_px": goal(float(np.average([s for s, _ in kept], weights=n + 1e-9)), "share", least=0.95),
            "hue_off_median": goal(float(np.median(hues)), "degrees", 4),
            "hue_off_95_percent": goal(float(np.percentile(hues, 95)), "degrees", 12),
            "grain_on_its_thing": goal(float(np.mean(ratio)), "times the truth's", 1.2, error=standard_error(ratio)),
            "flicker": goal(float(np.mean([m.flicker for m in moved])), "times the truth's", 1.2),
        },
    }  # fmt: skip
