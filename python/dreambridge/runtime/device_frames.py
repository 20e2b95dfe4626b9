"""Frames that a step writes on an NVIDIA GPU, and their way into the CPU's memory."""

import contextlib
import logging
import math
import weakref
from typing import Any

import numpy as np

from dreambridge.runtime.tensors import to_device
from dreambridge.system.cuda_runtime import Copier, CudaFailed

log = logging.getLogger("dreambridge")


def _free(copier: Copier, locked: dict[int, bool]) -> None:
    with contextlib.suppress(CudaFailed):
        copier.wait()
    for address, done in locked.items():
        if done:
            copier.unlock(address)
    copier.close()


class DeviceFrames:
    """Where the steps of one stream write their frames: uint8 ``shape`` on the GPU, at an address for each turn of the state.

    ``CudaFailed`` or OSError without CUDA's runtime. The memory that frames are copied to must outlive this object.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._copier = Copier()
        self._locked: dict[int, bool] = {}
        weakref.finalize(self, _free, self._copier, self._locked)
        self._size = math.prod(shape)
        self.values: list[Any] = [to_device(np.zeros(shape, np.uint8), "cuda") for _ in range(2)]

    def copy(self, turn: int, address: int) -> None:
        """After a step: copy its frames to ``address``, whose pages are locked the first time."""
        if address not in self._locked:
            self._locked[address] = self._copier.lock(address, self._size)
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
