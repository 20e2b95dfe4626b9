"""The sky: sun, moon, stars and clouds; and the haze that lies between the viewer and what is far."""

from typing import NamedTuple

import torch
from torch import Tensor

from dreambridge.vista.painter.light import grey, mix, rgb
from dreambridge.vista.painter.scene import Scene
from dreambridge.vista.world.names import HORIZON_ROW
from dreambridge.vista.world.shapes import ramp
from dreambridge.vista.world.sun_moon import CRESCENT_X, CRESCENT_Y


class Sky(NamedTuple):
    picture: Tensor  # [B, 3, h, w]
    cloud: Tensor  # colour of the clouds, [B, 3, h, w]


class Haze(NamedTuple):
    """The colour of the air [B, 3, 1, w], which glows towards a low sun."""

    colour: Tensor

    def over(self, colour: Tensor, thickness: Tensor) -> Tensor:
        """A colour seen through haze, 0-1 thick."""
        return mix(colour, self.colour, thickness.clamp(0, 0.97))


def paint_sky(scene: Scene) -> Sky:
    light, weather, noise, x, y = scene.light, scene.weather, scene.noise, scene.x, scene.y
    zenith, horizon, sun, over, night, dusk = light.zenith, light.horizon, light.sun, light.over, light.night, light.dusk
    sky = mix(zenith, horizon, (y / HORIZON_ROW).clamp(0, 1) ** 1.7)
    clear = 1 - over * 0.85
    from_sun = ((x - light.at.sun_x) ** 2 + (y - light.at.sun_y) ** 2).sqrt()
    along_horizon = torch.exp(-(((y - HORIZON_ROW) / 46) ** 2)) * torch.exp(-(((x - light.at.sun_x) / 110) ** 2))
    glow = torch.exp(-from_sun / 42) * 0.42 + torch.exp(-from_sun / 130) * 0.16 + along_horizon * dusk * 0.22
    sky = sky + sun * clear * glow * light.risen
    sky = mix(sky, mix(sun, rgb(1, 1, 1), 0.35), ramp(11.5, 9.5, from_sun) * (1 - over * 0.92))
    from_moon = ((x - light.at.moon_x) ** 2 + (y - light.at.moon_y) ** 2).sqrt()
    from_bite = ((x - light.at.moon_x - CRESCENT_X) ** 2 + (y - light.at.moon_y + CRESCENT_Y) ** 2).sqrt()
    moonlit = night * clear
    stars = scene.plane("star") * night * (1 - over * 0.95) * ramp(165, 60, y)
    sky = sky + stars * 1.05 * rgb(0.95, 0.97, 1.0) + rgb(0.5, 0.6, 0.9) * 0.24 * torch.exp(-from_moon / 38) * moonlit
    sky = mix(sky, rgb(0.96, 0.95, 0.86), ramp(10, 8.5, from_moon) * ramp(8, 9.5, from_bite) * moonlit)
    spark = scene.plane("spark") * (0.35 + 0.65 * (night + over).clamp(0, 1))
    bias = (
        1.0
        - 1.05 * weather["cloudy"]
        - 1.7 * weather["rain"]
        - 2.0 * weather["storm"]
        - 1.35 * weather["snow"]
        - 0.3 * weather["fog"]
    )
    amount = ramp(0, 1.25, noise + 0.5 * ramp(60, 0, y) - bias - 0.9 * ramp(70, 165, y))
    lit = ((noise - torch.roll(noise, (-5, 3), (2, 3))) * 0.75 + 0.5).clamp(0, 1)
    under = mix(zenith, horizon, 0.55) * 0.66
    top = mix(horizon, light.ambient + 0.12, 0.6) * 1.1 + sun * 0.24 * dusk * (1 - over)
    cloud = mix(under, top, lit * 0.9) * (1 - 0.26 * weather["rain"] - 0.38 * weather["storm"])
    sky = mix(sky, cloud, amount * 0.93)
    # Through whatever covers the sky, sun and moon are a pale spot: the hour can be seen in the rain.
    pale = mix(sun, grey(sun), 0.6) * light.ambient
    pale_sun = pale * torch.exp(-from_sun / 34) * 0.42 * light.risen
    pale_moon = rgb(0.6, 0.66, 0.8) * torch.exp(-from_moon / 30) * 0.17 * night
    sky = sky + over * (pale_sun + pale_moon)
    sky = sky + spark * rgb(0.95, 0.95, 1.0)
    return Sky(mix(sky, grey(light.ambient) * rgb(0.10, 0.10, 0.14), scene.plane("bird") * 0.9), cloud)


def haze_of(scene: Scene, cloud: Tensor) -> Haze:
    """The haze under clouds of that colour."""
    light = scene.light
    toward = torch.exp(-(((scene.x - light.at.sun_x) / 95) ** 2)) * light.dusk * (1 - light.over) * (1 - light.night)
    return Haze(mix(light.horizon * 0.97, cloud.mean((2, 3), keepdim=True), 0.25 * light.over) + light.sun * toward * 0.16)
