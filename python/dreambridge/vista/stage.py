"""The stage: an analytic G-buffer of the world, made directly as four half-size phases (2 x 2 packed planes).

Evaluating each formula at the even and odd rows and columns gives the packing for nothing, where packing full-size planes
inside ONNX Runtime would cost milliseconds. Phase ``2 * dy + dx`` holds the pixels ``(2 i + dy, 2 j + dx)``: the order of
``torch.pixel_unshuffle``.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.fields import TILE, tables
from dreambridge.vista.figure import Figure
from dreambridge.vista.names import COVERAGES, HALF, SIZE, WATER_LINE
from dreambridge.vista.world import PROFILES, WAVES

PARALLAX = (0.10, 0.25, 0.50, 1.00)
# By biome (forest, desert, mountain, coast) and layer (far to ground): crest row, height of the hills, of the ridges.
CREST = ((118, 142, 166, 212), (124, 144, 170, 214), (126, 150, 172, 212), (142, 152, 190, 216))
HILLS = ((13, 12, 11, 8), (17, 9, 9, 7), (22, 14, 9, 7), (9, 7, 5, 6))
RIDGES = ((5, 4, 3, 1.5), (1.5, 1, 0.8, 0.8), (9, 5, 2.5, 1.5), (3.5, 3, 1.5, 1.2))
DEPTH = (1.0, 0.66, 0.33, 0.05)
# Rows of plants: (layer, row of cells, distance of cells, height, least size that grows); the last row of cells is the huts'.
PLANTS = ((1, 0, 11.0, 16.0, 0.25), (2, 1, 19.0, 29.0, 0.20), (2, 2, 27.0, 38.0, 0.35), (3, 3, 61.0, 80.0, 0.42))
HUT_ROW, HUT_CELL = 4, 170.0
LAYERS, DISTANCES = (*(p[0] for p in PLANTS), 2), (*(p[2] for p in PLANTS), HUT_CELL)
# Of the noise fields (cloud, rain, flake, star, texture, ripple, mote): parallax, pixels a second to the left and upwards.
SHIFTS = (
    (0.03, 9.0, 0.0), (1.0, 96.0, -410.0), (0.8, -24.0, -62.0), (0.01, 0.0, 0.0), (1.0, 0.0, 0.0), (0.3, 12.0, 0.0), (0.9, 9.0, 17.0),
)  # fmt: skip


def ramp(lo: float, hi: float, x: Tensor) -> Tensor:
    t = ((x - lo) / (hi - lo)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def edge(width: float, x: Tensor) -> Tensor:
    """Coverage of what begins at x = 0, ``width`` pixels soft on either side: three operators instead of ramp's seven."""
    return (x * (0.5 / width) + 0.5).clamp(0, 1)


def phases(columns: Tensor) -> Tensor:
    """[..., 256] over the columns of the picture -> [..., 4, 1, 128] by phase."""
    even_odd = columns.reshape(*columns.shape[:-1], HALF, 2).transpose(-1, -2)
    return torch.cat([even_odd, even_odd], -2).unsqueeze(-2)


BLOCK = TILE // 2 + HALF + 1


def by_parity(fields: Tensor) -> Tensor:
    """[n, 512, 512] -> [n * 2 * 2 * 385, 385]: blocks of even and odd rows and columns, continued past the tile's end."""
    index = torch.arange(BLOCK) * 2
    parts = [
        f.index_select(0, (index + oy) % TILE).index_select(1, (index + ox) % TILE)
        for f in fields for oy in (0, 1) for ox in (0, 1)
    ]  # fmt: skip
    return torch.cat(parts)


class Window(torch.autograd.Function):
    """A half-size square of a table whose corner is a tensor: one Slice, where narrow() exports to a dozen small operators."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, start: Tensor, end: Tensor) -> Tensor:
        (top, left), (bottom, right) = start.tolist(), end.tolist()
        return table[top:bottom, left:right].contiguous()

    @staticmethod
    def symbolic(g: Any, table: Any, start: Any, end: Any) -> Any:
        out = g.op("Slice", table, start, end, g.op("Constant", value_t=torch.tensor([0, 1])))
        return out.setType(table.type().with_sizes([HALF, HALF]))


class Stage(nn.Module):
    """Planes of the world as a camera sees it; one picture at a time (batch 1).

    Inputs: ``biome`` [1, 4] weights, ``camera`` [1, 1] in screen widths, ``time`` float64 [1] in seconds, ``storm`` [1, 1] and
    ``energy`` [1, 1] in 0-1, ``pose`` [1, 17, 3] with its presence [1, 1], and the world's three tensors.
    Output: planes [1, 92, 128, 128] in 0-1: 23 planes by 4 phases.
    """

    tables: Tensor
    frequency: Tensor
    amplitude: Tensor
    shape: Tensor
    y: Tensor
    columns: Tensor

    def __init__(self) -> None:
        super().__init__()
        # bytes: a quarter of the bundle's size, and the network learns from planes of bytes anyway
        self.register_buffer("tables", (by_parity(tables()) * 255).round().to(torch.uint8))
        waves = torch.arange(WAVES, dtype=torch.float32)
        low = 8 + 1.4 * waves
        ridge = 30 + 11.0 * waves
        amplitude = torch.stack([low**-1.3, ridge**-1.2]).repeat_interleave(PROFILES // 2, 0)
        amplitude = amplitude / (amplitude.square().sum(1, keepdim=True) / 2).sqrt()
        self.register_buffer("frequency", torch.stack([low.round(), ridge.round()]).repeat_interleave(PROFILES // 2, 0))
        self.register_buffer("amplitude", amplitude)
        self.register_buffer("shape", torch.tensor([CREST, HILLS, RIDGES], dtype=torch.float32))
        row = torch.arange(0, SIZE, 2, dtype=torch.float32)
        self.register_buffer("y", torch.stack([row, row, row + 1, row + 1]).reshape(1, 4, HALF, 1))
        self.register_buffer("columns", torch.arange(SIZE, dtype=torch.float32))
        self.figure = Figure()

    def crests(self, biome: Tensor, camera: Tensor, phase: Tensor) -> tuple[Tensor, Tensor]:
        """Rows of the four crests and their ridge profile, both [4, 256]."""
        parallax = torch.tensor(PARALLAX).reshape(4, 1)
        x = self.columns + camera * 256.0 * parallax + 700.0 * torch.arange(4.0).reshape(4, 1)
        turn = torch.remainder(x, 4096.0) * (2 * torch.pi / 4096.0)
        angle = turn.repeat(2, 1).unsqueeze(-1) * self.frequency.unsqueeze(1) + phase[0].unsqueeze(1) * (2 * torch.pi)
        profile = (torch.sin(angle) * self.amplitude.unsqueeze(1)).sum(-1)
        low, ridge = profile[:4], profile[4:]
        mesa = 1.7 * torch.tanh(3 * (low - 0.35)) + 0.2 * low
        desert = biome[0, 1] * torch.tensor([1.0, 0.8, 0.0, 0.0]).reshape(4, 1)
        crest, hills, ridges = ((biome @ self.shape[k]).reshape(4, 1) for k in range(3))
        return crest - hills * (low * (1 - desert) + mesa * desert) - ridges * (ridge.abs() * 1.6 - 1 + 0.3 * ridge), ridge

    def cells(self, cell: Tensor, camera: Tensor) -> Tensor:
        """The object of each column's cell, for the four rows of plants and the huts: distance to its stem in pixels, its size
        0-1 and its shade 0-1, float32 [5, 3, 4, 1, 128] by phase."""
        row = torch.arange(len(LAYERS), dtype=torch.float32).reshape(-1, 1)
        distance = torch.tensor(DISTANCES).reshape(-1, 1)
        x = self.columns + camera * 256.0 * torch.tensor([PARALLAX[k] for k in LAYERS]).reshape(-1, 1) + 311.0 * row
        number = torch.floor(x / distance)
        index = torch.remainder(number, 256.0) + 256.0 * row
        random = cell.reshape(-1, 4).index_select(0, index.reshape(-1).to(torch.int64)).reshape(len(LAYERS), SIZE, 4)
        stem = (number + 0.5 + (random[..., 0] - 0.5) * 0.36) * distance
        return phases(torch.stack([x - stem, random[..., 1], random[..., 2]], 1))

    def fields(self, camera: Tensor, time: Tensor, offset: Tensor) -> list[Tensor]:
        """The noise fields where camera, wind and time have shifted them: by whole rows and a fraction of a column; each
        [1, 4, 128, 128].

        The tables lie split by the parity of row and column, so that each phase is one contiguous block: a slice, where
        gathering single elements took 6 ms.
        """
        parallax, vx, vy = torch.tensor(SHIFTS, dtype=torch.float64).unbind(1)
        o = offset.reshape(-1).to(torch.float64).reshape(-1, 2) * TILE
        # float64 and the modulo first, so that hours of streaming lose no precision
        dx = torch.remainder(camera.reshape(1).to(torch.float64) * 256.0 * parallax + time * vx + o[:, 0], float(TILE))
        dy = torch.floor(torch.remainder(time * vy + o[:, 1], float(TILE))).to(torch.int64).reshape(-1, 1, 1)
        whole = torch.floor(dx)
        part = (dx - whole).to(torch.float32).reshape(-1, 1)
        weights = (torch.cat([1 - part, part], 1) * (1 / 255)).reshape(-1)
        row = dy + torch.arange(2).reshape(1, 2, 1)
        column = whole.to(torch.int64).reshape(-1, 1, 1) + torch.arange(3).reshape(1, 1, 3)
        half_row, half_column = (torch.div(v, 2, rounding_mode="floor") for v in (row, column))
        block = (torch.arange(len(SHIFTS)).reshape(-1, 1, 1) * 2 + row - 2 * half_row) * 2 + column - 2 * half_column
        start = torch.stack([block * BLOCK + half_row, half_column + 0 * block], 3).reshape(-1)
        starts, ends = start.split(2), (start + HALF).split(2)
        out = []
        for k, pair in enumerate(weights.split(2)):
            here, there = pair.split(1)
            taps = [Window.apply(self.tables, starts[6 * k + i], ends[6 * k + i]) for i in range(6)]
            left, right = torch.stack([taps[i] for i in (0, 1, 3, 4)]), torch.stack([taps[i] for i in (1, 2, 4, 5)])
            out.append((left.to(torch.float32) * here + right.to(torch.float32) * there).unsqueeze(0))
        return out

    def plants(self, cells: Tensor, crest: Tensor, sway: Tensor, biome: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Coverage, height on the plant 0-1 and side 0-1 of the four rows of plants, each alone, [4, 4, 128, 128] (side: one row)."""
        dx, size, _ = cells[: len(PLANTS)].unbind(1)
        height = torch.tensor([p[3] for p in PLANTS]).reshape(-1, 1, 1, 1)
        # What depends on the column alone is worked out on one row; few operators run over the whole picture.
        tall = height * (0.5 + 0.6 * size)
        foot = crest.index_select(0, torch.tensor([p[0] for p in PLANTS])) + 1.5
        column = dx.abs()
        up = foot - self.y
        t = up * (1 / tall)
        lean = (dx - t * t * (sway * (height / 60.0))).abs()
        shelf = t * 5.0 + size * 3
        shelf = shelf - torch.floor(shelf)
        crown = (1 - t) * (0.24 * tall) * (1.12 - 0.5 * shelf) - lean
        conifer = torch.maximum(torch.minimum(crown, up - 0.06 * tall), torch.minimum(0.035 * tall - lean, 0.1 * tall - up))
        # A cactus: trunk, two upright arms and the bar that joins them, each an upright or lying box.
        low, high = 0.30 * tall, 0.56 * tall
        arm = torch.minimum(0.038 * tall - (column - 0.17 * tall).abs(), torch.minimum(up - low, high - up))
        bar = torch.minimum(0.20 * tall - column, 0.032 * tall - (up - 0.32 * tall).abs())
        cactus = torch.maximum(torch.minimum(0.06 * tall - column, 0.72 * tall - up), torch.maximum(arm, bar))
        palm = torch.minimum(1.0 + 0.012 * tall - lean, 0.82 * tall - up)
        thick = (1.1 - column / (0.32 * tall)) * 0.055 * tall
        for bow, rise in ((1.5, 0.9), (1.1, 0.1), (0.5, -0.8)):
            spine = 0.80 * tall - bow * column * column / (0.34 * tall) + rise * column
            palm = torch.maximum(palm, thick - (up - spine).abs())
        shape = conifer * (biome[0, 0] + biome[0, 2]) + cactus * biome[0, 1] + palm * biome[0, 3]
        least = torch.tensor([p[4] for p in PLANTS]).reshape(-1, 1, 1, 1)
        alone = edge(0.6, torch.minimum(shape, up + 2)) * (size > least).to(torch.float32)
        return alone, t.clamp(0, 1), (dx / (0.5 * tall) + 0.5).clamp(0, 1)

    def forward(
        self, biome: Tensor, camera: Tensor, time: Tensor, storm: Tensor, energy: Tensor,
        pose: Tensor, posed: Tensor, phase: Tensor, cell: Tensor, offset: Tensor,
    ) -> Tensor:  # fmt: skip
        y = self.y
        wind = torch.remainder(time * 0.9, 2 * torch.pi).to(torch.float32)
        sway = torch.sin(wind) * (0.6 + 2.2 * storm + 1.0 * energy).reshape(1)
        cloud, rain, flake, star, texture, ripple, mote = self.fields(camera, time, offset)

        rows, ridge = self.crests(biome, camera, phase)
        padded = F.pad(rows.unsqueeze(0), (4, 4), mode="replicate")
        mean = F.avg_pool1d(padded, 9, 1)[0]
        wide = F.pad(mean.unsqueeze(0), (2, 2), mode="replicate")[0]
        slope = phases(((wide[:, 4:] - wide[:, :-4]) * 0.2 + 0.5).clamp(0, 1)).unsqueeze(1)
        rough = phases((ridge * 0.12 + 0.5).clamp(0, 1)).unsqueeze(1)
        crest = phases(rows).unsqueeze(1)
        flat = phases(F.avg_pool1d(F.pad(rows[2:3].unsqueeze(0), (12, 12), mode="replicate"), 25, 1)[0]).reshape(1, 4, 1, HALF)
        coast = biome[:, 3].reshape(1, 1, 1, 1)

        cover: dict[int, Tensor] = {}
        surface: list[Tensor] = []

        def put(k: int, alpha: Tensor, depth: float, local: Tensor, side: Tensor, variation: Tensor) -> None:
            cover[k] = cover[k] + alpha if k in cover else alpha
            for j, v in enumerate((alpha * depth, alpha * local, alpha * side, alpha * variation)):
                if len(surface) < 4:
                    surface.append(v)
                else:
                    surface[j] = surface[j] + v

        def land(left: Tensor, k: int) -> Tensor:
            d = y - crest[k]
            a = left * edge(0.7, d)
            put(k, a, DEPTH[k], torch.exp(d.clamp(min=0) * (-1 / 24)), slope[k], rough[k])
            return left - a

        cells = self.cells(cell, camera)
        alone, up_plant, side_plant = self.plants(cells, phases(rows), sway, biome)

        def plant(left: Tensor, row: int) -> Tensor:
            m = alone[row : row + 1] * left
            put(5, m, DEPTH[PLANTS[row][0]] * 0.9, up_plant[row : row + 1], side_plant[row : row + 1], cells[row : row + 1, 2])
            return left - m

        left = torch.ones_like(texture)
        for k, alpha, inner in self.figure(pose, posed):
            a = left * alpha
            put(k, a, 0.03, inner, inner * 0 + 0.5, inner * 0 + 0.5)
            left = left - a
        left = plant(left, 3)
        left = land(left, 3)

        inland = left * (1 - coast)
        dx, size, shade = cells[HUT_ROW : HUT_ROW + 1].unbind(1)
        up, a = flat - y + 2, dx.abs()
        stands = (size > 0.35).to(torch.float32)
        wall = edge(0.6, torch.minimum(torch.minimum(9.5 - a, 11 - up), up + 4))
        roof = edge(0.6, torch.minimum(13 - a - (up - 10) * 1.25, up - 9))
        window = edge(0.5, torch.minimum(2.0 - (a - 4.6).abs(), 2.4 - (up - 5.0).abs()))
        for k, m in ((8, window), (7, roof), (6, wall)):
            m = inland * m * stands
            put(k, m, 0.3, (up / 18).clamp(0, 1), (dx / 26 + 0.5).clamp(0, 1), shade)
            inland = inland - m
        inland = land(plant(plant(inland, 2), 1), 2)
        shore = left * coast
        sea = shore * edge(0.7, y - WATER_LINE)
        mirror = 2 * WATER_LINE - y + (ripple * 7 - 3.5) * (1 + (y - WATER_LINE) * 0.055) * 1.3
        mid, far = edge(0.7, mirror - crest[1]), edge(0.7, mirror - crest[0])
        half = sea * 0
        put(4, sea, 0.5, half, half + 0.5, half + 0.5)
        left = inland + shore - sea
        left = land(land(plant(left, 0), 1), 0)
        # Water pixels carry what they reflect in the coverages of the two far layers.
        cover[1] = cover[1] + sea * mid
        cover[0] = cover[0] + sea * (1 - mid) * far
        planes = torch.cat([*(cover[k] for k in range(COVERAGES)), *surface, cloud, rain, flake, star, texture, ripple, mote], 1)
        return planes.clamp(0, 1)
