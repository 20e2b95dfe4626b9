"""The film of the tour: frames wait on the disk, and are encoded when the tour is over."""

import contextlib
import errno
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame

SPARE_BYTES = 64 * 2**20  # of the disk, for the encoded film and the sheet


class Film:
    """Frames that are put aside as they come, and encoded later: an encoder would take a core from the stream.

    They lie in a file in ``folder`` that has no name where the system allows it, and goes with this object.
    """

    def __init__(self, folder: Path) -> None:
        self._raw = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - ``__exit__`` closes it
        self._times = list[float]()
        self._shape: tuple[int, ...] = ()

    def __enter__(self) -> "Film":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # a full disk, which ``add`` or ``encode`` has told already
            self._raw.close()

    def add(self, frame: Frame) -> None:
        """DreamError ``no_space``."""
        picture = np.ascontiguousarray(frame.pixels[..., :3])
        self._shape = picture.shape
        try:
            self._raw.write(picture.data)
        except OSError as e:
            raise _not_written(f"Frame {len(self._times) + 1} of the film", e) from e
        self._times.append(frame.time)

    def encode(self, path: Path, fps: float, each: Callable[[float], None] = lambda share: None) -> None:
        """Write an H.264 file with each frame at its stream time; ``each(share)`` is called after each frame.

        DreamError ``no_space``, ``no_access``.
        """
        try:
            self._encode(path, fps, each)
        except OSError as e:
            raise _not_written(f"The film {path}", e) from e

    def _encode(self, path: Path, fps: float, each: Callable[[float], None]) -> None:
        from fractions import Fraction

        import av

        self._raw.seek(0)
        height, width, _ = self._shape
        with av.open(str(path), "w") as box:
            track = box.add_stream("libx264", rate=max(1, round(fps)))
            track.width, track.height, track.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
            track.time_base = track.codec_context.time_base = Fraction(1, 90000)
            track.options = {"crf": "20", "preset": "ultrafast"}
            pts = -1
            for k, at in enumerate(self._times):
                pts = max(pts + 1, round((at - self._times[0]) * 90000))
                pixels = np.frombuffer(self._raw.read(height * width * 3), np.uint8).reshape(self._shape)
                picture = av.VideoFrame.from_ndarray(pixels, "rgb24")
                picture.pts, picture.time_base = pts, Fraction(1, 90000)
                box.mux(track.encode(picture))
                each((k + 1) / len(self._times))
            box.mux(track.encode(None))


def _not_written(what: str, e: OSError) -> DreamError:
    full = e.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    said = f"{what} cannot be written: {e.strerror or e}."
    return DreamError("no_space" if full else "no_access", said, "Choose another disk with --out, or lower --seconds.")


def check_space(folder: Path, stream: Stream, seconds: float) -> None:
    """DreamError ``no_space`` if the frames of the tour do not fit on the disk of ``folder``."""
    i = stream.info
    needed = round(i.height * i.width * 3 * (i.fps or 24.0) * seconds) + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if needed > free:
        said = f"A tour of {seconds:g} s needs {needed / 2**20:.0f} MiB in {folder}, and {free / 2**20:.0f} MiB are free."
        raise DreamError("no_space", said, "Lower --seconds, or choose another disk with --out.")
