"""The painter network: planes, conditions and a slow state in, the picture and the next slow state out."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.network.particles import PARTICLES, Particles
from dreambridge.vista.network.products import Product, product
from dreambridge.vista.painter.light import lamplight
from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.conditions import part, single
from dreambridge.vista.world.names import COSINE, COVERAGES, HORIZON_ROW, MIDDLE, PLANES, SINE, SIZE, VECTOR
from dreambridge.vista.world.seen import FOUND, SELDOM, THERE, Laid, Seen, four, laid_out
from dreambridge.vista.world.shapes import columns
from dreambridge.vista.world.sun_moon import CRESCENT_X, CRESCENT_Y, bodies, night_of

GLOW = 10  # planes of what the clock tells of the light, see ``lights``
DISCS = 12  # discs of sun and moon by phase
RADII, SOFT = (10.5, 9.2, 8.7), 2.5  # of the discs of sun, moon and the crescent's shadow, and of their rims, in pixels
# In how many pixels the glow fades: away from the sun (three times) and the moon, to the sides of sun, moon and (twice) sun.
FADES, WIDTHS = (30.0, 80.0, 160.0, 30.0), (20.0, 16.0, 100.0, 100.0)
COLOURED = len(PLANES) + len(FOUND)  # planes that have a colour of their own
THINGS = COVERAGES + 4  # planes of what is there: coverages and surface
PAIRS = 16  # pairs of a biome and a season: a season changes each land in its own way
PAINT, GATES = 12, 8  # what the head gives: a colour by phase, how open sky and air are by phase


class Level(NamedTuple):
    """The sizes of a painter network, which decide what a step costs."""

    head: int  # features of each pixel
    channels: int  # of the blocks at quarter size
    context: int  # channels from the blocks to the head; unfolding them to half size costs time
    palettes: int  # of things, in addition to the first: the head decides how much of each a pixel takes
    shading: int  # channels of the sky's shading, a multiple of 4, and the pixels that it sees
    shading_kernel: int
    blocks: int  # 1 or 2


LEVELS = {
    "full": Level(head=48, channels=32, context=20, palettes=3, shading=16, shading_kernel=5, blocks=2),
    "light": Level(head=16, channels=16, context=8, palettes=3, shading=4, shading_kernel=3, blocks=1),
}


class Film(NamedTuple):
    """Scales and shifts that the conditions make for each layer (feature-wise linear modulation), [B, n, 1, 1] each."""

    first_scale: Tensor
    first_shift: Tensor
    second_scale: Tensor
    second_shift: Tensor
    inward_scale: Tensor
    inward_shift: Tensor
    head_scale: Tensor
    head_shift: Tensor
    between: Tensor  # added between the two blocks


class Known(NamedTuple):
    """What follows from the conditions before anything is painted."""

    pairs: Tensor  # [B, 16] the weight of each biome in each season
    sun_x: Tensor  # [B, 1], as all of the following: the middles of sun and moon, columns and rows of pixels
    sun_y: Tensor
    moon_x: Tensor
    moon_y: Tensor
    lamp: Tensor  # how brightly the lamps behind windows are lit, 0-1


def known_of(vector: Tensor) -> Known:
    """Of conditions [B, 28]."""
    sine, cosine = single(vector, SINE), single(vector, COSINE)
    return Known(pairs(vector), *bodies(sine, cosine, night_of(-cosine)), lamplight(vector).reshape(-1, 1))


class Residual(nn.Module):
    """Two 3 x 3 convolutions with a scale and shift from the conditions between them; starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return x + self.b(F.relu(self.a(x) * (1 + scale) + shift))


def change(flow: nn.Module, vector: Tensor, state: Tensor) -> Tensor:
    """Change of the slow state [B, 2, h, w] under conditions [B, 28], in units per second.

    The state approaches a level at a rate; ``flow`` computes both from the conditions alone.
    """
    gain, pull = flow(vector)[..., None, None].split([2, 2], 1)
    return torch.as_tensor(gain + pull * state)


def pairs(vector: Tensor) -> Tensor:
    """The weight of each biome in each season, [B, 16], of conditions [B, 28]."""
    return (part(vector, "biome")[:, :, None] * part(vector, "season")[:, None, :]).reshape(-1, PAIRS)


class PainterNetwork(nn.Module):
    """Paints planes under conditions.

    A head at half size sees the planes of every pixel, two blocks at quarter size give it context, and palettes come from the
    conditions.

    Inputs
    ------
    vector : [B, 28] conditions
    planes : [B, 104, h, w] in 0-1, 26 planes by 4 phases, or in several tensors, one after another; h = 128 and w = 128 (224 when
        wide), or a crop
    state : [B, 2, q, q] snow cover and wetness in 0-1
    dt : [B, 1] seconds to the next frame
    y, x : [B, 1, 2h, 1], [B, 1, 1, 2w] pixel coordinates (whole picture when left out)
    overcast : [B, 1] mean of the cloud plane over the whole picture (taken from the planes when left out)

    Returns
    -------
    picture [B, 12, h, w] (3 colours by 4 phases, not clamped), next state [B, 2, q, q]
    """

    rows: Tensor
    columns: Tensor

    def __init__(self, level: str = "full", width: int = SIZE, embed: int = 160) -> None:
        super().__init__()
        self.half_width = width / 2
        self.sizes = LEVELS[level]
        head, a, context, palettes, shading, kernel, blocks = self.sizes
        self.lit = DISCS + shading
        shape = (1, head, SIZE // 2, width // 2)
        self.features = Branch("features", Product(True, True, True), shape, other=Product(False, True, True))
        shape = (1, 3 * (1 + palettes), 4 * SIZE // 2, width // 2)
        self.paints = Branch("paints", Product(True, False, False), shape, other=Product(False, False, False))
        self.over = Branch("particles", Particles(True), (1, PAINT, SIZE // 2, width // 2), other=Particles(False))
        self.embed = nn.Sequential(
            nn.Linear(VECTOR + 3 + PAIRS, embed),
            nn.SiLU(),
            nn.Linear(embed, embed),
            nn.SiLU(),
            nn.Linear(embed, embed),
            nn.SiLU(),
        )
        self.palette = nn.Linear(embed, (COLOURED + 1) * 3)
        self.palettes = nn.Linear(embed, palettes * THINGS * 3)
        self.air = nn.Conv2d(8, shading, kernel, 1, kernel // 2)
        self.planes_in = nn.Conv2d(4 * COLOURED + self.lit, head, 1)
        self.pack, self.place = nn.Conv2d(head, a, 2, 2), nn.Conv2d(GLOW, a, 1)
        self.r1 = Residual(a)
        self.r2 = Residual(a) if blocks == 2 else None
        self.context = nn.Conv2d(a, 4 * (context + PAINT), 1)
        self.h1, self.local, self.h2 = (
            nn.Conv2d(head + context, head, 1),
            nn.Conv2d(head, head, 3, 1, 1, groups=head),
            nn.Conv2d(head, PAINT + GATES + 4 * palettes, 1),
        )
        # The colour of each of the head's features depends on the conditions, as the palette of the planes does.
        self.colours = nn.Linear(embed, PAINT * head)
        self.particles = nn.Linear(embed, len(PARTICLES) * 3 + len(PARTICLES))
        self.lamps = nn.Linear(embed, 3)
        self.film_sizes = [a, a, a, a, head, head, head, head, a]  # of ``Film``
        self.film = nn.Linear(embed, sum(self.film_sizes))
        self.flow = nn.Sequential(nn.Linear(VECTOR, 32), nn.ReLU(), nn.Linear(32, 4))
        for layer in (self.palette, self.palettes, self.particles, self.film, self.colours):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.film.bias)
        nn.init.zeros_(self.colours.bias)
        nn.init.zeros_(self.palettes.bias)
        nn.init.zeros_(self.lamps.weight)
        self.lamps.bias.data = torch.tensor([1.0, 0.8, 0.4])
        self.register_buffer("rows", torch.arange(SIZE, dtype=torch.float32).reshape(1, 1, SIZE, 1), persistent=False)
        self.register_buffer("columns", columns(width).reshape(1, 1, 1, width), persistent=False)

    def lights(self, known: Known, y: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the clock tells: discs of sun and moon by phase [B, 12, h, w], their glow at quarter size [B, 10, h / 2, w /
        2]."""
        _, sun_x, sun_y, moon_x, moon_y, _ = known
        batch, h, w = int(y.shape[0]), int(y.shape[2]) // 2, int(x.shape[3]) // 2
        bright = len(sun_x)
        # Distances by a factor, so that the rim of a disc is as soft as it should be without another pass.
        rows = torch.cat([y[:, :, 0::2], y[:, :, 0::2], y[:, :, 1::2], y[:, :, 1::2]], 1).reshape(batch, 1, 4, h, 1)
        cols = torch.cat([x[..., 0::2], x[..., 1::2], x[..., 0::2], x[..., 1::2]], 1).reshape(batch, 1, 4, 1, w)
        middle_x = torch.cat([sun_x, moon_x, moon_x + CRESCENT_X], 1).reshape(bright, 3, 1, 1, 1)
        middle_y = torch.cat([sun_y, moon_y, moon_y - CRESCENT_Y], 1).reshape(bright, 3, 1, 1, 1)
        across, down = (((at - middle) * (1 / SOFT)).square() for at, middle in ((cols, middle_x), (rows, middle_y)))
        radius = torch.tensor(RADII).reshape(1, 3, 1, 1, 1) * (1 / SOFT)
        discs = (radius - ((across + 0.01 / SOFT**2) + down).sqrt()).clamp(-1, 1).reshape(bright, DISCS, h, w)
        rows, cols = y[:, :, 1::4] + 0.5, x[..., 1::4] + 0.5
        body_x, body_y = (torch.cat(v, 1).reshape(bright, 2, 1, 1) for v in ((sun_x, moon_x), (sun_y, moon_y)))
        away = ((cols - body_x).square() + (rows - body_y).square()).sqrt()
        radial = torch.exp(
            away.index_select(1, torch.tensor([0, 0, 0, 1])) * torch.tensor([-1 / f for f in FADES]).reshape(1, 4, 1, 1)
        )
        columns_of = torch.cat([sun_x, moon_x, sun_x, sun_x], 1).reshape(bright, 4, 1, 1)
        beside = torch.exp(-((cols - columns_of) * torch.tensor([1 / f for f in WIDTHS]).reshape(1, 4, 1, 1)).square())
        level = ((rows - HORIZON_ROW) / 46).square()
        at_height = torch.exp(-torch.cat([0 * level, 0 * level, 0 * level, level], 1))
        zero = torch.zeros_like(radial[:, :1])
        place = [rows / MIDDLE - 1 + zero, (cols - MIDDLE) / self.half_width + zero]
        return discs, torch.cat([*place, radial, beside * at_height], 1)

    def look(
        self, vector: Tensor, planes: Sequence[Tensor], y: Tensor | None = None, x: Tensor | None = None
    ) -> tuple[Seen, Tensor]:
        """As ``see``, of conditions [B, 28] and planes [B, 104, h, w] in one tensor or in several consecutive ones."""
        return self.see(known_of(vector), laid_out(torch.cat(list(planes), 1)), y, x)

    def see(self, known: Known, laid: Laid, y: Tensor | None = None, x: Tensor | None = None) -> tuple[Seen, Tensor]:
        """All that the head sees: the planes, what was found in them, sun and moon, the sky's shading; and the glow of sun
        and moon at quarter size, [B, 10, h / 2, w / 2]."""
        discs, glow = self.lights(known, self.rows if y is None else y, self.columns if x is None else x)
        drifting = torch.cat([laid.plane("cloud"), laid.plane("ripple")], 1)
        sky = F.relu(self.air(drifting * 2 - 1))
        # One concatenation for all: the planes are the largest tensor of a step, and a second one would copy them again.
        return Seen(torch.cat([*laid.common, discs, sky], 1), laid.rare, laid.weight), glow

    def forward(
        self, vector: Tensor, planes: Tensor, state: Tensor, dt: Tensor, y: Tensor | None = None, x: Tensor | None = None,
        overcast: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        return self.paint(vector, *self.look(vector, [planes], y, x), state, dt, overcast)

    def paint(
        self, vector: Tensor, seen: Seen, glow: Tensor, state: Tensor, dt: Tensor, overcast: Tensor | None = None,
        known: Known | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """As ``forward``, of what ``look`` gave: features of each pixel, their context, the head's decisions, the picture."""
        known = known or known_of(vector)
        if overcast is None:
            overcast = seen.plane("cloud").mean((1, 2, 3)).reshape(len(vector), 1)
        e = self.embed(torch.cat([vector, state.mean((2, 3)), overcast, known.pairs], 1))
        made = (self.film, self.colours, self.palette, self.palettes, self.particles, self.lamps)
        film_, *colours = F.linear(e, torch.cat([m.weight for m in made]), torch.cat([m.bias for m in made])).split(
            [m.out_features for m in made], 1
        )
        film = Film(*film_[..., None, None].split(self.film_sizes, 1))
        features = self._features(seen, film)
        context, base = self._context(features, glow, film)
        paint, open_sky, open_air, shares = self._head(features, context, colours[0], film)
        out = self._picture(seen, shares, paint + base, *colours[1:3])
        lit = torch.maximum(known.lamp, part(vector, "lamp"))
        inputs = (out, seen.common, seen.rare, open_sky, open_air, lit, *colours[3:])
        out = torch.as_tensor(self.over.body(*inputs)) if seen.weight is None else self.over(seen.weight, *inputs)
        return out, (state + dt[:, :, None, None] * change(self.flow, vector, state)).clamp(0, 1)

    def _places(self, order: int) -> list[Tensor]:
        """Where the weights of common and of rare planes are among those of ``PLANES``, and of what follows them in ``see``,
        ``order`` numbers for each plane."""
        known = len(THERE) + len(SELDOM)
        there = [*THERE, *range(known, COLOURED + self.lit // 4)]
        return [four(p) if order == 4 else torch.tensor(p) for p in (there, SELDOM)]

    @staticmethod
    def _of_seen(choice: Branch, seen: Seen, weights: Sequence[Tensor], shift: Tensor) -> Tensor:
        """``choice``, a branch of two ``Product``, with weights of the common and the rare planes."""
        inputs = (seen.common, seen.rare, *weights, shift)
        return torch.as_tensor(choice.body(*inputs) if seen.weight is None else choice(seen.weight, *inputs))

    def _features(self, seen: Seen, film: Film) -> Tensor:
        """Features of each pixel's planes, [B, head, h, w]."""
        batch = len(film.inward_scale)
        weight, bias = self.planes_in.weight, self.planes_in.bias
        assert bias is not None
        scale = 1 + film.inward_scale.reshape(batch, -1)
        inward = [weight[None, :, :, 0, 0].index_select(2, p) * scale[..., None] for p in self._places(4)]
        shift = bias.reshape(1, -1) * scale + film.inward_shift.reshape(batch, -1)
        return self._of_seen(self.features, seen, inward, shift)

    def _context(self, features: Tensor, glow: Tensor, film: Film) -> tuple[Tensor, Tensor]:
        """What lies around each pixel, [B, context, h, w], and a first colour by phase, [B, 12, h, w]; made at quarter size."""
        x = self.r1(F.relu(self.pack(features) + self.place(glow)), film.first_scale, film.first_shift)
        x = F.relu(x + film.between)
        if self.r2 is not None:
            x = self.r2(x, film.second_scale, film.second_shift)
        if len(x) > 1:
            wide = F.pixel_shuffle(self.context(x), 2)
            context, base = wide.split([self.sizes.context, PAINT], 1)
            return context, base
        # A transposed convolution puts the four pixels of each channel in their places. Each of the four has a bias of its
        # own: it is the weight of a constant.
        weight, bias = self.context.weight[:, :, 0, 0], self.context.bias
        assert bias is not None
        outward = torch.cat([weight, bias[:, None]], 1).t().reshape(1 + int(weight.shape[1]), -1, 2, 2)
        x = torch.cat([x, torch.ones_like(x[:, :1])], 1)
        context, base = F.conv_transpose2d(x, outward, stride=2).split([self.sizes.context, PAINT], 1)
        return context, base

    def _head(self, features: Tensor, context: Tensor, colours: Tensor, film: Film) -> tuple[Tensor, ...]:
        """What the head decides of each pixel: paint by phase, [B, 12, h, w]; gates of sky and air, [B, 4, h, w] each; shares of
        the palettes, [B, 4 + 4 palettes, h, w]. The share of the first palette is 1."""
        palettes, head = self.sizes.palettes, int(features.shape[1])
        batch = len(colours)
        near = features + F.relu(self.local(features))
        by_condition = 1 + film.head_scale.reshape(batch, -1)
        bias = self.h1.bias
        assert bias is not None
        weight = self.h1.weight[None, :, :, 0, 0] * by_condition[..., None]
        shift = bias.reshape(1, -1) * by_condition + film.head_shift.reshape(batch, -1)
        around = product(weight[:, :, head:], context)
        hidden = F.relu(product(weight[:, :, :head], near, shift) + around)
        bias = self.h2.bias
        assert bias is not None
        by_feature = colours.reshape(batch, PAINT, head)
        outward = self.h2.weight[None, :, :, 0, 0] + F.pad(by_feature, (0, 0, 0, GATES + 4 * palettes))
        whole = PAINT + GATES
        weight = torch.cat([outward[:, :whole], torch.zeros(batch, 4, head), outward[:, whole:]], 1)
        shift = torch.cat([bias[:whole], torch.ones(4), bias[whole:]]).reshape(1, -1)
        decided = product(weight, hidden + features, shift)
        return decided.split([PAINT, GATES // 2, GATES // 2, 4 + 4 * palettes], 1)

    def _picture(self, seen: Seen, shares: Tensor, base: Tensor, palette: Tensor, of_things: Tensor) -> Tensor:
        """The picture by phase without particles, [B, 12, h, w]: palettes times planes, and the head's paint."""
        batch, _, h, w = (int(size) for size in shares.shape)
        palettes, groups = self.sizes.palettes, COLOURED + self.lit // 4
        # The four phases of a plane are consecutive and have the same colour: palettes are one product with few rows. A pixel
        # takes all of the first; of the others it takes what the head finds: flowers, snow and relief have the same shapes on any
        # thing.
        first = palette.reshape(batch, 3, COLOURED + 1)
        shift = F.pad(first[:, :, COLOURED], (0, 3 * palettes))
        first = F.pad(first[:, :, :COLOURED], (0, self.lit // 4))
        others = F.pad(of_things.reshape(batch, 3 * palettes, THINGS), (0, groups - THINGS))
        both = torch.cat([first, others], 1)
        colours = self._of_seen(self.paints, seen, [both.index_select(2, p) for p in self._places(1)], shift)
        taken = colours.reshape(batch, 1 + palettes, 3, 4, h, w) * shares.reshape(batch, 1 + palettes, 1, 4, h, w)
        together = torch.matmul(torch.ones(1, 1 + palettes), taken.reshape(batch, 1 + palettes, 12 * h * w))  # a sum is slower
        return together.reshape(batch, 12, h, w) + base


def unpack(picture: Tensor) -> Tensor:
    """[B, 12, h, w] by phase -> [B, 3, 2h, 2w]."""
    return F.pixel_shuffle(picture, 2)
