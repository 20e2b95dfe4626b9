"""What the NVIDIA driver says about its GPUs, by its own library (NVML)."""

import ctypes
import sys
from dataclasses import dataclass
from typing import Any

LIBRARY = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
MAX_TEXT = 96


@dataclass(frozen=True)
class Gpu:
    """The first GPU. ``memory`` and ``free`` are bytes."""

    name: str
    driver: str
    memory: int
    free: int


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def _library() -> Any:
    return ctypes.CDLL(LIBRARY)


def first_gpu() -> Gpu | None:
    """None if there is no driver, or it does not answer."""
    try:
        nvml = _library()
    except OSError:
        return None
    try:
        if nvml.nvmlInit_v2():
            return None
        try:
            device, memory = ctypes.c_void_p(), _Memory()
            name, driver = ctypes.create_string_buffer(MAX_TEXT), ctypes.create_string_buffer(MAX_TEXT)
            failed = (
                nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device))
                or nvml.nvmlDeviceGetName(device, name, MAX_TEXT)
                or nvml.nvmlSystemGetDriverVersion(driver, MAX_TEXT)
                or nvml.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory))
            )
            if failed:
                return None
            return Gpu(name.value.decode(errors="replace"), driver.value.decode(errors="replace"), memory.total, memory.free)
        finally:
            nvml.nvmlShutdown()
    except AttributeError:  # a library without these functions
        return None
