"""Threads that wait actively within a step: only while no other program or session needs the cores."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from conftest import PATIENCE, soon
from dreambridge.bundle.find import find_bundles
from dreambridge.engine import spinning
from dreambridge.engine.session import Session
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from test_watchdog import session


class Fake(spinning.Meter):
    def __init__(self) -> None:
        super().__init__()
        self.load = 0.0

    def others(self) -> float:
        return self.load


@pytest.fixture()
def unpaced(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Session, list[Any], Fake]]:
    monkeypatch.setattr(spinning, "LOOK_EVERY", 0.01)
    with session(find_bundles()["testcard"], paused=True, fps=0, threads=2, priority="normal") as (s, said):
        soon(lambda: said, PATIENCE)
        meter = Fake()
        s.spinning._meter = meter
        yield s, said, meter


def test_they_sleep_while_others_need_the_cores(unpaced: tuple[Session, list[Any], Fake]) -> None:
    s, said, meter = unpaced
    assert s.runner and s.takes_all and s.runner.spin
    s.ahead.forks.fork(said.append)
    s.ahead.forks.prepare(M.ForkPrepare(session=1, fork=1, steps=3), said.append)
    soon(lambda: isinstance(said[-1], R.ForkStatus) and said[-1].steps == 3, PATIENCE)
    meter.load = 1.0
    s.resume(said.append)
    soon(lambda: not s.runner.spin, PATIENCE)  # type: ignore[union-attr]
    index = s.index
    soon(lambda: s.index > index + 10, PATIENCE)
    # The fork goes on where it stood, with the same graph.
    s.ahead.forks.prepare(M.ForkPrepare(session=1, fork=1, steps=5), said.append)
    s.pause(said.append)
    soon(lambda: isinstance(said[-1], R.ForkStatus) and said[-1].steps == 5, PATIENCE)
    made = s.ahead.forks.all()[0].made
    assert [m.of.index for m in made] == list(range(made[0].of.index, made[0].of.index + 5))
    assert all(np.any(m.frames) for m in made)
    meter.load = 0.0
    s.resume(said.append)
    soon(lambda: s.runner.spin, PATIENCE)  # type: ignore[union-attr]
    assert s.state == "playing"


def test_a_short_peak_changes_nothing(unpaced: tuple[Session, list[Any], Fake]) -> None:
    s = unpaced[0]
    for looks, pays in (([1.0], True), ([0.0, 1.0], True), ([1.0, 1.0], False), ([1.0, 0.2], True)):
        s.spinning._looks.clear()
        s.spinning._looks.extend(looks)
        assert s.spinning._pays(now=True) is pays, looks
    for looks, pays in (([0.0] * 9, False), ([0.0] * 10, True), ([0.0] * 9 + [0.2], False)):
        s.spinning._looks.clear()
        s.spinning._looks.extend(looks)
        assert s.spinning._pays(now=False) is pays, looks


def test_what_others_use_is_measured() -> None:
    """A busy process counts, and this process does not."""
    meter = spinning.Meter()
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            most = 0.0
            for _ in range(20):
                meter.others()
                time.sleep(0.2)
                most = max(most, meter.others())
                if most > spinning.BUSY:
                    break
        finally:
            busy.kill()
    assert most > spinning.BUSY
