"""The latency from ``direct()`` to the first frame with it, by stage, for a stream at the bundle's own rate."""

import time
from typing import Any

import numpy as np

import dreambridge
from dreambridge.bench.report import goal, spread

STAGES = ("received", "applied", "begun", "ended", "published", "read")


def measure(quick: bool) -> dict[str, Any]:
    count = 20 if quick else 250
    rows: list[dict[str, float]] = []
    rng = np.random.default_rng(5)
    with dreambridge.start() as daemon:
        stream = daemon.open("vista", seed=2)
        for _ in range(24):
            stream.frame(5.0)
        for n in range(count + 5):
            time.sleep(float(rng.uniform(0.0, 0.08)))  # at any moment of the frame interval
            sent = time.monotonic_ns()
            revision = stream.direct(energy=float(n % 2), over=0.0)
            frame = stream.frame(5.0)
            while frame.revision < revision:
                frame = stream.frame(5.0)
            read = time.monotonic_ns()
            stamps = (frame.received_ns, frame.applied_ns, frame.begun_ns, frame.ended_ns, frame.published_ns, read)
            if n >= 5:
                rows.append({k: (v - sent) / 1e6 for k, v in zip(STAGES, stamps, strict=True)})
        stats, opened = stream.stats(), stream.info
    steps = spread(r["ended"] - r["begun"] for r in rows)
    interval = 1000 / opened.fps
    p50 = spread(r["read"] for r in rows)["p50"]
    return {
        "compared": "timestamps of one clock (CLOCK_MONOTONIC) in the slot's header with the client's times before and after",
        "since_sent_ms": {k: spread(r[k] for r in rows) for k in STAGES},
        "step_ms": steps,
        "frame_interval_ms": round(interval, 2),
        "directions": len(rows),
        "missed": stats.missed,
        "threads": opened.threads,
        "goals": {"direct_to_frame_ms_p50": goal(p50, "ms", most=round(interval + steps["p50"] + 5, 2))},
    }
