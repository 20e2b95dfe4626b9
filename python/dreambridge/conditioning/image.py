"""Converts a picture in a direction to the tensor of an ``image`` condition, 64 x 64 by default. Only files need Pillow."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import IMAGE as SIDE
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import kind_of
from dreambridge.system.imports import import_failed

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 40_000_000  # a small file can unpack to any size; raw pixels are limited by the message size
GREY = 0.5  # background of transparent pictures

Array = NDArray[np.float32]


def decode(name: str, value: Any, side: int = SIDE) -> Array:
    """float32 [1, 3, side, side] in 0-1, row 0 on top, each pixel the mean of the area that it covers.

    ``value`` is the bytes of a PNG, JPEG or WebP file, or a map ``width``, ``height`` and ``rgb`` or ``rgba`` (bytes, rows from
    the top). Only the first picture of an animation is used. The EXIF orientation is applied. Transparent areas become mid-grey.
    The aspect ratio is not kept. DreamError ``bad_value`` or ``missing_package``.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _file(name, bytes(value), side)
    if isinstance(value, Mapping):
        return shrink(_raw(name, value), side)
    raise _bad(name, f"expected a picture, got {kind_of(value)}")


def _bad(name: str, why: str, hint: str = "") -> DreamError:
    return DreamError(
        "bad_value", f"{name}: {why}.", hint or "Give the bytes of a PNG, JPEG or WebP file, or width, height and rgb or rgba."
    )


def shrink(pixels: NDArray[np.uint8], side: int = SIDE) -> Array:
    """uint8 [H, W, 3 or 4] (straight alpha) to float32 [1, 3, side, side] in 0-1 by the mean of areas, on mid-grey."""
    narrow = np.empty((pixels.shape[0], side, 3))
    for top in range(0, pixels.shape[0], 64):  # band by band, to avoid a float copy of the whole picture
        band: NDArray[Any] = pixels[top : top + 64]
        if pixels.shape[2] == 4:
            alpha = band[..., 3:] / 255.0
            band = band[..., :3] * alpha + 255 * GREY * (1 - alpha)
        narrow[top : top + 64] = _means(band, 1, side)
    return np.ascontiguousarray(_means(narrow, 0, side).transpose(2, 0, 1)[None] / 255, np.float32).clip(0, 1)


def _means(values: NDArray[Any], axis: int, side: int) -> NDArray[np.float64]:
    """The means over ``side`` equal parts of an axis of ``values`` [H, W, 3]. Pixels across an edge count by their shares."""
    n = values.shape[axis]
    edges = np.arange(side + 1) * (n / side)
    at = np.minimum(edges.astype(np.int64), n - 1)
    share = (edges - at).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    whole = values.dtype == np.uint8
    until = np.cumsum(values, axis, dtype=np.uint32 if whole else np.float64).take(at, axis).astype(np.float64)
    here = values.take(at, axis).astype(np.float64)
    return np.asarray(np.diff(until - here * (1 - share), axis=axis) * (side / n))


def _raw(name: str, value: Mapping[Any, Any]) -> NDArray[np.uint8]:
    width, height = value.get("width"), value.get("height")
    kinds = [k for k in ("rgb", "rgba") if k in value]
    if len(kinds) != 1:
        raise _bad(
            name, f"the map has {', '.join(sorted(map(str, value)))[:80] or 'nothing'}, but needs width, height and rgb or rgba"
        )
    data, depth = value[kinds[0]], len(kinds[0])
    for side in (width, height):
        if not isinstance(side, int) or isinstance(side, bool) or side < 1:
            raise _bad(name, f"the size {width!r} x {height!r} is invalid", "width and height are whole numbers from 1.")
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise _bad(name, f"{kinds[0]} must be bytes, got {kind_of(data)}")
    if len(data) != width * height * depth:  # type: ignore[operator]
        raise _bad(
            name,
            f"has {len(data)} bytes for {width} x {height} pixels",
            f"{kinds[0]} needs {depth} bytes for each pixel, rows from the top.",
        )
    return np.frombuffer(data, np.uint8).reshape(height, width, depth)  # type: ignore[arg-type]


def _file(name: str, data: bytes, side: int) -> Array:
    try:
        from PIL import Image
    except ImportError as e:
        failed = import_failed(e)
        raise DreamError(
            failed.code,
            f"{name}: the daemon cannot read picture files. {failed.message}",
            f"{failed.hint} Or send width, height and rgb.",
        ) from e
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise _bad(
                    name, f"the picture has {width} x {height} pixels; at most {MAX_PIXELS:,} are allowed", "Scale it down first."
                )
            return shrink(pixels_of(picture, side), side)
    except DreamError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as e:
        raise _bad(name, f"the picture is too large to decode ({e})", "Scale it down first.") from e
    except Image.UnidentifiedImageError as e:
        raise _bad(name, f"the {len(data)} bytes are not a PNG, JPEG or WebP file") from e
    except Exception as e:  # Pillow's readers can raise any exception for a damaged file
        raise _bad(name, f"the file is damaged: {type(e).__name__}: {str(e)[:120]}", "Save the file again.") from e


def pixels_of(picture: Any, side: int = SIDE) -> NDArray[np.uint8]:
    """uint8 [H, W, 3 or 4] of a Pillow image, reduced while decoding if that loses no accuracy."""
    from PIL import Image, ImageOps

    if picture.format == "JPEG":
        picture.draft("RGB", (4 * side, 4 * side))
    orientation = picture.getexif().get(0x0112, 1)
    if picture.mode.startswith(("I", "F")):
        # 16 bits a channel: Pillow's own conversion clips instead of scaling
        picture = Image.fromarray((np.asarray(picture, np.float32) / 257).clip(0, 255).astype(np.uint8))
    alpha = picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info
    picture = picture.convert("RGBA" if alpha else "RGB")
    factor = max(1, min(picture.size) // (8 * side))
    if factor > 1:
        picture = picture.reduce(factor)
    if orientation != 1:
        turned = Image.Exif()
        turned[0x0112] = orientation
        picture.info["exif"] = turned.tobytes()
        picture = ImageOps.exif_transpose(picture)
    return np.asarray(picture)
