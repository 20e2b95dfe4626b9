"""Trees, cacti and palms: signed shapes around the stem of each column's cell. Only the kinds that grow somewhere are made."""

import torch
from torch import Tensor, nn

from dreambridge.vista.branch import Branch
from dreambridge.vista.names import HALF, SIZE
from dreambridge.vista.shapes import edge

# Rows of plants: (layer, row of cells, distance of cells, height, least size that grows); the last row of cells is the huts'.
PLANTS = ((1, 0, 11.0, 16.0, 0.25), (2, 1, 19.0, 29.0, 0.20), (2, 2, 27.0, 38.0, 0.35), (3, 3, 61.0, 80.0, 0.42))
HEIGHTS, LEAST = ([p[i] for p in PLANTS] for i in (3, 4))
# The discs of a broad crown, in heights of the tree: sideways, upwards, radius.
CROWN = ((0.0, 0.72, 0.25), (-0.17, 0.55, 0.19), (0.18, 0.52, 0.20))
BROAD = 0.52  # cells whose kind is below this grow a broad-leaved tree where the forest is


class Conifer(nn.Module):
    """tall, size [4, 4, 1, 128], up, side [4, 4, 128, 128] in pixels -> shape: above 0 inside, in pixels from the rim."""

    def forward(self, tall: Tensor, size: Tensor, up: Tensor, side: Tensor) -> Tensor:
        lean, t = side.abs(), up * (1 / tall)
        shelf = t * 5.0 + size * 3
        shelf = shelf - torch.floor(shelf)
        crown = (1 - t) * (0.24 * tall) * (1.12 - 0.5 * shelf) - lean
        trunk = torch.minimum(torch.minimum(0.035 * tall - lean, up + 2), 0.1 * tall - up)
        return torch.maximum(torch.minimum(crown, up - 0.06 * tall), trunk)


class Broad(nn.Module):
    """tall, up, side, gaps (how far the leaves are closed, in pixels) -> shape: a crown of three discs on a forked trunk."""

    def forward(self, tall: Tensor, up: Tensor, side: Tensor, gaps: Tensor) -> Tensor:
        lean = side.abs()
        leaves: Tensor | None = None
        for x, high, radius in CROWN:
            # squared distances, brought back to pixels at the rim: no root
            r = radius * tall
            disc = (r * r - (side - x * tall).square() - (up - high * tall).square()) * (0.5 / r)
            leaves = disc if leaves is None else torch.maximum(leaves, disc)
        assert leaves is not None
        above = up - 0.34 * tall
        branch = torch.minimum(0.02 * tall - (lean - 0.24 * above).abs(), torch.minimum(above, 0.74 * tall - up))
        trunk = torch.minimum(torch.minimum(0.035 * tall - lean, up + 2), 0.72 * tall - up)
        return torch.maximum(torch.minimum(leaves, gaps), torch.maximum(branch, trunk))


class Cactus(nn.Module):
    """tall, column (distance from the stem) [4, 4, 1, 128], up -> shape: a trunk, two upright arms, the bar that joins them."""

    def forward(self, tall: Tensor, column: Tensor, up: Tensor) -> Tensor:
        low, high = 0.30 * tall, 0.56 * tall
        arm = torch.minimum(0.038 * tall - (column - 0.17 * tall).abs(), torch.minimum(up - low, high - up))
        bar = torch.minimum(0.20 * tall - column, 0.032 * tall - (up - 0.32 * tall).abs())
        return torch.maximum(torch.minimum(0.06 * tall - column, 0.72 * tall - up), torch.maximum(arm, bar))


class Palm(nn.Module):
    """tall, column, up, side -> shape: a thin trunk and three pairs of fronds."""

    def forward(self, tall: Tensor, column: Tensor, up: Tensor, side: Tensor) -> Tensor:
        palm = torch.minimum(1.0 + 0.012 * tall - side.abs(), 0.82 * tall - up)
        thick = (1.1 - column / (0.32 * tall)) * 0.055 * tall
        for bow, rise in ((1.5, 0.9), (1.1, 0.1), (0.5, -0.8)):
            spine = 0.80 * tall - bow * column * column / (0.34 * tall) + rise * column
            palm = torch.maximum(palm, thick - (up - spine).abs())
        return palm


class Plants(nn.Module):
    """The four rows of plants, each alone.

    Inputs
    ------
    cells : [4, 4, 4, 1, 128], of each column's cell: distance to its stem in pixels, size, shade, kind (each 0-1)
    foot : [4, 4, 1, 128] row of the ground; y : [1, 4, 128, 1] rows of the pixels
    sway : [1] pixels of lean; biome : [1, 4]; bare : [1] how far the leaves are down
    texture : [1, 4, 128, 128] in 0-1, the gaps between leaves; sharp : [1, 1, 1, 1] zoom of the camera

    Returns
    -------
    coverage, height on the plant 0-1 and side 0-1, [4, 4, 128, 128] (side: one row), and shade 0-1: leaves that turn with the
    season lie above 0.5
    """

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        shape = (len(PLANTS), 4, HALF, width // 2)
        self.conifer, self.broad = Branch("conifer", Conifer(), shape), Branch("broad", Broad(), shape)
        self.cactus, self.palm = Branch("cactus", Cactus(), shape), Branch("palm", Palm(), shape)

    def forward(
        self, cells: Tensor, foot: Tensor, y: Tensor, sway: Tensor, biome: Tensor, bare: Tensor, texture: Tensor, sharp: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        dx, size, shade, kind = cells.unbind(1)
        height = torch.tensor(HEIGHTS).reshape(-1, 1, 1, 1)
        # What depends on the column alone is worked out on one row; few operators run over the whole picture.
        tall = height * (0.5 + 0.6 * size)
        column = dx.abs()
        up = foot - y
        t = up * (1 / tall)
        side = dx - t * t * (sway * (height / 60.0))
        forest, desert, mountain, coast = biome.split(1, 1)
        leafy = (kind < BROAD).to(torch.float32)
        turning = leafy * forest[0, 0]
        needles = (1 - leafy) * forest[0, 0] + mountain[0, 0]
        # leaves fall where the texture is low
        gaps = (texture - 0.42 - 0.11 * bare) * 34.0 + (1 - bare) * 2.0
        shape = self.conifer(forest + mountain, tall, size, up, side) * needles
        shape = shape + self.broad(forest, tall, up, side, gaps) * turning
        shape = (
            shape + self.cactus(desert, tall, column, up) * desert[0, 0] + self.palm(coast, tall, column, up, side) * coast[0, 0]
        )
        grows = (size > torch.tensor(LEAST).reshape(-1, 1, 1, 1)).to(torch.float32)
        alone = edge(0.6, torch.minimum(shape, up + 2), sharp) * grows
        return alone, t.clamp(0, 1), (dx / (0.5 * tall) + 0.5).clamp(0, 1), 0.4 * shade + 0.6 * turning


def shadows(cells: Tensor, foot: Tensor, y: Tensor, light: Tensor) -> Tensor:
    """Soft shadows [1, 4, 128, 128] of the nearest row's plants on the ground before it.

    ``cells`` [4, 4, 1, 128] and ``foot`` [4, 1, 128] are that row's; ``light`` [4, 1, 128]: lean of shadows, -1 to 1.
    """
    dx, size, _, _ = cells.unbind(0)
    tall = HEIGHTS[3] * (0.5 + 0.6 * size)
    reach = (light * 20.0).clamp(-16, 16)
    along = (dx - reach) / (reach.abs() + 0.13 * tall)
    across = (y - (foot + 5)) * (1 / 5.5)
    grows = (size > LEAST[3]).to(torch.float32)
    return ((1.25 - across.square() - along.square()) * 1.2).clamp(0, 1) * grows
