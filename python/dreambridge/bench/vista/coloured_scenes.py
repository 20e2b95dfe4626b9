"""Held-out scenes in colours of their own, with normals, depth and motion: rooms, stations, towns, toys, and flat levels.

A small ray caster draws the scenes in 3D, so that every layer is exact. ``motion`` is from where each point was seen in the
frame before.
"""

import colorsys
import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from dreambridge.bundle.palette import PALETTE
from dreambridge.vista.world.grey import NAMES
from dreambridge.vista.world.names import SIZE

Floats = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
FOCAL = 210.0


class Layers(NamedTuple):
    """One picture of a view. ``label`` uint8 [256, 256, 4] (alpha 0: none), ``colour`` uint8 [256, 256, 4], ``depth`` [256, 256]
    in 0-1, ``normal`` [256, 256, 3], ``motion`` [256, 256, 2] in pixels; None where the scene has none."""

    label: NDArray[np.uint8] | None
    colour: NDArray[np.uint8]
    depth: Floats | None
    normal: Floats | None
    motion: Floats | None


class Camera(NamedTuple):
    """Where it stands (right, up, towards the viewer), how far it is turned to the right and down, and its focal length."""

    at: tuple[float, float, float]
    turn: float = 0.0
    tilt: float = 0.0
    focal: float = FOCAL


class Body(NamedTuple):
    """A box, ball or cylinder: its middle, half its size, its colours, its pattern, its label ("" for none)."""

    kind: str
    middle: tuple[float, float, float]
    half: tuple[float, float, float]
    colour: Colour
    other: Colour
    pattern: str = "plain"
    scale: float = 1.0
    label: str = ""
    inside: bool = False  # seen from inside: a room


def axes(c: Camera) -> Floats:
    """Rows: the camera's right, up and backward directions in the world."""
    ct, st, cp, sp = math.cos(c.turn), math.sin(c.turn), math.cos(c.tilt), math.sin(c.tilt)
    right, back = np.array([ct, 0, st]), np.array([-st * cp, sp, ct * cp])
    return np.stack([right, np.cross(back, right), back]).astype(np.float32)


def rays(c: Camera) -> Floats:
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    d = np.stack([(x + 0.5 - SIZE / 2) / c.focal, (SIZE / 2 - y - 0.5) / c.focal, -np.ones_like(x)], -1)
    return d @ axes(c)


def hit(b: Body, o: Floats, d: Floats) -> tuple[Floats, Floats]:
    """Distance along the ray (infinite where it misses) and normal, [256, 256] and [256, 256, 3]."""
    m, h = np.array(b.middle, np.float32), np.array(b.half, np.float32)
    if b.kind == "ball":
        q, e = (o - m) / h, d / h
        a, k, c = (e * e).sum(-1), (q * e).sum(-1), (q * q).sum() - 1
        root = k * k - a * c
        t = (-k - np.sqrt(np.maximum(root, 0))) / a
        n = (q + t[..., None] * e) / h
        return np.where((root > 0) & (t > 1e-3), t, np.inf), n / np.linalg.norm(n, axis=-1, keepdims=True)
    if b.kind == "cylinder":
        q, e = (o - m)[[0, 2]] / h[[0, 2]], d[..., [0, 2]] / h[[0, 2]]
        a, k, c = (e * e).sum(-1) + 1e-9, (q * e).sum(-1), (q * q).sum() - 1
        root = k * k - a * c
        t = (-k - np.sqrt(np.maximum(root, 0))) / a
        y = o[1] + t * d[..., 1] - m[1]
        round_ = np.where((root > 0) & (t > 1e-3) & (np.abs(y) <= h[1]), t, np.inf)
        top = (m[1] + h[1] - o[1]) / np.where(np.abs(d[..., 1]) < 1e-6, 1e-6, d[..., 1])
        p = q + top[..., None] * e
        top = np.where(((p * p).sum(-1) <= 1) & (top > 1e-3), top, np.inf)
        p = q + t[..., None] * e
        n = np.stack([p[..., 0] / h[0], 0 * t, p[..., 1] / h[2]], -1)
        n = n / (np.linalg.norm(n, axis=-1, keepdims=True) + 1e-9)
        return np.minimum(round_, top), np.where((top < round_)[..., None], np.array([0, 1, 0], np.float32), n)
    safe = np.where(np.abs(d) < 1e-6, 1e-6, d)
    a, c = (m - h - o) / safe, (m + h - o) / safe
    near, far = np.minimum(a, c), np.maximum(a, c)
    first, last = near.max(-1), far.min(-1)
    axis = far.argmin(-1) if b.inside else near.argmax(-1)
    n = -np.sign(np.take_along_axis(d, axis[..., None], -1)) * np.eye(3, dtype=np.float32)[axis]
    t = np.where(last > 1e-3, last, np.inf) if b.inside else np.where((first <= last) & (first > 1e-3), first, np.inf)
    return t, n


def pattern(b: Body, p: Floats, n: Floats) -> Floats:
    """The share of the second colour at points [..., 3]."""
    big = np.abs(n).argmax(-1)
    u = np.where(big == 0, p[..., 2], p[..., 0]) / b.scale
    v = np.where(big == 1, p[..., 2], p[..., 1]) / b.scale
    if b.pattern == "checks":
        return ((np.floor(u) + np.floor(v)) % 2).astype(np.float32)
    if b.pattern == "stripes":
        return (np.floor(v) % 2).astype(np.float32)
    if b.pattern == "planks":
        return (0.5 + 0.5 * np.sin(np.floor(u) * 12.9898 + 1.7) * np.cos(np.floor(u) * 4.1)).astype(np.float32)
    if b.pattern == "bricks":
        row = np.floor(v * 2)
        return (((u + 0.5 * (row % 2)) % 1 < 0.08) | ((v * 2) % 1 < 0.14)).astype(np.float32)
    if b.pattern == "panels":
        return ((u % 1 < 0.05) | (v % 1 < 0.05) | ((u % 1 > 0.8) & (v % 1 < 0.3))).astype(np.float32)
    return np.zeros(p.shape[:-1], np.float32)


def cast(bodies: list[Body], c: Camera, before: Camera | None, far: float) -> Layers:
    """The layers of a scene in 3D; ``before``: the camera of the frame before, for the motion."""
    o, d = np.array(c.at, np.float32), rays(c)
    best = np.full((SIZE, SIZE), np.inf, np.float32)
    normal, colour = np.zeros((SIZE, SIZE, 3), np.float32), np.zeros((SIZE, SIZE, 3), np.float32)
    label = np.full((SIZE, SIZE), -1)
    for b in bodies:
        t, n = hit(b, o, d)
        nearer = t < best
        p = o + np.where(nearer, t, 0)[..., None] * d
        share = pattern(b, p, n)[..., None]
        colour = np.where(
            nearer[..., None], np.array(b.colour, np.float32) * (1 - share) + np.array(b.other, np.float32) * share, colour
        )
        normal = np.where(nearer[..., None], n, normal)
        label = np.where(nearer, NAMES.index(b.label) if b.label else -1, label)
        best = np.where(nearer, t, best)
    there = np.isfinite(best)
    depth = np.where(there, np.clip(np.where(there, best, 0) / far, 0, 1), 1).astype(np.float32)
    of_view = np.where(there[..., None], normal @ axes(c).T, 0).astype(np.float32)
    palette = np.array([[*p["colour"], 255] for p in PALETTE.values()] + [[0, 0, 0, 0]], np.uint8)
    sky = NAMES.index("sky")
    labels = palette[np.where(there, label, sky)]
    bytes_ = np.dstack([np.clip(colour, 0, 1) * 255 + 0.5, np.where(there, 255, 0)]).astype(np.uint8)
    return Layers(labels, bytes_, depth, of_view, _motion(o, d, best, before or c, c))


def _motion(o: Floats, d: Floats, best: Floats, before: Camera, now: Camera) -> Floats:
    there = np.isfinite(best)
    # What is infinitely far only turns with the camera.
    p = np.where(there[..., None], o + np.where(there, best, 0)[..., None] * d - np.array(before.at, np.float32), d)
    seen = p @ axes(before).T
    z = np.minimum(seen[..., 2], -1e-3)
    was = np.stack([seen[..., 0] / -z * before.focal, -seen[..., 1] / -z * before.focal], -1)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    return (np.stack([x + 0.5 - SIZE / 2, y + 0.5 - SIZE / 2], -1) - was).astype(np.float32)


def heroine(x: float, z: float, coat: Colour, hair: Colour = (0.45, 0.25, 0.12), foot: float = 0.0) -> list[Body]:
    """A figure of balls and cylinders, 1.7 m tall."""
    dark = (coat[0] * 0.45, coat[1] * 0.45, coat[2] * 0.5)
    parts = [
        Body("ball", (x, foot + 1.52, z), (0.13, 0.15, 0.13), (0.90, 0.70, 0.58), coat, label="figure"),
        Body("ball", (x, foot + 1.58, z - 0.05), (0.16, 0.16, 0.16), hair, hair, label="figure"),
        Body("cylinder", (x, foot + 1.12, z), (0.19, 0.28, 0.14), coat, coat, label="figure"),
        Body("cylinder", (x, foot + 0.72, z), (0.26, 0.22, 0.2), dark, coat, label="figure"),
    ]
    for side in (-1, 1):
        parts.append(Body("cylinder", (x + 0.10 * side, foot + 0.27, z), (0.075, 0.27, 0.075), dark, dark, label="figure"))
        parts.append(Body("cylinder", (x + 0.25 * side, foot + 1.08, z), (0.06, 0.30, 0.06), coat, coat, label="figure"))
    return parts


def _hue(r: np.random.Generator, grey: float = 0.0) -> Colour:
    """A random colour; ``grey``: how much of it is grey."""
    return colorsys.hsv_to_rgb(r.random(), (0.35 + 0.6 * r.random()) * (1 - grey), 0.35 + 0.6 * r.random())


def darker(c: Colour, share: float) -> Colour:
    return c[0] * share, c[1] * share, c[2] * share


def room(r: np.random.Generator) -> list[Body]:
    wall, floor, plain = _hue(r, 0.4), _hue(r, 0.3), _hue(r, 0.6)
    bodies = [
        Body("box", (0, 1.6, -3), (3.2, 1.6, 4.5), wall, wall, "bricks" if r.random() < 0.3 else "plain", 0.6, inside=True),
        Body("box", (0, -0.05, -3), (3.2, 0.06, 4.5), floor, darker(floor, 0.75), "planks", 0.35),
        Body("box", (0, 1.8, -7.4), (0.9, 0.7, 0.12), (0.95, 0.93, 0.86), plain, label="window"),
        Body("box", (0, 1.8, -7.25), (0.05, 0.75, 0.06), (0.35, 0.22, 0.12), plain),
        Body("box", (0, 1.8, -7.25), (0.95, 0.05, 0.06), (0.35, 0.22, 0.12), plain),
        Body("box", (-0.1, 0.01, -3.5), (1.4, 0.02, 1.1), _hue(r), _hue(r), "stripes", 0.3),
    ]
    for _ in range(5):
        x, z, c = (r.random() - 0.5) * 5, -2.5 - 4 * r.random(), _hue(r)
        kind = r.integers(4)
        if kind == 0:  # a table
            bodies.append(Body("box", (x, 0.72, z), (0.6, 0.05, 0.4), c, c))
            bodies += [Body("box", (x + a, 0.35, z + b), (0.05, 0.35, 0.05), c, c) for a in (-0.5, 0.5) for b in (-0.3, 0.3)]
            bodies.append(Body("ball", (x, 0.9, z), (0.14, 0.14, 0.14), _hue(r), c))
        elif kind == 1:
            bodies.append(Body("box", (x, 0.45, z), (0.5, 0.45, 0.35), c, _hue(r), "checks", 0.25))
        elif kind == 2:
            bodies.append(Body("cylinder", (x, 0.5, z), (0.25, 0.5, 0.25), c, c))
        else:
            bodies.append(Body("box", (-3.0 if x < 0 else 3.0, 1.0, z), (0.25, 1.0, 0.7), c, _hue(r), "stripes", 0.4))
    return [*bodies, *heroine(0.5 - r.random(), -2.9, _hue(r))]


def station(r: np.random.Generator) -> list[Body]:
    hull, trim = _hue(r, 0.75), _hue(r)
    bodies = [
        Body("box", (0, 1.5, -7), (2.2, 1.5, 8.5), hull, darker(hull, 0.7), "panels", 1.0, inside=True),
        Body("box", (0, 0.0, -7), (0.8, 0.03, 8.5), trim, darker(trim, 0.6), "checks", 0.4),
        Body("box", (0, 1.7, -15.4), (1.3, 0.8, 0.2), (0, 0, 0), (0, 0, 0), label="sky"),
    ]
    for z in (-3.0, -6.0, -9.0, -12.0):
        for side in (-1, 1):
            bodies.append(Body("box", (2.1 * side, 1.5, z), (0.2, 1.5, 0.15), trim, trim))
            bodies.append(Body("box", (2.0 * side, 2.75, z - 1.5), (0.15, 0.07, 0.6), (0.8, 0.95, 1.0), hull, label="window"))
    for _ in range(5):
        x, z, c = (r.random() - 0.5) * 3.4, -3 - 8 * r.random(), _hue(r)
        kind = r.integers(3)
        if kind == 0:
            bodies.append(Body("box", (x, 0.4, z), (0.4, 0.4, 0.4), c, darker(c, 0.6), "panels", 0.4))
        elif kind == 1:
            bodies.append(Body("cylinder", (x, 0.55, z), (0.3, 0.55, 0.3), c, trim, "stripes", 0.25))
        else:
            bodies.append(Body("ball", (x, 1.4 + r.random(), z), (0.25, 0.25, 0.25), c, c))
    return [*bodies, *heroine(0.6 - 1.2 * r.random(), -3.4, _hue(r))]


def town(r: np.random.Generator) -> list[Body]:
    street, grass = _hue(r, 0.85), _hue(r)
    bodies = [
        Body("box", (0, -0.1, -20), (40, 0.1, 40), grass, darker(grass, 0.85), "checks", 2.0, label="near_land"),
        Body("box", (0, -0.05, -20), (1.6, 0.07, 40), street, darker(street, 0.8), "bricks", 1.0),
    ]
    for k in range(8):
        side, c, roof, h = (-1) ** k, _hue(r), _hue(r), 1.2 + 1.6 * r.random()
        x, z = side * (3.6 + r.random()), -5.0 - 2.2 * k
        bodies.append(Body("box", (x, h, z), (1.6, h, 1.2), c, darker(c, 0.8), "bricks", 0.5, "wall"))
        bodies.append(Body("box", (x, 2 * h + 0.12, z), (1.75, 0.14, 1.35), roof, roof, label="roof"))
        for y in (0.9, 2.0):
            if y < 2 * h - 0.4:
                bodies.append(Body("box", (x - side * 1.55, y, z), (0.1, 0.28, 0.25), (0.95, 0.85, 0.45), c, label="window"))
    for _ in range(4):
        x, z, c = (r.random() - 0.5) * 5, -4 - 12 * r.random(), _hue(r)
        bodies.append(Body("cylinder", (x, 0.5, z), (0.1, 0.5, 0.1), (0.4, 0.26, 0.15), c))
        bodies.append(Body("ball", (x, 1.4, z), (0.6, 0.7, 0.6), c, c, label="leaves" if r.random() < 0.5 else ""))
    return [*bodies, *heroine(0.7 - 1.4 * r.random(), -3.6, _hue(r))]


def toys(r: np.random.Generator) -> list[Body]:
    floor = _hue(r)
    bodies = [Body("box", (0, -0.1, -10), (30, 0.1, 30), floor, _hue(r), "checks", 1.0)]
    for _ in range(14):
        x, z, s, c = (r.random() - 0.5) * 8, -4 - 9 * r.random(), 0.25 + 0.6 * r.random(), _hue(r)
        kind = ("box", "ball", "cylinder")[int(r.integers(3))]
        look = ("plain", "plain", "checks", "stripes")[int(r.integers(4))]
        bodies.append(Body(kind, (x, s, z), (s, s, s), c, _hue(r), look, 0.3))
    return [*bodies, *heroine(0.7 - 1.4 * r.random(), -3.6, _hue(r))]


KINDS: dict[str, Callable[[np.random.Generator], list[Body]]] = {"room": room, "station": station, "town": town, "toys": toys}
FAR = {"room": 16.0, "station": 30.0, "town": 40.0, "toys": 30.0}


def flat_level(r: np.random.Generator, shift: float) -> Layers:
    """A level seen from the side, as pixel art: tiles, platforms, crates, a sign with letters, a figure. ``shift``: the camera's
    place in pixels; motion is that of one pixel a frame."""
    wide = SIZE + 64
    image = Image.new("RGBA", (wide, SIZE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)

    def tone(c: Colour, v: float = 1.0) -> tuple[int, int, int, int]:
        return int(c[0] * v * 255), int(c[1] * v * 255), int(c[2] * v * 255), 255

    far, ground, dirt = _hue(r, 0.5), _hue(r), _hue(r, 0.3)
    for k in range(9):
        x, h = k * 40 - 10, 50 + 70 * r.random()
        pen.rectangle((x, 205 - h, x + 30, 205), fill=tone(far, 0.8 + 0.2 * (k % 2)))
    for x in range(0, wide, 16):
        for y in range(208, SIZE, 16):
            pen.rectangle((x, y, x + 15, y + 15), fill=tone(dirt, 0.85 + 0.15 * ((x + y) // 16 % 2)))
        pen.rectangle((x, 204, x + 15, 211), fill=tone(ground, 0.9 + 0.1 * (x // 16 % 2)))
    for _ in range(5):
        x, y, n, c = int(r.random() * 260), 80 + int(r.random() * 90), 2 + int(r.integers(4)), _hue(r)
        for k in range(n):
            pen.rectangle((x + 16 * k, y, x + 16 * k + 15, y + 15), fill=tone(c, 0.85 + 0.15 * (k % 2)), outline=tone(c, 0.5))
    for _ in range(4):
        x, c = int(r.random() * 280), _hue(r)
        pen.rectangle((x, 186, x + 17, 203), fill=tone(c), outline=tone(c, 0.6))
        pen.line((x, 186, x + 17, 203), fill=tone(c, 0.6), width=2)
    sign = _hue(r)
    pen.rectangle((150, 150, 214, 172), fill=tone(sign), outline=tone(sign, 0.5))
    pen.text((156, 155), "INN  No 7", fill=(250, 245, 230, 255))
    coat, x = _hue(r), 90 + int(60 * r.random())
    pen.ellipse((x + 3, 158, x + 15, 170), fill=(230, 180, 150, 255))
    pen.rectangle((x + 2, 170, x + 16, 190), fill=tone(coat))
    pen.rectangle((x + 4, 190, x + 8, 203), fill=tone(coat, 0.5))
    pen.rectangle((x + 11, 190, x + 15, 203), fill=tone(coat, 0.5))
    at = round(shift)
    picture = np.asarray(image)[:, at : at + SIZE].copy()
    motion = np.broadcast_to(np.array([-1.0, 0.0], np.float32), (SIZE, SIZE, 2)).copy()
    return Layers(None, picture, None, None, motion)


class ColouredScene(NamedTuple):
    """A slow move of the camera through one scene."""

    name: str
    frames: list[Layers]


def coloured_scene(number: int, count: int, zoom: bool = False, seed: int = 960_000) -> ColouredScene:
    """Scene ``number``, ``count`` frames: every fifth one is flat, the others pan to the right, or zoom in."""
    kinds = (*KINDS, "flat")
    kind = kinds[number % len(kinds)]
    if kind == "flat":
        frames = [flat_level(np.random.default_rng(seed + number), k) for k in range(count)]
        return ColouredScene(f"2D {kind} {number}", frames)
    r = np.random.default_rng(seed + number)
    bodies = KINDS[kind](r)
    turn, tilt = (r.random() - 0.5) * 0.3, 0.05 + 0.12 * r.random()
    path = [
        Camera((0.02 * k * (not zoom), 1.5, 0.6 - 0.03 * k * zoom), turn, tilt, FOCAL * (1.02**k if zoom else 1.0))
        for k in range(-1, count)
    ]
    frames = [cast(bodies, now, before, FAR[kind]) for before, now in itertools.pairwise(path)]
    return ColouredScene(f"3D {kind} {number}", frames)
