"""The labels that the project's own bundles share, for a game's grey-box picture.

A bundle may have its own labels; a game can rely on these names. Colours are sRGB bytes that differ by at least 56 in one
channel, so that a picture with slightly different colours is still read correctly. The depth is used if the game gives none.
"""

from typing import Any

PALETTE: dict[str, dict[str, Any]] = {
    "sky": {"colour": [112, 176, 255], "depth": 1.0, "description": "Open sky: clouds, sun, moon and stars are painted there."},
    "far_land": {"colour": [150, 120, 210], "depth": 1.0, "description": "Ranges and towers at the horizon."},
    "mid_land": {"colour": [90, 190, 170], "depth": 0.66, "description": "Hills in the middle distance."},
    "near_land": {"colour": [60, 200, 60], "depth": 0.33, "description": "Slopes and banks close by."},
    "ground": {"colour": [150, 105, 50], "depth": 0.05, "description": "Walkable ground: floor, platforms, rocks close by."},
    "water": {"colour": [0, 60, 220], "depth": 0.5, "description": "Sea, lake, river."},
    "plant": {"colour": [0, 100, 40], "depth": 0.3, "description": "Evergreens, bushes, cacti."},
    "leaves": {"colour": [170, 255, 0], "depth": 0.3, "description": "Leaves that turn with the season."},
    "wall": {"colour": [200, 190, 180], "depth": 0.3, "description": "Walls, trunks, bridges, columns."},
    "roof": {"colour": [170, 40, 40], "depth": 0.3, "description": "Roofs and tops; snow lies on them."},
    "window": {"colour": [255, 230, 60], "depth": 0.3, "description": "Windows and lamps; lit in the evening."},
    "figure": {"colour": [255, 0, 200], "depth": 0.03, "description": "A figure: the player, or anything that moves."},
    "other_figure": {"colour": [0, 255, 255], "depth": 0.03, "description": "Another figure, in other colours."},
    "limbs": {"colour": [80, 0, 120], "depth": 0.03, "description": "A figure's arms and legs."},
}
