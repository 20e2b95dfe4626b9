"""Sessions share the cores: each gets its part of them, and another one when a session comes or goes."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import PATIENCE, soon
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import load_bundle
from dreambridge.engine import core_share
from dreambridge.engine import cores as cores_module
from dreambridge.engine.core_share import CoreShare
from dreambridge.engine.cores import Cores
from dreambridge.engine.session import Session
from dreambridge.engine.spare import SpareTime
from dreambridge.protocol.replies import Opened
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import State
from dreambridge.runtime import thread_trial
from dreambridge.runtime.runner import StreamRunner


class Fake:
    """A session as others see it."""

    def __init__(self, number: int, asked: int = 0, takes: bool = True) -> None:
        self.number, self.ask, self.over, self.closing = number, Open(bundle="x", threads=asked), False, False
        self.state = State.PLAYING if takes else State.PAUSED


@pytest.mark.parametrize(
    "there, asked, shares",
    [
        (2, [0], [2]),
        (2, [0, 0], [1, 1]),
        (2, [0, 0, 0, 0], [1, 1, 1, 1]),
        (4, [0, 0, 0], [2, 1, 1]),
        (16, [0, 0, 0], [6, 5, 5]),
        (8, [6, 0, 0], [2, 1, 1]),
        (2, [99, 0], [1, 1]),
    ],
)
def test_cores_are_divided(there: int, asked: list[int], shares: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores_module, "cores", lambda: there)
    cores = Cores()
    sessions = [Fake(k, n) for k, n in enumerate(asked)]
    paused = Fake(99, takes=False)
    for s in (*sessions, paused):
        cores.join(s)
    assert [cores.share(s) for s in sessions if not s.ask.threads] == [
        n for n, s in zip(shares, sessions, strict=True) if not s.ask.threads
    ]
    sessions[0].over = True
    before = shares[-1]
    assert cores.share(sessions[-1]) >= before, "when one goes, the others get no less"


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with two cores on which two threads are faster, and sessions that look often."""
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path))
    monkeypatch.setattr(thread_trial, "_meanwhile", {})
    monkeypatch.setattr(thread_trial, "_fastest", lambda runners, spent: runners[-1])
    for module in (cores_module, core_share, thread_trial):
        monkeypatch.setattr(module, "cores", lambda: 2)
    monkeypatch.setattr(core_share, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(core_share, "WORTH", float("inf"))


@contextmanager
def open_session(number: int, cores: SpareTime, **ask: Any) -> Iterator[Session]:
    said: list[Any] = []
    bundle = load_bundle(find_bundles()["testcard"])
    s = Session(number, bundle, Open(bundle="testcard", **ask), "cpu", number, None, said.append, spare=cores)
    s.start(said.append)
    try:
        soon(lambda: said, PATIENCE)
        assert isinstance(said[0], Opened), said[0]
        yield s
    finally:
        s.close()
        s.join(PATIENCE)


def threads_of(s: Session) -> int:
    assert s.runner
    return s.runner.threads


def test_a_session_gives_a_core_to_another_and_gets_it_back(two_cores: None) -> None:
    cores = SpareTime()
    with open_session(1, cores) as a:
        assert threads_of(a) == 2
        with ExitStack() as stack:
            b = stack.enter_context(open_session(2, cores))
            assert threads_of(b) == 1, "at once, as the other one has all cores"
            soon(lambda: threads_of(a) == 1, PATIENCE)
            assert a.runner and b.runner and a.runner.session is b.runner.session, "with one thread they share the weights"
            assert a.stats().threads == 1 and a.pace.share == 1.0
            index = a.index
            soon(lambda: a.index > index + 5, PATIENCE)
        soon(lambda: threads_of(a) == 2, PATIENCE)
        index = a.index
        soon(lambda: a.index > index + 5, PATIENCE)
        assert a.state == "playing"


def test_what_a_client_asked_for_stays(two_cores: None) -> None:
    cores = SpareTime()
    with open_session(1, cores, threads=2) as a, open_session(2, cores) as b:
        index = a.index
        soon(lambda: a.index > index + 20, PATIENCE)
        assert (threads_of(a), threads_of(b)) == (2, 1)


def test_a_paused_session_takes_no_core(two_cores: None) -> None:
    cores = SpareTime()
    with open_session(1, cores, paused=True), open_session(2, cores) as b:
        assert threads_of(b) == 2


class Steps:
    """A session whose steps take ``ms`` with so many threads; it changes them at once."""

    def __init__(self, ms: Callable[[int], float], threads: int) -> None:
        self.number, self.ask, self.over, self.closing, self.recorder = 1, Open(bundle="x"), False, False, None
        self.state, self.pace = State.PLAYING, SimpleNamespace(share=0.0)
        manifest = SimpleNamespace(step=SimpleNamespace(batch=1))
        bundle = SimpleNamespace(graph_bytes=lambda graph: 0, manifest=manifest)
        self.runner = SimpleNamespace(device="cpu", threads=threads, spin=False, graphs=[], bundle=bundle)
        self.steps_ms: deque[float] = deque(maxlen=240)
        self.reload = SimpleNamespace(busy=False, begin=self._begin)
        self._ms, self.changes = ms, [threads]

    def _begin(self, threads: int, spin: bool, then: Callable[[bool], None]) -> None:
        self.runner.threads = threads
        self.changes.append(threads)
        then(True)

    def play(self, share: CoreShare, steps: int) -> None:
        for _ in range(steps):
            self.steps_ms.append(self._ms(self.runner.threads))
            share.after_step()


@pytest.mark.parametrize("gain, ends_with", [(0.99, 1), (0.6, 2)])
def test_a_thread_that_makes_nothing_faster_is_given_back(gain: float, ends_with: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_share, "LOOK_EVERY", 0.0)
    for module in (cores_module, core_share):
        monkeypatch.setattr(module, "cores", lambda: 2)
    s = Steps(lambda threads: 20.0 * (gain if threads == 2 else 1.0), 1)
    share = CoreShare(s, Cores())  # type: ignore[arg-type]
    s.play(share, 400)
    assert s.runner.threads == ends_with
    assert s.changes == ([1, 2] if ends_with == 2 else [1, 2, 1]), "it is tried once"


def test_a_recording_keeps_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_share, "LOOK_EVERY", 0.0)
    for module in (cores_module, core_share):
        monkeypatch.setattr(module, "cores", lambda: 2)
    s = Steps(lambda threads: 1.0, 1)
    s.recorder = object()  # type: ignore[assignment]
    s.play(CoreShare(s, Cores()), 50)  # type: ignore[arg-type]
    assert s.changes == [1]


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """The thread counts of the runners that trials made, on a machine of four cores."""
    made = list[int]()
    real = StreamRunner.__init__

    def counted(self: StreamRunner, bundle: Any, provider: str = "cpu", threads: int = 1, *a: Any, **k: Any) -> None:
        made.append(threads)
        real(self, bundle, provider, threads, *a, **k)

    monkeypatch.setattr(StreamRunner, "__init__", counted)
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path))
    monkeypatch.setattr(thread_trial, "_meanwhile", {})
    monkeypatch.setattr(thread_trial, "cores", lambda: 4)
    monkeypatch.setattr(thread_trial, "busy", lambda: False)
    return made


@pytest.mark.parametrize("name, value", [("LARGE", 1), ("SLOW", 0.0)])
def test_what_is_large_or_slow_is_loaded_once(
    name: str, value: float, trials: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = load_bundle(find_bundles()["testcard"])
    assert thread_trial.best_runner(bundle, "cpu", 1).threads in (1, 2, 4)
    assert sorted(trials) == [1, 2, 4], "the control: a small one is tried"
    trials.clear()
    monkeypatch.setattr(thread_trial, name, value)
    monkeypatch.setattr(thread_trial, "_results", lambda: {})
    monkeypatch.setattr(thread_trial, "_meanwhile", {})
    assert thread_trial.best_runner(bundle, "cpu", 1).threads == 4 and trials == [4]
    trials.clear()
    assert thread_trial.best_runner(bundle, "cpu", 1, share=2).threads == 2 and trials == [2]


def test_one_candidate_on_a_gpu(trials: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_trial, "device_of", lambda provider: "cuda")
    runner = thread_trial.best_runner(load_bundle(find_bundles()["testcard"]), "cpu", 1)
    frame = np.zeros(runner.frame_shape, np.uint8)
    runner.step(frame.ctypes.data, 0, 0, 0.0, 1 / 24, 0)
    assert trials == [1]


def test_a_trial_leaves_no_trace(trials: list[int]) -> None:
    """The stream begins at its first frame."""
    bundle = load_bundle(find_bundles()["vista"])
    tried, plain = thread_trial.best_runner(bundle, "cpu", 5), None
    plain = StreamRunner(bundle, "cpu", tried.threads, 5)
    for runner in (tried, plain):
        assert runner.turn == 0
    a, b = tried.get_state(), plain.get_state()
    assert all((a[n] == b[n]).all() for n in a)
