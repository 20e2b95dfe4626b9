"""Which execution provider runs a bundle."""

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
# "auto" takes the first of these that really starts; the others must be asked for.
AUTOMATIC = ("cuda", "directml", "cpu")


def _options(ort: Any, threads: int, spin: bool) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin between operators make a step a tenth faster and take from a game beside them: its slowest ticks grow
    # by 3 ms where two cores are all there are.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin else "0")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options


def make_session(
    graph: GraphFile, provider: str, threads: int, spin: bool = False, runs: Runs | None = None
) -> tuple[Any, str]:  # fmt: skip
    """An ONNX Runtime session and the short name of the provider that it really got.

    ``get_available_providers`` promises what cannot start (a CUDA build without a GPU), so the session itself is asked.
    DreamError ``no_provider`` when another than the asked one came out. The graph gets the external data that was read
    with it, and ONNX Runtime reads no file. ``spin``: threads wait actively for the next operator, in a step, never between steps.
    ``Stopped`` when ``runs`` was stopped meanwhile.
    """
    try:
        ort = import_onnxruntime()
    except ImportError as e:
        failed = import_failed(e)
        raise DreamError("no_provider", failed.message, failed.hint) from e
    if provider != "auto" and provider not in NAMES:
        raise DreamError("no_provider", f"The provider {provider!r} is unknown.", f"Use auto or one of: {', '.join(NAMES)}.")
    available = ort.get_available_providers()
    wanted = [provider] if provider != "auto" else [p for p in AUTOMATIC if NAMES[p] in available]
    if NAMES[wanted[0]] not in available:
        here = ", ".join(k for k, v in NAMES.items() if v in available)
        raise DreamError(
            "no_provider",
            f"The provider {provider!r} is not in the installed onnxruntime; it has: {here}.",
            "Use --provider auto, or install the extra that brings it (cuda: pip install 'dreambridge[cuda]').",
        )
    for name in wanted:
        chain = list(dict.fromkeys((NAMES[name], NAMES["cpu"])))
        options = _options(ort, threads, spin)
        try:
            with external_data(options, graph), (runs or Runs()).loading(options):
                session = ort.InferenceSession(graph.model, options, providers=chain)
        except Exception as e:  # onnxruntime raises types of its own that share no base but Exception
            raise not_loaded(graph, e) from e
        if session.get_providers()[0] == NAMES[name]:
            return session, name
    raise DreamError(
        "no_provider",
        f"The provider {provider!r} did not start; ONNX Runtime fell back to {session.get_providers()[0]}.",
        "See `dreambridge doctor` for what is missing, or use --provider auto.",
    )


def release_memory() -> None:
    """Have the C library return freed memory to the system; a daemon that opens and closes streams all day would only grow."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; musl has none and needs none
        if trim:
            trim(0)
