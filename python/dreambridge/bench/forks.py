"""Forks and pre-roll: their time and memory, what they cost other streams, and how soon a choice is seen."""

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import psutil

import dreambridge
from dreambridge.bench.report import goal, spread
from dreambridge.client.cutscene import Cutscene
from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L

ROUNDS = 5
SHOTS: dict[str, Any] = {
    "evening": {
        "lanes": {"time_of_day": {"keys": [{"at": 0, "value": 19}]}},
        "length": 0.2,
        "next": {"choice": [{"id": "storm", "then": "storm"}, {"id": "calm", "then": "evening"}]},
    },
    "storm": {
        "lanes": {"weather": {"keys": [{"at": 0, "value": "storm"}]}},
        "length": 0.2,
        "next": {"wait": "over", "then": "evening"},
    },
}
DOCUMENT: dict[str, Any] = {"format": "1.0", "name": "bench", "start": "evening", "shots": SHOTS}


def _memory(daemon: Daemon) -> float:
    """MB that only the daemon's process has."""
    return float(psutil.Process(daemon.pid).memory_full_info().uss) / 1e6


def fork_and_adopt(daemon: Daemon, quick: bool) -> dict[str, Any]:
    """Of a playing Vista stream, without steps made ahead; and the memory of forks with one second each."""
    rounds, count = (3, 1) if quick else (60, 4)
    rng, both, forked = np.random.default_rng(3), [], []
    with daemon.open("vista", seed=5, threads=1) as stream:
        for _ in range(24):
            stream.frame(10.0)
        for _ in range(rounds):
            time.sleep(float(rng.uniform(0.0, 0.08)))  # at any moment of the frame interval
            begun = time.perf_counter()
            fork = stream.fork()
            forked.append((time.perf_counter() - begun) * 1e3)
            fork.adopt()
            both.append((time.perf_counter() - begun) * 1e3)
        # The arena of ONNX Runtime has its size by now, and a fork's steps use the same one.
        stream.pause()
        before = _memory(daemon)
        forks = [stream.fork() for _ in range(count)]
        steps = [f.prepare(1.0, timeout=60.0) for f in forks]
        grown = (_memory(daemon) - before) / count
        told = max(f.bytes for f in forks) / 1e6
    return {
        "fork_ms": spread(forked),
        "fork_and_adopt_ms": spread(both),
        "fork_mb": round(grown, 2),
        "fork_mb_told": round(told, 2),
        "steps_ahead": steps,
    }


def _intervals(stream: Stream, seconds: float) -> list[float]:
    """Milliseconds between the frames that are published in the next ``seconds``."""
    found, until, last = list[float](), time.monotonic() + seconds, None
    while time.monotonic() < until:
        frame = stream.poll()
        if frame is None:
            time.sleep(0.001)
            continue
        if last and frame.publication == last.publication + 1:
            found.append((frame.published_ns - last.published_ns) / 1e6)
        last = frame
    return found


@contextlib.contextmanager
def _forks_of(stream: Stream) -> Iterator[Callable[[], int]]:
    """Steps of forks are made all the time; how many there were."""
    over, made = threading.Event(), [0]

    def work() -> None:
        while not over.is_set():
            fork = stream.fork()
            try:
                while not over.is_set() and fork.prepare(4.0, timeout=0.2) < 96:
                    pass
            finally:
                made[0] += fork.steps
                fork.drop()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield lambda: made[0]
    finally:
        over.set()
        thread.join()


def beside(daemon: Daemon, quick: bool) -> dict[str, Any]:
    """Another stream's frame intervals while a stream makes forks ahead, against those while it does not; and twice without."""
    rounds, seconds = (1, 0.7) if quick else (ROUNDS, 8.0)
    rows, ahead = [], 0
    with daemon.open("vista", seed=5, threads=1) as other, daemon.open("vista", seed=6, threads=1) as forking:
        for s in (other, forking):
            for _ in range(12):
                s.frame(10.0)
        for k in range(rounds):
            p99: dict[str, float] = {}
            cases = ["without", "forks", "again"]
            for case in cases[k % 3 :] + cases[: k % 3]:  # so that a drift of the machine meets each of them
                with _forks_of(forking) if case == "forks" else contextlib.nullcontext(lambda: 0) as made:
                    p99[case] = spread(_intervals(other, seconds))["p99"]
                ahead += made()
            rows.append(p99)
    return {
        "interval_ms_p99": rows,
        "ratio": round(statistics.median(r["forks"] / r["without"] for r in rows), 3),
        "ratio_a_a": round(statistics.median(r["again"] / r["without"] for r in rows), 3),
        "steps_ahead": ahead,
    }


def _until_seen(stream: Stream, index: int) -> bool:
    """Wait for the frame ``index`` or a later one; whether it begins what was made ahead."""
    until = time.monotonic() + 20.0
    while (frame := stream.poll()) is None or frame.index < index:
        if time.monotonic() > until:
            raise DreamError("timeout", f"The frame {index} was not published within 20 s.", "The machine may be busy.")
        time.sleep(0.0002)
    return bool(frame.flags & L.FLAG_ADOPTED)


def _latencies(stream: Stream, scene: Cutscene, rounds: int, thinking: float) -> tuple[list[float], list[float]]:
    """Milliseconds from a choice or signal to its first frame in the client's memory: of those made ahead, and of the others."""
    rng, ahead, made = np.random.default_rng(7), list[float](), list[float]()
    for k in range(rounds):
        happened = "choice" if k % 2 == 0 else "waiting"
        scene.wait(happened, timeout=60.0)
        time.sleep(thinking + float(rng.uniform(0.0, 0.08)))
        begun = time.perf_counter()
        status = scene.choose("storm") if happened == "choice" else scene._status(M.CutsceneSignal, name="over")
        (ahead if _until_seen(stream, status.frame_index) else made).append((time.perf_counter() - begun) * 1e3)
    return ahead, made


def choices(daemon: Daemon, quick: bool) -> dict[str, Any]:
    """With pre-roll and without, in one run of one stream."""
    rounds, thinking = (2, 0.2) if quick else (40, 0.6)
    with daemon.open("vista", seed=7, threads=1) as stream:
        scene = stream.cutscene(DOCUMENT)
        scene.play()
        _, plain = _latencies(stream, scene, rounds, 0.1)
        scene.play(preroll=1.0)
        ahead, late = _latencies(stream, scene, rounds, thinking)
        stats = stream.stats()
        interval = 1000 / stream.info.fps
    return {
        "choice_ms": spread(plain),
        "prerolled_choice_ms": spread(ahead) if ahead else None,
        "prerolled_share": round(len(ahead) / (len(ahead) + len(late)), 2),
        "frame_interval_ms": round(interval, 2),
        "step_ms_p50": round(stats.step_ms_p50, 2),
        "missed": stats.missed,
    }


def measure(quick: bool) -> dict[str, Any]:
    with dreambridge.start() as daemon:
        fork, other, choice = fork_and_adopt(daemon, quick), beside(daemon, quick), choices(daemon, quick)
    interval, step, ahead = choice["frame_interval_ms"], choice["step_ms_p50"], choice["prerolled_choice_ms"]
    return {
        "fork": fork,
        "beside": other,
        "choice": choice,
        "goals": {
            "fork_and_adopt_p50": goal(fork["fork_and_adopt_ms"]["p50"], "ms", most=20.0),
            "fork_memory": goal(fork["fork_mb"], "MB", most=30.0),
            "other_streams_p99": goal(other["ratio"] if other["steps_ahead"] else None, "times", most=1.2),
            "choice_to_frame_p50": goal(choice["choice_ms"]["p50"], "ms", most=round(interval + step + 5, 2)),
            "prerolled_choice_to_frame_p50": goal(ahead["p50"] if ahead else None, "ms", most=interval),
        },
    }
