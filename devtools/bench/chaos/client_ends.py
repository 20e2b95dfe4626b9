"""Clients that are killed, or end cleanly in the middle of a step: their sessions are gone, and nobody else notices."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dreambridge.bench.report import goal, spread
from dreambridge.system.connection_file import file_of

from devtools.bench.chaos.beside import Calm, paired
from devtools.bench.chaos.nursery import Nursery
from devtools.bench.chaos.stage import Stage, until
from devtools.slow_bundle import slow

FULL, QUICK = 200, 3
STEP_S = 0.4  # of the step in the middle of which a client ends
GONE_S = 3.0  # a client's end is noticed when its connection ends, at the latest after the silence that orphans its sessions
ROUNDS, SECONDS = 5, 8.0


def _end(child: dict[str, Any], number: signal.Signals) -> float:
    """End it. Returns the seconds until its ring is removed."""
    ring = Path(child["ring"])
    assert ring.exists()
    os.kill(child["pid"], number)
    return until(lambda: not ring.exists(), 30)


def _in_turns(nursery: Nursery, number: signal.Signals, times: list[float]) -> Callable[[], Callable[[], None]]:
    """Opens a stream, and ends it a moment later, without a pause, until told to stop."""

    def begin() -> Callable[[], None]:
        over = threading.Event()

        def run() -> None:
            while not over.is_set():
                child = nursery.born(paused=False)
                time.sleep(0.2)
                times.append(_end(child, number))

        thread = threading.Thread(target=run)
        thread.start()

        def end() -> None:
            over.set()
            thread.join()

        return end

    return begin


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    slow(stage.folder / "slow")
    os.environ["DREAMBRIDGE_BUNDLES"] = str(stage.folder)
    killed, ended = list[float](), list[float]()
    try:
        with stage.running("ends") as p:
            nursery, calm = Nursery(file_of("ends")), Calm("ends")
            try:
                for _ in stage.rounds(FULL, QUICK, 0.3):
                    child = nursery.born("testcard", fps=60)
                    time.sleep(stage.chance.random() * 0.1)
                    killed.append(_end(child, signal.SIGKILL))
                turns = _turns_of(stage, nursery)
                for _ in stage.rounds(FULL, QUICK, 0.3):
                    child = nursery.born("slow", values={"millions": turns}, shelf=0)
                    time.sleep(STEP_S * (0.5 + stage.chance.random()))
                    ended.append(_end(child, signal.SIGUSR1))
                rest = until(lambda: len(p.rings()) == 1, 20)
                rounds, seconds = (1, 1.0) if stage.quick else (stage.pairs(ROUNDS, SECONDS, 0.4), SECONDS)
                pairs = paired(
                    calm, rounds, seconds, _in_turns(nursery, signal.SIGUSR1, []), _in_turns(nursery, signal.SIGKILL, killed)
                )
                undisturbed, alive = calm.undisturbed, p.alive
            finally:
                calm.close()
                nursery.close()
            left = until(lambda: not p.rings(), 20)
    finally:
        os.environ.pop("DREAMBRIDGE_BUNDLES")
    return {
        "killed": len(killed),
        "ended_in_a_step": len(ended),
        "step_s": STEP_S,
        "killed_to_ring_removed_s": spread(killed),
        "ended_to_ring_removed_s": spread(ended),
        "beside_it": pairs | {"compared": "clients that say goodbye, and clients that are killed, in turns without a pause"},
    }, {
        "killed_to_ring_removed": goal(max(killed), "s", most=GONE_S),
        "ended_in_a_step_to_ring_removed": goal(max(ended), "s", most=1.0),
        "rings_left": goal(float(rest == float("inf") or left == float("inf")), "times", most=0),
        "daemon_ended": goal(float(not alive), "times", most=0),
        "other_session_disturbed": goal(float(not undisturbed), "times", most=0),
        "other_sessions_p99": goal(pairs["p99_ratio"], "times", most=1.2),
    }


def _turns_of(stage: Stage, nursery: Nursery) -> float:
    """Turns in millions that make a step of about ``STEP_S`` on this machine."""
    import dreambridge

    with dreambridge.connect("ends") as d:
        s = d.open("slow", threads=1, paused=True, shelf=0, values={"millions": 0.05})
        begun = time.monotonic()
        for _ in range(3):
            s.step(timeout=30)
        spent = (time.monotonic() - begun) / 3
        s.close()
    return round(0.05 * STEP_S / spent, 3)
