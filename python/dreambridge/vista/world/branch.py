"""Parts of the step graph that run only while they are needed. In ONNX each is an ``If``, so what is absent costs nothing.

``torch.onnx.export`` writes a placeholder node for each; ``network.stitch`` then replaces it with the exported body.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

DOMAIN = "dreambridge"
MIN_WEIGHT = 1e-3  # a weight up to this counts as 0


class _Place(torch.autograd.Function):
    """The placeholder. ``sizes`` is the shape with 0 for each dimension that varies. Both lists hold plain numbers: the exporter
    loses traced ones."""

    @staticmethod
    def forward(ctx: Any, shape: list[int], sizes: list[int], name: str, *inputs: Tensor) -> Tensor:
        return torch.zeros(shape)

    @staticmethod
    def symbolic(g: Any, shape: list[int], sizes: list[int], name: str, *inputs: Any) -> Any:
        out = g.op(f"{DOMAIN}::Branch", *inputs, name_s=name)
        kind = torch._C.TensorType.get().with_dtype(torch.float32)
        return out.setType(kind.with_sizes([n or None for n in sizes]))


class Branch(nn.Module):
    """``body(*inputs)`` if ``weight`` [1, 1] is above 0.001; else ``other(*inputs)``, the first input (with ``keep``), or
    zeros of ``shape``.

    ``varies``: the size of the result changes from call to call (a band of rows); ``shape`` then only broadcasts with it.
    """

    def __init__(
        self,
        name: str,
        body: nn.Module,
        shape: tuple[int, ...],
        keep: bool = False,
        varies: bool = False,
        other: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.name, self.body, self.shape, self.keep, self.varies, self.other = name, body, list(shape), keep, varies, other

    def sizes(self) -> list[int | None]:
        """The sizes of the result; None for each that varies."""
        return [None] * len(self.shape) if self.varies else [*self.shape]

    def forward(self, weight: Tensor, *inputs: Tensor) -> Tensor:
        if torch.onnx.is_in_onnx_export():
            self.example = [torch.zeros_like(i) if i.is_floating_point() else i.detach().clone() for i in inputs]
            shape = [int(n) for n in self.body(*inputs).shape] if self.varies else self.shape
            return _Place.apply(shape, [n or 0 for n in self.sizes()], self.name, weight, *inputs)  # type: ignore[no-any-return]
        if float(weight.detach().reshape(())) > MIN_WEIGHT:
            return torch.as_tensor(self.body(*inputs))
        if self.other is not None:
            return torch.as_tensor(self.other(*inputs))
        return inputs[0] if self.keep else torch.zeros(self.shape)


def branches(module: nn.Module) -> Iterator[Branch]:
    return (m for m in module.modules() if isinstance(m, Branch))
