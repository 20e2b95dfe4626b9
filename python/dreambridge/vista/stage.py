"""The stage: an analytic G-buffer of the world, made directly as four half-size phases (2 x 2 packed planes).

Evaluating each formula at the even and odd rows and columns gives the packing for nothing, where packing full-size planes
inside ONNX Runtime would cost milliseconds. Phase ``2 * dy + dx`` holds the pixels ``(2 i + dy, 2 j + dx)``: the order of
``torch.pixel_unshuffle``.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.air import Air
from dreambridge.vista.branch import Branch
from dreambridge.vista.figure import GROUPS, Figure
from dreambridge.vista.moments import Moments
from dreambridge.vista.names import BANDS, COVERAGES, HALF, SIZE, WATER_LINE
from dreambridge.vista.plants import PLANTS, Plants, shadows
from dreambridge.vista.shapes import columns, edge, phases, ramp
from dreambridge.vista.world import PROFILES, WAVES

PARALLAX = (0.10, 0.25, 0.50, 1.00)
# By biome (forest, desert, mountain, coast) and layer (far to ground): crest row, height of the hills, of the ridges.
CREST = ((118, 142, 166, 212), (124, 144, 170, 214), (126, 150, 172, 212), (142, 152, 190, 216))
HILLS = ((13, 12, 11, 8), (17, 9, 9, 7), (22, 14, 9, 7), (9, 7, 5, 6))
RIDGES = ((5, 4, 3, 1.5), (1.5, 1, 0.8, 0.8), (9, 5, 2.5, 1.5), (3.5, 3, 1.5, 1.2))
GRASS = (4.2, 0.3, 1.8, 1.4)  # height of the blades on the ground's crest, by biome
DEPTH = (1.0, 0.66, 0.33, 0.05)
PIVOT = 150.0  # the row that zoom leaves where it is
HUT_ROW, HUT_CELL = 4, 170.0
LAYERS, DISTANCES = (*(p[0] for p in PLANTS), 2), (*(p[2] for p in PLANTS), HUT_CELL)


class View(NamedTuple):
    """Where the camera stands: [1, 1] each. ``x`` in screen widths, ``zoom`` 1 = whole picture, ``pitch`` in pixels."""

    x: Tensor
    zoom: Tensor
    pitch: Tensor


class Stage(nn.Module):
    """Planes of the world as a camera sees it; one picture at a time (batch 1).

    Inputs
    ------
    biome [1, 4], season [1, 4] weights; view; turn [1, 2] sine and cosine of the hour; time float64 [1] in seconds
    storm, energy [1, 1] in 0-1; audio [1, 17] (16 bands, onset) and its presence [1, 1]
    event [1, 4] strengths of the moments; strike [1] and flash [1, 1]: where and how brightly the lightning strikes
    pose [1, 2, 17, 3] and its presence [1, 1]; phase, cell, offset: the world's three tensors

    Returns
    -------
    planes [1, 104, 128, w / 2] in 0-1: 26 planes by 4 phases; w = 256, or 448
    """

    frequency: Tensor
    amplitude: Tensor
    shape: Tensor
    y: Tensor
    columns: Tensor
    bands: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.half_width = half = width // 2
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
        self.register_buffer("columns", columns(width))
        at = torch.linspace(-0.5, BANDS - 0.5, width).clamp(0, BANDS - 1)
        self.register_buffer("bands", (1 - (at[None] - torch.arange(BANDS)[:, None]).abs()).clamp(0, 1))
        self.air, self.plants = Air(width), Plants(width)
        self.figures = nn.ModuleList(Branch(f"figure{k}", Figure(width), (1, 28, HALF, half)) for k in range(2))
        self.moments = Branch("moments", Moments(width), (1, 8, HALF, half))

    def across(self, view: View, parallax: Tensor) -> Tensor:
        """World columns [n, 256] of the layers whose parallax is [n, 1]."""
        return (self.columns - 128) / view.zoom + 128 + view.x * 256.0 * parallax

    def crests(self, biome: Tensor, season: Tensor, view: View, phase: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """Rows of the four crests and their ridge profile, both [4, 256]."""
        parallax = torch.tensor(PARALLAX).reshape(4, 1)
        x = self.across(view, parallax) + 700.0 * torch.arange(4.0).reshape(4, 1)
        turn = torch.remainder(x, 4096.0) * (2 * torch.pi / 4096.0)
        angle = turn.repeat(2, 1).unsqueeze(-1) * self.frequency.unsqueeze(1) + phase[0].unsqueeze(1) * (2 * torch.pi)
        profile = (torch.sin(angle) * self.amplitude.unsqueeze(1)).sum(-1)
        low, ridge = profile[:4], profile[4:]
        mesa = 1.7 * torch.tanh(3 * (low - 0.35)) + 0.2 * low
        desert = biome[0, 1] * torch.tensor([1.0, 0.8, 0.0, 0.0]).reshape(4, 1)
        crest, hills, ridges = ((biome @ self.shape[k]).reshape(4, 1) for k in range(3))
        rows = crest - hills * (low * (1 - desert) + mesa * desert) - ridges * (ridge.abs() * 1.6 - 1 + 0.3 * ridge)
        # Blades of grass on the ground's crest: three-cornered, two or three pixels apart, no two alike.
        u = torch.remainder(x[3], 4096.0) * (1 / 3.2)
        number = torch.floor(u)
        tip = cell.reshape(-1, 4)[:1024, 0].index_select(0, torch.remainder(number * 7, 1024.0).to(torch.int64))
        high = (biome @ torch.tensor(GRASS).reshape(4, 1)) * (1 - 0.55 * season[:, 3:4])
        blades = tip * tip * (1 - (2 * (u - number) - 1).abs()) * high.reshape(1)
        return torch.cat([rows[:3], rows[3:] - blades.reshape(1, -1)]), ridge

    def cells(self, cell: Tensor, view: View) -> Tensor:
        """The object of each column's cell, for the four rows of plants and the huts: distance to its stem in pixels, size, shade
        and kind (0-1), float32 [5, 4, 4, 1, 128] by phase."""
        row = torch.arange(len(LAYERS), dtype=torch.float32).reshape(-1, 1)
        distance = torch.tensor(DISTANCES).reshape(-1, 1)
        x = self.across(view, torch.tensor([PARALLAX[k] for k in LAYERS]).reshape(-1, 1)) + 311.0 * row
        number = torch.floor(x / distance)
        index = torch.remainder(number, 256.0) + 256.0 * row
        random = (
            cell.reshape(-1, 4).index_select(0, index.reshape(-1).to(torch.int64)).reshape(len(LAYERS), 2 * self.half_width, 4)
        )
        stem = (number + 0.5 + (random[..., 0] - 0.5) * 0.36) * distance
        return phases(torch.stack([x - stem, random[..., 1], random[..., 2], random[..., 3]], 1))

    @staticmethod
    def light(turn: Tensor) -> tuple[Tensor, Tensor]:
        """Column of the light that casts shadows (sun, or the moon by night) and the length of shadows in heights, [1, 1]."""
        s, c = turn[:, 0:1], turn[:, 1:2]
        night = 1 - ramp(-0.28, 0.02, -c)
        return 128 - 105 * s + 190 * s * night, (0.32 / c.abs().clamp(min=0.2)).clamp(max=1.4)

    def sky(
        self, view: View, time: Tensor, audio: Tensor, heard: Tensor, event: Tensor, strike: Tensor, flash: Tensor, offset: Tensor
    ) -> list[Tensor]:  # fmt: skip
        """The planes that no land has a part in, by phase: the seven fields of the air, no shadow, and the marks of moments."""
        fields = self.air(view.x * view.zoom, time, offset)
        gain = phases((audio[:, :BANDS] @ self.bands) * 1.5 + 0.15).reshape(1, 4, 1, self.half_width)
        fields[-1] = fields[-1] * (1 + (gain - 1) * heard.reshape(1, 1, 1, 1))
        strength = torch.cat([flash, event[:, 1:3]], 1)
        return [*fields, torch.zeros_like(fields[0]), self.moments(strength.amax(1, keepdim=True), strength, strike)]

    def forward(
        self, biome: Tensor, season: Tensor, view: View, turn: Tensor, time: Tensor, storm: Tensor, energy: Tensor, audio: Tensor,
        heard: Tensor, event: Tensor, strike: Tensor, flash: Tensor, pose: Tensor, posed: Tensor, phase: Tensor, cell: Tensor,
        offset: Tensor,
    ) -> Tensor:  # fmt: skip
        zoom = view.zoom.reshape(1, 1, 1, 1)
        y = (self.y - PIVOT) / zoom + PIVOT + view.pitch.reshape(1, 1, 1, 1)
        wind = torch.remainder(time * 0.9, 2 * torch.pi).to(torch.float32)
        sway = torch.sin(wind) * (0.6 + 2.2 * storm + 1.0 * energy).reshape(1)
        *air, _, marks = self.sky(view, time, audio, heard, event, strike, flash, offset)
        texture, ripple = air[4], air[5]

        rows, ridge = self.crests(biome, season, view, phase, cell)
        padded = F.pad(rows.unsqueeze(0), (4, 4), mode="replicate")
        mean = F.avg_pool1d(padded, 9, 1)[0]
        wide = F.pad(mean.unsqueeze(0), (2, 2), mode="replicate")[0]
        slope = phases(((wide[:, 4:] - wide[:, :-4]) * 0.2 + 0.5).clamp(0, 1)).unsqueeze(1)
        rough = phases((ridge * 0.12 + 0.5).clamp(0, 1)).unsqueeze(1)
        crest = phases(rows).unsqueeze(1)
        flat = phases(F.avg_pool1d(F.pad(rows[2:3].unsqueeze(0), (12, 12), mode="replicate"), 25, 1)[0]).reshape(
            1, 4, 1, self.half_width
        )
        coast = biome[:, 3].reshape(1, 1, 1, 1)
        light_x, length = self.light(turn)

        cover: dict[int, Tensor] = {}
        surface: list[Tensor] = []

        def put(k: int, alpha: Tensor, depth: float, local: Tensor, side: Tensor | float, variation: Tensor | float) -> None:
            cover[k] = cover[k] + alpha if k in cover else alpha
            for j, v in enumerate((alpha * depth, alpha * local, alpha * side, alpha * variation)):
                if len(surface) < 4:
                    surface.append(v)
                else:
                    surface[j] = surface[j] + v

        def land(left: Tensor, k: int) -> Tensor:
            d = y - crest[k]
            a = left * edge(0.7, d, zoom)
            put(k, a, DEPTH[k], torch.exp(d.clamp(min=0) * (-1 / 24)), slope[k], rough[k])
            return left - a

        cells = self.cells(cell, view)
        bare = season[0, 3:4] + 0.35 * season[0, 2:3]
        of_plants = cells[: len(PLANTS)]
        foot = phases(rows).index_select(0, torch.tensor([p[0] for p in PLANTS])) + 1.5
        alone, up_plant, side_plant, shade_plant = self.plants(of_plants, foot, y, sway, biome, bare, texture, zoom)

        def plant(left: Tensor, row: int) -> Tensor:
            m = alone[row : row + 1] * left
            put(5, m, DEPTH[PLANTS[row][0]] * 0.9, up_plant[row : row + 1], side_plant[row : row + 1], shade_plant[row : row + 1])
            return left - m

        left = torch.ones_like(texture)
        light = torch.cat([light_x, length], 1)
        lean = ((phases(self.columns) - light_x.reshape(1, 1, 1)) * (1 / 128)).clamp(-1, 1) * length.reshape(1, 1, 1)
        shadow = shadows(of_plants[3], foot[3], y, lean)
        for n, figure in enumerate(self.figures):
            there = (posed * pose[:, n, :, 2].amax(1, keepdim=True)).clamp(0, 1)
            planes = figure(there, pose[:, n], posed, light)
            for j, k in enumerate(GROUPS):
                a = left * planes[:, 4 * j : 4 * j + 4]
                put(k, a, 0.03, planes[:, 12 + 4 * j : 16 + 4 * j], 0.5, 0.5 if n == 0 else 0.9)
                left = left - a
            shadow = torch.maximum(shadow, planes[:, 24:28])
        left = plant(left, 3)
        left = land(left, 3)

        inland = left * (1 - coast)
        dx, size, shade, _ = cells[HUT_ROW : HUT_ROW + 1].unbind(1)
        up, a = flat - y + 2, dx.abs()
        stands = (size > 0.35).to(torch.float32)
        wall = edge(0.6, torch.minimum(torch.minimum(9.5 - a, 11 - up), up + 4), zoom)
        roof = edge(0.6, torch.minimum(13 - a - (up - 10) * 1.25, up - 9), zoom)
        window = edge(0.5, torch.minimum(2.0 - (a - 4.6).abs(), 2.4 - (up - 5.0).abs()), zoom)
        for k, m in ((8, window), (7, roof), (6, wall)):
            m = inland * m * stands
            put(k, m, 0.3, (up / 18).clamp(0, 1), (dx / 26 + 0.5).clamp(0, 1), shade)
            inland = inland - m
        inland = land(plant(plant(inland, 2), 1), 2)
        shore = left * coast
        sea = shore * edge(0.7, y - WATER_LINE, zoom)
        mirror = 2 * WATER_LINE - y + (ripple * 7 - 3.5) * (1 + (y - WATER_LINE) * 0.055) * 1.3
        mid, far = edge(0.7, mirror - crest[1], zoom), edge(0.7, mirror - crest[0], zoom)
        half = sea * 0
        put(4, sea, 0.5, half, 0.5, 0.5)
        left = inland + shore - sea
        left = land(land(plant(left, 0), 1), 0)
        # Water pixels carry what they reflect in the coverages of the two far layers.
        cover[1] = cover[1] + sea * mid
        cover[0] = cover[0] + sea * (1 - mid) * far
        planes = torch.cat([*(cover[k] for k in range(COVERAGES)), *surface, *air, shadow, marks], 1)
        return planes.clamp(0, 1)
