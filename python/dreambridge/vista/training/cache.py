"""Cache folders for data that was made with the painter: one for each state of the painter."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambridge.system.paths import cache_folder


def folder(kind: str, now: NDArray[np.uint8], same: float) -> Path:
    """The folder ``kind``-... whose probes look like ``now``, which were painted just now; a new folder if there is none.

    ``same`` is the mean difference (of 255) up to which it is the same painter. Its pictures are compared and not its code,
    which can change without changing them.
    """
    for path in sorted(cache_folder().glob(f"{kind}-*/probes.npy")):
        kept = np.load(path)
        if kept.shape == now.shape and np.abs(kept.astype(np.int16) - now).mean() <= same:
            return path.parent
    out = cache_folder() / f"{kind}-{hashlib.sha256(now.tobytes()).hexdigest()[:12]}"
    out.mkdir(parents=True, exist_ok=True)
    part = out / "probes.part"
    with part.open("wb") as file:
        np.save(file, now)
    part.replace(out / "probes.npy")
    return out
