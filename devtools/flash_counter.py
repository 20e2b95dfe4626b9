"""Counts flashes as WCAG 2.3.1 defines them, pixel by pixel. Shares no code with the limiter that it judges."""

import numpy as np


def flashes_a_second(frames: np.ndarray, fps: float) -> int:
    """The most flashes in any second that more than a quarter of some field makes, in frames uint8 [n, H, W, 3 or 4].

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
    """The largest share of these pixels (bool [H, W]) in a field."""
    h, w = (n // 3 for n in pixels.shape)
    total = np.pad(pixels.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return float((total[h:, w:] - total[:-h, w:] - total[h:, :-w] + total[:-h, :-w]).max() / (h * w))
