"""From the bundle's conditions to the vector that the painter and the network see."""

import torch
from torch import Tensor

from dreambridge.vista.world.names import COSINE, PARTS, SINE


def lightning(time: Tensor) -> Tensor:
    """Brightness of a storm's lightning, float32 [1], at a stream time float64 [1] in seconds: strokes in two unrelated
    rhythms."""
    a = torch.remainder(time + 1.3, 4.7).to(torch.float32)
    b = torch.remainder(time + 0.4, 7.3).to(torch.float32)
    return torch.exp(-a / 0.10) + 0.7 * torch.exp(-b / 0.16)


def strike(time: Tensor) -> Tensor:
    """A number, float32 [1], that identifies the storm's last lightning: it does not change while the lightning fades."""
    a = torch.floor((time + 1.3) / 4.7).to(torch.float32)
    b = torch.floor((time + 0.4) / 7.3).to(torch.float32)
    return torch.remainder(a * 1.7 + b * 2.9, 61.0)


def single(values: Tensor, place: int) -> Tensor:
    """One number of each row, with its dimension kept: [B, n] -> [B, 1]."""
    return values[:, place : place + 1]


def vector(turn: Tensor, *parts: Tensor) -> Tensor:
    """Condition vector [B, 28].

    Parameters
    ----------
    turn : [B, 2] sine and cosine of the hour's angle (0 h is angle 0), of length 1 or less
    parts : weather [B, 6], biome [B, 4], energy [B, 1], flash [B, 1], season [B, 4], style [B, 6], pulse [B, 1], lamp [B, 1],
        each in 0-1: the order of ``names.PARTS``
    """
    sine, cosine = single(turn, SINE), single(turn, COSINE)
    return torch.cat([sine, cosine, 2 * sine * cosine, cosine * cosine - sine * sine, *parts], 1)


def part(vector: Tensor, name: str) -> Tensor:
    """One part of the condition vector, [B, n]."""
    start = 0
    for k, n in PARTS.items():
        if k == name:
            return vector[:, start : start + n]
        start += n
    raise KeyError(name)
