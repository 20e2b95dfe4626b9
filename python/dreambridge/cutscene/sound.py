"""The features of a shot's sound, worked out once: a table that the daemon plays like a lane."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import AUDIO, Condition
from dreambridge.protocol.errors import DreamError

RATE = 50  # rows a second
SILENCE = np.zeros((1, AUDIO), np.float32), 0.0


@dataclass(frozen=True)
class SoundLane:
    """Rows float32 [n, 17] from ``offset`` seconds on. Sound goes on while the picture is held, and is unset after its end."""

    condition: Condition
    rows: NDArray[np.float32]
    offset: float
    game: bool = False
    runs_on: bool = True

    def at(self, t: float, entering: tuple[NDArray[np.float32], float]) -> tuple[NDArray[np.float32], float]:
        """As ``KeyedLane.at``, but ``t`` is the time since the shot began."""
        k = int((self.offset + t) * RATE + 1e-6)
        if 0 <= k < len(self.rows):
            return self.rows[k : k + 1], 1.0
        return SILENCE

    def left(self, t: float, entering: tuple[NDArray[np.float32], float]) -> object:
        """As ``KeyedLane.left``: nothing is left of a sound."""
        return None


def write_features(rows: NDArray[np.float32]) -> bytes:
    """Rows [n, 17] in 0-1 as a file: NumPy's .npy with half precision."""
    out = io.BytesIO()
    np.save(out, rows.astype("<f2"), allow_pickle=False)
    return out.getvalue()


def read_features(name: str, data: bytes) -> NDArray[np.float32]:
    """The rows of such a file, float32 [n, 17]. DreamError ``bad_cutscene``."""

    def bad(why: str) -> DreamError:
        return DreamError("bad_cutscene", f"{name[:80]!r} {why}.", "Make it with `dreambridge cutscene sound`.")

    file = io.BytesIO(data)
    try:
        # Only the header is parsed before the shape is known to fit the bytes: a wrong one would claim memory.
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, column_major, dtype = header(file)
    except (ValueError, EOFError) as e:
        raise bad("is not a table of sound features") from e
    if column_major or dtype not in (np.dtype("<f2"), np.dtype("<f4")) or len(shape) != 2 or shape[1] != AUDIO:
        raise bad(f"has the shape {list(shape)[:4]} and the type {dtype}; it needs [n, {AUDIO}] and float16 or float32")
    values = data[file.tell() :]
    if len(values) != shape[0] * AUDIO * dtype.itemsize:
        raise bad(f"has {len(values)} bytes of values, which are not {shape[0]} rows")
    rows = np.frombuffer(values, dtype).reshape(-1, AUDIO).astype(np.float32)
    if not (np.isfinite(rows).all() and (rows >= 0).all() and (rows <= 1).all()):
        raise bad("holds a value that is not from 0 to 1")
    return rows
