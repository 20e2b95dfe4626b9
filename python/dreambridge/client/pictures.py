"""Converts pictures for a direction: the client's side of the kind ``image``."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.conditioning.image import SIDE, decode, pixels_of, shrink
from dreambridge.protocol.errors import DreamError

MAX_FILE_BYTES = 6 * 1024 * 1024  # maximum size of a file that is sent unchanged; a message may have 8 MiB


def is_picture(value: Any) -> bool:
    """Whether it is a path, a Pillow image or an array uint8 [H, W, 3 or 4]. No other kind of condition accepts these."""
    if isinstance(value, os.PathLike):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype == np.uint8 and value.ndim == 3
    return hasattr(value, "getexif") and hasattr(value, "convert")


def to_send(name: str, value: Any) -> Any:
    """Bytes of a file, or a map of 64 x 64 pixels, for the condition ``name``.

    A file of up to 6 MiB is sent unchanged. Everything else is scaled down here. DreamError ``bad_value``.
    """
    if isinstance(value, (str, os.PathLike)):
        try:
            value = Path(value).read_bytes()
        except OSError as e:
            raise DreamError(
                "bad_value", f"{name}: {value} cannot be read: {e.strerror}.", "Use the path of a PNG, JPEG or WebP file."
            ) from e
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value) if len(value) <= MAX_FILE_BYTES else _small(decode(name, value))
    if isinstance(value, np.ndarray):
        if value.dtype != np.uint8 or value.ndim != 3 or value.shape[2] not in (3, 4) or 0 in value.shape:
            raise DreamError(
                "bad_value",
                f"{name}: the array has the dtype {value.dtype} and the shape {list(value.shape)}.",
                "Use uint8 [height, width, 3 or 4].",
            )
        return _small(shrink(value))
    return _small(shrink(pixels_of(value))) if is_picture(value) else value


def _small(tensor: Any) -> dict[str, Any]:
    rgb = (tensor[0].transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)
    return {"width": SIDE, "height": SIDE, "rgb": rgb.tobytes()}
