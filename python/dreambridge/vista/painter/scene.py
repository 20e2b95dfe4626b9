"""What all parts of a picture share: its planes, its light and weather, and colours that follow from the conditions."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from dreambridge.vista.painter.light import Light, col, light_of, mix, rgb, weather_of
from dreambridge.vista.world.conditions import part
from dreambridge.vista.world.names import (
    COVERAGES,
    FOREST,
    INDEX,
    INK,
    MOUNTAIN,
    NEON,
    POSTER,
    SEASONS,
    SIZE,
    SNOW_COVER,
    WATERCOLOUR,
    WETNESS,
)
from dreambridge.vista.world.phases import plane_of
from dreambridge.vista.world.shapes import columns

ROWS = torch.arange(SIZE, dtype=torch.float32).reshape(1, 1, SIZE, 1)
WHITE = (0.93, 0.95, 1.0)
# Colours of the land by biome (forest, desert, mountain, coast); chosen by eye.
FAR = ((0.36, 0.50, 0.44), (0.82, 0.54, 0.40), (0.46, 0.52, 0.63), (0.40, 0.52, 0.50))
NEAR = ((0.17, 0.33, 0.10), (0.76, 0.45, 0.22), (0.29, 0.36, 0.25), (0.80, 0.68, 0.46))
PLANT = ((0.07, 0.20, 0.11), (0.24, 0.38, 0.17), (0.07, 0.18, 0.17), (0.16, 0.33, 0.12))
# By biome and season (spring, summer, autumn, winter): what the near land becomes, how far it does so, and what needles, cacti
# and palms become. Each season must differ from every other in every biome, at any hour.
GRASS = ((0.34, 0.52, 0.16), (0.17, 0.33, 0.10), (0.58, 0.41, 0.15), (0.47, 0.46, 0.40))
MEADOW = (
    GRASS,
    ((0.60, 0.58, 0.24), (0.82, 0.50, 0.24), (0.64, 0.27, 0.13), (0.62, 0.57, 0.58)),
    GRASS,
    ((0.52, 0.66, 0.28), (0.88, 0.76, 0.52), (0.70, 0.48, 0.20), (0.62, 0.62, 0.62)),
)
SEASONAL = (0.85, 0.70, 0.70, 0.75)
NEEDLE = ((1.25, 1.25, 1.0), (1.0, 1.0, 1.0), (1.45, 0.95, 0.75), (1.0, 0.95, 1.15))


class Surface(NamedTuple):
    """What lies where: [B, 1, h, w] each."""

    total: Tensor  # coverage by anything but sky
    depth: Tensor
    local: Tensor  # height on its thing
    side: Tensor  # left to right on its thing, or the slope of the land
    variation: Tensor


class Colours(NamedTuple):
    """Colours of the land under the conditions, [B, 3, 1, 1], and how far the season rules them, [B, 1, 1, 1]."""

    near: Tensor
    far: Tensor
    needle: Tensor
    seasonal: Tensor


class Scene:
    """One batch of pictures to paint; numbers are [B, 1, 1, 1] and planes [B, 1, h, w].

    Parameters
    ----------
    planes : [B, 26, h, w] in 0-1
    vector : [B, 28] conditions
    slow : [B, 2] snow cover and wetness in 0-1
    """

    def __init__(self, planes: Tensor, vector: Tensor, slow: Tensor) -> None:
        self.planes, self.width = planes, int(planes.shape[3])
        self.x, self.y = columns(self.width).reshape(1, 1, 1, -1), ROWS
        self._conditions(vector, slow)
        self.noise, self.texture = self.centred("cloud"), self.centred("texture")

    def _conditions(self, vector: Tensor, slow: Tensor) -> None:
        self.vector = vector
        self.light: Light = light_of(vector)
        self.weather: Mapping[str, Tensor] = weather_of(vector)
        self.seasons, self.biomes = part(vector, "season"), part(vector, "biome")
        self.season = dict(zip(SEASONS, (col(w) for w in self.seasons.unbind(1)), strict=True))
        self.mountain, self.forest = col(self.biomes[:, MOUNTAIN]), col(self.biomes[:, FOREST])
        self.energy, self.pulse = col(part(vector, "energy")), col(part(vector, "pulse"))
        style = part(vector, "style")
        self.neon = col(style[:, NEON])
        # Flat styles leave the grain of the ground out.
        self.grain = 1 - 0.65 * col(style[:, INK] + style[:, POSTER]) - 0.3 * col(style[:, WATERCOLOUR])
        self.snow, self.wet = col(slow[:, SNOW_COVER]), col(slow[:, WETNESS])

    def plane(self, name: str) -> Tensor:
        i = INDEX[name]
        return self.planes[:, i : i + 1]

    def centred(self, name: str) -> Tensor:
        """A noise plane in its own standard deviations, around 0."""
        return (self.plane(name) - 0.5) * 7

    def surface(self) -> Surface:
        water = self.plane("water")
        cover = self.planes[:, :COVERAGES].sum(1, keepdim=True)
        # where water is, the two far layers hold its reflections
        total = (cover - self.plane("far") * water - self.plane("mid") * water).clamp(1e-3, 1)
        return Surface(total, *(self.plane(n) / total for n in ("depth", "local", "slope", "variation")))

    def colours(self) -> Colours:
        far, near, needle = ((self.biomes @ torch.tensor(t)).reshape(-1, 3, 1, 1) for t in (FAR, NEAR, PLANT))
        meadow = torch.einsum("bi,bs,isc->bc", self.biomes, self.seasons, torch.tensor(MEADOW)).reshape(-1, 3, 1, 1)
        needle = needle * (self.seasons @ torch.tensor(NEEDLE)).reshape(-1, 3, 1, 1)
        seasonal = col(self.biomes @ torch.tensor(SEASONAL))
        near = mix(near, meadow, seasonal * (1 - 0.5 * self.season["summer"]))
        far = mix(far, meadow * rgb(1.05, 1.0, 1.1), seasonal * 0.35 * (1 - self.season["summer"]))
        return Colours(near, far, needle, seasonal)


class Stacked(Scene):
    """A scene whose planes come by phase: everything is [1, n, 4 h, w], the four phases of a plane one below another.

    Parameters
    ----------
    air : planes [1, 28, 128, w / 2] in 0-1, from ``cloud`` on, in one tensor or in several consecutive ones
    vector, slow : as in ``Scene``, of one picture
    """

    def __init__(self, air: Sequence[Tensor], vector: Tensor, slow: Tensor, width: int = SIZE) -> None:
        self.air, self.width = air, width
        # The columns of a pair of pixels are taken for one: what depends on them changes over dozens of pixels.
        self.x = columns(width).reshape(1, 1, 1, -1, 2).mean(4)
        even, odd = ROWS[:, :, 0::2], ROWS[:, :, 1::2]
        self.y = torch.cat([even, even, odd, odd], 2)
        self._conditions(vector, slow)
        self.noise, self.texture = self.centred("cloud"), self.centred("texture")

    def plane(self, name: str) -> Tensor:
        return stacked(plane_of(self.air, name, "cloud"))


def stacked(by_phase: Tensor) -> Tensor:
    """[1, 4 n, h, w] -> [1, n, 4 h, w]."""
    h, w = (int(size) for size in by_phase.shape[2:])
    return by_phase.reshape(1, -1, 4 * h, w)
