"""Random grey-boxes for training: flat platform levels and scenes in perspective, with random shapes of random labels."""

import math

import numpy as np
from PIL import Image, ImageDraw

from dreambridge.vista.world import joints as J
from dreambridge.vista.world.grey import LABELS, NAMES
from dreambridge.vista.world.names import SIZE
from dreambridge.vista.world.walker import ARM, LEFT, LEG, RIGHT, walker

Point = tuple[float, float]


class Canvas:
    """Label numbers and depths, drawn from far to near."""

    def __init__(self) -> None:
        self.label, self.depth = Image.new("L", (SIZE, SIZE), 0), Image.new("F", (SIZE, SIZE), 1.0)
        self.pens = ImageDraw.Draw(self.label), ImageDraw.Draw(self.depth)

    def polygon(self, name: str, points: list[Point], depth: float) -> None:
        self.pens[0].polygon(points, fill=NAMES.index(name))
        self.pens[1].polygon(points, fill=depth)

    def ellipse(self, name: str, x: float, y: float, rx: float, ry: float, depth: float) -> None:
        box = (x - rx, y - ry, x + rx, y + ry)
        self.pens[0].ellipse(box, fill=NAMES.index(name))
        self.pens[1].ellipse(box, fill=depth)

    def line(self, name: str, points: list[Point], width: float, depth: float) -> None:
        for pen, fill in zip(self.pens, (NAMES.index(name), depth), strict=True):
            pen.line(points, fill=fill, width=max(1, round(width)), joint="curve")

    def box(self, name: str, x: float, y: float, w: float, h: float, depth: float) -> None:
        self.polygon(name, [(x, y), (x + w, y), (x + w, y + h), (x, y + h)], depth)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Label picture uint8 [256, 256, 4] in the palette's colours, depth uint8 [256, 256, 4] in 24 bits."""
        colours = np.array([[*label.colour, 255] for label in LABELS.values()], np.uint8)
        deep = (np.clip(np.asarray(self.depth), 0, 1) * 16777215).round().astype(np.uint32)
        packed = np.stack([deep >> 16 & 255, deep >> 8 & 255, deep & 255, np.full_like(deep, 255)], -1)
        return colours[np.asarray(self.label)], packed.astype(np.uint8)


def crest(r: np.random.Generator, y: float, height: float) -> list[Point]:
    """A skyline across the picture: hills, steps, teeth or towers."""
    kind, points = r.integers(4), list[Point]()
    if kind == 0:
        a, b = r.random(2) * 6.28
        f = 0.01 + 0.03 * r.random()
        points = [
            (float(x), y + height * (math.sin(x * f + a) + 0.5 * math.sin(x * f * 2.7 + b))) for x in range(-4, SIZE + 5, 4)
        ]
    else:
        x = -8.0
        level = y
        while x < SIZE + 8:
            level = y + height * (r.random() * 2 - 1)
            width = 8 + 50 * r.random()
            points += [(x, level), (x + width, level)] if kind != 2 else [(x, level), (x + width / 2, level - height)]
            x += width
    return [*points, (SIZE + 8, SIZE + 8), (-8, SIZE + 8)]


def tree(c: Canvas, r: np.random.Generator, x: float, foot: float, tall: float, depth: float) -> None:
    name = "leaves" if r.random() < 0.5 else "plant"
    c.box("wall" if r.random() < 0.6 else name, x - tall * 0.05, foot - tall * 0.45, tall * 0.1, tall * 0.45, depth)
    kind = r.integers(3)
    if kind == 0:
        c.ellipse(name, x, foot - tall * 0.68, tall * 0.28, tall * 0.32, depth)
    elif kind == 1:
        c.polygon(name, [(x - tall * 0.28, foot - tall * 0.25), (x + tall * 0.28, foot - tall * 0.25), (x, foot - tall)], depth)
    else:
        c.box(name, x - tall * 0.25, foot - tall, tall * 0.5, tall * 0.6, depth)


def house(c: Canvas, r: np.random.Generator, x: float, foot: float, w: float, depth: float) -> None:
    h = w * (0.5 + 0.8 * r.random())
    c.box("wall", x, foot - h, w, h, depth)
    if r.random() < 0.8:
        c.polygon(
            "roof",
            [(x - w * 0.1, foot - h), (x + w * 1.1, foot - h), (x + w / 2, foot - h - w * (0.2 + 0.4 * r.random()))],
            depth,
        )
    else:
        c.box("roof", x - w * 0.05, foot - h - w * 0.12, w * 1.1, w * 0.14, depth)
    for k in range(int(r.integers(0, 4))):
        c.box("window", x + w * (0.12 + 0.28 * k), foot - h * 0.75, w * 0.16, h * 0.28, depth - 1e-3)


def person(c: Canvas, r: np.random.Generator, x: float, foot: float, size: float, depth: float) -> None:
    coat = "figure" if r.random() < 0.6 else "other_figure"
    if r.random() < 0.4:  # a capsule
        w = size * 0.3
        c.box(coat, x - w, foot - size * 1.8, 2 * w, size * 1.8 - w, depth)
        c.ellipse(coat, x, foot - size * 1.8, w, w, depth)
        c.ellipse(coat, x, foot - w, w, w, depth)
        return
    j = walker(r.random() * 6.28, x, foot, size, r.random() * (r.random() < 0.3), 1 if r.random() < 0.5 else -1)[:, :2] * SIZE
    limbs = "limbs" if r.random() < 0.7 else coat
    for limb in (RIGHT[ARM], RIGHT[LEG], LEFT[ARM], LEFT[LEG]):
        c.line(limbs, [tuple(j[k]) for k in limb], size * 0.2, depth)
    trunk = ((J.LEFT_SHOULDER, (2, 0)), (J.RIGHT_SHOULDER, (-2, 0)), (J.RIGHT_HIP, (-2, 0)), (J.LEFT_HIP, (2, 0)))
    c.polygon(coat, [tuple(j[k] + d) for k, d in trunk], depth)
    c.line(
        coat,
        [tuple((j[J.LEFT_SHOULDER] + j[J.RIGHT_SHOULDER]) / 2), tuple((j[J.LEFT_HIP] + j[J.RIGHT_HIP]) / 2)],
        size * 0.42,
        depth,
    )
    head = j[J.HEAD].mean(0)
    c.ellipse(coat, head[0], head[1], size * 0.26, size * 0.3, depth)


def flat(r: np.random.Generator) -> Canvas:
    """A level seen from the side: each label at the depth that the palette gives it."""
    c = Canvas()
    depth = {n: label.depth for n, label in LABELS.items()}
    for name, row, height in (("far_land", 110, 26), ("mid_land", 145, 20), ("near_land", 172, 16)):
        if r.random() < 0.85:
            c.polygon(name, crest(r, row + 24 * (r.random() - 0.5), height * r.random()), depth[name])
            for _ in range(int(r.integers(0, 4))):
                tree(c, r, r.random() * SIZE, row + 4, 12 + 40 * r.random(), depth[name] * 0.9)
    if r.random() < 0.3:
        level = 165 + 40 * r.random()
        c.box("water", -8 + 120 * r.random(), level, 100 + 200 * r.random(), SIZE, depth["water"])
    foot = 190 + 40 * r.random()
    for _ in range(int(r.integers(0, 4))):
        house(c, r, r.random() * 230, foot, 18 + 40 * r.random(), depth["wall"])
    for _ in range(int(r.integers(0, 5))):
        tree(c, r, r.random() * SIZE, foot, 30 + 80 * r.random(), depth["plant"])
    if r.random() < 0.9:
        c.polygon("ground", crest(r, foot, 16 * r.random()), depth["ground"])
    for _ in range(int(r.integers(0, 5))):  # platforms, pillars and other things of a level
        name = NAMES[int(r.integers(1, len(NAMES)))] if r.random() < 0.4 else "ground"
        w, h = 8 + 70 * r.random(), 4 + (60 * r.random() if r.random() < 0.3 else 12 * r.random())
        c.box(name, r.random() * SIZE - 10, 60 + 150 * r.random(), w, h, depth[name])
    for _ in range(int(r.integers(0, 4))):
        name = NAMES[int(r.integers(1, len(NAMES)))]
        x, y, s = r.random() * SIZE, 40 + 190 * r.random(), 3 + 22 * r.random()
        if r.random() < 0.5:
            c.ellipse(name, x, y, s, s * (0.5 + r.random()), depth[name])
        else:
            c.polygon(name, [(x + s * math.cos(a), y + s * math.sin(a)) for a in r.random(3) * 6.28], depth[name])
    for _ in range(int(r.integers(0, 3))):
        person(c, r, 20 + 216 * r.random(), foot + 6 * r.random(), 14 + 24 * r.random(), depth["figure"])
    return c


def deep(r: np.random.Generator) -> Canvas:
    """A scene in perspective: a floor to the horizon, boxes, cones, balls, trees, houses and figures on it."""
    c = Canvas()
    horizon, eye, focal = 90 + 70 * r.random(), 1.2 + 2.5 * r.random(), 180 + 120 * r.random()
    far = 40.0 + 60 * r.random()
    floor = "ground" if r.random() < 0.7 else "near_land"
    if r.random() < 0.7:
        c.polygon("far_land", crest(r, horizon - 20 * r.random(), 18 * r.random()), 1.0)
    for y in range(int(horizon) + 1, SIZE):
        z = min(focal * eye / (y - horizon), far)
        c.line(floor, [(-1, y), (SIZE + 1, y)], 1, z / far)

    def at(x: float, z: float, high: float = 0.0) -> Point:
        return 128 + focal * x / z, horizon + focal * (eye - high) / z

    if r.random() < 0.3:
        near, away = 3 + 8 * r.random(), 14 + 20 * r.random()
        x = 12 * (r.random() - 0.5)
        w = 3 + 8 * r.random()
        c.polygon("water", [at(x - w, near), at(x + w, near), at(x + w, away), at(x - w, away)], (near + away) / 2 / far)
    things = sorted((2.5 + (far * 0.7 - 2.5) * r.random() ** 1.6 for _ in range(int(r.integers(4, 16)))), reverse=True)
    for z in things:
        x = (r.random() - 0.5) * 1.5 * z * SIZE / focal
        px, foot = at(x, z)
        scale = focal / z  # pixels per metre
        d, kind = z / far, r.integers(7)
        name = (
            NAMES[int(r.integers(1, len(NAMES)))]
            if r.random() < 0.35
            else ("near_land", "ground", "wall", "plant")[int(r.integers(4))]
        )
        w, h = (0.5 + 2.5 * r.random()) * scale, (0.5 + 4 * r.random()) * scale
        if kind == 0:
            c.box(name, px - w / 2, foot - h, w, h, d)
            lean = 0.3 * w * (1 if px < 128 else -1)  # the side that the camera sees
            edge = px + w / 2 if lean > 0 else px - w / 2
            c.polygon(
                name,
                [(edge, foot - h), (edge + lean, foot - h * 0.93), (edge + lean, foot - h * 0.07), (edge, foot)],
                min(d * 1.15, 1),
            )
        elif kind == 1:
            c.polygon(name, [(px - w / 2, foot), (px + w / 2, foot), (px, foot - h)], d)
            c.ellipse(name, px, foot, w / 2, w / 9, d)
        elif kind == 2:
            c.ellipse(name, px, foot - w / 2, w / 2, w / 2, d)
        elif kind == 3:
            tree(c, r, px, foot, (2 + 4 * r.random()) * scale, d)
        elif kind == 4:
            house(c, r, px, foot, (2 + 3 * r.random()) * scale, d)
        else:
            person(c, r, px, foot, 0.65 * scale, d)
    return c


def draw(r: np.random.Generator) -> tuple[np.ndarray, np.ndarray, bool]:
    """A random grey-box: label and depth uint8 [256, 256, 4], and whether it comes with its depth."""
    in_depth = r.random() < 0.5
    label, depth = (deep(r) if in_depth else flat(r)).arrays()
    return label, depth, in_depth
