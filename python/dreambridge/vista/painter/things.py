"""What stands on the land: plants, huts, figures."""

import torch
import torch.nn.functional as F
from torch import Tensor

from dreambridge.vista.painter.light import grey, lamplight, mix, rgb
from dreambridge.vista.painter.scene import WHITE, Colours, Scene, Surface
from dreambridge.vista.painter.sky import Haze
from dreambridge.vista.world.shapes import ramp

# Leaves that turn, by season (spring, summer, autumn, winter), each from one colour to another by the tree's shade.
LEAVES = (
    ((0.36, 0.56, 0.20), (0.92, 0.66, 0.72)), ((0.13, 0.31, 0.10), (0.20, 0.40, 0.13)),
    ((0.80, 0.24, 0.10), (0.92, 0.66, 0.16)), ((0.30, 0.25, 0.22), (0.36, 0.31, 0.27)),
)  # fmt: skip


def paint_plants(scene: Scene, s: Surface, colours: Colours, haze: Haze, out: Tensor) -> Tensor:
    """Needles keep their colour, leaves turn with the season."""
    light, fog = scene.light, scene.weather["fog"]
    lit = light.shine * (s.side - 0.5) * 2
    pair = torch.tensor(LEAVES)
    first, second = ((scene.seasons @ pair[:, i]).reshape(-1, 3, 1, 1) for i in (0, 1))
    shade = ((s.variation - 0.6) / 0.4).clamp(0, 1)
    leaf = mix(colours.needle, mix(first, second, shade * shade), ramp(0.45, 0.55, s.variation)) * (0.84 + 0.4 * s.variation)
    crown = leaf * (1 + 0.15 * scene.texture * scene.grain - 0.30 * lit) * (0.80 + 0.32 * s.local)
    load = torch.maximum(scene.snow, scene.mountain * 0.42) * 0.9 - 0.52 + 0.22 * scene.texture + 0.3 * s.local
    crown = mix(crown, rgb(0.92, 0.95, 1.0), ramp(0.1, 0.5, load) * 0.9) * light.ambient
    sunlit = light.sun * (light.dusk * 0.16 + light.day * 0.05) * (1 - light.over) * s.local * (0.5 - lit).clamp(0, 1)
    return out + scene.plane("plant") * haze.over(crown + sunlit, s.depth * 0.62 + fog * (0.2 + 0.8 * s.depth))


def paint_huts(scene: Scene, s: Surface, haze: Haze, out: Tensor) -> Tensor:
    light = scene.light
    lit = light.shine * (s.side - 0.5) * 2
    thickness = 0.10 + scene.weather["fog"] * 0.4
    timber = rgb(0.46, 0.32, 0.22) * (0.8 + 0.4 * s.variation) * light.ambient * (1 - 0.25 * lit)
    snow = torch.maximum(scene.snow, scene.mountain * 0.4)
    tiles = mix(rgb(0.40, 0.17, 0.13), rgb(*WHITE), snow) * light.ambient * (1 - 0.3 * lit)
    out = out + scene.plane("wall") * haze.over(timber, thickness) + scene.plane("roof") * haze.over(tiles, thickness)
    lamp = rgb(1.0, 0.80, 0.38) * (1 + 0.2 * scene.pulse)
    return out + scene.plane("window") * mix(timber * 0.5, lamp, lamplight(scene.vector))


def paint_figures(scene: Scene, s: Surface, out: Tensor) -> Tensor:
    light = scene.light
    lit = (light.ambient * 0.8 + 0.2 * grey(light.ambient)).clamp(min=0.40)
    rim = rgb(1.0, 0.9, 0.7) * light.ambient * 0.5 + rgb(0.1, 0.9, 0.9) * scene.neon * 0.5
    other = ((s.variation - 0.5) * 2.5).clamp(0, 1)  # the second figure's coat
    out = out + scene.plane("rear_limbs") * rgb(0.16, 0.15, 0.22) * lit
    cloak = mix(rgb(0.78, 0.17, 0.12), rgb(0.14, 0.44, 0.52), other) * lit * (0.75 + 0.5 * s.local)
    out = out + scene.plane("body") * (cloak + rim * ramp(0.75, 0.6, s.local) * 0.6)
    return out + scene.plane("front_limbs") * (rgb(0.27, 0.24, 0.34) * lit + rim * ramp(0.8, 0.7, s.local) * 0.5)


def lamp_glow(scene: Scene, out: Tensor) -> Tensor:
    """Warm light around the windows."""
    glow = F.avg_pool2d(F.pad(scene.plane("window"), (8, 8, 8, 8)), 17, 1)
    glow = F.avg_pool2d(F.pad(glow, (8, 8, 8, 8)), 17, 1)
    return out + rgb(1.0, 0.62, 0.25) * glow * lamplight(scene.vector) * (4.0 + 1.5 * scene.pulse)
