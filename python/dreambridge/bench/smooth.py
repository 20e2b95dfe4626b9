"""Smoothness: missed deadlines, jitter, the longest gap, and the time to the first frame."""

import time
from typing import Any

import numpy as np

import dreambridge
from dreambridge.bench.report import goal, spread


def measure(quick: bool) -> dict[str, Any]:
    seconds, opens = (3.0, 1) if quick else (30.0, 5)
    firsts = []
    with dreambridge.start() as daemon:
        for n in range(opens):
            begun = time.monotonic()
            stream = daemon.open("vista", seed=n)
            stream.frame(20.0)
            firsts.append((time.monotonic() - begun) * 1e3)
            if n + 1 < opens:
                stream.close()
        for _ in range(12):
            stream.frame(5.0)
        before, frames = stream.stats(), []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            frame = stream.poll()
            if frame:
                frames.append(frame)
            else:
                time.sleep(0.002)
        after, opened = stream.stats(), stream.info
        stream.close()
        free = daemon.open("vista", seed=9, fps=None)
        stamps = []
        until = time.monotonic() + seconds / 3
        while time.monotonic() < until:
            f = free.poll()
            if f:
                stamps.append((f.publication, f.published_ns))
            else:
                time.sleep(0.002)
    interval = 1000 / opened.fps
    gaps = np.diff([f.published_ns for f in frames]) / 1e6
    steps = np.diff([f.publication for f in frames])
    jitter = np.abs(gaps / steps - interval)
    fps = (frames[-1].publication - frames[0].publication) / ((frames[-1].published_ns - frames[0].published_ns) / 1e9)
    most = (stamps[-1][0] - stamps[0][0]) / ((stamps[-1][1] - stamps[0][1]) / 1e9)
    missed = (after.missed - before.missed) / max(1, after.frames - before.frames)
    return {
        "compared": f"publication times with the deadlines of {opened.fps:g} frames a second",
        "fps": round(fps, 3),
        "fps_as_fast_as_it_goes": round(most, 2),
        "deadlines_missed_share": round(missed, 4),
        "jitter_ms": spread(jitter),
        "longest_gap_ms": round(float(gaps.max()), 2),
        "step_ms": spread(f.step_ms for f in frames),
        "open_to_first_frame_ms": spread(firsts),
        "dropped": after.dropped,
        "threads": opened.threads,
        "goals": {"vista_fps": goal(fps, "1/s", least=23.9), "vista_fps_as_fast_as_it_goes": goal(most, "1/s", least=24.0)},
    }
