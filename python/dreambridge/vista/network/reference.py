"""What Vista takes from a reference picture: the colours of its sky and land, and the height of its horizon."""

import torch
from torch import Tensor, nn

from dreambridge.vista.world.names import HORIZON_ROW, SIZE

# The numbers that a picture gives: colour of its sky and of its land, the camera's pitch in pixels, presence.
LOOK = 8
SKY, LAND, PITCH, PRESENT = slice(0, 3), slice(3, 6), 6, 7
REFERENCE = 64  # pixels of the picture as the encoder gets it
MAX_HORIZON_SHIFT = 44.0  # pixels that the horizon moves at most


class Reference(nn.Module):
    """image [1, 3, 64, 64] in 0-1, presence [1, 1] -> look [1, 8]: colour of the sky, of the land, pitch in pixels, presence.

    The horizon is the row in the middle half at which the mean colour changes most. In a picture without a horizon that change
    is small, and the camera moves little.
    """

    def forward(self, image: Tensor, present: Tensor) -> Tensor:
        rows = image[0].mean(2)  # [3, 64]
        total = torch.cumsum(rows, 1)
        count = torch.arange(1, REFERENCE + 1, dtype=torch.float32)
        above = total / count
        below = (total[:, -1:] - total) / (REFERENCE - count).clamp(min=1)
        change = (above - below).abs().sum(0)[REFERENCE // 4 : 3 * REFERENCE // 4]
        weight = torch.softmax(change * 30, 0)
        row = (weight * torch.arange(REFERENCE // 4, 3 * REFERENCE // 4, dtype=torch.float32)).sum() + 1
        sure = (change.amax() * 2.5).clamp(0, 1)
        pitch = ((float(HORIZON_ROW) - row * (float(SIZE) / REFERENCE)) * sure).clamp(-MAX_HORIZON_SHIFT, MAX_HORIZON_SHIFT)
        y = torch.arange(REFERENCE, dtype=torch.float32) + 0.5
        upper = ((row - y) * 0.5 + 0.5).clamp(0, 1)
        sky = (rows * upper).sum(1) / upper.sum().clamp(min=1)
        land = (rows * (1 - upper)).sum(1) / (1 - upper).sum().clamp(min=1)
        return torch.cat([sky, land, pitch.reshape(1), present.reshape(1)]).reshape(1, LOOK)
