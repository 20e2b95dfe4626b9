"""The client's side of a view: checks a picture and writes it to the view ring, which the daemon creates on first use."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Attached, Opened
from dreambridge.protocol.view_layers import SURFACES, VIEW_LAYERS
from dreambridge.ring.depth import pack_depth
from dreambridge.ring.reader import RingReader
from dreambridge.ring.view_layers import pack_motion, pack_normal, with_alpha
from dreambridge.ring.view_ring import ViewWriter

Attach = Callable[[list[str]], Attached]
REFUSED = ("not_supported", "bad_argument")  # codes of layers that the daemon would refuse again

Picture = dict[str, NDArray[np.uint8]]  # layer to uint8 [H, W, 4], in the order of a slot


def _bytes(name: str, picture: ArrayLike, width: int, height: int, hint: str) -> NDArray[np.uint8]:
    a = np.asarray(picture)
    if a.dtype != np.uint8:
        raise DreamError("bad_value", f"The {name} picture has the dtype {a.dtype}.", hint)
    if a.shape not in ((height, width, 3), (height, width, 4)):
        raise DreamError(
            "bad_value",
            f"The {name} picture has the shape {list(a.shape)}.",
            f"Use [{height}, {width}, 3] or [{height}, {width}, 4].",
        )
    return a if a.shape[2] == 4 else with_alpha(a)


def _floats(name: str, values: ArrayLike, shape: list[int], hint: str) -> NDArray[np.floating[Any]]:
    a = np.asarray(values)
    if a.dtype.kind != "f":
        raise DreamError("bad_value", f"The {name} has the dtype {a.dtype}.", hint)
    if list(a.shape) != shape:
        raise DreamError("bad_value", f"The {name} has the shape {list(a.shape)}.", f"Use {shape}.")
    return a


def check_label(label: ArrayLike, width: int, height: int) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] of a picture [H, W, 3 or 4]; DreamError ``bad_value``."""
    return _bytes("label", label, width, height, "Use uint8: sRGB bytes of the palette's colours.")


def check_colour(colour: ArrayLike, width: int, height: int) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] of a picture [H, W, 3 or 4]; DreamError ``bad_value``."""
    hint = "Use uint8: sRGB bytes, 255 for 1. Clip HDR colours to 0-1 first."
    return _bytes("colour", colour, width, height, hint)


def check_depth(depth: ArrayLike, width: int, height: int) -> NDArray[np.uint8]:
    """Packed uint8 [H, W, 4] of depths [H, W] in 0-1; DreamError ``bad_value``."""
    a = _floats("depth", depth, [height, width], "Use floats from 0 (near) to 1 (far).")
    if not np.isfinite(a).all() or a.min() < 0 or a.max() > 1:
        worst = a[~(np.isfinite(a) & (a >= 0) & (a <= 1))][0]
        raise DreamError("bad_value", f"The depth contains {worst}.", "Use 0 (near) to 1 (far), and 1 where the view is empty.")
    return pack_depth(a)


def check_normal(normal: ArrayLike, width: int, height: int) -> NDArray[np.uint8]:
    """Packed uint8 [H, W, 4] of normals [H, W, 3]; DreamError ``bad_value``."""
    a = _floats("normal", normal, [height, width, 3], "Use floats: right, up, towards the camera.")
    if not np.isfinite(a).all():
        said = f"The normal contains {a[~np.isfinite(a)][0]}."
        raise DreamError("bad_value", said, "Use 0, 0, 0 where there is no normal.")
    return pack_normal(a)


def check_motion(motion: ArrayLike, width: int, height: int) -> NDArray[np.uint8]:
    """Packed uint8 [H, W, 4] of motion [H, W, 2] in pixels; DreamError ``bad_value``."""
    a = _floats("motion", motion, [height, width, 2], "Use floats: pixels right and down since the last picture.")
    if np.isinf(a).any():
        raise DreamError("bad_value", f"The motion contains {a[np.isinf(a)][0]}.", "Use NaN where the motion is unknown.")
    return pack_motion(a)


CHECKS = {"label": check_label, "colour": check_colour, "depth": check_depth, "normal": check_normal, "motion": check_motion}


def check_picture(given: Mapping[str, ArrayLike | None], width: int, height: int) -> Picture:
    """The layers that are given, as bytes; DreamError ``bad_value``, or ``bad_argument`` if neither label nor colour is given."""
    picture = {n: CHECKS[n](layer, width, height) for n in VIEW_LAYERS if (layer := given.get(n)) is not None}
    if not any(n in picture for n in SURFACES):
        raise DreamError(
            "bad_argument",
            f"The view has {', '.join(picture)}, but neither label nor colour.",
            "Give one of them, too; view(None) alone returns to the bundle's own stage.",
        )
    return picture


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
        self._last: Picture = {}
        self._tick = 0
        self._lock = threading.Lock()  # the daemon's return is handled on another thread

    def send(self, opened: Opened, given: Mapping[str, ArrayLike | None]) -> int:
        """Check and publish one picture; returns its number. See ``Stream.view``."""
        picture = check_picture(given, opened.width, opened.height)
        with self._lock:
            # For the daemon's return: a copy, because the game may keep drawing into its array.
            self._keep({n: np.array(a) for n, a in picture.items()})
            return self._publish(picture)

    def repeat(self, picture: Picture, number: int) -> None:
        """Publish layers as another view published them, as its publication ``number``."""
        with self._lock:
            self._keep(picture)
            assert self._writer
            self._writer.published = max(self._writer.published, number - 1)
            self._publish(picture)

    def _keep(self, picture: Picture) -> None:
        """Attach its layers. It becomes the picture for the daemon's return, unless the daemon refuses it."""
        before, self._last = self._last, picture
        try:
            self._open(picture)
        except DreamError as e:
            if e.code in REFUSED:
                self._last = before
            raise

    def _open(self, picture: Picture, again: bool = False) -> None:
        """Attach the layers of a picture unless they are attached already; ``again``: attach them in any case."""
        layers = list(picture)
        if self._writer and layers == self._layers and not again:
            return
        attached = self._attach(layers)
        if self._writer:
            self._writer.close()
        try:
            self._writer, self._layers = ViewWriter(Path(attached.ring)), layers
        except (OSError, ValueError) as e:
            self._writer = None
            raise unreachable(attached.ring, e) from e

    def _publish(self, picture: Picture) -> int:
        assert self._writer
        self._tick += 1
        return self._writer.publish(list(picture.values()), self._tick, time.monotonic())

    def again(self) -> None:
        """After the daemon's return: attach a new ring, and publish the last picture again."""
        with self._lock:
            if self._last:
                self._open(self._last, again=True)
                self._publish(self._last)

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        self._writer = None
