"""Reads a session's frames out of its ring by calls (PROTOCOL.md, part 3)."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from dreambridge_renpy.errors import DreamError

HEADER, SLOT_HEADER, MAGIC, LAYOUT = 4096, 128, b"DRMRING1", 1
READ_TRIES = 3
OPAQUE, STRAIGHT, PREMULTIPLIED = 1, 2, 3


class Frame(NamedTuple):
    """``pixels``: RGBA bytes, top row first, ``width`` x ``height`` x 4. ``time``: stream time in seconds."""

    publication: int
    index: int
    revision: int
    time: float
    step_ms: float
    pixels: bytes
    width: int
    height: int
    alpha: int


class Ring:
    """DreamError ``ring_unreachable``: the file cannot be read, or is no ring."""

    def __init__(self, path: str) -> None:
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by `close`
        except OSError as e:
            raise DreamError("ring_unreachable", f"The ring {path} cannot be opened: {e.strerror}.") from e
        page = self._bytes(0, HEADER)
        if page[:8] != MAGIC or len(page) < HEADER:
            self.close()
            raise DreamError("ring_unreachable", f"{path} is not a ring.")
        layout, crc = (struct.unpack_from("<I", page, at)[0] for at in (8, 96))
        if layout != LAYOUT or crc != zlib.crc32(page[8:96]):
            self.close()
            raise DreamError("ring_unreachable", f"{path} is not a ring of layout {LAYOUT}.")
        self.slots, self.frames, self.stride = struct.unpack_from("<IIQ", page, 40)
        self.width, self.height = struct.unpack_from("<II", page, 60)
        self.alpha = struct.unpack_from("<I", page, 84)[0]
        self._size = self.width * self.height * 4
        self.shown = 0

    def close(self) -> None:
        self._file.close()

    def _bytes(self, at: int, size: int) -> bytes:
        try:
            self._file.seek(at)
            data = self._file.read(size) or b""
            while 0 < len(data) < size:
                more = self._file.read(size - len(data))
                if not more:
                    break
                data += more
            return data
        except (OSError, ValueError):  # ValueError: closed
            return b""

    def _word(self, at: int) -> int:
        data = self._bytes(at, 8)
        return struct.unpack("<Q", data)[0] if len(data) == 8 else 0

    def read(self) -> Frame | None:
        """The last frame of the newest step; None when there is nothing new, or the file was cut short."""
        for _ in range(READ_TRIES):
            p = self._word(256)
            if p == 0 or p == self.shown:
                return None
            at = HEADER + (p - 1) % self.slots * self.stride
            if self._word(at) != 2 * p:
                continue
            head = self._bytes(at, SLOT_HEADER)
            if len(head) < SLOT_HEADER:
                return None
            last = min(max(struct.unpack_from("<I", head, 8)[0], 1), self.frames) - 1
            pixels = self._bytes(at + SLOT_HEADER + last * self._size, self._size)
            if self._word(at) != 2 * p or self._word(at + 120) != 2 * p:
                continue  # torn
            if len(pixels) < self._size:
                return None
            self.shown = p
            index, revision, time, step_ms = struct.unpack_from("<QQdd", head, 16)
            return Frame(p, index + last, revision, time, step_ms, pixels, self.width, self.height, self.alpha)
        return None
