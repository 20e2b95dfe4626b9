"""Baselines: how much the planes alone determine. Maps fitted without a network, and Vista with some of its inputs removed."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from dreambridge.bench.report import goal
from dreambridge.bench.vista.context import Context, Pair, Picture, Row, scene
from dreambridge.bench.vista.metrics import psnr, sharpness
from dreambridge.bench.vista.painted import WORLDS, drawn
from dreambridge.vista.training.truth import FPS, LaidOut, Truth
from dreambridge.vista.world.grey import LABELS
from dreambridge.vista.world.names import PLANES, STYLES, VECTOR, WEATHERS

PIXELS = 1500  # taken from each fitted picture
ABLATED = ("time_of_day", "weather", "style", "energy")  # conditions that change the picture but not the shape of the land


def planes_of(laid: LaidOut) -> Tensor:
    """The planes of every pixel and a constant 1: float32 [65536, 27]."""
    planes = torch.pixel_shuffle(laid.planes, 2)[0].flatten(1)
    return torch.cat([planes, torch.ones(1, planes.shape[1])]).T


def linear(planes: Tensor, vector: Tensor) -> Tensor:
    """Planes and conditions concatenated: [n, 27 + 28]."""
    return torch.cat([planes, vector.expand(len(planes), -1)], 1)


def bilinear(planes: Tensor, vector: Tensor) -> Tensor:
    """Each plane times each condition: [n, 27 * 29]."""
    whole = torch.cat([vector, torch.ones(1, 1)], 1)
    return (planes[:, :, None] * whole[:, None, :]).flatten(1)


MAPS = {"linear": (linear, len(PLANES) + 1 + VECTOR), "bilinear": (bilinear, (len(PLANES) + 1) * (VECTOR + 1))}


class Fit:
    """Least-squares fit of the maps to the painter's pictures, accumulated picture by picture."""

    def __init__(self) -> None:
        self.sums = {n: (torch.zeros(k, k), torch.zeros(k, 3)) for n, (_, k) in MAPS.items()}

    def add(self, planes: Tensor, vector: Tensor, picture: Picture, rng: np.random.Generator) -> None:
        pick = torch.from_numpy(rng.integers(0, 65536, PIXELS))
        target = torch.from_numpy(picture.reshape(-1, 3).astype(np.float32))[pick] / 255
        for n, (features, _) in MAPS.items():
            f = features(planes[pick], vector)
            self.sums[n][0].add_(f.T @ f)
            self.sums[n][1].add_(f.T @ target)

    def weights(self) -> dict[str, Tensor]:
        return {
            n: torch.linalg.solve(a.double() + 1e-2 * torch.eye(len(a)), b.double()).float() for n, (a, b) in self.sums.items()
        }


def as_picture(colours: Tensor) -> Picture:
    return np.asarray((colours.clamp(0, 1) * 255).round().byte().reshape(256, 256, 3).numpy())


def fitted_palette(planes: Tensor, picture: Picture) -> Picture:
    """One colour for each plane, fitted to this same picture: no linear map of the planes alone can be better."""
    target = torch.from_numpy(picture.reshape(-1, 3).astype(np.float32)) / 255
    a = (planes.T @ planes).double() + 1e-2 * torch.eye(planes.shape[1])
    return as_picture(planes @ torch.linalg.solve(a, (planes.T @ target).double()).float())


def fit(c: Context) -> dict[str, Tensor]:
    rng, sums, truth = np.random.default_rng(970_001), Fit(), Truth(0)
    count = c.few(4, 300, 60)
    with c.bar("fitting the baselines to painter pictures", count) as tick:
        for _ in range(count):
            values, _, slow = drawn(rng)
            truth.seed = WORLDS + 200_000 + int(rng.integers(100_000))
            truth.cut({n: None for n in truth.schema} | values)
            truth.index = int(rng.integers(50_000))
            truth.timeline.direct({}, truth.time)
            laid = truth.lay_out()
            sums.add(planes_of(laid), laid.controls.vector, truth.paint(laid, slow), rng)
            tick()
    return sums.weights()


def frame(c: Context, pair: Pair, values: dict[str, Any]) -> tuple[Picture, Picture, LaidOut]:
    pair.cut(**values)
    pair.skip(c.few(1, 6))
    laid = pair.truth.lay_out()
    v, t = pair.step()
    assert t is not None
    return v, t, laid


def history(c: Context, pair: Pair, values: dict[str, Any]) -> tuple[float, float]:
    """PSNR of a frame with earlier snow or wetness: with its state, and with the state set to 0."""
    pair.cut(**values)
    pair.skip(c.few(6, round(10 * FPS)))
    slow = pair.truth.slow.clone()
    v, t = pair.step()
    pair.stream.cut(**({n: None for n in pair.stream.conditions} | values | {"snow_cover": 0.0, "wetness": 0.0}))
    zeroed = pair.frame()
    pair.truth.slow = slow
    t2 = pair.truth.frame()
    assert t is not None and t2 is not None
    return psnr(v, t), psnr(zeroed, t2)


def measure(c: Context) -> Row:
    weights = fit(c)
    rng = np.random.default_rng(970_002)
    count = c.few(2, 72, 18)
    got: dict[str, list[float]] = {
        n: [] for n in ("vista", "conditions_shuffled", "planes_blanked", "linear", "bilinear", "fitted_palette")
    }
    sharp: dict[str, list[float]] = {n: [] for n in ("vista", "linear", "bilinear", "fitted_palette")}
    blank = np.zeros((256, 256, 4), np.uint8)
    blank[...] = (*LABELS["sky"].colour, 255)
    scenes = [
        scene(rng, style=STYLES[k % 6], weather=WEATHERS[k // 6 % 6]) | {"camera_x": float(rng.uniform(-20, 20))}
        for k in range(count)
    ]
    with c.bar("baselines and ablations", count) as tick, c.pair(260) as pair:
        for k, values in enumerate(scenes):
            if c.late and len(got["vista"]) > 5:
                break
            v, t, laid = frame(c, pair, values)
            planes = planes_of(laid)
            pictures = {n: as_picture(features(planes, laid.controls.vector) @ weights[n]) for n, (features, _) in MAPS.items()}
            pictures |= {"vista": v, "fitted_palette": fitted_palette(planes, t)}
            for n, p in pictures.items():
                got[n].append(psnr(p, t))
                sharp[n].append(sharpness(p, t))
            other = {n: scenes[(k + max(1, count // 2 - 1)) % count][n] for n in ABLATED}
            pair.stream.direct(over=0.0, **other)
            got["conditions_shuffled"].append(psnr(pair.frame(), pair.truth.frame()))  # type: ignore[arg-type]
            pair.direct(0.0, **values)
            pair.stream.view(blank)
            got["planes_blanked"].append(psnr(pair.frame(), pair.truth.frame()))  # type: ignore[arg-type]
            pair.stream.view(None)
            tick()
        past = [
            history(c, pair, scene(rng, weather=w, style="plain", time_of_day=h))
            for w, h in (("snow", 11.0), ("rain", 15.0), ("snow", 20.0), ("storm", 9.0))[: c.few(1, 4)]
        ]
    scenes_seen = len(got["vista"])
    mean = {n: round(float(np.mean(v)), 2) for n, v in got.items()}
    return {
        "compared": f"PSNR to the painter's picture, {scenes_seen} held-out scenes in all styles and weathers. Linear and "
        "bilinear: least squares of planes and conditions on other pictures of the painter. Fitted palette: one colour for each "
        "plane, fitted to each test picture itself. Shuffled: hour, weather, style and energy of another scene on the same land. "
        "Blanked: a view that is all sky instead of the stage. State zeroed: a cut before a frame after 10 s of snow or rain",
        "control": {}, "psnr": mean, "sharpness": {n: round(float(np.mean(v)), 3) for n, v in sharp.items()},
        "psnr_with_history": {
            "vista": round(float(np.mean([a for a, _ in past])), 2),
            "state_zeroed": round(float(np.mean([b for _, b in past])), 2),
        },
        "goals": {
            "vista_above_the_best_baseline": goal(
                mean["vista"] - max(mean[n] for n in ("linear", "bilinear", "fitted_palette")), "dB", least=6
            ),
        },
    }  # fmt: skip
