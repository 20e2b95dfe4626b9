"""The tables of a world, hashed from its seed in integer arithmetic, which ONNX computes exactly as torch does."""

import torch
from torch import Tensor, nn

PRIME = 2147483647
PROFILES, WAVES, ROWS, CELLS, OFFSETS = 8, 48, 6, 256, 14


def hashed(seed: Tensor, count: int, salt: int) -> Tensor:
    """Uniform numbers in 0-1 from a seed.

    Parameters
    ----------
    seed : int64 [1]
    count : how many numbers
    salt : which of the independent sets of numbers

    Returns
    -------
    float32 [count]
    """
    index = torch.arange(count, dtype=torch.int64) * 7919 + salt * 104729 + 12345
    key = torch.remainder(seed, 1000003) * 69621
    h = torch.remainder(index * 48271 + key, PRIME)
    for k in (1013904223, 362437, 521288629):
        h = torch.remainder(h * h + key + index * 31 + k, PRIME)
    h = torch.remainder(h * 16807, PRIME)
    return h.to(torch.float32) / float(PRIME)


class World(nn.Module):
    """seed int64 [1], number [1, 1] with its presence [1, 1] -> phases [1, 8, 48], cells [1, 6, 256, 4], offsets [1, 14].

    All results are uniform in 0-1. ``number`` is the condition ``seed_world``; while it is unset, the session's seed determines
    the world.
    """

    def forward(self, seed: Tensor, number: Tensor | None = None, present: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        if number is not None and present is not None:
            seed = torch.where(present.reshape(1) > 0.5, number.reshape(1).round().to(torch.int64), seed)
        phases = hashed(seed, PROFILES * WAVES, 1).reshape(1, PROFILES, WAVES)
        cells = hashed(seed, ROWS * CELLS * 4, 2).reshape(1, ROWS, CELLS, 4)
        return phases, cells, hashed(seed, OFFSETS, 3).reshape(1, OFFSETS)
