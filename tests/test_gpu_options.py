"""What a GPU's provider is given, and what becomes of its failures. No GPU is here: ONNX Runtime and the driver have doubles."""

import ctypes
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest
from device_double import OnGpu, install, real_session
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.commands import doctor
from dreambridge.engine.watchdog import Limits, Watchdog
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime import engines, lost
from dreambridge.runtime.gpu_options import GpuOptions, parse
from dreambridge.runtime.providers import ProviderFailed, candidates, chain_of, make_session
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.runs import Runs
from dreambridge.runtime.start import start_runner
from dreambridge.system import nvidia
from dreambridge.system import onnx_runtime as ort_module

GIB = 2**30


@pytest.fixture
def bundle() -> Bundle:
    return load_bundle(find_bundles()["testcard"])


class Nvml:
    """The driver's library, with one GPU."""

    name, driver, total, free = "NVIDIA Test 9000", "580.12", 24 * GIB, 1 * GIB

    def __init__(self, fails: bool = False) -> None:
        self.open, self._fails = 0, fails

    def nvmlInit_v2(self) -> int:
        self.open += 1
        return 0

    def nvmlShutdown(self) -> int:
        self.open -= 1
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, number: int, device: Any) -> int:
        return 6 if self._fails else 0

    def nvmlDeviceGetName(self, device: Any, into: Any, size: int) -> int:
        into.value = self.name.encode()
        return 0

    def nvmlSystemGetDriverVersion(self, into: Any, size: int) -> int:
        into.value = self.driver.encode()
        return 0

    def nvmlDeviceGetMemoryInfo(self, device: Any, into: Any) -> int:
        into._obj.total, into._obj.free = self.total, self.free
        return 0


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Nvml:
    library = Nvml()
    monkeypatch.setattr(nvidia, "_library", lambda: library)
    return library


class Made:
    """Sessions that were made: their providers, and what making one does."""

    def __init__(self) -> None:
        self.asked: list[list[Any]] = []
        self.fails: list[str] = []  # messages of the next ones
        self.step: Any = None

    def make(self, model: bytes, options: Any, providers: list[Any] = (), **how: Any) -> Any:  # type: ignore[assignment]
        assert how == {"enable_fallback": 0}
        session = real_session(model, options, providers=["CPUExecutionProvider"], **how)
        if providers == ["CPUExecutionProvider"]:
            return session
        self.asked.append(providers)
        if self.fails:
            raise RuntimeError(self.fails.pop(0))
        return OnGpu(session, providers[0][0], self.step or session.run_with_iobinding)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nvml: Nvml) -> Iterator[Made]:
    """TensorRT and CUDA are there."""
    made = Made()
    install(monkeypatch, made.make, lambda: ["TensorrtExecutionProvider", "CUDAExecutionProvider"])
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path))
    monkeypatch.setattr(lost, "_lost", {})
    yield made


def test_cuda_gets_its_options(gpu: Made, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = bundle.graph(bundle.manifest.step.graph)
    make_session(graph, "cuda", 1)
    (name, options), last = gpu.asked[-1]
    assert (name, last) == ("CUDAExecutionProvider", "CPUExecutionProvider")
    assert options == {
        "arena_extend_strategy": "kSameAsRequested",
        "cudnn_conv_algo_search": "HEURISTIC",
        "cudnn_conv_use_max_workspace": "1",
        "prefer_nhwc": "0",
        "use_tf32": "0",
    }
    monkeypatch.setenv("DREAMBRIDGE_GPU", "memory=8192, arena=double,search=exhaustive,nhwc=on,tf32=on")
    make_session(graph, "cuda", 1, captured=True)
    assert gpu.asked[-1][0][1] == {
        "arena_extend_strategy": "kNextPowerOfTwo",
        "cudnn_conv_algo_search": "EXHAUSTIVE",
        "cudnn_conv_use_max_workspace": "1",
        "prefer_nhwc": "1",
        "use_tf32": "1",
        "gpu_mem_limit": str(8 * GIB),
        "enable_cuda_graph": "1",
    }


def test_tensorrt_goes_on_with_cuda_and_keeps_engines(gpu: Made, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = bundle.graph(bundle.manifest.step.graph)
    monkeypatch.setenv("DREAMBRIDGE_GPU", "precision=fp16,memory=1024")
    make_session(graph, "tensorrt", 1)
    (first, options), (second, of_cuda), last = gpu.asked[-1]
    assert [first, second, last] == ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    assert (options["trt_fp16_enable"], options["trt_bf16_enable"], options["trt_max_workspace_size"]) == ("1", "0", str(GIB))
    assert options["trt_engine_cache_enable"] == options["trt_timing_cache_enable"] == "1"
    assert of_cuda["gpu_mem_limit"] == str(GIB) and Path(options["trt_engine_cache_path"]).is_dir()
    monkeypatch.setenv("DREAMBRIDGE_GPU", "engines=forget,precision=bf16")
    options = chain_of("tensorrt", graph)[0][0][1]
    assert options == {"trt_fp16_enable": "0", "trt_bf16_enable": "1"}


def test_an_engine_belongs_to_graph_gpu_driver_and_precision(gpu: Made, bundle: Bundle, nvml: Nvml) -> None:
    graph, other = (bundle.graph(n) for n in ("step", "step_view"))
    folders = [engines.folder_of(graph, "fp32"), engines.folder_of(other, "fp32"), engines.folder_of(graph, "fp16")]
    nvml.driver = "590.01"
    folders.append(engines.folder_of(graph, "fp32"))
    nvml.name = "NVIDIA Test 9001"
    folders.append(engines.folder_of(graph, "fp32"))
    assert len(set(folders)) == 5 and "580.12" in folders[0].name and "590.01" in folders[3].name
    assert engines.folder_of(graph, "fp32") == folders[-1] and nvml.open == 0


def test_an_engine_that_cannot_be_loaded_is_built_again(gpu: Made, bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    graph = bundle.graph(bundle.manifest.step.graph)
    folder = engines.folder_of(graph, "fp32")
    folder.mkdir(parents=True)
    (folder / "old.engine").write_bytes(b"of another TensorRT")
    gpu.fails = ["TensorRT EP could not deserialize engine from cache"]
    with caplog.at_level(logging.INFO, "dreambridge"):
        session = make_session(graph, "tensorrt", 1)
    assert session.get_providers()[0] == "TensorrtExecutionProvider" and len(gpu.asked) == 2
    assert "built again" in caplog.text and folder.is_dir() and not engines.are_there(folder)
    gpu.fails = ["no engine was there, so it is another fault"]
    with pytest.raises(ProviderFailed, match="another fault"):
        make_session(graph, "tensorrt", 1)
    assert len(gpu.asked) == 3


def test_building_tells_and_may_take_long(
    gpu: Made, bundle: Bundle, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engines, "TELL_EVERY", 0.02)
    runs, told, granted = Runs(), threading.Event(), list[float]()

    class Tell(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "has been building" in record.getMessage():
                told.set()

    make = gpu.make

    def slowly(*a: Any, **k: Any) -> Any:
        granted.append(runs.more_time)
        assert told.wait(60)
        return make(*a, **k)

    monkeypatch.setattr(onnxruntime, "InferenceSession", slowly)
    log, handler = logging.getLogger("dreambridge"), Tell()
    log.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, "dreambridge"):
            make_session(bundle.graph("step"), "tensorrt", 1, runs=runs)
    finally:
        log.removeHandler(handler)
    assert granted == [engines.BUILDING] and runs.more_time == 0.0 and "once for each GPU and driver" in caplog.text


def test_the_watchdog_waits_for_an_engine(bundle: Bundle) -> None:
    """A load that was granted more time is not ended at the limit of others; without it, it is (the control)."""
    from dreambridge.engine.session import Session
    from dreambridge.protocol.requests import Open

    for more, ended in ((60.0, False), (0.0, True)):
        s = Session(1, bundle, Open(bundle="testcard"), "cpu", 1, None, lambda _: None, Watchdog())
        s._begun, s.runs.more_time = 1000.0, more
        s.look(1010.0, Limits(loading=5.0))
        assert s.closing is ended


@pytest.mark.parametrize(
    "text, says",
    [
        ("colour=red", "'colour=red'"),
        ("memory=all", "memory is 'all'"),
        ("memory=0", "memory is '0'"),
        ("tf32=maybe", "tf32 is 'maybe'"),
        ("precision", "precision is ''"),
    ],
)
def test_wrong_options_are_named(text: str, says: str) -> None:
    with pytest.raises(DreamError) as e:
        parse(text)
    assert e.value.code == "bad_argument" and says in e.value.message and e.value.hint
    assert parse("") == parse(" , ") == GpuOptions()


def test_a_provider_that_is_not_there_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    monkeypatch.setattr("dreambridge.runtime.providers.has_webgpu", lambda: False)
    for name, extra in (("cuda", "dreambridge[cuda]"), ("tensorrt", "tensorrt"), ("webgpu", "dreambridge[webgpu]")):
        with pytest.raises(DreamError) as e:
            candidates(name)
        assert e.value.code == "no_provider" and repr(name) in e.value.message and extra in e.value.hint


def test_what_preloading_prints_goes_into_the_reason(
    gpu: Made, bundle: Bundle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`doctor --json` prints JSON and nothing else."""
    ort_module.preload_cuda.cache_clear()
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("Failed to load libcudnn.so.9"), raising=False)
    gpu.fails = ["libcudnn.so.9: cannot open shared object file"] * 2
    assert doctor.report(as_json=True) in (0, 1)
    said = capsys.readouterr().out
    texts = [f["text"] for f in json.loads(said)["findings"] if f["topic"] == "provider"]
    assert sum("Failed to load libcudnn.so.9" in t for t in texts) == 2
    assert any(t.startswith("cpu starts, and runs") for t in texts)
    hints = [f["hint"] for f in json.loads(said)["findings"] if f["topic"] == "provider"]
    assert not any("dreambridge doctor" in hint for hint in hints), "who reads this has just run it"
    ort_module.preload_cuda.cache_clear()


@pytest.mark.parametrize(
    "code, says", [("LOADED = True", ""), ("raise OSError('libnvinfer.so.10 is damaged')", "libnvinfer.so.10")]
)
def test_tensorrt_of_pip_is_loaded(
    code: str, says: str, gpu: Made, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its libraries are found by nobody until its package is imported."""
    (tmp_path / "tensorrt.py").write_text(code + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tensorrt", raising=False)
    ort_module.preload_tensorrt.cache_clear()
    gpu.fails = ["it did not start"]
    with pytest.raises(ProviderFailed) as e:
        make_session(bundle.graph("step"), "tensorrt", 1)
    assert (says in e.value.message) if says else e.value.message.endswith("it did not start")
    assert ("tensorrt" in sys.modules) is not bool(says)
    ort_module.preload_tensorrt.cache_clear()
    sys.modules.pop("tensorrt", None)


def test_too_little_memory_on_the_gpu_is_told_in_numbers(gpu: Made, bundle: Bundle) -> None:
    """Streams that run go on; the daemon's client learns how much was asked for, and how much is left."""
    runs_on = start_runner(bundle, "cuda", 1)
    frame = np.zeros(runs_on.frame_shape, np.uint8)
    gpu.fails = ["CUDA failure 2: out of memory. Failed to allocate memory for requested buffer of size 2516582400"]
    with pytest.raises(ProviderFailed) as e:
        StreamRunner(load_bundle(find_bundles()["vista"]), "cuda", 1)
    assert e.value.code == "no_resources"
    assert "2,400 MiB" in e.value.message and "1,024 of 24,576 MiB free" in e.value.message and "Test 9000" in e.value.message
    runs_on.step(frame.ctypes.data, 0, 0, 0.0, 1 / 24, 0)
    assert frame.any()


def test_a_lost_driver_is_told_to_later_streams(gpu: Made, bundle: Bundle) -> None:
    r = start_runner(bundle, "auto", 1)
    frame = np.zeros(r.frame_shape, np.uint8)
    assert r.provider == "cuda"

    def gone(*_: Any) -> None:
        raise RuntimeError("CUDA failure 719: unspecified launch failure ; GPU=0")

    r.runs.run_bound = gone  # type: ignore[method-assign,assignment]
    with pytest.raises(DreamError) as e:
        r.step(frame.ctypes.data, 0, 0, 0.0, 1 / 24, 0)
    assert e.value.code == "session_failed" and "driver was lost" in e.value.message and "Restart the daemon" in e.value.hint
    made = len(gpu.asked)
    later = start_runner(bundle, "auto", 1)
    assert later.provider == "cpu" and "driver was lost" in later.provider_reason and len(gpu.asked) == made
    with pytest.raises(ProviderFailed) as failed:
        start_runner(bundle, "cuda", 1)
    assert "Restart the daemon" in failed.value.hint


def test_the_driver_is_asked(monkeypatch: pytest.MonkeyPatch, nvml: Nvml) -> None:
    assert nvidia.first_gpu() == nvidia.Gpu("NVIDIA Test 9000", "580.12", 24 * GIB, GIB) and nvml.open == 0
    broken = Nvml(fails=True)
    monkeypatch.setattr(nvidia, "_library", lambda: broken)
    assert nvidia.first_gpu() is None and broken.open == 0
    monkeypatch.setattr(nvidia, "_library", lambda: SimpleNamespace())
    assert nvidia.first_gpu() is None, "a library without these functions"

    def missing() -> Any:
        raise OSError("libnvidia-ml.so.1: cannot open shared object file")

    monkeypatch.setattr(nvidia, "_library", missing)
    assert nvidia.first_gpu() is None
    assert ctypes.sizeof(nvidia._Memory) == 24
