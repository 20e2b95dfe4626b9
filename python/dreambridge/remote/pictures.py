"""From a batch of frames to pictures in RGBA, each in memory that can be copied into a slot as it is."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.remote.messages import Batch, Invalid

CODECS = {"h264": "h264", "jpeg": "mjpeg", "webp": "webp"}
Pixels = NDArray[np.uint8]
OPAQUE = np.uint32(0xFF000000)


@dataclass(eq=False)
class Picture:
    """``pixels`` uint8 [1, H, W, 4]; ``event``: the last event that it obeys; times in CLOCK_MONOTONIC ns."""

    pixels: Pixels
    event: int | None
    generation: int
    arrived: int
    decoded: int


class Pool:
    """Memory of pictures that were shown, for the next ones: the first write to fresh pages is slow."""

    def __init__(self, width: int, height: int) -> None:
        self._shape = (1, height, width, 4)
        self._free = deque[Pixels](maxlen=32)

    def get(self) -> Pixels:
        try:
            return self._free.pop()
        except IndexError:
            pixels = np.empty(self._shape, np.uint8)
            pixels[..., 3] = 255
            return pixels

    def put(self, pixels: Pixels) -> None:
        if pixels.base is None and pixels.shape == self._shape:  # those of a decoder belong to it
            self._free.append(pixels)


class Decoder:
    """For one connection. A server encodes each batch by itself, so that no batch needs another one."""

    def __init__(self, width: int, height: int, pool: Pool) -> None:
        self._width, self._height, self._pool = width, height, pool
        self._codecs: dict[str, Any] = {}

    def pictures(self, b: Batch, generation: int) -> Iterator[Picture]:
        """One after the other, as soon as each is decoded. ``Invalid``."""
        made: Callable[[Batch], Iterator[Pixels]] = self._raw if b.kind == "raw" else self._coded
        count = 0
        for pixels in made(b):
            count += 1
            if count > b.frames:
                raise Invalid(f"more pictures than the {b.frames} that were announced")
            yield Picture(pixels, b.event, generation, b.arrived, time.monotonic_ns())
        if count != b.frames:
            raise Invalid(f"{count} pictures, after {b.frames} were announced")

    def _raw(self, b: Batch) -> Iterator[Pixels]:
        count = self._width * self._height
        for begin in range(0, b.frames * 3 * count, 3 * count):
            pixels, end = self._pool.get(), begin + 3 * count
            rgba = pixels.reshape(-1).view("<u4")
            # Four bytes at every third, of which the last is set to 255: three times as fast as channel by channel. The last
            # pixel has no fourth byte.
            rgba[:-1] = np.ndarray((count - 1,), "<u4", b.payload, begin, (3,))
            rgba[-1] = int.from_bytes(b.payload[end - 3 : end], "little")
            rgba |= OPAQUE
            yield pixels

    def _coded(self, b: Batch) -> Iterator[Pixels]:
        import av

        codec: Any = self._codecs.get(b.kind)
        if codec is None:
            codec = av.CodecContext.create(CODECS[b.kind], "r")
            # A picture of a few hundred bytes may claim any size.
            codec.options = {"max_pixels": str(2 * (self._width + 64) * (self._height + 64))}
            codec.thread_count = 1  # several threads would keep pictures back
            self._codecs[b.kind] = codec
        try:
            if b.kind == "h264":
                # With the last packet of the parser, which does not know that a picture has ended until the next one begins.
                packets = [*codec.parse(b.payload), *codec.parse(None)]
            else:
                ends = np.cumsum(b.lengths).tolist()
                packets = [av.Packet(b.payload[end - n : end]) for end, n in zip(ends, b.lengths, strict=True)]
            for packet in packets:
                for frame in codec.decode(packet):
                    yield self._rgba(frame)
            for frame in codec.decode(None):
                yield self._rgba(frame)
            codec.flush_buffers()
        except (av.FFmpegError, ValueError) as e:
            self._codecs.pop(b.kind, None)
            raise Invalid(f"{b.kind} that cannot be decoded: {e}") from e

    def _rgba(self, frame: Any) -> Pixels:
        if (frame.width, frame.height) != (self._width, self._height):
            raise Invalid(f"a picture of {frame.width} x {frame.height}, after {self._width} x {self._height} were announced")
        plane = frame.reformat(format="rgba").planes[0]
        rows: Pixels = np.frombuffer(plane, np.uint8).reshape(self._height, plane.line_size)
        return np.ascontiguousarray(rows[:, : 4 * self._width]).reshape(1, self._height, self._width, 4)
