"""The air: noise fields of the world, cropped from their tables at offsets that camera, wind and time determine."""

import torch
from torch import Tensor, nn

from dreambridge.vista.world.fields import TILE, tables
from dreambridge.vista.world.names import HALF, SIZE
from dreambridge.vista.world.rows import cut

# For each noise field (cloud, rain, flake, star, texture, ripple, mote): parallax, and pixels a second to the left and up.
SHIFTS = (
    (0.03, 9.0, 0.0), (1.0, 96.0, -410.0), (0.8, -24.0, -62.0), (0.01, 0.0, 0.0), (1.0, 0.0, 0.0), (0.3, 12.0, 0.0),
    (0.9, 9.0, 17.0),
)  # fmt: skip


def by_parity(fields: Tensor, rows: int, columns: int) -> Tensor:
    """[n, 512, 512] -> [n * 2 * 2 * rows, columns]: blocks of even and odd rows and columns, which wrap around at the end of the
    tile."""
    down, across = torch.arange(rows) * 2, torch.arange(columns) * 2
    parts = [
        f.index_select(0, (down + oy) % TILE).index_select(1, (across + ox) % TILE)
        for f in fields for oy in (0, 1) for ox in (0, 1)
    ]  # fmt: skip
    return torch.cat(parts)


class Air(nn.Module):
    """camera [1, 1] in screen widths, time float64 [1] in seconds, offset [1, 14] in 0-1 -> seven fields [1, 28, 128, w / 2] by
    phase."""

    tables: Tensor
    here: Tensor
    there: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.half_width, self.rows = width // 2, TILE // 2 + HALF + 1
        # Bytes take a quarter of the space, and the network learns from planes of bytes anyway.
        self.register_buffer(
            "tables", (by_parity(tables(), self.rows, TILE // 2 + self.half_width + 1) * 255).round().to(torch.uint8)
        )
        # Six windows are cut from each field, in two rows and three columns; a phase is a weighted mean of two neighbours in a
        # row.
        here = torch.zeros(len(SHIFTS), 4, len(SHIFTS), 6)
        there = here.clone()
        for field in range(len(SHIFTS)):
            for phase, window in enumerate((0, 1, 3, 4)):
                here[field, phase, field, window] = there[field, phase, field, window + 1] = 1 / 255
        self.register_buffer("here", here)
        self.register_buffer("there", there)

    def forward(self, camera: Tensor, time: Tensor, offset: Tensor) -> Tensor:
        """Offsets are whole rows, and columns with a fraction.

        The tables are split by the parity of row and column. So each window is one contiguous block, which a slice can cut
        (gathering single elements took 6 ms), and one matrix product makes all phases of all fields.
        """
        parallax, vx, vy = torch.tensor(SHIFTS, dtype=torch.float64).unbind(1)
        o = offset.reshape(-1).to(torch.float64).reshape(-1, 2) * TILE
        # In float64, and wrapped around before the conversion to float32: hours of streaming lose no precision.
        dx = torch.remainder(camera.reshape(1).to(torch.float64) * 256.0 * parallax + time * vx + o[:, 0], float(TILE))
        dy = torch.floor(torch.remainder(time * vy + o[:, 1], float(TILE))).to(torch.int64).reshape(-1, 1, 1)
        whole = torch.floor(dx)
        part = (dx - whole).to(torch.float32).reshape(-1, 1, 1, 1)
        row = dy + torch.arange(2).reshape(1, 2, 1)
        column = whole.to(torch.int64).reshape(-1, 1, 1) + torch.arange(3).reshape(1, 1, 3)
        half_row, half_column = (torch.div(v, 2, rounding_mode="floor") for v in (row, column))
        block = (torch.arange(len(SHIFTS)).reshape(-1, 1, 1) * 2 + row - 2 * half_row) * 2 + column - 2 * half_column
        start = torch.stack([block * self.rows + half_row, half_column + 0 * block], 3).reshape(-1)
        starts, ends = start.split(2), (start + torch.tensor([HALF, self.half_width]).repeat(6 * len(SHIFTS))).split(2)
        windows = torch.stack([cut(self.tables, a, b, 0, 1) for a, b in zip(starts, ends, strict=True)])
        weights = (self.here * (1 - part) + self.there * part).reshape(4 * len(SHIFTS), -1)
        fields = torch.matmul(weights, windows.to(torch.float32).reshape(6 * len(SHIFTS), -1))
        return fields.reshape(1, 4 * len(SHIFTS), HALF, self.half_width)
