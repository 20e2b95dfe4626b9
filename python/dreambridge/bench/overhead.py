"""The daemon's overhead: its session loop compared with a loop that only calls ONNX Runtime, in turns."""

import time
from typing import Any

import numpy as np

import dreambridge
from dreambridge.bench.report import goal, spread
from dreambridge.bundle.find import open_bundle
from dreambridge.client.stream import Stream
from dreambridge.conditioning.timeline import Timeline
from dreambridge.runtime.runner import StreamRunner

LOOK_EVERY = 0.15


def bare(runner: StreamRunner, frame: Any, values: Any, steps: int) -> list[float]:
    """Milliseconds of each call of ONNX Runtime, the frame bound to one plain buffer."""
    runner.step(frame.ctypes.data, 0, 0, 1.0, 1 / 24, 0, values)
    binding = runner._bind(0, frame.ctypes.data).binding
    out = []
    for _ in range(steps):
        begun = time.perf_counter()
        runner.session.run_with_iobinding(binding)
        out.append((time.perf_counter() - begun) * 1e3)
    return out


def session(stream: Stream, steps: int) -> list[float]:
    """Milliseconds from publication to publication of the session's own loop, as fast as it goes.

    It reads only the slots' timestamps, and rarely: the work of a game is not the daemon's overhead, and on two cores each read
    takes time from the step.
    """
    reader, published = stream._reader, dict[int, int]()
    begun = reader.latest
    stream.resume()
    while len(published) < steps + 2:
        time.sleep(LOOK_EVERY)
        latest = reader.latest
        for p in range(max(begun + 1, latest - reader.layout.slots + 2), latest + 1):
            at = reader.slot(p)
            stamp = reader.word(at + 56)
            if reader.word(at) == 2 * p:
                published[p] = stamp
    stream.pause()
    return [(published[p] - published[p - 1]) / 1e6 for p in published if p > begun + 2 and p - 1 in published]


def measure(quick: bool) -> dict[str, Any]:
    # Many short turns, because a noisy machine drifts from second to second, and a step's time varies by several milliseconds.
    rounds, steps = (4, 12) if quick else (200, 12)
    out: dict[str, Any] = {"compared": "the session loop (published to published, fps=None) with a loop that only runs the graph"}
    goals = {}
    with dreambridge.start() as daemon:
        for name in ("vista", "testcard"):
            stream = daemon.open(name, seed=1, fps=None, paused=True, priority="normal", slots=16)
            runner = StreamRunner(open_bundle(name), "cpu", stream.info.threads, 1, spin=True)
            frame = np.zeros(runner.frame_shape, np.uint8)
            values = Timeline(runner.bundle.manifest.directed).at(0.0)
            bare(runner, frame, values, 10)
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                a, b = bare(runner, frame, values, steps), session(stream, steps)
                theirs += a
                ours += b
            stream.close()
            added = float(np.median(ours) - np.median(theirs))
            # standard error of a difference of medians, from the spread of each
            error = 1.2533 * float(np.hypot(np.std(ours) / len(ours) ** 0.5, np.std(theirs) / len(theirs) ** 0.5))
            out[name] = {"bare_ms": spread(theirs), "session_ms": spread(ours), "added_ms_p50_standard_error": round(error, 3)}
            goals[f"{name}_added_ms_p50"] = goal(added, "ms", most=0.5)
    return out | {"goals": goals}
