"""Offsets and constants of the ring, layout version 1.

``protocol/schema/ring.json`` is their single source; a test compares them.
"""

import struct
import zlib
from dataclasses import dataclass

MAGIC = b"DRMRING1"
VERSION, HEADER, SLOT_HEADER, PAGE = 1, 4096, 128, 4096
# header page: struct of bytes 8 to 96, then the CRC
FIXED = struct.Struct("<IIQQQIIQIIIIIIIId")
HEARTBEAT, STATE, LATEST, CRC = 128, 192, 256, 96
LIVE, SUPERSEDED, CLOSED = 1, 2, 3
RGBA8, SRGB, TOP_FIRST = 1, 1, 1
OPAQUE, STRAIGHT, PREMULTIPLIED = 1, 2, 3
ALPHA = {"opaque": OPAQUE, "straight": STRAIGHT, "premultiplied": PREMULTIPLIED}
# slot header, after the sequence
SLOT = struct.Struct("<IIQQddQQQQQQQQd")
SLOT_SEQUENCE, SLOT_FIELDS, SLOT_SEQUENCE_AGAIN = 0, 8, 120
FLAG_CUT, FLAG_STEPPED, FLAG_RESTORED, FLAG_ADOPTED = 1, 2, 4, 8
LEVEL_SHIFT, LEVEL_MASK = 8, 15  # bits of the flags that hold the quality level


@dataclass(frozen=True)
class Layout:
    """The fixed part of a ring's header."""

    epoch: int
    writer_pid: int
    writer_start: int
    slots: int
    frames: int
    width: int
    height: int
    alpha: int
    fps: float

    @property
    def frame_bytes(self) -> int:
        return self.width * self.height * 4

    @property
    def stride(self) -> int:
        return -(-(SLOT_HEADER + self.frames * self.frame_bytes) // PAGE) * PAGE

    @property
    def size(self) -> int:
        return HEADER + self.slots * self.stride

    def pack(self) -> bytes:
        """Bytes 8 to 99 of the header page: the fields and their CRC-32."""
        body = FIXED.pack(
            VERSION,
            HEADER,
            self.epoch,
            self.writer_pid,
            self.writer_start,
            self.slots,
            self.frames,
            self.stride,
            SLOT_HEADER,
            self.width,
            self.height,
            self.width * 4,
            RGBA8,
            SRGB,
            TOP_FIRST,
            self.alpha,
            self.fps,
        )
        return body + struct.pack("<I", zlib.crc32(body))

    @staticmethod
    def unpack(page: bytes) -> "Layout":
        """Read a header page; ValueError says what is wrong with it."""
        if page[:8] != MAGIC:
            raise ValueError(f"the file is not a ring: it begins with {page[:8]!r}, not {MAGIC!r}")
        body = page[8 : 8 + FIXED.size]
        if struct.unpack_from("<I", page, CRC)[0] != zlib.crc32(body):
            raise ValueError("the ring's header is damaged: its CRC differs")
        v = FIXED.unpack(body)
        if v[0] != VERSION:
            raise ValueError(f"the ring has layout version {v[0]}; this reader knows {VERSION}")
        return Layout(v[2], v[3], v[4], v[5], v[6], v[9], v[10], v[15], v[16])
