"""What a game shows in its own colours: it keeps them, and is lit, weathered, seasoned and seen through the air like the land.

The same function paints the truth and is part of the step graph over a view, so that no palette has to be learned for it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.painter.air import finish
from dreambridge.vista.painter.light import grey, lamplight, mix, rgb
from dreambridge.vista.painter.scene import WHITE, Scene, Stacked, stacked
from dreambridge.vista.painter.things import LEAVES
from dreambridge.vista.world.names import MIDDLE, SIZE
from dreambridge.vista.world.own import NAMES, Own, Reader
from dreambridge.vista.world.shapes import ramp
from dreambridge.vista.world.sun_moon import SUN_SWING, shadow_column

LIGHT_FROM_FRONT = 0.55  # how far the light comes from the side of the camera, so that what faces it has form
GLOW = (1.0, 0.62, 0.25)  # of the light around windows
SHADE, SUNNY = (0.735, 0.75, 0.795), (1.125, 1.11, 1.075)  # the shadow side and the sun side in direct light
UNLIT = 0.62  # how far a surface without a normal is lit


class Coloured(NamedTuple):
    """Pixels in the game's own colours, [1, n, h, w] each; those that have none hold anything."""

    albedo: Tensor  # 3: sRGB in 0-1
    normal: Tensor  # 3: right, up, towards the camera; of length 1, or 0 where there is none
    depth: Tensor  # 0-1
    high: Tensor  # how high on its thing, 0-1
    across: Tensor  # left to right on its thing, 0-1
    window: Tensor  # 1 where the label says so, else 0
    water: Tensor
    leaves: Tensor
    figure: Tensor


def light_from(scene: Scene) -> tuple[Tensor, Tensor, Tensor]:
    """The direction towards the light that casts shadows, in view space, of length 1; [1, 1, 1, 1] each."""
    sine, cosine = scene.vector[:, :1].reshape(1, 1, 1, 1), scene.vector[:, 1:2].reshape(1, 1, 1, 1)
    night = scene.light.night
    right = (shadow_column(sine, night) - MIDDLE) / SUN_SWING
    up = mix((-cosine).clamp(min=0.15), torch.ones_like(night) * 0.7, night)
    scale = (right * right + up * up + LIGHT_FROM_FRONT**2).rsqrt()
    return right * scale, up * scale, LIGHT_FROM_FRONT * scale


class Layer(NamedTuple):
    """What lies over a picture: a colour [1, 3, 1, 1], how much of it [1, 1, h, w], and how much of what is behind it stays where
    it is full: 1 adds, 0 covers."""

    colour: Tensor
    amount: Tensor
    stays: float


def blend(colours: Sequence[Tensor], amounts: Sequence[Tensor]) -> Tensor:
    """The sum of colours [1, 3, 1, 1] times amounts [1, 1, h, w], by one product: [1, 3, h, w]."""
    h, w = (int(size) for size in amounts[0].shape[2:])
    together = torch.cat(list(amounts), 1).reshape(len(amounts), h * w)
    return torch.matmul(torch.cat([c.reshape(3, 1) for c in colours], 1), together).reshape(1, 3, h, w)


def flattened(layers: Sequence[Layer]) -> tuple[Tensor, Tensor]:
    """Layers from the rear to the front as one sum [1, 3, h, w], and how much of what is behind them is seen, [1, 1, h, w].

    Layer by layer, all colours of all pixels would be passed over three times for each.
    """
    through = torch.ones(1, 1, 1, 1)
    amounts: list[Tensor] = []
    for layer in reversed(layers):
        amounts.insert(0, layer.amount * through)
        if layer.stays < 1:
            through = through * (1 - (1 - layer.stays) * layer.amount)
    return blend([layer.colour for layer in layers], amounts), through


def paint_coloured(scene: Scene, t: Coloured) -> Tensor:
    """The finished picture of all pixels as if each had its own colour, before the operators of the style, [1, 3, h, w]."""
    light, texture = scene.light, scene.texture
    nx, ny, nz = t.normal.split(1, 1)
    formed = (nx * nx + ny * ny + nz * nz).clamp(0, 1)  # 1 where there is a normal
    flat = 1 - formed
    right, up, front = light_from(scene)
    facing = nx * right + ny * up + nz * front
    lit = ramp(-0.25, 0.70, facing) * formed + (UNLIT - light.shine * 0.5 * (t.across - 0.5)) * flat
    rising = ramp(0.35, 0.85, ny) * formed + ramp(0.80, 1.0, t.high) * flat  # how far it faces up
    own_light = grey(t.albedo)

    # Sun side and shadow side: the shadow is darker and cooler, as far as there is direct light. Figures stay visible at night.
    strength = light.direct * (0.75 + 0.25 * light.day)
    shade, sunny = (mix(rgb(0.95, 0.95, 0.95), rgb(*c), strength) for c in (SHADE, SUNNY))
    dark, more = shade * light.ambient, (sunny - shade) * light.ambient
    floor = light.ambient.clamp(min=0.40)
    gloss = (scene.wet * (0.10 + 0.34 * rising * (0.8 + 0.25 * texture)) * (1 - t.water) + 0.45 * t.water).clamp(0, 0.6)
    glowing = t.window * lamplight(scene.vector)
    through_gloss = (1 - glowing) * (1 - 0.75 * gloss)
    dry = 1 - scene.wet * (0.30 - 0.21 * t.water)
    relief = (1 + 0.07 * scene.grain * texture) * (0.90 + 0.14 * t.high) * dry
    upward = 0.96 + 0.07 * (ny * formed + (t.high - 0.5) * flat)

    # What lies over it, from the rear to the front: glancing light, what wet and water mirror, lamps, haze and weather.
    rim = ramp(0.55, 0.05, nz) * formed + ramp(0.85, 1.0, t.high) * 0.4 * flat
    glancing = (0.34 * light.dusk + 0.10 * light.day) * (1 - light.over) * (1 - 0.5 * scene.neon)
    pulse = 1 + 0.2 * scene.pulse
    mirrored = gloss * (1 - glowing) * (0.9 + 0.10 * scene.centred("ripple") * t.water)
    over, behind = flattened([
        Layer(light.sun * glancing, rim * lit * (0.35 + 0.65 * own_light) * through_gloss, 1.0),
        Layer(mix(light.zenith, light.horizon, 0.6), mirrored, 1.0),
        Layer(rgb(1.0, 0.80, 0.38) * pulse * 0.55, glowing, 1.0),
        *_air(scene, t),
    ])  # fmt: skip

    seen = relief * upward * through_gloss * behind
    by_lamp = glowing * behind * (0.45 * 0.92 * pulse / (own_light + 0.12))
    lighting = blend(
        [dark, more, shade * floor - dark, (sunny - shade) * floor - more, rgb(1.0, 1.0, 1.0)],
        [seen, seen * lit, seen * t.figure, seen * lit * t.figure, by_lamp],
    )
    return finish(scene, _seasoned(scene, t, rising, own_light) * lighting + over)


def _air(scene: Scene, t: Coloured) -> list[Layer]:
    """Haze, fog, rain, flakes and motes, as ``air.paint_air`` has them for the land; a figure is seen clearly."""
    light, weather, y = scene.light, scene.weather, scene.y
    fog = weather["fog"]
    under = mix(light.zenith, light.horizon, 0.55) * 0.66
    top = mix(light.horizon, light.ambient + 0.12, 0.6) * 1.1 + light.sun * 0.24 * light.dusk * (1 - light.over)
    # Of clouds that are lit on average: the mean colour of all clouds is not known here.
    cloud = mix(under, top, 0.45) * (1 - 0.26 * weather["rain"] - 0.38 * weather["storm"])
    haze = mix(light.horizon * 0.97, cloud, 0.25 * light.over)
    toward = torch.exp(-(((scene.x - light.at.sun_x) / 95) ** 2)) * (light.dusk * (1 - light.over) * (1 - light.night))
    mist = (0.03 + 0.20 * light.dusk + 0.10 * light.over + 0.08 * scene.wet) * (1 - t.high) * (0.15 + 1.2 * t.depth)
    thick = t.depth * (0.22 + 0.33 * t.depth) * (1 - 0.25 * t.high) + mist + fog * (0.30 + t.depth * (0.16 + 0.10 * scene.noise))
    thick = (thick * (1 - 0.85 * t.figure)).clamp(0, 0.97)
    bank = fog * (0.10 + 0.30 * ramp(1.5, -1.0, scene.noise * 0.7 + (y - 150).abs() / 60)) + 0 * t.depth
    raining = (weather["rain"] * 0.7 + weather["storm"]).clamp(0, 1)
    lively = torch.maximum(scene.energy, 0.35 * scene.energy + 0.75 * scene.pulse)
    motes = ramp(0.25, 0.8, scene.plane("mote")) * (lively * ramp(70, 130, y) * (1 - 0.8 * fog) * (0.55 + 0.45 * light.night))
    return [
        Layer(haze, thick, 0.0),
        Layer(light.sun * 0.16, thick * toward, 1.0),
        Layer(haze, bank, 0.0),
        Layer(0.05 * light.ambient, raining + 0 * t.depth, 0.86),
        Layer(light.horizon * 0.5 + 0.20, scene.plane("rain") * (raining * 0.62), 1.0),
        Layer(rgb(0.97, 0.98, 1.0) * (light.ambient * 0.6 + 0.4), scene.plane("flake") * (weather["snow"] * 0.92), 0.0),
        Layer(mix(rgb(1.0, 0.86, 0.42), rgb(0.3, 1.0, 0.95), scene.neon), motes, 0.2),
    ]


def _seasoned(scene: Scene, t: Coloured, rising: Tensor, own_light: Tensor) -> Tensor:
    """Albedo with the season's leaves, frost and snow, [1, 3, h, w]."""
    pair = torch.tensor(LEAVES)
    first, second = ((scene.seasons @ pair[:, i]).reshape(1, 3, 1, 1) for i in (0, 1))
    turned = t.leaves * (0.65 * (1 - scene.season["summer"]))
    shade = (own_light * 1.6).clamp(0, 1)
    fallen = ramp(0.0, 0.45, scene.snow * 1.7 - 0.28 + 0.2 * scene.texture - 1.35 * (1 - rising))
    white = fallen * (0.94 * ramp(0.0, 0.1, scene.snow))
    frost = 0.30 * scene.season["winter"] * rising * (0.8 + 0.3 * scene.texture)
    white = torch.maximum(white, frost) * (1 - t.window) * (1 - t.water) * (1 - 0.8 * t.figure)
    green = turned * (1 - white)
    return t.albedo * ((1 - turned) * (1 - white)) + blend(
        [first, second, rgb(*WHITE)], [green * (1 - shade), green * shade, white]
    )


def glow_of_windows(scene: Scene, window: Tensor) -> Tensor:
    """Warm light around windows in their own colours, to be added to the whole picture: window [1, 4, h, w] by phase ->
    [1, 1, h, w]."""
    mean = window.mean(1, keepdim=True)
    mean = F.avg_pool2d(F.pad(mean, (4, 4, 4, 4)), 9, 1)
    mean = F.avg_pool2d(F.pad(mean, (4, 4, 4, 4)), 9, 1)
    return mean * lamplight(scene.vector) * (3.0 + 1.2 * scene.pulse)


def marks_of(t: Coloured) -> Tensor:
    """The two code planes from which the styles draw outlines, [1, 2, h, w]: they differ at edges of depth, normal and colour."""
    formed = t.normal.square().sum(1, keepdim=True).clamp(0, 1)
    light = grey(t.albedo)
    red, _, blue = t.albedo.split(1, 1)
    nx, ny, _ = t.normal.split(1, 1)
    first = 0.45 + 0.30 * nx + light * (0.70 - 0.40 * formed)
    second = 0.35 + 0.30 * ny + 1.5 * t.depth.clamp(min=1e-4).sqrt() + (red - blue) * (0.45 - 0.30 * formed)
    return torch.cat([first, second], 1)


def coloured(own: Own) -> Coloured:
    """The planes of own colours for the painter, which takes them stacked."""
    albedo, normal, depth, high, across = stacked(own.planes).split([3, 3, 1, 1, 1], 1)
    number = stacked(own.number)

    def labelled(*names: str) -> Tensor:
        found = [(number == NAMES.index(n)).to(torch.float32) for n in names]
        return sum(found[1:], found[0])

    figure = labelled("figure", "other_figure", "limbs")
    return Coloured(
        albedo, normal, depth, high, across, labelled("window"), labelled("water"), labelled("plant", "leaves"), figure
    )


class Over(nn.Module):
    """Paints own colours over a picture.

    Inputs: the picture [1, 12, 128, w / 2] by phase, the six fields of the air [1, 24, 128, w / 2] and the motes [1, 4, 128, w /
    2], conditions [1, 28], slow state [1, 2], and the inputs of ``own.Reader``. Returns the picture, not clamped.
    """

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.width, self.reader = width, Reader(width)

    def forward(self, picture: Tensor, fields: Tensor, motes: Tensor, vector: Tensor, slow: Tensor, *layers: Tensor) -> Tensor:
        own = self.reader(*layers)
        scene = Stacked([fields, motes], vector, slow, self.width)
        t = coloured(own)
        painted = paint_coloured(scene, t)
        behind, cover = stacked(picture), stacked(own.cover)
        glow = glow_of_windows(scene, (t.window * cover).reshape(own.cover.shape))
        rows = int(picture.shape[2])
        lit = (mix(behind, painted, cover)).reshape(3, 4, rows, -1) + rgb(*GLOW).reshape(3, 1, 1, 1) * glow
        return lit.reshape(picture.shape)


class Marks(nn.Module):
    """What styles and references need of own colours, by phase, [1, 12, 128, w / 2]: two code planes, and how much of each pixel
    is in its own colour. Inputs: those of ``own.Reader``."""

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.reader = Reader(width)

    def forward(self, *layers: Tensor) -> Tensor:
        own = self.reader(*layers)
        codes = marks_of(coloured(own)) * stacked(own.cover)
        h, w = (int(size) for size in own.cover.shape[2:])
        return torch.cat([codes.reshape(1, 8, h, w), own.cover], 1)
