"""Trees, cacti and palms: signed distances around the stem of each column's cell. Only the kinds that grow somewhere are
computed."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.names import GROUND, HALF, MID, NEAR
from dreambridge.vista.world.rows import cut


class PlantRow(NamedTuple):
    """A row of plants: the layer of land that it stands on, pixels from one plant to the next, their height in pixels, and the
    size (0-1) below which a cell stays empty."""

    layer: int
    spacing: float
    height: float
    least: float


# By row of cells, from far to near; one more row of cells is for the huts.
PLANTS = (
    PlantRow(MID, 11.0, 16.0, 0.25), PlantRow(NEAR, 19.0, 29.0, 0.20), PlantRow(NEAR, 27.0, 38.0, 0.35),
    PlantRow(GROUND, 61.0, 80.0, 0.42),
)  # fmt: skip
NEAREST = len(PLANTS) - 1
HEIGHTS, MIN_SIZES = [p.height for p in PLANTS], [p.least for p in PLANTS]
# The discs of a broad crown in heights of the tree: to the side, up, radius.
CROWN = ((0.0, 0.72, 0.25), (-0.17, 0.55, 0.19), (0.18, 0.52, 0.20))
BROAD = 0.52  # in a forest, cells whose kind is below this grow a broad-leaved tree, the others a conifer
FOOT = 3.0  # rows that a plant reaches below its foot
SHADOW_WIDTH = 1.2**0.5 / 5.5  # by which rows count in the shadow of a plant


class Grown(NamedTuple):
    """The pixels around the plants, [4, n, w / 2] each: the pairs of rows of all rows of plants one after another, by phase.
    Lengths are divided by the height of the plant."""

    up: Tensor  # height above the foot
    side: Tensor  # distance to the swaying stem
    lean: Tensor  # the same without its sign
    column: Tensor  # distance to the stem at its foot, without its sign
    rim: Tensor  # height above the lower rim
    pixel: Tensor
    shelf: Tensor
    texture: Tensor  # in 0-1, in pixels


class Kind(nn.Module, ABC):
    """Adds one kind of plant: what is there [4, n, w / 2], its weight [4, n, w / 2] or a number, the share of the leaves
    that have
    fallen [1], then ``Grown`` -> what is there and its signed distances to the rim, above 0 inside, times the weight."""

    first = False  # nothing is there before

    def forward(self, there: Tensor, weight: Tensor, bare: Tensor, *grown: Tensor) -> Tensor:
        own = self.shape(Grown(*grown), bare) * weight
        return own if self.first else there + own

    @abstractmethod
    def shape(self, g: Grown, bare: Tensor) -> Tensor:
        """The signed distance, divided by the height."""


def least(*values: Tensor) -> Tensor:
    """The least of several tensors."""
    out = values[0]
    for v in values[1:]:
        out = torch.minimum(out, v)
    return out


def most(*values: Tensor) -> Tensor:
    """The greatest of several tensors."""
    out = values[0]
    for v in values[1:]:
        out = torch.maximum(out, v)
    return out


class Conifer(Kind):
    """Sloping shelves of needles on a trunk."""

    first = True

    def shape(self, g: Grown, bare: Tensor) -> Tensor:
        shelf = g.up * 5.0 + g.shelf
        shelf = shelf - torch.floor(shelf)
        crown = (1 - g.up) * (0.24 * 1.12 - 0.24 * 0.5 * shelf) - g.lean
        return most(least(crown, g.up - 0.06), least(0.035 - g.lean, g.rim, 0.1 - g.up))


class Broad(Kind):
    """A crown of three discs on a forked trunk; the gaps between leaves grow as they fall."""

    def shape(self, g: Grown, bare: Tensor) -> Tensor:
        # Leaves fall first where the texture is low.
        gaps = (g.texture * 34.0 + ((1 - bare) * 2.0 - (0.42 + 0.11 * bare) * 34.0)) * g.pixel
        # Each disc is (r^2 - (side - x)^2 - (up - y)^2) / 2 r: near the rim this is the distance, without a square root. The
        # squares are common to all three.
        squares = g.side.square() + g.up.square()
        discs = []
        for x, high, radius in CROWN:
            disc = g.up * (high / radius) - squares * (0.5 / radius) + 0.5 * (radius**2 - x**2 - high**2) / radius
            discs.append(disc + g.side * (x / radius) if x else disc)
        above = g.up - 0.34
        branch = least(0.02 - (g.lean - 0.24 * above).abs(), above, 0.74 - g.up)
        trunk = least(0.035 - g.lean, g.rim, 0.72 - g.up)
        return most(least(most(*discs), gaps), branch, trunk)


class Cactus(Kind):
    """A trunk, two upright arms, and the bar that joins them."""

    def shape(self, g: Grown, bare: Tensor) -> Tensor:
        arm = least(0.038 - (g.column - 0.17).abs(), g.up - 0.30, 0.56 - g.up)
        bar = least(0.20 - g.column, 0.032 - (g.up - 0.32).abs())
        return most(least(0.06 - g.column, 0.72 - g.up), arm, bar)


class Palm(Kind):
    """A thin trunk and three pairs of fronds."""

    def shape(self, g: Grown, bare: Tensor) -> Tensor:
        palm = least(g.pixel + 0.012 - g.lean, 0.82 - g.up)
        thick = (1.1 - g.column / 0.32) * 0.055
        squares = g.column * g.column
        fronds = [
            thick - (g.up - (0.80 - squares * (bow / 0.34) + rise * g.column)).abs()
            for bow, rise in ((1.5, 0.9), (1.1, 0.1), (0.5, -0.8))
        ]
        return most(palm, *fronds)


class Plants(nn.Module):
    """The four rows of plants, each by itself, before one hides another.

    Inputs
    ------
    stems : of ``place.Stems``: foot, pixel, distance, bend, shelf, rim, sharp, needles, leaves, [4, 4, w / 2] each
    first, last : int64 [4] where the pairs of rows of each row of plants are in a table of 4 * 128
    y : [4, 128, 1] rows of the pixels by phase
    texture : [4, 128, w / 2] in 0-1
    sway : [1] lean in pixels
    biome : [1, 4] weights
    bare : [1] share of the leaves that have fallen

    Returns
    -------
    coverage and height on the plant, both in 0-1, [4, n, w / 2] each: the pairs of rows of all rows of plants one after another
    """

    place: Tensor
    row: Tensor
    pair: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conifer, self.broad, self.cactus, self.palm = (
            Branch(n, k, (1, 1, 1), keep=True, varies=True)
            for n, k in (("conifer", Conifer()), ("broad", Broad()), ("cactus", Cactus()), ("palm", Palm()))
        )
        self.register_buffer("place", torch.arange(len(PLANTS) * HALF))
        self.register_buffer("row", torch.arange(len(PLANTS)).repeat_interleave(HALF))
        self.register_buffer("pair", torch.arange(HALF).repeat(len(PLANTS)))

    def forward(
        self, stems: Sequence[Tensor], first: Tensor, last: Tensor, y: Tensor, texture: Tensor, sway: Tensor, biome: Tensor,
        bare: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        place = torch.cat([cut(self.place, a, b, 0) for a, b in zip(first.split(1), last.split(1), strict=True)])
        row, pair = self.row.index_select(0, place), self.pair.index_select(0, place)
        foot, pixel, distance, bend, shelf, rim, sharp, needles, leaves = (line.index_select(1, row) for line in stems)
        down = y.index_select(1, pair) * pixel
        up = foot - down
        side = distance - up * up * (bend * sway)
        grown = Grown(up, side, side.abs(), distance.abs(), rim - down, pixel, shelf, texture.index_select(1, pair))
        forest, desert, mountain, coast = biome.split(1, 1)
        shape = torch.zeros(1, 1, 1)
        for kind, there, weight in (
            (self.conifer, forest + mountain, needles), (self.broad, forest, leaves),
            (self.cactus, desert, desert.reshape(1, 1, 1)),
            (self.palm, coast, coast.reshape(1, 1, 1)),
        ):  # fmt: skip
            shape = kind(there, shape, weight, bare, *grown)
        return (torch.minimum(shape, grown.rim) * sharp + 0.5).clamp(0, 1), up.clamp(0, 1)


def height(usual: Tensor | float, size: Tensor) -> Tensor:
    """Height in pixels of plants of those sizes (0-1), in a row of the given usual height."""
    return usual * (0.5 + 0.6 * size)
