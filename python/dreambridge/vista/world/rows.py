"""Slices and padding whose ends are tensors: each exports as one Slice or Pad, where ``narrow`` exports as a dozen operators.

The stage works in bands of rows, only where something stands, and cuts its air from tables.
"""

from typing import Any

import torch
from torch import Tensor


def _sizes(x: Any, axes: list[int]) -> list[int | None]:
    """The sizes of ``x`` that the exporter knows, except those of ``axes``."""
    sizes = list(x.type().varyingSizes() or [None] * x.type().dim())
    for axis in axes:
        sizes[axis] = None
    return sizes


class _Cut(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, start: Tensor, end: Tensor, axes: list[int]) -> Tensor:
        for axis, first, last in zip(axes, start.tolist(), end.tolist(), strict=True):
            x = x.narrow(axis, first, last - first)
        return x.contiguous()

    @staticmethod
    def symbolic(g: Any, x: Any, start: Any, end: Any, axes: list[int]) -> Any:
        out = g.op("Slice", x, start, end, g.op("Constant", value_t=torch.tensor(axes)))
        return out.setType(x.type().with_sizes(_sizes(x, axes)))


class _Set(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, above: Tensor, below: Tensor) -> Tensor:
        return torch.nn.functional.pad(x, (0, 0, int(above), int(below)))

    @staticmethod
    def symbolic(g: Any, x: Any, above: Any, below: Any) -> Any:
        pads = g.op("Concat", above, below, axis_i=0)
        axes, zero = g.op("Constant", value_t=torch.tensor([-2])), g.op("Constant", value_t=torch.tensor(0.0))
        out = g.op("Pad", x, pads, zero, axes)
        return out.setType(x.type().with_sizes(_sizes(x, [-2])))


def cut(x: Tensor, start: Tensor, end: Tensor, *axes: int) -> Tensor:
    """The elements from ``start`` to before ``end`` (int64, one number for each axis) along ``axes``, by default along rows."""
    # No as_tensor here: for bytes it would export as a cast.
    return _Cut.apply(x, start, end, [axis % x.ndim for axis in axes or (-2,)])  # type: ignore[no-any-return]


def set_in(x: Tensor, above: Tensor, below: Tensor) -> Tensor:
    """``x`` with ``above`` rows of zeros above it and ``below`` rows of zeros below it (int64 [1] each, 0 or more)."""
    return torch.as_tensor(_Set.apply(x, above, below))
