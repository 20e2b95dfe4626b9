"""Training frames: random worlds, conditions and poses, laid out and painted, kept as uint8 shards on disk."""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dreambridge.vista.conditions import lightning, vector
from dreambridge.vista.names import SIZE, VECTOR
from dreambridge.vista.painter import paint
from dreambridge.vista.stage import Stage
from dreambridge.vista.walker import walker
from dreambridge.vista.world import World

SHARD = 500
HELD_OUT_SEED = 900_000  # worlds from this seed on are never trained on


def _weights(rng: np.random.Generator, n: int, pure: float) -> Tensor:
    w = np.eye(n)[rng.integers(n)] if rng.random() < pure else rng.dirichlet([0.45] * n)
    return torch.tensor(w, dtype=torch.float32)[None]


def one(value: float, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor([[value]], dtype=dtype)


class Sampler:
    """Draws frames: condition vector [16], packed planes uint8 [92, 128, 128], slow state [2], picture uint8 [3, 256, 256]."""

    def __init__(self, seed: int, first_world: int, worlds: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.first, self.count = first_world, worlds
        self.stage, self.world = Stage().eval(), World()

    @torch.no_grad()
    def draw(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        r = self.rng
        weather, biome = _weights(r, 6, 0.6), _weights(r, 4, 0.8)
        angle = 2 * math.pi * r.random()
        length = 1.0 if r.random() < 0.9 else r.random()
        turn = length * torch.tensor([[math.sin(angle), math.cos(angle)]], dtype=torch.float32)
        energy, time = one(r.random() if r.random() < 0.7 else 0.5), torch.tensor([r.random() * 4000], dtype=torch.float64)
        if r.random() < 0.3:  # lightning is short: meet it often enough
            time = torch.tensor([4.7 * r.integers(0, 900) - 1.3 + 0.3 * r.random() + 4.7], dtype=torch.float64)
        storm = weather[:, 3:4]
        world = self.world(torch.tensor([self.first + int(r.integers(self.count))]))
        camera = one((r.random() - 0.5) * 60)
        size, x = 16 + 20 * r.random(), 20 + 216 * r.random()
        crest, _ = self.stage.crests(biome, camera, world[0])
        foot = float(crest[3, int(x)]) + 13 + (r.random() - 0.5) * 30 * (r.random() < 0.2)
        joints = walker(r.random() * 6.28, x, foot, size, r.random() * (r.random() < 0.4), 1 if r.random() < 0.5 else -1)
        posed = 0.0 if r.random() < 0.12 else 1.0
        planes = self.stage(biome, camera, time, storm, energy, torch.from_numpy(joints)[None], one(posed), *world)
        bytes_ = (planes * 255).round()
        snow = r.random() * 0.85 if weather[0, 4] > 0.2 or r.random() < 0.25 else 0.0
        wet = r.random() if weather[0, 2:4].sum() > 0.2 or r.random() < 0.25 else 0.0
        slow = torch.tensor([[snow, wet]], dtype=torch.float32)
        v = vector(turn, weather, biome, energy, (lightning(time)[None] * storm).clamp(0, 1))
        picture = paint(torch.pixel_shuffle(bytes_ / 255, 2), v, slow)
        return v[0].numpy(), bytes_[0].byte().numpy(), slow[0].numpy(), (picture[0] * 255).round().byte().numpy()


def write_shard(folder: Path, number: int, frames: int = SHARD, held_out: bool = False) -> Path:
    """Make one shard, a folder of four ``.npy`` files (a pure function of its number); a whole one is kept."""
    path = folder / f"{'held' if held_out else 'train'}-{number:04d}"
    if path.exists():
        return path
    part = path.with_suffix(".part")
    part.mkdir(parents=True, exist_ok=True)
    sampler = Sampler(number + (777_000 if held_out else 0), HELD_OUT_SEED if held_out else 40 * number, 40)
    shapes = {
        "vector": ((VECTOR,), np.float32),
        "planes": ((92, SIZE // 2, SIZE // 2), np.uint8),
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


class Shards:
    """The shards of a folder, read through memory maps; ``refresh`` finds those that were finished since."""

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
        """``count`` random frames cut to ``crop`` pixels: vector, planes, slow, picture in 0-1, and y, x of the cut."""
        out: dict[str, list[np.ndarray]] = {k: [] for k in ("vector", "planes", "slow", "picture", "y", "x")}
        line = np.arange(crop, dtype=np.float32)
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
        tensors = {k: torch.from_numpy(np.stack(v)) for k, v in out.items()}
        return {k: v.float().div_(255) if v.dtype == torch.uint8 else v for k, v in tensors.items()}


def main(folder: Path, first: int, last: int) -> None:
    torch.set_num_threads(1)
    for number in range(first, last):
        write_shard(folder, number)


if __name__ == "__main__":
    import sys

    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
