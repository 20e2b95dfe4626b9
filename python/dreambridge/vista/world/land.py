"""The huts, and the sea at the coast."""

import torch
from torch import Tensor, nn

from dreambridge.vista.world.names import WATER_LINE
from dreambridge.vista.world.shapes import edge

HUT_HEIGHT = 21.0  # rows from the foot of a hut to just above its roof
MIN_HUT_SIZE = 0.35  # cells whose size is above this have a hut


class Huts(nn.Module):
    """A row of huts.

    Inputs
    ------
    cells : [4, 4, 1, w / 2] distance to the middle in pixels, size, shade, kind
    foot : [4, 1, w / 2] row of the ground
    y : [4, r, 1] rows of the pixels
    sharp : [1, 1, 1, 1] zoom of the camera

    Returns
    -------
    [5, 4, r, w / 2]: coverages of window, roof and wall, all three together, and the height on the hut, each in 0-1
    """

    def forward(self, cells: Tensor, foot: Tensor, y: Tensor, sharp: Tensor) -> Tensor:
        dx, size = cells[0], cells[1]
        up, a, zoom = foot - y, dx.abs(), sharp[0]
        stands = (size > MIN_HUT_SIZE).to(torch.float32)
        wall = edge(0.6, torch.minimum(torch.minimum(9.5 - a, 11 - up), up + 4), zoom) * stands
        roof = edge(0.6, torch.minimum((13 + 12.5 - a) - up * 1.25, up - 9), zoom) * stands
        window = edge(0.5, torch.minimum(2.0 - (a - 4.6).abs(), 2.4 - (up - 5.0).abs()), zoom) * stands
        roof = roof * (1 - window)
        front = window + roof
        wall = wall * (1 - front)
        return torch.stack([window, roof, wall, front + wall, (up * (1 / 18)).clamp(0, 1)])


class Sea(nn.Module):
    """The sea, and what it reflects.

    Inputs
    ------
    shore : [1, 4, r, w / 2] how much of each pixel is free for it
    y : [1, 4, r, 1] rows of the pixels
    ripple : as ``shore``, in 0-1
    middle, far : [4, 1, w / 2] crests of the two far layers
    sharp : [1, 1, 1, 1] zoom of the camera

    Returns
    -------
    [1, 12, r, w / 2] by phase: coverage of the sea, and how much of it reflects the middle and the far layer
    """

    def forward(self, shore: Tensor, y: Tensor, ripple: Tensor, middle: Tensor, far: Tensor, sharp: Tensor) -> Tensor:
        sea = shore * edge(0.7, y - WATER_LINE, sharp)
        spread = (1 + (y - WATER_LINE) * 0.055) * (1.3 * 7)
        mirror = ripple * spread + (2 * WATER_LINE - y - 0.5 * spread)
        of_middle = sea * edge(0.7, mirror - middle, sharp)
        of_far = (sea - of_middle) * edge(0.7, mirror - far, sharp)
        return torch.cat([sea, of_middle, of_far], 1)
