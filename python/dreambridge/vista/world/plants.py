"""Trees, cacti and palms: signed distances around the stem of each column's cell. Only the kinds that grow somewhere are
computed."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.names import GROUND, HALF, MID, NEAR, SIZE
from dreambridge.vista.world.rows import cut, set_in
from dreambridge.vista.world.shapes import edge


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
# The four numbers of a column's cell: distance to its stem in pixels, and size, shade and kind in 0-1.
DISTANCE, STATURE, SHADE, KIND = range(4)
# The discs of a broad crown in heights of the tree: to the side, up, radius.
CROWN = ((0.0, 0.72, 0.25), (-0.17, 0.55, 0.19), (0.18, 0.52, 0.20))
BROAD = 0.52  # in a forest, cells whose kind is below this grow a broad-leaved tree, the others a conifer
FOOT = 3.0  # rows that a plant reaches below its foot


class Kind(nn.Module, ABC):
    """One kind of plant in all rows of plants: signed distances to its rim (in pixels, above 0 inside) times its weight.

    Inputs
    ------
    weight, tall, size, dx : [4, 4, 1, w / 2] (rows of plants, phases): weight of the kind, height in pixels, size, distance to
        the stem in pixels
    bare : [1] share of the leaves that have fallen
    bands : for each of the four rows of plants [4, r, w / 2], in the rows of pixels where it stands: the height above its foot;
        then for each the distance to the swaying stem, both in pixels; then for each the texture in 0-1

    Returns
    -------
    [n], the rows of plants one after another, flattened; n is the sum of 4 * r * w / 2
    """

    def forward(self, weight: Tensor, tall: Tensor, size: Tensor, dx: Tensor, bare: Tensor, *bands: Tensor) -> Tensor:
        rows = len(PLANTS)
        flat = [
            self.shape(tall[k], size[k], dx[k].abs(), bare, bands[k], bands[rows + k], bands[2 * rows + k]) * weight[k]
            for k in range(rows)
        ]
        return torch.cat([f.reshape(-1) for f in flat])

    @abstractmethod
    def shape(
        self, tall: Tensor, size: Tensor, column: Tensor, bare: Tensor, up: Tensor, side: Tensor, texture: Tensor
    ) -> Tensor:
        """The signed distance of one row of plants."""


class Conifer(Kind):
    """Sloping shelves of needles on a trunk."""

    def shape(
        self, tall: Tensor, size: Tensor, column: Tensor, bare: Tensor, up: Tensor, side: Tensor, texture: Tensor
    ) -> Tensor:
        lean = side.abs()
        shelf = up * (5.0 / tall) + size * 3
        shelf = shelf - torch.floor(shelf)
        crown = (tall - up) * (0.24 * 1.12 - 0.24 * 0.5 * shelf) - lean
        trunk = torch.minimum(torch.minimum(0.035 * tall - lean, up + 2), 0.1 * tall - up)
        return torch.maximum(torch.minimum(crown, up - 0.06 * tall), trunk)


class Broad(Kind):
    """A crown of three discs on a forked trunk; the gaps between leaves grow as they fall."""

    def shape(
        self, tall: Tensor, size: Tensor, column: Tensor, bare: Tensor, up: Tensor, side: Tensor, texture: Tensor
    ) -> Tensor:
        # Leaves fall first where the texture is low.
        gaps = texture * 34.0 + ((1 - bare) * 2.0 - (0.42 + 0.11 * bare) * 34.0)
        lean = side.abs()
        # Each disc is (r^2 - (side - x)^2 - (up - y)^2) / 2 r: near the rim this is the distance in pixels, without a square
        # root. The squares over the height are common to all three and computed once.
        squares = (side.square() + up.square()) * (1 / tall)
        leaves: Tensor | None = None
        for x, high, radius in CROWN:
            disc = up * (high / radius) - squares * (0.5 / radius) + tall * (0.5 * (radius**2 - x**2 - high**2) / radius)
            if x:
                disc = disc + side * (x / radius)
            leaves = disc if leaves is None else torch.maximum(leaves, disc)
        assert leaves is not None
        above = up - 0.34 * tall
        branch = torch.minimum(0.02 * tall - (lean - 0.24 * above).abs(), torch.minimum(above, 0.74 * tall - up))
        trunk = torch.minimum(torch.minimum(0.035 * tall - lean, up + 2), 0.72 * tall - up)
        return torch.maximum(torch.minimum(leaves, gaps), torch.maximum(branch, trunk))


class Cactus(Kind):
    """A trunk, two upright arms, and the bar that joins them."""

    def shape(
        self, tall: Tensor, size: Tensor, column: Tensor, bare: Tensor, up: Tensor, side: Tensor, texture: Tensor
    ) -> Tensor:
        low, high = 0.30 * tall, 0.56 * tall
        arm = torch.minimum(0.038 * tall - (column - 0.17 * tall).abs(), torch.minimum(up - low, high - up))
        bar = torch.minimum(0.20 * tall - column, 0.032 * tall - (up - 0.32 * tall).abs())
        return torch.maximum(torch.minimum(0.06 * tall - column, 0.72 * tall - up), torch.maximum(arm, bar))


class Palm(Kind):
    """A thin trunk and three pairs of fronds."""

    def shape(
        self, tall: Tensor, size: Tensor, column: Tensor, bare: Tensor, up: Tensor, side: Tensor, texture: Tensor
    ) -> Tensor:
        palm = torch.minimum(1.0 + 0.012 * tall - side.abs(), 0.82 * tall - up)
        thick = (1.1 - column / (0.32 * tall)) * 0.055 * tall
        for bow, rise in ((1.5, 0.9), (1.1, 0.1), (0.5, -0.8)):
            spine = 0.80 * tall - bow * column * column / (0.34 * tall) + rise * column
            palm = torch.maximum(palm, thick - (up - spine).abs())
        return palm


class Plants(nn.Module):
    """The four rows of plants, each by itself, before one hides another.

    Inputs
    ------
    cells : [4, 4, 4, 1, w / 2] for each column's cell: distance to its stem in pixels, size, shade, kind (the last three in 0-1)
    foot : [4, 4, 1, w / 2] row of the ground
    y : [4, 128, 1] rows of the pixels by phase
    texture : [4, 128, w / 2] in 0-1
    top : int64 [1] first pair of rows of the result
    bands : for each row of plants, first and end of the pairs of rows where it stands, int64 [1] each
    sway : [1] lean in pixels
    biome : [1, 4] weights
    bare : [1] share of the leaves that have fallen
    sharp : [1, 1, 1, 1] zoom of the camera

    Returns
    -------
    for each row of plants, its coverage and the height on the plant, both in 0-1: [2, 4, rows from top on, w / 2]
    side and shade in 0-1, [4, 4, 1, w / 2] each; the shade of leaves that turn with the season is above 0.5
    """

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.half_width = width // 2
        self.conifer, self.broad, self.cactus, self.palm = (
            Branch(n, k, (1,), varies=True)
            for n, k in (("conifer", Conifer()), ("broad", Broad()), ("cactus", Cactus()), ("palm", Palm()))
        )

    @staticmethod
    def tall(size: Tensor) -> Tensor:
        """Heights in pixels of plants of those sizes, [4, 4, 1, w / 2]."""
        return height(torch.tensor(HEIGHTS).reshape(-1, 1, 1, 1), size)

    def forward(
        self, cells: Tensor, foot: Tensor, y: Tensor, texture: Tensor, top: Tensor, bands: list[tuple[Tensor, Tensor]],
        sway: Tensor, biome: Tensor, bare: Tensor, sharp: Tensor,
    ) -> tuple[list[Tensor], Tensor, Tensor]:  # fmt: skip
        dx, size, shade, kind = cells.unbind(1)
        # Whatever depends on the column alone is computed on one row; few operators run over the whole band.
        tall = self.tall(size)
        bend = sway * (torch.tensor(HEIGHTS).reshape(-1, 1, 1, 1) / 60.0) / (tall * tall)
        forest, desert, mountain, coast = biome.split(1, 1)
        leafy = (kind < BROAD).to(torch.float32)
        turning = leafy * forest[0, 0]
        needles = (1 - leafy) * forest[0, 0] + mountain[0, 0]
        each = torch.ones_like(size)
        ups, sides, grain = [], [], []
        for k, (start, end) in enumerate(bands):
            ups.append(foot[k] - cut(y, start, end))
            sides.append(dx[k] - ups[k] * ups[k] * bend[k])
            grain.append(cut(texture, start, end))
        along = (tall, size, dx, bare, *ups, *sides, *grain)
        shape = self.conifer(forest + mountain, needles, *along)
        shape = shape + self.broad(forest, turning, *along)
        shape = shape + self.cactus(desert, each * desert[0, 0], *along)
        shape = shape + self.palm(coast, each * coast[0, 0], *along)
        grows = (size > torch.tensor(MIN_SIZES).reshape(-1, 1, 1, 1)).to(torch.float32)
        shares, last = [], 0 * top
        for k, (start, end) in enumerate(bands):
            first, last = last, last + (end - start) * (4 * self.half_width)
            own = cut(shape, first, last, 0).reshape(4, -1, self.half_width)
            alone = edge(0.6, torch.minimum(own, ups[k] + 2), sharp[0]) * grows[k]
            pair = torch.stack([alone, (ups[k] * (1 / tall[k])).clamp(0, 1)])
            shares.append(set_in(pair, start - top, HALF - end))
        return shares, (dx / (0.5 * tall) + 0.5).clamp(0, 1), 0.4 * shade + 0.6 * turning


def height(usual: Tensor | float, size: Tensor) -> Tensor:
    """Height in pixels of plants of those sizes (0-1), in a row of the given usual height."""
    return usual * (0.5 + 0.6 * size)


def shadows(cells: Tensor, foot: Tensor, y: Tensor, light: Tensor) -> Tensor:
    """Soft shadows of the nearest row's plants on the ground in front of it, [1, 4, rows, w / 2].

    ``cells`` [4, 4, 1, w / 2] and ``foot`` [4, 1, w / 2] are those of that row; ``y`` [1, 4, rows, 1] rows of the pixels;
    ``light`` [4, 1, w / 2] the lean of shadows, -1 to 1.
    """
    dx, size, _, _ = cells.unbind(0)
    tall = height(HEIGHTS[NEAREST], size)
    reach = (light * 20.0).clamp(-16, 16)
    along = (dx - reach) / (reach.abs() + 0.13 * tall)
    across = (y - (foot + 5)) * (1.2**0.5 / 5.5)
    grows = (size > MIN_SIZES[NEAREST]).to(torch.float32)
    return ((1.5 - 1.2 * along.square()) * grows - across.square()).clamp(0, 1)
