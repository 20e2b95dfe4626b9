"""Opening: seconds until the first frame, and what the opening of a second stream does to the first one."""

import os
import tempfile
import threading
import time

import numpy as np

import dreambridge
from dreambridge.bench.report import goal, spread, standard_error
from dreambridge.bench.vista.context import WORLDS, Context, Row
from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream


def first_frame(daemon: Daemon, seed: int) -> tuple[float, Stream]:
    """Seconds from `open` to the first frame."""
    begun = time.monotonic()
    stream = daemon.open("vista", seed=seed)
    stream.frame(20.0)
    return time.monotonic() - begun, stream


def gaps(stream: Stream, until: float) -> list[float]:
    """Milliseconds between publications until that second of the monotonic clock."""
    found, last = list[float](), stream.frame(20.0)
    while time.monotonic() < until:
        frame = stream.frame(20.0)
        found.append((frame.published_ns - last.published_ns) / 1e6 / max(1, frame.publication - last.publication))
        last = frame
    return found


def unknown() -> float:
    """Seconds to the first frame where no trial was made: in a new daemon, with an empty cache."""
    before = os.environ.get("DREAMBRIDGE_CACHE")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["DREAMBRIDGE_CACHE"] = cache
        try:
            with dreambridge.start() as daemon:
                seconds, stream = first_frame(daemon, WORLDS)
                stream.close()
        finally:
            os.environ.pop("DREAMBRIDGE_CACHE")
            if before is not None:
                os.environ["DREAMBRIDGE_CACHE"] = before
    return seconds


def measure(c: Context) -> Row:
    opens, rounds, seconds = c.few(1, 9, 5), c.few(1, 8, 4), c.few(1, 4, 3)
    firsts, alone, beside = list[float](), list[float](), list[float]()
    with c.bar("opening", 1 + opens + rounds) as tick:
        cold = unknown()
        tick()
        for n in range(opens):
            took, stream = first_frame(c.daemon, WORLDS + n)
            firsts.append(took)
            stream.close()
            tick()
        with c.daemon.open("vista", seed=WORLDS) as stream:
            for n in range(rounds):
                alone += gaps(stream, time.monotonic() + seconds)
                opening = threading.Thread(target=lambda k=n: c.daemon.open("vista", seed=WORLDS + k, paused=True).close())
                opening.start()
                beside += gaps(stream, time.monotonic() + seconds)
                opening.join()
                tick()
    p99 = float(np.percentile(beside, 99) / np.percentile(alone, 99))
    return {
        "compared": f"`open` at the bundle's rate until the first frame is read, {opens} times; once in a new daemon with an "
        f"empty cache, where the trials run. The gaps between a stream's frames while another stream is opened, {rounds} times, "
        "against those between",
        "control": {"gap_ms_alone": spread(alone)},
        "gap_ms_while_another_opens": spread(beside),
        "open_to_first_frame_s": spread(firsts),
        "goals": {
            "open_to_first_frame": goal(float(np.median(firsts)), "s", most=1.0, error=standard_error(firsts)),
            "open_to_first_frame_with_trials": goal(cold, "s", most=1.0),
            "gap_p99_while_another_opens": goal(p99, "times", most=1.2),
        },
    }
