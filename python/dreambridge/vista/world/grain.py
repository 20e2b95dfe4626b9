"""Grain that stays on its things over a view: the game's motion carries it along.

The grain of a pixel is that of the place in a tile of noise from which the pixel has come. Two such places are kept, and the
picture fades from one to the other and back. While one is hidden, the places of all pixels are made even again, so that what a
zoom has stretched does not stay so.
"""

import torch
from torch import Tensor, nn

from dreambridge.vista.world.fields import FIELDS, TILE, tables
from dreambridge.vista.world.names import HALF, SIZE
from dreambridge.vista.world.own import lines
from dreambridge.vista.world.shapes import columns

PERIOD = 10.0  # seconds from one place to the other and back
TEXTURE = FIELDS.index("texture")
FINE = 2  # places of the tile for each pixel, so that slow motion does not jump
CHANNELS = 4  # of the state: right and down, of both places
NEAR = 3.0  # pixels up to which the grain of two places is about the same


def _shares(time: Tensor) -> tuple[Tensor, Tensor]:
    """Turns of both places at a time float64 [1] in seconds, [2]: whole ones, and the rest of the turn as float32."""
    turns = time.reshape(1).to(torch.float64) / PERIOD + torch.tensor([0.0, 0.5], dtype=torch.float64)
    whole = torch.floor(turns)
    return whole, (turns - whole).to(torch.float32)


class Carried(nn.Module):
    """The state [1, 4, 128, w / 2] of the last frame, motion uint8 [1, 256, w, 4], time float64 [1], dt [1, 1] -> the state of
    this frame: by how many pixels what is in each pixel has moved."""

    def forward(self, state: Tensor, motion: Tensor, time: Tensor, dt: Tensor) -> Tensor:
        rows, half = (int(size) for size in state.shape[2:])
        red, green, blue = lines(motion[:, 0::2, 0::2], [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0]]).split(1)
        high = torch.floor(green * (1 / 16))
        x, y = red * 16 + high, (green - 16 * high) * 256 + blue
        known = (x + y > 0.5).to(torch.float32)
        moved = (torch.cat([x, y]) - 2048) * (1 / 16)
        # Where it is unknown, it goes with the rest of the picture.
        usual = (moved * known).sum(1, keepdim=True) / known.sum().clamp(min=1)
        moved = usual + (moved - usual) * known
        down, across = torch.arange(rows, dtype=torch.float32).reshape(-1, 1), torch.arange(half, dtype=torch.float32)
        row = torch.floor(down - moved[1].reshape(rows, half) * 0.5 + 0.5).clamp(0, rows - 1)
        column = torch.floor(across - moved[0].reshape(rows, half) * 0.5 + 0.5).clamp(0, half - 1)
        came = state.reshape(CHANNELS, -1).index_select(1, (row * half + column).reshape(-1).to(torch.int64))
        now = came + torch.cat([moved, moved])
        # A place that is hidden in this frame is made even.
        turn, _ = _shares(time)
        before, _ = _shares(time - dt.reshape(1).to(torch.float64))
        even = (turn > before).to(torch.float32).reshape(2, 1, 1)
        both = now.reshape(2, 2, -1)
        mean = both.mean(2, keepdim=True)
        return (both + (mean - both) * even).reshape(1, CHANNELS, rows, half)


class Textured(nn.Module):
    """The six fields of the air [1, 24, 128, w / 2], the state of this frame, time float64 [1], offset [1, 14] in 0-1 -> the
    fields, with the texture as the state has it."""

    tile: Tensor
    x: Tensor
    y: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        field = tables()[TEXTURE]
        across = torch.stack([field, (field + field.roll(-1, 1)) * 0.5], 2).reshape(TILE, TILE * FINE)
        whole = torch.stack([across, (across + across.roll(-1, 0)) * 0.5], 1).reshape(-1)
        self.register_buffer("tile", (whole * 255).round().to(torch.uint8), persistent=False)
        x, y = columns(width).reshape(-1, 2), torch.arange(SIZE, dtype=torch.float32).reshape(-1, 2)
        self.register_buffer("x", torch.stack([x[:, 0], x[:, 1]] * 2).reshape(4, 1, -1) * FINE, persistent=False)
        rows = torch.stack([y[:, 0], y[:, 0], y[:, 1], y[:, 1]])
        self.register_buffer("y", rows.reshape(4, HALF, 1) * FINE, persistent=False)

    def forward(self, fields: Tensor, state: Tensor, time: Tensor, offset: Tensor) -> Tensor:
        place = offset.reshape(-1, 2)[TEXTURE].reshape(2, 1, 1) * (TILE * FINE) + 0.5
        _, turn = _shares(time)
        weight = 1 - (2 * turn - 1).abs()
        size = float(TILE * FINE)
        parts = []
        for k in (0, 1):
            right, down = (state[0, 2 * k : 2 * k + 2] * FINE - place).split(1)
            column = torch.remainder(torch.floor(self.x - right), size)
            row = torch.remainder(torch.floor(self.y - down), size)
            at = (row * size + column).reshape(-1).to(torch.int64)
            parts.append(self.tile.index_select(0, at).to(torch.float32).reshape(1, 4, *state.shape[2:]) * (1 / 255) - 0.5)
        apart = (state[:, :2] - state[:, 2:]).square().sum(1, keepdim=True)
        alike = torch.exp(apart * (-0.5 / NEAR**2))
        one, two = weight.split(1)
        # As strong as one of them alone, however alike they are.
        strength = (one * one + two * two + 2 * one * two * alike).rsqrt()
        texture = ((parts[0] * one + parts[1] * two) * strength + 0.5).clamp(0, 1)
        return torch.cat([fields[:, : 4 * TEXTURE], texture, fields[:, 4 * TEXTURE + 4 :]], 1)
