"""Fits the flow of the slow state by itself: this needs no pictures, and an error would accumulate over thousands of frames."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.network.painter_network import change
from dreambridge.vista.painter.slow import slow_step
from dreambridge.vista.world.conditions import part
from dreambridge.vista.world.names import PARTS

DT = 1 / 24
CHOICES = ("weather", "biome", "season", "style")


def sample(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random conditions [n, 28], half of their choices between two options, and slow states [n, 2], often near 0."""

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    def choice(size: int) -> Tensor:
        one, two = (F.one_hot(torch.randint(0, size, (count,), generator=generator), size).float() for _ in range(2))
        return one + (two - one) * rand(count, 1) * (rand(count, 1) < 0.5)

    angle = rand(count, 1) * 2 * math.pi
    turn = torch.cat([angle.sin(), angle.cos(), (2 * angle).sin(), (2 * angle).cos()], 1)
    given = {n: choice(PARTS[n]) for n in CHOICES} | {"turn": turn}
    vector = torch.cat([given.get(n, rand(count, size)) for n, size in PARTS.items()], 1)
    slow = rand(count, 2)
    slow = torch.where(rand(count, 2) < 0.3, slow * 0.1, slow)
    return vector, slow


def speed(vector: Tensor, slow: Tensor) -> Tensor:
    """The painter's change of the slow state, in units per second, [n, 2]."""
    return (slow_step(slow, part(vector, "weather"), DT) - slow) / DT


def off(flow: nn.Module, vector: Tensor, slow: Tensor) -> Tensor:
    """The mean absolute error of the flow for those conditions and states, in units per second."""
    return torch.as_tensor((change(flow, vector, slow[..., None, None])[..., 0, 0] - speed(vector, slow)).abs().mean())


def fit_flow(flow: nn.Module, steps: int = 8000, seed: int = 3) -> float:
    """Fit in place (half a minute); returns the mean error in units per second."""
    g = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(flow.parameters(), 8e-3, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        vector, slow = sample(1024, g)
        error = off(flow, vector, slow)
        adam.zero_grad()
        error.backward()  # type: ignore[no-untyped-call]
        adam.step()
        schedule.step()
    with torch.no_grad():
        return float(off(flow, *sample(20000, g)))
