"""Products of planes with weights that the conditions make."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _Convolution(torch.autograd.Function):
    """A convolution of one pixel. The exporter refuses one whose weights it cannot see through."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, shift: Tensor | None = None) -> Tensor:
        return F.conv2d(x, weight, shift)

    @staticmethod
    def symbolic(g: Any, x: Any, *weights: Any) -> Any:
        out = g.op("Conv", x, *weights, kernel_shape_i=[1, 1])
        sizes = list(x.type().varyingSizes() or [None] * 4)
        sizes[1] = (weights[0].type().varyingSizes() or [None])[0]
        return out.setType(x.type().with_sizes(sizes))


def product(weight: Tensor, x: Tensor, shift: Tensor | None = None) -> Tensor:
    """``weight`` [B, C, K] times the channels of ``x`` [B, K, h, w], plus ``shift`` [B, C]: [B, C, h, w].

    For one picture this is a convolution, into which ONNX Runtime takes shift, sum and ReLU. Its weights depend on the
    conditions, so it does not convert the widest tensors to the blocked layout of other convolutions and back.
    """
    batch, count = int(weight.shape[0]), int(weight.shape[1])
    if batch == 1:
        weights = [weight.reshape(count, int(x.shape[1]), 1, 1), *([] if shift is None else [shift.reshape(-1)])]
        if torch.onnx.is_in_onnx_export():
            return _Convolution.apply(x, *weights)  # type: ignore[no-any-return]
        return F.conv2d(x, weights[0], weights[1] if shift is not None else None)
    out = torch.matmul(weight, x.reshape(batch, int(x.shape[1]), -1))
    return (out if shift is None else out + shift[..., None]).reshape(batch, count, *x.shape[2:])


class Product(nn.Module):
    """Common planes [B, n, h, w], rare ones [B, m, h, w], a weight for each, and a shift -> their product.

    ``rare``: with the rare ones, which otherwise are not read. ``by_phase``: the weights are those of single phases; else the
    four phases of a plane have the same, and the product is [B, C, 4 h, w]. ``relu``: without what is below 0.
    """

    def __init__(self, rare: bool, by_phase: bool, relu: bool) -> None:
        super().__init__()
        self.rare, self.by_phase, self.relu = rare, by_phase, relu

    def forward(self, common: Tensor, rare: Tensor, weight: Tensor, of_rare: Tensor, shift: Tensor) -> Tensor:
        out = product(weight, common if self.by_phase else one_after_another(common), shift)
        if self.rare:
            out = out + product(of_rare, rare if self.by_phase else one_after_another(rare))
        return F.relu(out) if self.relu else out


def one_after_another(planes: Tensor) -> Tensor:
    """[B, 4 n, h, w] by phase -> [B, n, 4 h, w]."""
    batch, channels, h, w = (int(size) for size in planes.shape)
    return planes.reshape(batch, channels // 4, 4 * h, w)
