"""The painter network: planes, conditions and a slow state in, the picture and the next slow state out."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.painter.light import lamplight
from dreambridge.vista.world.conditions import part
from dreambridge.vista.world.names import COSINE, COVERAGES, HORIZON_ROW, MIDDLE, PLANES, SINE, SIZE, VECTOR
from dreambridge.vista.world.phases import columns_first, plane_of, unfolded
from dreambridge.vista.world.shapes import columns
from dreambridge.vista.world.sun_moon import CRESCENT_X, CRESCENT_Y, bodies, night_of

# Composited over the paint, each with a colour and a strength.
PARTICLES = ("star", "rain", "flake", "mote", "spark", "bird")
PARTICLE = {name: i for i, name in enumerate(PARTICLES)}
GLOW = 10  # planes of what the clock tells of the light, see ``lights``
DISCS = 12  # discs of sun and moon by phase
FOUND = 3  # planes computed from others: leaves that turn, their second colour, spots of flowers or fallen leaves
COLOURED = len(PLANES) + FOUND  # planes that have a colour of their own
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


class Residual(nn.Module):
    """Two 3 x 3 convolutions with a scale and shift from the conditions between them; starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return x + self.b(F.relu(self.a(x) * (1 + scale) + shift))


def product(weight: Tensor, x: Tensor) -> Tensor:
    """``weight`` [B, C, K] times the channels of ``x`` [B, K, h, w]: [B, C, h * w].

    In ONNX Runtime a plain matrix product saves converting the widest tensors to the blocked layout of a convolution and back.
    """
    return torch.matmul(weight, x.reshape(int(x.shape[0]), int(x.shape[1]), -1))


def change(flow: nn.Module, vector: Tensor, state: Tensor) -> Tensor:
    """Change of the slow state [B, 2, h, w] under conditions [B, 28], in units per second.

    The state approaches a level at a rate; ``flow`` computes both from the conditions alone.
    """
    gain, pull = flow(vector)[..., None, None].split([2, 2], 1)
    return torch.as_tensor(gain + pull * state)


def pairs(vector: Tensor) -> Tensor:
    """The weight of each biome in each season, [B, 16], of conditions [B, 28]."""
    return (part(vector, "biome")[:, :, None] * part(vector, "season")[:, None, :]).reshape(-1, PAIRS)


def composed(out: Tensor, layers: Sequence[tuple[Tensor, Tensor, bool]]) -> Tensor:
    """A picture [B, 12, h, w] with layers over it, the rearmost first: colour [B, 3], amount [B, 4, h, w], whether it covers or
    adds.

    Layer by layer this would pass over all colours of all pixels three times for each layer. Here the amounts, which have no
    colour, are composited first, and one product gives them their colours.
    """
    batch, _, h, w = (int(size) for size in out.shape)
    through: Tensor | None = None
    amounts, colours = [], []
    for colour, amount, covers in reversed(layers):
        amounts.append(amount if through is None else amount * through)
        colours.append(colour)
        if covers:
            through = 1 - amount if through is None else through - amounts[-1]
    seen = torch.matmul(torch.stack(colours, 2), torch.stack(amounts, 1).reshape(batch, len(layers), 4 * h * w))
    rest = out.reshape(batch, 3, 4 * h * w)
    if through is not None:
        rest = rest * through.reshape(batch, 1, 4 * h * w)
    return (rest + seen).reshape(batch, 12, h, w)


def found(planes: Sequence[Tensor]) -> Tensor:
    """Planes for what is small and depends on two planes at once, which training hardly finds by itself, [B, 12, h, w]: where
    leaves turn with the season (shade above a half), how much of each tree's second colour, spots on the ground where its grain
    is thick."""
    plant, variation = plane_of(planes, "plant"), plane_of(planes, "variation")
    leaves = torch.minimum(F.relu(variation * 10 - plant * 4.5), plant)
    second = F.relu(variation * 2.5 - plant * 1.5)
    grain = (plane_of(planes, "texture") * (7 / 0.3) - (3.5 + 1.3) / 0.3).clamp(0, 1)
    ground = plane_of(planes, "ground") + plane_of(planes, "near") * 0.3
    return torch.cat([leaves, second * second, grain * ground], 1)


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
        # What the head sees, in groups of four phases: the coloured planes, sun, moon and sky, and a constant.
        self.groups = COLOURED + self.lit // 4 + 1
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

    def lights(self, vector: Tensor, y: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the clock tells: discs of sun and moon by phase [B, 12, h, w], their glow at quarter size [B, 10, h / 2, w /
        2]."""
        sine, cosine = vector[:, SINE].reshape(-1, 1, 1, 1), vector[:, COSINE].reshape(-1, 1, 1, 1)
        night = night_of(-cosine)
        sun_x, sun_y, moon_x, moon_y = bodies(sine, cosine, night)
        rows = torch.cat([y[:, :, 0::2], y[:, :, 0::2], y[:, :, 1::2], y[:, :, 1::2]], 1)
        cols = torch.cat([x[..., 0::2], x[..., 1::2], x[..., 0::2], x[..., 1::2]], 1)

        def disc(at_x: Tensor, at_y: Tensor, radius: float) -> Tensor:
            return ((radius - ((cols - at_x) ** 2 + (rows - at_y) ** 2 + 0.01).sqrt()) / 2.5).clamp(-1, 1)

        each = [disc(sun_x, sun_y, 10.5), disc(moon_x, moon_y, 9.2)]
        each.append(disc(moon_x + CRESCENT_X, moon_y - CRESCENT_Y, 8.7))
        discs = torch.cat(each, 1)
        rows, cols = y[:, :, 1::4] + 0.5, x[..., 1::4] + 0.5
        from_sun, from_moon = (
            ((cols - sun_x) ** 2 + (rows - sun_y) ** 2).sqrt(),
            ((cols - moon_x) ** 2 + (rows - moon_y) ** 2).sqrt(),
        )
        zero = torch.zeros_like(from_sun)
        glow = [rows / MIDDLE - 1 + zero, (cols - MIDDLE) / self.half_width + zero]
        glow += [torch.exp(-from_sun / 30), torch.exp(-from_sun / 80), torch.exp(-from_sun / 160), torch.exp(-from_moon / 30)]
        glow += [torch.exp(-(((cols - sun_x) / 20) ** 2)) + zero, torch.exp(-(((cols - moon_x) / 16) ** 2)) + zero]
        wide = torch.exp(-(((cols - sun_x) / 100) ** 2))
        glow += [wide + zero, wide * torch.exp(-(((rows - HORIZON_ROW) / 46) ** 2))]
        return discs, torch.cat(glow, 1)

    def look(
        self, vector: Tensor, planes: Sequence[Tensor], y: Tensor | None = None, x: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """All that the head sees, [B, 4 groups, h, w]: the planes, what was found in them, sun and moon, the sky's shading, a
        constant; and the glow of sun and moon at quarter size, [B, 10, h / 2, w / 2]."""
        discs, glow = self.lights(vector, self.rows if y is None else y, self.columns if x is None else x)
        drifting = torch.cat([plane_of(planes, "cloud"), plane_of(planes, "ripple")], 1)
        sky = F.relu(self.air(drifting * 2 - 1))
        # One concatenation for all: the planes are the largest tensor of a step, and a second one would copy them again.
        return torch.cat([*planes, found(planes), discs, sky, torch.ones_like(discs[:, :4])], 1), glow

    def forward(
        self, vector: Tensor, planes: Tensor, state: Tensor, dt: Tensor, y: Tensor | None = None, x: Tensor | None = None,
        overcast: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        return self.paint(vector, *self.look(vector, [planes], y, x), state, dt, overcast)

    def paint(
        self, vector: Tensor, seen: Tensor, glow: Tensor, state: Tensor, dt: Tensor, overcast: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """As ``forward``, of what ``look`` gave: features of each pixel, their context, the head's decisions, the picture."""
        if overcast is None:
            overcast = plane_of([seen], "cloud").mean((1, 2, 3)).reshape(int(seen.shape[0]), 1)
        e = self.embed(torch.cat([vector, state.mean((2, 3)), overcast, pairs(vector)], 1))
        film = Film(*self.film(e)[..., None, None].split(self.film_sizes, 1))
        features = self._features(seen, film)
        context, base = self._context(features, glow, film)
        paint, decided = self._head(features, context, e, film)
        out = self._picture(vector, seen, decided, paint + base, e)
        return out, (state + dt[:, :, None, None] * change(self.flow, vector, state)).clamp(0, 1)

    def _features(self, seen: Tensor, film: Film) -> Tensor:
        """Features of each pixel's planes, [B, head, h, w]."""
        batch, _, h, w = (int(size) for size in seen.shape)
        # biases as weights of the constant, which saves passes over the picture
        weight, bias = self.planes_in.weight, self.planes_in.bias
        assert bias is not None
        inward = weight[None, :, :, 0, 0] * (1 + film.inward_scale.reshape(batch, -1, 1))
        shift = bias.reshape(1, -1, 1) * (1 + film.inward_scale.reshape(batch, -1, 1)) + film.inward_shift.reshape(batch, -1, 1)
        return F.relu(product(torch.cat([inward, F.pad(shift, (0, 3))], 2), seen)).reshape(batch, -1, h, w)

    def _context(self, features: Tensor, glow: Tensor, film: Film) -> tuple[Tensor, Tensor]:
        """What lies around each pixel and a 1, [B, context + 1, h, w], and a first colour by phase, [B, 12, h, w]; made at
        quarter size."""
        x = self.r1(F.relu(self.pack(features) + self.place(glow)), film.first_scale, film.first_shift)
        x = F.relu(x + film.between)
        if self.r2 is not None:
            x = self.r2(x, film.second_scale, film.second_shift)
        weight, bias, paint = self.context.weight, self.context.bias, self.h2.bias
        assert bias is not None and paint is not None
        # Constants as part of this small convolution: the 1 carries the shift of the head's products, and the first colour the
        # bias of the head's paint. Adding them at half size would take a pass over all features each.
        n = 4 * self.sizes.context
        weight = torch.cat([weight[:n], torch.zeros(4, *weight.shape[1:]), weight[n:]])
        bias = torch.cat([bias[:n], torch.ones(4), bias[n:] + paint[:PAINT].repeat_interleave(4)])
        if int(features.shape[0]) == 1:
            wide = unfolded(F.conv2d(x, columns_first(weight), columns_first(bias)))
        else:
            wide = F.pixel_shuffle(F.conv2d(x, weight, bias), 2)
        context, base = wide.split([self.sizes.context + 1, PAINT], 1)
        return context, base

    def _head(self, features: Tensor, context: Tensor, e: Tensor, film: Film) -> tuple[Tensor, Tensor]:
        """What the head decides of each pixel: paint by phase, [B, 12, h, w]; gates of sky and air, shares of
        the palettes, [B, 8 + 4 palettes, h, w]. The
        bias of the paint is in the first colour already."""
        palettes = self.sizes.palettes
        batch, _, h, w = (int(size) for size in features.shape)
        near = features + F.relu(self.local(features))
        head = near.shape[1]
        by_condition = 1 + film.head_scale.reshape(batch, -1, 1)
        bias = self.h1.bias
        assert bias is not None
        weight = self.h1.weight[None, :, :, 0, 0] * by_condition
        shift = bias.reshape(1, -1, 1) * by_condition + film.head_shift.reshape(batch, -1, 1)
        hidden = product(weight[:, :, :head], near) + product(torch.cat([weight[:, :, head:], shift], 2), context)
        hidden = F.relu(hidden).reshape(batch, head, h, w)
        bias = self.h2.bias
        assert bias is not None
        by_feature = self.colours(e).reshape(batch, PAINT, head)
        outward = self.h2.weight[None, :, :, 0, 0] + F.pad(by_feature, (0, 0, 0, GATES + 4 * palettes))
        decided = product(outward, hidden + features)
        rest = decided[:, PAINT:] + bias[PAINT:].reshape(1, -1, 1)
        return decided[:, :PAINT].reshape(batch, PAINT, h, w), rest.reshape(batch, -1, h, w)

    def _picture(self, vector: Tensor, seen: Tensor, decided: Tensor, base: Tensor, e: Tensor) -> Tensor:
        """The picture by phase, [B, 12, h, w]: palettes times planes, the head's paint, and the particles over it."""
        batch, _, h, w = (int(size) for size in seen.shape)
        palettes, groups = self.sizes.palettes, self.groups

        def plane(name: str) -> Tensor:
            return plane_of([seen], name)

        gates, shares = decided.split([GATES, 4 * palettes], 1)
        # The four phases of a plane are consecutive and have the same colour: palettes are one product with few rows. A pixel
        # takes all of the first; of the others it takes what the head finds: flowers, snow and relief have the same shapes on any
        # thing.
        first = self.palette(e).reshape(batch, 3, COLOURED + 1)
        first = torch.cat([first[:, :, :COLOURED], torch.zeros(batch, 3, self.lit // 4), first[:, :, COLOURED:]], 2)
        others = F.pad(self.palettes(e).reshape(batch, 3 * palettes, THINGS), (0, groups - THINGS))
        colours = torch.matmul(torch.cat([first, others], 1), seen.reshape(batch, groups, 4 * h * w))
        own, of_others = colours.split([3, 3 * palettes], 1)
        taken = of_others.reshape(batch, palettes, 3, 4, h, w) * shares.reshape(batch, palettes, 1, 4, h, w)
        together = torch.matmul(torch.ones(1, palettes), taken.reshape(batch, palettes, 12 * h * w))  # a sum is slower
        out = (own.reshape(batch, 1, 12 * h * w) + together).reshape(batch, 12, h, w) + base
        tint = self.particles(e)
        count = len(PARTICLES)
        colour = dict(zip(PARTICLES, tint[:, : 3 * count].reshape(batch, count, 3).unbind(1), strict=True))
        strength = torch.sigmoid(tint[:, 3 * count :])[..., None, None, None]
        open_sky, open_air = torch.sigmoid(gates).split([4, 4], 1)
        return composed(out, (
            # Windows are few and small: the palette alone never learns a lamp that an event lights at noon.
            (self.lamps(e), plane("window") * lamplight(vector), True),
            (colour["star"], plane("star") * open_sky, False),
            (colour["spark"], plane("spark") * open_sky, False),
            (colour["bird"], plane("bird") * open_sky * strength[:, PARTICLE["bird"]], True),
            (colour["rain"], plane("rain"), False),
            (colour["flake"], plane("flake") * strength[:, PARTICLE["flake"]], True),
            (colour["mote"], plane("mote") * open_air * strength[:, PARTICLE["mote"]], False),
        ))  # fmt: skip


def unpack(picture: Tensor) -> Tensor:
    """[B, 12, h, w] by phase -> [B, 3, 2h, 2w]."""
    return F.pixel_shuffle(picture, 2)
