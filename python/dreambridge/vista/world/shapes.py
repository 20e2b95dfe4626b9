"""Small operators that the stage and the painter share. Each costs time in ONNX Runtime, so a picture uses few of them."""

import torch
from torch import Tensor

from dreambridge.vista.world.names import SIZE


def ramp(lo: float, hi: float, x: Tensor) -> Tensor:
    """Smooth step from 0 at ``lo`` to 1 at ``hi``."""
    t = ((x - lo) / (hi - lo)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def edge(width: float, x: Tensor, sharp: Tensor | float = 1.0) -> Tensor:
    """Coverage of a thing that begins at x = 0, ``width`` pixels soft on either side, ``sharp`` times less; 3 operators, where
    ``ramp`` has 7."""
    return (x * (0.5 / width * sharp) + 0.5).clamp(0, 1)


def phases(columns: Tensor) -> Tensor:
    """[..., w] over the columns of the picture -> [..., 4, 1, w / 2] by phase."""
    even_odd = columns.reshape(*columns.shape[:-1], -1, 2).transpose(-1, -2)
    return torch.cat([even_odd, even_odd], -2).unsqueeze(-2)


def columns(width: int) -> Tensor:
    """Coordinates of a picture's columns, [w]. 128 is the middle of every picture, whatever its width."""
    return torch.arange(width, dtype=torch.float32) - (width - SIZE) / 2
