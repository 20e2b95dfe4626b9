"""The painter network: planes, conditions and a slow state in, the picture and the next slow state out."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.light import lamplight
from dreambridge.vista.names import INDEX, PLANES, SIZE, VECTOR
from dreambridge.vista.shapes import columns, ramp

STATE = (1, 2, 32, 32)
PARTICLES = 6  # stars, rain, flakes, motes, sparks, birds: composited after the paint, each with a colour and a strength
NP = len(PLANES)
GLOW = 10  # what the clock gives away of the light, see ``lights``
CONTEXT = 20  # channels that the U-Net hands to the head; unfolding them to half size costs time


class Residual(nn.Module):
    """Two 3 x 3 convolutions with a condition's scale and shift between them; starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return x + self.b(F.relu(self.a(x) * (1 + scale) + shift))


def mixed(parts: Sequence[tuple[nn.Conv2d, Tensor]], scale: Tensor | None = None, shift: Tensor | None = None) -> Tensor:
    """The sum of 1 x 1 convolutions of several tensors [B, K, h, w], scaled and shifted by condition: [B, C, h, w].

    The scale goes into the weights, and the product is a plain matrix product: in ONNX Runtime that saves reordering the
    widest tensors to its blocked layout and back. A convolution that comes several times takes its inputs one after another.
    """
    batch, _, h, w = parts[0][1].shape
    out: Tensor | int = 0
    bias: Tensor | int = 0
    taken: dict[nn.Conv2d, int] = {}
    for conv, x in parts:
        first = taken.get(conv, 0)
        taken[conv] = first + x.shape[1]
        weight = conv.weight[None, :, first : taken[conv], 0, 0]
        if scale is not None:
            weight = weight * (1 + scale.reshape(batch, -1, 1))
        out = out + torch.matmul(weight, x.reshape(batch, x.shape[1], h * w))
        if not first and conv.bias is not None:
            bias = bias + conv.bias.reshape(1, -1, 1)
    if scale is not None and shift is not None:
        bias = bias * (1 + scale.reshape(batch, -1, 1)) + shift.reshape(batch, -1, 1)
    return torch.as_tensor(out + bias).reshape(batch, -1, h, w)


def change(flow: nn.Module, vector: Tensor, state: Tensor) -> Tensor:
    """Change of the slow state [B, 2, h, w] under conditions [B, 28], in units a second.

    It runs towards a level at a rate, and ``flow`` makes both of the conditions alone.
    """
    gain, pull = flow(vector)[..., None, None].split([2, 2], 1)
    return torch.as_tensor(gain + pull * state)


def composed(out: Tensor, layers: Sequence[tuple[Tensor, Tensor, bool]]) -> Tensor:
    """A picture [B, 12, h, w] with layers over it, the rearmost first: colour [B, 3], amount [B, 4, h, w], does it cover or add.

    Layer by layer this would pass over all colours of all pixels three times a layer; here the amounts, which have no colour, are
    put through each other first, and one product gives them their colours.
    """
    batch, _, h, w = out.shape
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


def unfolded(x: Tensor) -> Tensor:
    """``pixel_shuffle(x, 2)``: columns interleaved by transposing pairs, rows by joining, which ONNX Runtime does faster."""
    batch, channels, h, w = x.shape
    rows = x.reshape(batch * (channels // 4) * 2, 2, h * w).transpose(1, 2).reshape(-1, 2, h, 2 * w)
    return torch.cat([rows[:, 0], rows[:, 1]], 2).reshape(batch, channels // 4, 2 * h, 2 * w)


class Painter(nn.Module):
    """A half-size head that sees every pixel's planes, a U-Net for context, and a palette made from the conditions.

    Inputs
    ------
    vector : [B, 28] conditions
    planes : [B, 104, h, w] in 0-1, 26 planes by 4 phases; h = 128 and w = 128 (224 when wide), or a crop
    state : [B, 2, q, q] snow cover and wetness in 0-1
    dt : [B, 1] seconds to the next frame
    y, x : [B, 1, 2h, 1], [B, 1, 1, 2w] pixel coordinates (whole picture when left out)

    Returns
    -------
    picture [B, 12, h, w] (3 colours by 4 phases, not clamped), next state [B, 2, q, q]
    """

    rows: Tensor
    columns: Tensor
    same_phase: Tensor

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 112), head: int = 64, embed: int = 160, width: int = SIZE) -> None:
        super().__init__()
        self.half_width = width / 2
        a, b, c = widths
        self.head, self.embed_size = head, embed
        self.embed = nn.Sequential(
            nn.Linear(VECTOR + 2, embed), nn.SiLU(), nn.Linear(embed, embed), nn.SiLU(), nn.Linear(embed, embed), nn.SiLU()
        )
        self.palette = nn.Linear(embed, (NP + 1) * 3)
        self.air = nn.Conv2d(8, 16, 5, 1, 2)
        self.planes_in, self.lights_in = nn.Conv2d(4 * NP, head, 1), nn.Conv2d(12 + 16, head, 1)
        self.pack, self.place = nn.Conv2d(head, a, 2, 2), nn.Conv2d(GLOW, a, 1)
        self.r1, self.down1, self.r2, self.down2 = (
            Residual(a), nn.Conv2d(a, b, 3, 2, 1), Residual(b), nn.Conv2d(b, c, 3, 2, 1)
        )  # fmt: skip
        self.r3, self.r4, self.up2, self.r5, self.up1, self.r6 = (
            Residual(c), Residual(c), nn.Conv2d(c, b, 1), Residual(b), nn.Conv2d(b, a, 1), Residual(a)
        )  # fmt: skip
        self.state_in = nn.Conv2d(2, b, 1)
        self.context = nn.Conv2d(a, 4 * (CONTEXT + 12), 1)
        self.h1, self.local, self.h2 = (
            nn.Conv2d(head + CONTEXT, head, 1),
            nn.Conv2d(head, head, 3, 1, 1, groups=head),
            nn.Conv2d(head, 24, 1),
        )
        self.particles = nn.Linear(embed, PARTICLES * 3 + PARTICLES)
        self.lamps = nn.Linear(embed, 3)
        films = [a, b, c, c, b, a, head, head]
        self.film_sizes = [n for f in films for n in (f, f)]
        self.film = nn.Linear(embed, sum(self.film_sizes))
        self.flow = nn.Sequential(nn.Linear(VECTOR, 32), nn.ReLU(), nn.Linear(32, 4))
        for layer in (self.palette, self.particles, self.film):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.film.bias)
        nn.init.zeros_(self.lamps.weight)
        self.lamps.bias.data = torch.tensor([1.0, 0.8, 0.4])
        self.register_buffer("same_phase", torch.eye(4), persistent=False)
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

    def forward(
        self, vector: Tensor, planes: Tensor, state: Tensor, dt: Tensor, y: Tensor | None = None, x: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        y, x = self.rows if y is None else y, self.columns if x is None else x
        batch, _, h, w = planes.shape
        e = self.embed(torch.cat([vector, state.mean((2, 3))], 1))
        f = self.film(e)[..., None, None].split(self.film_sizes, 1)
        discs, glow = self.lights(vector, y, x)

        def air(name: str) -> Tensor:
            return planes[:, 4 * INDEX[name] : 4 * INDEX[name] + 4]

        sky = F.relu(self.air(torch.cat([air("cloud"), air("ripple")], 1) * 2 - 1))
        lit = torch.cat([discs, sky], 1)
        h0 = F.relu(mixed(((self.planes_in, planes), (self.lights_in, lit)), f[12], f[13]))
        x1 = self.r1(F.relu(self.pack(h0) + self.place(glow)), f[0], f[1])
        slow = state if state.shape[2] == h // 4 else F.interpolate(state, size=(h // 4, w // 4))
        x2 = self.r2(F.relu(self.down1(x1) + self.state_in(slow)), f[2], f[3])
        x3 = self.r4(self.r3(F.relu(self.down2(x2)), f[4], f[5]), f[6], f[7])
        x2 = self.r5(F.relu(x2 + F.interpolate(self.up2(x3), scale_factor=2.0)), f[8], f[9])
        x1 = self.r6(F.relu(x1 + F.interpolate(self.up1(x2), scale_factor=2.0)), f[10], f[11])
        context, base = unfolded(self.context(x1)).split([CONTEXT, 12], 1)
        near = h0 + F.relu(self.local(h0))
        h1 = F.relu(mixed(((self.h1, near), (self.h1, context)), f[14], f[15]))
        paint, gates, _ = mixed(((self.h2, h1 + h0),)).split([12, 8, 4], 1)

        # The palette for each phase by itself: one product with twelve rows, many times faster than three long ones.
        matrix = self.palette(e).reshape(batch, 3, NP + 1)
        by_phase_rows = (matrix[:, :, None, :NP, None] * self.same_phase.reshape(1, 1, 4, 1, 4)).reshape(batch, 12, 4 * NP)
        flat = torch.matmul(by_phase_rows, planes.reshape(batch, 4 * NP, h * w)).reshape(batch, 12, h, w)
        out = flat + matrix[:, :, NP].repeat_interleave(4, 1)[..., None, None] + paint + base
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
