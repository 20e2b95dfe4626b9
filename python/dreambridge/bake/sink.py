"""Takes the frames of a walk in a thread of its own: digests, labels, burnt-in text, encoding, checkpoints."""

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.bake.burn import burnt
from dreambridge.bake.film import Film, Segments
from dreambridge.bake.walks import Pictures
from dreambridge.bake.work_folder import write_whole
from dreambridge.protocol.view_layers import VIEW_LAYERS
from dreambridge.take.packing import packed, unpacked

CHECKPOINT, DIGESTS, ROWS = "checkpoint.json", "digests.bin", "rows.f64"
FIXED = ("index", "time", "revision", "cut")  # the columns of a row before the conditions
DIGEST = 32
# Bytes of the steps that wait for the encoder, and their number at least. An encoder works in bursts, at the end of each segment.
AHEAD, LEAST_AHEAD = 16 * 2**20, 4


@dataclass(frozen=True)
class Checkpoint:
    """The state of a walk after the frames that were put before, and the snapshot of its stream."""

    state: dict[str, Any]
    snapshot: bytes


def read_checkpoint(folder: Path) -> tuple[Checkpoint, int, dict[str, int]] | None:
    """The last checkpoint in ``folder``, its number of frames, and those of each layer; the files there are cut to it."""
    try:
        found = json.loads((folder / CHECKPOINT).read_text())
        count = int(found["frames"])
        for name, size in ((DIGESTS, DIGEST * count), (ROWS, int(found["row"]) * count)):
            if size:
                with (folder / name).open("r+b") as f:
                    f.truncate(size)
        layers = {n: int(found["layers"][n]) for n in VIEW_LAYERS}
        return Checkpoint(found["state"], unpacked(found["snapshot"])), count, layers
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Sink:
    """``put`` waits while many steps wait. An error of its thread is raised by the next call.

    ``size``: bytes of a step's frames. ``columns``: the conditions of which rows are kept; then also the layers of a view, in
    ``layers``, as far as there are any.
    """

    def __init__(
        self, folder: Path, film: Film, size: int, columns: Iterable[str], burn: bool, each: Callable[[int], None],
        layers: dict[str, int],
    ) -> None:  # fmt: skip
        self._folder, self._film, self._columns, self._burn, self._each = folder, film, tuple(columns), burn, each
        self._queue: queue.Queue[Pictures | Checkpoint | None] = queue.Queue(max(LEAST_AHEAD, AHEAD // size))
        self._error: BaseException | None = None
        mode = "ab" if film.count else "wb"
        self._digests = (folder / DIGESTS).open(mode)
        self._rows = (folder / ROWS).open(mode)
        self._row = 0  # bytes
        self.layers = {n: Segments(folder / n, "exact", film.rate, layers.get(n, 0)) for n in VIEW_LAYERS if self._columns}
        self._thread = threading.Thread(target=self._run, name="film", daemon=True)
        self._thread.start()

    def put(self, item: Pictures | Checkpoint) -> None:
        while True:
            if self._error:
                raise self._error
            try:
                self._queue.put(item, timeout=0.5)
                return
            except queue.Full:
                continue

    def close(self) -> str:
        """Wait for the rest; the SHA-256 of the frames' SHA-256s, in hexadecimal."""
        self.stop()
        if self._error:
            raise self._error
        for segments in self.layers.values():
            segments.cut()
        with (self._folder / DIGESTS).open("rb") as f:
            return hashlib.file_digest(f, "sha256").hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        """Frames of each layer, after a cut."""
        return {n: self.layers[n].begun if n in self.layers else 0 for n in VIEW_LAYERS}

    def stop(self) -> None:
        """End the thread, whatever it has left to do."""
        if self._thread.is_alive():
            while self._error is None:
                try:
                    self._queue.put(None, timeout=0.5)
                    break
                except queue.Full:
                    continue
            self._thread.join()
        self._digests.close()
        self._rows.close()

    def _run(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                if isinstance(item, Checkpoint):
                    self._check(item)
                else:
                    self._write(item)
        except BaseException as e:
            self._error = e

    def _write(self, p: Pictures) -> None:
        per = len(p.frames)
        tensors = [np.float64(v).ravel() for name in self._columns for v in p.tensors[name]]
        for k, pixels in enumerate(p.frames):
            self._digests.write(hashlib.sha256(pixels.data).digest())
            if self._columns:
                row = np.concatenate([[p.index + k, p.time, p.revision, float(p.cut and k == 0)], *tensors])
                self._rows.write(row.tobytes())
                self._row = row.nbytes
                for name, layer in p.layers.items():
                    self.layers[name].write(layer)
            self._film.write(burnt(pixels, p.captions) if self._burn else pixels)
        self._each(per)

    def _check(self, c: Checkpoint) -> None:
        self._film.cut()
        for segments in self.layers.values():
            segments.cut()
        self._digests.flush()
        self._rows.flush()
        made = {
            "frames": self._film.count,
            "row": self._row,
            "layers": self.counts,
            "state": c.state,
            "snapshot": packed(c.snapshot),
        }
        write_whole(self._folder / CHECKPOINT, json.dumps(made))
