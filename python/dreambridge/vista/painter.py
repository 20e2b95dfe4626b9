"""The painter: the truth that the network learns, a function of planes, conditions and slow state alone.

Because it sees nothing but the planes, it also gives the truth for planes that come from elsewhere (a game's grey-box).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dreambridge.vista.names import BIOMES, INDEX, SIZE, WATER_LINE, WEATHERS
from dreambridge.vista.stage import ramp

Y = torch.arange(SIZE, dtype=torch.float32).reshape(1, 1, SIZE, 1)
X = torch.arange(SIZE, dtype=torch.float32).reshape(1, 1, 1, SIZE)
# Colours by light: night, dusk, day (linear mixes of sRGB values, chosen by eye).
ZENITH = ((0.022, 0.042, 0.125), (0.24, 0.22, 0.48), (0.15, 0.42, 0.80))
HORIZON = ((0.085, 0.135, 0.29), (1.00, 0.56, 0.30), (0.76, 0.89, 0.97))
AMBIENT = ((0.24, 0.32, 0.54), (0.90, 0.62, 0.52), (1.0, 0.99, 0.95))
FAR = ((0.36, 0.50, 0.42), (0.82, 0.54, 0.38), (0.46, 0.52, 0.62), (0.40, 0.52, 0.48))
NEAR = ((0.15, 0.29, 0.10), (0.72, 0.43, 0.21), (0.28, 0.35, 0.27), (0.79, 0.67, 0.45))
PLANT = ((0.08, 0.21, 0.11), (0.24, 0.37, 0.17), (0.08, 0.19, 0.17), (0.16, 0.31, 0.12))
HAZE = (0.62, 0.40, 0.18, 0.0)


def rgb(r: float, g: float, b: float) -> Tensor:
    return torch.tensor([r, g, b]).reshape(1, 3, 1, 1)


def mix(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    return a + (b - a) * t


def slow_step(slow: Tensor, weather: Tensor, dt: Tensor | float) -> Tensor:
    """Snow cover and wetness, [B, 2] in 0-1, ``dt`` seconds later under ``weather`` [B, 6]."""
    snowing = weather[:, 4]
    raining = (weather[:, 2] * 0.8 + weather[:, 3]).clamp(0, 1)
    snow, wet = slow[:, 0], slow[:, 1]
    snow = snow + (snowing * 0.85 - snow) * (0.22 * snowing + 0.06 * (1 - snowing) + 0.30 * raining) * dt
    wet = wet + (raining - wet) * (0.5 * raining + 0.12) * dt
    return torch.stack([snow, wet], 1).clamp(0, 1)


def paint(planes: Tensor, vector: Tensor, slow: Tensor) -> Tensor:
    """Paint planes [B, 23, 256, 256] under conditions [B, 16] and slow state [B, 2]: RGB [B, 3, 256, 256] in 0-1."""

    def col(v: Tensor) -> Tensor:
        return v.reshape(-1, 1, 1, 1)

    def plane(name: str) -> Tensor:
        i = INDEX[name]
        return planes[:, i : i + 1]

    sine, cosine = vector[:, 0], vector[:, 1]
    weather = dict(zip(WEATHERS, (col(vector[:, 4 + i]) for i in range(6)), strict=True))
    weights = vector[:, 10 : 10 + len(BIOMES)]
    mountain = col(weights[:, 2])
    energy, flash = col(vector[:, 14]), col(vector[:, 15])
    height = -cosine
    day, night = col(ramp(-0.05, 0.40, height)), col(1 - ramp(-0.28, 0.02, height))
    dusk = col(torch.exp(-(((height - 0.06) / 0.23) ** 2)))
    dawn = col(ramp(-0.2, 0.6, sine))
    storm, rain_w, snow_w, fog = weather["storm"], weather["rain"], weather["snow"], weather["fog"]
    over = (weather["cloudy"] * 0.6 + rain_w + storm + snow_w * 0.8 + fog * 0.8).clamp(0, 1)

    def light(keys: tuple[tuple[float, float, float], ...]) -> Tensor:
        n, d, y = (rgb(*v) for v in keys)
        return mix(mix(n, y, day), mix(d, d * rgb(0.98, 0.98, 1.35), dawn), dusk * (1 - 0.55 * over) * 0.92)

    def grey(v: Tensor) -> Tensor:
        return v.mean(1, keepdim=True)

    zenith, horizon, ambient = light(ZENITH), light(HORIZON), light(AMBIENT)
    zenith = mix(zenith, grey(zenith) * rgb(0.9, 0.97, 1.1) * 0.85, over * 0.75)
    horizon = mix(horizon, grey(horizon) * rgb(0.92, 0.98, 1.06) * 0.86, over * 0.75)
    ambient = mix(ambient, grey(ambient) * rgb(0.88, 0.93, 1.0) * 0.82, over * 0.7)
    dark = 1 - 0.42 * storm
    zenith, horizon, ambient = zenith * dark, horizon * dark, ambient * dark
    bolt = flash * rgb(0.55, 0.58, 0.75)
    zenith, horizon, ambient = zenith + bolt, horizon + bolt * 0.7, ambient + bolt * 0.6

    # the sky: gradient, sun, moon, stars
    sky = mix(zenith, horizon, (Y / 150).clamp(0, 1) ** 1.7)
    clear = 1 - over * 0.85
    sun_x, sun_y = col(128 - 105 * sine), col(142 - 118 * height)
    r = ((X - sun_x) ** 2 + (Y - sun_y) ** 2).sqrt()
    sun = mix(rgb(1.0, 0.97, 0.85), rgb(1.0, 0.62, 0.30), dusk)
    risen = col(ramp(-0.30, 0.05, height))
    sky = sky + sun * clear * (torch.exp(-r / 42) * 0.42 + torch.exp(-r / 130) * 0.16) * risen
    sky = mix(sky, mix(sun, rgb(1, 1, 1), torch.tensor(0.35)), ramp(11.5, 9.5, r) * (1 - over * 0.92))
    moon_x, moon_y = col(128 + 85 * sine), 62 + 120 * (1 - night)
    rm = ((X - moon_x) ** 2 + (Y - moon_y) ** 2).sqrt()
    rc = ((X - moon_x - 5) ** 2 + (Y - moon_y + 3) ** 2).sqrt()
    moonlit = night * clear
    stars = plane("star") * night * (1 - over * 0.95) * ramp(165, 60, Y)
    sky = sky + stars * 1.05 * rgb(0.95, 0.97, 1.0) + rgb(0.5, 0.6, 0.9) * 0.24 * torch.exp(-rm / 38) * moonlit
    sky = mix(sky, rgb(0.96, 0.95, 0.86), ramp(10, 8.5, rm) * ramp(8, 9.5, rc) * moonlit)

    # clouds, lit from above and from the sun's side
    noise = (plane("cloud") - 0.5) * 7
    bias = 1.0 - 1.05 * weather["cloudy"] - 1.7 * rain_w - 2.0 * storm - 1.35 * snow_w - 0.3 * fog
    amount = ramp(0, 1.25, noise + 0.5 * ramp(60, 0, Y) - bias - 0.9 * ramp(70, 165, Y))
    lit = ((noise - torch.roll(noise, (-5, 3), (2, 3))) * 0.75 + 0.5).clamp(0, 1)
    under = mix(zenith, horizon, torch.tensor(0.55)) * 0.66
    top = mix(horizon, ambient + 0.12, torch.tensor(0.6)) * 1.1 + sun * 0.24 * dusk * (1 - over)
    cloud = mix(under, top, lit * 0.9) * (1 - 0.26 * rain_w - 0.38 * storm)
    sky = mix(sky, cloud, amount * 0.93)

    # surfaces: what lies where, how far, how deep under its crest
    cover = planes[:, :12]
    water = plane("water")
    total = (cover.sum(1, keepdim=True) - plane("far") * water - plane("mid") * water).clamp(1e-3, 1)
    depth, local, side, variation = (plane(n) / total for n in ("depth", "local", "slope", "variation"))
    texture = (plane("texture") - 0.5) * 7
    snow, wet = col(slow[:, 0]), col(slow[:, 1])
    haze_colour = mix(horizon * 0.97, cloud.mean((2, 3), keepdim=True), 0.25 * over)
    far, near, leaf = ((weights @ torch.tensor(t)).reshape(-1, 3, 1, 1) for t in (FAR, NEAR, PLANT))
    shine = col(torch.tanh(3 * sine)) * (1 - 0.7 * over)
    white = rgb(0.93, 0.95, 1.0)

    def hazed(c: Tensor, z: Tensor) -> Tensor:
        return mix(c, haze_colour, z.clamp(0, 0.97))

    out = torch.zeros_like(sky)
    for k in range(4):
        z = (1.0, 0.66, 0.33, 0.0)[k]
        relief = 1 + 0.13 * texture * (1 - z * 0.75)
        slope = (shine * (side - 0.5) * 1.2).clamp(-0.34, 0.34) * local
        cap = mountain * ramp(0.25, 0.75, local + texture * 0.10 + (variation - 0.5) * 0.5) * (1.0, 0.6, 0.25, 0.0)[k]
        fallen = ramp(0.0, 0.45, snow * 1.7 - 0.28 + 0.2 * texture - (0.35 if k == 3 else 0.15) * (1 - local))
        cap = torch.maximum(cap, fallen * ramp(0.0, 0.1, snow))
        base = mix(near, far, torch.tensor(z)) * (1 - 0.35 * wet)
        base = mix(base, white, cap * 0.94) * relief * (1 + slope * (mountain + 0.45)) * ambient * (0.86 + 0.18 * local)
        rim = sun * dusk * (1 - over) * (0.30 * ramp(0.72, 1.0, local))
        out = out + cover[:, k : k + 1] * (1 - water) * hazed(
            base + rim * 0.5, HAZE[k] * (1 - 0.25 * local) + fog * ((0.34, 0.45, 0.52, 0.30)[k] + 0.12 * noise * z)
        )

    leaf_side = (side - 0.5) * 2
    c = leaf * (0.8 + 0.45 * variation) * (1 + 0.13 * texture - 0.26 * shine * leaf_side)
    laden = ramp(0.1, 0.5, torch.maximum(snow, mountain * 0.42) * 0.9 - 0.52 + 0.22 * texture + 0.3 * local)
    c = mix(c, rgb(0.92, 0.95, 1.0), laden * 0.9) * ambient + sun * dusk * (1 - over) * 0.10 * local
    out = out + plane("plant") * hazed(c, depth * 0.62 + fog * (0.2 + 0.8 * depth))

    lamp = (night + dusk * 0.6 + 0.3 * over).clamp(0, 1)
    near_haze = 0.10 + fog * 0.4
    timber = rgb(0.44, 0.31, 0.22) * (0.8 + 0.4 * variation) * ambient
    tiles = mix(rgb(0.34, 0.16, 0.13), white, torch.maximum(snow, mountain * 0.4)) * ambient
    out = out + plane("wall") * hazed(timber, near_haze) + plane("roof") * hazed(tiles, near_haze)
    out = out + plane("window") * mix(timber * 0.5, rgb(1.0, 0.80, 0.38) + timber * 0, lamp)

    person = (ambient * 0.8 + 0.2 * grey(ambient)).clamp(min=0.40)
    rim = rgb(1.0, 0.9, 0.7) * ambient * 0.5
    out = out + plane("rear_limbs") * rgb(0.16, 0.15, 0.22) * person
    cloak = rgb(0.76, 0.17, 0.13) * person * (0.75 + 0.5 * local) + rim * ramp(0.75, 0.6, local) * 0.6
    out = out + plane("body") * cloak
    out = out + plane("front_limbs") * (rgb(0.27, 0.24, 0.34) * person + rim * ramp(0.8, 0.7, local) * 0.5)

    # water: the sky and the far ridges upside down, ripples, glitter under sun and moon
    ripple = (plane("ripple") - 0.5) * 7
    mirror = mix(zenith, horizon, ((2 * WATER_LINE - Y).clamp(0, 167) / 150).clamp(0, 1) ** 1.7) * rgb(0.72, 0.82, 0.9)
    ridge = hazed(far * ambient * 0.9, torch.tensor(0.5) + fog * 0.3)
    shore = hazed(mix(near, far, torch.tensor(0.66)) * ambient * 0.85, torch.tensor(0.35) + fog * 0.4)
    mirror = mix(mix(mirror, ridge, plane("far")), shore, plane("mid"))
    path = torch.exp(-(((X - sun_x) / 20) ** 2)) * (1 - night) + torch.exp(-(((X - moon_x) / 16) ** 2)) * moonlit
    glitter = ramp(0.9, 2.0, ripple + 0.9 * path)
    mirror = mirror * (1 + 0.10 * ripple) * (0.95 - 0.12 * ramp(WATER_LINE, 230, Y))
    gleam = mix(sun, rgb(0.7, 0.8, 1.0), night) * glitter * 0.55 * (1 - 0.7 * over)
    mirror = mirror + gleam * grey(ambient).clamp(min=0.4)
    out = out + water * mirror + (1 - total) * sky

    # warm light around the windows
    glow = F.avg_pool2d(F.pad(plane("window"), (8, 8, 8, 8)), 17, 1)
    glow = F.avg_pool2d(F.pad(glow, (8, 8, 8, 8)), 17, 1)
    out = out + rgb(1.0, 0.62, 0.25) * glow * lamp * 4.0

    # the air: fog, rain, flakes, motes that answer the energy
    out = mix(out, haze_colour, fog * (0.10 + 0.30 * ramp(1.5, -1.0, noise * 0.7 + (Y - 150).abs() / 60)))
    wetness = (rain_w * 0.7 + storm).clamp(0, 1)
    out = mix(out, out * 0.86 + 0.05 * ambient, wetness)
    out = out + (horizon * 0.5 + 0.20) * plane("rain") * wetness * 0.62
    out = mix(out, rgb(0.97, 0.98, 1.0) * (ambient * 0.6 + 0.4), plane("flake") * snow_w * 0.92)
    motes = ramp(0.25, 0.8, plane("mote")) * energy * ramp(70, 130, Y) * (1 - 0.8 * fog)
    out = mix(out, rgb(1.0, 0.86, 0.42) + out * 0.2, motes * (0.55 + 0.45 * night))
    average = grey(out)
    out = average + (out - average) * (0.90 + 0.32 * energy)

    out = out * (1 - 0.22 * (((X - 128) / 150) ** 2 + ((Y - 128) / 165) ** 2)).clamp(0, 1)
    out = out.clamp(0, 1.2)
    return (out * (1.12 - 0.12 * out)).clamp(0, 1)
