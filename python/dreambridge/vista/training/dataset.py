"""Training frames: random worlds, conditions and poses, laid out and painted, stored on disk in uint8 shards."""

import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dreambridge.vista.network.merge import only
from dreambridge.vista.network.reference import MAX_HORIZON_SHIFT
from dreambridge.vista.painter.paint import paint
from dreambridge.vista.training import cache
from dreambridge.vista.training.layouts import draw
from dreambridge.vista.world.conditions import lightning, single, vector
from dreambridge.vista.world.grey import Grey
from dreambridge.vista.world.joints import JOINTS
from dreambridge.vista.world.names import (
    AUTUMN,
    BANDS,
    BIOMES,
    CLEAR,
    FOREST,
    GROUND,
    INDEX,
    LAMP,
    LIGHTNING,
    MOMENTS,
    ONSET,
    PLAIN,
    PLANES,
    RAIN,
    SEASONS,
    SIZE,
    SNOW,
    SPRING,
    STORM,
    STYLES,
    VECTOR,
    WEATHERS,
)  # fmt: skip
from dreambridge.vista.world.place import PIVOT, Camera
from dreambridge.vista.world.stage import Stage
from dreambridge.vista.world.tables import World
from dreambridge.vista.world.walker import walker

SHARD = 400
VIEWS = 0.33  # share of frames that are random grey-boxes
# Share of training frames with one biome in one season, half of them the forest in spring or autumn. Blossom, flowers and fallen
# leaves are learned last; the seasons of the other biomes are learned just before them.
TURNING = 0.4
HELD_OUT_SEED = 900_000  # worlds from this seed on are never trained on
PROBES = 32
SAME = 0.002  # of 255: more than the rounding of another processor, less than one lit lamp


def _weights(rng: np.random.Generator, n: int, pure: float) -> Tensor:
    w = np.eye(n)[rng.integers(n)] if rng.random() < pure else rng.dirichlet([0.45] * n)
    return torch.tensor(w, dtype=torch.float32)[None]


def one(value: float, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor([[value]], dtype=dtype)


class Sampler:
    """Draws frames: condition vector [28], packed planes uint8 [104, 128, 128], slow state [2], picture uint8 [3, 256, 256].

    A third of the frames are grey-boxes of random shapes (``layouts``), the others views of the built-in world. The picture is
    the painter's, before the operators of its style.
    """

    def __init__(self, seed: int, first_world: int, worlds: int, turning: float = TURNING) -> None:
        self.rng = np.random.default_rng(seed)
        self.first, self.count, self.turning = first_world, worlds, turning
        self.stage, self.grey, self.world = Stage().eval(), Grey().eval(), World()

    def camera(self) -> Camera:
        r = self.rng
        zoom = 1.0 if r.random() < 0.55 else 0.75 * (2.2 / 0.75) ** r.random()
        pitch = 0.0 if r.random() < 0.8 else MAX_HORIZON_SHIFT * (2 * r.random() - 1)
        return Camera(one((r.random() - 0.5) * 60), one(zoom), one(pitch))

    def figures(self, rows: Tensor, zoom: float, pitch: float) -> tuple[Tensor, Tensor]:
        """Poses [1, 2, 17, 3] with no, one or two figures, and their presence [1, 1]."""
        r, pose = self.rng, torch.zeros(1, 2, JOINTS, 3)
        for n in range(2):
            if r.random() < (0.85, 0.4)[n]:
                size, x = 16 + 22 * r.random(), 12 + 232 * r.random()
                foot = (
                    (float(rows[GROUND, int(x)]) - PIVOT - pitch) * zoom
                    + PIVOT
                    + 13
                    + (r.random() - 0.5) * 30 * (r.random() < 0.2)
                )
                joints = walker(r.random() * 6.28, x, foot, size, r.random() * (r.random() < 0.4), 1 if r.random() < 0.5 else -1)
                pose[0, n] = torch.from_numpy(joints)
        return pose, one(1.0 if r.random() < 0.95 else r.random())

    def choices(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Weights of weather, biome, season and style, [1, n] each."""
        r = self.rng
        weather, biome = _weights(r, len(WEATHERS), 0.6), _weights(r, len(BIOMES), 0.8)
        if r.random() < 0.3:  # a little weather
            weather = weather * r.random() + only(WEATHERS, CLEAR) * 1.0
            weather = weather / weather.sum()
        season, style = _weights(r, len(SEASONS), 0.75), _weights(r, len(STYLES), 0.85)
        if self.turning and r.random() < self.turning:
            forest = r.random() < 0.5
            biome = only(BIOMES, FOREST if forest else int(r.integers(len(BIOMES))))
            season = only(SEASONS, int(r.choice([SPRING, AUTUMN]) if forest else r.integers(len(SEASONS))))
        if r.random() < 0.35:
            style = only(STYLES, PLAIN)
        return weather, biome, season, style

    def slow(self, weather: Tensor) -> Tensor:
        """Snow cover and wetness that are plausible under a weather, [1, 2]."""
        r = self.rng
        snow = r.random() * 0.85 if weather[0, SNOW] > 0.2 or r.random() < 0.2 else 0.0
        wet = r.random() if weather[0, RAIN : STORM + 1].sum() > 0.2 or r.random() < 0.2 else 0.0
        return torch.tensor([[snow, wet]], dtype=torch.float32)

    @torch.no_grad()
    def draw(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        r = self.rng
        weather, biome, season, style = self.choices()
        angle = 2 * math.pi * r.random()
        length = 1.0 if r.random() < 0.9 else r.random()
        turn = length * torch.tensor([[math.sin(angle), math.cos(angle)]], dtype=torch.float32)
        energy, time = one(r.random() if r.random() < 0.7 else 0.3), torch.tensor([r.random() * 4000], dtype=torch.float64)
        if r.random() < 0.3:  # lightning is short, so it is drawn more often than it comes
            time = torch.tensor([4.7 * r.integers(0, 900) - 1.3 + 0.3 * r.random() + 4.7], dtype=torch.float64)
        storm = single(weather, STORM)
        event = torch.tensor(
            [[r.random() if r.random() < (0.4 if m == "lamp" else 0.15) else 0.0 for m in MOMENTS]], dtype=torch.float32
        )
        flash = torch.maximum(lightning(time)[None] * storm, single(event, LIGHTNING) ** 6).clamp(0, 1)
        heard = 1.0 if r.random() < 0.3 else 0.0
        audio = heard * torch.tensor(r.random((1, BANDS + 1)) ** 2, dtype=torch.float32)
        lamp = (single(event, LAMP) * 8).clamp(0, 1)
        phases, cells, offsets = self.world(torch.tensor([self.first + int(r.integers(self.count))]))
        camera = self.camera()
        sky = (time, audio, one(heard), event, flash)
        if r.random() < VIEWS:
            label, depth, in_depth = draw(r)
            told = one(1.0 if in_depth and r.random() < 0.85 else 0.0)
            sky_of = self.stage.sky(camera, *sky, offsets)
            planes = self.grey(torch.from_numpy(label)[None], torch.from_numpy(depth)[None], told, sky_of).whole()
        else:
            rows, _ = self.stage.place.crests(biome, season, camera, phases, cells)
            pose, posed = self.figures(rows, float(camera.zoom), float(camera.pitch))
            world = (phases, cells, offsets)
            planes = self.stage(biome, season, camera, turn, time, storm, energy, *sky[1:], pose, posed, *world).whole()
        bytes_ = (planes * 255).round()
        slow = self.slow(weather)
        v = vector(turn, weather, biome, energy, flash, season, style, single(audio, ONSET), lamp)
        picture = paint(torch.pixel_shuffle(bytes_ / 255, 2), v, slow)
        return v[0].numpy(), bytes_[0].byte().numpy(), slow[0].numpy(), (picture[0] * 255).round().byte().numpy()


def write_shard(folder: Path, number: int, frames: int = SHARD, held_out: bool = False) -> Path:
    """Make one shard, a folder of four ``.npy`` files (a pure function of its number). A complete shard is kept as it is."""
    path = folder / f"{'held' if held_out else 'train'}-{number:04d}"
    if path.exists():
        return path
    part = path.with_suffix(".part")
    part.mkdir(parents=True, exist_ok=True)
    sampler = Sampler(
        number + (777_000 if held_out else 0), HELD_OUT_SEED if held_out else 40 * number, 40, 0.0 if held_out else TURNING
    )
    shapes = {
        "vector": ((VECTOR,), np.float32),
        "planes": ((4 * len(PLANES), SIZE // 2, SIZE // 2), np.uint8),
        "slow": ((2,), np.float32),
        "picture": ((3, SIZE, SIZE), np.uint8),
    }
    arrays = {
        name: np.lib.format.open_memmap(part / f"{name}.npy", "w+", dtype, (frames, *shape))
        for name, (shape, dtype) in shapes.items()
    }
    for i in range(frames):
        for name, value in zip(arrays, sampler.draw(), strict=True):
            arrays[name][i] = value
    for a in arrays.values():
        a.flush()
    part.rename(path)
    return path


def probes() -> NDArray[np.uint8]:
    """A few training frames as the current code makes them, with planes and pictures thinned out: uint8 [32, bytes]."""
    sampler, out = Sampler(31_006, 0, 40), list[NDArray[np.uint8]]()  # with this seed each weather, style and so on occurs alone
    for _ in range(PROBES):
        v, planes, _, picture = sampler.draw()
        parts = ((v * 100).round().astype(np.int8).view(np.uint8), planes[:, ::8, ::8], picture[:, ::2, ::2])
        out.append(np.concatenate([p.ravel() for p in parts]))
    return np.stack(out)


def folder_of_shards() -> Path:
    """The cache folder for shards of the current painter. Training on shards of another painter would go unnoticed."""
    return cache.folder("vista-data", probes(), SAME)


class Shards:
    """The shards of a folder, read through memory maps. ``refresh`` adds those that were finished in the meantime."""

    def __init__(self, folder: Path, kind: str = "train") -> None:
        self.folder, self.kind = folder, kind
        self.arrays: list[dict[str, np.ndarray]] = []
        self.names: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        for path in sorted(self.folder.glob(f"{self.kind}-[0-9][0-9][0-9][0-9]")):
            if path.name not in self.names:
                self.names.add(path.name)
                self.arrays.append({f.stem: np.load(f, mmap_mode="r") for f in path.glob("*.npy")})

    def batch(self, rng: np.random.Generator, count: int, crop: int) -> dict[str, Tensor]:
        """``count`` random frames, cropped to ``crop`` pixels: vector, planes, slow, picture (in 0-1), y and x of the crop, and
        overcast, the mean of the cloud plane over the whole picture [count, 1]."""
        out: dict[str, list[np.ndarray]] = {k: [] for k in ("vector", "planes", "slow", "picture", "y", "x", "overcast")}
        line = np.arange(crop, dtype=np.float32)
        clouds = slice(4 * INDEX["cloud"], 4 * INDEX["cloud"] + 4)
        for _ in range(count):
            a = self.arrays[rng.integers(len(self.arrays))]
            i = rng.integers(len(a["slow"]))
            y, x = (16 * int(rng.integers((SIZE - crop) // 16 + 1)) for _ in "yx")
            h = crop // 2
            out["vector"].append(a["vector"][i])
            out["slow"].append(a["slow"][i])
            out["planes"].append(a["planes"][i, :, y // 2 : y // 2 + h, x // 2 : x // 2 + h])
            out["picture"].append(a["picture"][i, :, y : y + crop, x : x + crop])
            out["y"].append((y + line).reshape(1, crop, 1))
            out["x"].append((x + line).reshape(1, 1, crop))
            out["overcast"].append(a["planes"][i, clouds].mean(dtype=np.float32, keepdims=True).reshape(1) / 255)
        tensors = {k: torch.from_numpy(np.stack(v)) for k, v in out.items()}
        return {k: v.float().div_(255) if v.dtype == torch.uint8 else v for k, v in tensors.items()}


def main(folder: Path, first: int, last: int) -> None:
    torch.set_num_threads(1)
    for number in range(first, last):
        write_shard(folder, number)


if __name__ == "__main__":
    import sys

    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
