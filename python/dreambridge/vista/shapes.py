"""Small operators that stage and painter share; few of them per picture, for each costs its time in ONNX Runtime."""

import torch
from torch import Tensor

from dreambridge.vista.names import HALF


def ramp(lo: float, hi: float, x: Tensor) -> Tensor:
    """Smooth step from 0 at ``lo`` to 1 at ``hi``."""
    t = ((x - lo) / (hi - lo)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def edge(width: float, x: Tensor, sharp: Tensor | float = 1.0) -> Tensor:
    """Coverage of what begins at x = 0, ``width`` pixels soft on either side: three operators instead of ramp's seven."""
    return (x * (0.5 / width * sharp) + 0.5).clamp(0, 1)


def phases(columns: Tensor) -> Tensor:
    """[..., 256] over the columns of the picture -> [..., 4, 1, 128] by phase."""
    even_odd = columns.reshape(*columns.shape[:-1], HALF, 2).transpose(-1, -2)
    return torch.cat([even_odd, even_odd], -2).unsqueeze(-2)
