"""Selects the execution provider that runs a bundle."""

import ctypes
import sys
from typing import Any

from dreambridge.bundle.load import GraphFile
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.external_data import external_data, not_loaded
from dreambridge.runtime.runs import Runs
from dreambridge.system.imports import import_failed
from dreambridge.system.onnx_runtime import import_onnxruntime

NAMES = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
# "auto" uses the first of these that starts; the others must be requested.
AUTOMATIC = ("cuda", "directml", "cpu")
MAX_REASON = 300  # characters of ONNX Runtime's message


def _options(ort: Any, threads: int, spin: bool) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin between operators make a step 10 % faster but slow down a game on the same machine: its slowest ticks grow
    # by 3 ms on two cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin else "0")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options


class ProviderFailed(DreamError):
    """An execution provider that the installed onnxruntime lists cannot run a graph on this machine. Another one may."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            "no_provider",
            f"The provider {name!r} cannot be used: {' '.join(why.split())[:MAX_REASON]}",
            "Run `dreambridge doctor` to see what is missing, or use --provider auto.",
        )


def _onnxruntime() -> Any:
    try:
        return import_onnxruntime()
    except ImportError as e:
        failed = import_failed(e)
        raise DreamError("no_provider", failed.message, failed.hint) from e


def candidates(provider: str) -> list[str]:
    """The providers to try for "auto" or one of ``NAMES``, in this order; DreamError ``no_provider`` if there is none."""
    if provider != "auto" and provider not in NAMES:
        raise DreamError("no_provider", f"The provider {provider!r} is unknown.", f"Use auto or one of: {', '.join(NAMES)}.")
    available = _onnxruntime().get_available_providers()
    wanted = [provider] if provider != "auto" else [p for p in AUTOMATIC if NAMES[p] in available]
    if NAMES[wanted[0]] not in available:
        here = ", ".join(k for k, v in NAMES.items() if v in available)
        raise DreamError(
            "no_provider",
            f"The provider {provider!r} is not in the installed onnxruntime; it has: {here}.",
            "Use --provider auto, or install the extra that contains it (cuda: pip install 'dreambridge[cuda]').",
        )
    return wanted


def make_session(graph: GraphFile, provider: str, threads: int, spin: bool = False, runs: Runs | None = None) -> Any:
    """An ONNX Runtime session on ``provider``, one of ``NAMES``.

    ``get_available_providers`` also lists providers that cannot start (a CUDA build without a GPU), so the session itself is
    checked. ``ProviderFailed`` when it does not start there; DreamError ``bad_bundle`` when the CPU cannot load the graph. The
    graph gets the external data that was read with it; ONNX Runtime reads no file. ``spin``: threads wait actively for the next
    operator within a step, never between steps. ``Stopped`` if ``runs`` was stopped.
    """
    candidates(provider)
    ort = _onnxruntime()
    options = _options(ort, threads, spin)
    # Operators that a GPU's provider lacks run on the CPU.
    chain = list(dict.fromkeys((NAMES[provider], NAMES["cpu"])))
    try:
        with external_data(options, graph), (runs or Runs()).loading(options):
            # Without onnxruntime's own fallback, which prints to stdout and hides the reason.
            session = ort.InferenceSession(graph.model, options, providers=chain, enable_fallback=0)
    except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
        if provider != "cpu":
            raise ProviderFailed(provider, str(e)) from e
        raise not_loaded(graph, e) from e
    if session.get_providers()[0] != NAMES[provider]:
        raise ProviderFailed(provider, f"it did not start; ONNX Runtime used {session.get_providers()[0]} instead")
    return session


def release_memory() -> None:
    """Return freed memory to the system, so that a daemon does not grow when streams are opened and closed all day."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # a glibc function; musl does not have or need it
        if trim:
            trim(0)
