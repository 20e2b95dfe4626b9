"""Looks whether a stream's state is still made of numbers: NaN in it never goes away, and its frames are black for ever."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

CHECK_EVERY = 8  # steps
CHECK_AT_LEAST_EVERY = 128
PER_STEP = 2**20  # bytes of state for which one step more goes by; a megabyte takes about 0.05 ms


def check_every(state_bytes: int, on_device: bool) -> int:
    """After how many steps to look again. A state ``on_device`` must be copied from a GPU's memory first."""
    return CHECK_AT_LEAST_EVERY if on_device else min(CHECK_EVERY + state_bytes // PER_STEP, CHECK_AT_LEAST_EVERY)


def has_nan(array: NDArray[Any]) -> bool:
    """Infinities are no fault: masks have them."""
    if array.dtype.kind != "f" or not array.size:
        return False
    if array.dtype == np.float16:  # whose arithmetic is slow
        return bool((np.ascontiguousarray(array).view(np.uint16) & 0x7FFF).max() > 0x7C00)
    with np.errstate(all="ignore"):
        # One pass without a copy; only what is not finite (an overflow, too) is worth the closer look.
        return not np.isfinite(np.add.reduce(array, axis=None)) and bool(np.isnan(array).any())
