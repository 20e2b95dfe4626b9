"""The painter: the truth that the network learns, a function of planes, conditions and slow state alone.

Because it sees nothing but the planes, it also gives the truth for planes that come from elsewhere (a game's grey-box).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dreambridge.vista.painter.light import Light, col, grey, lamplight, light_of, mix, rgb, weather_of
from dreambridge.vista.world.conditions import part
from dreambridge.vista.world.names import INDEX, SEASONS, SIZE, WATER_LINE
from dreambridge.vista.world.shapes import columns, ramp

Y = torch.arange(SIZE, dtype=torch.float32).reshape(1, 1, SIZE, 1)
# Colours of the land by biome (forest, desert, mountain, coast); chosen by eye.
FAR = ((0.36, 0.50, 0.44), (0.82, 0.54, 0.40), (0.46, 0.52, 0.63), (0.40, 0.52, 0.50))
NEAR = ((0.17, 0.33, 0.10), (0.76, 0.45, 0.22), (0.29, 0.36, 0.25), (0.80, 0.68, 0.46))
PLANT = ((0.07, 0.20, 0.11), (0.24, 0.38, 0.17), (0.07, 0.18, 0.17), (0.16, 0.33, 0.12))
# By biome and season (spring, summer, autumn, winter): what the near land becomes, how far it does so, and what needles, cacti and
# palms become. Each season is to be told from each other in every biome, at any hour.
GRASS = ((0.34, 0.52, 0.16), (0.17, 0.33, 0.10), (0.58, 0.41, 0.15), (0.47, 0.46, 0.40))
MEADOW = (
    GRASS,
    ((0.60, 0.58, 0.24), (0.82, 0.50, 0.24), (0.64, 0.27, 0.13), (0.62, 0.57, 0.58)),
    GRASS,
    ((0.52, 0.66, 0.28), (0.88, 0.76, 0.52), (0.70, 0.48, 0.20), (0.62, 0.62, 0.62)),
)
SEASONAL = (0.85, 0.70, 0.70, 0.75)
NEEDLE = ((1.25, 1.25, 1.0), (1.0, 1.0, 1.0), (1.45, 0.95, 0.75), (1.0, 0.95, 1.15))
# Leaves that turn, by season, each from one colour to another by the tree's shade.
LEAVES = (
    ((0.36, 0.56, 0.20), (0.92, 0.66, 0.72)), ((0.13, 0.31, 0.10), (0.20, 0.40, 0.13)),
    ((0.80, 0.24, 0.10), (0.92, 0.66, 0.16)), ((0.30, 0.25, 0.22), (0.36, 0.31, 0.27)),
)  # fmt: skip
HAZE = (0.64, 0.42, 0.19, 0.0)


def slow_step(slow: Tensor, weather: Tensor, dt: Tensor | float) -> Tensor:
    """Snow cover and wetness, [B, 2] in 0-1, ``dt`` seconds later under ``weather`` [B, 6]."""
    snowing = weather[:, 4]
    raining = (weather[:, 2] * 0.8 + weather[:, 3]).clamp(0, 1)
    snow, wet = slow[:, 0], slow[:, 1]
    snow = snow + (snowing * 0.85 - snow) * (0.22 * snowing + 0.06 * (1 - snowing) + 0.30 * raining) * dt
    wet = wet + (raining - wet) * (0.5 * raining + 0.12) * dt
    return torch.stack([snow, wet], 1).clamp(0, 1)


def paint(planes: Tensor, vector: Tensor, slow: Tensor) -> Tensor:
    """Paint planes [B, 26, 256, 256] under conditions [B, 28] and slow state [B, 2]: RGB [B, 3, 256, 256] in 0-1.

    This is the picture before its style's operators (``styles.stylise``); the style already rules palette and grain.
    """

    def plane(name: str) -> Tensor:
        i = INDEX[name]
        return planes[:, i : i + 1]

    light, x = light_of(vector), columns(planes.shape[3]).reshape(1, 1, 1, -1)
    day, night, dusk, over, horizon, ambient, sun = (
        light.day, light.night, light.dusk, light.over, light.horizon, light.ambient, light.sun
    )  # fmt: skip
    weather = weather_of(vector)
    season = dict(zip(SEASONS, (col(w) for w in part(vector, "season").unbind(1)), strict=True))
    biome, style = part(vector, "biome"), part(vector, "style")
    mountain, forest = col(biome[:, 2]), col(biome[:, 0])
    energy, pulse = col(part(vector, "energy")), col(part(vector, "pulse"))
    storm, rain_w, snow_w, fog = weather["storm"], weather["rain"], weather["snow"], weather["fog"]
    # Flat styles leave the grain of the ground out.
    grain = 1 - 0.65 * col(style[:, 3] + style[:, 4]) - 0.3 * col(style[:, 2])
    neon = col(style[:, 5])
    noise = (plane("cloud") - 0.5) * 7
    sky, cloud = heaven(planes, light, weather, noise)

    # surfaces: what lies where, how far, how deep under its crest
    cover = planes[:, :12]
    water = plane("water")
    total = (cover.sum(1, keepdim=True) - plane("far") * water - plane("mid") * water).clamp(1e-3, 1)
    depth, local, side, variation = (plane(n) / total for n in ("depth", "local", "slope", "variation"))
    texture = (plane("texture") - 0.5) * 7
    snow, wet = col(slow[:, 0]), col(slow[:, 1])
    # The air glows towards a low sun.
    toward = torch.exp(-(((x - light.sun_x) / 95) ** 2)) * dusk * (1 - over) * (1 - night)
    haze_colour = mix(horizon * 0.97, cloud.mean((2, 3), keepdim=True), 0.25 * over) + sun * toward * 0.16
    far, near, needle = ((biome @ torch.tensor(t)).reshape(-1, 3, 1, 1) for t in (FAR, NEAR, PLANT))
    seasons = part(vector, "season")
    meadow = torch.einsum("bi,bs,isc->bc", biome, seasons, torch.tensor(MEADOW)).reshape(-1, 3, 1, 1)
    needle = needle * (seasons @ torch.tensor(NEEDLE)).reshape(-1, 3, 1, 1)
    seasonal = col(biome @ torch.tensor(SEASONAL))
    near = mix(near, meadow, seasonal * (1 - 0.5 * season["summer"]))
    far = mix(far, meadow * rgb(1.05, 1.0, 1.1), seasonal * 0.35 * (1 - season["summer"]))
    white = rgb(0.93, 0.95, 1.0)
    shaded = plane("shadow") * light.direct * 0.55

    def hazed(c: Tensor, z: Tensor) -> Tensor:
        return mix(c, haze_colour, z.clamp(0, 0.97))

    out = torch.zeros_like(sky)
    mist = (0.03 + 0.20 * dusk + 0.10 * over + 0.08 * wet) * (1 - local)
    for k in range(4):
        z = (1.0, 0.66, 0.33, 0.0)[k]
        relief = 1 + 0.13 * texture * (1 - z * 0.75) * grain
        slope = (light.shine * (side - 0.5) * 1.5).clamp(-0.40, 0.40) * local
        cap = mountain * ramp(0.25, 0.75, local + texture * 0.10 + (variation - 0.5) * 0.5) * (1.0, 0.6, 0.25, 0.0)[k]
        fallen = ramp(0.0, 0.45, snow * 1.7 - 0.28 + 0.2 * texture - (0.35 if k == 3 else 0.15) * (1 - local))
        cap = torch.maximum(cap, fallen * ramp(0.0, 0.1, snow))
        cap = torch.maximum(cap, 0.4 * season["winter"] * ramp(0.2, 1.0, local + 0.12 * texture) * seasonal)  # frost
        base = mix(near, far, z) * (1 - 0.35 * wet)
        if k >= 2:
            # flowers in spring, fallen leaves in autumn, where the ground is thick; most in the forest, none on mountains
            spots = (
                ramp(1.3, 1.6, texture) * (0.6 + 0.4 * forest) * (1 - mountain) * grain * (1 - snow) * (0.3 if k == 2 else 1.0)
            )
            base = mix(
                base,
                mix(rgb(0.96, 0.78, 0.86), rgb(0.78, 0.26, 0.08), season["autumn"]),
                spots * (season["spring"] + season["autumn"]) * 0.8,
            )
        base = mix(base, white, cap * 0.94) * relief * (1 + slope * (mountain + 0.55)) * ambient * (0.84 + 0.22 * local)
        if k == 3:
            base = base * (1 - shaded)
        rim = sun * (dusk * 0.5 + 0.22 * day) * (1 - over) * (0.30 * ramp(0.72, 1.0, local)) * (1 - 0.5 * neon)
        base = base + rim * (0.35 + 0.65 * (light.shine * (side - 0.5) * 4 + 0.5).clamp(0, 1))
        deep = HAZE[k] * (1 - 0.25 * local) + mist * (1.2, 1.0, 0.6, 0.0)[k]
        out = out + cover[:, k : k + 1] * (1 - water) * hazed(base, deep + fog * ((0.34, 0.45, 0.52, 0.30)[k] + 0.12 * noise * z))

    # plants: needles keep their colour, leaves turn with the season
    lit = light.shine * (side - 0.5) * 2
    pair = torch.tensor(LEAVES)
    weights = part(vector, "season")
    first, second = ((weights @ pair[:, i]).reshape(-1, 3, 1, 1) for i in (0, 1))
    shade = ((variation - 0.6) / 0.4).clamp(0, 1)
    leaf = mix(needle, mix(first, second, shade * shade), ramp(0.45, 0.55, variation)) * (0.84 + 0.4 * variation)
    c = leaf * (1 + 0.15 * texture * grain - 0.30 * lit) * (0.80 + 0.32 * local)
    laden = ramp(0.1, 0.5, torch.maximum(snow, mountain * 0.42) * 0.9 - 0.52 + 0.22 * texture + 0.3 * local)
    c = mix(c, rgb(0.92, 0.95, 1.0), laden * 0.9) * ambient
    c = c + sun * (dusk * 0.16 + day * 0.05) * (1 - over) * local * (0.5 - lit).clamp(0, 1)
    out = out + plane("plant") * hazed(c, depth * 0.62 + fog * (0.2 + 0.8 * depth))

    lamp = lamplight(vector)
    near_haze = 0.10 + fog * 0.4
    timber = rgb(0.46, 0.32, 0.22) * (0.8 + 0.4 * variation) * ambient * (1 - 0.25 * lit)
    tiles = mix(rgb(0.40, 0.17, 0.13), white, torch.maximum(snow, mountain * 0.4)) * ambient * (1 - 0.3 * lit)
    out = out + plane("wall") * hazed(timber, near_haze) + plane("roof") * hazed(tiles, near_haze)
    out = out + plane("window") * mix(timber * 0.5, rgb(1.0, 0.80, 0.38) * (1 + 0.2 * pulse), lamp)

    person = (ambient * 0.8 + 0.2 * grey(ambient)).clamp(min=0.40)
    rim = rgb(1.0, 0.9, 0.7) * ambient * 0.5 + rgb(0.1, 0.9, 0.9) * neon * 0.5
    other = ((variation - 0.5) * 2.5).clamp(0, 1)  # the second figure's coat
    out = out + plane("rear_limbs") * rgb(0.16, 0.15, 0.22) * person
    cloak = mix(rgb(0.78, 0.17, 0.12), rgb(0.14, 0.44, 0.52), other) * person * (0.75 + 0.5 * local)
    out = out + plane("body") * (cloak + rim * ramp(0.75, 0.6, local) * 0.6)
    out = out + plane("front_limbs") * (rgb(0.27, 0.24, 0.34) * person + rim * ramp(0.8, 0.7, local) * 0.5)
    out = out + water * mirrored(planes, light, near, far, fog, hazed) + (1 - total) * sky

    # warm light around the windows
    glow = F.avg_pool2d(F.pad(plane("window"), (8, 8, 8, 8)), 17, 1)
    glow = F.avg_pool2d(F.pad(glow, (8, 8, 8, 8)), 17, 1)
    out = out + rgb(1.0, 0.62, 0.25) * glow * lamp * (4.0 + 1.5 * pulse)

    # the air: fog, rain, flakes, motes that answer energy and music
    out = mix(out, haze_colour, fog * (0.10 + 0.30 * ramp(1.5, -1.0, noise * 0.7 + (Y - 150).abs() / 60)))
    wetness = (rain_w * 0.7 + storm).clamp(0, 1)
    out = mix(out, out * 0.86 + 0.05 * ambient, wetness)
    out = out + (horizon * 0.5 + 0.20) * plane("rain") * wetness * 0.62
    out = mix(out, rgb(0.97, 0.98, 1.0) * (ambient * 0.6 + 0.4), plane("flake") * snow_w * 0.92)
    lively = torch.maximum(energy, 0.35 * energy + 0.75 * pulse)
    motes = ramp(0.25, 0.8, plane("mote")) * lively * ramp(70, 130, Y) * (1 - 0.8 * fog)
    out = mix(out, mix(rgb(1.0, 0.86, 0.42), rgb(0.3, 1.0, 0.95), neon) + out * 0.2, motes * (0.55 + 0.45 * night))
    average = grey(out)
    out = average + (out - average) * (0.92 + 0.30 * energy + 0.15 * neon)
    out = out * (1 + 0.16 * pulse)

    out = out * (1 - 0.22 * (((x - 128) / (150 / SIZE * planes.shape[3])) ** 2 + ((Y - 128) / 165) ** 2)).clamp(0, 1)
    out = out.clamp(0, 1.2)
    return (out * (1.12 - 0.12 * out)).clamp(0, 1)


def heaven(planes: Tensor, light: Light, weather: dict[str, Tensor], noise: Tensor) -> tuple[Tensor, Tensor]:
    """The sky with its clouds, and the colour of the clouds, both [B, 3, 256, 256]."""

    def plane(name: str) -> Tensor:
        i = INDEX[name]
        return planes[:, i : i + 1]

    x = columns(planes.shape[3]).reshape(1, 1, 1, -1)
    zenith, horizon, sun, over, night, dusk = light.zenith, light.horizon, light.sun, light.over, light.night, light.dusk
    sky = mix(zenith, horizon, (Y / 150).clamp(0, 1) ** 1.7)
    clear = 1 - over * 0.85
    r = ((x - light.sun_x) ** 2 + (Y - light.sun_y) ** 2).sqrt()
    low = torch.exp(-(((Y - 150) / 46) ** 2)) * torch.exp(-(((x - light.sun_x) / 110) ** 2))  # the glow along the horizon
    sky = sky + sun * clear * (torch.exp(-r / 42) * 0.42 + torch.exp(-r / 130) * 0.16 + low * dusk * 0.22) * light.risen
    sky = mix(sky, mix(sun, rgb(1, 1, 1), 0.35), ramp(11.5, 9.5, r) * (1 - over * 0.92))
    rm = ((x - light.moon_x) ** 2 + (Y - light.moon_y) ** 2).sqrt()
    rc = ((x - light.moon_x - 5) ** 2 + (Y - light.moon_y + 3) ** 2).sqrt()
    moonlit = night * clear
    stars = plane("star") * night * (1 - over * 0.95) * ramp(165, 60, Y)
    sky = sky + stars * 1.05 * rgb(0.95, 0.97, 1.0) + rgb(0.5, 0.6, 0.9) * 0.24 * torch.exp(-rm / 38) * moonlit
    sky = mix(sky, rgb(0.96, 0.95, 0.86), ramp(10, 8.5, rm) * ramp(8, 9.5, rc) * moonlit)
    bright = plane("spark") * (0.35 + 0.65 * (night + over).clamp(0, 1))
    bias = (
        1.0
        - 1.05 * weather["cloudy"]
        - 1.7 * weather["rain"]
        - 2.0 * weather["storm"]
        - 1.35 * weather["snow"]
        - 0.3 * weather["fog"]
    )
    amount = ramp(0, 1.25, noise + 0.5 * ramp(60, 0, Y) - bias - 0.9 * ramp(70, 165, Y))
    lit = ((noise - torch.roll(noise, (-5, 3), (2, 3))) * 0.75 + 0.5).clamp(0, 1)
    under = mix(zenith, horizon, 0.55) * 0.66
    top = mix(horizon, light.ambient + 0.12, 0.6) * 1.1 + sun * 0.24 * dusk * (1 - over)
    cloud = mix(under, top, lit * 0.9) * (1 - 0.26 * weather["rain"] - 0.38 * weather["storm"])
    sky = mix(sky, cloud, amount * 0.93)
    # Through whatever covers the sky sun and moon are a pale place: an hour can be told in the rain.
    pale = mix(sun, grey(sun), 0.6) * light.ambient
    sky = sky + over * (pale * torch.exp(-r / 34) * 0.42 * light.risen + rgb(0.6, 0.66, 0.8) * torch.exp(-rm / 30) * 0.17 * night)
    sky = sky + bright * rgb(0.95, 0.95, 1.0)
    return mix(sky, grey(light.ambient) * rgb(0.10, 0.10, 0.14), plane("bird") * 0.9), cloud


def mirrored(planes: Tensor, light: Light, near: Tensor, far: Tensor, fog: Tensor, hazed) -> Tensor:  # type: ignore[no-untyped-def]
    """Water: the sky and the far ridges upside down, ripples, glitter under sun and moon; [B, 3, 256, 256]."""

    def plane(name: str) -> Tensor:
        i = INDEX[name]
        return planes[:, i : i + 1]

    x = columns(planes.shape[3]).reshape(1, 1, 1, -1)
    moonlit = light.night * (1 - light.over * 0.85)
    ripple = (plane("ripple") - 0.5) * 7
    tilt = ((2 * WATER_LINE - Y).clamp(0, 167) / 150).clamp(0, 1) ** 1.7
    mirror = mix(light.zenith, light.horizon, tilt) * rgb(0.72, 0.82, 0.9)
    ridge = hazed(far * light.ambient * 0.9, torch.tensor(0.5) + fog * 0.3)
    shore = hazed(mix(near, far, 0.66) * light.ambient * 0.85, torch.tensor(0.35) + fog * 0.4)
    mirror = mix(mix(mirror, ridge, plane("far")), shore, plane("mid"))
    path = (
        torch.exp(-(((x - light.sun_x) / 20) ** 2)) * (1 - light.night) + torch.exp(-(((x - light.moon_x) / 16) ** 2)) * moonlit
    )
    glitter = ramp(0.9, 2.0, ripple + 0.9 * path)
    mirror = mirror * (1 + 0.10 * ripple) * (0.95 - 0.12 * ramp(WATER_LINE, 230, Y))
    gleam = mix(light.sun, rgb(0.7, 0.8, 1.0), light.night) * glitter * 0.55 * (1 - 0.7 * light.over)
    return mirror + gleam * grey(light.ambient).clamp(min=0.4)
