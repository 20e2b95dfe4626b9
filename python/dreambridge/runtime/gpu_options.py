"""How GPUs run bundles: a setting of the daemon, and what it means for each of ONNX Runtime's providers."""

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path

from dreambridge.protocol.errors import DreamError

SETTING = "DREAMBRIDGE_GPU"
MIB = 2**20
MAX_MIB = 2**24
# What each option may be, besides a number of MiB.
CHOICES: dict[str, tuple[str, ...]] = {
    "arena": ("same", "double"),
    "search": ("default", "heuristic", "exhaustive"),
    "nhwc": ("off", "on"),
    "tf32": ("off", "on"),
    "precision": ("fp32", "fp16", "bf16"),
    "engines": ("keep", "forget"),
    "graphs": ("bundle", "off"),
}


@dataclass(frozen=True)
class GpuOptions:
    """How a GPU runs bundles.

    ``memory`` : MiB that ONNX Runtime may take on the GPU for each graph; 0: no limit
    ``arena`` : how its memory grows: by what is needed (same), or twice as much each time (double)
    ``search`` : how cuDNN chooses the algorithm of a convolution; exhaustive makes the first step slow
    ``nhwc`` : let convolutions keep the colour channels last
    ``tf32`` : multiply matrices with ten bits of precision: faster, and pictures differ from the CPU's
    ``precision`` : what TensorRT may compute in
    ``engines`` : keep TensorRT's engines for the next start
    ``graphs`` : capture steps as CUDA graphs if the bundle asks for it, or never
    """

    memory: int = 0
    arena: str = "same"
    search: str = "heuristic"
    nhwc: str = "off"
    tf32: str = "off"
    precision: str = "fp32"
    engines: str = "keep"
    graphs: str = "bundle"

    def cuda(self, captured: bool = False) -> dict[str, str]:
        """Options of the CUDA provider."""
        said = {
            "arena_extend_strategy": "kSameAsRequested" if self.arena == "same" else "kNextPowerOfTwo",
            "cudnn_conv_algo_search": self.search.upper(),
            "cudnn_conv_use_max_workspace": "1",
            "prefer_nhwc": "1" if self.nhwc == "on" else "0",
            "use_tf32": "1" if self.tf32 == "on" else "0",
        }
        if self.memory:
            said["gpu_mem_limit"] = str(self.memory * MIB)
        if captured:
            said["enable_cuda_graph"] = "1"
        return said

    def tensorrt(self, engines: Path | None, captured: bool = False) -> dict[str, str]:
        """Options of the TensorRT provider. ``engines``: the folder of this graph's engines; None: they are not kept."""
        said = {
            "trt_fp16_enable": "1" if self.precision == "fp16" else "0",
            "trt_bf16_enable": "1" if self.precision == "bf16" else "0",
        }
        if self.memory:
            said["trt_max_workspace_size"] = str(self.memory * MIB)
        if engines is not None:
            said |= {
                "trt_engine_cache_enable": "1",
                "trt_engine_cache_path": str(engines),
                "trt_timing_cache_enable": "1",
                "trt_timing_cache_path": str(engines),
            }
        if captured:
            said["trt_cuda_graph_enable"] = "1"
        return said


def parse(text: str) -> GpuOptions:
    """``memory=8192,tf32=on`` and so on; DreamError ``bad_argument`` that names what is wrong."""
    options = GpuOptions()
    known = [f.name for f in fields(GpuOptions)]
    for word in filter(None, (w.strip() for w in text.split(","))):
        name, _, value = word.partition("=")
        if name not in known:
            raise DreamError("bad_argument", f"{SETTING} has {word[:40]!r}.", f"Use NAME=VALUE with one of: {', '.join(known)}.")
        if name == "memory":
            if not value.isascii() or not value.isdigit() or not 1 <= int(value[:12]) <= MAX_MIB:
                hint = f"Use a whole number of MiB, 1 to {MAX_MIB}."
                raise DreamError("bad_argument", f"{SETTING}: memory is {value[:40]!r}.", hint)
            options = replace(options, memory=int(value))
            continue
        if value not in CHOICES[name]:
            raise DreamError("bad_argument", f"{SETTING}: {name} is {value[:40]!r}.", f"Use one of: {', '.join(CHOICES[name])}.")
        options = replace(options, **{name: value})  # type: ignore[arg-type]
    return options


def gpu_options() -> GpuOptions:
    """Of this process. DreamError ``bad_argument`` if the setting is invalid."""
    return parse(os.environ.get(SETTING, ""))
