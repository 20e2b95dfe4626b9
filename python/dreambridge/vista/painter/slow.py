"""The slow state: snow cover and wetness, which build up and disappear over seconds."""

import torch
from torch import Tensor

from dreambridge.vista.world.names import RAIN, SNOW, SNOW_COVER, STORM, WETNESS

UNKNOWN = -1.0  # the slow state at `open` and after a cut, when nothing has happened yet


def settled(weather: Tensor) -> Tensor:
    """Snow cover and wetness under a ``weather`` [B, 6] that has lasted for long, [B, 2]."""
    raining = (weather[:, RAIN] * 0.8 + weather[:, STORM]).clamp(0, 1)
    return torch.stack([weather[:, SNOW] * 0.85, raining], 1)


def present_slow(slow: Tensor, weather: Tensor, told: Tensor, present: Tensor) -> Tensor:
    """The slow state that a frame shows, [B, 2, ...]: ``told`` [B, 2] as far as it is ``present`` [B, 2], else ``slow``; or what
    the ``weather`` [B, 6] says if that is ``UNKNOWN``."""
    return shown_slow(slow, settled(weather), told, present)


def shown_slow(slow: Tensor, left: Tensor, told: Tensor, present: Tensor) -> Tensor:
    """As ``present_slow``, of what the weather leaves, [B, 2]."""
    shape = (int(left.shape[0]), 2, *[1] * (slow.ndim - 2))
    fresh = (slow < 0).to(slow.dtype)
    slow = slow + (left.reshape(shape) - slow) * fresh
    return slow + (told.reshape(shape) - slow) * present.reshape(shape)


def slow_step(slow: Tensor, weather: Tensor, dt: Tensor | float) -> Tensor:
    """Snow cover and wetness, [B, 2] in 0-1, ``dt`` seconds later under ``weather`` [B, 6]."""
    snowing = weather[:, SNOW]
    raining = (weather[:, RAIN] * 0.8 + weather[:, STORM]).clamp(0, 1)
    snow, wet = slow[:, SNOW_COVER], slow[:, WETNESS]
    snow = snow + (snowing * 0.85 - snow) * (0.22 * snowing + 0.06 * (1 - snowing) + 0.30 * raining) * dt
    wet = wet + (raining - wet) * (0.5 * raining + 0.12) * dt
    return torch.stack([snow, wet], 1).clamp(0, 1)
