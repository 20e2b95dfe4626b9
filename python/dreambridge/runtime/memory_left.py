"""Errors for graphs that need more memory than there is, with the numbers."""

import re

import psutil

from dreambridge.protocol.errors import DreamError
from dreambridge.system.nvidia import first_gpu

MIB = 2**20
_ASKED = re.compile(r"(?:buffer of size|allocate|size)\s+(\d{4,})")


def no_memory_for(what: str, e: BaseException, provider: str = "cpu") -> DreamError:
    """DreamError ``no_resources``: ``what`` needs more memory than the machine, or its GPU, has free."""
    asked = _ASKED.search(str(e))
    need = f" {int(asked[1]) / MIB:,.0f} MiB were asked for at once." if asked else ""
    gpu = first_gpu() if provider in ("cuda", "tensorrt") else None
    if gpu:
        left = f"the GPU ({gpu.name}) has {gpu.free // MIB:,} of {gpu.memory // MIB:,} MiB free"
    else:
        memory = psutil.virtual_memory()
        left = f"this machine has {memory.available // MIB:,} of {memory.total // MIB:,} MiB free"
    where = "GPU memory" if provider not in ("cpu", "coreml", "openvino") else "free memory"
    return DreamError(
        "no_resources",
        f"There is too little {where} for {what}.{need} Now {left}.",
        "Close other programs, sessions or forks, or use a smaller bundle.",
    )
