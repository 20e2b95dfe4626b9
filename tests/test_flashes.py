"""The flash limiter against an independent counter of WCAG flashes, in pixels: no code is shared."""

from collections.abc import Callable

import numpy as np
import pytest
from dreambridge.rules.flashes import FlashLimiter

H, W, FPS = 64, 96, 24


def flashes_a_second(frames: np.ndarray, fps: float) -> int:
    """The most flashes in any second that more than a quarter of some field makes, by WCAG's definition, pixel by pixel.

    A field is a third of the picture's width and height: 341 x 256 of 1024 x 768 pixels.
    """
    c = frames[..., :3].astype(float) / 255
    light = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    reds = (light[..., 0] - light[..., 1] - light[..., 2]) * 320
    saturated = light[..., 0] >= 0.8 * np.maximum(light.sum(-1), 1e-9)
    worst = 0
    for values, least, red in ((light @ [0.2126, 0.7152, 0.0722], 0.1, False), (np.where(saturated, reds, 0.0), 20.0, True)):
        changes = np.zeros(values.shape, bool)
        extreme, way = values[0].copy(), np.zeros(values[0].shape, int)
        for k in range(1, len(values)):
            moved = values[k] - extreme
            goes_on = (way != 0) & (np.sign(moved) == way)
            opposing = (np.abs(moved) >= least) & ~goes_on & (red | (np.minimum(values[k], extreme) < 0.8))
            changes[k] = opposing
            way = np.where(opposing, np.sign(moved), way).astype(int)
            extreme = np.where(opposing | goes_on, values[k], extreme)
        span = round(fps)
        for k in range(max(1, len(values) - span + 1)):
            pairs = changes[k : k + span].sum(0) // 2
            while fullest_field(pairs > worst) > 0.25:
                worst += 1
    return worst


def fullest_field(pixels: np.ndarray) -> float:
    """The largest share of these pixels in a field."""
    h, w = H // 3, W // 3
    total = np.pad(pixels.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return float((total[h:, w:] - total[:-h, w:] - total[h:, :-w] + total[:-h, :-w]).max() / (h * w))


def film(picture: Callable[[int], np.ndarray], seconds: float = 4) -> np.ndarray:
    frames = np.zeros((round(seconds * FPS), H, W, 4), np.uint8)
    frames[..., 3] = 255
    for k in range(len(frames)):
        frames[k, ..., :3] = picture(k)
    return frames


def limited(frames: np.ndarray, most: int = 3) -> tuple[np.ndarray, FlashLimiter]:
    limiter, out = FlashLimiter(H, W, most), frames.copy()
    for f in out:
        limiter.apply(f, 1 / FPS)
    return out, limiter


RNG = np.random.default_rng(3)
SCENE = RNG.integers(0, 200, (H, W, 3)).astype(np.uint8)


def lightning(k: int) -> np.ndarray:
    """20 strokes a second cannot all be shown at 24 frames/s: each frame differs from the last."""
    return SCENE // 3 if (k * 20 / FPS) % 1 < 0.5 else np.minimum(SCENE.astype(int) + 120, 255)


def noon_and_midnight(k: int) -> np.ndarray:
    return SCENE if (k // 2) % 2 else SCENE // 8


def quarter(k: int) -> np.ndarray:
    picture = SCENE // 2
    picture[: H // 2, : W // 2] = 250 if k % 2 else 5
    return picture


def red(k: int) -> np.ndarray:
    return np.full((H, W, 3), (230, 0, 0) if k % 4 < 2 else (20, 30, 30), np.uint8)


def checks(k: int) -> np.ndarray:
    """Cells flash in opposite phases: the mean of the picture is constant."""
    y, x = np.mgrid[:H, :W]
    return np.where(((y // 16 + x // 16 + k) % 2)[..., None] == 1, 230, 10) * np.ones(3, int)


def ramps(k: int) -> np.ndarray:
    """Many small steps make one change."""
    level = abs((k * 5 % 24) - 12) / 12
    return np.full((H, W, 3), 30 + 200 * level, np.uint8)


@pytest.mark.parametrize("picture", [lightning, noon_and_midnight, quarter, red, checks, ramps])
def test_flashes_are_damped(picture: Callable[[int], np.ndarray]) -> None:
    frames = film(picture)
    assert flashes_a_second(frames, FPS) > 3, "the control flashes"
    out, limiter = limited(frames)
    assert flashes_a_second(out, FPS) <= 3
    assert limiter.damped > 0
    assert flashes_a_second(limited(frames, 1)[0], FPS) <= 1


def test_what_does_not_flash_is_not_touched() -> None:
    def pan(k: int) -> np.ndarray:
        x = (np.arange(W) + k)[None, :, None]
        hills = 110 + 60 * np.sin(x / 9) + 30 * np.sin(np.arange(H)[:, None, None] / 7)
        return np.broadcast_to(hills, (H, W, 3))

    def dawn(k: int) -> np.ndarray:
        return (SCENE * (0.2 + 0.8 * k / 96)).astype(np.uint8)

    def two_strokes(k: int) -> np.ndarray:
        return np.minimum(SCENE.astype(int) + (150 if k in (20, 60) else 0), 255)

    for picture in (pan, dawn, two_strokes):
        frames = film(picture)
        out, limiter = limited(frames)
        assert np.array_equal(out, frames) and limiter.damped == 0, picture.__name__


def test_only_the_part_that_flashes_is_damped() -> None:
    frames = film(quarter)
    frames[:, H // 2 + 8 :, :, 1] = (np.arange(len(frames)) % 40)[:, None, None]  # moves on slowly elsewhere
    out, _ = limited(frames)
    assert np.array_equal(out[:, H // 2 + 8 :], frames[:, H // 2 + 8 :])


def test_time_counts_not_frames() -> None:
    """The same frames at a slow rate are no flashes."""
    frames = film(noon_and_midnight)
    limiter, out = FlashLimiter(H, W, 3), frames.copy()
    for f in out:
        limiter.apply(f, 0.5)
    assert np.array_equal(out, frames)


def test_after_the_flashes_the_picture_is_right_again() -> None:
    frames = np.concatenate([film(lightning), film(lambda k: SCENE, 2)])
    out, _ = limited(frames)
    assert np.array_equal(out[-1], frames[-1])
