"""The 2-D noise fields of the stage: periodic tables made once from a fixed seed, cropped at run time."""

import numpy as np
import torch
from torch import Tensor

TILE = 512
FIELDS = ("cloud", "rain", "flake", "star", "texture", "ripple", "mote")


def _spectral(rng: np.random.Generator, gain: object) -> np.ndarray:
    """Noise with the spectrum ``gain(fy, fx)``, of mean 0 and standard deviation 1, [512, 512]."""
    fy, fx = np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE)[None]
    z = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((TILE, TILE))) * gain(fy, fx), s=(TILE, TILE))  # type: ignore[operator]
    return (z - z.mean()) / z.std()


def _points(rng: np.random.Generator, count: int, radius: float) -> np.ndarray:
    """Soft round points at random places with random brightness, in 0-1, [512, 512]."""
    z = np.zeros((TILE, TILE), np.float32)
    grid = np.arange(-5, 6)
    for cx, cy, bright in zip(rng.random(count) * TILE, rng.random(count) * TILE, rng.random(count), strict=True):
        distance = np.hypot(int(cx) + grid[None] - cx, int(cy) + grid[:, None] - cy)
        spot = np.ix_((int(cy) + grid) % TILE, (int(cx) + grid) % TILE)
        z[spot] = np.maximum(z[spot], np.clip(1 - distance / radius, 0, 1) * (0.35 + 0.65 * bright))
    return z


def smooth(lo: float, hi: float, x: np.ndarray) -> np.ndarray:
    """Smooth step from 0 at ``lo`` to 1 at ``hi``."""
    t = np.clip((x - lo) / (hi - lo), 0, 1)
    return t * t * (3 - 2 * t)


def tables() -> Tensor:
    """The fields in the order of ``FIELDS``, in 0-1: float32 [7, 512, 512], the same on every call."""
    rng = np.random.default_rng(20240917)
    cloud = _spectral(rng, lambda y, x: 1 / ((x * 1.7) ** 2 + y**2 * 0.8 + (1 / 190) ** 2) ** 0.90)
    # Streaks: long in the direction of the wind, one or two pixels wide.
    rain = _spectral(
        rng,
        lambda y, x: np.exp(-((x * 0.97 - y * 0.22) ** 2) * 3.0) * np.exp(-(((y * 0.97 + x * 0.22) * 13) ** 2) * 1.6),
    )
    flake, star = _points(rng, 1300, 2.7), _points(rng, 1100, 1.8)
    texture = _spectral(rng, lambda y, x: 1 / (x**2 + y**2 * 1.8 + 4e-4) ** 0.62)
    ripple = _spectral(rng, lambda y, x: np.exp(-((x * 22) ** 2)) * np.exp(-((y * 4) ** 2)) * (np.abs(y) > 0.004))
    planes = [
        np.clip(cloud / 7 + 0.5, 0, 1),
        smooth(1.05, 2.1, rain),
        smooth(0.10, 0.34, flake),
        star * (star > 0.12),
        np.clip(texture / 7 + 0.5, 0, 1),
        np.clip(ripple / 7 + 0.5, 0, 1),
        _points(rng, 520, 2.6),
    ]
    return torch.tensor(np.stack(planes), dtype=torch.float32)
