"""Frames that a step writes on an NVIDIA GPU, and their way into the CPU's memory."""

import contextlib
import logging
import math
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.runtime.tensors import to_device
from dreambridge.system.cuda_runtime import Copier, CudaFailed

log = logging.getLogger("dreambridge")


def _free(copier: Copier, locked: list[NDArray[np.uint8]]) -> None:
    with contextlib.suppress(CudaFailed):
        copier.wait()
    for memory in locked:
        copier.unlock(memory.ctypes.data)
    copier.close()


class DeviceFrames:
    """Where the steps of one stream write their frames: uint8 ``shape`` on the GPU, at an address for each turn of the state.

    ``CudaFailed`` or OSError without CUDA's runtime.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._copier = Copier()
        # Kept until they are unlocked: CUDA would copy into the old pages of memory that was freed while locked.
        self._locked: list[NDArray[np.uint8]] = []
        weakref.finalize(self, _free, self._copier, self._locked)
        self._size = math.prod(shape)
        self.values: list[Any] = [to_device(np.zeros(shape, np.uint8), "cuda") for _ in range(2)]

    def lock(self, memory: NDArray[np.uint8]) -> None:
        """Lock the pages of ``memory``, uint8 ``shape``: copies to it are faster. It is kept as long as this object."""
        if self._copier.lock(memory.ctypes.data, memory.nbytes):
            self._locked.append(memory)

    def copy(self, turn: int, address: int) -> None:
        """After a step: copy its frames to ``address``. Its pages need not be locked."""
        self._copier.begin(address, self.values[turn].data_ptr(), self._size)
        self._copier.wait()


def device_frames(device: str, shape: tuple[int, ...]) -> DeviceFrames | None:
    """For CUDA; None: ONNX Runtime copies each frame itself, which takes longer because the memory is pageable."""
    if device != "cuda":
        return None
    try:
        return DeviceFrames(shape)
    except (CudaFailed, OSError) as e:
        log.warning("frames are copied by ONNX Runtime, from a GPU to pageable memory: %s", e)
        return None
