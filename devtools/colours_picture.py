#!/usr/bin/env python3
"""Makes the sheet of a game's own colours: a room, a station and a village, painted over in six styles and at other hours.

.venv/bin/python devtools/colours_picture.py [docs/vista-colours.webp]
"""

import sys
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from dreambridge.bench.vista.coloured_scenes import Body, Camera, Colour, Layers, cast, heroine
from PIL import Image

BLUE, GOLD = (0.16, 0.36, 0.82), (0.85, 0.68, 0.35)
WOOD, DARK_WOOD = (0.55, 0.36, 0.20), (0.36, 0.23, 0.13)
STYLES = ("plain", "oil", "watercolour", "ink", "poster", "neon")
NOON: dict[str, Any] = {"time_of_day": 11.0, "weather": "clear", "season": "summer", "energy": 0.3, "style": "plain"}
OTHERS: dict[str, dict[str, Any]] = {
    "evening": {"time_of_day": 18.4},
    "night": {"time_of_day": 22.5},
    "rain": {"weather": "rain", "wetness": 0.8},
    "snow": {"weather": "snow", "season": "winter", "snow_cover": 0.8},
    "autumn": {"season": "autumn", "time_of_day": 8.0},
}


def box(
    middle: Colour, half: Colour, colour: Colour, other: Colour | None = None, pattern: str = "plain", scale: float = 1.0,
    label: str = "", inside: bool = False,
) -> Body:  # fmt: skip
    return Body("box", middle, half, colour, other or colour, pattern, scale, label, inside)


def room() -> Layers:
    wall, cream = (0.72, 0.52, 0.42), (0.93, 0.88, 0.76)
    bodies = [
        box((0, 1.6, -3), (3.2, 1.6, 4.5), wall, inside=True),
        box((0, 0.55, -7.4), (3.2, 0.55, 0.1), cream, (0.85, 0.78, 0.65), "panels", 0.8),
        box((-3.15, 0.55, -3), (0.08, 0.55, 4.5), cream, (0.85, 0.78, 0.65), "panels", 0.8),
        box((3.15, 0.55, -3), (0.08, 0.55, 4.5), cream, (0.85, 0.78, 0.65), "panels", 0.8),
        box((0, -0.05, -3), (3.2, 0.06, 4.5), WOOD, DARK_WOOD, "planks", 0.35),
        box((0.9, 1.85, -7.4), (0.8, 0.65, 0.12), (0.97, 0.94, 0.80), label="window"),
        box((0.9, 1.85, -7.28), (0.04, 0.7, 0.06), DARK_WOOD),
        box((0.9, 1.85, -7.28), (0.85, 0.04, 0.06), DARK_WOOD),
        box((0, 0.01, -3.9), (1.5, 0.02, 1.2), (0.62, 0.14, 0.18), GOLD, "stripes", 0.4),
        box((-1.6, 0.74, -4.6), (0.7, 0.05, 0.4), WOOD),
        *(box((-1.6 + x, 0.36, -4.6 + z), (0.05, 0.36, 0.05), DARK_WOOD) for x in (-0.6, 0.6) for z in (-0.3, 0.3)),
        Body("ball", (-1.8, 0.92, -4.5), (0.13, 0.13, 0.13), (0.85, 0.45, 0.12), GOLD),
        Body("cylinder", (-1.35, 0.98, -4.6), (0.09, 0.18, 0.09), (0.20, 0.50, 0.42), GOLD),
        Body("cylinder", (2.2, 0.5, -5.2), (0.3, 0.5, 0.3), (0.25, 0.45, 0.30), GOLD),
        Body("ball", (2.2, 1.35, -5.2), (0.55, 0.6, 0.55), (0.20, 0.48, 0.18), GOLD),
        box((-2.7, 1.1, -6.3), (0.35, 1.1, 0.7), DARK_WOOD, (0.75, 0.30, 0.22), "stripes", 0.36),
        Body("cylinder", (1.9, 1.1, -3.2), (0.03, 1.1, 0.03), (0.25, 0.22, 0.20), GOLD),
        Body("cylinder", (1.9, 2.2, -3.2), (0.25, 0.16, 0.25), (0.98, 0.86, 0.60), GOLD, label="window"),
    ]
    return cast([*bodies, *heroine(0.1, -2.9, BLUE)], Camera((0, 1.5, 0.8), 0.06, 0.10), None, 26.0)


def station() -> Layers:
    hull, trim = (0.62, 0.66, 0.70), (0.88, 0.46, 0.16)
    bodies = [
        box((0, 1.5, -7), (2.2, 1.5, 8.5), hull, (0.42, 0.46, 0.52), "panels", 1.0, inside=True),
        box((0, 0.0, -7), (0.7, 0.03, 8.5), (0.34, 0.38, 0.44), (0.28, 0.31, 0.36), "checks", 0.4),
        box((0, 1.75, -15.4), (1.4, 0.85, 0.2), (0, 0, 0), label="sky"),
    ]
    for z in (-3.0, -6.0, -9.0, -12.0):
        for side in (-1, 1):
            bodies.append(box((2.1 * side, 1.5, z), (0.2, 1.5, 0.14), (0.30, 0.34, 0.40)))
            bodies.append(box((2.1 * side, 1.15, z - 1.5), (0.15, 0.07, 1.35), trim))
            bodies.append(box((2.0 * side, 2.7, z - 1.5), (0.15, 0.06, 0.7), (0.80, 0.95, 1.0), label="window"))
            bodies.append(box((2.2 * side, 1.9, z - 1.5), (0.12, 0.4, 0.7), (0, 0, 0), label="sky"))
    bodies += [
        box((-1.4, 0.4, -4.2), (0.4, 0.4, 0.4), (0.80, 0.64, 0.16), (0.45, 0.34, 0.08), "panels", 0.4),
        box((1.5, 0.35, -5.6), (0.35, 0.35, 0.35), (0.24, 0.50, 0.34), (0.13, 0.30, 0.20), "panels", 0.35),
        Body("cylinder", (-1.5, 0.55, -7.4), (0.3, 0.55, 0.3), (0.72, 0.22, 0.18), (0.92, 0.90, 0.86), "stripes", 0.37),
        box((1.5, 0.5, -8.4), (0.35, 0.5, 0.5), (0.22, 0.26, 0.32)),
        box((1.35, 1.15, -8.4), (0.05, 0.25, 0.4), (0.32, 0.85, 0.68), label="window"),
        Body("ball", (0.9, 1.9, -6.4), (0.2, 0.2, 0.2), (0.85, 0.85, 0.88), trim),
    ]
    return cast([*bodies, *heroine(-0.35, -3.2, BLUE)], Camera((0, 1.5, 0.4), -0.05, 0.07), None, 45.0)


def village() -> Layers:
    grass, stone = (0.44, 0.58, 0.24), (0.62, 0.58, 0.52)
    bodies = [
        box((0, -0.1, -20), (60, 0.1, 40), grass, (0.40, 0.54, 0.22), "checks", 2.0),
        box((0, -0.05, -20), (1.5, 0.07, 40), stone, (0.50, 0.46, 0.41), "bricks", 1.0),
    ]
    walls: list[Colour] = [(0.90, 0.84, 0.70), (0.70, 0.78, 0.80), (0.88, 0.70, 0.55), (0.80, 0.78, 0.62)]
    roofs: list[Colour] = [(0.32, 0.40, 0.62), (0.62, 0.28, 0.20), (0.28, 0.42, 0.40), (0.45, 0.30, 0.26)]
    for k in range(8):
        side, high = (-1) ** k, 1.1 + 0.25 * (k % 3)
        x, z = side * (3.8 + 0.4 * (k % 3)), -5.5 - 2.4 * k
        bodies.append(box((x, high, z), (1.5, high, 1.2), walls[k % 4], label="wall"))
        for step in range(5):
            wide = 1.75 - 0.33 * step
            bodies.append(box((x, 2 * high + 0.12 + 0.22 * step, z), (wide, 0.12, 1.35), roofs[k % 4], label="roof"))
        for dz in (-0.55, 0.55):
            bodies.append(box((x - side * 1.46, 1.25, z + dz), (0.08, 0.28, 0.24), (0.95, 0.85, 0.50), label="window"))
        bodies.append(box((x - side * 0.6, 1.25, z + 1.17), (0.24, 0.28, 0.08), (0.95, 0.85, 0.50), label="window"))
    for x, z, r in ((-2.2, -4.6, 0.5), (2.4, -9.5, 0.8), (-2.6, -13.0, 0.9), (6.5, -18.0, 2.0), (-8.0, -22.0, 2.6)):
        bodies.append(Body("cylinder", (x, r, z), (0.14 * r + 0.05, r, 0.14 * r + 0.05), DARK_WOOD, WOOD))
        bodies.append(Body("ball", (x, 2.4 * r, z), (r, 1.1 * r, r), (0.28, 0.52, 0.20), grass, label="leaves"))
    return cast([*bodies, *heroine(0.2, -3.4, BLUE)], Camera((0, 1.6, 0.6), 0.0, 0.08), None, 60.0)


def main(out: Path) -> None:
    rows = []
    with dreambridge.start() as daemon, daemon.open("vista", seed=7, paused=True) as stream:
        unset = dict.fromkeys(stream.conditions)
        for layers in (room(), station(), village()):
            pictures = [layers.colour[..., :3]]
            for values in ({"style": s} for s in STYLES):
                pictures.append(painted(stream, layers, unset | NOON | values))
            pictures += [painted(stream, layers, unset | NOON | values) for values in OTHERS.values()]
            rows += [np.concatenate(pictures[k : k + 4], 1) for k in (0, 4, 8)]
    sheet = Image.fromarray(np.concatenate(rows, 0))
    sheet.save(out, quality=82, method=6)
    print(f"{out}: {sheet.width} x {sheet.height}, {out.stat().st_size / 1e6:.1f} MB")


def painted(stream: dreambridge.Stream, layers: Layers, values: dict[str, Any]) -> np.ndarray:
    stream.cut(**values)
    stream.view(layers.label, layers.depth, colour=layers.colour, normal=layers.normal)
    return stream.step(2)[-1].pixels[..., :3]


if __name__ == "__main__":
    words = sys.argv[1:]
    main(Path(words[0]) if words else Path(__file__).resolve().parent.parent / "docs" / "vista-colours.webp")
