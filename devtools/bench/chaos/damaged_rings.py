"""A program cuts, overwrites, removes or maps a ring: the daemon lives, that session gets a new ring, nobody else notices."""

import time
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.bench.report import goal, spread
from dreambridge.protocol.errors import DreamError

from devtools.bench.chaos.beside import Calm
from devtools.bench.chaos.stage import Stage, until
from devtools.ring_harms import HARMS, replaced

FULL, QUICK = 20, 1  # times each harm, each to a stream of its own


def _harmed(d: dreambridge.Daemon, harm: Any) -> tuple[float, str]:
    """Harm the ring of a fresh stream: seconds until its client shows a frame of the new ring, and what went wrong."""
    with d.open("testcard", fps=60, threads=1, values={"level": 0.5}) as s:
        s.frame(20)
        path, reader = Path(s.info.ring), s._reader
        begun = time.monotonic()
        harm(path)
        if until(lambda: s.poll() is not None and s._reader is not reader, 20) == float("inf"):
            return float("inf"), f"{harm.__name__}: no new ring; {s.state}, {s.reason}"
        try:
            frame = s.frame(20)
        except DreamError as e:
            return float("inf"), f"{harm.__name__}: {e}"
        spent = time.monotonic() - begun
        if until(lambda: "was lost" in s.reason, 10) == float("inf"):
            return spent, f"{harm.__name__}: not told"
        if harm is replaced:
            path.unlink()
        level = int(frame.pixels[220, 10, 0])
        return spent, "" if level == 128 else f"{harm.__name__}: level {level}"


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    times, wrong = list[float](), list[str]()
    with stage.running("damaged") as p:
        calm = Calm("damaged")
        try:
            with dreambridge.connect("damaged") as d:
                for _ in stage.rounds(FULL, QUICK):
                    for harm in HARMS:
                        spent, why = _harmed(d, harm)
                        times.append(spent)
                        wrong += [why] if why else []
            undisturbed, alive = calm.undisturbed, p.alive
        finally:
            calm.close()
    return {
        "harms": [h.__name__ for h in HARMS],
        "times": len(times),
        "harm_to_new_frame_s": spread(times),
        "wrong": wrong[:10],
    }, {
        "daemon_ended": goal(float(not alive), "times", most=0),
        "not_replaced_or_not_told": goal(len(wrong), f"of {len(times)}", most=0),
        "other_session_noticed": goal(float(not undisturbed), "times", most=0),
    }
