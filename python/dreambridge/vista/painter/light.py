"""The light of an hour and a weather: colours of sky and land, sun and moon, lamps."""

from typing import NamedTuple

import torch
from torch import Tensor

from dreambridge.vista.world.conditions import part
from dreambridge.vista.world.names import COSINE, NEON, SINE, WEATHERS
from dreambridge.vista.world.shapes import ramp
from dreambridge.vista.world.sun_moon import Bodies, bodies, night_of

# Colours by light: night, dusk, day (linear mixes of sRGB values, chosen by eye), of the sky overhead, the sky at the horizon,
# and the light on the land.
ZENITH = ((0.020, 0.038, 0.120), (0.22, 0.21, 0.47), (0.13, 0.40, 0.80))
HORIZON = ((0.080, 0.130, 0.29), (1.00, 0.55, 0.28), (0.77, 0.89, 0.96))
AMBIENT = ((0.33, 0.39, 0.58), (0.88, 0.62, 0.54), (1.0, 0.985, 0.94))


def rgb(r: float, g: float, b: float) -> Tensor:
    return torch.tensor([r, g, b]).reshape(1, 3, 1, 1)


def col(v: Tensor) -> Tensor:
    return v.reshape(-1, 1, 1, 1)


def mix(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    return a + (b - a) * t


def grey(v: Tensor) -> Tensor:
    """The mean of three colours [B, 3, ...] as one plane. In ONNX Runtime a mean over channels is many times slower."""
    red, green, blue = v.split(1, 1)
    return (red + green + blue) * (1 / 3)


class Light(NamedTuple):
    """The light of each picture in a batch: colours [B, 3, 1, 1], numbers [B, 1, 1, 1]."""

    day: Tensor
    night: Tensor
    dusk: Tensor
    over: Tensor  # how far clouds cover the sky, 0-1
    zenith: Tensor
    horizon: Tensor
    ambient: Tensor
    sun: Tensor  # colour of the sun
    at: Bodies  # where sun and moon stand
    risen: Tensor  # how far the sun has risen, 0-1
    shine: Tensor  # from which side the light comes, -1 to 1
    direct: Tensor  # strength of what casts shadows


def weather_of(vector: Tensor) -> dict[str, Tensor]:
    """The weight of each weather, 0-1, [B, 1, 1, 1]."""
    return dict(zip(WEATHERS, (col(w) for w in part(vector, "weather").unbind(1)), strict=True))


def clouded(w: dict[str, Tensor]) -> Tensor:
    """How far clouds cover the sky under those weathers, 0-1, [B, 1, 1, 1]."""
    return (w["cloudy"] * 0.6 + w["rain"] + w["storm"] + w["snow"] * 0.8 + w["fog"] * 0.8).clamp(0, 1)


def hours(vector: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Day, night and dusk, each 0-1, [B, 1, 1, 1]."""
    height = -vector[:, COSINE]
    dusk = torch.exp(-(((height - 0.06) / 0.23) ** 2))
    return col(ramp(-0.05, 0.40, height)), col(night_of(height)), col(dusk)


def lamplight(vector: Tensor) -> Tensor:
    """How brightly the lamps behind windows are lit, by the hour, dark weather, the neon style or an event: 0-1, [B, 1, 1, 1]."""
    _, night, dusk = hours(vector)
    lit = (night + dusk * 0.6 + 0.3 * clouded(weather_of(vector))).clamp(0, 1)
    lit = torch.maximum(lit, col(part(vector, "lamp")))
    return torch.maximum(lit, 0.9 * col(part(vector, "style")[:, NEON]))


def light_of(vector: Tensor) -> Light:
    """The light under conditions [B, 28]."""
    sine, cosine = vector[:, SINE], vector[:, COSINE]
    weather = weather_of(vector)
    neon = col(part(vector, "style")[:, NEON])
    height = -cosine
    day, night, dusk = hours(vector)
    dawn = col(ramp(-0.2, 0.6, sine))
    over = clouded(weather)

    def keyed(keys: tuple[tuple[float, float, float], ...]) -> Tensor:
        by_night, by_dusk, by_day = (rgb(*v) for v in keys)
        return mix(
            mix(by_night, by_day, day), mix(by_dusk, by_dusk * rgb(0.98, 0.98, 1.35), dawn), dusk * (1 - 0.55 * over) * 0.92
        )

    zenith, horizon, ambient = keyed(ZENITH), keyed(HORIZON), keyed(AMBIENT)
    zenith = mix(zenith, grey(zenith) * rgb(0.9, 0.97, 1.1) * 0.85, over * 0.75)
    horizon = mix(horizon, grey(horizon) * rgb(0.92, 0.98, 1.06) * 0.86, over * 0.75)
    ambient = mix(ambient, grey(ambient) * rgb(0.88, 0.93, 1.0) * 0.82, over * 0.7)
    # A storm darkens the day. It must not darken the night, in which everything should stay visible.
    dark = 1 - 0.36 * weather["storm"] * (1 - 0.6 * night) + 0.22 * over * night
    zenith, horizon, ambient = zenith * dark, horizon * dark, ambient * dark
    # Neon has an evening light at any hour; the hour only makes it lighter or darker.
    lift = 0.55 + 0.65 * grey(ambient)
    zenith = mix(zenith, rgb(0.10, 0.04, 0.30) * lift, neon * 0.9)
    horizon = mix(horizon, rgb(0.98, 0.26, 0.62) * lift, neon * 0.9)
    ambient = mix(ambient, rgb(0.46, 0.34, 0.86) * lift, neon * 0.85)
    bolt = col(part(vector, "flash")) * rgb(0.55, 0.58, 0.75)
    zenith, horizon, ambient = zenith + bolt, horizon + bolt * 0.7, ambient + bolt * 0.6

    sun = mix(rgb(1.0, 0.97, 0.85), rgb(1.0, 0.60, 0.28), dusk)
    risen = col(ramp(-0.30, 0.05, height))
    shine = col(torch.tanh(3 * sine)) * (1 - 0.7 * over) * (1 - 1.6 * night * (1 - 0.2 * night)).clamp(-1, 1)
    direct = (1 - over * 0.85) * (day + 0.8 * dusk * (1 - day) + 0.35 * night).clamp(0, 1)
    return Light(
        day, night, dusk, over, zenith, horizon, ambient, sun, bodies(col(sine), col(cosine), night), risen, shine, direct
    )
