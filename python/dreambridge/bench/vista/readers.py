"""Two small networks trained on the painter's frames only: what a picture shows (weather, biome, season, style, hour), and
joints.

They are independent of Vista. Their weights are kept in the cache and trained again when the painter's pictures change.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from dreambridge.bench.vista.painted import CLASSES, CROP, folder_of_frames, load, write_shard

SHARDS, HELD = 56, 3  # shards of 200 frames; the last HELD are held out
JOINTS = 17
HEAT = CROP // 2


def block(a: int, b: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())


class SceneReader(nn.Module):
    """Picture [B, 3, 128, 128] in 0-1 -> logits of weather (6), biome (4), season (4), style (6), and hour as sine and cosine
    (2)."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes = [len(c) for c in CLASSES.values()]
        self.trunk = nn.Sequential(block(3, 20, 2), block(20, 32, 2), block(32, 64, 2), block(64, 64), block(64, 96, 2))
        self.where = nn.Conv2d(96, 20, 1)
        self.head = nn.Sequential(
            nn.Dropout(0.4), nn.Linear(20 * 64 + 2 * 96, 160), nn.ReLU(), nn.Linear(160, sum(self.sizes) + 2)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        f = self.trunk(x - 0.5)
        pooled = torch.cat([self.where(f).flatten(1), f.mean((2, 3)), f.amax((2, 3))], 1)
        return list(self.head(pooled).split([*self.sizes, 2], 1))

    def varied(self, x: Tensor, said: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures moved by a few pixels, half of them mirrored. The hour of those is NaN: their sun is on the other side."""
        dy, dx = (int(v) for v in torch.randint(-5, 6, (2,)))
        x, half = torch.roll(x, (dy, dx), (2, 3)), len(x) // 2
        said = said.clone()
        said[:half, 4:] = torch.nan
        return torch.cat([x[:half].flip(3), x[half:]]), said

    def loss(self, x: Tensor, said: Tensor) -> Tensor:
        *classes, hour = self(x)
        total = torch.nan_to_num(hour - said[:, 4:]).square().sum(1).mean() * 2
        for k, logits in enumerate(classes):
            total = total + F.cross_entropy(logits, said[:, k].long(), label_smoothing=0.03)
        return torch.as_tensor(total)


class JointReader(nn.Module):
    """Crop of a picture [B, 3, 112, 112] in 0-1 -> joints [B, 17, 2] in its pixels, each the mean of a heat map."""

    line: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.d1, self.d2, self.d3 = (
            block(3, 16, 2),
            block(16, 32, 2),
            nn.Sequential(block(32, 64, 2), block(64, 64), block(64, 64)),
        )
        self.u2, self.r2, self.up = nn.Conv2d(64, 32, 1), nn.Sequential(block(32, 32), block(32, 32)), nn.Conv2d(32, 24, 1)
        self.skip, self.out = nn.Conv2d(16, 24, 1), nn.Sequential(nn.ReLU(), block(24, 24), nn.Conv2d(24, JOINTS, 1))
        self.register_buffer("line", torch.arange(HEAT, dtype=torch.float32) * 2 + 0.5)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.d1(x - 0.5)
        x2 = self.d2(x1)
        x2 = self.r2(x2 + F.interpolate(self.u2(self.d3(x2)), scale_factor=2.0))
        heat = self.out(self.skip(x1) + F.interpolate(self.up(x2), scale_factor=2.0))
        heat = torch.softmax(heat.flatten(2), 2).reshape(heat.shape)
        return torch.stack([(heat.sum(2) * self.line).sum(2), (heat.sum(3) * self.line).sum(2)], 2)

    def varied(self, x: Tensor, joints: Tensor) -> tuple[Tensor, Tensor]:
        return x, joints

    def loss(self, x: Tensor, joints: Tensor) -> Tensor:
        return F.smooth_l1_loss(self(x), joints, beta=2.0)


def pictures(a: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(a.transpose(0, 3, 1, 2))).float().div_(255)


def fit(net: Any, x: NDArray[np.uint8], y: NDArray[np.float32], steps: int, batch: int, tick: Callable[[], None]) -> None:
    """Train ``net`` in place on pictures uint8 [n, h, w, 3] with one-cycle AdamW, and random noise and brightness."""
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    adam = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, 3e-3, total_steps=steps)
    net.train().to(memory_format=torch.channels_last)
    for _ in range(steps):
        pick = rng.integers(0, len(x), batch)
        seen = pictures(x[pick])
        # small differences from the painter's pictures must not confuse the reader
        seen = seen * (1 + 0.06 * torch.randn(batch, 1, 1, 1)) + 0.012 * torch.randn_like(seen)
        seen, wanted = net.varied(seen, torch.from_numpy(y[pick]))
        total = net.loss(seen.contiguous(memory_format=torch.channels_last), wanted)
        adam.zero_grad()
        total.backward()
        adam.step()
        schedule.step()
        tick()
    net.eval()


class Readers:
    """Both readers, from the cache or trained. ``quick``: a few frames and steps, useful for tests only. ``short``: those of a
    whole run if they are in the cache, else ones that were trained for a minute, which make more mistakes of their own."""

    def __init__(self, quick: bool, folder: Path, bar: Callable[[str, int], Any], short: bool = False) -> None:
        self.quick, self.bar = quick, bar
        self.folder = folder / "readers" if quick else folder_of_frames()
        self.short = short and not all((self.folder / f"{name}.pt").exists() for name in ("scene", "joints"))
        if self.short:
            self.folder = folder / "readers"

    def _paths(self) -> tuple[list[Path], list[Path]]:
        count, held, size = (2, 1, 12) if self.quick else (5, 1, 60) if self.short else (SHARDS, HELD, 200)
        with self.bar("painting frames for the readers", count) as tick:
            paths = []
            for n in range(count):
                paths.append(write_shard(self.folder, n, size))
                tick()
        return paths[:-held], paths[-held:]

    def _get(self, name: str, net: nn.Module, x: str, y: str, steps: int, batch: int) -> Any:
        path = self.folder / f"{name}.pt"
        if path.exists():
            net.load_state_dict(torch.load(path, weights_only=True))
            return net.eval()
        train, _ = self._paths()
        data = load(train)
        steps = 4 if self.quick else steps // 20 if self.short else steps
        begun = time.monotonic()
        with self.bar(f"training the {name} reader on the painter's frames", steps) as tick:
            fit(net, data[x], data[y], steps, min(batch, len(data[x])), tick)
        torch.save(net.state_dict(), path)
        (self.folder / f"{name}.txt").write_text(f"{len(data[x])} pictures, {steps} steps, {time.monotonic() - begun:.0f} s\n")
        return net

    def scene(self) -> SceneReader:
        return self._get("scene", SceneReader(), "small", "said", 8000, 48)  # type: ignore[no-any-return]

    def joints(self) -> JointReader:
        return self._get("joints", JointReader(), "crops", "joints", 2600, 32)  # type: ignore[no-any-return]

    def held(self) -> dict[str, np.ndarray]:
        """The painter's held-out frames."""
        return load(self._paths()[1])


@torch.no_grad()
def read_scenes(reader: SceneReader, small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What pictures [n, 128, 128, 3] show: numbers of weather, biome, season, style, and the hour 0-24; float32 [n, 5]."""
    out = []
    for k in range(0, len(small), 64):
        *classes, hour = reader(pictures(small[k : k + 64]))
        clock = torch.atan2(hour[:, 0], hour[:, 1]) * (12 / torch.pi) % 24
        out.append(torch.stack([*(c.argmax(1).float() for c in classes), clock], 1))
    return np.asarray(torch.cat(out).numpy())


@torch.no_grad()
def read_joints(reader: JointReader, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Joints [n, 17, 2] in the pixels of crops [n, 112, 112, 3]."""
    return np.concatenate([reader(pictures(crops[k : k + 64])).numpy() for k in range(0, len(crops), 64)])


def rights(read: NDArray[np.float32], said: NDArray[np.float32]) -> dict[str, float]:
    """The shares that were read correctly, and the median error of the hour in minutes. ``said`` is from ``painted.labels``."""
    hour = np.arctan2(said[:, 4], said[:, 5]) * 12 / np.pi % 24
    off = np.abs((read[:, 4] - hour + 12) % 24 - 12) * 60
    return {n: float((read[:, k] == said[:, k]).mean()) for k, n in enumerate(CLASSES)} | {"hour_minutes": float(np.median(off))}


def near(read: NDArray[np.float32], joints: NDArray[np.float32], share: float = 0.03) -> float:
    """The share of joints [n, 17, 2] that were read within ``share`` of the picture's 256 pixels."""
    return float((np.linalg.norm(read - joints, axis=2) <= share * 256).mean())
