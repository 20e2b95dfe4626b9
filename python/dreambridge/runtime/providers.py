"""Selects the execution provider that runs a bundle."""

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dreambridge.bundle.load import GraphFile
from dreambridge.protocol.errors import DreamError, short_of_memory
from dreambridge.runtime import engines
from dreambridge.runtime.external_data import external_data, not_loaded
from dreambridge.runtime.gpu_options import gpu_options
from dreambridge.runtime.memory_left import no_memory_for
from dreambridge.runtime.runs import Runs
from dreambridge.system.imports import import_failed
from dreambridge.system.onnx_runtime import has_webgpu, import_onnxruntime, preload_cuda, preload_tensorrt, webgpu_devices

log = logging.getLogger("dreambridge")
NAMES = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "webgpu": "WebGpuExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
# "auto" uses the first of these that starts; the others must be requested.
AUTOMATIC = ("cuda", "directml", "cpu")
# What also runs the operators that a provider lacks, before the CPU.
AFTER = {"tensorrt": ("cuda",)}
WHERE_FROM = {
    "tensorrt": "pip install 'dreambridge[cuda]' tensorrt",
    "cuda": "pip install 'dreambridge[cuda]'",
    "directml": "pip install onnxruntime-directml in place of onnxruntime, on Windows",
    "webgpu": "pip install 'dreambridge[webgpu]'",
    "coreml": "it is part of onnxruntime for macOS",
    "openvino": "pip install onnxruntime-openvino in place of onnxruntime",
    "cpu": "pip install 'dreambridge[cpu]'",
}
MAX_REASON = 300  # characters of ONNX Runtime's message
RECORD = "session.record_ep_graph_assignment_info"


def _options(ort: Any, threads: int, spin: bool) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin between operators make a step 10 % faster but slow down a game on the same machine: its slowest ticks grow
    # by 3 ms on two cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin else "0")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.add_session_config_entry(RECORD, "1")  # older releases do not know it, and ignore it
    return options


class ProviderFailed(DreamError):
    """An execution provider that the installed onnxruntime lists cannot run a graph on this machine. Another one may."""

    def __init__(self, name: str, why: str, code: str = "no_provider", hint: str = "") -> None:
        hint = hint or "Run `dreambridge doctor` to see what is missing, or use --provider auto."
        super().__init__(code, f"The provider {name!r} cannot be used: {' '.join(why.split())[:MAX_REASON]}", hint)


def _onnxruntime() -> Any:
    try:
        return import_onnxruntime()
    except ImportError as e:
        failed = import_failed(e)
        raise DreamError("no_provider", failed.message, failed.hint) from e


def available() -> list[str]:
    """The names of the providers that are installed, which need not start."""
    listed = _onnxruntime().get_available_providers()
    return [n for n, full in NAMES.items() if full in listed or (n == "webgpu" and has_webgpu())]


def candidates(provider: str) -> list[str]:
    """The providers to try for "auto" or one of ``NAMES``, in this order; DreamError ``no_provider`` if there is none."""
    if provider != "auto" and provider not in NAMES:
        raise DreamError("no_provider", f"The provider {provider!r} is unknown.", f"Use auto or one of: {', '.join(NAMES)}.")
    here = available()
    wanted = [provider] if provider != "auto" else [p for p in AUTOMATIC if p in here]
    if not wanted or wanted[0] not in here:
        name = wanted[0] if wanted else "cpu"
        raise DreamError(
            "no_provider",
            f"The provider {name!r} is not in the installed onnxruntime; it has: {', '.join(here)}.",
            f"Use --provider auto, or install {name}: {WHERE_FROM[name]}.",
        )
    return wanted


def chain_of(provider: str, graph: GraphFile | None = None, captured: bool = False) -> tuple[list[Any], Path | None]:
    """ONNX Runtime's providers for ``provider``, with their options, and the folder of TensorRT's engines.

    Operators that the first lacks run on the next. ``captured``: steps are captured as CUDA graphs.
    """
    chain: list[Any] = []
    folder = None
    if provider in ("cuda", "tensorrt"):
        options = gpu_options()
        if provider == "tensorrt":
            if graph is not None and options.engines == "keep":
                folder = engines.folder_of(graph, options.precision)
                folder.mkdir(parents=True, exist_ok=True)
            chain.append((NAMES["tensorrt"], options.tensorrt(folder, captured)))
        chain.append((NAMES["cuda"], options.cuda(captured)))
    elif provider != "cpu":
        chain.append(NAMES[provider])
    return [*chain, NAMES["cpu"]], folder


def operators(session: Any) -> dict[str, int]:
    """How many operators of a graph each provider runs, by the names of ``NAMES``; {} if ONNX Runtime does not say."""
    ask = getattr(session, "get_provider_graph_assignment_info", None)  # of newer releases
    if ask is None:
        return {}
    ours = {full: name for name, full in NAMES.items()}
    count = Counter[str]()
    for part in ask():
        count[ours.get(part.ep_name, part.ep_name)] += len(part.get_nodes())
    return dict(count)


def make_session(
    graph: GraphFile, provider: str, threads: int, spin: bool = False, runs: Runs | None = None, captured: bool = False
) -> Any:
    """An ONNX Runtime session on ``provider``, one of ``NAMES``.

    ``get_available_providers`` also lists providers that cannot start (a CUDA build without a GPU), so the session itself is
    checked. ``ProviderFailed`` when it does not start there, or runs none of the graph's operators; DreamError ``bad_bundle``
    when the CPU cannot load the graph. The graph gets the external data that was read with it; ONNX Runtime reads no file.
    ``spin``: threads wait actively for the next operator within a step, never between steps. ``captured``: its runs are captured
    as CUDA graphs. ``Stopped`` if ``runs`` was stopped.
    """
    candidates(provider)
    runs = runs or Runs()
    said = preload_cuda() if provider in ("cuda", "tensorrt") else ""
    said += f" {preload_tensorrt()}" if provider == "tensorrt" else ""
    try:
        session = _load(graph, provider, threads, spin, runs, captured)
    except DreamError:
        raise
    except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
        if short_of_memory(e):
            lack = no_memory_for(f"the graph {graph.name!r}", e, provider)
            raise ProviderFailed(provider, lack.message, lack.code, lack.hint) if provider != "cpu" else lack from e
        if provider != "cpu":
            raise ProviderFailed(provider, f"{e} {said}") from e
        raise not_loaded(graph, e) from e
    first = session.get_providers()[0]
    if first != NAMES[provider]:
        raise ProviderFailed(provider, f"it did not start; ONNX Runtime used {first} instead {said}")
    on = operators(session)
    if on and not on.get(provider):
        raise ProviderFailed(provider, f"it runs none of the {sum(on.values())} operators of the graph {graph.name!r}")
    return session


def _load(graph: GraphFile, provider: str, threads: int, spin: bool, runs: Runs, captured: bool) -> Any:
    chain, folder = chain_of(provider, graph, captured)
    if provider != "tensorrt":
        return _session(graph, provider, threads, spin, runs, chain)
    with engines.building(graph, folder), runs.granted(engines.BUILDING):
        try:
            return _session(graph, provider, threads, spin, runs, chain)
        except Exception as e:
            if folder is None or not engines.are_there(folder):
                raise
            log.warning("TensorRT cannot load the engine of %r, which is built again: %s", graph.name, e)
            engines.forget(folder)
            folder.mkdir(parents=True, exist_ok=True)
            return _session(graph, provider, threads, spin, runs, chain)


def _session(graph: GraphFile, provider: str, threads: int, spin: bool, runs: Runs, chain: list[Any]) -> Any:
    ort = _onnxruntime()
    options = _options(ort, threads, spin)
    if provider == "directml":
        options.enable_mem_pattern = False  # as it demands
    how: Mapping[str, Any] = {"providers": chain}
    if provider == "webgpu":  # of a package of its own: it is chosen by its device
        devices = webgpu_devices()
        if not devices:
            raise ProviderFailed(provider, "it finds no GPU", hint="Update the GPU's driver, or use --provider auto.")
        options.add_provider_for_devices(devices[:1], {})
        how = {}
    with external_data(options, graph), runs.loading(options):
        # Without onnxruntime's own fallback, which prints to stdout and hides the reason.
        session = ort.InferenceSession(graph.model, options, **how, enable_fallback=0)
    # It keeps the bytes only to make the session again after a fallback, of which there is none.
    session._model_bytes = None
    return session
