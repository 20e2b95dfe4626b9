"""The labels that the project's own bundles share: what a game's grey-box picture can be made of.

A bundle may have labels of its own; these are the names that a game can rely on. Colours are sRGB bytes, at least 56 apart in
one channel, so that a picture which is a little off is still read right. The depth holds where the game gives none.
"""

from typing import Any

PALETTE: dict[str, dict[str, Any]] = {
    "sky": {"colour": [112, 176, 255], "depth": 1.0, "description": "Open sky: clouds, sun, moon and stars are painted there."},
    "far_land": {"colour": [150, 120, 210], "depth": 1.0, "description": "Ranges and towers at the horizon."},
    "mid_land": {"colour": [90, 190, 170], "depth": 0.66, "description": "Hills in the middle distance."},
    "near_land": {"colour": [60, 200, 60], "depth": 0.33, "description": "Slopes and banks that are near."},
    "ground": {"colour": [150, 105, 50], "depth": 0.05, "description": "What one walks on: floor, platforms, rocks close by."},
    "water": {"colour": [0, 60, 220], "depth": 0.5, "description": "Sea, lake, river."},
    "plant": {"colour": [0, 100, 40], "depth": 0.3, "description": "Evergreens, bushes, cacti."},
    "leaves": {"colour": [170, 255, 0], "depth": 0.3, "description": "Leaves that turn with the season."},
    "wall": {"colour": [200, 190, 180], "depth": 0.3, "description": "Walls, trunks, bridges, columns."},
    "roof": {"colour": [170, 40, 40], "depth": 0.3, "description": "Roofs and tops; snow lies on them."},
    "window": {"colour": [255, 230, 60], "depth": 0.3, "description": "Windows and lamps; lit in the evening."},
    "figure": {"colour": [255, 0, 200], "depth": 0.03, "description": "A figure: the player, whatever moves."},
    "other_figure": {"colour": [0, 255, 255], "depth": 0.03, "description": "Another figure, in other colours."},
    "limbs": {"colour": [80, 0, 120], "depth": 0.03, "description": "A figure's arms and legs."},
}
