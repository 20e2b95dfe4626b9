"""The labels that the project's own bundles share: what a game's grey-box picture can be made of.

A bundle may have labels of its own; these are the names that a game can rely on. Colours are sRGB bytes, at least 56 apart in
one channel, so that a picture which is a little off is still read right. The depth holds where the game gives none.
"""

from typing import Any

PALETTE: dict[str, dict[str, Any]] = {
    "sky": {"colour": [112, 176, 255], "depth": 1.0, "description": "Everything behind the world."},
    "far_land": {"colour": [150, 120, 210], "depth": 0.85, "description": "Ranges at the horizon."},
    "mid_land": {"colour": [90, 190, 170], "depth": 0.6, "description": "Hills in the middle distance."},
    "near_land": {"colour": [60, 200, 60], "depth": 0.4, "description": "Slopes and banks that are near."},
    "ground": {"colour": [150, 105, 50], "depth": 0.2, "description": "What one walks on."},
    "water": {"colour": [0, 60, 220], "depth": 0.3, "description": "Sea, lake, river."},
    "plant": {"colour": [0, 100, 40], "depth": 0.3, "description": "Trees, bushes, grass."},
    "wall": {"colour": [200, 190, 180], "depth": 0.25, "description": "Walls, rocks, columns."},
    "roof": {"colour": [170, 40, 40], "depth": 0.25, "description": "Roofs and tops."},
    "window": {"colour": [255, 230, 60], "depth": 0.25, "description": "Windows and lamps; lit at night."},
    "figure": {"colour": [255, 0, 200], "depth": 0.15, "description": "People, animals, whatever moves."},
}
