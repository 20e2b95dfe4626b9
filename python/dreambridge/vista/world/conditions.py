"""From the bundle's conditions to the vector that the painter and the network see."""

import torch
from torch import Tensor

from dreambridge.vista.world.names import COSINE, PARTS, SINE

# The storm's lightning strikes in two unrelated rhythms: seconds from one stroke to the next and of the first one, and of each
# stroke how many seconds it takes to fade, and its brightness.
PERIODS, BEGUN, FADING, BRIGHT = (4.7, 7.3), (1.3, 0.4), (0.10, 0.16), (1.0, 0.7)


def lightning(time: Tensor) -> Tensor:
    """Brightness of a storm's lightning, float32 [1], at a stream time float64 [1] in seconds."""
    double = {"dtype": torch.float64}
    age = torch.remainder(time + torch.tensor(BEGUN, **double), torch.tensor(PERIODS, **double)).to(torch.float32)  # type: ignore[arg-type]
    return (
        torch.exp(age * torch.tensor([-1 / f for f in FADING]))
        .reshape(1, 2)
        .matmul(torch.tensor(BRIGHT).reshape(2, 1))
        .reshape(1)
    )


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
