"""Held-out grey-boxes: made in Godot where there is one (the demo's village elsewhere, 2D levels), else drawn by ``layouts``."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dreambridge.bench.vista.context import Context, Picture
from dreambridge.frames.depth import unpack_depth
from dreambridge.vista.layouts import Canvas, deep, flat

SEED = 951_000
PAN_FRAMES = 24


class GreyBox(NamedTuple):
    """Its frames on a slow pan: label uint8 [256, 256, 4] and depth float [256, 256], or None where labels have their own."""

    name: str
    frames: list[tuple[Picture, NDArray[np.float32] | None]]


def drawn(number: int, in_depth: bool, count: int) -> GreyBox:
    """A random layout, panned by one pixel a frame over the picture and its mirror image."""
    rng = np.random.default_rng(SEED + number)
    canvas: Canvas = (deep if in_depth else flat)(rng)
    label, packed = canvas.arrays()
    depth = unpack_depth(packed)
    label, depth = np.concatenate([label, label[:, ::-1]], 1), np.concatenate([depth, depth[:, ::-1]], 1)
    frames = [(np.ascontiguousarray(label[:, x : x + 256]), depth[:, x : x + 256] if in_depth else None) for x in range(count)]
    return GreyBox(f"{'3D' if in_depth else '2D'} layout {number}", frames)


def grey_boxes(c: Context) -> tuple[list[GreyBox], str]:
    """The scenes, 2D and 3D in turns, and where they come from."""
    count, frames = c.few(2, 36), c.few(4, PAN_FRAMES)
    return [
        drawn(k, k % 2 == 1, frames) for k in range(count)
    ], "random layouts with seeds that no training used; none made in Godot"
