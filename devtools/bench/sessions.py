"""Several sessions on one machine: four streams of Vista against one, and eight streams of a bundle with a batch axis against
eight apart.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import psutil
from dreambridge.bench.report import goal
from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream

from devtools.batch_bundle import batched

LOOK_EVERY = 0.03  # seconds; 16 slots keep the frames of a stream with 400 a second
SETTLE = 5.0  # seconds until the sessions have their shares of the cores


@contextmanager
def opened(name: str, count: int, **ask: Any) -> Iterator[tuple[Daemon, list[Stream]]]:
    """A daemon of its own with that many streams."""
    with dreambridge.start(provider="cpu") as daemon:
        yield daemon, [daemon.open(name, seed=k, slots=16, priority="normal", **ask) for k in range(count)]


def watch(streams: list[Stream], seconds: float) -> dict[str, Any]:
    """Frames a second of each stream and together, and the 99th percentile of its frame intervals in ms."""
    readers = [s._reader for s in streams]
    seen: list[dict[int, int]] = [{} for _ in readers]
    begun, first = time.monotonic(), [r.latest for r in readers]
    while time.monotonic() - begun < seconds:
        time.sleep(LOOK_EVERY)
        for reader, times, start in zip(readers, seen, first, strict=True):
            latest = reader.latest
            for p in range(max(start + 1, latest - reader.layout.slots + 2, max(times, default=0) + 1), latest + 1):
                at = reader.slot(p)
                stamp = reader.word(at + 56)
                if reader.word(at) == 2 * p:
                    times[p] = stamp
    spent = time.monotonic() - begun
    fps = [(reader.latest - start) / spent for reader, start in zip(readers, first, strict=True)]
    # A fast stream overtakes the looks: only intervals between frames that were both seen count.
    intervals = [[(times[p] - times[p - 1]) / 1e6 for p in times if p - 1 in times] for times in seen]
    return {
        "fps": [round(f, 2) for f in fps],
        "sum": round(sum(fps), 2),
        "interval_ms_p99": [round(float(np.percentile(ms, 99)), 1) if ms else None for ms in intervals],
    }


def case(name: str, count: int, seconds: float, settle: float, **ask: Any) -> dict[str, Any]:
    with opened(name, count, **ask) as (daemon, streams):
        watch(streams, settle)
        found = watch(streams, seconds)
        memory = psutil.Process(daemon.pid).memory_full_info()
        stats = [s.stats() for s in streams]
    return found | {
        "rss_mib": round(memory.rss / 2**20),
        "pss_mib": round(getattr(memory, "pss", memory.rss) / 2**20),
        "threads": [s.threads for s in stats],
        "step_ms_p50": round(float(np.median([s.step_ms_p50 for s in stats])), 2),
        "step_ms_p99": round(max(s.step_ms_p99 for s in stats), 2),
        "state_copies": sum(s.state_copies for s in stats),
    }


def vista(quick: bool) -> dict[str, Any]:
    """Unpaced, in turns: one session, four whose number of threads the daemon decides, and four with a fixed number."""
    rounds, seconds = (1, 3.0) if quick else (3, 10.0)
    how: dict[str, dict[str, Any]] = {
        "one": {"count": 1},
        "four": {"count": 4},
        "four, 1 thread each": {"count": 4, "threads": 1},
        "four, 2 threads each": {"count": 4, "threads": 2},
    }
    out: dict[str, list[dict[str, Any]]] = {name: [] for name in how}
    for _ in range(rounds):
        for name, ask in how.items():
            out[name].append(case("vista", seconds=seconds, settle=SETTLE, fps=None, **ask))

    def middle(name: str, key: str) -> float:
        return float(np.median([found[key] for found in out[name]]))

    best = max(middle(name, "sum") for name in how if "each" in name)
    return {
        **out,
        "goals": {
            "four_memory_against_one": goal(middle("four", "rss_mib") / middle("one", "rss_mib"), "times", most=2.2),
            "four_fps_against_best_fixed_split": goal(middle("four", "sum") / best, "times", least=0.95),
            "four_fps_against_one": goal(middle("four", "sum") / middle("one", "sum"), "times", least=1.25),
        },
    }


def batches(quick: bool) -> dict[str, Any]:
    """Eight streams of a tiny transformer: together, and apart by the same network with fixed shapes."""
    rounds, seconds = (1, 2.0) if quick else (5, 5.0)
    together: list[dict[str, Any]] = []
    apart: list[dict[str, Any]] = []
    paced: list[tuple[dict[str, Any], dict[str, Any]]] = []
    with tempfile.TemporaryDirectory(prefix="dreambridge-bench-") as folder:
        # 4.7 million weights: what streams that step together gain is that these are read once.
        for name, batch in (("batched", 8), ("plain", 1)):
            batched(Path(folder) / name, batch, dim=256, kept=32, layers=6)
        before = os.environ.get("DREAMBRIDGE_BUNDLES", "")
        os.environ["DREAMBRIDGE_BUNDLES"] = os.pathsep.join(filter(None, (folder, before)))
        try:
            for _ in range(rounds):
                together.append(case("batched", 8, seconds, 1.0, fps=None))
                apart.append(case("plain", 8, seconds, SETTLE / 2, fps=None, threads=1))
                paced.append((case("batched", 8, seconds, 1.0, fps=24), case("plain", 8, seconds, 1.0, fps=24, threads=1)))
        finally:
            os.environ["DREAMBRIDGE_BUNDLES"] = before
    gain = float(np.median([a["sum"] / b["sum"] for a, b in zip(together, apart, strict=True)]))
    # A step of a stream alone is what it would take without the others.
    added = float(np.median([a["step_ms_p99"] - b["step_ms_p99"] for a, b in paced]))
    step = float(np.median([found["step_ms_p50"] for found in together]))
    return {
        "together": together,
        "apart": apart,
        "at 24 frames a second": [{"together": a, "apart": b} for a, b in paced],
        "goals": {
            "fps_together_against_apart": goal(gain, "times", least=1.5),
            "added_step_ms_p99_at_24_fps": goal(added, "ms", most=step),
        },
    }


def measure(quick: bool) -> dict[str, Any]:
    a, b = vista(quick), batches(quick)
    compared = "four streams of Vista with one, and with fixed numbers of threads; eight streams together with eight apart"
    return {"compared": compared, "vista": a, "batch": b, "goals": a.pop("goals") | b.pop("goals")}
