"""The four layers of land, and the water that reflects them."""

import torch
from torch import Tensor

from dreambridge.vista.painter.light import grey, mix, rgb
from dreambridge.vista.painter.scene import WHITE, Colours, Scene, Surface
from dreambridge.vista.painter.sky import Haze
from dreambridge.vista.world.names import FAR, GROUND, MID, NEAR, WATER_LINE
from dreambridge.vista.world.shapes import ramp

# By layer, from far to ground: how far away it is, the snow cap of mountains, and how much haze, mist and fog lies before it.
DISTANCE = (1.0, 0.66, 0.33, 0.0)
CAP = (1.0, 0.6, 0.25, 0.0)
HAZE = (0.64, 0.42, 0.19, 0.0)
MIST = (1.2, 1.0, 0.6, 0.0)
FOG = (0.34, 0.45, 0.52, 0.30)


def paint_land(scene: Scene, s: Surface, colours: Colours, haze: Haze) -> Tensor:
    """All four layers over black, [B, 3, h, w]."""
    light, fog = scene.light, scene.weather["fog"]
    mist = (0.03 + 0.20 * light.dusk + 0.10 * light.over + 0.08 * scene.wet) * (1 - s.local)
    out = torch.zeros_like(scene.planes[:, :3])
    for k in (FAR, MID, NEAR, GROUND):
        lit = layer(scene, s, colours, k)
        rim = light.sun * (light.dusk * 0.5 + 0.22 * light.day) * (1 - light.over) * (0.30 * ramp(0.72, 1.0, s.local))
        rim = rim * (1 - 0.5 * scene.neon)
        lit = lit + rim * (0.35 + 0.65 * (light.shine * (s.side - 0.5) * 4 + 0.5).clamp(0, 1))
        deep = HAZE[k] * (1 - 0.25 * s.local) + mist * MIST[k]
        thickness = deep + fog * (FOG[k] + 0.12 * scene.noise * DISTANCE[k])
        out = out + scene.planes[:, k : k + 1] * (1 - scene.plane("water")) * haze.over(lit, thickness)
    return out


def layer(scene: Scene, s: Surface, colours: Colours, k: int) -> Tensor:
    """The colour of one layer in the light on it, before rim and haze, [B, 3, h, w]."""
    light, texture, mountain = scene.light, scene.texture, scene.mountain
    relief = 1 + 0.13 * texture * (1 - DISTANCE[k] * 0.75) * scene.grain
    slope = (light.shine * (s.side - 0.5) * 1.5).clamp(-0.40, 0.40) * s.local
    white = cap(scene, s, colours.seasonal, k)
    base = mix(colours.near, colours.far, DISTANCE[k]) * (1 - 0.35 * scene.wet)
    if k in (NEAR, GROUND):
        base = flowers(scene, base, 0.3 if k == NEAR else 1.0)
    base = (
        mix(base, rgb(*WHITE), white * 0.94) * relief * (1 + slope * (mountain + 0.55)) * light.ambient * (0.84 + 0.22 * s.local)
    )
    if k == GROUND:
        base = base * (1 - scene.plane("shadow") * light.direct * 0.55)
    return base


def cap(scene: Scene, s: Surface, seasonal: Tensor, k: int) -> Tensor:
    """How white a layer is: snow caps of mountains, fallen snow, frost in winter; 0-1, [B, 1, h, w]."""
    texture = scene.texture
    caps = scene.mountain * ramp(0.25, 0.75, s.local + texture * 0.10 + (s.variation - 0.5) * 0.5) * CAP[k]
    fallen = ramp(0.0, 0.45, scene.snow * 1.7 - 0.28 + 0.2 * texture - (0.35 if k == GROUND else 0.15) * (1 - s.local))
    white = torch.maximum(caps, fallen * ramp(0.0, 0.1, scene.snow))
    return torch.maximum(white, 0.4 * scene.season["winter"] * ramp(0.2, 1.0, s.local + 0.12 * texture) * seasonal)


def flowers(scene: Scene, base: Tensor, amount: float) -> Tensor:
    """Flowers in spring and fallen leaves in autumn, where the ground is thick; most in the forest, none on mountains."""
    spring, autumn = scene.season["spring"], scene.season["autumn"]
    spots = (
        ramp(1.3, 1.6, scene.texture)
        * (0.6 + 0.4 * scene.forest)
        * (1 - scene.mountain)
        * scene.grain
        * (1 - scene.snow)
        * amount
    )
    colour = mix(rgb(0.96, 0.78, 0.86), rgb(0.78, 0.26, 0.08), autumn)
    return mix(base, colour, spots * (spring + autumn) * 0.8)


def paint_water(scene: Scene, colours: Colours, haze: Haze) -> Tensor:
    """The sky and the far ridges upside down, ripples, glitter under sun and moon; [B, 3, h, w]."""
    light, fog, x, y = scene.light, scene.weather["fog"], scene.x, scene.y
    moonlit = light.night * (1 - light.over * 0.85)
    ripple = scene.centred("ripple")
    tilt = ((2 * WATER_LINE - y).clamp(0, 167) / 150).clamp(0, 1) ** 1.7
    mirror = mix(light.zenith, light.horizon, tilt) * rgb(0.72, 0.82, 0.9)
    ridge = haze.over(colours.far * light.ambient * 0.9, torch.tensor(0.5) + fog * 0.3)
    shore = haze.over(mix(colours.near, colours.far, 0.66) * light.ambient * 0.85, torch.tensor(0.35) + fog * 0.4)
    mirror = mix(mix(mirror, ridge, scene.plane("far")), shore, scene.plane("mid"))
    sun_path = torch.exp(-(((x - light.at.sun_x) / 20) ** 2)) * (1 - light.night)
    path = sun_path + torch.exp(-(((x - light.at.moon_x) / 16) ** 2)) * moonlit
    glitter = ramp(0.9, 2.0, ripple + 0.9 * path)
    mirror = mirror * (1 + 0.10 * ripple) * (0.95 - 0.12 * ramp(WATER_LINE, 230, y))
    gleam = mix(light.sun, rgb(0.7, 0.8, 1.0), light.night) * glitter * 0.55 * (1 - 0.7 * light.over)
    return mirror + gleam * grey(light.ambient).clamp(min=0.4)
