"""The client's side of a view: checks a picture and writes it to the view ring, which the daemon creates on first use."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Attached, Opened
from dreambridge.ring.depth import pack_depth
from dreambridge.ring.reader import RingReader
from dreambridge.ring.view_ring import ViewWriter

Attach = Callable[[list[str]], Attached]


def check_label(label: ArrayLike, width: int, height: int) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] of a picture [H, W, 3 or 4]; DreamError ``bad_value``."""
    a = np.asarray(label)
    if a.dtype != np.uint8:
        raise DreamError(
            "bad_value", f"The label picture has the dtype {a.dtype}.", "Use uint8: sRGB bytes of the palette's colours."
        )
    if a.shape not in ((height, width, 3), (height, width, 4)):
        raise DreamError(
            "bad_value",
            f"The label picture has the shape {list(a.shape)}.",
            f"Use [{height}, {width}, 3] or [{height}, {width}, 4].",
        )
    return a if a.shape[2] == 4 else np.dstack([a, np.full((height, width), 255, np.uint8)])


def check_depth(depth: ArrayLike, width: int, height: int) -> NDArray[np.uint8]:
    """Packed uint8 [H, W, 4] of depths [H, W] in 0-1; DreamError ``bad_value``."""
    a = np.asarray(depth)
    if a.dtype.kind != "f":
        raise DreamError("bad_value", f"The depth has the dtype {a.dtype}.", "Use floats from 0 (near) to 1 (far).")
    if a.shape != (height, width):
        raise DreamError("bad_value", f"The depth has the shape {list(a.shape)}.", f"Use [{height}, {width}].")
    if not np.isfinite(a).all() or a.min() < 0 or a.max() > 1:
        worst = a[~(np.isfinite(a) & (a >= 0) & (a <= 1))][0]
        raise DreamError("bad_value", f"The depth contains {worst}.", "Use 0 (near) to 1 (far), and 1 where the view is empty.")
    return pack_depth(a)


def unreachable(path: str, e: OSError | ValueError) -> DreamError:
    """The error for a ring that this process cannot open."""
    why = e.strerror if isinstance(e, OSError) else str(e)
    return DreamError(
        "ring_unreachable",
        f"The daemon's ring {path} cannot be opened here: {why}.",
        f"The daemon and this process must both see the folder {Path(path).parent}, as the same user. In a container or "
        "sandbox, set DREAMBRIDGE_RING_DIR for the daemon to a folder that both see.",
    )


def open_ring(path: str) -> RingReader:
    """DreamError ``ring_unreachable``."""
    try:
        return RingReader(Path(path))
    except (OSError, ValueError) as e:
        raise unreachable(path, e) from e


class ViewSender:
    """``attach`` asks the daemon for a ring with the given ``layers`` and returns its reply ``attached``."""

    def __init__(self, attach: Attach) -> None:
        self._attach = attach
        self._writer: ViewWriter | None = None
        self._layers: list[str] = []
        self._last: list[NDArray[np.uint8]] = []
        self._tick = 0
        self._lock = threading.Lock()  # the daemon's return is handled on another thread

    def send(self, opened: Opened, label: ArrayLike, depth: ArrayLike | None) -> int:
        """Check and publish one picture; returns its number. See ``Stream.view``."""
        picture = [check_label(label, opened.width, opened.height)]
        if depth is not None:
            picture.append(check_depth(depth, opened.width, opened.height))
        layers = ["label", "depth"][: len(picture)]
        with self._lock:
            # For the daemon's return: a copy, because the game may keep drawing into its array.
            self._last = [np.array(a) for a in picture]
            if self._writer is None or layers != self._layers:
                self._open(layers)
            return self._publish(picture)

    def repeat(self, picture: list[NDArray[np.uint8]], number: int) -> None:
        """Publish layers as another view published them, as its publication ``number``."""
        layers = ["label", "depth"][: len(picture)]
        with self._lock:
            self._last = picture
            if self._writer is None or layers != self._layers:
                self._open(layers)
            assert self._writer
            self._writer.published = max(self._writer.published, number - 1)
            self._publish(picture)

    def _open(self, layers: list[str]) -> None:
        attached = self._attach(layers)
        if self._writer:
            self._writer.close()
        try:
            self._writer, self._layers = ViewWriter(Path(attached.ring)), layers
        except (OSError, ValueError) as e:
            self._writer = None
            raise unreachable(attached.ring, e) from e

    def _publish(self, picture: list[NDArray[np.uint8]]) -> int:
        assert self._writer
        self._tick += 1
        return self._writer.publish(picture, self._tick, time.monotonic())

    def again(self) -> None:
        """After the daemon's return: attach a new ring, and publish the last picture again."""
        with self._lock:
            if self._last:
                self._open(["label", "depth"][: len(self._last)])
                self._publish(self._last)

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        self._writer = None
