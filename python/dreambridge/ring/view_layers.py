"""Normals and motion as bytes (protocol/PROTOCOL.md, part 4). Depth is in ``ring.depth``."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

ZERO, SCALE = 128, 127  # the byte of a normal's 0, and the bytes from there to 1
MIDDLE, PER_PIXEL = 2048, 16  # the number of no motion, and numbers for each pixel
MAX_MOTION = 2047 / PER_PIXEL


def pack_normal(normal: ArrayLike) -> NDArray[np.uint8]:
    """Encode normals [H, W, 3] (right, up, towards the camera; of any length) as uint8 [H, W, 4]; alpha is 255.

    A normal of length 0, or with a number that is not finite, stands for none: all three bytes are 128.
    """
    n = np.asarray(normal, np.float64)
    x, y, z = np.moveaxis(n, -1, 0)  # a reduction over an axis of three takes several times as long
    there = np.isfinite(x) & np.isfinite(y) & np.isfinite(z)
    length = np.sqrt(x * x + y * y + z * z)
    length = np.where(there & (length > 0), length, 1.0)
    n = np.where(there[..., None], n, 0.0) / length[..., None]
    return with_alpha(np.floor(ZERO + SCALE * n + 0.5))


def unpack_normal(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Decode uint8 [H, W, 3 or 4] to float32 [H, W, 3]; zeros where there is no normal."""
    return ((packed[..., :3].astype(np.float32) - ZERO) / SCALE).clip(-1, 1)


def pack_motion(motion: ArrayLike) -> NDArray[np.uint8]:
    """Encode motion [H, W, 2] (pixels right and down since the last picture) as uint8 [H, W, 4]; alpha is 255.

    Motion is in sixteenths of a pixel; beyond ``MAX_MOTION`` it is cut off. Where a number is not finite it is unknown: all three
    bytes are 0.
    """
    v = np.asarray(motion, np.float64)
    known = np.isfinite(v[..., 0]) & np.isfinite(v[..., 1])
    v = np.where(known[..., None], v, 0.0).clip(-MAX_MOTION, MAX_MOTION)
    n = np.floor(v * PER_PIXEL + 0.5).astype(np.int64) + MIDDLE
    n[~known] = 0
    x, y = np.moveaxis(n, -1, 0)
    out = np.full((*x.shape, 4), 255, np.uint8)
    out[..., 0], out[..., 1], out[..., 2] = x >> 4, (x & 15) << 4 | y >> 8, y & 255
    return out


def unpack_motion(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Decode uint8 [H, W, 3 or 4] to float32 [H, W, 2]; NaN where the motion is unknown."""
    r, g, b = np.moveaxis(packed[..., :3].astype(np.int64), -1, 0)
    n = np.stack([r << 4 | g >> 4, (g & 15) << 8 | b], -1)
    return np.where((n == 0).all(-1, keepdims=True), np.nan, (n - MIDDLE) / PER_PIXEL).astype(np.float32)


def with_alpha(rgb: NDArray[np.generic]) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] of [H, W, 3]; alpha is 255."""
    out = np.full((*rgb.shape[:-1], 4), 255, np.uint8)
    out[..., :3] = rgb
    return out
