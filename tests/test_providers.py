"""A GPU that is listed and cannot be used is passed over, and that is told. No GPU is here: onnxruntime has a double of one."""

import logging
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
from conftest import soon
from counting_bundle import counting
from device_double import OnGpu, install, on_device, real_session
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.engine.session import Session
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Opened
from dreambridge.protocol.requests import Open
from dreambridge.runtime.providers import ProviderFailed
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.start import start_runner


@pytest.fixture
def bundle() -> Bundle:
    return load_bundle(find_bundles()["testcard"])


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Lists GPUs, and does with each what the test says: "no start", "another", "first step" or "works"."""
    does: dict[str, str] = {}

    def make(model: bytes, options: Any, providers: list[Any], **how: Any) -> Any:
        assert how == {"enable_fallback": 0}, "onnxruntime would fall back by itself, and print it"
        first = providers[0] if isinstance(providers[0], str) else providers[0][0]
        if first not in does:
            return real_session(model, options, providers=providers, **how)
        if does[first] == "no start":
            raise RuntimeError("CUDA failure 100: no CUDA-capable device is detected")
        if does[first] == "no memory":
            raise RuntimeError("CUDA failure 2: out of memory; Failed to allocate memory for requested buffer of size 2516582400")
        session = real_session(model, options, providers=["CPUExecutionProvider"], **how)
        if does[first] == "another":
            return session
        steps = session.run_with_iobinding if does[first] in ("works", "elsewhere") else None
        return OnGpu(session, first, steps, falls_back=does[first] == "elsewhere")

    install(monkeypatch, make, lambda: list(does))
    return does


@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize(
    "does, says",
    [
        ("no start", "no CUDA-capable device"),
        ("another", "did not start"),
        ("elsewhere", "runs none of the"),
        ("no memory", "2,400 MiB were asked for"),
        ("first step", "CUBLAS_STATUS_NOT_SUPPORTED in MatMul"),
    ],
)
def test_the_next_provider_runs_it_and_why_is_told(
    does: str,
    says: str,
    threads: int,
    gpus: dict[str, str],
    bundle: Bundle,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gpus["DmlExecutionProvider"] = does
    with caplog.at_level(logging.WARNING, "dreambridge"):
        r = start_runner(bundle, "auto", 1, threads)
    assert r.provider == "cpu" and says in r.provider_reason and "directml" in r.provider_reason
    assert caplog.text.count(says) == 1
    assert capsys.readouterr().out == ""


def test_each_is_tried_in_its_turn(gpus: dict[str, str], bundle: Bundle) -> None:
    gpus |= {"CUDAExecutionProvider": "no start", "DmlExecutionProvider": "works"}
    r = start_runner(bundle, "auto", 1, 1)
    assert r.provider == "directml" and "cuda" in r.provider_reason
    gpus.pop("CUDAExecutionProvider")
    r = start_runner(bundle, "auto", 1, 1)
    assert (r.provider, r.provider_reason) == ("directml", "")


@pytest.mark.parametrize("does", ["no start", "another", "first step"])
def test_one_that_was_asked_for_is_not_replaced(does: str, gpus: dict[str, str], bundle: Bundle) -> None:
    gpus["DmlExecutionProvider"] = does
    with pytest.raises(ProviderFailed) as e:
        start_runner(bundle, "directml", 1, 1)
    assert e.value.code == "no_provider" and "'directml'" in e.value.message and "--provider auto" in e.value.hint


def test_a_graph_that_no_provider_loads_is_the_bundles_fault(
    gpus: dict[str, str], bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpus["DmlExecutionProvider"] = "no start"
    load = bundle.graph
    monkeypatch.setattr(Bundle, "graph", lambda self, name: type(load(name))(name, b"no graph"))
    with pytest.raises(DreamError) as e:
        start_runner(bundle, "auto", 1, 1)
    assert e.value.code == "bad_bundle"


def test_opened_says_it(gpus: dict[str, str], bundle: Bundle) -> None:
    gpus["DmlExecutionProvider"] = "first step"
    said: list[Any] = []
    s = Session(1, bundle, Open(bundle="testcard", threads=1, paused=True), "auto", 1, None, said.append)
    s.start(said.append)
    soon(lambda: said)
    s.close()
    s.join(60)
    assert isinstance(said[0], Opened) and said[0].provider == "cpu" and "first step failed" in said[0].provider_reason


def test_a_state_is_fresh_after_the_first_step(gpus: dict[str, str], bundle: Bundle) -> None:
    """The step that tries a GPU out leaves nothing behind."""
    import numpy as np

    gpus["DmlExecutionProvider"] = "works"
    tried, plain = start_runner(bundle, "auto", 1, 1), StreamRunner(bundle, "cpu", 1, 1)
    frames = []
    for r in (tried, plain):
        frame = np.zeros(r.frame_shape, np.uint8)
        r.step(frame.ctypes.data, 0, 0, 0.0, 1 / 30, 0)
        frames.append(frame)
    assert tried.provider == "directml" and (frames[0] == frames[1]).all()


def test_a_state_that_stays_on_the_gpu_is_the_one_on_the_cpu(
    gpus: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values that lie on the GPU have a double in the CPU's memory; what is bound, reset, read and put back is real."""
    import numpy as np

    asked = list[str]()
    monkeypatch.setattr(onnxruntime.OrtValue, "ortvalue_from_numpy", on_device(asked))
    gpus["CUDAExecutionProvider"] = "works"
    counts = load_bundle(counting(tmp_path / "c"))
    r = start_runner(counts, "auto", 1, 1)
    assert r.provider == "cuda", r.provider_reason
    frame = np.zeros(r.frame_shape, np.uint8)

    def step() -> int:
        r.step(frame.ctypes.data, 0, 0, 0.0, 1 / 30, 0)
        return int(frame[0, 0, 0, 0])

    assert [step() for _ in range(3)] == [1, 2, 3] and set(asked) == {"cuda"}
    kept = r.get_state()
    assert step() == 4
    for name, value in kept.items():
        r.set_state(name, value)
    assert step() == 4
    r.reset()
    assert step() == 1
