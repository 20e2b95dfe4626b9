"""Where the sun and the moon stand, in pixels: the one place that the stage, the painter and the network take it from."""

from typing import NamedTuple

from torch import Tensor

from dreambridge.vista.world.names import MIDDLE
from dreambridge.vista.world.shapes import ramp

SUN_SWING, MOON_SWING = 105, 85  # columns from the middle of the picture to where each rises and sets
# A second disc, so many columns to the right of the moon and rows above it, cuts a crescent out of it.
CRESCENT_X, CRESCENT_Y = 5, 3


class Bodies(NamedTuple):
    """The middles of both discs, columns and rows, each of the shape of the angle."""

    sun_x: Tensor
    sun_y: Tensor
    moon_x: Tensor
    moon_y: Tensor


def night_of(height: Tensor) -> Tensor:
    """How far it is night, 0-1, by the height of the sun, -1 (midnight) to 1 (noon)."""
    return 1 - ramp(-0.28, 0.02, height)


def bodies(sine: Tensor, cosine: Tensor, night: Tensor) -> Bodies:
    """Where sun and moon stand at the hour's angle. The moon stands high at night and sinks below the hills by day."""
    return Bodies(MIDDLE - SUN_SWING * sine, 142 + 118 * cosine, MIDDLE + MOON_SWING * sine, 62 + 120 * (1 - night))


def shadow_column(sine: Tensor, night: Tensor) -> Tensor:
    """The column of the light that casts shadows: the sun's by day, the moon's by night."""
    return MIDDLE - SUN_SWING * sine + (SUN_SWING + MOON_SWING) * sine * night
