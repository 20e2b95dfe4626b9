"""From the bundle's conditions to the vector that painter and network see."""

import torch
from torch import Tensor


def lightning(time: Tensor) -> Tensor:
    """Brightness of the storm's lightning, float32 [1], at a stream time float64 [1] in seconds: two uneven rhythms."""
    a = torch.remainder(time + 1.3, 4.7).to(torch.float32)
    b = torch.remainder(time + 0.4, 7.3).to(torch.float32)
    return torch.exp(-a / 0.10) + 0.7 * torch.exp(-b / 0.16)


def vector(turn: Tensor, weather: Tensor, biome: Tensor, energy: Tensor, flash: Tensor) -> Tensor:
    """Condition vector [B, 16].

    Parameters
    ----------
    turn : [B, 2], sine and cosine of the hour's angle (0 h = angle 0), of length 1 or less
    weather, biome : [B, 6], [B, 4] weights
    energy, flash : [B, 1] in 0-1
    """
    s, c = turn[:, 0:1], turn[:, 1:2]
    return torch.cat([s, c, 2 * s * c, c * c - s * s, weather, biome, energy, flash], 1)
