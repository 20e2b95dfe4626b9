"""The painter's frames for ``readers``: random scenes with figures, kept in the cache for each state of the painter."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dreambridge.bench.vista.context import Picture, scene
from dreambridge.vista.training import cache
from dreambridge.vista.training.truth import Truth
from dreambridge.vista.world.joints import LEFT_ELBOW, POSITION, RIGHT_WRIST
from dreambridge.vista.world.names import BIOMES, SEASONS, STYLES, WEATHERS
from dreambridge.vista.world.walker import walker

VERSION = 2  # of the scenes drawn here
PROBES = 18
SAME = 0.25  # of 255: mean difference of the probes up to which it is the same painter
WORLDS = 2_000_000  # training uses worlds below 900,000, the rows use worlds in between
SHARD = 200
SMALL, CROP, JITTER = 128, 112, 12
CLASSES = {"weather": WEATHERS, "biome": BIOMES, "season": SEASONS, "style": STYLES}


def figure(rng: np.random.Generator, x: float) -> np.ndarray:
    """A figure [17, 3] whose legs and arms move independently."""
    size, foot, face = 18 + 14 * rng.random(), 206 + 36 * rng.random(), 1 if rng.random() < 0.5 else -1
    legs = walker(rng.random() * 6.28, x, foot, size, 0.0, face)
    arms = walker(rng.random() * 6.28, x, foot, size, rng.random() * (rng.random() < 0.5), face)
    legs[LEFT_ELBOW : RIGHT_WRIST + 1] = arms[LEFT_ELBOW : RIGHT_WRIST + 1]
    return legs


def drawn(rng: np.random.Generator) -> tuple[dict[str, Any], list[np.ndarray], torch.Tensor]:
    """A random scene: its conditions, its figures [17, 3], its snow and wetness [1, 2]."""
    values = scene(rng) | {"camera_x": float(rng.uniform(-30, 30))}
    figures = [figure(rng, x + 40 * rng.random()) for x in ((40, 150) if rng.random() < 0.5 else (100,))]
    values["pose"] = [f.tolist() for f in figures]
    snow = rng.random() * 0.85 if values["weather"] == "snow" else rng.random() * 0.4 * (rng.random() < 0.1)
    wet = rng.random() if values["weather"] in ("rain", "storm") else rng.random() * 0.4 * (rng.random() < 0.1)
    return values, figures, torch.tensor([[snow, wet]], dtype=torch.float32)


def halved(picture: Picture) -> Picture:
    """The whole picture at half size: uint8 [128, 128, 3]."""
    return np.asarray(picture.reshape(SMALL, 2, SMALL, 2, 3).astype(np.float32).mean((1, 3)).round().astype(np.uint8))


def cropped(picture: Picture, joints: np.ndarray, rng: np.random.Generator) -> tuple[Picture, np.ndarray]:
    """A crop around a figure, with a random offset: uint8 [112, 112, 3], and the joints in its pixels [17, 2]."""
    pixels = joints[:, POSITION] * 256
    corner = pixels.mean(0) - CROP / 2 + rng.uniform(-JITTER, JITTER, 2)
    x, y = (int(np.clip(v, 0, 256 - CROP)) for v in corner)
    return picture[y : y + CROP, x : x + CROP], (pixels - (x, y)).astype(np.float32)


def labels(values: dict[str, Any]) -> np.ndarray:
    """The numbers of weather, biome, season and style, and sine and cosine of the hour: float32 [6]."""
    angle = values["time_of_day"] * np.pi / 12
    return np.array([*(c.index(values[n]) for n, c in CLASSES.items()), np.sin(angle), np.cos(angle)], np.float32)


def write_shard(folder: Path, number: int, count: int = SHARD) -> Path:
    """Paint one shard (a pure function of its number); an existing one is kept."""
    path = folder / f"{number:04d}-{count}.npz"
    if path.exists():
        return path
    rng = np.random.default_rng(31_000 + number)
    truth = Truth(0)
    small, said, crops, joints = [], [], [], []
    for _ in range(count):
        values, figures, slow = drawn(rng)
        truth.seed = WORLDS + int(rng.integers(100_000))
        truth.cut({n: None for n in truth.schema} | values)
        truth.index = int(rng.integers(100_000))
        truth.timeline.direct({}, truth.time)
        picture = truth.paint(truth.lay_out(), slow)
        small.append(halved(picture))
        said.append(labels(values))
        for f in figures:
            crop, at = cropped(picture, f, rng)
            crops.append(crop)
            joints.append(at)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, small=np.stack(small), said=np.stack(said), crops=np.stack(crops), joints=np.stack(joints))
    part.replace(path)
    return path


def probes() -> NDArray[np.uint8]:
    """A few scenes as the current painter paints them: uint8 [18, 128, 128, 3]."""
    truth, rng, out = Truth(WORLDS - 1), np.random.default_rng(30_000 + VERSION), []
    for k in range(PROBES):
        values, _, slow = drawn(rng)
        truth.cut({n: None for n in truth.schema} | values | {"style": STYLES[k % 6], "weather": WEATHERS[(k + k // 6) % 6]})
        truth.index = 100 * k
        truth.timeline.direct({}, truth.time)
        out.append(halved(truth.paint(truth.lay_out(), slow)))
    return np.stack(out)


def folder_of_frames() -> Path:
    """The cache folder of the current painter."""
    return cache.folder("vista-readers", probes(), SAME)


def load(paths: list[Path]) -> dict[str, np.ndarray]:
    parts = [np.load(p) for p in paths]
    return {k: np.concatenate([p[k] for p in parts]) for k in ("small", "said", "crops", "joints")}


if __name__ == "__main__":  # to paint in advance: python -m dreambridge.bench.vista.painted FIRST LAST
    import sys

    torch.set_num_threads(1)
    own = folder_of_frames()
    for n in range(int(sys.argv[1]), int(sys.argv[2])):
        print(write_shard(own, n), flush=True)
