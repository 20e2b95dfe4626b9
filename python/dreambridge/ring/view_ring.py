"""Rings in the other direction: the daemon makes the file, a game writes its pictures into it, the daemon takes the latest."""

import contextlib
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L
from dreambridge.ring.file import RingFile, read_layout
from dreambridge.ring.writer import create_ring
from dreambridge.system.locks import BINARY

TRIES = 3


class ViewReader:
    """The daemon's side; pictures are numbered from ``first`` + 1. DreamError ``no_space`` or ``no_access``.

    The file is read with read calls and never mapped. If its writer truncates it or writes invalid data, the picture is not
    taken; nothing worse happens.
    """

    def __init__(self, path: Path, fixed: L.Layout, first: int = 0) -> None:
        self.path, self.layout = path, fixed
        self._spare = np.zeros((fixed.frames, fixed.height, fixed.width, 4), np.uint8)
        self._file = create_ring(path, fixed)
        self._file.put(L.LATEST, first)
        self.taken, self.layers, self.torn = first, 0, 0
        self.time = 0.0
        self.taken_at = time.monotonic()

    def take(self) -> NDArray[np.uint8] | None:
        """The latest whole picture, uint8 [layers, H, W, 4], if it was not taken yet; the next call overwrites it.

        A slot is not whole if it has no layers, more layers than the ring, or a time that is not finite.
        """
        f = self.layout
        for _ in range(TRIES):
            p = self._file.word(L.LATEST)
            if p == 0 or p == self.taken:
                return None
            at = L.HEADER + ((p - 1) % f.slots) * f.stride
            head = bytearray(L.SLOT_HEADER)
            # The sequence in a separate call, because the copy order within one call is not guaranteed.
            if self._file.word(at) != 2 * p or not self._file.read(at, memoryview(head)):
                self.torn += 1
                continue
            v = L.SLOT.unpack_from(head, L.SLOT_FIELDS)
            layers = v[0]
            if not 1 <= layers <= f.frames or not math.isfinite(v[4]):
                self.torn += 1
                continue
            whole = self._file.read(at + L.SLOT_HEADER, self._spare[:layers].data)
            if not whole or self._file.word(at) != 2 * p or self._file.word(at + L.SLOT_SEQUENCE_AGAIN) != 2 * p:
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
            self._file.put(L.STATE, state)
        self._file.remove(self.path)


class ViewWriter:
    """The game's side, in Python: writes into the file that the daemon made.

    ValueError if it is not a ring, OSError if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._file = RingFile(os.open(path, os.O_RDWR | BINARY), write=True)
        try:
            self.layout = read_layout(self._file)
        except ValueError:
            self._file.close()
            raise
        self.published = self._file.word(L.LATEST)

    @property
    def state(self) -> int:
        return self._file.word(L.STATE)

    def publish(self, layers: Sequence[NDArray[np.uint8]], tick: int, at: float) -> int:
        """Publish one picture of ``layers`` uint8 [H, W, 4], those that were attached; returns its number, from 1.

        ``tick`` and ``at`` (seconds) are the writer's own; ``at`` comes back in the frames that were painted over it.
        """
        f, file, number = self.layout, self._file, self.published + 1
        if not 1 <= len(layers) <= f.frames:
            raise DreamError(
                "bad_argument", f"{len(layers)} layers do not fit a ring of {f.frames}.", "Attach it with these layers."
            )
        for layer in layers:
            if layer.dtype != np.uint8 or layer.shape != (f.height, f.width, 4):
                raise DreamError(
                    "bad_argument", f"A layer is {layer.dtype} {list(layer.shape)}.", f"Give uint8 [{f.height}, {f.width}, 4]."
                )
        slot = L.HEADER + (self.published % f.slots) * f.stride
        file.put(slot, 2 * number - 1)
        for n, layer in enumerate(layers):
            file.write(slot + L.SLOT_HEADER + n * f.frame_bytes, np.ascontiguousarray(layer).data)
        file.write(
            slot + L.SLOT_FIELDS,
            L.SLOT.pack(
                len(layers),
                0,
                tick,
                0,
                at,
                0.0,
                len(layers) * f.frame_bytes,
                time.monotonic_ns(),
                0,
                0,
                0,
                0,
                0,
                0,
                0.0,
            ),
        )
        file.put(slot, 2 * number)
        file.put(slot + L.SLOT_SEQUENCE_AGAIN, 2 * number)
        file.put(L.LATEST, number)
        self.published = number
        return number

    def close(self) -> None:
        self._file.close()
