"""Depth as three bytes: d = (65536 r + 256 g + b) / 16777215, 0 near to 1 far, linear (protocol/PROTOCOL.md, part 4)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_PACKED = 2**24 - 1


def pack_depth(depth: ArrayLike) -> NDArray[np.uint8]:
    """Encode depths [H, W], 0 near to 1 far (clipped, NaN is far), as uint8 [H, W, 4]; alpha is 255."""
    d = np.nan_to_num(np.asarray(depth, np.float64), nan=1.0, posinf=1.0, neginf=0.0).clip(0.0, 1.0)
    n = np.floor(d * MAX_PACKED + 0.5).astype(np.uint32)
    return np.stack([n >> 16, n >> 8 & 255, n & 255, np.full_like(n, 255)], -1).astype(np.uint8)


def unpack_depth(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Decode uint8 [H, W, 3 or 4] to float32 [H, W] of 0-1."""
    n = packed[..., :3].astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    return (n / MAX_PACKED).astype(np.float32)
