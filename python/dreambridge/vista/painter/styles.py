"""Styles of painting: operators on the finished picture and its planes, the same in the painter's truth and in the step graph.

Each style is a module ``(picture [B, 3, h, w] in 0-1, marks [B, 3, h, w]) -> picture``. The marks are two code planes, which show
where things end, and the grain of the world. A style without outlines gets the grain only. In the graph a style runs only while
its weight is above 0 (``world.branch.Branch``).
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.painter.light import grey, mix, rgb
from dreambridge.vista.world.conditions import single
from dreambridge.vista.world.names import COVERAGES, INDEX, OIL, PLAIN, SIZE, STYLES
from dreambridge.vista.world.shapes import columns, ramp

# The code of each coverage in the two code planes, from which the outlines are drawn: neighbours in depth have distant codes.
CODES = (
    (0.30, 0.55, 0.30, 0.62, 0.45, 0.95, 0.80, 0.50, 1.25, 0.15, 0.60, 0.35),
    (0.20, 0.20, 0.55, 0.50, 0.25, 0.75, 0.25, 0.60, 0.60, 0.90, 1.00, 0.95),
)


GRAIN = 2  # the last of the marks, after the two code planes


def shifted(x: Tensor, dy: int, dx: int) -> Tensor:
    """``x`` moved by whole pixels, up to 4; the border is repeated."""
    h, w = x.shape[2:]
    wide = F.pad(x, (4, 4, 4, 4), mode="replicate")
    return wide[:, :, 4 + dy : 4 + dy + h, 4 + dx : 4 + dx + w]


def marks(planes: Tensor) -> Tensor:
    """The marks [B, 3, h, w] of planes [B, 26, h, w]."""
    codes = torch.einsum("ck,bkhw->bchw", torch.tensor(CODES), planes[:, :COVERAGES])
    return torch.cat([codes, planes[:, INDEX["texture"] : INDEX["texture"] + 1]], 1)


def outline(m: Tensor, reach: int = 1) -> Tensor:
    """Strength of the outlines, [B, 1, h, w], from differences ``reach`` pixels to either side."""
    c = m[:, :2]
    across, down = shifted(c, 0, reach) - shifted(c, 0, -reach), shifted(c, reach, 0) - shifted(c, -reach, 0)
    return (across.abs() + down.abs()).amax(1, keepdim=True)


class Style(nn.Module):
    """The operator of a style. ``outlined``: it draws outlines; otherwise its marks are the grain alone."""

    outlined = True


class Oil(Style):
    """Dabs of paint. The grain chooses one of five places nearby from which a pixel takes its colour; its slope makes the
    relief."""

    outlined = False
    # Where each band of the grain ends, and the offset (rows, columns) from which its pixels take their colour.
    TAPS = ((-0.85, 2, -2), (-0.25, -1, 3), (0.25, 0, 0), (0.85, 2, 2), (99.0, -3, -1))

    def forward(self, picture: Tensor, m: Tensor) -> Tensor:
        grain = (m[:, -1:] - 0.5) * 7
        broad = F.avg_pool2d(F.pad(grain, (3, 3, 3, 3), mode="replicate"), 7, 1) * 1.5
        smooth = F.avg_pool2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)
        out, last = picture * 0, grain * 0
        for end, dy, dx in self.TAPS:
            upto = ((end - broad) * 4 + 0.5).clamp(0, 1)
            out, last = out + (upto - last) * shifted(smooth, dy, dx), upto
        # Bristles: the fine part of the grain, stretched along the stroke and lit from above.
        fine = grain - broad
        drawn = (shifted(fine, 2, -2) + shifted(fine, 1, -1) + fine + shifted(fine, -1, 1) + shifted(fine, -2, 2)) * 0.2
        relief = (drawn - shifted(drawn, -1, -1)) * 0.30
        average = grey(out)
        return (average + (out - average) * 1.22 + relief * (0.12 + 0.5 * average)).clamp(0, 1)


class Watercolour(Style):
    """Thin paint on paper: soft colours that are denser at edges, granulate with the grain and leave the border of the paper
    white."""

    paper: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        y = torch.arange(SIZE, dtype=torch.float32).reshape(1, 1, SIZE, 1)
        x = torch.arange(width, dtype=torch.float32).reshape(1, 1, 1, width)
        self.register_buffer("paper", torch.minimum(torch.minimum(x, width - 1 - x), torch.minimum(y, SIZE - 1 - y)))

    def forward(self, picture: Tensor, m: Tensor) -> Tensor:
        grain = (single(m, GRAIN) - 0.5) * 7
        soft = F.avg_pool2d(F.pad(picture, (2, 2, 2, 2), mode="replicate"), 5, 1)
        wet = mix(shifted(soft, 2, -2), shifted(soft, -2, 2), (grain * 0.5 + 0.5).clamp(0, 1))
        colour = mix(wet, picture, 0.30)
        average = grey(colour)
        colour = average + (colour - average) * 1.25
        gathered = F.avg_pool2d(F.pad(outline(m), (1, 1, 1, 1), mode="replicate"), 3, 1).clamp(0, 0.6)
        density = 0.84 + 0.055 * grain + 0.45 * gathered
        paint = (1 - (1 - colour.clamp(1e-4, 1) ** 0.75) * density).clamp(0, 1)
        left = ramp(3.0, 12.0, self.paper + 3.2 * grain)
        return mix(rgb(0.97, 0.955, 0.92), paint * rgb(1.0, 0.99, 0.96), left)


class Ink(Style):
    """Pen lines on toned paper: outlines, two layers of hatching in the dark, a pale wash of the colours."""

    first: Tensor
    second: Tensor

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        y = torch.arange(SIZE, dtype=torch.float32).reshape(1, 1, SIZE, 1)
        x = columns(width).reshape(1, 1, 1, width)
        self.register_buffer("first", torch.sin((x + 0.9 * y) * (2 * math.pi / 5.6)))
        self.register_buffer("second", torch.sin((x * 0.8 - y) * (2 * math.pi / 6.4)))

    def forward(self, picture: Tensor, m: Tensor) -> Tensor:
        grain = (single(m, GRAIN) - 0.5) * 7
        light = grey(picture).clamp(min=1e-4) ** 0.7
        line = ramp(0.10, 0.26, outline(m) + 0.02 * grain)
        tone = F.avg_pool2d(F.pad(light, (2, 2, 2, 2), mode="replicate"), 5, 1)
        hatch = ramp(-0.25, 0.25, 0.30 - tone * 2.1 + 0.42 * self.first + 0.08 * grain + 0.42)
        cross = ramp(-0.25, 0.25, 0.10 - tone * 2.4 + 0.42 * self.second + 0.08 * grain + 0.20)
        ink = torch.maximum(line * 0.92, torch.maximum(hatch * 0.55, cross * 0.72)) * (0.9 + 0.06 * grain).clamp(0, 1)
        # The wash keeps its colours in the dark; only the lines show the light.
        tint = (picture * (0.80 / (grey(picture) + 0.10))).clamp(0, 1.2)
        wash = mix(rgb(0.93, 0.89, 0.80), tint, 0.34)
        wash = wash * (0.70 + 0.36 * tone)
        return mix(wash, rgb(0.11, 0.10, 0.13), ink).clamp(0, 1)


class Poster(Style):
    """Flat tones: five steps of light, strong colours, a thin dark rim."""

    STEPS, DARKEST = 5.0, 0.18

    def forward(self, picture: Tensor, m: Tensor) -> Tensor:
        flat = F.avg_pool2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)
        light = grey(flat)
        level = light.clamp(1e-3, 1) ** 0.72 * self.STEPS
        whole = torch.floor(level)
        # The darkest tone is not black, so a night keeps its colours.
        stepped = (self.DARKEST + (1 - self.DARKEST) * (whole + ramp(0.36, 0.64, level - whole)) / self.STEPS) ** 1.39
        colour = flat * (stepped / (light + 0.02))
        average = grey(colour)
        colour = average + (colour - average) * 1.45
        return (colour * (1 - 0.5 * ramp(0.14, 0.34, outline(m)))).clamp(0, 1)


class Neon(Style):
    """Dusk and glowing tubes: everything is dim except the outlines, which shine and light the air around them."""

    hue: Tensor

    def __init__(self) -> None:
        super().__init__()
        y = torch.arange(SIZE, dtype=torch.float32).reshape(1, 1, SIZE, 1) / SIZE
        self.register_buffer("hue", mix(rgb(1.0, 0.30, 0.75), rgb(0.15, 0.85, 1.0), ramp(0.35, 0.8, y)))

    def forward(self, picture: Tensor, m: Tensor) -> Tensor:
        line = ramp(0.10, 0.30, outline(m))
        glow = F.avg_pool2d(F.pad(line, (4, 4, 4, 4)), 9, 1)
        glow = F.avg_pool2d(F.pad(glow, (4, 4, 4, 4)), 9, 1)
        dim = picture * picture * 0.55 + picture * 0.36
        # Half of a tube's colour is that of the thing that it outlines, at any light.
        own = (picture * (0.62 / (grey(picture) + 0.06))).clamp(0, 1.2)
        tube = mix(self.hue, own, 0.5)
        out = dim + tube * (glow * 0.75 + line * 0.62) + line * 0.12
        return (out * (1.12 - 0.12 * out)).clamp(0, 1)


def operators(width: int = SIZE) -> dict[str, Style]:
    """The styles that have an operator (all but plain), by name, for pictures of that width."""
    made: dict[str, Style] = {
        "oil": Oil(), "watercolour": Watercolour(width), "ink": Ink(width), "poster": Poster(), "neon": Neon(),
    }  # fmt: skip
    assert list(made) == list(STYLES[OIL:])
    return made


def stylise(picture: Tensor, planes: Tensor, style: Tensor) -> Tensor:
    """The picture [B, 3, 256, w] under style weights [B, 6]; planes [B, 26, 256, w]."""
    m = marks(planes)
    out = picture * style[:, PLAIN].reshape(-1, 1, 1, 1)
    for k, operator in enumerate(operators(picture.shape[3]).values()):
        weight = style[:, OIL + k].reshape(-1, 1, 1, 1)
        if float(weight.max()) > 0:
            out = out + weight * operator(picture, m)
    return out
