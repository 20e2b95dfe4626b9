"""The only place that imports ONNX Runtime: its telemetry must be off before the first import."""

import contextlib
import importlib
import importlib.util
import io
import os
import threading
from functools import cache
from typing import Any

WEBGPU = "onnxruntime_ep_webgpu"  # the package of the WebGPU provider
_lock = threading.Lock()


def disable_telemetry() -> None:
    """Keep ONNX Runtime in this process, and in those that it starts, from reporting to its maker.

    From release 1.32 on it contacts its maker's host and writes a device id and a database to the user's cache folder. It reads
    the variable only when it is imported, so ``disable_telemetry_events()`` comes too late.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def import_onnxruntime() -> Any:
    """The module ``onnxruntime``, without telemetry. ImportError, also if the package is installed without its library."""
    disable_telemetry()
    import numpy  # noqa: F401 - for a broken one ONNX Runtime only reports that it failed
    import onnxruntime

    if not hasattr(
        onnxruntime, "InferenceSession"
    ):  # an empty folder can be imported too: of two installed variants, one was removed
        raise ImportError("it is installed without its library", name="onnxruntime")

    return onnxruntime


@cache
def preload_cuda() -> str:
    """Load the CUDA and cuDNN libraries that pip installed, once; what ONNX Runtime says about it, which it prints to stdout."""
    load = getattr(import_onnxruntime(), "preload_dlls", None)  # ONNX Runtime 1.21 or newer
    said = io.StringIO()
    if load:
        try:
            with contextlib.redirect_stdout(said):
                load()
        except Exception as e:  # without the libraries the provider itself fails, and says which one it needs
            said.write(f"{type(e).__name__}: {e}")
    return " ".join(said.getvalue().split())


@cache
def preload_tensorrt() -> str:
    """Load the TensorRT libraries that pip installed, which its package does when it is imported; why that failed, else ""."""
    try:
        importlib.import_module("tensorrt")
    except ModuleNotFoundError:
        return ""  # the machine may have the libraries from elsewhere
    except Exception as e:  # a broken package can raise anything
        return f"{type(e).__name__}: {e}"
    return ""


def has_webgpu() -> bool:
    """Whether the package of the WebGPU provider is installed."""
    return importlib.util.find_spec(WEBGPU) is not None


def webgpu_devices() -> list[Any]:
    """The GPUs of the WebGPU provider, [] if it finds none. ImportError, or an exception of ONNX Runtime."""
    ort = import_onnxruntime()
    package = importlib.import_module(WEBGPU)
    with _lock:
        name = package.get_ep_name()
        found = [d for d in ort.get_ep_devices() if d.ep_name == name]
        if not found:
            ort.register_execution_provider_library("webgpu", package.get_library_path())
            found = [d for d in ort.get_ep_devices() if d.ep_name == name]
    return found
