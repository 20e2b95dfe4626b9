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
from dreambridge.engine.reload import Reload
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
        self.runner = SimpleNamespace(device="cpu", threads=threads, spin=False, graphs=[], bundle=bundle, level=0)
        self.runner.enough_threads, self.runner.tried_busy = 0, False
        self.steps_ms: deque[float] = deque(maxlen=240)
        self.reload = SimpleNamespace(busy=False, begin=self._begin)
        self._ms, self.changes, self.fails = ms, [threads], False

    def _begin(self, threads: int, spin: bool, then: Callable[[bool], None]) -> None:
        if self.fails:
            then(False)
            return
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


class Seconds:
    """The clock of a stream of 24 steps a second whose session may have ``share`` of two cores."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, s: Steps) -> None:
        self.now, self.share, self.s = 1000.0, 2, s
        monkeypatch.setattr(core_share, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(core_share, "cores", lambda: 2)
        self.cores = Cores()
        monkeypatch.setattr(self.cores, "share", lambda session: self.share)
        self.core_share = CoreShare(s, self.cores)  # type: ignore[arg-type]
        self.core_share.begin()

    def play(self, seconds: float) -> None:
        for _ in range(int(24 * seconds)):
            self.now += 1 / 24
            self.s.play(self.core_share, 1)


def test_what_failed_to_load_was_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    s = Steps(lambda threads: 20.0 / threads, 1)
    clock = Seconds(monkeypatch, s)
    s.fails = True
    clock.play(60)
    assert s.changes == [1]
    s.fails = False
    clock.play(60)
    assert s.changes == [1, 2], "it tries again, and the second thread is worth it"


def test_a_step_of_another_level_judges_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    s = Steps(lambda threads: 20.0 * (3 if s.runner.level == 0 and threads == 2 else 1), 1)
    s.runner.level = 1
    clock = Seconds(monkeypatch, s)
    while s.runner.threads == 1:
        clock.play(1)
    s.runner.level = 0  # a step takes longer there
    clock.play(60)
    assert s.changes == [1, 2]


def test_sessions_that_come_and_go_change_nothing_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    s = Steps(lambda threads: 20.0 / threads, 2)
    clock = Seconds(monkeypatch, s)
    for _ in range(20):
        for share in (1, 2):
            clock.share = share
            clock.play(3.5)
    assert s.changes == [2, 1], "it gives a core once"
    clock.play(20)
    assert s.changes == [2, 1, 2], "the control: when they are gone it gets the core back"


@pytest.mark.parametrize("crowded", [False, True])
def test_the_verdict_of_a_trial_holds(crowded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the session; that of a busy machine for a minute."""
    s = Steps(lambda threads: 20.0 / threads, 1)
    s.runner.enough_threads, s.runner.tried_busy = 1, crowded
    clock = Seconds(monkeypatch, s)
    clock.play(55)
    assert s.changes == [1]
    clock.play(60)
    assert s.changes == ([1, 2] if crowded else [1])


@pytest.mark.parametrize("best, wanted", [(0, 1), (-1, 2)])
def test_a_session_keeps_to_the_trial_at_its_open(
    best: int, wanted: int, two_cores: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one thread was best, its graphs are not loaded again; nor when the result was remembered."""
    monkeypatch.setattr(thread_trial, "busy", lambda: False)
    monkeypatch.setattr(thread_trial, "_fastest", lambda runners, spent: runners[best])
    begun, begin = list[int](), Reload.begin
    monkeypatch.setattr(Reload, "begin", lambda self, threads, *rest: (begun.append(threads), begin(self, threads, *rest)))
    looks, share = list[int](), Cores.share
    monkeypatch.setattr(Cores, "share", lambda self, session: looks.append(1) or share(self, session))
    for _ in range(2):
        looks.clear()
        with open_session(1, SpareTime()) as s:
            soon(lambda: len(looks) > 2 * core_share.LOOKS_TO_GROW, PATIENCE)
            assert threads_of(s) == wanted and not begun


@pytest.mark.parametrize("records", [False, True])
def test_a_take_that_began_during_a_reload_keeps_its_threads(records: bool) -> None:
    bundle, works, done = load_bundle(find_bundles()["testcard"]), list[Callable[[], Any]](), list[bool]()
    runner = StreamRunner(bundle, "cpu", 1)
    s = Steps(lambda threads: 1.0, 1)
    s.runner, s.enqueue, s.ahead = runner, works.append, SimpleNamespace(renew_scout=lambda: None)  # type: ignore
    reload = Reload(s)  # type: ignore[arg-type]
    reload.begin(2, False, done.append)
    soon(lambda: works, PATIENCE)
    s.recorder = object() if records else None  # type: ignore[assignment]
    works[0]()
    assert done == [not records] and runner.threads == (1 if records else 2)


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
    monkeypatch.setattr(thread_trial, "read_results", lambda file: {})
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
