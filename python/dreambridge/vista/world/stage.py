"""The stage: an analytic G-buffer of the world, made directly as four half-size phases (2 x 2 packed planes).

Evaluating each formula at the even and odd rows and columns packs the planes for free; packing full-size planes inside ONNX
Runtime would cost milliseconds. Phase ``2 * dy + dx`` holds the pixels ``(2 i + dy, 2 j + dx)``, the order of
``torch.pixel_unshuffle``.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.world.air import SHIFTS, Air
from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.conditions import single
from dreambridge.vista.world.figure import FIGURE_PLANES, FIGURES_PLANES, Figure, Figures
from dreambridge.vista.world.joints import VISIBILITY
from dreambridge.vista.world.land import HUT_HEIGHT, Huts, Sea
from dreambridge.vista.world.moments import Moments
from dreambridge.vista.world.names import (
    AUTUMN,
    BANDS,
    BIRDS,
    COAST,
    COSINE,
    COVERAGES,
    DESERT,
    FALLING_STAR,
    FAR,
    GROUND,
    HALF,
    HORIZON_ROW,
    MID,
    MIDDLE,
    NEAR,
    PLANES,
    SINE,
    SIZE,
    WATER_LINE,
    WINTER,
)
from dreambridge.vista.world.phases import plane_of
from dreambridge.vista.world.plants import DISTANCE, FOOT, NEAREST, PLANTS, SHADE, STATURE, Plants, shadows
from dreambridge.vista.world.rows import cut, set_in
from dreambridge.vista.world.shapes import columns, edge, phases
from dreambridge.vista.world.sun_moon import night_of, shadow_column
from dreambridge.vista.world.tables import PROFILES, WAVES

# By layer, from far to ground.
LAYERS = (FAR, MID, NEAR, GROUND)
PARALLAX = (0.10, 0.25, 0.50, 1.00)
DEPTH = (1.0, 0.66, 0.33, 0.05)
# By biome (forest, desert, mountain, coast) and layer: crest row, height of the hills, of the ridges.
CREST = ((118, 142, 166, 212), (124, 144, 170, 214), (126, 150, 172, 212), (142, 152, 190, 216))
HILLS = ((13, 12, 11, 8), (17, 9, 9, 7), (22, 14, 9, 7), (9, 7, 5, 6))
RIDGES = ((5, 4, 3, 1.5), (1.5, 1, 0.8, 0.8), (9, 5, 2.5, 1.5), (3.5, 3, 1.5, 1.2))
GRASS = (4.2, 0.3, 1.8, 1.4)  # height of the blades on the ground's crest, by biome
PIVOT = float(HORIZON_ROW)  # the row that zooming leaves where it is
HUT_ROW, HUT_SPACING = len(PLANTS), 170.0
FIELDS = len(SHIFTS)
# By row of cells, the plants' and then the huts': the layer that it stands on, pixels from cell to cell.
CELL_LAYERS, CELL_SPACING = (*(p.layer for p in PLANTS), NEAR), (*(p.spacing for p in PLANTS), HUT_SPACING)
PERIOD = 4096.0  # columns after which the land repeats


class Camera(NamedTuple):
    """Where the camera stands: [1, 1] each. ``x`` in screen widths, ``zoom`` 1 = whole picture, ``pitch`` in pixels."""

    x: Tensor
    zoom: Tensor
    pitch: Tensor


class Land(NamedTuple):
    """The four layers of land by phase."""

    rows: Tensor  # of the crests, [4, 4, 1, w / 2]
    crest: Tensor  # the same as [4, 1, 4, 1, w / 2]
    slope: Tensor  # of the crests, 0.5 is level, [4, 1, 4, 1, w / 2]
    rough: Tensor  # the ridges in 0-1, [4, 1, 4, 1, w / 2]
    huts: Tensor  # row of the near land, smoothed for the huts on it, [4, 1, w / 2]


class Extent(NamedTuple):
    """Where there is anything but sky, in pairs of rows of pixels: int64 [1] each."""

    top: Tensor
    bottom: Tensor
    bands: list[tuple[Tensor, Tensor]]  # first and end of each row of plants, then of the huts


class Composition:
    """Coverages and surface planes of all that stands on the stage, added from front to back.

    ``left`` is how much of each pixel [1, 4, r, w / 2] the things in front leave free, 0-1; each method returns what is left
    behind its own.
    """

    def __init__(self, cover: dict[str, Tensor], surface: list[Tensor]) -> None:
        self.cover, self.surface = cover, surface  # surface: depth, local, slope, variation

    def add(self, alpha: Tensor, depth: float, local: Tensor | None, side: Tensor | float, variation: Tensor | float) -> None:
        """Surface planes of a thing of that coverage."""
        for j, v in enumerate((depth, local, side, variation)):
            if v is not None:
                self.surface[j] = self.surface[j] + alpha * v

    def land(self, left: Tensor, k: int, y: Tensor, land: Land, zoom: Tensor) -> Tensor:
        """One layer of land."""
        below = y - land.crest[k]
        self.cover[PLANES[k]] = cover = left * edge(0.7, below, zoom)
        self.add(cover, DEPTH[k], torch.exp((below * (-1 / 24)).clamp(max=0)), land.slope[k], land.rough[k])
        return left - cover

    def plants(self, left: Tensor, row: int, alone: list[Tensor], side: Tensor, shade: Tensor) -> Tensor:
        """One row of plants."""
        own = alone[row][:1] * left
        self.cover["plant"] = self.cover["plant"] + own if "plant" in self.cover else own
        self.add(own, DEPTH[PLANTS[row].layer] * 0.9, alone[row][1:], side[row : row + 1], shade[row : row + 1])
        return left - own

    def huts(self, inland: Tensor, hut: Tensor, cells: Tensor) -> Tensor:
        """Huts: window, roof, wall, all three, height 0-1 [5, 4, r, w / 2], of cells [4, 4, 1, w / 2]."""
        for k, name in enumerate(("window", "roof", "wall")):
            self.cover[name] = inland * hut[k : k + 1]
        whole = inland * hut[3:4]
        self.add(whole, 0.3, hut[4:], (cells[DISTANCE] / 26 + 0.5).clamp(0, 1), cells[SHADE])
        return inland - whole


class Stage(nn.Module):
    """Planes of the world as a camera sees it. One picture at a time: the batch is 1.

    Inputs
    ------
    biome [1, 4], season [1, 4] weights; camera; turn [1, 2] sine and cosine of the hour; time float64 [1] in seconds
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
        self.each_figure = nn.ModuleList(
            Branch(f"figure{k}", Figure(width), (1, 4 * FIGURE_PLANES, 1, 1), varies=True) for k in range(2)
        )
        self.figures = Branch("figures", Figures(), (1, 4 * FIGURES_PLANES, 1, 1), varies=True)
        self.sea = Branch("sea", Sea(), (1, 12, 1, 1), varies=True)
        self.moments = Branch("moments", Moments(width), (1, 8, HALF, half))

    def across(self, camera: Camera, parallax: Tensor) -> Tensor:
        """World columns [n, 256] of the layers whose parallax is [n, 1]."""
        return (self.columns - MIDDLE) / camera.zoom + MIDDLE + camera.x * 256.0 * parallax

    def crests(self, biome: Tensor, season: Tensor, camera: Camera, phase: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """Rows of the four crests and their ridge profile, both [4, 256]."""
        parallax = torch.tensor(PARALLAX).reshape(4, 1)
        x = self.across(camera, parallax) + 700.0 * torch.arange(4.0).reshape(4, 1)
        turn = torch.remainder(x, PERIOD) * (2 * torch.pi / PERIOD)
        angle = turn.repeat(2, 1).unsqueeze(-1) * self.frequency.unsqueeze(1) + phase[0].unsqueeze(1) * (2 * torch.pi)
        profile = (torch.sin(angle) * self.amplitude.unsqueeze(1)).sum(-1)
        low, ridge = profile[:4], profile[4:]
        mesa = 1.7 * torch.tanh(3 * (low - 0.35)) + 0.2 * low
        desert = biome[0, DESERT] * torch.tensor([1.0, 0.8, 0.0, 0.0]).reshape(4, 1)
        crest, hills, ridges = ((biome @ self.shape[k]).reshape(4, 1) for k in range(3))
        rows = crest - hills * (low * (1 - desert) + mesa * desert) - ridges * (ridge.abs() * 1.6 - 1 + 0.3 * ridge)
        # Blades of grass on the ground's crest: triangles two or three pixels apart, no two alike.
        place = torch.remainder(x[GROUND], PERIOD) * (1 / 3.2)
        number = torch.floor(place)
        tip = cell.reshape(-1, 4)[:1024, 0].index_select(0, torch.remainder(number * 7, 1024.0).to(torch.int64))
        high = (biome @ torch.tensor(GRASS).reshape(4, 1)) * (1 - 0.55 * single(season, WINTER))
        blades = tip * tip * (1 - (2 * (place - number) - 1).abs()) * high.reshape(1)
        return torch.cat([rows[:GROUND], rows[GROUND:] - blades.reshape(1, -1)]), ridge

    def cells(self, cell: Tensor, camera: Camera) -> Tensor:
        """The object of each column's cell, for the four rows of plants and the huts: distance to its stem in pixels, size, shade
        and kind (0-1), float32 [5, 4, 4, 1, 128] by phase."""
        row = torch.arange(len(CELL_LAYERS), dtype=torch.float32).reshape(-1, 1)
        spacing = torch.tensor(CELL_SPACING).reshape(-1, 1)
        x = self.across(camera, torch.tensor([PARALLAX[k] for k in CELL_LAYERS]).reshape(-1, 1)) + 311.0 * row
        number = torch.floor(x / spacing)
        index = torch.remainder(number, 256.0) + 256.0 * row
        chosen = cell.reshape(-1, 4).index_select(0, index.reshape(-1).to(torch.int64))
        random = chosen.reshape(len(CELL_LAYERS), 2 * self.half_width, 4)
        stem = (number + 0.5 + (random[..., 0] - 0.5) * 0.36) * spacing
        return phases(torch.stack([x - stem, random[..., 1], random[..., 2], random[..., 3]], 1))

    @staticmethod
    def light(turn: Tensor) -> tuple[Tensor, Tensor]:
        """Column of the light that casts shadows (sun, or the moon by night) and the length of shadows in heights, [1, 1]."""
        sine, cosine = single(turn, SINE), single(turn, COSINE)
        night = night_of(-cosine)
        return shadow_column(sine, night), (0.32 / cosine.abs().clamp(min=0.2)).clamp(max=1.4)

    def sky(
        self, camera: Camera, time: Tensor, audio: Tensor, heard: Tensor, event: Tensor, strike: Tensor, flash: Tensor,
        offset: Tensor
    ) -> list[Tensor]:  # fmt: skip
        """The planes that do not depend on the land, by phase: the seven fields of the air, an empty shadow, the marks of
        moments."""
        fields, motes = self.air(camera.x * camera.zoom, time, offset).split([4 * FIELDS - 4, 4], 1)
        gain = phases((audio[:, :BANDS] @ self.bands) * 1.5 + 0.15).reshape(1, 4, 1, self.half_width)
        motes = (motes * (1 + (gain - 1) * heard.reshape(1, 1, 1, 1))).clamp(max=1)
        strength = torch.cat([flash, event[:, FALLING_STAR : BIRDS + 1]], 1)
        return [fields, motes, torch.zeros_like(motes), self.moments(strength.amax(1, keepdim=True), strength, strike)]

    def forward(
        self, biome: Tensor, season: Tensor, camera: Camera, turn: Tensor, time: Tensor, storm: Tensor, energy: Tensor,
        audio: Tensor,
        heard: Tensor, event: Tensor, strike: Tensor, flash: Tensor, pose: Tensor, posed: Tensor, phase: Tensor, cell: Tensor,
        offset: Tensor,
    ) -> list[Tensor]:  # fmt: skip
        zoom = camera.zoom.reshape(1, 1, 1, 1)
        rows_of_pixels = (self.y - PIVOT) / zoom + PIVOT + camera.pitch.reshape(1, 1, 1, 1)
        wind = torch.remainder(time * 0.9, 2 * torch.pi).to(torch.float32)
        sway = torch.sin(wind) * (0.6 + 2.2 * storm + 1.0 * energy).reshape(1)
        air, motes, _, marks = self.sky(camera, time, audio, heard, event, strike, flash, offset)
        whole_texture, whole_ripple = plane_of([air], "texture", "cloud"), plane_of([air], "ripple", "cloud")

        rows, ridge = self.crests(biome, season, camera, phase, cell)
        land = self.land(rows, ridge)
        cells = self.cells(cell, camera)
        of_plants, of_huts = cells[: len(PLANTS)], cells[HUT_ROW]
        foot = land.rows.index_select(0, torch.tensor([p.layer for p in PLANTS])) + 1.5
        extent = self.extent(rows, foot, land.huts, of_plants[:, STATURE], camera, pose, posed)
        top, bottom, bands = extent
        y = cut(rows_of_pixels, top, bottom)
        texture, ripple = cut(whole_texture, top, bottom), cut(whole_ripple, top, bottom)

        bare = season[0, WINTER : WINTER + 1] + 0.35 * season[0, AUTUMN : AUTUMN + 1]
        alone, side, shade = self.plants(
            of_plants, foot, rows_of_pixels[0], whole_texture[0], top, bands[: len(PLANTS)], sway, biome, bare, zoom
        )
        light_x, length = self.light(turn)
        lean = ((phases(self.columns) - light_x.reshape(1, 1, 1)) * (1 / 128)).clamp(-1, 1) * length.reshape(1, 1, 1)
        shadow = shadows(of_plants[NEAREST], foot[NEAREST], y, lean)

        figures = self.both_figures(pose, posed, light_x, length, extent)
        taken, rear_limbs, body, front_limbs, *surface, their_shadow = figures.split(4, 1)
        shadow = torch.maximum(shadow, their_shadow)
        left = 1 - taken
        covers = {"rear_limbs": rear_limbs, "body": body, "front_limbs": front_limbs}
        scene = Composition({name: cover.expand_as(texture) for name, cover in covers.items()}, surface)
        left = scene.land(scene.plants(left, 3, alone, side, shade), GROUND, y, land, zoom)
        coast = biome[:, COAST].reshape(1, 1, 1, 1)
        shore = left * coast
        inland = left - shore
        start, end = bands[HUT_ROW]
        hut = set_in(self.huts(of_huts, land.huts, cut(rows_of_pixels[0], start, end), zoom), start - top, bottom - end)
        inland = scene.huts(inland, hut, of_huts)
        for row in (2, 1):
            inland = scene.plants(inland, row, alone, side, shade)
        inland = scene.land(inland, NEAR, y, land, zoom)
        sea, mirrored_mid, mirrored_far = self.sea(
            coast[0, 0], shore, y, ripple, land.crest[MID, 0], land.crest[FAR, 0], zoom
        ).split(4, 1)  # fmt: skip
        scene.add(sea, 0.5, None, 0.5, 0.5)
        behind = scene.land(scene.plants(inland + (shore - sea), 0, alone, side, shade), MID, y, land, zoom)
        scene.land(behind, FAR, y, land, zoom)
        # Water pixels carry what they reflect in the coverages of the two far layers.
        cover = scene.cover
        cover["water"] = sea.expand_as(texture)
        cover["mid"] = cover["mid"] + mirrored_mid
        cover["far"] = cover["far"] + mirrored_far
        planes, shadow = (
            set_in(x, top, bottom - HALF)
            for x in (torch.cat([*(cover[name] for name in PLANES[:COVERAGES]), *scene.surface], 1), shadow)
        )
        return [planes, air, motes, shadow, marks]

    def land(self, rows: Tensor, ridge: Tensor) -> Land:
        """The layers of crests and ridges [4, w] as ``crests`` makes them."""
        padded = F.pad(rows.unsqueeze(0), (4, 4), mode="replicate")
        mean = F.avg_pool1d(padded, 9, 1)[0]
        wide = F.pad(mean.unsqueeze(0), (2, 2), mode="replicate")[0]
        slope = phases(((wide[:, 4:] - wide[:, :-4]) * 0.2 + 0.5).clamp(0, 1)).unsqueeze(1)
        rough = phases((ridge * 0.12 + 0.5).clamp(0, 1)).unsqueeze(1)
        by_phase = phases(rows)
        crest = by_phase.unsqueeze(1)
        near = F.pad(rows[NEAR : NEAR + 1].unsqueeze(0), (12, 12), mode="replicate")
        return Land(by_phase, crest, slope, rough, phases(F.avg_pool1d(near, 25, 1)[0])[0] + 2)

    def extent(
        self, rows: Tensor, foot: Tensor, huts: Tensor, stature: Tensor, camera: Camera, pose: Tensor, posed: Tensor
    ) -> Extent:
        """The rows of pixels that are worked on: from the top of whatever stands highest, and a band for each row of things."""
        high = torch.cat([(foot - self.plants.tall(stature)).amin((1, 2, 3)), huts.amin().reshape(1) - HUT_HEIGHT])
        low = torch.cat([foot.amax((1, 2, 3)), huts.amax().reshape(1)])
        highest = torch.minimum(torch.minimum(rows.amin(), high.amin()), torch.tensor(WATER_LINE)) - 2
        first = self.pixels(highest.reshape(1), camera)
        top = torch.minimum(first, torch.floor(Figure.highest(pose, posed) * 0.5).to(torch.int64).clamp(0, HALF - 1))
        starts = torch.maximum(self.pixels(high - 2, camera), top).split(1)
        ends = (self.pixels(low + FOOT, camera) + 2).clamp(max=HALF)
        bands = list(zip(starts, torch.maximum(ends, torch.cat(starts) + 1).split(1), strict=True))
        return Extent(top, torch.full_like(top, HALF), bands)

    def both_figures(self, pose: Tensor, posed: Tensor, light_x: Tensor, length: Tensor, extent: Extent) -> Tensor:
        """The figures' planes from ``extent.top`` on, [1, 36, r, w / 2]. A figure is made only while it is visible."""
        there = [(posed * pose[:, n, :, VISIBILITY].amax(1, keepdim=True)).clamp(0, 1) for n in range(2)]
        light, pairs = torch.cat([light_x, length], 1), cut(self.y[0, :1], extent.top, extent.bottom) + 0.5
        both = [figure(there[n], pose[:, n], posed, light, pairs) for n, figure in enumerate(self.each_figure)]
        planes: Tensor = self.figures(torch.maximum(*there), *both)
        return planes

    @staticmethod
    def pixels(rows: Tensor, camera: Camera) -> Tensor:
        """The pairs of rows of pixels where rows of the world are seen, int64 [n] in 0 to 127."""
        seen = (rows - (PIVOT + camera.pitch.reshape(1))) * camera.zoom.reshape(1) + PIVOT
        return torch.floor(seen * 0.5).clamp(0, HALF - 1).to(torch.int64)
