"""What the daemon adds to the bare step: its session loop against a loop that only calls ONNX Runtime, taken in turns."""

import time
from typing import Any

import numpy as np

import dreambridge
from dreambridge.bench.report import goal, spread
from dreambridge.client import Stream
from dreambridge.conditioning.timeline import Timeline
from dreambridge.runtime.bundle import open_bundle
from dreambridge.runtime.runner import StreamRunner


def bare(runner: StreamRunner, frame: Any, values: Any, steps: int) -> list[float]:
    """Milliseconds of each call of ONNX Runtime, the frame bound to one plain buffer."""
    binding, name = runner._bindings[0], runner.bundle.manifest.step.frame
    runner.step(frame.ctypes.data, 0, 0, 1.0, 1 / 24, 0, values)
    out = []
    for _ in range(steps):
        begun = time.perf_counter()
        binding.bind_output(name, "cpu", 0, np.uint8, runner.frame_shape, frame.ctypes.data)
        runner.session.run_with_iobinding(binding)
        out.append((time.perf_counter() - begun) * 1e3)
    return out


def session(stream: Stream, steps: int) -> list[float]:
    """Milliseconds from publication to publication of the session's own loop, as fast as it goes.

    Where several were published between two looks, each counts with their mean.
    """
    stream.resume()
    out: list[float] = []
    last = None
    while len(out) < steps + 2:
        frame = stream.poll()
        if frame is None:
            time.sleep(0.002)
            continue
        if last is not None:
            count = frame.publication - last.publication
            out += [(frame.published_ns - last.published_ns) / 1e6 / count] * count
        last = frame
    stream.pause()
    return out[2:]


def measure(quick: bool) -> dict[str, Any]:
    rounds, steps = (3, 20) if quick else (12, 60)
    out: dict[str, Any] = {"compared": "the session loop (published to published, fps=None) with a loop that only runs the graph"}
    goals = {}
    with dreambridge.start() as daemon:
        for name in ("vista", "testcard"):
            stream = daemon.open(name, seed=1, fps=None, paused=True, priority="normal")
            runner = StreamRunner(open_bundle(name), "cpu", stream.opened["threads"], 1)
            frame = np.zeros(runner.frame_shape, np.uint8)
            values = Timeline(runner.bundle.manifest.conditions).at(0.0)
            bare(runner, frame, values, 10)
            ours: list[float] = []
            theirs: list[float] = []
            added = []
            for _ in range(rounds):
                a, b = bare(runner, frame, values, steps), session(stream, steps)
                theirs += a
                ours += b
                added.append(float(np.median(b) - np.median(a)))
            stream.close()
            out[name] = {"bare_ms": spread(theirs), "session_ms": spread(ours), "added_ms_by_round": [round(x, 3) for x in added]}
            goals[f"{name}_added_ms_p50"] = goal(float(np.median(added)), "ms", most=0.5)
    return out | {"goals": goals}
