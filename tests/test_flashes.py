"""The flash limiter against an independent counter of WCAG flashes, in pixels: no code is shared."""

from collections.abc import Callable

import numpy as np
import pytest
from dreambridge.rules.flashes import FlashLimiter

from devtools.flash_counter import flashes_a_second

H, W, FPS = 64, 96, 24


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
