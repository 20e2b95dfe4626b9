"""Steps and loads that take long or never end: told, ended, and never in the way of a close or of the daemon's end."""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import PATIENCE, end, rings, serve, soon
from dreambridge.bundle.load import load_bundle
from dreambridge.engine.session import Session
from dreambridge.engine.watchdog import Limits, LoadQueue, Watchdog
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import StateChanged
from dreambridge.protocol.replies import ErrorReply, Ok, Opened
from dreambridge.protocol.requests import Close, ForkDirect, ForkPrepare, Open
from dreambridge.runtime import thread_trial
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.runs import OutOfTime, Runs, Stopped
from dreambridge.system.connection_file import read

from devtools.slow_bundle import FOR_EVER, in_the_bundle_path


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with in_the_bundle_path(tmp_path_factory.mktemp("slow")) as folder:
        yield folder


@contextmanager
def session(folder: Path, watchdog: Watchdog | None = None, **ask: Any) -> Iterator[tuple[Session, list[Any]]]:
    """A session in this process and its messages; it is closed at the end."""
    said: list[Any] = []
    open_ = Open(bundle=folder.name, **{"threads": 1} | ask)
    s = Session(1, load_bundle(folder), open_, "cpu", time.time_ns(), None, said.append, watchdog)
    s.start(said.append)
    try:
        yield s, said
    finally:
        s.close()
        s.join(PATIENCE)


def states(said: list[Any]) -> list[str]:
    return [m.state for m in said if isinstance(m, StateChanged)]


def test_the_slow_bundle_runs(bundles: Path) -> None:
    """The control of all tests below."""
    with session(bundles / "slow") as (s, said):
        soon(lambda: s.index > 5)
        assert isinstance(said[0], Opened) and "stuck" not in states(said)


def test_runs_are_ended_from_another_thread(bundles: Path) -> None:
    import numpy as np

    runs = Runs()
    r = StreamRunner(load_bundle(bundles / "slow"), "cpu", 1, runs=runs)
    frame = np.zeros(r.frame_shape, np.uint8)

    def step(millions: float) -> None:
        r.step(frame.ctypes.data, 0, 0, 0, 0.1, 0, {"millions": (np.full((1, 1), millions, np.float32), 1.0)})

    step(0)
    with pytest.raises(OutOfTime), runs.limit(0.2):
        step(FOR_EVER)
    step(0)  # a limit is over with its block
    with runs.limit(PATIENCE):
        step(0)
    threading.Timer(0.2, runs.stop).start()
    with pytest.raises(Stopped):
        step(FOR_EVER)
    with pytest.raises(Stopped):
        step(0)
    with pytest.raises(Stopped):
        StreamRunner(load_bundle(bundles / "slow"), "cpu", 1, runs=runs)


def test_stuck_in_a_step_that_never_ends_and_closed_all_the_same(bundles: Path) -> None:
    p = serve("never")
    try:
        with dreambridge.connect("never") as d:
            s = d.open("slow", threads=1)
            s.frame(PATIENCE)
            s.direct(millions=FOR_EVER)
            soon(lambda: s.state == "stuck", PATIENCE)
            assert "running for" in s.reason and s.stats().state == "stuck"
            begun = time.monotonic()
            assert d._channel.ask(Close(session=s.session), PATIENCE)
            spent = time.monotonic() - begun
            assert not rings(s.info.epoch) and spent < PATIENCE / 2, spent
            again = d.open("slow", threads=1)  # it left nothing behind that would be in the way
            again.frame(PATIENCE)
    finally:
        end(p)


@pytest.mark.parametrize("how", ["bye", "signal"])
def test_bye_and_ctrl_c_end_a_step_that_never_ends(bundles: Path, how: str) -> None:
    p = serve(how)
    try:
        d = dreambridge.connect(how)
        s = d.open("slow", threads=1)
        s.frame(PATIENCE)
        s.direct(millions=FOR_EVER)
        soon(lambda: s.state == "stuck", PATIENCE)
        if how == "bye":
            d.close()
            soon(lambda: not rings(s.info.epoch), PATIENCE)
        p.send_signal(signal.SIGINT)
        p.wait(PATIENCE)
        assert not rings(s.info.epoch) and read(how) is None
        d.close()
    finally:
        end(p)


def test_an_operator_that_cannot_be_ended_is_left_to_itself(bundles: Path, caplog: pytest.LogCaptureFixture) -> None:
    watchdog = Watchdog(Limits(stuck=0.2, grace=0.2))
    with session(bundles / "slow", watchdog) as (s, said), caplog.at_level(logging.WARNING, "dreambridge"):
        soon(lambda: s.index > 5)
        s.direct({"pool": 60.0}, None, None, 0, said.append)
        soon(lambda: s.state == "stuck", PATIENCE)
        closed = threading.Event()
        assert s.ring
        s.close(closed.set)
        assert closed.wait(PATIENCE) and not s.ring.path.exists()
        assert s._thread.is_alive() and watchdog.hangs(s.digest), "the operator was not long enough for this test"
        assert "cannot be ended" in caplog.text
        frames = s.index
        s.join(120)
        assert not s._thread.is_alive() and not watchdog.hangs(s.digest) and not watchdog._watched
        assert s.index == frames and closed.is_set()


def test_playing_again_when_the_step_has_ended(bundles: Path) -> None:
    with session(bundles / "slow", Watchdog(Limits(stuck=0.2))) as (s, said):
        soon(lambda: s.index > 5)
        assert s.runner
        go_on, step = threading.Event(), s.runner.step

        def once(*a: Any) -> None:
            assert s.runner
            s.runner.step = step  # type: ignore[method-assign]
            go_on.wait(PATIENCE)
            step(*a)

        s.runner.step = once  # type: ignore[method-assign]
        soon(lambda: s.state == "stuck", PATIENCE)
        # What is asked meanwhile waits for the step, and is not lost.
        s.pause(said.append)
        go_on.set()
        soon(lambda: s.state == "paused", PATIENCE)
        assert states(said) == ["stuck", "playing", "paused"] and "ended after" in str(said[2])


def test_a_step_beyond_all_limits_fails_the_session(bundles: Path) -> None:
    with session(bundles / "slow", Watchdog(Limits(stuck=0.1, step=0.7))) as (s, said):
        soon(lambda: s.index > 5)
        s.direct({"millions": float(FOR_EVER)}, None, None, 0, said.append)

        soon(lambda: s.state == "failed", PATIENCE)
        assert states(said) == ["stuck", "failed"]
        error = next(m for m in said if isinstance(m, ErrorReply))
        assert (error.code, error.session) == ("session_failed", 1) and "'slow'" in error.message and "0.7 s" in error.message
        closed = threading.Event()
        s.close(closed.set)
        assert closed.wait(PATIENCE)


def test_an_error_with_a_code_of_its_own_keeps_it(bundles: Path) -> None:
    """A step that raises a DreamError says that, not "The model failed: DreamError"."""
    with session(bundles / "slow") as (s, said):
        soon(lambda: s.index > 5)

        def step(*_: Any) -> None:
            raise DreamError("bad_bundle", "The tensor 'n' is wrong.", "Export it again.")

        assert s.runner
        s.runner.step = step  # type: ignore[method-assign,assignment]
        soon(lambda: s.state == "failed", PATIENCE)
        error = next(m for m in said if isinstance(m, ErrorReply))
        assert error == ErrorReply(code="bad_bundle", message="The tensor 'n' is wrong.", hint="Export it again.", session=1)
        assert s.reason == "The tensor 'n' is wrong. Export it again."


def test_whatever_waits_at_a_close_is_answered(bundles: Path) -> None:
    with session(bundles / "slow") as (s, said):
        soon(lambda: s.index > 5)
        s.direct({"millions": float(FOR_EVER)}, None, None, 0, said.append)
        soon(lambda: s._begun and time.monotonic() - s._begun > 0.2, PATIENCE)
        answers: list[Any] = []
        s.pause(answers.append)
        s.submit(Ok, answers.append)
        s.close()
        s.join(PATIENCE)
        s.resume(answers.append)
        assert [a.code for a in answers] == ["cancelled"] * 3


def test_a_load_that_never_ends_is_ended_by_a_close(bundles: Path) -> None:
    with session(bundles / "hanging") as (s, said):
        soon(lambda: s._begun > 0)
        closed = threading.Event()
        s.close(closed.set)
        assert closed.wait(PATIENCE)
        s.join(PATIENCE)
        assert not s._thread.is_alive() and said[0].code == "cancelled"


def test_a_load_that_never_ends_is_ended_by_its_limit(bundles: Path) -> None:
    with session(bundles / "hanging", Watchdog(Limits(loading=0.5))) as (s, said):
        soon(lambda: said != [], PATIENCE)
        assert said[0].code == "timeout" and "'hanging'" in said[0].message and "0.5 s" in said[0].message
        s.join(PATIENCE)
        assert not s._thread.is_alive()


def test_the_thread_trial_is_bounded(bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that never ends: no trial goes through it 24 times. The stream opens, and says that it is stuck."""
    monkeypatch.setattr(thread_trial, "cores", lambda: 2)
    monkeypatch.setattr(thread_trial, "MAX_TRIAL", 0.5)
    monkeypatch.setattr(thread_trial, "_meanwhile", {})
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path))
    monkeypatch.setattr(thread_trial, "busy", lambda: False)
    begun = list[StreamRunner]()
    step = StreamRunner.step

    def endless(self: StreamRunner, *a: Any) -> None:
        begun.append(self)
        self.conditions["millions"][...] = FOR_EVER
        step(self, *a)

    monkeypatch.setattr(StreamRunner, "step", endless)
    r = thread_trial.best_runner(load_bundle(bundles / "slow"), "cpu", 1)
    assert r.threads == 2 and len(begun) == 1 and not (tmp_path / "threads.json").exists()


def test_no_trial_where_there_is_one_core(bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_trial, "cores", lambda: 1)
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path))
    monkeypatch.setattr(thread_trial, "_meanwhile", {})
    monkeypatch.setattr(StreamRunner, "step", None)
    assert thread_trial.best_runner(load_bundle(bundles / "slow"), "cpu", 1).threads == 1


def test_loads_wait_in_line_and_the_unwanted_never_begin() -> None:
    loads = LoadQueue()
    begun, gone, go_on = list[int](), set[int](), threading.Event()

    def load(number: int) -> None:
        try:
            with loads.turn(lambda: number in gone):
                begun.append(number)
                go_on.wait(PATIENCE)
        except Stopped:
            pass

    threads = []
    for k in range(8):
        threads.append(threading.Thread(target=load, args=(k,)))
        threads[-1].start()
        soon(lambda k=k: len(loads._waiting) + len(begun) == k + 1)
    assert begun == [0, 1]
    gone |= {2, 3, 4, 6}
    loads.wake()
    soon(lambda: sum(t.is_alive() for t in threads) == 4)
    go_on.set()
    for t in threads:
        t.join(PATIENCE)
    assert sorted(begun) == [0, 1, 5, 7] and not loads._begun and not loads._waiting


def test_a_load_that_takes_long_lets_the_next_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LoadQueue, "PATIENCE", 0.1)
    loads = LoadQueue()
    with loads.turn(lambda: False), loads.turn(lambda: False), loads.turn(lambda: False):
        assert len(loads._begun) == 3


def test_what_the_hint_says_stands_in_the_log(
    bundles: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A session that cannot start for an unexpected reason: "See the daemon's log" finds the cause there."""
    from dreambridge.engine import session as module

    def fail(*_: Any) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(module, "start_runner", fail)
    with session(bundles / "slow") as (_, said):
        soon(lambda: said != [], PATIENCE)
        assert said[0].code == "internal" and "log" in said[0].hint
        assert "could not start" in caplog.text and "nobody foresaw this" in caplog.text and "Traceback" in caplog.text


@pytest.mark.parametrize("loads", [True, False])
def test_a_session_that_is_slow_to_free_what_it_used_hangs_nobody(
    bundles: Path, monkeypatch: pytest.MonkeyPatch, loads: bool
) -> None:
    """On a busy machine that takes longer than the watchdog waits; the bundle can be opened again all the same."""
    freed, release = threading.Event(), Session._release

    def slowly(s: Session) -> None:
        freed.wait(PATIENCE)
        release(s)

    monkeypatch.setattr(Session, "_release", slowly)
    if not loads:
        monkeypatch.setattr(Session, "_load", lambda s: (_ for _ in ()).throw(Stopped()))
    watchdog = Watchdog(Limits(grace=0.05))
    closed = threading.Event()
    with session(bundles / "slow", watchdog, paused=True) as (s, said):
        soon(lambda: said, PATIENCE)
        s.close(closed.set)
        assert closed.wait(PATIENCE) and s.over and not watchdog.hangs(s.digest)
        freed.set()


def test_a_step_ahead_that_never_ends_ends_its_session(bundles: Path) -> None:
    """The session's own steps go on until then, and a close is answered at once."""
    with session(bundles / "slow", Watchdog(Limits(stuck=0.2, step=1.0))) as (s, said):
        soon(lambda: said, PATIENCE)
        s.ahead.forks.fork(said.append)
        s.ahead.forks.direct(ForkDirect(session=1, fork=1, values={"millions": FOR_EVER}, over=0.0), said.append)
        s.ahead.forks.prepare(ForkPrepare(session=1, fork=1, steps=1), said.append)
        soon(lambda: s.ahead.begun, PATIENCE)
        index = s.index
        soon(lambda: s.index > index + 2, PATIENCE)
        soon(lambda: states(said)[-1:] == ["failed"], PATIENCE)
        assert "stuck" not in states(said) and any(isinstance(m, DreamError) and m.code == "session_failed" for m in said)
