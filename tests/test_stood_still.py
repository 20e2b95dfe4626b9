"""A daemon that was suspended, or whose machine slept while its clock ran on: nobody was silent, and no step was slow."""

import threading
import time
from typing import Any

import pytest
import zmq
from conftest import soon
from dreambridge.bundle.find import open_bundle
from dreambridge.daemon.server import Server
from dreambridge.engine.session import Session
from dreambridge.engine.side_thread import SideThread
from dreambridge.engine.watchdog import Limits, Watchdog
from dreambridge.protocol.events import StateChanged
from dreambridge.protocol.requests import Hello, Open

HOUR = 3600.0


@pytest.mark.parametrize(("stood", "left"), [(HOUR, 1), (0.3, 0)])
def test_clients_are_not_silent_while_the_daemon_stands_still(stood: float, left: int) -> None:
    """The control: with looks as regular as ever, a client that was not heard for an hour is forgotten."""
    s = Server("stood-still")
    try:
        s._hello(b"one", Hello(protocol="1.0", client="a game"))
        now = time.monotonic()
        s._looked = now - stood
        (client,) = s.clients.values()
        client.heard = now - HOUR
        s._turn(zmq.Poller())
        assert len(s.clients) == left and not client.orphaned
        assert not left or client.heard <= time.monotonic()
    finally:
        s.stop()
        s.run()


@pytest.mark.parametrize("jumps", [True, False])
def test_a_step_is_not_slow_while_the_process_stands_still(jumps: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a step. The control: one that really takes so long is stuck, and ends its session."""
    said: list[Any] = []
    limits = Limits(stuck=HOUR / 2, step=HOUR / 2) if jumps else Limits(stuck=0.2, step=0.6)
    s = Session(1, open_bundle("testcard"), Open(bundle="testcard"), "cpu", 1, None, said.append, Watchdog(limits))
    s.start(said.append)
    soon(lambda: s.index > 3, 20)
    real, by = time.monotonic, [0.0]
    assert s.runner
    step, deep, go_on = s.runner.step, threading.Event(), threading.Event()

    def held(*a: Any) -> None:
        deep.set()
        go_on.wait(20)
        step(*a)

    s.runner.step = held  # type: ignore[method-assign]
    try:
        assert deep.wait(20)
        if jumps:
            monkeypatch.setattr(time, "monotonic", lambda: real() + by[0])
            by[0] = HOUR
            seen = s._begun
            soon(lambda: s._begun != seen, 20)  # the watchdog has looked
            go_on.set()
            index = s.index
            soon(lambda: s.index > index + 3, 20)
        else:
            soon(lambda: any(m.state == "stuck" for m in said if isinstance(m, StateChanged)), 20)
        states = [m.state for m in said if isinstance(m, StateChanged)]
        assert ("stuck" in states) != jumps and "failed" not in states
    finally:
        go_on.set()
        monkeypatch.undo()
        s.close()
        s.join(20)


def test_a_step_ahead_is_not_slow_either() -> None:
    side, go_on = SideThread[int]("ahead-of-the-test", lambda: None), threading.Event()
    side.stood_still(time.monotonic(), HOUR)
    assert side.begun == 0.0
    side.start(lambda: int(go_on.wait(20)))
    begun, now = side.begun, time.monotonic()
    side.stood_still(now + 1, 0.5)
    assert side.begun == begun + 0.5
    side.stood_still(now, HOUR)
    assert side.begun == now, "never later than now"
    go_on.set()
    side.end()
