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


class _Part(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: Tensor, axis: int, count: int) -> tuple[Tensor, ...]:
        return tuple(part.contiguous() for part in x.split(sizes.tolist(), axis))

    @staticmethod
    def symbolic(g: Any, x: Any, sizes: Any, axis: int, count: int) -> Any:
        out = g.op("Split", x, sizes, axis_i=axis, outputs=count)
        return tuple(part.setType(x.type().with_sizes(_sizes(x, [axis]))) for part in out)


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *parts: Tensor) -> Tensor:
        out = parts[0] + parts[1]
        for part in parts[2:]:
            out = out + part
        return out

    @staticmethod
    def symbolic(g: Any, *parts: Any) -> Any:
        return g.op("Sum", *parts).setType(parts[0].type())


def parted(x: Tensor, sizes: Tensor, axis: int) -> tuple[Tensor, ...]:
    """``x`` in parts of ``sizes`` (int64 [n]) along ``axis``."""
    return _Part.apply(x, sizes, axis, int(sizes.shape[0]))  # type: ignore[no-any-return]


def total(*parts: Tensor) -> Tensor:
    """The sum of two or more tensors, as one operator; the first has the shape of the sum."""
    return _Total.apply(*parts)  # type: ignore[no-any-return]


def cut(x: Tensor, start: Tensor, end: Tensor, *axes: int) -> Tensor:
    """The elements from ``start`` to before ``end`` (int64, one number for each axis) along ``axes``, by default along rows."""
    # No as_tensor here: for bytes it would export as a cast.
    return _Cut.apply(x, start, end, [axis % x.ndim for axis in axes or (-2,)])  # type: ignore[no-any-return]


def set_in(x: Tensor, above: Tensor, below: Tensor) -> Tensor:
    """``x`` with ``above`` rows of zeros above it and ``below`` rows of zeros below it (int64 [1] each, 0 or more)."""
    return _Set.apply(x, above, below)  # type: ignore[no-any-return]
