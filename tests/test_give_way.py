"""A stream leaves the machine to the game: its threads' priority and slice, its share of the cores."""

import itertools
import os
import time
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import soon
from dreambridge.bundle.find import open_bundle
from dreambridge.engine.session import Session
from dreambridge.protocol.requests import Open
from dreambridge.runtime.runner import StreamRunner
from dreambridge.system.priority import NICE, SLICE_MS, attributes


def test_a_stream_gives_way_to_what_wakes_beside_it(daemon: dreambridge.Daemon) -> None:
    """Its own threads alone, and those that ONNX Runtime starts from them, are nicer and have a longer slice than others."""

    def threads() -> dict[int, tuple[int, float]]:
        all_of_them = [int(p.name) for p in Path(f"/proc/{daemon.pid}/task").iterdir()]
        return {t: (a.nice, a.runtime / 1e6) for t in all_of_them if (a := attributes(t))}

    if not (mine := attributes(0)) or not mine.runtime:
        pytest.skip("this system does not say how long a thread's slice is: Linux 6.12 and newer do")
    if mine.nice or mine.policy:
        pytest.skip("the tests themselves give way, and what starts from them cannot give way less")
    idle = daemon.open("testcard", paused=True, threads=1)  # with it run the threads that serve all sessions
    daemon.open("testcard", threads=2).close()
    before = dict[int, tuple[int, float]]()
    until = time.monotonic() + 60
    while threads() != before:  # those of the session that was closed end
        assert time.monotonic() < until, before
        before = threads()
        time.sleep(1)
    for priority, nice in NICE.items():
        stream = daemon.open("testcard", priority=priority, threads=2)
        stream.frame(20)
        now = threads()
        stream.close()
        new = {how for t, how in now.items() if t not in before}
        ours = (nice, SLICE_MS[priority]) if nice else before[daemon.pid]
        assert new == {ours}, (priority, new)
        assert all(now.get(t, how) == how for t, how in before.items()), "the others are as they were"
        soon(lambda: threads().keys() <= before.keys())
    idle.close()


def test_max_cpu_bounds_the_share_of_time_that_steps_take(daemon: dreambridge.Daemon) -> None:
    """One thread for all the time is half of two cores: less than that needs rests."""
    cores = len(os.sched_getaffinity(0))
    rests = {}
    for most in (1.0, 0.5 / cores):
        s = daemon.open("vista", fps=None, threads=1, max_cpu=most)
        seen, begun = [s.frame(10)], time.monotonic()
        while time.monotonic() - begun < 2 or len(seen) < 20:
            seen.append(s.frame(10))
        s.close()
        # the rest after a step, of the step; load makes rests longer, never shorter
        rests[most] = [
            (b.begun_ns - a.ended_ns) / (a.ended_ns - a.begun_ns)
            for a, b in itertools.pairwise(seen)
            if b.publication == a.publication + 1
        ]
    free, bound = (float(np.median(r)) for r in rests.values())
    assert free < 0.5 < 0.9 < bound, (free, bound)


def test_only_a_stream_that_asks_for_all_of_the_machine_takes_it() -> None:
    """Threads that do not sleep between operators cost a game on the same machine 3 ms a tick."""

    def entry(spin: bool) -> str:
        runner = StreamRunner(open_bundle("testcard"), "cpu", 1, spin=spin)
        return str(runner.session.get_session_options().get_session_config_entry("session.intra_op.allow_spinning"))

    assert (entry(False), entry(True)) == ("0", "1")

    def asked(**how: Any) -> bool:
        return Session(1, open_bundle("testcard"), Open(bundle="testcard", **how), "cpu", 1, None, lambda _: None).takes_all

    assert asked(fps=0, priority="normal")
    assert not asked() and not asked(fps=0) and not asked(priority="normal")
    assert not asked(fps=0, priority="normal", max_cpu=0.5)
