"""The noise of a stream: normal numbers that depend on the seed and the step's number alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.dtypes import STORAGE, stored
from dreambridge.bundle.manifest import NoiseSpec

ONCE = 2**64 - 1  # in place of the step's number, for tensors that are drawn once a seed


class Noise:
    """The noise tensors of a step by their inputs, as they lie in memory.

    Philox with the seed as key. The counter has four words of 64 bits: the step's number is the second, the place in the list the
    third. ``overlapping``: the rule of format 1.0, where the number was the first word, so that a step's noise was that of the
    step before, moved by eight numbers.
    """

    def __init__(self, specs: Sequence[NoiseSpec], overlapping: bool = False) -> None:
        self.specs, self.overlapping = list(specs), overlapping
        self.arrays: dict[str, NDArray[Any]] = {s.input: np.zeros(s.shape, STORAGE[s.dtype]) for s in specs}
        self._seed: int | None = None  # of what was drawn once

    def twin(self) -> "Noise":
        return Noise(self.specs, self.overlapping)

    def draw(self, seed: int, number: int) -> None:
        """Fill the tensors for the step ``number``."""
        for k, spec in enumerate(self.specs):
            if not spec.once:
                self._fill(k, spec, seed, number)
            elif seed != self._seed:
                self._fill(k, spec, seed, ONCE)
        self._seed = seed

    def _fill(self, k: int, spec: NoiseSpec, seed: int, number: int) -> None:
        counter = number if self.overlapping and k == 0 and not spec.once else number << 64 | k << 128
        drawn = np.random.Generator(np.random.Philox(key=seed & (2**64 - 1), counter=counter))
        target = self.arrays[spec.input]
        if spec.dtype == "float32":
            drawn.standard_normal(out=target, dtype=np.float32)
        else:
            exact = np.float64 if spec.dtype == "float64" else np.float32
            target[...] = stored(drawn.standard_normal(spec.shape, exact), spec.dtype)
