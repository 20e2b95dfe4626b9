"""The painter: the truth that the network learns, a function of planes, conditions and slow state alone.

It sees nothing but the planes, so it also gives the truth for planes that come from elsewhere (a game's grey-box).
"""

from torch import Tensor

from dreambridge.vista.painter.air import finish, paint_air
from dreambridge.vista.painter.land import paint_land, paint_water
from dreambridge.vista.painter.scene import Scene
from dreambridge.vista.painter.sky import haze_of, paint_sky
from dreambridge.vista.painter.things import lamp_glow, paint_figures, paint_huts, paint_plants


def paint(planes: Tensor, vector: Tensor, slow: Tensor) -> Tensor:
    """Paint planes [B, 26, 256, w] under conditions [B, 28] and slow state [B, 2]: RGB [B, 3, 256, w] in 0-1.

    The picture is in four parts, from back to front: sky, land with its water, things that stand on it, air. This is the picture
    before the operators of its style (``styles.stylise``); the style already determines palette and grain.
    """
    scene = Scene(planes, vector, slow)
    surface, colours = scene.surface(), scene.colours()
    sky = paint_sky(scene)
    haze = haze_of(scene, sky.cloud)

    out = paint_land(scene, surface, colours, haze)
    out = paint_plants(scene, surface, colours, haze, out)
    out = paint_huts(scene, surface, haze, out)
    out = paint_figures(scene, surface, out)
    # What is premultiplied by its coverage may be added in any order.
    out = out + scene.plane("water") * paint_water(scene, colours, haze) + (1 - surface.total) * sky.picture
    out = lamp_glow(scene, out)
    return finish(scene, paint_air(scene, haze, out))
