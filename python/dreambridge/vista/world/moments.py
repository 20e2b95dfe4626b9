"""Moments in the sky: lightning, a falling star, birds that take off. Computed only while one of them is happening."""

import torch
from torch import Tensor, nn

from dreambridge.vista.world.conditions import strike
from dreambridge.vista.world.names import HALF, MIDDLE, SIZE
from dreambridge.vista.world.shapes import columns

DECAY = 2.0  # seconds in which the strength of an event falls to 1/e; the bundle's manifest says the same
FLOCK = 6


class Moments(nn.Module):
    """Bright and dark marks by phase, the planes ``spark`` and ``bird``: [1, 8, 128, w / 2] in 0-1.

    Inputs
    ------
    strength : [1, 3] of lightning, falling star and birds, 0-1; since it decays at a known rate, it tells the event's age
    time : float64 [1] seconds of stream time, which determine where the lightning strikes
    """

    x: Tensor
    y: Tensor
    jag: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        line = torch.arange(0, 2 * HALF, 2, dtype=torch.float32)
        across = columns(width)[0::2]
        self.register_buffer("x", torch.stack([across, across + 1, across, across + 1]).reshape(1, 4, 1, -1))
        self.register_buffer("y", torch.stack([line, line, line + 1, line + 1]).reshape(1, 4, HALF, 1))
        # The path of the bolt: a random walk that turns every few rows.
        g = torch.Generator().manual_seed(3)
        knots = torch.cumsum((torch.rand(40, generator=g) - 0.5) * 13, 0)
        rows = torch.nn.functional.interpolate(knots.reshape(1, 1, -1), size=2 * HALF, mode="linear", align_corners=True)[0, 0]
        self.register_buffer("jag", torch.stack([rows[0::2], rows[0::2], rows[1::2], rows[1::2]]).reshape(1, 4, HALF, 1))

    @staticmethod
    def age(strength: Tensor) -> Tensor:
        """Seconds since an event of full strength began."""
        return -DECAY * torch.log(strength.clamp(min=1e-3, max=1.0))

    def forward(self, strength: Tensor, time: Tensor) -> Tensor:
        lightning, star, birds = strength.split(1, 1)
        bright = torch.maximum(self.bolt(lightning, strike(time)), self.falling_star(star))
        return torch.cat([bright, self.flock(birds, bright)], 1)

    def bolt(self, strength: Tensor, struck: Tensor) -> Tensor:
        """A jagged bolt with a fork to one side."""
        where = MIDDLE + 92 * torch.sin(struck * 7.3).reshape(1, 1, 1, 1)
        flip = torch.sign(torch.sin(struck * 3.1 + 0.5)).reshape(1, 1, 1, 1)
        off = (self.x - where - self.jag * flip).abs()
        side = (self.x - where - self.jag * flip * 0.3 - (self.y - 60) * 0.55 * flip).abs()
        fork = (1.6 - side).clamp(0, 1) * ((self.y - 60) * 0.1).clamp(0, 1) * ((96 - self.y) * 0.1).clamp(0, 1) * 0.8
        bolt = torch.maximum((1.9 - off).clamp(0, 1) * ((172 - self.y) * 0.08).clamp(0, 1), fork)
        return bolt * (strength * 1.6).clamp(0, 1)

    def falling_star(self, strength: Tensor) -> Tensor:
        """A head that crosses the sky, with a tail."""
        age = self.age(strength)
        head_x, head_y = 240 - 130 * age, 14 + 50 * age
        x, y = self.x - head_x, self.y - head_y
        back = (x * 0.934 - y * 0.358) * (1 / 52.0)  # behind the head, in lengths of the tail
        beside = (x * 0.358 + y * 0.934).abs()
        tail = (1.7 - beside - back * 0.9).clamp(0, 1) * ((1 - back) * 1.1).clamp(0, 1) * (back * 20 + 1).clamp(0, 1)
        return tail * ((strength - 0.4) * 6).clamp(0, 1)

    def flock(self, strength: Tensor, bright: Tensor) -> Tensor:
        """Birds that rise from behind the hills, each with its own speed and beat of wings; of the shape of ``bright``."""
        age = self.age(strength)
        dark = bright * 0
        for k in range(FLOCK):
            bird_x = 60 + 23 * k - 9 * (k % 3) + age * (11 + 2 * (k % 4))
            bird_y = 150 - 10 * (k % 3) - age * (15 + 1.5 * ((k * 5) % 7)) + 3 * torch.sin(age * 2 + k)
            flap = 0.75 * torch.sin(age * (9 + k % 3) + 1.9 * k)
            x, y = (self.x - bird_x).abs(), self.y - bird_y
            span = 5.2 - 0.5 * (k % 3)
            wing = (1.25 - (y + (x - 0.4 * span) * flap).abs()).clamp(0, 1) * (span - x).clamp(0, 1)
            dark = torch.maximum(dark, wing)
        return dark * ((strength - 0.05) * 8).clamp(0, 1)
