"""Held-out grey-boxes: made in Godot if an engine is given, otherwise drawn by ``training.layouts``."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dreambridge.bench.vista.context import Context, GameEngine, Picture
from dreambridge.bundle.palette import PALETTE
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.depth import unpack_depth
from dreambridge.vista.training.layouts import Canvas, deep, flat

SEED = 951_000
PAN_FRAMES = 24


class GreyBox(NamedTuple):
    """Frames on a slow pan: label uint8 [256, 256, 4] and depth float [256, 256] in 0-1, or None if the labels determine it."""

    name: str
    frames: list[tuple[Picture, NDArray[np.float32] | None]]


def drawn(number: int, in_depth: bool, count: int) -> GreyBox:
    """A random layout, panned by one pixel per frame over the picture and its mirror image."""
    rng = np.random.default_rng(SEED + number)
    canvas: Canvas = (deep if in_depth else flat)(rng)
    label, packed = canvas.arrays()
    depth = unpack_depth(packed)
    label, depth = np.concatenate([label, label[:, ::-1]], 1), np.concatenate([depth, depth[:, ::-1]], 1)
    frames = [(np.ascontiguousarray(label[:, x : x + 256]), depth[:, x : x + 256] if in_depth else None) for x in range(count)]
    return GreyBox(f"{'3D' if in_depth else '2D'} layout {number}", frames)


def in_engine(engine: GameEngine, count: int, frames: int) -> list[GreyBox]:
    """Scenes that the real engine draws; DreamError if it cannot run here."""
    with tempfile.TemporaryDirectory() as folder:
        return [GreyBox(s.name, s.frames) for s in engine.scenes(Path(folder), PALETTE, count, frames, SEED)]


def grey_boxes(c: Context) -> tuple[list[GreyBox], str]:
    """The scenes, 2D and 3D alternating, and their origin. ``quick`` scenes are drawn: an engine takes seconds to start."""
    count, frames = c.few(2, 36, 12), c.few(4, PAN_FRAMES, 8)
    reason = "not asked for: --quick"
    if not c.quick and c.engine is None:
        reason = "run `python3 dev.py bench vista` in a checkout for those"
    elif not c.quick and c.engine is not None:
        try:
            return in_engine(c.engine, count, frames), "made in the real Godot: platform levels, villages, towns, valleys"
        except DreamError as e:
            reason = str(e)
    return [
        drawn(k, k % 2 == 1, frames) for k in range(count)
    ], f"random layouts with seeds that no training used, not Godot's ({reason})"
