"""Vista over a game's own colours: they are kept, lit, weathered; grain stays on its things; without colours nothing changes."""

from collections.abc import Iterator
from typing import Any

import dreambridge
import numpy as np
import pytest
import torch
from dreambridge.bench.vista.coloured_scenes import Body, Camera, Layers, cast, coloured_scene
from dreambridge.bench.vista.colours import NOON, hues_off, sliding
from dreambridge.bench.vista.context import Pair
from dreambridge.bundle.palette import PALETTE
from dreambridge.vista.training.layouts import draw
from dreambridge.vista.training.truth import psnr
from dreambridge.vista.world.grey import Grey
from dreambridge.vista.world.own import OWN, SKY, UNLABELLED
from dreambridge.vista.world.stage import Sky
from numpy.typing import NDArray

SIDE = 256
BARE = Sky(*(torch.zeros(1, n, side, side) for n, side in ((24, SIDE // 2), (4, SIDE // 2), (8, 1))), torch.zeros(1, 1))


@pytest.fixture(scope="module")
def pair(daemon: dreambridge.Daemon) -> Iterator[Pair]:
    with Pair(daemon, 31) as p:
        yield p


def seen(pair: Pair, layers: Layers, **values: Any) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Vista's picture and the painter's."""
    pair.cut(**(NOON | values))
    pair.layers(layers)
    mine, truth = pair.step()
    assert truth is not None
    return mine, truth


def test_without_colours_the_planes_are_the_same() -> None:
    label, depth, _ = draw(np.random.default_rng(3))
    layers = [torch.from_numpy(a)[None] for a in (label, depth)]
    one, none, grey = torch.ones(1, 1), torch.zeros(1, 1), Grey().eval()
    colour = torch.randint(0, 256, (1, SIDE, SIDE, 4), dtype=torch.uint8)
    plain = grey(*layers, one, BARE).whole()
    assert torch.equal(plain, grey.read(*layers, one, BARE, colour, none, one).laid.whole())
    assert not torch.equal(plain, grey.read(*layers, one, BARE, colour, one, one).laid.whole()), "the control"


def test_labels_are_optional_in_each_pixel() -> None:
    """Label and colour, or one of them, or neither: four quarters."""
    label, colour = np.zeros((SIDE, SIDE, 4), np.uint8), np.zeros((SIDE, SIDE, 4), np.uint8)
    label[:, :128] = [*PALETTE["wall"]["colour"], 255]
    colour[:128] = (10, 20, 30, 255)
    one, grey = torch.ones(1, 1), Grey().eval()
    inputs = [torch.from_numpy(a)[None] for a in (label, np.zeros_like(label), colour)]
    runs = grey.read(inputs[0], inputs[1], one, BARE, inputs[2], one, one).runs[0]
    wall = list(PALETTE).index("wall")
    assert [float(runs[y, x]) for y, x in ((9, 9), (9, 200), (200, 9), (200, 200))] == [OWN + wall, OWN + UNLABELLED, wall, SKY]
    assert float(grey.read(inputs[0], inputs[1], one, BARE, inputs[2], one, 0 * one).runs[0, 9, 9]) == OWN + UNLABELLED
    label[:] = [*PALETTE["sky"]["colour"], 255]
    assert (grey.read(torch.from_numpy(label)[None], inputs[1], one, BARE, inputs[2], one, one).runs == SKY).all(), (
        "sky stays sky"
    )


@pytest.mark.parametrize("number", [0, 4], ids=["a room", "pixel art without labels, depth and normals"])
def test_colours_are_kept_and_the_picture_is_the_painters(pair: Pair, number: int) -> None:
    layers = coloured_scene(number, 1, seed=970_000).frames[0]
    mine, truth = seen(pair, layers)
    assert psnr(mine, truth) > 31
    hues = hues_off(layers, mine)
    assert len(hues) > 4 and np.median(hues) < 4 and np.percentile(hues, 95) < 12, hues
    other = layers._replace(colour=np.ascontiguousarray(layers.colour[..., [2, 0, 1, 3]]))
    assert np.median(hues_off(layers, seen(pair, other)[0])) > 30, "the control: other colours"
    for style in ("oil", "ink"):
        mine, truth = seen(pair, layers, style=style, time_of_day=19.0, weather="rain")
        assert psnr(mine, truth) > 29, style


def ball(label: str = "", colour: tuple[float, float, float] = (0.5, 0.5, 0.55)) -> Layers:
    return cast([Body("ball", (0, 0, -4), (1.5, 1.5, 1.5), colour, colour, label=label)], Camera((0, 0, 0)), None, 20.0)


def test_light_snow_and_lamps(pair: Pair) -> None:
    layers = ball()
    normal = layers.normal
    assert normal is not None
    left, right, top, under = (normal[..., 0] < -0.7), (normal[..., 0] > 0.7), (normal[..., 1] > 0.75), (normal[..., 1] < -0.5)
    bright = {h: seen(pair, layers, time_of_day=h)[0].astype(float).mean(2) for h in (8.0, 16.0)}
    assert bright[8.0][left].mean() > bright[8.0][right].mean() + 15, "the morning sun stands on the left"
    assert bright[16.0][right].mean() > bright[16.0][left].mean() + 15
    green = seen(pair, ball(colour=(0.1, 0.5, 0.15)), weather="snow", season="winter", snow_cover=0.85)[0].astype(float)
    assert green[top].mean() > green[under].mean() + 40, "snow lies on what faces up"
    night = {name: seen(pair, ball(name), time_of_day=23.5)[0].astype(float).mean(2) for name in ("", "window")}
    inside = np.abs(normal[..., 2]) > 0.5
    assert night["window"][inside].mean() > 2 * night[""][inside].mean()
    near, far = (seen(pair, layers._replace(depth=np.full((SIDE, SIDE), d)), weather="fog")[0].astype(float) for d in (0.05, 0.9))
    assert far[inside].mean() > near[inside].mean() + 20, "fog lies before what is far"


def test_grain_stays_on_its_things(pair: Pair) -> None:
    frames = coloured_scene(0, 6, seed=970_000).frames
    shown = {}
    for moving in (True, False):
        pair.cut(**(NOON | {"style": "oil"}))
        pictures = []
        for layers in frames:
            pair.layers(layers if moving else layers._replace(motion=None))
            pictures.append(pair.frame())
            pair.truth.index += 1
        shown[moving] = sliding(pictures, frames)
    assert shown[True] < 0.8 * shown[False], shown


def test_bad_layers_do_bounded_harm(pair: Pair) -> None:
    """One flat colour, noise, and motion that is garbage: a picture comes, and what is right stays right."""
    layers = coloured_scene(0, 1, seed=970_000).frames[0]
    rng = np.random.default_rng(5)
    good, truth = seen(pair, layers)
    garbage = layers._replace(motion=rng.normal(0, 300, (SIDE, SIDE, 2)).astype(np.float32))
    pair.cut(**NOON)
    for _ in range(3):
        pair.layers(garbage)
        mine = pair.frame()
        pair.truth.index += 1
    assert psnr(good, truth) > 31 and psnr(mine, truth) > 31 - 3, "the grain lies elsewhere, and that is all"
    for colour in (np.full((SIDE, SIDE, 4), 90, np.uint8), rng.integers(0, 256, (SIDE, SIDE, 4), np.uint8)):
        colour[..., 3] = 255
        flat = Layers(None, colour, None, None, None)
        mine, truth = seen(pair, flat)
        assert psnr(mine, truth) > 31 and mine.min() < mine.max()
