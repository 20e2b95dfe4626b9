"""Steps ahead in a session of this process: when they are made, what they may take, and what happens when one fails."""

import math
import threading
from typing import Any

import pytest
from conftest import PATIENCE, soon
from dreambridge.bundle.find import find_bundles
from dreambridge.engine import ahead, forks, shelf, spare
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from test_watchdog import session


def test_forks_share_the_memory_of_the_sessions_places(monkeypatch: pytest.MonkeyPatch) -> None:
    with session(find_bundles()["testcard"], paused=True, fps=10.0) as (s, said):
        soon(lambda: said, PATIENCE)
        s.step(100, said.append)
        soon(lambda: isinstance(said[-1], R.Stepped), PATIENCE)
        places = len(s.shelf._entries)
        frame = s.output.frames.nbytes

        def limit(size: int) -> None:
            for module in (ahead, forks, shelf):
                monkeypatch.setattr(module, "MAX_SHELF_BYTES", size)

        limit(int(3.5 * frame))
        s.ahead.forks.fork(said.append)
        soon(lambda: isinstance(said[-1], R.ForkStatus), PATIENCE)
        s.ahead.forks.prepare(M.ForkPrepare(session=1, fork=1, steps=20), said.append)
        soon(lambda: isinstance(said[-1], R.ForkStatus) and said[-1].steps == 3, PATIENCE)
        assert said[-1].total_bytes <= 3.5 * frame and len(s.shelf._entries) <= places
        limit(0)
        s.ahead.forks.fork(said.append)
        soon(lambda: isinstance(said[-1], DreamError), PATIENCE)
        assert said[-1].code == "too_large" and "limit is 0" in said[-1].message and said[-1].hint
        s.ahead.forks.drop(1, said.append)
        soon(lambda: isinstance(said[-1], R.Ok), PATIENCE)
        assert s.ahead.bytes == 0


def test_a_step_ahead_that_fails_ends_its_fork_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with session(find_bundles()["testcard"], paused=True, fps=10.0) as (s, said):
        soon(lambda: said, PATIENCE)
        for _ in range(2):
            s.ahead.forks.fork(said.append)
        soon(lambda: len(said) == 3, PATIENCE)
        faulty = s.ahead.forks.all()[0]
        real = ahead.Scout.make

        def fails(self: Any, ask: Any) -> Any:
            if ask.branch is faulty:
                raise DreamError("session_failed", "NaN", "No hint.")
            return real(self, ask)

        monkeypatch.setattr(ahead.Scout, "make", fails)
        answers: list[Any] = []
        for number in (1, 2):
            s.ahead.forks.prepare(M.ForkPrepare(session=1, fork=number, steps=3), answers.append)
        soon(lambda: len(answers) == 2, PATIENCE)
        assert sorted(type(a).__name__ for a in answers) == ["DreamError", "ForkStatus"]
        assert len(s.ahead.forks) == 1 and s.state == "paused"


@pytest.mark.parametrize("what", ["scout", "place"])
def test_a_session_without_memory_to_spare_steps_on(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Of what only serves to go elsewhere sooner or later, it does without."""

    def full(*_: Any) -> Any:
        raise MemoryError

    with session(find_bundles()["testcard"], paused=True, fps=10.0) as (s, said):
        soon(lambda: said, PATIENCE)
        if what == "scout":
            monkeypatch.setattr(ahead.Scout, "ask", full)
            s.ahead.forks.fork(said.append)
            soon(lambda: isinstance(said[-1], R.ForkStatus), PATIENCE)
            s.ahead.forks.prepare(M.ForkPrepare(session=1, fork=1, steps=3), said.append)
            soon(lambda: isinstance(said[-1], DreamError), PATIENCE)
            assert said[-1].code == "no_resources" and not s.ahead.forks
        else:
            monkeypatch.setattr(shelf, "take_place", full)
        s.step(25, said.append)
        soon(lambda: isinstance(said[-1], R.Stepped), PATIENCE)
        assert s.index == 25 and s.state == "paused"


class Other:
    """A session that steps with so many threads."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def threads_within(self, seconds: float) -> int:
        return self.threads


def test_a_step_ahead_needs_cores_that_no_session_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "cores", lambda: 3)
    time, me, second, third = spare.SpareTime(), Other(0), Other(2), Other(0)
    for s in (me, second, third):
        time.join(s)
    assert not time.begin(me, 2, 0.02), "two of three cores are busy"
    assert time.begin(me, 1, 0.02)
    assert not time.begin(third, 1, 0.02), "another step ahead uses the last one"
    time.end(me)
    assert time.begin(third, 1, 0.02)
    time.end(third)
    second.threads = 0
    assert time.begin(me, 9, 0.02), "more threads than cores"


def rooms(max_cpu: float) -> list[float]:
    """``wait`` of a session, for a growing time until its next step is due; a step takes 20 ms."""
    with session(find_bundles()["testcard"], paused=True, fps=10.0, max_cpu=max_cpu) as (s, said):
        soon(lambda: said, PATIENCE)
        s.ahead.forks.fork(said.append)
        s.ahead.forks.prepare(M.ForkPrepare(session=1, fork=1, steps=3), said.append)
        soon(lambda: isinstance(said[-1], R.ForkStatus) and said[-1].steps == 3, PATIENCE)
        got: list[float] = []

        def look() -> R.Ok:
            s.ahead.forks.all()[0].wanted = 4
            s.steps_ms.extend([20.0] * 30)
            got.extend(s.ahead.wait(room) for room in (0.0, 0.02, 0.026, 0.027))
            s.ahead.use()
            return R.Ok()

        s.enqueue(look, said.append)
        soon(lambda: isinstance(said[-1], R.Ok), PATIENCE)
        soon(lambda: len(s.ahead.forks.all()[0].made) == 4, PATIENCE)
        return got


def test_when_a_step_ahead_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a core of its own beside the session's steps; with no such core, if it ends before the next step is due."""
    for module in (ahead, spare):
        monkeypatch.setattr(module, "cores", lambda: 2)
    assert rooms(max_cpu=1.0) == [math.inf, 0.0, 0.0, 0.0]
    assert rooms(max_cpu=0.5) == [math.inf, math.inf, math.inf, 0.0]


def test_a_session_steps_on_while_a_step_ahead_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "cores", lambda: 2)
    monkeypatch.setattr(spare, "cores", lambda: 2)
    going, go_on = threading.Event(), threading.Event()
    real = ahead.Scout.make

    def slow(self: Any, ask: Any) -> Any:
        going.set()
        go_on.wait(PATIENCE)
        return real(self, ask)

    monkeypatch.setattr(ahead.Scout, "make", slow)
    with session(find_bundles()["testcard"], fps=100.0) as (s, said):
        soon(lambda: said, PATIENCE)
        s.ahead.forks.fork(said.append)
        soon(lambda: len(said) == 2, PATIENCE)
        answers: list[Any] = []
        s.ahead.forks.prepare(M.ForkPrepare(session=1, fork=1, steps=1), answers.append)
        assert going.wait(PATIENCE)
        index = s.index
        soon(lambda: s.index > index + 5, PATIENCE)
        assert not answers
        # Directed while its step is being made: that step is of no use.
        s.ahead.forks.direct(M.ForkDirect(session=1, fork=1, values={"level": 0.9}, over=0.0), said.append)
        soon(lambda: isinstance(said[-1], R.ForkStatus) and said[-1].steps == 0, PATIENCE)
        go_on.set()
        soon(lambda: answers, PATIENCE)
        assert answers[0].steps == 1
        made = s.ahead.forks.all()[0].made[0]
        assert made.of.values["level"][0].item() == pytest.approx(0.9)
    assert not any(t.name == "ahead-1" for t in threading.enumerate()), "its thread ends with the session"


def test_what_a_session_uses_of_the_machine() -> None:
    with session(find_bundles()["testcard"], fps=1.0) as (s, said):
        soon(lambda: s.index > 0, PATIENCE)
        soon(lambda: s.threads_within(0.001) == 0, PATIENCE)
        assert s.threads_within(2.0) == 1, "its next step is due by then"
        s.pause(said.append)
        soon(lambda: s.threads_within(2.0) == 0, PATIENCE)
    assert s.threads_within(2.0) == 0
