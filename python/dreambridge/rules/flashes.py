"""Keeps pictures below a number of flashes a second, as WCAG 2.3.1 defines them.

A flash is a pair of opposing changes of relative luminance by 10 % or more of the maximum, where the darker picture is below
80 %; or a pair of opposing changes that involve a saturated red (WCAG 2.2, "general flash and red flash thresholds"). What counts
is an area that flashes at once: a quarter of any field of 10 degrees, which is a third of a screen's width and height.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

CELLS = 16  # a side; a cell keeps its share of a new frame
SAMPLES = 4  # a side of a cell: the places where changes are counted
AREA = 0.2  # of the samples of a field, and of a cell; a little less than the quarter that counts
LUMINANCE, RED = 0.1, 20 / 320  # changes that count
MARGIN = 0.9  # of these changes: what is left may change slowly on
WINDOW = 1.02  # seconds; a little more than one, for players' clocks
TRIES = 5

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def _linear() -> Floats:
    """sRGB bytes to linear light."""
    v = np.arange(256) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)


LINEAR = _linear()
WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)


def _spread(points: NDArray[np.float64]) -> Floats:
    """[n, CELLS]: bilinear weights of the cells at places 0 to 1."""
    at = (points * CELLS - 0.5).clip(0, CELLS - 1)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(CELLS))).astype(np.float32)


class FlashLimiter:
    """Blends a frame with the last published one, cell by cell, where it would flash too often.

    Parameters
    ----------
    height, width : of a frame, pixels
    most : flashes a second that stay, 0 or more

    A frame of which nothing is damped costs the reading of 64 x 64 pixels and a copy.
    """

    def __init__(self, height: int, width: int, most: int) -> None:
        n = CELLS * SAMPLES
        places = (np.arange(n) + 0.5) / n
        self._rows, self._columns = ((places * size).astype(int) for size in (height, width))
        self._of_samples = _spread(places)
        self._of_rows, self._of_columns = (_spread((np.arange(size) + 0.5) / size) for size in (height, width))
        self.most = most
        self.damped = 0  # frames
        self._last: Pixels | None = None
        self._clock = 0.0
        shape = (2, n, n)
        self._threshold = np.array([LUMINANCE, RED], np.float32).reshape(2, 1, 1)
        self._low = self._high = self._value = np.zeros(shape, np.float32)
        self._way = np.zeros(shape, np.int8)  # of the last counted change: 1 up, -1 down
        # The times of the last changes, the oldest first. Half a flash more than `most` is still not another flash.
        self._times = np.full((2 * most + 2, *shape), -np.inf)

    def apply(self, frame: Pixels, elapsed: float) -> float:
        """Damp ``frame`` (uint8 [H, W, 4]) in place, ``elapsed`` seconds after the last one; returns what share was damped."""
        self._clock += elapsed
        samples = frame[self._rows[:, None], self._columns]
        value = self._measure(samples)
        share = 0.0
        if self._last is None:
            self._low = self._high = self._value = value
        else:
            low, high = self._limits()
            if self._crowded(value, low, high).any():
                keep, value = self._blend(samples, value, low, high)
                share = float((keep < 1).mean())
                self._mix(frame, self._last, keep)
                self.damped += 1
            self._count(value)
        if self._last is None:
            self._last = frame.copy()
        else:
            self._last[...] = frame
        return share

    def _measure(self, samples: Pixels) -> Floats:
        """Luminance and saturated red of each sample, float32 [2, n, n]."""
        light = LINEAR[samples[..., :3]]
        r, g, b = light[..., 0], light[..., 1], light[..., 2]
        red = np.where(r >= 0.8 * (r + g + b), (r - g - b).clip(0), 0)
        # Changes above 80 % do not count.
        return np.stack([np.minimum(light @ WEIGHTS, 0.8 + LUMINANCE), red])

    def _crowded(self, value: Floats, low: Floats, high: Floats, slack: float = 0.0) -> NDArray[np.bool_]:
        """The cells [CELLS, CELLS] to damp: none, unless so many samples of a field flash too often that its area counts."""
        over: NDArray[np.bool_] = np.any((value < low - slack) | (value > high + slack), axis=0)
        too_often: NDArray[np.bool_] = over | (self._clock - self._times[0] < WINDOW).any(0)  # now, or earlier in this second
        n = over.shape[0] // 3
        total = np.pad(too_often.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        fields = total[n:, n:] - total[:-n, n:] - total[n:, :-n] + total[:-n, :-n]
        cells = _cells(over).any((1, 3)) & (_cells(too_often).mean((1, 3)) >= AREA)
        crowded: NDArray[np.bool_] = cells & (fields.max() >= AREA * n * n)
        return crowded

    def _limits(self) -> tuple[Floats, Floats]:
        """The values between which no sample makes one change too many."""
        spent = self._clock - self._times[1] < WINDOW
        room = self._threshold * np.float32(MARGIN)
        low = np.where(spent & (self._way >= 0), self._high - room, -np.inf).astype(np.float32)
        high = np.where(spent & (self._way <= 0), self._low + room, np.inf).astype(np.float32)
        return low, high

    def _blend(self, samples: Pixels, value: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """How much of the new frame each cell keeps, and the values that it then has."""
        assert self._last is not None
        before = self._last[self._rows[:, None], self._columns].astype(np.float32)
        step, wanted = value - self._value, value.clip(low, high) - self._value
        share = np.divide(wanted, step, out=np.ones_like(step), where=np.abs(step) > 1e-6).clip(0, 1)
        keep = _around(np.where(self._crowded(value, low, high), _cells(share.min(0)).min((1, 3)), 1))
        for k in range(TRIES + 1):
            spread = (self._of_samples @ keep @ self._of_samples.T)[..., None]
            mixed = before + (samples - before) * spread
            now = self._measure((mixed + 0.5).astype(np.uint8))
            # Light is not linear in the bytes, and neighbours mix into each other.
            over = self._crowded(now, low, high, 1e-4)
            if not over.any():
                break
            keep = np.minimum(keep, _around(np.where(over, keep * 0.5 if k < TRIES - 1 else 0, 1)))
        return keep, now

    def _mix(self, frame: Pixels, last: Pixels, keep: Floats) -> None:
        spread = (self._of_rows @ keep @ self._of_columns.T)[..., None]
        mixed = last + (frame.astype(np.float32) - last) * spread
        frame[...] = (mixed + 0.5).astype(np.uint8)

    def _count(self, value: Floats) -> None:
        """Record the changes that count."""
        self._value = value
        self._high, self._low = np.maximum(self._high, value), np.minimum(self._low, value)
        fell = (self._way >= 0) & (value <= self._high - self._threshold)
        rose = (self._way <= 0) & (value >= self._low + self._threshold) & ~fell
        for changed, way in ((fell, -1), (rose, 1)):
            if changed.any():
                self._way[changed] = way
                self._high[changed] = self._low[changed] = value[changed]
                self._times[:, changed] = np.roll(self._times[:, changed], -1, axis=0)
                self._times[-1, changed] = self._clock


def _cells(samples: NDArray[Any]) -> NDArray[Any]:
    return samples.reshape(CELLS, SAMPLES, CELLS, SAMPLES)


def _around(keep: NDArray[Any]) -> Floats:
    """The smallest of each cell and its neighbours: a cell's border mixes with them."""
    wide = np.pad(keep.astype(np.float32), 1, constant_values=1.0)
    n = keep.shape[0]
    out: Floats = np.min([wide[y : y + n, x : x + n] for y in range(3) for x in range(3)], axis=0)
    return out
