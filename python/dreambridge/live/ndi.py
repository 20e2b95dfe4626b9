"""NDI, where its library is installed. Written from its public headers, never run: this project has no NDI library."""

import ctypes
import ctypes.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.live.output import Output, Sink
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame

FOLDERS = ("NDI_RUNTIME_DIR_V6", "NDI_RUNTIME_DIR_V5")  # environment variables that NDI's installers set
NAMES = {
    "linux": ("libndi.so.6", "libndi.so.5", "libndi.so"),
    "darwin": ("libndi.dylib",),
    "win32": ("Processing.NDI.Lib.x64.dll",),
}
RGBA = int.from_bytes(b"RGBA", "little")
PROGRESSIVE = 1
NO_TIMECODE = 2**63 - 1  # NDI makes one


class SendCreate(ctypes.Structure):
    _fields_ = [
        ("p_ndi_name", ctypes.c_char_p),
        ("p_groups", ctypes.c_char_p),
        ("clock_video", ctypes.c_bool),
        ("clock_audio", ctypes.c_bool),
    ]


class VideoFrame(ctypes.Structure):
    _fields_ = [
        ("xres", ctypes.c_int),
        ("yres", ctypes.c_int),
        ("FourCC", ctypes.c_int),
        ("frame_rate_N", ctypes.c_int),
        ("frame_rate_D", ctypes.c_int),
        ("picture_aspect_ratio", ctypes.c_float),
        ("frame_format_type", ctypes.c_int),
        ("timecode", ctypes.c_int64),
        ("p_data", ctypes.c_void_p),
        ("line_stride_in_bytes", ctypes.c_int),
        ("p_metadata", ctypes.c_char_p),
        ("timestamp", ctypes.c_int64),
    ]


def library() -> Any:
    """The NDI library. DreamError ``missing_package``."""
    names = NAMES.get(sys.platform, ())
    paths = [str(Path(os.environ[f]) / n) for f in FOLDERS if os.environ.get(f) for n in names]
    for name in (*paths, *names):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    said = "NDI needs its library, which is not installed."
    raise DreamError("missing_package", said, "Install the NDI runtime of its maker, or use srt: or WHIP.")


class NdiOutput(Output):
    """A source of the name after ``ndi:``."""

    def start(self) -> None:
        self._ndi = library()
        super().start()

    @contextmanager
    def open(self, first: Frame) -> Iterator[Sink]:
        ndi = self._ndi
        ndi.NDIlib_initialize.restype = ctypes.c_bool
        ndi.NDIlib_send_create.restype = ctypes.c_void_p
        ndi.NDIlib_send_create.argtypes = [ctypes.POINTER(SendCreate)]
        ndi.NDIlib_send_send_video_v2.argtypes = [ctypes.c_void_p, ctypes.POINTER(VideoFrame)]
        ndi.NDIlib_send_destroy.argtypes = [ctypes.c_void_p]
        if not ndi.NDIlib_initialize():
            raise DreamError("not_supported", "NDI does not run on this processor.", "Use srt: or WHIP.")
        name = self.target.url.partition(":")[2].strip("/") or "Dreambridge"
        sender = ndi.NDIlib_send_create(ctypes.byref(SendCreate(name.encode(), None, False, False)))
        if not sender:
            raise DreamError("not_running", f"NDI cannot make the source {name!r}.", "Does another program have this name?")
        try:
            yield _Sender(ndi, sender, self.frames.stream.info.fps or 24.0)
        finally:
            ndi.NDIlib_send_destroy(sender)


class _Sender:
    def __init__(self, ndi: Any, sender: int, fps: float) -> None:
        self._ndi, self._sender, self._fps = ndi, sender, fps

    def send(self, frame: Frame) -> bool:
        pixels = np.ascontiguousarray(frame.pixels)
        height, width = pixels.shape[:2]
        rate = (round(self._fps * 1000), 1000)
        video = VideoFrame(width, height, RGBA, *rate, 0.0, PROGRESSIVE, NO_TIMECODE, pixels.ctypes.data, width * 4, None, 0)
        self._ndi.NDIlib_send_send_video_v2(self._sender, ctypes.byref(video))  # copies before it returns
        return True
