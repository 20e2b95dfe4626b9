"""H.264 by PyAV, written to a file object as frames come."""

import time
from fractions import Fraction
from typing import Any

import numpy as np

from dreambridge.ring.reader import Frame

KEY_S = 2.0  # seconds between key frames: a receiver that joins sees the picture after them
CODEC = "libx264"
FAST = {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline", "threads": "1"}
# FLV adds no frame of delay, as MPEG-TS would.
FORM = {"format": "flv", "options": {"flvflags": "no_duration_filesize", "flush_packets": "1"}}
MS = Fraction(1, 1000)


class Encoder:
    """``out`` has ``write(bytes)``. Frames have the size of the first one, or the next smaller even one."""

    def __init__(self, out: Any, first: Frame, fps: float, kbits: int) -> None:
        import av

        self._begun, self._pts = time.monotonic(), -1
        self._box: Any = av.open(out, "w", **FORM)  # type: ignore[call-overload]
        height, width = first.pixels.shape[:2]
        self._track: Any = self._box.add_stream(CODEC, rate=Fraction(fps).limit_denominator(1001), options=FAST)
        self._track.width, self._track.height, self._track.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
        self._track.bit_rate = kbits * 1000
        self._track.codec_context.time_base = MS
        self._track.codec_context.gop_size = max(1, round(fps * KEY_S))

    def send(self, frame: Frame, key: bool = False) -> None:
        """``key`` : as a key frame, with which a receiver can begin."""
        import av

        h, w = self._track.height, self._track.width
        picture: Any = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.pixels[:h, :w]), "rgba")
        # By the clock: a stream that is slower for a while stays at its place in time.
        self._pts = max(self._pts + 1, round((time.monotonic() - self._begun) * 1000))
        picture = picture.reformat(format="yuv420p")
        picture.pts, picture.time_base = self._pts, MS
        picture.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
        for packet in self._track.encode(picture):
            self._box.mux(packet)

    def close(self) -> None:
        try:
            self._box.close()
        except Exception:  # the end of the file cannot be written to a receiver that is gone
            pass
