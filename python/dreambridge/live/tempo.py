"""The tempo of a sound, in beats a minute, from its onsets."""

import numpy as np
from numpy.typing import NDArray

SLOWEST, FASTEST = 60.0, 180.0
LISTENED = 8.0  # seconds of onsets that are looked at
EVERY = 0.5  # seconds between two looks
USUAL, SPREAD = 120.0, 0.9  # of two equally good tempos the one nearer to this counts; octaves
CLEAR = 0.25  # how periodic the onsets must be, 0-1; speech and noise are not


class Tempo:
    """``push`` takes the onset (0-1) of each frame, at ``fps``; ``bpm`` is the tempo, or 0 while there is none."""

    def __init__(self, fps: float) -> None:
        self.fps, self.bpm = fps, 0.0
        self._onsets = np.zeros(round(LISTENED * fps))
        self._count = 0
        lags = np.arange(int(60 / FASTEST * fps), int(np.ceil(60 / SLOWEST * fps)) + 1)
        self._lags = lags[lags >= 2]

    def push(self, onset: float) -> bool:
        """Returns whether the tempo was worked out again."""
        self._onsets = np.roll(self._onsets, -1)
        self._onsets[-1] = onset
        self._count += 1
        if self._count < LISTENED / 2 * self.fps or self._count % max(1, round(EVERY * self.fps)):
            return False
        self.bpm = self._found(self._onsets[-min(self._count, len(self._onsets)) :])
        return True

    def _found(self, onsets: NDArray[np.float64]) -> float:
        rest = onsets - onsets.mean()
        size = 1 << (2 * len(rest) - 1).bit_length()
        spectrum = np.abs(np.fft.rfft(rest, size)) ** 2
        alike = np.fft.irfft(spectrum)[: len(rest)]
        if alike[0] < 1e-6:
            return 0.0
        # The share of pairs, so that a long lag is not worse because it has fewer of them.
        alike = alike / alike[0] * len(rest) / np.arange(len(rest), 0, -1)
        bpm = 60 * self.fps / self._lags
        prior = np.exp(-0.5 * (np.log2(bpm / USUAL) / SPREAD) ** 2)
        k = int(self._lags[int((alike[self._lags] * prior).argmax())])
        if alike[k] < CLEAR:
            return 0.0
        a, b, c = alike[k - 1], alike[k], alike[k + 1]  # the peak lies between two lags
        shift = 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c < 0 else 0.0
        return float(np.clip(60 * self.fps / (k + np.clip(shift, -0.5, 0.5)), SLOWEST, FASTEST))
