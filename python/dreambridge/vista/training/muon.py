"""Muon (Jordan et al., 2024): momentum whose matrix update is orthogonalised by five Newton-Schulz steps."""

from collections.abc import Iterable

import torch
from torch import Tensor


def orthogonal(g: Tensor) -> Tensor:
    """The nearest matrix with orthonormal rows or columns, approximately, [m, n]."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g / (g.norm() + 1e-7)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    for _ in range(5):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return x if wide else x.T


class Muon(torch.optim.Optimizer):
    """For weights with two or more dimensions. Convolutions are flattened to [out, in x kernel]."""

    def __init__(self, params: Iterable[Tensor], lr: float = 0.01, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault("momentum", torch.zeros_like(p))
                m.mul_(group["momentum"]).add_(p.grad)
                u = orthogonal(p.grad.add(m, alpha=group["momentum"]).flatten(1))
                p.add_(u.reshape(p.shape), alpha=-group["lr"] * max(1.0, u.shape[0] / u.shape[1]) ** 0.5)
