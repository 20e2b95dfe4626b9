"""Small operators that stage and painter share; few of them per picture, for each costs its time in ONNX Runtime."""

import torch
from torch import Tensor

from dreambridge.vista.world.names import SIZE


def ramp(lo: float, hi: float, x: Tensor) -> Tensor:
    """Smooth step from 0 at ``lo`` to 1 at ``hi``."""
    t = ((x - lo) / (hi - lo)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def edge(width: float, x: Tensor, sharp: Tensor | float = 1.0) -> Tensor:
    """Coverage of what begins at x = 0, ``width`` pixels soft on either side: three operators instead of ramp's seven."""
    return (x * (0.5 / width * sharp) + 0.5).clamp(0, 1)


def phases(columns: Tensor) -> Tensor:
    """[..., w] over the columns of the picture -> [..., 4, 1, w / 2] by phase."""
    even_odd = columns.reshape(*columns.shape[:-1], -1, 2).transpose(-1, -2)
    return torch.cat([even_odd, even_odd], -2).unsqueeze(-2)


def columns(width: int) -> Tensor:
    """Coordinates of a picture's columns, [w]: 128 is the middle of every picture, whatever its width."""
    return torch.arange(width, dtype=torch.float32) - (width - SIZE) / 2
