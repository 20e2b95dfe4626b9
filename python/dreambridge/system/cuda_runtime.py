"""The few calls of NVIDIA's CUDA runtime that ONNX Runtime's Python API does not have."""

import ctypes
import sys
from typing import Any

NAMES = (
    ("cudart64_13.dll", "cudart64_12.dll") if sys.platform == "win32" else ("libcudart.so.13", "libcudart.so.12", "libcudart.so")
)
TO_HOST = 2  # cudaMemcpyDeviceToHost
NOT_BLOCKING = 1  # cudaStreamNonBlocking: it does not wait for the default stream
PORTABLE = 1  # cudaHostRegisterPortable: page-locked for each context


class CudaFailed(Exception):
    """A call failed; the message has its name and CUDA's number of the error."""


def _library() -> Any:
    """The one that ONNX Runtime has loaded into this process, or of this machine. OSError if there is none."""
    for name in NAMES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise OSError(f"none of these can be loaded: {', '.join(NAMES)}")


class Copier:
    """Copies from a GPU to the CPU's memory on a stream of its own. ``CudaFailed``, or OSError without CUDA's runtime."""

    def __init__(self) -> None:
        self._cuda = _library()
        self._stream = ctypes.c_void_p()
        self._call("cudaStreamCreateWithFlags", ctypes.byref(self._stream), NOT_BLOCKING)

    def _call(self, name: str, *words: Any) -> None:
        error = getattr(self._cuda, name)(*words)
        if error:
            raise CudaFailed(f"{name} failed with {error}")

    def lock(self, address: int, size: int) -> bool:
        """Lock these pages in memory, so that the GPU itself copies to them; False: they stay pageable, and copies are slower."""
        try:
            self._call("cudaHostRegister", ctypes.c_void_p(address), ctypes.c_size_t(size), PORTABLE)
        except CudaFailed:
            return False
        return True

    def unlock(self, address: int) -> None:
        """Before that memory is freed."""
        self._cuda.cudaHostUnregister(ctypes.c_void_p(address))

    def begin(self, to: int, source: int, size: int) -> None:
        """Begin to copy ``size`` bytes; both places must stay as they are until ``wait``."""
        words = ctypes.c_void_p(to), ctypes.c_void_p(source), ctypes.c_size_t(size), TO_HOST, self._stream
        self._call("cudaMemcpyAsync", *words)

    def wait(self) -> None:
        """Until all copies are done."""
        self._call("cudaStreamSynchronize", self._stream)

    def close(self) -> None:
        self._cuda.cudaStreamDestroy(self._stream)
