"""Rings in the other direction: the daemon makes the file, a game writes its pictures into it, the daemon takes the latest."""

import contextlib
import mmap
import os
import struct
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L
from dreambridge.ring.writer import create_ring

TRIES = 3


class InputRing:
    """The daemon's side; pictures are numbered from ``first`` + 1. DreamError ``no_space`` or ``no_access``.

    The file is read by calls and never mapped: whatever its writer does to it (cut it short, write nonsense), the worst is a
    picture that is not taken.
    """

    def __init__(self, path: Path, fixed: L.Layout, first: int = 0) -> None:
        self.path, self.layout = path, fixed
        self._file = os.fdopen(create_ring(path, fixed), "r+b", buffering=0)
        self._spare = np.zeros((fixed.frames, fixed.height, fixed.width, 4), np.uint8)
        self._write(L.LATEST, first)
        self.taken, self.layers, self.torn = first, 0, 0
        self.time = 0.0
        self.taken_at = time.monotonic()

    def _read(self, at: int, into: memoryview) -> bool:
        self._file.seek(at)
        return self._file.readinto(into) == len(into)

    def _word(self, at: int) -> int:
        word = bytearray(8)
        return int.from_bytes(word, "little") if self._read(at, memoryview(word)) else 0

    def _write(self, at: int, word: int) -> None:
        self._file.seek(at)
        self._file.write(struct.pack("<Q", word))

    def take(self) -> NDArray[np.uint8] | None:
        """The latest whole picture, uint8 [layers, H, W, 4], if it was not taken yet; it is overwritten by the next call."""
        f = self.layout
        for _ in range(TRIES):
            p = self._word(L.LATEST)
            if p == 0 or p == self.taken:
                return None
            at = L.HEADER + ((p - 1) % f.slots) * f.stride
            head = bytearray(L.SLOT_HEADER)
            if not self._read(at, memoryview(head)) or int.from_bytes(head[:8], "little") != 2 * p:
                self.torn += 1
                continue
            v = L.SLOT.unpack_from(head, L.SLOT_FIELDS)
            layers = min(max(v[0], 1), f.frames)
            whole = self._read(at + L.SLOT_HEADER, self._spare[:layers].data.cast("B"))
            if not whole or self._word(at) != 2 * p or self._word(at + L.SLOT_SEQUENCE_AGAIN) != 2 * p:
                self.torn += 1
                continue
            self.taken, self.layers, self.taken_at = p, layers, time.monotonic()
            self.time = v[4]
            return self._spare[:layers]
        return None

    def close(self, state: int = L.CLOSED) -> None:
        """Tell the writer, and remove the file."""
        if self._file.closed:
            return
        with contextlib.suppress(OSError):
            self._write(L.STATE, state)
        self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


class InputWriter:
    """The game's side, in Python: maps the file that the daemon made. ValueError when it is no ring, OSError when it is gone."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.layout = L.Layout.unpack(self._map[: L.HEADER])
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._words = self._bytes.view(np.uint64)
        self.published = int(self._words[L.LATEST // 8])

    @property
    def state(self) -> int:
        return int(self._words[L.STATE // 8])

    def publish(self, layers: Sequence[NDArray[np.uint8]], tick: int, at: float) -> int:
        """Publish one picture of ``layers`` uint8 [H, W, 4] (label, then depth); returns its number, from 1.

        ``tick`` and ``at`` (seconds) are the writer's own; ``at`` comes back in the frames that were painted over it.
        """
        f, number = self.layout, self.published + 1
        if not 1 <= len(layers) <= f.frames:
            raise DreamError(
                "bad_argument", f"{len(layers)} layers do not fit a ring of {f.frames}.", "Attach it with these layers."
            )
        slot = L.HEADER + (self.published % f.slots) * f.stride
        self._words[slot // 8] = 2 * number - 1
        start = slot + L.SLOT_HEADER
        pixels = self._bytes[start : start + f.frames * f.frame_bytes].reshape(f.frames, f.height, f.width, 4)
        for into, layer in zip(pixels, layers, strict=False):
            into[...] = layer
        L.SLOT.pack_into(
            self._map, slot + L.SLOT_FIELDS, len(layers), 0, tick, 0, at, 0.0, len(layers) * f.frame_bytes, time.monotonic_ns(),
            0, 0, 0, 0, 0, 0, 0.0,
        )  # fmt: skip
        # single aligned 8-byte stores; x86-64 keeps their order
        self._words[slot // 8] = 2 * number
        self._words[(slot + L.SLOT_SEQUENCE_AGAIN) // 8] = 2 * number
        self._words[L.LATEST // 8] = number
        self.published = number
        return number

    def close(self) -> None:
        with contextlib.suppress(BufferError, AttributeError):
            del self._words, self._bytes
            self._map.close()
