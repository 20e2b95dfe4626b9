"""What hangs in the air in front of the land (fog, rain, flakes, motes), and the finish of the picture."""

import torch
from torch import Tensor

from dreambridge.vista.painter.light import grey, mix, rgb
from dreambridge.vista.painter.scene import Scene
from dreambridge.vista.painter.sky import Haze
from dreambridge.vista.world.names import MIDDLE, SIZE
from dreambridge.vista.world.shapes import ramp


def paint_air(scene: Scene, haze: Haze, out: Tensor) -> Tensor:
    """Fog, rain, flakes, and motes that answer energy and music."""
    light, weather, fog, y = scene.light, scene.weather, scene.weather["fog"], scene.y
    out = mix(out, haze.colour, fog * (0.10 + 0.30 * ramp(1.5, -1.0, scene.noise * 0.7 + (y - 150).abs() / 60)))
    wetness = (weather["rain"] * 0.7 + weather["storm"]).clamp(0, 1)
    out = mix(out, out * 0.86 + 0.05 * light.ambient, wetness)
    out = out + (light.horizon * 0.5 + 0.20) * scene.plane("rain") * wetness * 0.62
    out = mix(out, rgb(0.97, 0.98, 1.0) * (light.ambient * 0.6 + 0.4), scene.plane("flake") * weather["snow"] * 0.92)
    lively = torch.maximum(scene.energy, 0.35 * scene.energy + 0.75 * scene.pulse)
    motes = ramp(0.25, 0.8, scene.plane("mote")) * lively * ramp(70, 130, y) * (1 - 0.8 * fog)
    colour = mix(rgb(1.0, 0.86, 0.42), rgb(0.3, 1.0, 0.95), scene.neon)
    return mix(out, colour + out * 0.2, motes * (0.55 + 0.45 * light.night))


def finish(scene: Scene, out: Tensor) -> Tensor:
    """Richer colours with energy, light with the music's pulse, a darker border, and a soft shoulder; RGB in 0-1."""
    average = grey(out)
    out = average + (out - average) * (0.92 + 0.30 * scene.energy + 0.15 * scene.neon)
    out = out * (1 + 0.16 * scene.pulse)
    across = (scene.x - MIDDLE) / (150 / SIZE * scene.width)
    out = out * (1 - 0.22 * (across**2 + ((scene.y - MIDDLE) / 165) ** 2)).clamp(0, 1)
    out = out.clamp(0, 1.2)
    return (out * (1.12 - 0.12 * out)).clamp(0, 1)
