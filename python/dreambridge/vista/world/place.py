"""What the camera sees of the land that no clock moves: crests, cells of plants and huts, and the rows of pixels where they are.

All of it depends on conditions alone. So in a bundle it is an encoder graph, which runs when one of them changes; the step graph
gets ``Lines`` and ``Extent`` as states.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.world.conditions import single
from dreambridge.vista.world.land import HUT_HEIGHT, MIN_HUT_SIZE
from dreambridge.vista.world.names import (
    COSINE,
    DESERT,
    FAR,
    FOREST,
    GROUND,
    HALF,
    HORIZON_ROW,
    MID,
    MIDDLE,
    MOUNTAIN,
    NEAR,
    SINE,
    SIZE,
    WATER_LINE,
    WINTER,
)  # fmt: skip
from dreambridge.vista.world.plants import BROAD, FOOT, HEIGHTS, MIN_SIZES, NEAREST, PLANTS, SHADOW_WIDTH, height
from dreambridge.vista.world.shapes import columns, phases
from dreambridge.vista.world.sun_moon import night_of, shadow_column
from dreambridge.vista.world.tables import PROFILES, WAVES

# By layer, from far to ground.
LAYERS = (FAR, MID, NEAR, GROUND)
PARALLAX = (0.10, 0.25, 0.50, 1.00)
# By biome (forest, desert, mountain, coast) and layer: crest row, height of the hills, of the ridges.
CREST = ((118, 142, 166, 212), (124, 144, 170, 214), (126, 150, 172, 212), (142, 152, 190, 216))
HILLS = ((13, 12, 11, 8), (17, 9, 9, 7), (22, 14, 9, 7), (9, 7, 5, 6))
RIDGES = ((5, 4, 3, 1.5), (1.5, 1, 0.8, 0.8), (9, 5, 2.5, 1.5), (3.5, 3, 1.5, 1.2))
GRASS = (4.2, 0.3, 1.8, 1.4)  # height of the blades on the ground's crest, by biome
PIVOT = float(HORIZON_ROW)  # the row that zooming leaves where it is
HUT_SPACING = 170.0
# By row of cells, the plants' and then the huts': the layer that it stands on, pixels from cell to cell.
CELL_LAYERS, CELL_SPACING = (*(p.layer for p in PLANTS), NEAR), (*(p.spacing for p in PLANTS), HUT_SPACING)
HUT_ROW = len(PLANTS)
PERIOD = 4096.0  # columns after which the land repeats


class Camera(NamedTuple):
    """Where the camera stands: [1, 1] each. ``x`` in screen widths, ``zoom`` 1 = whole picture, ``pitch`` in pixels."""

    x: Tensor
    zoom: Tensor
    pitch: Tensor


# What stands on the stage, each with its own surface, in the order in which ``Stage`` stacks them: four layers of land from
# far to ground, four rows of plants from far to near, the huts.
THINGS = tuple(range(len(LAYERS) + len(PLANTS) + 1))
HUTS = THINGS[-1]
DEPTH = (1.0, 0.66, 0.33, 0.05)  # of the layers of land
LAND_SOFT, PLANT_SOFT, FADE = 0.7, 0.6, 24.0  # pixels: how soft the rims are, and how deep the land's upper part reaches
ABSENT = -1e4  # a distance to a rim, in pixels, at which nothing can be seen


class Lines(NamedTuple):
    """Numbers of the picture's columns by phase, [n, 4, 1, w / 2]. Rows and heights are pixels of the world."""

    edge: Tensor  # where the layers of land begin, by the softness of their rims
    fade: Tensor  # how high their crests stand, as a power of e
    mirrored: Tensor  # rows of the crests that the sea reflects: middle, far
    hut_foot: Tensor
    hut_rims: Tensor  # distances to the sides of walls, roof and windows
    shadow: Tensor  # of the nearest plants: its row, and how deep it is
    surface: Tensor  # of ``THINGS``: where across the thing in 0-1 (or the slope of the land), then the shade in 0-1


LINES = {"edge": 4, "fade": 4, "mirrored": 2, "hut_foot": 1, "hut_rims": 3, "shadow": 2, "surface": 2 * len(THINGS)}


class Stems(NamedTuple):
    """Numbers of the columns in the four rows of plants, [4, 4, w / 2] (phases, rows of plants). All lengths are divided by
    the height of the plant, so that one formula does for all rows."""

    foot: Tensor
    pixel: Tensor
    distance: Tensor  # to the stem
    bend: Tensor  # how far it leans for each pixel of sway and square of the height
    shelf: Tensor  # where the shelves of a conifer begin
    rim: Tensor  # its lower rim; far below where nothing grows
    sharp: Tensor  # of the rims: height in pixels of the picture
    needles: Tensor  # weight of conifers
    leaves: Tensor  # weight of broad-leaved trees


class Extent(NamedTuple):
    """Where there is anything but sky, in pairs of rows of pixels: int64 [n]."""

    top: Tensor  # [1]
    starts: Tensor  # [5] of each row of plants, then of the huts
    ends: Tensor  # [5]
    below: Tensor  # [5] pairs of rows from there to the end of the picture
    first: Tensor  # [4] where the plants' pairs of rows are in a table of those of all four rows of plants
    last: Tensor  # [4]
    counts: Tensor  # [4] pairs of rows of each row of plants


EXTENT = {
    "top": 1,
    "starts": HUT_ROW + 1,
    "ends": HUT_ROW + 1,
    "below": HUT_ROW + 1,
    "first": HUT_ROW,
    "last": HUT_ROW,
    "counts": HUT_ROW,
}


def light_of(turn: Tensor) -> tuple[Tensor, Tensor]:
    """Column of the light that casts shadows (sun, or the moon by night) and the length of shadows in heights, [1, 1]."""
    sine, cosine = single(turn, SINE), single(turn, COSINE)
    night = night_of(-cosine)
    return shadow_column(sine, night), (0.32 / cosine.abs().clamp(min=0.2)).clamp(max=1.4)


class Place(nn.Module):
    """The still part of the stage. One picture at a time: the batch is 1.

    Inputs
    ------
    biome [1, 4], season [1, 4] weights; camera; turn [1, 2] sine and cosine of the hour; phase, cell: the world's tensors

    Returns
    -------
    lines, stems, extent
    """

    frequency: Tensor
    amplitude: Tensor
    shape: Tensor
    columns: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.half_width = width // 2
        waves = torch.arange(WAVES, dtype=torch.float32)
        low = 8 + 1.4 * waves
        ridge = 30 + 11.0 * waves
        amplitude = torch.stack([low**-1.3, ridge**-1.2]).repeat_interleave(PROFILES // 2, 0)
        amplitude = amplitude / (amplitude.square().sum(1, keepdim=True) / 2).sqrt()
        self.register_buffer("frequency", torch.stack([low.round(), ridge.round()]).repeat_interleave(PROFILES // 2, 0))
        self.register_buffer("amplitude", amplitude)
        self.register_buffer("shape", torch.tensor([CREST, HILLS, RIDGES], dtype=torch.float32))
        self.register_buffer("columns", columns(width))

    def forward(
        self, biome: Tensor, season: Tensor, camera: Camera, turn: Tensor, phase: Tensor, cell: Tensor
    ) -> tuple[Lines, Stems, Extent]:
        rows, ridge = self.crests(biome, season, camera, phase, cell)
        cells = self.cells(cell, camera)
        of_plants, of_huts = cells[: len(PLANTS)], cells[HUT_ROW]
        padded = F.pad(rows.unsqueeze(0), (4, 4), mode="replicate")
        mean = F.avg_pool1d(padded, 9, 1)[0]
        wide = F.pad(mean.unsqueeze(0), (2, 2), mode="replicate")[0]
        slope = phases(((wide[:, 4:] - wide[:, :-4]) * 0.2 + 0.5).clamp(0, 1))
        rough = phases((ridge * 0.12 + 0.5).clamp(0, 1))
        crest = phases(rows)
        near = F.pad(rows[NEAR : NEAR + 1].unsqueeze(0), (12, 12), mode="replicate")
        huts = phases(F.avg_pool1d(near, 25, 1)[0])[0] + 2
        foot = crest.index_select(0, torch.tensor([p.layer for p in PLANTS])) + 1.5

        stem, size, shade, kind = of_plants.unbind(1)
        usual = torch.tensor(HEIGHTS).reshape(-1, 1, 1, 1)
        tall = height(usual, size)
        forest, mountain = biome[0, FOREST], biome[0, MOUNTAIN]
        leafy = (kind < BROAD).to(torch.float32)
        leaves = leafy * forest
        grows = size > torch.tensor(MIN_SIZES).reshape(-1, 1, 1, 1)
        absent = torch.full_like(size, ABSENT)
        inverse = 1 / tall
        zoom = camera.zoom.reshape(1, 1, 1, 1)
        stems = Stems(*(line.squeeze(2).transpose(0, 1) for line in (
            foot * inverse, inverse, stem * inverse, (usual / 60.0) * inverse, size * 3, torch.where(grows, (foot + 2) *
            inverse, absent), tall * (0.5 / PLANT_SOFT) * zoom, (1 - leafy) * forest + mountain, leaves,
        )))  # fmt: skip

        light_x, length = light_of(turn)
        lean = ((phases(self.columns) - light_x.reshape(1, 1, 1)) * (1 / 128)).clamp(-1, 1) * length.reshape(1, 1, 1)
        reach = (lean * 20.0).clamp(-16, 16)
        along = (stem[NEAREST:] - reach) / (reach.abs() + 0.13 * tall[NEAREST:])
        shadow = [(foot[NEAREST:] + 5) * SHADOW_WIDTH, (1.5 - 1.2 * along.square()) * grows[NEAREST:].to(torch.float32)]

        distance, hut_size, hut_shade, _ = of_huts.unsqueeze(1).unbind(0)
        away = distance.abs()
        rims = torch.cat([9.5 - away, 13 + 12.5 - away, 2.0 - (away - 4.6).abs()])
        rims = torch.where(hut_size > MIN_HUT_SIZE, rims, torch.full_like(rims, ABSENT))
        sides = torch.cat([slope, (stem / (0.5 * tall) + 0.5).clamp(0, 1), (distance / 26 + 0.5).clamp(0, 1)])
        shades = torch.cat([rough, 0.4 * shade + 0.6 * leaves, hut_shade])
        lines = Lines(
            crest * (zoom * (0.5 / LAND_SOFT)) - 0.5, torch.exp(crest * (1 / FADE)), torch.cat([crest[MID : MID + 1],
            crest[FAR : FAR + 1]]), huts.unsqueeze(0), rims, torch.cat(shadow), torch.cat([sides, shades]),
        )  # fmt: skip
        return lines, stems, self.extent(rows, foot, huts, tall, camera)

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

    def extent(self, rows: Tensor, foot: Tensor, huts: Tensor, tall: Tensor, camera: Camera) -> Extent:
        """The rows of pixels that are worked on: from the top of whatever stands highest, and a band for each row of things."""
        high = torch.cat([(foot - tall).amin((1, 2, 3)), huts.amin().reshape(1) - HUT_HEIGHT])
        low = torch.cat([foot.amax((1, 2, 3)), huts.amax().reshape(1)])
        highest = torch.minimum(torch.minimum(rows.amin(), high.amin()), torch.tensor(WATER_LINE)) - 2
        top = pixels(highest.reshape(1), camera)
        starts = pixels(high - 2, camera)
        ends = torch.maximum((pixels(low + FOOT, camera) + 2).clamp(max=HALF), starts + 1)
        shift = torch.arange(len(PLANTS)) * HALF
        plants = slice(0, HUT_ROW)
        return Extent(top, starts, ends, HALF - ends, starts[plants] + shift, ends[plants] + shift, (ends - starts)[plants])


def pixels(rows: Tensor, camera: Camera) -> Tensor:
    """The pairs of rows of pixels where rows of the world are seen, int64 [n] in 0 to 127."""
    seen = (rows - (PIVOT + camera.pitch.reshape(1))) * camera.zoom.reshape(1) + PIVOT
    return torch.floor(seen * 0.5).clamp(0, HALF - 1).to(torch.int64)


def packed(lines: Lines, stems: Stems, extent: Extent) -> tuple[Tensor, Tensor, Tensor]:
    """As three states: float32 [1, 34, w], float32 [1, 36, w], int64 [1, 28].

    Phases 0 and 1, the even and the odd columns of the even rows, are also those of the odd rows.
    """
    each = torch.cat(list(lines))[:, :2, 0]
    plants = torch.stack(list(stems))[:, :2]
    states = each.reshape(1, int(each.shape[0]), -1), plants.reshape(1, len(Stems._fields) * len(PLANTS), -1)
    return *states, torch.cat(list(extent)).reshape(1, -1)


def unpacked(each: Tensor, plants: Tensor, rows: Tensor) -> tuple[Lines, Stems, Extent]:
    """The reverse of ``packed``."""
    half = int(each.shape[2]) // 2
    lines = each.reshape(-1, 2, 1, half)
    stems = plants.reshape(len(Stems._fields), 2, len(PLANTS), half)
    return (
        Lines(*torch.cat([lines, lines], 1).split(list(LINES.values()))),
        Stems(*torch.cat([stems, stems], 1).unbind(0)),
        Extent(*rows.reshape(-1).split(list(EXTENT.values()))),
    )
