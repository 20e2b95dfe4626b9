"""View: held-out grey-boxes, painted over. Position of edges, PSNR to the painter's picture, flicker."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista.context import Context, Pair, Picture, Row, scene
from dreambridge.bench.vista.grey_boxes import GreyBox, grey_boxes
from dreambridge.bench.vista.metrics import edges_kept, flicker, psnr
from dreambridge.bench.vista.sheets import sheet
from dreambridge.protocol.errors import DreamError
from dreambridge.vista.world.grey import LABELS
from dreambridge.vista.world.names import STYLES, WEATHERS

COLOURS = np.array([label.colour for label in LABELS.values()], np.int16)


def numbers(label: Picture) -> NDArray[np.intp]:
    """Label picture uint8 [256, 256, 4] -> the number of each pixel's label, int [256, 256]."""
    return np.asarray(np.abs(label[:, :, None, :3].astype(np.int16) - COLOURS).sum(3).argmin(2))


def still(c: Context, pair: Pair, box: GreyBox, values: dict[str, Any]) -> tuple[Picture, Picture]:
    pair.cut(**values)
    pair.view(box.frames[0][0], box.frames[0][1])
    pair.skip(c.few(1, 6))
    v, t = pair.step()
    assert t is not None
    return v, t


def pan(pair: Pair, box: GreyBox, values: dict[str, Any], tick: Callable[[], None]) -> float:
    """Flicker divided by the truth's while the game's camera moves slowly."""
    pair.cut(**values)
    mine, truth = [], []
    for label, depth in box.frames:
        pair.view(label, depth)
        v, t = pair.step()
        assert t is not None
        mine.append(v)
        truth.append(t)
        tick()
    return flicker(mine, truth)


def tick_to_frame(c: Context) -> dict[str, Any]:
    """The row that `python3 dev.py bench view` measures, in the real Godot."""
    missing = {"tick_to_frame_p50": goal(None, "ms, see `python3 dev.py bench view`", most=0)}
    if c.quick or c.engine is None:
        return {
            "goals": missing,
            "from": "not measured with --quick" if c.quick else "not measured: `python3 dev.py bench vista` does",
        }
    try:
        goals = c.engine.tick_to_painted()
    except DreamError as e:  # without Godot the other figures hold
        return {"goals": missing, "from": f"`python3 dev.py bench view` failed: {e}"}
    own = {k.split(": ")[0]: g for k, g in goals.items() if "tick_to_painted" in k and k.startswith("vista")}
    return {"goals": {f"tick_to_frame_p50_{k}": g for k, g in own.items()} or missing, "from": "`python3 dev.py bench view`"}


def measure(c: Context) -> Row:
    rng = np.random.default_rng(950_001)
    boxes, origin = grey_boxes(c)
    kept, got, rows, cells, moved, flickers = [], list[float](), [], [], [], list[float]()
    panned = boxes[:: c.few(2, 2)]
    with c.bar("painting grey-boxes", len(boxes) + sum(len(b.frames) for b in panned)) as tick, c.pair(220) as pair:
        for k, box in enumerate(boxes):
            if c.late and len(got) > 3:
                break
            values = scene(rng, style=STYLES[k % 6], weather=WEATHERS[(k // 2) % 6], energy=0.3)
            v, t = still(c, pair, box, values)
            share, edges = edges_kept(v, t, numbers(box.frames[0][0]))
            # the control: the same picture, moved by a few pixels
            moved.append(edges_kept(np.roll(v, 3, (0, 1)), t, numbers(box.frames[0][0]))[0])
            kept.append((share, edges))
            got.append(psnr(v, t))
            rows.append((box.name, values["style"], values["weather"], round(got[-1], 2), round(share, 4), edges))
            cells.append(
                (f"{box.name}: {values['style']}, {values['weather']}: label | truth | Vista", [box.frames[0][0][..., :3], t, v])
            )
            tick()
        for k, box in enumerate(panned):
            if c.late and flickers:
                break
            flickers.append(
                pan(pair, box, scene(rng, style=STYLES[k % 6], weather=("clear", "cloudy", "rain")[k % 3], energy=0.3), tick)
            )
        pair.view(None)
    sheet(c.folder / "view.png", cells, 2)
    n = np.array([e for _, e in kept], float)
    own = tick_to_frame(c)
    return {
        "compared": f"{len(got)} grey-boxes ({origin}) with the painter's pictures of the same planes, in all styles and "
        "weathers. Edges: of the label edges that are alone (6 pixels of one label to either side) and at which the painter's "
        "picture has a clear edge within 1.5 pixels, the share at which Vista's picture has one, too. Flicker: the second "
        "difference in time on a slow pan, against the painter's",
        "control": {"edges_of_a_picture_3_pixels_off": round(float(np.average(moved, weights=n + 1e-9)), 4)},
        "by_scene": rows, "flicker_by_scene": [round(f, 3) for f in flickers], "psnr_2d": _mean(rows, "2D"),
        "psnr_3d": _mean(rows, "3D"),
        "tick_to_frame": own["from"],
        "goals": {
            "edges_within_1.5_px": goal(float(np.average([s for s, _ in kept], weights=n + 1e-9)), "share", least=0.95),
            "psnr": goal(float(np.mean(got)), "dB", least=31, error=standard_error(got)),
            "flicker_on_a_slow_pan": goal(float(np.mean(flickers)), "times the truth's", 1.3, error=standard_error(flickers)),
            **own["goals"],
        },
    }  # fmt: skip


def _mean(rows: list[Any], kind: str) -> float | None:
    own = [r[3] for r in rows if r[0].startswith(kind)]
    return round(float(np.mean(own)), 2) if own else None
