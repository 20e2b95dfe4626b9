"""The stage that a game brings: planes of its own flat-coloured grey-box picture and depth.

What an analytic world would know of a surface is read off the picture: where each column's and row's run of one label begins and
ends says how high on its thing, and how far to its side, a pixel lies.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.palette import PALETTE
from dreambridge.vista.names import COVERAGES, HALF, INDEX, SIZE


class Label(NamedTuple):
    """A label of the palette: sRGB colour, depth 0-1 where the game sends none, the plane it covers, its shade."""

    colour: tuple[int, int, int]
    depth: float
    plane: str
    shade: float


# By label of ``palette.PALETTE``: the plane it covers and its shade (leaves that turn, coats).
PLANE = {
    "sky": ("", 0.5), "far_land": ("far", 0.5), "mid_land": ("mid", 0.5), "near_land": ("near", 0.5), "ground": ("ground", 0.5),
    "water": ("water", 0.5), "plant": ("plant", 0.2), "leaves": ("plant", 0.8), "wall": ("wall", 0.5), "roof": ("roof", 0.5),
    "window": ("window", 0.5), "figure": ("body", 0.5), "other_figure": ("body", 0.9), "limbs": ("front_limbs", 0.5),
}  # fmt: skip
LABELS = {n: Label(tuple(p["colour"]), p["depth"], *PLANE[n]) for n, p in PALETTE.items()}
NAMES = tuple(LABELS)
LAND = ("ground", "near_land", "mid_land", "far_land")
LAND_DEPTH = (0.05, 0.33, 0.66, 1.0)
STEPS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
JUMP = 0.04  # a step in depth that parts two things of one label


def running_max(x: Tensor, dim: int, forward: bool) -> Tensor:
    """The greatest value up to each place of [1, h, w] along ``dim`` (2 = columns), from its start or its end."""
    length = x.shape[dim]
    for n in (n for n in STEPS if n < length):
        pad = [0, 0, 0, 0]
        pad[(0 if dim == 2 else 2) + (0 if forward else 1)] = n
        moved = F.pad(x, pad)
        start = 0 if forward else n
        x = torch.maximum(x, moved.narrow(dim, start, length))
    return x


class Grey(nn.Module):
    """label uint8 [1, 256, 256, 4], depth uint8 [1, 256, 256, 4], has_depth [1, 1] -> planes [1, 64, 128, 128].

    16 planes by 4 phases, coverages and surface, as the stage makes them. Depth is 24 bits in red, green and blue, red first: 0
    near, 1 far. Pixels take the label whose colour is nearest to theirs.
    """

    colours: Tensor
    lengths: Tensor
    bits: Tensor
    line: Tensor
    soft: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.width = width
        c = torch.tensor([label.colour for label in LABELS.values()], dtype=torch.float32)
        self.register_buffer("colours", torch.cat([c, torch.zeros(len(c), 1)], 1))
        self.register_buffer("lengths", c.square().sum(1) * 0.5)
        bits = torch.zeros(16, 4)
        bits[0] = torch.tensor([65536.0, 256.0, 1.0, 0.0]) / 16777215.0
        self.register_buffer("bits", bits)
        self.register_buffer("line", torch.arange(max(SIZE, width), dtype=torch.float32))
        # A 3 x 3 blur of the whole picture as convolutions between the four phases of the halved one.
        kernel = torch.zeros(4, 4, 3, 3)
        for out in range(4):
            for dy, wy in ((-1, 1), (0, 4), (1, 1)):
                for dx, wx in ((-1, 1), (0, 4), (1, 1)):
                    y, x = out // 2 + dy, out % 2 + dx
                    kernel[out, 2 * (y % 2) + x % 2, 1 + y // 2, 1 + x // 2] += wy * wx / 36
        self.register_buffer("soft", kernel.repeat(COVERAGES, 1, 1, 1))

    def forward(self, label: Tensor, depth: Tensor, has_depth: Tensor) -> Tensor:
        w, half = self.width, self.width // 2
        flat = label.reshape(SIZE * w, 4).to(torch.float32)
        number = F.linear(flat, self.colours, -self.lengths).argmax(1).to(torch.float32).reshape(1, SIZE, w)
        # 16 columns of which one is wanted: a matrix times a vector is many times slower in ONNX Runtime
        told = F.linear(depth.reshape(SIZE * w, 4).to(torch.float32), self.bits)[:, 0].reshape(1, SIZE, w)

        def packed(x: Tensor) -> Tensor:
            """[n, 256, 256] -> [1, 4 n, 128, 128]."""
            parts = [x[:, dy::2, dx::2] for dy in (0, 1) for dx in (0, 1)]
            return torch.stack(parts, 1).reshape(1, -1, HALF, half)

        small = packed(number)
        ones = {n: 1 - (small - k).abs().clamp(max=1) for k, n in enumerate(NAMES)}
        deep = has_depth.reshape(1, 1, 1, 1)
        by_label = sum(LABELS[n].depth * one for n, one in ones.items())
        z = by_label + (packed(told) - by_label) * deep
        land = sum(ones[n] for n in LAND)
        still = ones["figure"] + ones["other_figure"] + ones["limbs"]

        def changes(dim: int) -> Tensor:
            """1 where a pixel and the one before it belong to two things."""
            n, d = number, told
            most = n.shape[dim] - 1
            step = (n.narrow(dim, 1, most) - n.narrow(dim, 0, most)).abs() * 9
            step = step + (d.narrow(dim, 1, most) - d.narrow(dim, 0, most)).abs() * has_depth.reshape(1, 1, 1)
            begun = (step > JUMP).to(torch.float32)
            return F.pad(begun, [1, 0, 0, 0] if dim == 2 else [0, 0, 1, 0])

        def run(dim: int) -> tuple[Tensor, Tensor]:
            """Where the run of each pixel begins and ends, in pixels."""
            change = changes(dim)
            most = change.shape[dim] - 1
            line = self.line[: most + 1].reshape((1, 1, -1) if dim == 2 else (1, -1, 1))
            begin = running_max(change * line, dim, True)
            last = F.pad(change.narrow(dim, 1, most), [0, 1, 0, 0] if dim == 2 else [0, 0, 0, 1])
            end = most - running_max(last * (most - line), dim, False)
            return begin, end

        top, bottom = run(1)
        left, right = run(2)
        y, x = self.line[:SIZE].reshape(1, -1, 1), self.line[:w].reshape(1, 1, -1)
        below = torch.exp((y - top) * (-1 / 24))
        high = (bottom - y + 0.5) / (bottom - top + 1)
        across = (x - left + 0.5) / (right - left + 1)
        # The slope of a land's crest, smoothed; steep steps count no more than a hillside.
        crest = F.avg_pool2d(F.pad(top.unsqueeze(1), (6, 6, 0, 0), mode="replicate"), (1, 9), 1)[:, 0]
        slope = ((crest[..., 4:] - crest[..., :-4]) * 0.1 + 0.5).clamp(0, 1)

        below, high, slope, across = (
            x.reshape(1, 4, HALF, half) for x in packed(torch.cat([below, high, slope, across])).split(4, 1)
        )
        water = ones["water"]
        local = land * below + (1 - land - water) * high
        local = local + (0.85 - local) * still
        side = land * slope + (1 - land) * across
        side = side + (0.5 - side) * (still + water)
        shade = 0.5 + sum((LABELS[n].shade - 0.5) * ones[n] for n in NAMES if LABELS[n].shade != 0.5)
        # With depth, land belongs to the layers by its distance; without, by its label.
        of_plane: dict[str, Tensor] = {}
        for k, n in enumerate(LAND):
            before, here, after = (LAND_DEPTH[min(max(k + i, 0), 3)] for i in (-1, 0, 1))
            share = torch.ones_like(z)
            if k > 0:
                share = torch.minimum(share, (z - before) * (1 / (here - before)))
            if k < 3:
                share = torch.minimum(share, (after - z) * (1 / (after - here)))
            of_plane[LABELS[n].plane] = ones[n] + (land * share.clamp(0, 1) - ones[n]) * deep
        for n, spec in LABELS.items():
            if spec.plane and n not in LAND:
                of_plane[spec.plane] = of_plane[spec.plane] + ones[n] if spec.plane in of_plane else ones[n]
        empty = torch.zeros_like(z)
        covers = [of_plane.get(name, empty) for name in list(INDEX)[:COVERAGES]]
        cover = F.conv2d(F.pad(torch.cat(covers, 1), (1, 1, 1, 1), mode="replicate"), self.soft, groups=COVERAGES)
        solid = cover.reshape(COVERAGES, 4, HALF, half).sum(0, keepdim=True).clamp(0, 1)
        return torch.cat([cover, z * solid, local * solid, side * solid, shade * solid], 1).clamp(0, 1)
