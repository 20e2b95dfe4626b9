"""The stage: an analytic G-buffer of the world, made directly as four half-size phases (2 x 2 packed planes).

Evaluating each formula at the even and odd rows and columns gives the packing for nothing, where packing full-size planes
inside ONNX Runtime would cost milliseconds. Phase ``2 * dy + dx`` holds the pixels ``(2 i + dy, 2 j + dx)``: the order of
``torch.pixel_unshuffle``.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.world.air import SHIFTS, Air
from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.figure import Figure, Figures
from dreambridge.vista.world.land import HUT_HEIGHT, Huts, Sea
from dreambridge.vista.world.moments import Moments
from dreambridge.vista.world.names import BANDS, COVERAGES, HALF, SIZE, WATER_LINE
from dreambridge.vista.world.phases import plane_of
from dreambridge.vista.world.plants import FOOT, PLANTS, Plants, shadows
from dreambridge.vista.world.rows import cut, set_in
from dreambridge.vista.world.shapes import columns, edge, phases, ramp
from dreambridge.vista.world.tables import PROFILES, WAVES

PARALLAX = (0.10, 0.25, 0.50, 1.00)
# By biome (forest, desert, mountain, coast) and layer (far to ground): crest row, height of the hills, of the ridges.
CREST = ((118, 142, 166, 212), (124, 144, 170, 214), (126, 150, 172, 212), (142, 152, 190, 216))
HILLS = ((13, 12, 11, 8), (17, 9, 9, 7), (22, 14, 9, 7), (9, 7, 5, 6))
RIDGES = ((5, 4, 3, 1.5), (1.5, 1, 0.8, 0.8), (9, 5, 2.5, 1.5), (3.5, 3, 1.5, 1.2))
GRASS = (4.2, 0.3, 1.8, 1.4)  # height of the blades on the ground's crest, by biome
DEPTH = (1.0, 0.66, 0.33, 0.05)
PIVOT = 150.0  # the row that zoom leaves where it is
HUT_ROW, HUT_CELL = 4, 170.0
FIELDS = len(SHIFTS)
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
    planes [1, 104, 128, w / 2] in 0-1 in several tensors, one after another: 26 planes by 4 phases; w = 256, or 448
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
        self.air, self.plants, self.huts = Air(width), Plants(width), Huts()
        self.each_figure = nn.ModuleList(Branch(f"figure{k}", Figure(width), (1, 28, 1, 1), varies=True) for k in range(2))
        self.figures = Branch("figures", Figures(), (1, 36, 1, 1), varies=True)
        self.sea = Branch("sea", Sea(), (1, 12, 1, 1), varies=True)
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
        fields, motes = self.air(view.x * view.zoom, time, offset).split([4 * FIELDS - 4, 4], 1)
        gain = phases((audio[:, :BANDS] @ self.bands) * 1.5 + 0.15).reshape(1, 4, 1, self.half_width)
        motes = (motes * (1 + (gain - 1) * heard.reshape(1, 1, 1, 1))).clamp(max=1)
        strength = torch.cat([flash, event[:, 1:3]], 1)
        return [fields, motes, torch.zeros_like(motes), self.moments(strength.amax(1, keepdim=True), strength, strike)]

    def forward(
        self, biome: Tensor, season: Tensor, view: View, turn: Tensor, time: Tensor, storm: Tensor, energy: Tensor, audio: Tensor,
        heard: Tensor, event: Tensor, strike: Tensor, flash: Tensor, pose: Tensor, posed: Tensor, phase: Tensor, cell: Tensor,
        offset: Tensor,
    ) -> list[Tensor]:  # fmt: skip
        zoom = view.zoom.reshape(1, 1, 1, 1)
        rows_of_pixels = (self.y - PIVOT) / zoom + PIVOT + view.pitch.reshape(1, 1, 1, 1)
        wind = torch.remainder(time * 0.9, 2 * torch.pi).to(torch.float32)
        sway = torch.sin(wind) * (0.6 + 2.2 * storm + 1.0 * energy).reshape(1)
        air, motes, _, marks = self.sky(view, time, audio, heard, event, strike, flash, offset)
        whole_texture, whole_ripple = plane_of([air], "texture", "cloud"), plane_of([air], "ripple", "cloud")

        rows, ridge = self.crests(biome, season, view, phase, cell)
        padded = F.pad(rows.unsqueeze(0), (4, 4), mode="replicate")
        mean = F.avg_pool1d(padded, 9, 1)[0]
        wide = F.pad(mean.unsqueeze(0), (2, 2), mode="replicate")[0]
        slope = phases(((wide[:, 4:] - wide[:, :-4]) * 0.2 + 0.5).clamp(0, 1)).unsqueeze(1)
        rough = phases((ridge * 0.12 + 0.5).clamp(0, 1)).unsqueeze(1)
        by_phase = phases(rows)
        crest = by_phase.unsqueeze(1)  # [4, 1, 4, 1, w / 2]
        flat = phases(F.avg_pool1d(F.pad(rows[2:3].unsqueeze(0), (12, 12), mode="replicate"), 25, 1)[0])[0] + 2
        cells = self.cells(cell, view)
        of_plants, of_huts = cells[: len(PLANTS)], cells[HUT_ROW]
        foot = by_phase.index_select(0, torch.tensor([p[0] for p in PLANTS])) + 1.5

        # Only the rows of pixels where something stands are worked on: from ``top`` down, and a band for each row of things.
        high = torch.cat([(foot - self.plants.tall(of_plants[:, 1])).amin((1, 2, 3)), flat.amin().reshape(1) - HUT_HEIGHT])
        low = torch.cat([foot.amax((1, 2, 3)), flat.amax().reshape(1)])
        highest = torch.minimum(torch.minimum(rows.amin(), high.amin()), torch.tensor(WATER_LINE)) - 2
        first = self.pixels(highest.reshape(1), view)
        top = torch.minimum(first, torch.floor(Figure.highest(pose, posed) * 0.5).to(torch.int64).clamp(0, HALF - 1))
        starts = torch.maximum(self.pixels(high - 2, view), top).split(1)
        ends = (self.pixels(low + FOOT, view) + 2).clamp(max=HALF)
        bands = list(zip(starts, torch.maximum(ends, torch.cat(starts) + 1).split(1), strict=True))
        bottom = torch.full_like(top, HALF)
        y = cut(rows_of_pixels, top, bottom)
        texture, ripple = cut(whole_texture, top, bottom), cut(whole_ripple, top, bottom)

        bare = season[0, 3:4] + 0.35 * season[0, 2:3]
        alone, side_plant, shade_plant = self.plants(
            of_plants, foot, rows_of_pixels[0], whole_texture[0], top, bands[: len(PLANTS)], sway, biome, bare, zoom
        )
        light_x, length = self.light(turn)
        lean = ((phases(self.columns) - light_x.reshape(1, 1, 1)) * (1 / 128)).clamp(-1, 1) * length.reshape(1, 1, 1)
        shadow = shadows(of_plants[3], foot[3], y, lean)

        there = [(posed * pose[:, n, :, 2].amax(1, keepdim=True)).clamp(0, 1) for n in range(2)]
        light, pairs = torch.cat([light_x, length], 1), cut(self.y[0, :1], top, bottom) + 0.5
        both = [figure(there[n], pose[:, n], posed, light, pairs) for n, figure in enumerate(self.each_figure)]
        figures = self.figures(torch.maximum(*there), *both)
        taken, rear_limbs, body, front_limbs, *of_figures, their_shadow = figures.split(4, 1)
        shadow = torch.maximum(shadow, their_shadow)
        left = 1 - taken
        cover = {9: rear_limbs.expand_as(texture), 10: body.expand_as(texture), 11: front_limbs.expand_as(texture)}
        surface: list[Tensor] = of_figures

        def surfaces(alpha: Tensor, depth: float, local: Tensor | None, side: Tensor | float, variation: Tensor | float) -> None:
            for j, v in enumerate((depth, local, side, variation)):
                if v is not None:
                    surface[j] = surface[j] + alpha * v

        def land(left: Tensor, k: int) -> Tensor:
            d = y - crest[k]
            cover[k] = left * edge(0.7, d, zoom)
            surfaces(cover[k], DEPTH[k], torch.exp((d * (-1 / 24)).clamp(max=0)), slope[k], rough[k])
            return left - cover[k]

        def plant(left: Tensor, row: int) -> Tensor:
            own = alone[row][:1] * left
            cover[5] = cover[5] + own if 5 in cover else own
            depth = DEPTH[PLANTS[row][0]] * 0.9
            surfaces(own, depth, alone[row][1:], side_plant[row : row + 1], shade_plant[row : row + 1])
            return left - own

        left = land(plant(left, 3), 3)
        coast = biome[:, 3].reshape(1, 1, 1, 1)
        shore = left * coast
        inland = left - shore
        start, end = bands[-1]
        hut = set_in(self.huts(of_huts, flat, cut(rows_of_pixels[0], start, end), zoom), start - top, bottom - end)
        for k in range(3):
            cover[8 - k] = inland * hut[k : k + 1]
        whole = inland * hut[3:4]
        surfaces(whole, 0.3, hut[4:], (of_huts[0] / 26 + 0.5).clamp(0, 1), of_huts[2])
        inland = land(plant(plant(inland - whole, 2), 1), 2)
        sea, mirrored_middle, mirrored_far = self.sea(coast[0, 0], shore, y, ripple, crest[1, 0], crest[0, 0], zoom).split(4, 1)
        surfaces(sea, 0.5, None, 0.5, 0.5)
        land(land(plant(inland + (shore - sea), 0), 1), 0)
        # Water pixels carry what they reflect in the coverages of the two far layers.
        cover[4] = sea.expand_as(texture)
        cover[1] = cover[1] + mirrored_middle
        cover[0] = cover[0] + mirrored_far
        planes, shadow = (
            set_in(x, top, bottom - HALF) for x in (torch.cat([*(cover[k] for k in range(COVERAGES)), *surface], 1), shadow)
        )
        return [planes, air, motes, shadow, marks]

    @staticmethod
    def pixels(rows: Tensor, view: View) -> Tensor:
        """The pairs of rows of pixels where rows of the world are seen, int64 [n] in 0 to 127."""
        seen = (rows - (PIVOT + view.pitch.reshape(1))) * view.zoom.reshape(1) + PIVOT
        return torch.floor(seen * 0.5).clamp(0, HALF - 1).to(torch.int64)
