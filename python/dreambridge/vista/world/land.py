"""The huts, and the sea at the coast."""

import torch
from torch import Tensor, nn

from dreambridge.vista.world.names import HALF, WATER_LINE
from dreambridge.vista.world.phases import plane_of
from dreambridge.vista.world.rows import cut
from dreambridge.vista.world.shapes import edge

HUT_HEIGHT = 21.0  # rows from the foot of a hut to just above its roof
MIN_HUT_SIZE = 0.35  # cells whose size is above this have a hut


class Huts(nn.Module):
    """A row of huts.

    Inputs
    ------
    rims : [3, 4, 1, w / 2] distances to the sides of walls, roof and windows in pixels
    foot : [4, 1, w / 2] row of the ground
    y : [4, r, 1] rows of the pixels
    sharp : [1, 1, 1] zoom of the camera

    Returns
    -------
    [5, 4, r, w / 2]: coverages of wall, roof, window, and all three together, and the height on the hut times that, each in 0-1
    """

    def forward(self, rims: Tensor, foot: Tensor, y: Tensor, sharp: Tensor) -> Tensor:
        walls, roofs, windows = rims.unbind(0)
        up = foot - y
        wall = edge(0.6, torch.minimum(torch.minimum(walls, 11 - up), up + 4), sharp)
        roof = edge(0.6, torch.minimum(roofs - up * 1.25, up - 9), sharp)
        window = edge(0.5, torch.minimum(windows, 2.4 - (up - 5.0).abs()), sharp)
        roof = roof * (1 - window)
        front = window + roof
        wall = wall * (1 - front)
        whole = front + wall
        return torch.stack([wall, roof, window, whole, (up * (1 / 18)).clamp(0, 1) * whole])


class Sea(nn.Module):
    """The sea, and what it reflects.

    Inputs
    ------
    left : [1, 4, r, w / 2] how much of each pixel the things in front leave free
    coast : [1, 1] how much of what is free is shore
    y : [1, 4, r, 1] rows of the pixels
    air : [1, 24, 128, w / 2] the fields of the air
    top : int64 [1] first pair of rows
    mirrored : [2, 4, 1, w / 2] crests of the middle and the far layer
    sharp : [1, 1, 1, 1] zoom of the camera

    Returns
    -------
    [1, 16, r, w / 2] by phase: coverage of the sea, how much of it reflects the middle and the far layer, and what is left of
    the shore
    """

    def forward(
        self, left: Tensor, coast: Tensor, y: Tensor, air: Tensor, top: Tensor, mirrored: Tensor, sharp: Tensor
    ) -> Tensor:
        ripple = cut(plane_of([air], "ripple", "cloud"), top, torch.full_like(top, HALF))
        shore = left * coast.reshape(1, 1, 1, 1)
        sea = shore * edge(0.7, y - WATER_LINE, sharp)
        spread = (1 + (y - WATER_LINE) * 0.055) * (1.3 * 7)
        mirror = ripple * spread + (2 * WATER_LINE - y - 0.5 * spread)
        of_middle = sea * edge(0.7, mirror - mirrored[0], sharp)
        of_far = (sea - of_middle) * edge(0.7, mirror - mirrored[1], sharp)
        return torch.cat([sea, of_middle, of_far, shore - sea], 1)
