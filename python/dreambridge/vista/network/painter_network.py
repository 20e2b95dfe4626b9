"""The painter network: planes, conditions and a slow state in, the picture and the next slow state out."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.painter.light import lamplight
from dreambridge.vista.world.conditions import part
from dreambridge.vista.world.names import COVERAGES, PLANES, SIZE, VECTOR
from dreambridge.vista.world.phases import columns_first, plane_of, unfolded
from dreambridge.vista.world.shapes import columns, ramp

STATE = (1, 2, 32, 32)
PARTICLES = 6  # stars, rain, flakes, motes, sparks, birds: composited after the paint, each with a colour and a strength
NP = len(PLANES)
GLOW = 10  # what the clock gives away of the light, see ``lights``
LIT = 12 + 16  # discs of sun and moon by phase, shading of the sky
FOUND = 3  # planes worked out of others: leaves that turn, how far each tree's do, spots of flowers or fallen leaves
COLOURED = NP + FOUND  # planes that have a colour of their own
GROUPS = COLOURED + LIT // 4 + 1  # planes and what else the head sees, by four, and a constant
SEEN = 4 * GROUPS
THINGS = COVERAGES + 4  # planes of what is there: coverages and surface
PALETTES = 3  # of things, beside the first: what a pixel takes of each, the head decides
PAIRS = 16  # of a biome with a season: what a season makes of a land is its own in each
CONTEXT = 20  # channels that the blocks hand to the head; unfolding them to half size costs time


class Residual(nn.Module):
    """Two 3 x 3 convolutions with a condition's scale and shift between them; starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return x + self.b(F.relu(self.a(x) * (1 + scale) + shift))


def product(weight: Tensor, x: Tensor) -> Tensor:
    """``weight`` [B, C, K] times the channels of ``x`` [B, K, h, w]: [B, C, h * w].

    In ONNX Runtime a plain matrix product saves reordering the widest tensors to a convolution's blocked layout and back.
    """
    return torch.matmul(weight, x.reshape(int(x.shape[0]), int(x.shape[1]), -1))


def change(flow: nn.Module, vector: Tensor, state: Tensor) -> Tensor:
    """Change of the slow state [B, 2, h, w] under conditions [B, 28], in units a second.

    It runs towards a level at a rate, and ``flow`` makes both of the conditions alone.
    """
    gain, pull = flow(vector)[..., None, None].split([2, 2], 1)
    return torch.as_tensor(gain + pull * state)


def pairs(vector: Tensor) -> Tensor:
    """How far each biome is there in each season, [B, 16], of conditions [B, 28]."""
    return (part(vector, "biome")[:, :, None] * part(vector, "season")[:, None, :]).reshape(-1, PAIRS)


def composed(out: Tensor, layers: Sequence[tuple[Tensor, Tensor, bool]]) -> Tensor:
    """A picture [B, 12, h, w] with layers over it, the rearmost first: colour [B, 3], amount [B, 4, h, w], does it cover or add.

    Layer by layer this would pass over all colours of all pixels three times a layer; here the amounts, which have no colour, are
    put through each other first, and one product gives them their colours.
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
    """What is small and hangs on two planes at once, so that training hardly meets it, [B, 12, h, w]: where leaves turn with the
    season (shade above a half), the second colour of each tree's, and spots on the ground where its grain is thick."""
    plant, variation = plane_of(planes, "plant"), plane_of(planes, "variation")
    leaves = torch.minimum(F.relu(variation * 10 - plant * 4.5), plant)
    second = F.relu(variation * 2.5 - plant * 1.5)
    grain = (plane_of(planes, "texture") * (7 / 0.3) - (3.5 + 1.3) / 0.3).clamp(0, 1)
    ground = plane_of(planes, "ground") + plane_of(planes, "near") * 0.3
    return torch.cat([leaves, second * second, grain * ground], 1)


class Painter(nn.Module):
    """A half-size head that sees every pixel's planes, two blocks at quarter size for context, and a palette made from the conditions.

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

    def __init__(self, channels: int = 32, head: int = 48, embed: int = 160, width: int = SIZE) -> None:
        super().__init__()
        self.half_width = width / 2
        a = channels
        self.embed = nn.Sequential(
            nn.Linear(VECTOR + 3 + PAIRS, embed),
            nn.SiLU(),
            nn.Linear(embed, embed),
            nn.SiLU(),
            nn.Linear(embed, embed),
            nn.SiLU(),
        )
        self.palette = nn.Linear(embed, (COLOURED + 1) * 3)
        self.palettes = nn.Linear(embed, PALETTES * THINGS * 3)
        self.air = nn.Conv2d(8, 16, 5, 1, 2)
        self.planes_in = nn.Conv2d(4 * COLOURED + LIT, head, 1)
        self.pack, self.place = nn.Conv2d(head, a, 2, 2), nn.Conv2d(GLOW, a, 1)
        self.r1, self.r2 = Residual(a), Residual(a)
        self.context = nn.Conv2d(a, 4 * (CONTEXT + 12), 1)
        self.h1, self.local, self.h2 = (
            nn.Conv2d(head + CONTEXT, head, 1),
            nn.Conv2d(head, head, 3, 1, 1, groups=head),
            nn.Conv2d(head, 20 + 4 * PALETTES, 1),
        )
        # What colour each of the head's features has hangs on the conditions, as the palette of the planes does.
        self.colours = nn.Linear(embed, 12 * head)
        self.particles = nn.Linear(embed, PARTICLES * 3 + PARTICLES)
        self.lamps = nn.Linear(embed, 3)
        # scale and shift of: both blocks, the head's two layers; and what is added between the blocks
        self.film_sizes = [a, a, a, a, head, head, head, head, a]
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
        """What the clock gives away: discs of sun and moon by phase [B, 12, h, w], their glow at quarter size [B, 10, ...]."""
        s, c = vector[:, 0].reshape(-1, 1, 1, 1), vector[:, 1].reshape(-1, 1, 1, 1)
        night = 1 - ramp(-0.28, 0.02, -c)
        sx, sy, mx, my = 128 - 105 * s, 142 + 118 * c, 128 + 85 * s, 62 + 120 * (1 - night)
        py = torch.cat([y[:, :, 0::2], y[:, :, 0::2], y[:, :, 1::2], y[:, :, 1::2]], 1)
        px = torch.cat([x[..., 0::2], x[..., 1::2], x[..., 0::2], x[..., 1::2]], 1)

        def disc(cx: Tensor, cy: Tensor, radius: float) -> Tensor:
            return ((radius - ((px - cx) ** 2 + (py - cy) ** 2 + 0.01).sqrt()) / 2.5).clamp(-1, 1)

        discs = torch.cat([disc(sx, sy, 10.5), disc(mx, my, 9.2), disc(mx + 5, my - 3, 8.7)], 1)
        qy, qx = y[:, :, 1::4] + 0.5, x[..., 1::4] + 0.5
        rs, rm = ((qx - sx) ** 2 + (qy - sy) ** 2).sqrt(), ((qx - mx) ** 2 + (qy - my) ** 2).sqrt()
        zero = torch.zeros_like(rs)
        glow = [qy / 128 - 1 + zero, (qx - 128) / self.half_width + zero]
        glow += [torch.exp(-rs / 30), torch.exp(-rs / 80), torch.exp(-rs / 160), torch.exp(-rm / 30)]
        glow += [torch.exp(-(((qx - sx) / 20) ** 2)) + zero, torch.exp(-(((qx - mx) / 16) ** 2)) + zero]
        wide = torch.exp(-(((qx - sx) / 100) ** 2))
        glow += [wide + zero, wide * torch.exp(-(((qy - 150) / 46) ** 2))]
        return discs, torch.cat(glow, 1)

    def look(
        self, vector: Tensor, planes: Sequence[Tensor], y: Tensor | None = None, x: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """All that the head sees, planes first, then what was found in them, what the clock gives away, the sky's shading and a
        constant: [B, 148, h, w];
        and the glow of sun and moon at quarter size [B, 10, h / 2, w / 2]."""
        discs, glow = self.lights(vector, self.rows if y is None else y, self.columns if x is None else x)
        drifting = torch.cat([plane_of(planes, "cloud"), plane_of(planes, "ripple")], 1)
        sky = F.relu(self.air(drifting * 2 - 1))
        # one joining for all: the planes are the largest tensor of a step, and a second would copy them again
        return torch.cat([*planes, found(planes), discs, sky, torch.ones_like(discs[:, :4])], 1), glow

    def forward(
        self, vector: Tensor, planes: Tensor, state: Tensor, dt: Tensor, y: Tensor | None = None, x: Tensor | None = None,
        overcast: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        return self.paint(vector, *self.look(vector, [planes], y, x), state, dt, overcast)

    def paint(
        self,
        vector: Tensor,
        seen: Tensor,
        glow: Tensor,
        state: Tensor,
        dt: Tensor,
        overcast: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """As ``forward``, of what ``look`` gave."""
        # plain numbers, or the exported graph works them out at each step
        batch, _, h, w = (int(size) for size in seen.shape)

        def air(name: str) -> Tensor:
            return plane_of([seen], name)

        if overcast is None:
            overcast = air("cloud").mean((1, 2, 3)).reshape(batch, 1)
        e = self.embed(torch.cat([vector, state.mean((2, 3)), overcast, pairs(vector)], 1))
        f = self.film(e)[..., None, None].split(self.film_sizes, 1)
        # biases as weights of the constant, which saves passes over the picture
        weight, bias = self.planes_in.weight, self.planes_in.bias
        assert bias is not None
        inward = weight[None, :, :, 0, 0] * (1 + f[4].reshape(batch, -1, 1))
        shift = bias.reshape(1, -1, 1) * (1 + f[4].reshape(batch, -1, 1)) + f[5].reshape(batch, -1, 1)
        h0 = F.relu(product(torch.cat([inward, F.pad(shift, (0, 3))], 2), seen)).reshape(batch, -1, h, w)
        x1 = self.r1(F.relu(self.pack(h0) + self.place(glow)), f[0], f[1])
        x1 = self.r2(F.relu(x1 + f[8]), f[2], f[3])
        if batch == 1:
            order = self.context
            assert order.bias is not None
            wide = unfolded(F.conv2d(x1, columns_first(order.weight), columns_first(order.bias)))
        else:
            wide = F.pixel_shuffle(self.context(x1), 2)
        context, base = wide.split([CONTEXT, 12], 1)
        near = h0 + F.relu(self.local(h0))
        head = near.shape[1]
        by_condition = 1 + f[6].reshape(batch, -1, 1)
        bias = self.h1.bias
        assert bias is not None
        weight = self.h1.weight[None, :, :, 0, 0] * by_condition
        shift = bias.reshape(1, -1, 1) * by_condition + f[7].reshape(batch, -1, 1)
        h1 = product(weight[:, :, :head], near) + (product(weight[:, :, head:], context) + shift)
        h1 = F.relu(h1).reshape(batch, head, h, w)
        bias = self.h2.bias
        assert bias is not None
        by_feature = self.colours(e).reshape(batch, 12, head)
        outward = self.h2.weight[None, :, :, 0, 0] + F.pad(by_feature, (0, 0, 0, 8 + 4 * PALETTES))
        # four rows more, which are 1 everywhere: of the first palette a pixel takes all
        outward = torch.cat([outward[:, :20], torch.zeros(batch, 4, head), outward[:, 20:]], 1)
        bias = torch.cat([bias[:20], torch.ones(4), bias[20:]])
        last = (product(outward, h1 + h0) + bias.reshape(1, -1, 1)).reshape(batch, -1, h, w)
        paint, gates, shares = last.split([12, 8, 4 * (1 + PALETTES)], 1)

        # The four phases of a plane lie one behind the other and have the same colour: palettes are one product with few rows. Of
        # the first a pixel takes all, of the others what the head finds: flowers, snow, relief are the same shapes on whatever they lie.
        first = self.palette(e).reshape(batch, 3, COLOURED + 1)
        first = torch.cat([first[:, :, :COLOURED], torch.zeros(batch, 3, LIT // 4), first[:, :, COLOURED:]], 2)
        others = F.pad(self.palettes(e).reshape(batch, 3 * PALETTES, THINGS), (0, GROUPS - THINGS))
        colours = torch.matmul(torch.cat([first, others], 1), seen.reshape(batch, GROUPS, 4 * h * w))
        taken = colours.reshape(batch, 1 + PALETTES, 3, 4, h, w) * shares.reshape(batch, 1 + PALETTES, 1, 4, h, w)
        together = torch.matmul(torch.ones(1, 1 + PALETTES), taken.reshape(batch, 1 + PALETTES, 12 * h * w))  # a sum is slower
        out = together.reshape(batch, 12, h, w) + paint + base
        tint = self.particles(e)
        stars, rain, flakes, motes, sparks, birds = tint[:, : 3 * PARTICLES].reshape(batch, PARTICLES, 3).unbind(1)
        strong = torch.sigmoid(tint[:, 3 * PARTICLES :])[..., None, None, None]
        open_sky, airy = torch.sigmoid(gates).split([4, 4], 1)
        out = composed(out, (
            # Windows are few and small: left to the palette, a lamp that an event lights at noon is never learned.
            (self.lamps(e), air("window") * lamplight(vector), True),
            (stars, air("star") * open_sky, False),
            (sparks, air("spark") * open_sky, False),
            (birds, air("bird") * open_sky * strong[:, 5], True),
            (rain, air("rain"), False),
            (flakes, air("flake") * strong[:, 2], True),
            (motes, air("mote") * airy * strong[:, 3], False),
        ))  # fmt: skip
        return out, (state + dt[:, :, None, None] * change(self.flow, vector, state)).clamp(0, 1)


def unpack(picture: Tensor) -> Tensor:
    """[B, 12, h, w] by phase -> [B, 3, 2h, 2w]."""
    return F.pixel_shuffle(picture, 2)
