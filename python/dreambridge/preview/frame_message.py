"""A frame as one binary message to a page: a head, then RGBA rows. dream.js and the desk read the same head."""

import struct
import time

import numpy as np
from numpy.typing import NDArray

from dreambridge.ring.reader import Frame

# Little-endian, without gaps. The last six are in ms of CLOCK_MONOTONIC: when the newest direction was received and applied (0:
# none), the step began and ended, the frame was published, and sent to the page.
RESERVED = ""
FIELDS = (
    ("index", "Q"),
    ("revision", "Q"),
    ("dropped", "Q"),
    ("width", "I"),
    ("height", "I"),
    ("time", "d"),
    ("step", "d"),
    ("view", "Q"),
    ("flags", "I"),
    (RESERVED, "I"),
    ("received", "d"),
    ("applied", "d"),
    ("begun", "d"),
    ("ended", "d"),
    ("published", "d"),
    ("sent", "d"),
)
HEAD = struct.Struct(f"<{''.join(code for _, code in FIELDS)}")
MAX_SHRINK = 16


def offsets() -> dict[str, int]:
    """Of each field, in bytes."""
    out, at = {}, 0
    for name, code in FIELDS:
        out[name], at = at, at + struct.calcsize(f"<{code}")
    del out[RESERVED]
    return out


def pack(f: Frame, shrink: int = 1) -> bytes:
    """The message, to be sent now; its picture is smaller by the whole factor ``shrink``, by a mean."""
    pixels = smaller(f.pixels, shrink) if shrink > 1 else f.pixels
    height, width = pixels.shape[:2]
    stamps = (f.received_ns, f.applied_ns, f.begun_ns, f.ended_ns, f.published_ns, time.monotonic_ns())
    times = (n / 1e6 for n in stamps)
    head = HEAD.pack(f.index, f.revision, f.dropped, width, height, f.time, f.step_ms, f.view, f.flags, 0, *times)
    return b"".join((head, np.ascontiguousarray(pixels).data))


def shrink_for(width: int, height: int, wanted: tuple[int, int] | None) -> int:
    """The largest factor with which a frame of this size still has the wanted size."""
    if wanted is None:
        return 1
    return max(1, min(width // wanted[0], height // wanted[1], MAX_SHRINK))


def smaller(pixels: NDArray[np.uint8], k: int) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] to uint8 [H // k, W // k, 4]."""
    height, width = (n // k * k for n in pixels.shape[:2])
    total = np.full((height // k, width // k, 4), k * k // 2, np.uint16 if k * k * 256 < 2**16 else np.uint32)
    for y in range(k):
        for x in range(k):
            total += pixels[y:height:k, x:width:k]
    return (total // (k * k)).astype(np.uint8)
