"""The stage: an analytic G-buffer of the world, made directly as four half-size phases (2 x 2 packed planes).

Evaluating each formula at the even and odd rows and columns packs the planes for free; packing full-size planes inside ONNX
Runtime would cost milliseconds. Phase ``2 * dy + dx`` holds the pixels ``(2 i + dy, 2 j + dx)``, the order of
``torch.pixel_unshuffle``.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dreambridge.vista.world.air import Air
from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.conditions import single
from dreambridge.vista.world.figure import FIGURES_PLANES, BothFigures, Highest
from dreambridge.vista.world.joints import VISIBILITY
from dreambridge.vista.world.land import Huts, Sea
from dreambridge.vista.world.moments import Moments
from dreambridge.vista.world.names import (
    AUTUMN,
    BANDS,
    BIRDS,
    COAST,
    FALLING_STAR,
    FAR,
    GROUND,
    HALF,
    MID,
    NEAR,
    SIZE,
    WINTER,
)
from dreambridge.vista.world.phases import plane_of
from dreambridge.vista.world.place import (
    DEPTH,
    FADE,
    HUT_ROW,
    HUTS,
    LAND_SOFT,
    LAYERS,
    PIVOT,
    THINGS,
    Camera,
    Extent,
    Lines,
    Place,
    Stems,
    light_of,
)
from dreambridge.vista.world.plants import PLANTS, SHADOW_WIDTH, Plants
from dreambridge.vista.world.rows import cut, parted, set_in, total
from dreambridge.vista.world.seen import Laid, found
from dreambridge.vista.world.shapes import columns, phases

# The depth of ``THINGS`` in 0-1: a plant stands a little before its layer, the huts before the near land.
DEPTHS = (*DEPTH, *(DEPTH[p.layer] * 0.9 for p in PLANTS), 0.3)


class Sky(NamedTuple):
    """The planes that do not depend on the land, by phase."""

    fields: Tensor  # [1, 24, 128, w / 2] the first six fields of the air
    motes: Tensor  # [1, 4, 128, w / 2]
    marks: Tensor  # [1, 8, 128, w / 2] of moments, or zeros that broadcast with it
    strength: Tensor  # [1, 1] of the moments


class Rare(nn.Module):
    """Coverages of water [1, 4, r, w / 2] and of figures [1, 12, r, w / 2], from the pair of rows ``top`` on, and marks of
    moments
    [1, 8, 128, w / 2]; each may have one row and one column instead -> planes [1, 24, 128, w / 2]. ``like`` [1, 12, r, w /
    2] has the rows."""

    def forward(self, water: Tensor, figures: Tensor, marks: Tensor, like: Tensor, top: Tensor) -> Tensor:
        covers = set_in(torch.cat([water.expand_as(like[:, :4]), figures.expand_as(like)], 1), top, 0 * top)
        return torch.cat([covers, marks + torch.zeros(1, 8, HALF, int(like.shape[3]))], 1)


class Breeze(NamedTuple):
    """What hour, season and weather mean for what stands on the stage, [1, 1] each."""

    sway: Tensor  # how far plants lean in the wind, in pixels
    bare: Tensor  # share of the leaves that have fallen
    light_x: Tensor  # column of the light that casts shadows
    shadow: Tensor  # length of shadows in heights


def breeze_of(season: Tensor, turn: Tensor, storm: Tensor, energy: Tensor) -> Breeze:
    """Of season [1, 4], sine and cosine of the hour [1, 2], storm and energy [1, 1]."""
    bare = single(season, WINTER) + 0.35 * single(season, AUTUMN)
    return Breeze(0.6 + 2.2 * storm + 1.0 * energy, bare, *light_of(turn))


class Stage(nn.Module):
    """Planes of the world as a camera sees it. One picture at a time: the batch is 1.

    Inputs
    ------
    biome [1, 4], season [1, 4] weights; camera; turn [1, 2] sine and cosine of the hour; time float64 [1] in seconds
    storm, energy [1, 1] in 0-1; audio [1, 17] (16 bands, onset) and its presence [1, 1]
    event [1, 4] strengths of the moments; flash [1, 1]: how brightly the lightning strikes
    pose [1, 2, 17, 3] and its presence [1, 1]; phase, cell, offset: the world's three tensors

    Returns
    -------
    planes by phase, in 0-1; w = 256, or 448
    """

    y: Tensor
    columns: Tensor
    bands: Tensor
    depths: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.half_width = half = width // 2
        row = torch.arange(0, SIZE, 2, dtype=torch.float32)
        self.register_buffer("y", torch.stack([row, row, row + 1, row + 1]).reshape(1, 4, HALF, 1))
        self.register_buffer("columns", columns(width))
        at = torch.linspace(-0.5, BANDS - 0.5, width).clamp(0, BANDS - 1)
        bands = (1 - (at[None] - torch.arange(BANDS)[:, None]).abs()).clamp(0, 1) * 1.5
        # by phase, so that one product makes the line of all four
        self.register_buffer("bands", phases(bands).reshape(BANDS, 4 * half))
        self.register_buffer("depths", torch.tensor([DEPTHS]))
        self.place = Place(width)
        self.air, self.plants, self.huts = Air(width), Plants(), Huts()
        self.figures = Branch("figures", BothFigures(width), (1, 4 * FIGURES_PLANES, 1, 1), varies=True)
        self.highest = Branch("highest", Highest(), (1,), keep=True)
        self.sea = Branch("sea", Sea(), (1, 16, 1, 1), varies=True)
        self.moments = Branch("moments", Moments(width), (1, 8, 1, 1), varies=True)
        self.rare = Branch("rare", Rare(), (1, 24, 1, 1), varies=True)

    def sky(
        self, camera: Camera, time: Tensor, audio: Tensor, heard: Tensor, event: Tensor, flash: Tensor, offset: Tensor
    ) -> Sky:
        """What does not depend on the land."""
        fields, motes = self.air(camera.x * camera.zoom, time, offset)
        gain = (audio[:, :BANDS] @ self.bands + (0.15 - 1)) * heard + 1
        motes = (motes * gain.reshape(1, 4, 1, self.half_width)).clamp(max=1)
        strength = torch.cat([flash, event[:, FALLING_STAR : BIRDS + 1]], 1)
        most = strength.amax(1, keepdim=True)
        return Sky(fields, motes, self.moments(most, strength, time), most)

    def forward(
        self, biome: Tensor, season: Tensor, camera: Camera, turn: Tensor, time: Tensor, storm: Tensor, energy: Tensor,
        audio: Tensor, heard: Tensor, event: Tensor, flash: Tensor, pose: Tensor, posed: Tensor, phase: Tensor, cell: Tensor,
        offset: Tensor,
    ) -> Laid:  # fmt: skip
        lines, stems, extent = self.place(biome, season, camera, turn, phase, cell)
        sky = self.sky(camera, time, audio, heard, event, flash, offset)
        breeze = breeze_of(season, turn, storm, energy)
        return self.stand(lines, stems, extent, sky, biome, camera, time, breeze, pose, posed)

    def stand(
        self, lines: Lines, stems: Stems, extent: Extent, sky: Sky, biome: Tensor, camera: Camera, time: Tensor, breeze: Breeze,
        pose: Tensor, posed: Tensor,
    ) -> Laid:  # fmt: skip
        """The planes of ``sky`` and of what stands on the land that ``place`` laid out."""
        zoom = camera.zoom.reshape(1, 1, 1, 1)
        rows_of_pixels = (self.y - PIVOT) / zoom + PIVOT + camera.pitch.reshape(1, 1, 1, 1)
        each = (pose[0, :, :, VISIBILITY].amax(1) * posed.reshape(1)).clamp(0, 1)
        there = each.amax().reshape(1, 1)
        top, bottom = self.top(extent, there, pose, posed), torch.full_like(extent.top, HALF)
        y = cut(rows_of_pixels, top, bottom)
        wind = torch.remainder(time * 0.9, 2 * torch.pi).to(torch.float32)
        sway, bare = torch.sin(wind) * breeze.sway.reshape(1), breeze.bare.reshape(1)
        texture = plane_of([sky.fields], "texture", "cloud")
        alone, high = self.plants(stems, extent.first, extent.last, rows_of_pixels[0], texture[0], sway, biome, bare)
        starts, ends, below = ((extent.starts - top).split(1), (extent.ends - top).split(1), extent.below.split(1))
        shares = [
            [set_in(part, *place) for part, *place in zip(parted(whole, extent.counts, 1), starts, below, strict=False)]
            for whole in (alone, alone * high)
        ]

        figures = self.figures(there, pose, posed, each, torch.cat([breeze.light_x, breeze.shadow], 1), top, bottom)
        taken, rear_limbs, body, front_limbs, *surface, their_shadow = figures.split(4, 1)
        shadow = torch.maximum((lines.shadow[1:] - (y * SHADOW_WIDTH - lines.shadow[:1]).square()).clamp(0, 1), their_shadow)
        edges, fades = lines.edge.split(1), lines.fade.split(1)
        edge_rows, fade_rows = y * (zoom * (0.5 / LAND_SOFT)), torch.exp(y * (-1 / FADE))
        alphas, local = [taken] * len(THINGS), []

        def land(left: Tensor, k: int) -> Tensor:
            """Adds one layer of land; what it leaves free."""
            alphas[k] = own = left * (edge_rows - edges[k]).clamp(0, 1)
            local.append(own * (fades[k] * fade_rows).clamp(max=1))
            return left - own

        def plants(left: Tensor, row: int) -> Tensor:
            """Adds one row of plants; what it leaves free."""
            alphas[len(LAYERS) + row] = own = shares[0][row] * left
            local.append(shares[1][row] * left)
            return left - own

        left = land(plants(1 - taken, 3), GROUND)
        coast = single(biome, COAST)
        start, end = starts[HUT_ROW], ends[HUT_ROW]
        inland = left * (1 - coast.reshape(1, 1, 1, 1))
        hut = self.huts(lines.hut_rims, lines.hut_foot[0], cut(y[0], start, end), zoom[0]) * cut(inland, start, end)
        huts, alphas[HUTS], own = (
            set_in(part.reshape(1, 4 * n, -1, self.half_width), start, below[HUT_ROW])
            for part, n in zip(hut.split([3, 1, 1]), (3, 1, 1), strict=True)
        )
        local.append(own)
        behind = land(plants(plants(inland - alphas[HUTS], 2), 1), NEAR)
        sea = self.sea(coast, left, coast, y, sky.fields, top, lines.mirrored, zoom)
        water, mirrored_mid, mirrored_far, shore = sea.split(4, 1)
        land(land(plants(behind + shore, 0), MID), FAR)

        stacked, number = torch.cat(alphas), len(THINGS)
        of_each = (stacked * lines.surface.reshape(2, number, 4, 1, self.half_width)).reshape(2, number, -1)
        across = torch.matmul(torch.ones(1, number), of_each).reshape(2, 4, -1, self.half_width)
        depth = torch.matmul(self.depths, stacked.reshape(number, -1)).reshape(1, 4, -1, self.half_width)
        side, variation = across.split(1)
        # Water lies halfway in everything, and its pixels carry what they reflect in the coverages of the two far layers.
        half = 0.5 * water
        plant, variation = total(*alphas[len(LAYERS) : HUTS]), total(variation, surface[3], half)
        planes = torch.cat([
            alphas[FAR] + mirrored_far, alphas[MID] + mirrored_mid, alphas[NEAR], alphas[GROUND], plant, huts,
            total(depth, surface[0], half), total(*local, surface[1]), total(side, surface[2], half), variation,
            found(plant, variation, cut(texture, top, bottom), alphas[GROUND], alphas[NEAR]),
        ], 1)  # fmt: skip
        nothing = 0 * top
        weight = torch.cat([coast, there, sky.strength], 1).amax(1, keepdim=True)
        rare = self.rare(weight, water, torch.cat([rear_limbs, body, front_limbs], 1), sky.marks, huts, top)
        return Laid([set_in(planes, top, nothing), sky.fields, sky.motes, set_in(shadow, top, nothing)], rare, weight)

    def top(self, extent: Extent, there: Tensor, pose: Tensor, posed: Tensor) -> Tensor:
        """The first pair of rows of pixels that holds anything but sky, with the figures: int64 [1]."""
        top: Tensor = self.highest(there, extent.top.to(torch.float32), pose, posed)
        return top.to(torch.int64)
