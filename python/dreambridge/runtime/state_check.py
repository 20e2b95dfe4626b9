"""Checks a stream's state for NaN, which never disappears and makes all frames black."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

CHECK_EVERY = 8  # steps
CHECK_AT_LEAST_EVERY = 128
PER_STEP = 2**20  # bytes of state per additional step between checks; a megabyte takes about 0.05 ms


def check_every(state_bytes: int, on_device: bool) -> int:
    """The number of steps between checks. A state ``on_device`` must be copied from a GPU's memory first."""
    return CHECK_AT_LEAST_EVERY if on_device else min(CHECK_EVERY + state_bytes // PER_STEP, CHECK_AT_LEAST_EVERY)


def has_nan(array: NDArray[Any]) -> bool:
    """Whether a tensor contains NaN. Infinities are valid: masks have them."""
    if array.dtype.kind != "f" or not array.size:
        return False
    if array.dtype == np.float16:  # its arithmetic is slow
        return bool((np.ascontiguousarray(array).view(np.uint16) & 0x7FFF).max() > 0x7C00)
    with np.errstate(all="ignore"):
        # One pass without a copy; only a result that is not finite (also an overflow) needs a closer check.
        return not np.isfinite(np.add.reduce(array, axis=None)) and bool(np.isnan(array).any())
