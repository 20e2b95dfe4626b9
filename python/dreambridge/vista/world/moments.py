"""Moments in the sky: a bolt of lightning, a falling star, birds that rise. Made only while one of them is under way."""

import torch
from torch import Tensor, nn

from dreambridge.vista.world.names import HALF, SIZE
from dreambridge.vista.world.shapes import columns

DECAY = 2.0  # seconds in which an event's strength falls to 1/e: the bundle's own
FLOCK = 6


class Moments(nn.Module):
    """strength [1, 3] (lightning, falling star, birds), moment [1] -> bright and dark marks by phase, [1, 8, 128, 128].

    ``moment`` is a number that stays while the lightning fades: where it strikes. A decaying strength tells its own age.
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
        # The bolt's path: a walk that turns every few rows; made once, and read from another height each time.
        g = torch.Generator().manual_seed(3)
        knots = torch.cumsum((torch.rand(40, generator=g) - 0.5) * 13, 0)
        rows = torch.nn.functional.interpolate(knots.reshape(1, 1, -1), size=2 * HALF, mode="linear", align_corners=True)[0, 0]
        self.register_buffer("jag", torch.stack([rows[0::2], rows[0::2], rows[1::2], rows[1::2]]).reshape(1, 4, HALF, 1))

    @staticmethod
    def age(strength: Tensor) -> Tensor:
        return -DECAY * torch.log(strength.clamp(min=1e-3, max=1.0))

    def forward(self, strength: Tensor, moment: Tensor) -> Tensor:
        bolt_s, star_s, bird_s = strength.split(1, 1)
        where = 128 + 92 * torch.sin(moment * 7.3).reshape(1, 1, 1, 1)
        flip = torch.sign(torch.sin(moment * 3.1 + 0.5)).reshape(1, 1, 1, 1)
        off = (self.x - where - self.jag * flip).abs()
        side = (self.x - where - self.jag * flip * 0.3 - (self.y - 60) * 0.55 * flip).abs()
        fork = (1.6 - side).clamp(0, 1) * ((self.y - 60) * 0.1).clamp(0, 1) * ((96 - self.y) * 0.1).clamp(0, 1) * 0.8
        bolt = torch.maximum((1.9 - off).clamp(0, 1) * ((172 - self.y) * 0.08).clamp(0, 1), fork)
        bolt = bolt * (bolt_s * 1.6).clamp(0, 1)

        age = self.age(star_s)
        head_x, head_y = 240 - 130 * age, 14 + 50 * age
        rx, ry = self.x - head_x, self.y - head_y
        back = (rx * 0.934 - ry * 0.358) * (1 / 52.0)  # behind the head, in lengths of the tail
        beside = (rx * 0.358 + ry * 0.934).abs()
        tail = (1.7 - beside - back * 0.9).clamp(0, 1) * ((1 - back) * 1.1).clamp(0, 1) * (back * 20 + 1).clamp(0, 1)
        bright = torch.maximum(bolt, tail * ((star_s - 0.4) * 6).clamp(0, 1))

        age = self.age(bird_s)
        dark = bright * 0
        for k in range(FLOCK):
            px = 60 + 23 * k - 9 * (k % 3) + age * (11 + 2 * (k % 4))
            py = 150 - 10 * (k % 3) - age * (15 + 1.5 * ((k * 5) % 7)) + 3 * torch.sin(age * 2 + k)
            flap = 0.75 * torch.sin(age * (9 + k % 3) + 1.9 * k)
            dx, dy = (self.x - px).abs(), self.y - py
            span = 5.2 - 0.5 * (k % 3)
            wing = (1.25 - (dy + (dx - 0.4 * span) * flap).abs()).clamp(0, 1) * (span - dx).clamp(0, 1)
            dark = torch.maximum(dark, wing)
        dark = dark * ((bird_s - 0.05) * 8).clamp(0, 1)
        return torch.cat([bright, dark], 1)
