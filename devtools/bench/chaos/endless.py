"""A step that never ends: the session says ``stuck``; close, bye and Ctrl-C are answered within a second."""

import signal
import time
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.bench.report import goal, spread
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.requests import Close

from devtools.bench.chaos.stage import PATIENCE, Stage, until
from devtools.slow_bundle import FOR_EVER, in_the_bundle_path

FULL, QUICK = 20, 1


def _opened(d: dreambridge.Daemon) -> dreambridge.Stream:
    """Refused while the last operator of an earlier session still runs, which takes a moment on a busy machine."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return d.open("slow", threads=1)
        except DreamError as e:
            if e.code != "session_failed" or time.monotonic() > end:
                raise
        time.sleep(0.05)


def _stuck(d: dreambridge.Daemon) -> dreambridge.Stream:
    s = _opened(d)
    s.frame(20)
    s.direct(millions=FOR_EVER)
    if until(lambda: s.state == "stuck", 20) == float("inf"):
        raise TimeoutError(f"never stuck: {s.state}")
    return s


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    times: dict[str, list[float]] = {"close": [], "bye": [], "ctrl_c": []}
    left = list[str]()
    with in_the_bundle_path(stage.folder):
        for _ in stage.rounds(FULL, QUICK):
            p = stage.daemon("endless")
            try:
                with dreambridge.connect("endless") as d:
                    s = _stuck(d)
                    begun = time.monotonic()
                    d._channel.ask(Close(session=s.session), 30)
                    times["close"].append(time.monotonic() - begun)
                    left += [f"close: {s.info.ring}"] if Path(s.info.ring).exists() else []
                    s = _stuck(d)
                    ring, begun = Path(s.info.ring), time.monotonic()
                times["bye"].append(time.monotonic() - begun)
                left += [f"bye: {ring}"] if until(lambda: not ring.exists(), 1.0) == float("inf") else []  # noqa: B023
                with dreambridge.connect("endless") as d:
                    s = _stuck(d)
                    ring, begun = Path(s.info.ring), time.monotonic()
                    p.send(signal.SIGINT)
                    p.process.wait(30)
                    times["ctrl_c"].append(time.monotonic() - begun)
                    left += [f"Ctrl-C: {ring}"] if ring.exists() else []
            finally:
                if p.alive:
                    p.end()
    return {"rounds": len(times["close"]), "answered_s": {k: spread(v) for k, v in times.items()}, "left": left}, {
        **{f"{k}_worst": goal(max(v), "s", most=1.0) for k, v in times.items()},
        "rings_left": goal(len(left), "rings", most=0),
    }
