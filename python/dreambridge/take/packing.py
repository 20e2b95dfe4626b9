"""Bytes in the lines of a take: files that values name by their SHA-256, snapshots and pictures."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.take.lines import FILE_KEY

Pixels = NDArray[np.uint8]


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unpacked(text: str) -> bytes:
    """ValueError when it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as e:
        raise ValueError(f"is not base64: {e}") from e


def packed_picture(pixels: Pixels) -> str:
    return packed(zlib.compress(np.ascontiguousarray(pixels).tobytes(), 1))


def unpacked_picture(text: str, width: int, height: int) -> Pixels:
    """uint8 [height, width, 4]; ValueError for anything else."""
    size = width * height * 4
    unpack = zlib.decompressobj()
    try:
        data = unpack.decompress(unpacked(text), size + 1)
    except zlib.error as e:
        raise ValueError(f"is not zlib data: {e}") from e
    if len(data) != size or not unpack.eof:
        raise ValueError(f"is not a picture of {width} x {height} pixels with four bytes each")
    return np.frombuffer(data, np.uint8).reshape(height, width, 4)


def without_bytes(value: Any, keep: Callable[[str, bytes], None]) -> Any:
    """``value`` with ``{"$file": sha256}`` for bytes; ``keep`` gets the digest and the bytes."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        digest = hashlib.sha256(data).hexdigest()
        keep(digest, data)
        return {FILE_KEY: digest}
    if isinstance(value, Mapping):
        return {k: without_bytes(v, keep) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_bytes(v, keep) for v in value]
    return value


def with_bytes(value: Any, files: Mapping[str, bytes]) -> Any:
    """The reverse; ValueError names a file that is missing."""
    if isinstance(value, dict):
        if value.keys() == {FILE_KEY}:
            if value[FILE_KEY] not in files:
                raise ValueError(f"names the file {str(value[FILE_KEY])[:80]!r}, which no line before it holds")
            return files[value[FILE_KEY]]
        return {k: with_bytes(v, files) for k, v in value.items()}
    return [with_bytes(v, files) for v in value] if isinstance(value, list) else value
