"""Planes of a game's own view: a flat-coloured grey-box picture and its depth.

The stage knows the surfaces of its world; here they are read from the picture. The place of a pixel in its column's run of one
label tells how high on its thing it is, and the place in its row's run how far to the side.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.bundle.palette import PALETTE
from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.names import HALF, SIZE
from dreambridge.vista.world.own import Behind, Runs, soft
from dreambridge.vista.world.phases import folded, plane_of
from dreambridge.vista.world.seen import COMMON, COMMON_COVERS, RARE, RARE_COVERS, Laid, found
from dreambridge.vista.world.stage import Sky


class Label(NamedTuple):
    """A label of the palette: sRGB colour, depth in 0-1 for views without depth, the plane that it covers, its shade."""

    colour: tuple[int, int, int]
    depth: float
    plane: str
    shade: float


# By label of ``palette.PALETTE``: the plane that it covers and its shade (which tells leaves that turn, and coats).
PLANE = {
    "sky": ("", 0.5), "far_land": ("far", 0.5), "mid_land": ("mid", 0.5), "near_land": ("near", 0.5), "ground": ("ground", 0.5),
    "water": ("water", 0.5), "plant": ("plant", 0.2), "leaves": ("plant", 0.8), "wall": ("wall", 0.5), "roof": ("roof", 0.5),
    "window": ("window", 0.5), "figure": ("body", 0.5), "other_figure": ("body", 0.9), "limbs": ("front_limbs", 0.5),
}  # fmt: skip
LABELS = {n: Label(tuple(p["colour"]), p["depth"], *PLANE[n]) for n, p in PALETTE.items()}
NAMES = tuple(LABELS)
LAND = ("ground", "near_land", "mid_land", "far_land")
LAND_DEPTH = (0.05, 0.33, 0.66, 1.0)
BLOCK = 16
JUMP = 0.04  # a step in depth that separates two things with the same label


def last_of(change: Tensor, columns: bool, back: bool = False) -> Tensor:
    """For each place, the last place up to it where ``change`` [1, h, w] is 1; 0 before the first. Along columns, or along rows.

    With ``back`` both directions are reversed: for each place, how far from the other end the next change at or after it is; 0
    after the last. h and w are multiples of 16.

    In each block of 16 places the changes so far are the bits of a number. One product with a triangle of powers of two gives
    these numbers, and the logarithm of a number is its highest bit, the last change. A running maximum then carries the last
    change of earlier blocks on.
    """
    _, h, w = change.shape
    number = (w if columns else h) // BLOCK
    powers, places = 2.0 ** torch.arange(BLOCK), torch.arange(number, dtype=torch.float32) * BLOCK
    # Slightly more than powers of two: the logarithm must not be rounded down to just below a whole number.
    triangle = (powers.reshape(-1, 1) * torch.ones(BLOCK, BLOCK)).triu() * (1 + 5e-6)
    if back:
        triangle, places = triangle.flip(0, 1), places.flip(0)
    if columns:
        bits = torch.matmul(change.reshape(-1, BLOCK), triangle).reshape(h, number, BLOCK)
    else:
        bits = torch.matmul(triangle.t(), change.reshape(number, BLOCK, w))
    start = places.reshape((1, number, 1) if columns else (number, 1, 1))
    place = torch.floor(torch.log(bits) * (1 / math.log(2))) + start  # minus infinity where there is no change yet
    last = place.narrow(2 if columns else 1, 0 if back else BLOCK - 1, 1)
    return torch.maximum(place, running_max(last, 1 if columns else 0, back)).reshape(1, h, w)


def running_max(x: Tensor, dim: int, back: bool) -> Tensor:
    """For each place of a small tensor [a, b, c], the greatest value before it along ``dim`` (after it with ``back``); 0 or
    more."""
    length, pad = x.shape[dim], [0] * (2 * (x.ndim - dim))

    def moved(v: Tensor, n: int) -> Tensor:
        pad[-1 if back else -2] = n
        return F.pad(v, pad).narrow(dim, n if back else 0, length)

    x = moved(x, 1)
    n = 1
    while n < length - 1:
        x = torch.maximum(x, moved(x, n))
        n *= 2
    return x


class Read(NamedTuple):
    """A view: its planes, and what ``own.Reader`` needs, ``runs`` [1, 256, w] and by phase the depth and the place on a thing."""

    laid: Laid
    runs: Tensor
    depth: Tensor
    high: Tensor
    across: Tensor


class DepthOfLabel(nn.Module):
    """The depth of the label of each pixel, [1, 4, h, w], for views without depth. Inputs: where each label is, in the palette's
    order."""

    def forward(self, *ones: Tensor) -> Tensor:
        depths = [LABELS[n].depth * one for n, one in zip(NAMES, ones, strict=True)]
        return sum(depths[1:], depths[0])


class Grey(nn.Module):
    """Coverages and surface planes of a view, as the stage makes them of its world.

    Inputs
    ------
    label : uint8 [1, 256, w, 4] flat colours; a pixel takes the label whose colour is nearest
    depth : uint8 [1, 256, w, 4] 24 bits in red, green and blue, red first: 0 near, 1 far
    has_depth : [1, 1] in 0-1
    sky : the planes that the view does not show
    colour : uint8 [1, 256, w, 4] the game's own colours, and ``has_colour``, ``has_label`` [1, 1]; None: labels alone. Where own
        colours count, no plane has a coverage, but for a narrow border
    """

    colours: Tensor
    lengths: Tensor
    bits: Tensor
    line: Tensor
    soft: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.width = width
        self.of_label = Branch("depth_of_label", DepthOfLabel(), (1, 4, HALF, width // 2))
        c = torch.tensor([label.colour for label in LABELS.values()], dtype=torch.float32)
        self.register_buffer("colours", torch.cat([c, torch.zeros(len(c), 1)], 1))
        self.register_buffer("lengths", c.square().sum(1) * 0.5)
        self.register_buffer("bits", torch.tensor([[65536.0, 256.0, 1.0, 0.0]]) / 16777215.0)
        self.register_buffer("line", torch.arange(max(SIZE, width), dtype=torch.float32))
        self.register_buffer("soft", soft().repeat(COMMON_COVERS, 1, 1, 1))
        self.runs = Branch("own_runs", Runs(), (1, SIZE, width), keep=True)
        self.behind = Branch("own_behind", Behind(), (1, SIZE, width), keep=True)
        self.rare = Branch("rare_of_view", RareOfView(self.softened), (1, 24, 1, 1), varies=True)

    def forward(self, label: Tensor, depth: Tensor, has_depth: Tensor, sky: Sky) -> Laid:
        """The planes of labels and depth alone."""
        return self.read(label, depth, has_depth, sky).laid

    def read(
        self, label: Tensor, depth: Tensor, has_depth: Tensor, sky: Sky, colour: Tensor | None = None,
        has_colour: Tensor | None = None, has_label: Tensor | None = None,
    ) -> Read:  # fmt: skip
        w, half = self.width, self.width // 2
        flat = label.reshape(SIZE * w, 4).to(torch.float32)
        number = F.linear(flat, self.colours, -self.lengths).argmax(1).to(torch.float32).reshape(1, SIZE, w)
        # Three of the four bytes, from rows of bytes: reading columns is many times slower.
        told = torch.matmul(self.bits, depth.reshape(SIZE * w, 4).t().to(torch.float32)).reshape(1, SIZE, w)
        # Things are told apart by ``runs``; what the network paints is in ``number``.
        runs = number
        if colour is not None and has_colour is not None and has_label is not None:
            runs = self.runs(has_colour, number, label, colour, has_label)
            number = self.behind(has_colour, runs)
        small, deep_small = folded(torch.stack([number, told], 1)).split(4, 1)
        ones = {n: (small == k).to(torch.float32) for k, n in enumerate(NAMES)}
        deep = has_depth.reshape(1, 1, 1, 1)
        of_label = self.of_label(1 - has_depth, *ones.values())
        z = of_label + (deep_small - of_label) * deep
        land = sum(ones[n] for n in LAND)
        still = ones["figure"] + ones["other_figure"] + ones["limbs"]

        def changes(dim: int) -> Tensor:
            """1 where a pixel and the one before it belong to different things, [1, 255, w] or [1, 256, w - 1]."""
            most = runs.shape[dim] - 1
            step = (runs.narrow(dim, 1, most) - runs.narrow(dim, 0, most)).abs() * 9
            step = step + (told.narrow(dim, 1, most) - told.narrow(dim, 0, most)).abs() * has_depth.reshape(1, 1, 1)
            return (step > JUMP).to(torch.float32)

        def run(dim: int) -> tuple[Tensor, Tensor]:
            """Where the run that each pixel belongs to begins and ends, in pixels, [1, 256, w] each."""
            change = changes(dim)
            one = [0, 0] if dim == 2 else [0, 0, 0, 0]
            after, before = list(one), list(one)
            after[-2], before[-1] = 1, 1
            begin = last_of(F.pad(change, after), dim == 2)
            end = last_of(F.pad(change, before), dim == 2, back=True)
            return begin, change.shape[dim] - end

        top, bottom = run(1)
        left, right = run(2)
        y, x = self.line[:SIZE].reshape(1, -1, 1), self.line[:w].reshape(1, 1, -1)
        below = torch.exp((y - top) * (-1 / 24))
        high = (bottom - y + 0.5) / (bottom - top + 1)
        across = (x - left + 0.5) / (right - left + 1)
        # The slope of the land's crest, smoothed; a vertical step counts as a hillside.
        crest = F.avg_pool2d(F.pad(top.unsqueeze(1), (6, 6, 0, 0), mode="replicate"), (1, 9), 1)[:, 0]
        slope = ((crest[..., 4:] - crest[..., :-4]) * 0.1 + 0.5).clamp(0, 1)

        below, high, slope, across = (
            x.reshape(1, 4, HALF, half) for x in folded(torch.stack([below, high, slope, across], 1)).split(4, 1)
        )
        water = ones["water"]
        local = land * below + (1 - land - water) * high
        local = local + (0.85 - local) * still
        side = land * slope + (1 - land) * across
        side = side + (0.5 - side) * (still + water)
        shade = 0.5 + sum((LABELS[n].shade - 0.5) * ones[n] for n in NAMES if LABELS[n].shade != 0.5)
        # With depth, its distance determines the layer of land; without, its label.
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
        common, rare = (
            torch.cat([of_plane.get(name, empty) for name in group], 1) for group in (COMMON[:COMMON_COVERS], RARE[:RARE_COVERS])
        )
        # Everything but sky: the sum of all coverages, in one pass.
        solid = 1 - self.softened(ones["sky"])
        weight = torch.maximum((water + still).amax().reshape(1, 1), sky.strength)
        seldom = self.rare(weight, rare, sky.marks)
        cover, variation, texture = self.softened(common), shade * solid, plane_of([sky.fields], "texture", "cloud")
        plant, ground, near = (cover[:, 4 * k : 4 * k + 4] for k in map(COMMON.index, ("plant", "ground", "near")))
        planes = [cover, z * solid, local * solid, side * solid, variation, found(plant, variation, texture, ground, near)]
        laid = Laid([*planes, sky.fields, sky.motes, torch.zeros_like(sky.motes)], seldom, weight)
        return Read(laid, runs, deep_small, high, across)

    def softened(self, planes: Tensor) -> Tensor:
        """Planes by phase [1, 4 n, 128, w / 2], blurred."""
        return F.conv2d(
            F.pad(planes, (1, 1, 1, 1), mode="replicate"), self.soft[: int(planes.shape[1])], groups=int(planes.shape[1]) // 4
        )


class RareOfView(nn.Module):
    """Coverages [1, 16, 128, w / 2] and marks of moments [1, 8, 128, w / 2] or with one row and column -> planes [1, 24,
    128, w / 2]."""

    def __init__(self, soft: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.soft = soft

    def forward(self, covers: Tensor, marks: Tensor) -> Tensor:
        return torch.cat([self.soft(covers), marks + torch.zeros(1, 8, HALF, int(covers.shape[3]))], 1)
