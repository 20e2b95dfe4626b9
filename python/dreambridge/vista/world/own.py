"""What a game shows in its own colours: which pixels these are, and their colours, normals and depth as planes by phase."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.bundle.palette import PALETTE
from dreambridge.vista.world.names import SIZE
from dreambridge.vista.world.phases import folded

NAMES = tuple(PALETTE)
SKY = NAMES.index("sky")
UNLABELLED = len(NAMES)  # the number of a pixel that has a colour and no label
OWN = 100  # added to the number of pixels in the game's own colours
DEPTH_UNLABELLED = 0.15  # in a view without depth
PRESENT = 127.5  # an alpha above it counts
FILLED = 5  # columns and rows around a pixel from which a hidden pixel takes a label


def lines(picture: Tensor, weights: list[list[float]]) -> Tensor:
    """Sums of the four bytes of each pixel, [n, 256 w] of uint8 [1, 256, w, 4]. Reading columns of bytes is many times slower."""
    return torch.matmul(torch.tensor(weights), picture.reshape(-1, 4).t().to(torch.float32))


class Runs(nn.Module):
    """Label numbers [1, 256, w], label and colour uint8 [1, 256, w, 4], has_label [1, 1] -> numbers [1, 256, w], with ``OWN``
    added where the game's own colour counts. Sky stays sky, whatever its colour."""

    def forward(self, number: Tensor, label: Tensor, colour: Tensor, has_label: Tensor) -> Tensor:
        alpha = [[0.0, 0.0, 0.0, 1.0]]
        labelled = (lines(label, alpha) > PRESENT).to(torch.float32).reshape(number.shape) * has_label.reshape(1, 1, 1)
        coloured = (lines(colour, alpha) > PRESENT).to(torch.float32).reshape(number.shape)
        number = number * labelled + UNLABELLED * (1 - labelled)
        own = coloured * (number != SKY).to(torch.float32)
        nothing = (number == UNLABELLED).to(torch.float32) * (1 - own)
        return number + (SKY - number) * nothing + OWN * own


class Behind(nn.Module):
    """Numbers as ``Runs`` gives them -> label numbers, in which the labels beside own colours go on for two pixels under them.

    The soft edge between the two then shows neither of them mixed with a third."""

    def forward(self, runs: Tensor) -> Tensor:
        own = (runs >= OWN).to(torch.float32)
        beside = F.max_pool2d(((runs + 1) * (1 - own)).unsqueeze(1), FILLED, 1, FILLED // 2)[:, 0] - 1
        known = (beside > -0.5).to(torch.float32) * own
        return runs + (beside - runs) * known


class Own(NamedTuple):
    """By phase: how much of a pixel is in its own colour [1, 4, h, w]; its planes [1, 36, h, w]: albedo (3), normal (3), depth,
    place on its thing (height, side); and the number of its label, or ``UNLABELLED``."""

    cover: Tensor
    planes: Tensor
    number: Tensor


def soft() -> Tensor:
    """A 3 x 3 blur of a whole picture, as a convolution [4, 4, 3, 3] between the four phases of the halved one."""
    kernel = torch.zeros(4, 4, 3, 3)
    for out in range(4):
        for dy, wy in ((-1, 1), (0, 4), (1, 1)):
            for dx, wx in ((-1, 1), (0, 4), (1, 1)):
                y, x = out // 2 + dy, out % 2 + dx
                kernel[out, 2 * (y % 2) + x % 2, 1 + y // 2, 1 + x // 2] += wy * wx / 36
    return kernel


class Reader(nn.Module):
    """Reads the layers of own colours.

    Inputs
    ------
    colour, normal : uint8 [1, 256, w, 4], has_normal [1, 1]
    runs : [1, 256, w] of ``Runs``
    depth : [1, 4, 128, w / 2] in 0-1, and has_depth [1, 1]
    high, across : [1, 4, 128, w / 2], the place on its thing
    """

    kernel: Tensor
    depths: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.width = width
        self.register_buffer("kernel", soft(), persistent=False)
        self.register_buffer(
            "depths", torch.tensor([*(p["depth"] for p in PALETTE.values()), DEPTH_UNLABELLED]), persistent=False
        )

    def forward(
        self, colour: Tensor, normal: Tensor, has_normal: Tensor, runs: Tensor, depth: Tensor, has_depth: Tensor, high: Tensor,
        across: Tensor,
    ) -> Own:  # fmt: skip
        albedo = lines(colour, [[1 / 255, 0.0, 0.0, 0.0], [0.0, 1 / 255, 0.0, 0.0], [0.0, 0.0, 1 / 255, 0.0]])
        facing = lines(normal, [[1 / 127, 0.0, 0.0, 0.0], [0.0, 1 / 127, 0.0, 0.0], [0.0, 0.0, 1 / 127, 0.0]]) - 128 / 127
        facing = facing * has_normal
        small = folded(torch.cat([albedo, facing, runs.reshape(1, -1)]).reshape(1, 7, SIZE, self.width))
        seen, number = small.split([24, 4], 1)
        own = (number >= OWN).to(torch.float32)
        number = number - OWN * own
        of_label = self.depths.index_select(0, number.clamp(0, UNLABELLED).reshape(-1).to(torch.int64)).reshape(depth.shape)
        depth = of_label + (depth - of_label) * has_depth.reshape(1, 1, 1, 1)
        # Only inside their edges are own colours mixed with what is behind: the layers hold something else beside them.
        around = F.conv2d(F.pad(own, (1, 1, 1, 1), mode="replicate"), self.kernel)
        return Own(own * around, torch.cat([seen, depth, high, across], 1), number)
