"""From whole pictures to their four half-size phases and back, with operators that are fast in ONNX Runtime.

``pixel_shuffle`` and ``pixel_unshuffle`` export as one transposition of single elements over six axes, which takes a millisecond
for a picture.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pixel_unshuffle

from dreambridge.vista.world.names import INDEX


class _SpaceToDepth(torch.autograd.Function):
    """[1, n, 2 h, 2 w] -> [1, 4 n, h, w] in the order (phase, n)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: list[int]) -> Tensor:
        _, n, h, w = x.shape
        return pixel_unshuffle(x, 2).reshape(n, 4, h // 2, w // 2).transpose(0, 1).reshape(1, 4 * n, h // 2, w // 2)

    @staticmethod
    def symbolic(g: Any, x: Any, sizes: list[int]) -> Any:
        return g.op("SpaceToDepth", x, blocksize_i=2).setType(x.type().with_sizes(sizes))


def folded(x: Tensor) -> Tensor:
    """``pixel_unshuffle(x, 2)`` of [1, n, 2 h, 2 w]: [1, 4 n, h, w], in which the phase (2 * row + column) changes fastest."""
    n, h, w = (int(size) for size in x.shape[1:])
    by_phase = torch.as_tensor(_SpaceToDepth.apply(x, [1, 4 * n, h // 2, w // 2])).reshape(4, n, h // 2, w // 2)
    return torch.as_tensor(by_phase.transpose(0, 1).reshape(1, 4 * n, h // 2, w // 2))


def columns_first(x: Tensor) -> Tensor:
    """Channels [4 n, ...] from the order of ``pixel_shuffle`` (n, row, column) to that of ``unfolded`` (column, n, row)."""
    return x.reshape(-1, 2, *x.shape[1:]).transpose(0, 1).reshape(x.shape)


def unfolded(x: Tensor) -> Tensor:
    """[1, 4 n, h, w] with channels in the order (column, n, row) -> [1, n, 2 h, 2 w]: joins single columns, then whole rows."""
    channels, h, w = (int(size) for size in x.shape[1:])
    n = channels // 4
    even, odd = x.reshape(2, -1, 1).unbind(0)
    rows = torch.cat([even, odd], 1).reshape(n, 2, h, 2 * w)
    return torch.cat([rows[:, 0], rows[:, 1]], 2).reshape(1, n, 2 * h, 2 * w)


def plane_of(planes: Sequence[Tensor], name: str, first: str = "far") -> Tensor:
    """One plane by phase [B, 4, h, w] of planes that are in one tensor or in several consecutive ones; ``first`` is the first of
    them."""
    channel = 4 * (INDEX[name] - INDEX[first])
    for part in planes:
        if channel < part.shape[1]:
            return part[:, channel : channel + 4]
        channel -= part.shape[1]
    raise KeyError(name)
