"""What lies and stands on the land besides plants: huts, and the sea at the coast."""

import torch
from torch import Tensor, nn

from dreambridge.vista.world.names import WATER_LINE
from dreambridge.vista.world.shapes import edge

HUT_HEIGHT = 21.0  # rows from a hut's foot to over its roof
LEAST_HUT = 0.35  # cells whose size is above this have a hut


class Huts(nn.Module):
    """cells [4, 4, 1, w / 2] (distance to the middle, size, shade, kind), foot [4, 1, w / 2], y [4, r, 1], sharp [1, 1, 1, 1]
    -> window, roof and wall as they are seen, all three together, height 0-1: [5, 4, r, w / 2]."""

    def forward(self, cells: Tensor, foot: Tensor, y: Tensor, sharp: Tensor) -> Tensor:
        dx, size = cells[0], cells[1]
        up, a, zoom = foot - y, dx.abs(), sharp[0]
        stands = (size > LEAST_HUT).to(torch.float32)
        wall = edge(0.6, torch.minimum(torch.minimum(9.5 - a, 11 - up), up + 4), zoom) * stands
        roof = edge(0.6, torch.minimum((13 + 12.5 - a) - up * 1.25, up - 9), zoom) * stands
        window = edge(0.5, torch.minimum(2.0 - (a - 4.6).abs(), 2.4 - (up - 5.0).abs()), zoom) * stands
        roof = roof * (1 - window)
        front = window + roof
        wall = wall * (1 - front)
        return torch.stack([window, roof, wall, front + wall, (up * (1 / 18)).clamp(0, 1)])


class Sea(nn.Module):
    """shore [1, 4, r, w / 2] (how much is seen of it), y [1, 4, r, 1], ripple as shore, crests of the two far layers [4, 1, w / 2],
    sharp [1, 1, 1, 1] -> [1, 12, r, w / 2]: the sea, and how much of it mirrors the nearer and the farther layer."""

    def forward(self, shore: Tensor, y: Tensor, ripple: Tensor, middle: Tensor, far: Tensor, sharp: Tensor) -> Tensor:
        sea = shore * edge(0.7, y - WATER_LINE, sharp)
        spread = (1 + (y - WATER_LINE) * 0.055) * (1.3 * 7)
        mirror = ripple * spread + (2 * WATER_LINE - y - 0.5 * spread)
        of_middle = sea * edge(0.7, mirror - middle, sharp)
        of_far = (sea - of_middle) * edge(0.7, mirror - far, sharp)
        return torch.cat([sea, of_middle, of_far], 1)
