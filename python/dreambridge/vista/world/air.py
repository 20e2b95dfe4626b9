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


# Of each field six windows are cut, in two rows and three columns: how far each is from the first one, in columns and rows.
WINDOWS = tuple((column, row) for row in range(2) for column in range(3))
MOTES = len(SHIFTS) - 1  # the last field, which music lights


class Air(nn.Module):
    """camera [1, 1] in screen widths, time float64 [1] in seconds, offset [1, 14] in 0-1 -> fields by phase: the first six
    [1, 24, 128, w / 2], the motes [1, 4, 128, w / 2]."""

    tables: Tensor
    here: Tensor
    across: Tensor
    parallax: Tensor
    pace: Tensor
    places: Tensor
    blocks: Tensor
    from_block: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.half_width, self.rows = width // 2, TILE // 2 + HALF + 1
        # Bytes take a quarter of the space, and the network learns from planes of bytes anyway.
        self.register_buffer(
            "tables", (by_parity(tables(), self.rows, TILE // 2 + self.half_width + 1) * 255).round().to(torch.uint8)
        )
        # A phase is a weighted mean of two neighbours in a row.
        here = torch.zeros(4, len(WINDOWS))
        there = here.clone()
        for phase, window in enumerate((0, 1, 3, 4)):
            here[phase, window] = there[phase, window + 1] = 1 / 255
        self.register_buffer("here", here)
        self.register_buffer("across", there - here)
        shifts = torch.tensor(SHIFTS, dtype=torch.float64)
        self.register_buffer("parallax", torch.stack([shifts[:, 0] * 256.0, shifts[:, 0] * 0], 1))
        self.register_buffer("pace", shifts[:, 1:].clone())
        # A window's place p is that of a block of even or odd rows and columns, and half of p in it. So the first row and column
        # in the table are a product of p and its half.
        self.register_buffer("places", torch.tensor(WINDOWS, dtype=torch.float64).reshape(1, -1, 2))
        product = torch.zeros(4, 2, dtype=torch.float64)  # column, row, half of the column, half of the row -> row, column
        product[0, 0], product[1, 0] = self.rows, 2 * self.rows
        product[2, 0], product[3, 0] = -2 * self.rows, 1 - 4 * self.rows
        product[2, 1] = 1
        self.register_buffer("blocks", product)
        first = torch.arange(len(SHIFTS), dtype=torch.float64) * 4 * self.rows
        self.register_buffer("from_block", torch.stack([first, first * 0], 1).reshape(-1, 1, 2))

    def forward(self, camera: Tensor, time: Tensor, offset: Tensor) -> tuple[Tensor, Tensor]:
        """Offsets are whole rows, and columns with a fraction.

        The tables are split by the parity of row and column. So each window is one contiguous block, which a slice can cut
        (gathering single elements took 6 ms), and one matrix product makes all phases of a field.
        """
        # In float64, and wrapped around before the conversion to float32: hours of streaming lose no precision.
        began = offset.reshape(-1, 2).to(torch.float64) * TILE
        moved = torch.remainder(camera.reshape(1).to(torch.float64) * self.parallax + time * self.pace + began, float(TILE))
        whole = torch.floor(moved)
        part = (moved - whole)[:, :1].to(torch.float32).reshape(-1, 1, 1)
        place = whole.reshape(-1, 1, 2) + self.places
        start = torch.matmul(torch.cat([place, torch.floor(place * 0.5)], 2), self.blocks) + self.from_block
        first = start.to(torch.int64).reshape(-1)
        last = first + torch.tensor([HALF, self.half_width]).repeat(len(WINDOWS) * len(SHIFTS))
        windows = [cut(self.tables, a, b, 0, 1) for a, b in zip(first.split(2), last.split(2), strict=True)]
        weights = self.here + self.across * part
        area = HALF * self.half_width

        def fields(start: int, end: int) -> Tensor:
            """Of those places in ``SHIFTS``."""
            each = len(WINDOWS)
            cut_out = torch.stack(windows[each * start : each * end]).to(torch.float32).reshape(end - start, each, area)
            return torch.matmul(weights[start:end], cut_out).reshape(1, 4 * (end - start), HALF, self.half_width)

        return fields(0, MOTES), fields(MOTES, len(SHIFTS))
