"""Converts sound to the 17 numbers of an ``audio`` condition: 16 band levels and the onset envelope, once per frame."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import AUDIO as FEATURES
from dreambridge.protocol.errors import DreamError

BANDS, LOWEST, HIGHEST = FEATURES - 1, 40.0, 12000.0
RATES = (1000.0, 384000.0)
FLOOR_DB = 60.0  # a full-scale sine has the level 1, one that is 60 dB quieter has 0
PARTS = 4  # analyses per frame: a drum stroke is short compared with a frame
WINDOW = 0.046  # seconds
AVERAGE, LOUDEST, DECAY = 0.5, 4.0, 0.1  # seconds: of the mean flux, of its running maximum, of the envelope
RISE = 0.02  # seconds over which a rise is measured
QUIET_FLUX = 0.08  # smaller rises (mean over the bands, in levels) are not onsets, however quiet the piece is

Array = NDArray[np.float32]


def edges() -> NDArray[np.float64]:
    """The 17 edges in Hz of the 16 bands, evenly spaced by pitch: 40 Hz to 12 kHz."""
    return np.asarray(LOWEST * (HIGHEST / LOWEST) ** (np.arange(BANDS + 1) / BANDS))


def _band_weights(size: int, rate: float) -> NDArray[np.float64]:
    """[16, size // 2 + 1]: the share of each FFT bin in each band; bands above half the rate are 0."""
    width, e = rate / size, edges()
    low = (np.arange(size // 2 + 1) - 0.5) * width
    overlap = np.minimum(e[1:, None], low + width) - np.maximum(e[:-1, None], low)
    return np.asarray(overlap.clip(0) / width)


def samples_of(samples: Any) -> NDArray[np.float64]:
    """Checked PCM, float64 [n], clipped to -1 to 1; DreamError ``bad_value``."""
    hint = "Give one channel of float samples in -1 to 1: a stereo array by .mean(axis=1), int16 divided by 32768."
    try:
        out = np.asarray(samples)
    except ValueError as e:
        raise DreamError("bad_value", f"The samples are not an array: {e}.", hint) from e
    if out.dtype.kind != "f" and out.size:
        raise DreamError("bad_value", f"The samples are {out.dtype}, not floats.", hint)
    if out.ndim != 1:
        raise DreamError("bad_value", f"The samples have the shape {list(out.shape)}, not [n].", hint)
    if not np.isfinite(out).all():
        raise DreamError("bad_value", "The samples contain a number that is not finite.", hint)
    return out.astype(np.float64).clip(-1, 1)


class Analyser:
    """Takes sound piece by piece and returns the features of each frame as soon as its last sample has arrived (causal).

    Parameters
    ----------
    rate : samples a second, 1,000 to 384,000
    fps : frames a second, above 0

    Levels are logarithmic: 0 at 60 dB below a sine of full scale, 1 at that sine. The onset is the spectral flux (the mean rise
    of the levels over about 20 ms, less its running mean) as a share of the loudest of the last seconds; it falls by e in 0.1 s.
    """

    def __init__(self, rate: float, fps: float) -> None:
        if not isinstance(rate, (int, float, np.integer, np.floating)) or not RATES[0] <= rate <= RATES[1]:
            raise DreamError(
                "bad_value", f"rate = {rate!r} is out of range.", f"Use {RATES[0]:g} to {RATES[1]:g} samples a second."
            )
        if not 0 < fps <= 1000:
            raise DreamError("bad_value", f"fps = {fps} is out of range.", "Use above 0 to 1000 frames a second.")
        self.rate, self.fps = float(rate), float(fps)
        self.size = max(16, 2 * round(rate * WINDOW / 2))
        self._hop, part = rate / fps / PARTS, 1 / fps / PARTS
        self._window = np.hanning(self.size)
        # so that a sine of full scale, which the window spreads over three bins, sums to 1
        self._scale = (2 / self._window.sum()) ** 2 / 1.5
        self._weights = _band_weights(self.size, rate)
        self._heard = self._weights.sum(1) > 0
        self._rise = max(1, round(RISE / part))
        self._averaging, self._fading, self._falling = (math.exp(-part / t) for t in (AVERAGE, LOUDEST, DECAY))
        self.reset()

    def reset(self) -> None:
        """Forget all previous sound."""
        self._kept, self._first = (
            np.zeros(self.size),
            -self.size,
        )  # the samples that are still needed, and the index of the first one
        self._looks = 0
        self._levels = [np.zeros(BANDS)] * self._rise
        self._mean, self._most, self._envelope = 0.0, QUIET_FLUX, 0.0
        self._frame: list[tuple[NDArray[np.float64], float]] = []

    def push(self, samples: Any) -> Array:
        """float32 [k, 17] in 0-1, a row for each frame that ``samples`` (float [n] in -1 to 1) completed; k may be 0."""
        self._kept = np.concatenate([self._kept, samples_of(samples)])
        rows: list[NDArray[np.float64]] = []
        while (end := int((self._looks + 1) * self._hop) - self._first) <= len(self._kept):
            self._look(self._kept[end - self.size : end])
            if self._looks % PARTS == 0:
                power = np.mean([p for p, _ in self._frame], axis=0)
                rows.append(np.append(_level(power), max(onset for _, onset in self._frame)))
                self._frame.clear()
        done = max(0, min(end - self.size, len(self._kept)))
        self._kept, self._first = self._kept[done:].copy(), self._first + done
        return np.array(rows, np.float32).reshape(-1, FEATURES)

    def _look(self, samples: NDArray[np.float64]) -> None:
        """One spectrum of the newest samples [size]."""
        power = self._weights @ (np.abs(np.fft.rfft(samples * self._window)) ** 2 * self._scale)
        level = _level(power)
        flux = float((level - self._levels.pop(0)).clip(0)[self._heard].mean())
        self._levels.append(level)
        rise = max(0.0, flux - self._mean)
        self._mean = flux + (self._mean - flux) * self._averaging
        self._most = max(rise, self._most * self._fading, QUIET_FLUX)
        self._envelope = max(rise / self._most, self._envelope * self._falling)
        self._frame.append((power, self._envelope))
        self._looks += 1


def _level(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return (1 + 10 * np.log10(power + 1e-12) / FLOOR_DB).clip(0, 1)


def features(samples: Any, rate: float, fps: float) -> Array:
    """The features of a whole piece, float32 [frames, 17] in 0-1: see ``Analyser``."""
    return Analyser(rate, fps).push(samples)
