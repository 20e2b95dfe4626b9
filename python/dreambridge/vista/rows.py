"""Bands of rows whose ends are tensors: the stage works only where something stands, and most of a picture is sky or ground."""

from typing import Any

import torch
from torch import Tensor


def _sizes(x: Any, axis: int) -> list[int | None]:
    """What the exporter knows of the sizes of ``x``, without that of ``axis``."""
    sizes = list(x.type().varyingSizes() or [None] * x.type().dim())
    sizes[axis] = None
    return sizes


class _Cut(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, start: Tensor, end: Tensor, axis: int) -> Tensor:
        return x.narrow(axis, int(start), int(end) - int(start))

    @staticmethod
    def symbolic(g: Any, x: Any, start: Any, end: Any, axis: int) -> Any:
        out = g.op("Slice", x, start, end, g.op("Constant", value_t=torch.tensor([axis])))
        return out.setType(x.type().with_sizes(_sizes(x, axis)))


class _Set(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, above: Tensor, below: Tensor) -> Tensor:
        return torch.nn.functional.pad(x, (0, 0, int(above), int(below)))

    @staticmethod
    def symbolic(g: Any, x: Any, above: Any, below: Any) -> Any:
        pads = g.op("Concat", above, below, axis_i=0)
        axes, zero = g.op("Constant", value_t=torch.tensor([-2])), g.op("Constant", value_t=torch.tensor(0.0))
        out = g.op("Pad", x, pads, zero, axes)
        return out.setType(x.type().with_sizes(_sizes(x, -2)))


def cut(x: Tensor, start: Tensor, end: Tensor, axis: int = -2) -> Tensor:
    """Elements from ``start`` to before ``end`` (int64 [1] each) along ``axis``; rows unless it is given."""
    return torch.as_tensor(_Cut.apply(x, start, end, axis % x.ndim))


def set_in(x: Tensor, above: Tensor, below: Tensor) -> Tensor:
    """``x`` with ``above`` and ``below`` rows of zeros (int64 [1] each, 0 or more) about it."""
    return torch.as_tensor(_Set.apply(x, above, below))
