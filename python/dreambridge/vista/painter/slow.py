"""The slow state: snow cover and wetness, which build up and disappear over seconds."""

import torch
from torch import Tensor

from dreambridge.vista.world.names import RAIN, SNOW, SNOW_COVER, STORM, WETNESS


def slow_step(slow: Tensor, weather: Tensor, dt: Tensor | float) -> Tensor:
    """Snow cover and wetness, [B, 2] in 0-1, ``dt`` seconds later under ``weather`` [B, 6]."""
    snowing = weather[:, SNOW]
    raining = (weather[:, RAIN] * 0.8 + weather[:, STORM]).clamp(0, 1)
    snow, wet = slow[:, SNOW_COVER], slow[:, WETNESS]
    snow = snow + (snowing * 0.85 - snow) * (0.22 * snowing + 0.06 * (1 - snowing) + 0.30 * raining) * dt
    wet = wet + (raining - wet) * (0.5 * raining + 0.12) * dt
    return torch.stack([snow, wet], 1).clamp(0, 1)
