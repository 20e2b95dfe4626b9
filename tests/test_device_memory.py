"""On a provider with memory of its own: each tensor is the one of now in each step, and the state stays there."""

import gc
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_edits import change
from conftest import ROOT, python_env, soon
from device_double import Capturing, Cuda, OnePlace, OnGpu, install, real_session
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.engine.session import Session
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Opened
from dreambridge.protocol.requests import Open
from dreambridge.runtime import level_trial, state_check
from dreambridge.runtime import runner as runner_module
from dreambridge.runtime.device_frames import device_frames
from dreambridge.runtime.providers import ProviderFailed
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.start import start_runner
from dreambridge.runtime.state_check import nan_graph
from dreambridge.system import cuda_runtime

from devtools import webgpu_testbed
from devtools.device_steps import STEPS, compare, difference, pictures, tensors_of_all_kinds

# Those that operators of the CPU read, as in a graph with int64 arithmetic on a GPU.
ON_CPU = ("time", "index", "state.n")


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(tensors_of_all_kinds(tmp_path_factory.mktemp("device") / "kinds"))


@pytest.fixture(params=[ON_CPU, (), None], ids=["some on the CPU", "all on the GPU", "an older release"])
def cuda(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A double of the CUDA provider: which inputs its graphs read in the CPU's memory; None: ONNX Runtime cannot say."""

    class Older(OnGpu):
        get_input_memory_infos = None  # type: ignore[assignment]

    def make(model: bytes, options: Any, providers: list[Any], **how: Any) -> Any:
        session = real_session(model, options, providers=["CPUExecutionProvider"], **how)
        if providers == ["CPUExecutionProvider"]:
            return session
        kind = Older if request.param is None else OnGpu
        return kind(session, "CUDAExecutionProvider", session.run_with_iobinding, request.param or ())

    install(monkeypatch, make, lambda: ["CUDAExecutionProvider"])
    return request.param


def right(found: dict[str, Any], within: int) -> None:
    """What every provider must give, and what the control must not."""
    assert found["difference"] <= within and found["moves"] > 20, found
    assert found["difference_of_the_old_binding"] > 20, ("the control", found)
    assert found["state_copies_of_steps"] == 0 and found["frame_copies"] == STEPS, found
    assert found["twin"] == 0 and found["reset"] and found["put_back"], found


def test_inputs_of_each_step_reach_the_device(cuda: Any, kinds: Bundle) -> None:
    found = compare(kinds, "cuda")
    right(found, 0)
    if cuda is not None:
        assert found["places"] == {"s": "cuda", "k": "cuda", "n": "cpu" if cuda else "cuda"}
        assert set(found["operators"]) == {"cuda", "cpu"}


def test_the_same_on_a_real_device_with_memory_of_its_own(tmp_path: Path) -> None:
    """WebGPU on llvmpipe."""
    try:
        env = webgpu_testbed.environment()
    except webgpu_testbed.NoWebGpu as e:
        pytest.skip(f"no WebGPU: {e}")
    words = [sys.executable, str(ROOT / "devtools" / "device_steps.py"), str(tmp_path / "kinds"), "webgpu"]
    done = subprocess.run(words, env=python_env() | env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    right(found, 1)
    assert found["operators"]["webgpu"] > 0 and found["places"]["s"] == "webgpu", found


@pytest.mark.parametrize("cuda", [ON_CPU], indirect=True, ids=["some on the CPU"])
def test_frames_are_copied_to_locked_memory(cuda: Any, kinds: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a stream of its own, once a step; the pages are unlocked with the stream's end."""
    library = Cuda()
    monkeypatch.setattr(cuda_runtime, "_library", lambda: library)
    right(compare(kinds, "cuda"), 0)
    gc.collect()
    assert library.done >= STEPS and not library.locked and not library.streams and not library.copies
    r = StreamRunner(kinds, "cuda", 1)
    frame = np.zeros(r.frame_shape, np.uint8)
    r.lock_frames(frame)
    for i in range(4):
        r.step(frame.ctypes.data, i, i, 0.0, 1 / 24, 0)
    assert library.locked == {frame.ctypes.data: frame.nbytes}
    monkeypatch.setattr(cuda_runtime.Copier, "wait", lambda self: None)
    before = frame.copy()
    r.step(frame.ctypes.data, 4, 4, 1.0, 1 / 24, 0, {"v": (np.ones((1, 3), np.float32), 1.0)})
    assert (frame == before).all(), "the control: nothing is there before the copy was waited for"


@pytest.mark.parametrize("cuda", [ON_CPU], indirect=True, ids=["some on the CPU"])
def test_no_trial_locks_memory_that_it_frees(cuda: Any, kinds: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The session's frames may come to lie where a trial's were."""
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path))
    library = Cuda()
    monkeypatch.setattr(cuda_runtime, "_library", lambda: library)
    r = start_runner(kinds, "cuda", 7, 1)
    place = OnePlace(r.frame_shape, library)
    monkeypatch.setattr(np, "zeros", place)
    values = {"v": (np.ones((1, 3), np.float32), 1.0)}

    def picture() -> Any:
        frame = np.zeros(r.frame_shape, np.uint8)
        assert frame.ctypes.data == place.address, "it is freed"
        r.lock_frames(frame)
        r.step(frame.ctypes.data, 0, 0, 1.0, 1 / 24, 0, values)
        return frame.copy()

    for number, trial in enumerate((r.try_out, lambda: level_trial.take_best_level(r, "cuda", 1.0)), 1):
        trial()
        assert place.given == number and not library.locked
    wanted = picture()
    assert wanted.any() and list(library.locked) == [place.address]
    gc.collect()
    assert not library.stale, "the runner keeps what is locked"
    del r
    gc.collect()
    assert not library.locked and not library.stale
    # The control: memory that is freed while it is locked.
    r = start_runner(kinds, "cuda", 7, 1)
    np.zeros(r.frame_shape, np.uint8)
    library.locked[place.address] = wanted.nbytes
    library.freed(place.address)
    assert not picture().any()
    del library.locked[place.address]


@pytest.mark.parametrize("cuda", [ON_CPU], indirect=True, ids=["some on the CPU"])
def test_a_session_locks_its_own_frames(cuda: Any, kinds: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    library, said = Cuda(), list[Any]()
    monkeypatch.setattr(cuda_runtime, "_library", lambda: library)
    s = Session(1, kinds, Open(bundle="kinds", threads=1, paused=True), "cuda", 1, None, said.append)
    s.start(said.append)
    try:
        soon(lambda: said)
        assert isinstance(said[0], Opened) and said[0].provider == "cuda", said
        assert library.locked == {s.output.frames.ctypes.data: s.output.frames.nbytes}
    finally:
        s.close()
        s.join(60)
    soon(lambda: gc.collect() >= 0 and not library.locked)


def test_without_the_cuda_runtime_onnx_runtime_copies(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Cuda):
        def cudaStreamCreateWithFlags(self, stream: Any, flags: int) -> int:
            return 35

    monkeypatch.setattr(cuda_runtime, "_library", Broken)
    assert device_frames("cuda", (1, 2, 2, 4)) is None and "cudaStreamCreateWithFlags failed with 35" in caplog.text
    assert device_frames("cpu", (1, 2, 2, 4)) is device_frames("webgpu", (1, 2, 2, 4)) is None


@pytest.fixture
def graphed(kinds: Bundle, tmp_path: Path) -> Bundle:
    """The same bundle, which asks for CUDA graphs."""
    shutil.copytree(kinds.folder, tmp_path / "kinds")
    change(tmp_path / "kinds", lambda m: m["step"].update(cuda_graph=True))
    return load_bundle(tmp_path / "kinds")


def test_steps_are_captured_as_cuda_graphs(graphed: Bundle, kinds: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    made: list[Capturing] = []

    def make(model: bytes, options: Any, providers: list[Any], **how: Any) -> Any:
        session = real_session(model, options, providers=["CPUExecutionProvider"], **how)
        if providers == ["CPUExecutionProvider"]:
            return session
        asked.append(providers[0][1].get("enable_cuda_graph"))
        if asked[-1] == "1":
            made.append(Capturing(session, "CUDAExecutionProvider", session.run_with_iobinding))
            return made[-1]
        return OnGpu(session, "CUDAExecutionProvider", session.run_with_iobinding, ON_CPU)

    install(monkeypatch, make, lambda: ["CUDAExecutionProvider"])
    library = Cuda()
    monkeypatch.setattr(cuda_runtime, "_library", lambda: library)
    plain, runner = StreamRunner(kinds, "cpu", 1, 7), StreamRunner(graphed, "cuda", 1, 7)
    assert difference(pictures(plain), pictures(runner)) == 0
    assert len(made) == 2 and all(set(m.graphs) == {"1", "2"} for m in made), "one for each turn, of the step and of the view"
    twin = runner.twin()
    assert not twin.weights.captured and difference(pictures(twin, 9), pictures(runner, 9)) == 0
    assert asked[:2] == ["1", "1"] and set(asked[2:]) == {None}
    other = StreamRunner(graphed, "cuda", 1, 7)
    assert other.session is not runner.session, "streams with CUDA graphs share none"
    monkeypatch.setenv("DREAMBRIDGE_GPU", "graphs=off")
    assert not StreamRunner(graphed, "cuda", 1, 7).weights.captured


def test_a_graph_that_cannot_be_captured_runs_without(graphed: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(model: bytes, options: Any, providers: list[Any], **how: Any) -> Any:
        if isinstance(providers[0], tuple) and "enable_cuda_graph" in providers[0][1]:
            raise RuntimeError("This session cannot use the graph capture feature as the model has control flow nodes")
        session = real_session(model, options, providers=["CPUExecutionProvider"], **how)
        return session if len(providers) == 1 else OnGpu(session, "CUDAExecutionProvider", session.run_with_iobinding)

    install(monkeypatch, make, lambda: ["CUDAExecutionProvider"])
    runner = start_runner(graphed, "auto", 7, 1)
    assert runner.provider == "cuda" and not runner.weights.captured
    assert "CUDA graphs are not used" in runner.provider_reason and "control flow" in runner.provider_reason


def test_nan_is_found_on_the_device_without_a_copy(kinds: Bundle, cuda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "check_every", lambda *_: 1)
    looked_at = list[tuple[int, ...]]()
    monkeypatch.setattr(state_check, "has_nan", lambda a, dtype: looked_at.append(a.shape))
    r = StreamRunner(kinds, "cuda", 1)
    frame = np.zeros(r.frame_shape, np.uint8)
    r.step(frame.ctypes.data, 0, 0, 0.0, 1 / 24, 0)
    with pytest.raises(DreamError, match="NaN to the state 's'"):
        r.step(frame.ctypes.data, 1, 1, 0.0, 1 / 24, 0, {"x": (np.full((1, 1), np.nan, np.float32), 1.0)})
    assert r.copies_of_steps == 0 and set(looked_at) <= {(1,)}, "only the count, which lies in the CPU's memory"


def test_a_state_that_cannot_be_checked_there_is_copied(
    kinds: Bundle, cuda: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The control of the test above: a copy is counted."""

    def fails(*_: Any) -> None:
        raise ProviderFailed("cuda", "no kernel image is available")

    monkeypatch.setattr(runner_module, "check_every", lambda *_: 1)
    monkeypatch.setattr(state_check, "make_session", fails)
    r = StreamRunner(kinds, "cuda", 1)
    frame = np.zeros(r.frame_shape, np.uint8)
    for i in range(3):
        r.step(frame.ctypes.data, i, i, 0.0, 1 / 24, 0)
    assert r.copies_of_steps == 3 and caplog.text.count("no kernel image") == 1
    with pytest.raises(DreamError, match="NaN to the state 's'"):
        r.step(frame.ctypes.data, 3, 3, 0.0, 1 / 24, 0, {"x": (np.full((1, 1), np.nan, np.float32), 1.0)})


@pytest.mark.parametrize("dtype", sorted(state_check.ONNX_TYPES))
def test_the_graph_that_looks_for_nan(dtype: str) -> None:
    s = real_session(nan_graph(dtype), providers=["CPUExecutionProvider"])
    for shape in ((7,), (1, 2, 3, 4, 5)):
        x = np.ones(shape, dtype)
        x.flat[0], x.flat[1] = np.inf, -np.inf
        assert s.run(None, {"x": x})[0] == 1.0, "masks have infinities"
        x.flat[-1] = np.nan
        assert s.run(None, {"x": x})[0] == 0.0


def test_stats_count_the_copies(kinds: Bundle) -> None:
    said: list[Any] = []
    s = Session(1, kinds, Open(bundle="kinds", threads=1, paused=True, shelf=0), "cpu", 1, None, said.append)
    s.start(said.append)
    try:
        soon(lambda: said)
        assert isinstance(said[0], Opened) and set(said[0].operators) == {"cpu"} and said[0].operators["cpu"] > 20
        s.step(12, said.append)
        soon(lambda: len(said) == 2)
        stats = s.stats()
        assert (stats.state_copies, stats.frame_copies) == (0, 12)
        assert s.runner
        s.runner.get_state()
        assert s.runner.copies.state and s.stats().state_copies == 0, "a place's copy is no step's"
    finally:
        s.close()
        s.join(60)
