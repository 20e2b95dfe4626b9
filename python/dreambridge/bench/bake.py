"""Baking against an unpaced stream, two processes against one, memory; the conditions of a bake, a daemon and a replay."""

import contextlib
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

import dreambridge
from dreambridge.bake.oven import Job, Options, Oven, Source
from dreambridge.bake.ovens import bake_all
from dreambridge.bake.replayer import Replayer, by_index, opened_for, setting_of
from dreambridge.bake.walks import CutsceneWalk
from dreambridge.bench.report import goal
from dreambridge.client.daemon import Daemon
from dreambridge.take.read import parse_take

FPS = 24.0


def document(seconds: float) -> dict[str, Any]:
    """Vista through a day, with weather and a choice, so that transitions are under way all the time."""
    half = seconds / 2
    return {
        "format": "1.0", "name": "day", "bundle": "vista", "start": "morning",
        "shots": {
            "morning": {
                "lanes": {
                    "time_of_day": {"keys": [{"at": 0, "value": 5}, {"at": half, "value": 13}]},
                    "weather": {"keys": [{"at": 0, "value": "clear"}, {"at": half, "value": "rain"}]},
                    "camera_x": {"keys": [{"at": 0, "value": 0}, {"at": half, "value": 2, "easing": "linear"}]},
                },
                "next": {"choice": [{"id": "on", "then": "evening"}]},
            },
            "evening": {"lanes": {"time_of_day": {"keys": [{"at": half, "value": 22}]}}, "length": half},
        },
    }  # fmt: skip


class Clock:
    """Frames and times of a bake, from its first to its last."""

    def __init__(self) -> None:
        self.frames, self.times = 0, list[float]()
        self._lock = threading.Lock()

    def __call__(self, frames: int) -> None:
        with self._lock:
            self.frames += frames
            self.times.append(time.perf_counter())

    @property
    def rate(self) -> float:
        return (self.frames - 1) / (self.times[-1] - self.times[0])


def resident() -> int:
    """Bytes of this process and those that it started."""
    me = psutil.Process()
    return sum(p.memory_info().rss for p in (me, *me.children(recursive=True)))


def unpaced(daemon: Daemon, source: Source) -> float:
    """Frames a second of a stream that plays the same cutscene as fast as it can."""
    with daemon.open("vista", fps=None, threads=1, paused=True, shelf=0) as stream:
        scene = stream.cutscene(source.path)
        scene.play()
        begun = time.perf_counter()
        stream.resume()
        scene.wait("choice", timeout=600.0)
        scene.choose("on")
        scene.wait("ended", timeout=600.0)
        return stream.stats().frames / (time.perf_counter() - begun)


def measure_bake(quick: bool) -> dict[str, Any]:
    """Rounds in turns, because other programs use the machine too; ratios are medians of the rounds."""
    seconds, rounds = (0.5, 1) if quick else (10.0, 3)
    options = Options("vista", "mp4", FPS, 0.0, 600.0, 1, segment=2.0)
    one_path, two_jobs, growth = [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.dream.json"
        path.write_text(json.dumps(document(seconds)))
        source = Source(path, "day", "", document(seconds))
        with dreambridge.start() as daemon:
            for k in range(rounds):
                free, clock = unpaced(daemon, source), Clock()
                work = Path(folder) / f"one-{k}"
                work.mkdir()
                with contextlib.closing(Oven(work, options, threading.Event(), clock)) as oven:
                    oven.bake(Job(source, k))
                    one_path.append([free, clock.rate])
                    if k == rounds - 1:  # by now, every part of the graph has run once
                        before = resident()
                        oven.bake(Job(source, k + 1))
                        growth = (resident() - before) / 2**20
        for k in range(rounds):
            rates = []
            for count in (1, 2):
                clock = Clock()
                work = Path(folder) / f"many-{k}-{count}"
                work.mkdir()
                bake_all([Job(source, seed) for seed in range(2 if quick else 4)], work, options, False, 16, count, clock)
                rates.append(clock.rate)
            two_jobs.append(rates)
    apart = conditions_apart(0.5 if quick else 4.0)
    share = statistics.median(b / a for a, b in one_path)
    twice = statistics.median(b / a for a, b in two_jobs)
    return {
        "bake_one_path_fps": [[round(x, 1) for x in pair] for pair in one_path],
        "bake_one_and_two_processes_fps": [[round(x, 1) for x in pair] for pair in two_jobs],
        "bake_growth_mib": round(growth, 2),
        "conditions_apart": apart,
        "goals": {
            "bake_of_unpaced_stream": goal(share, "times", least=0.9),
            "bake_two_processes_of_one": goal(twice, "times", least=1.6),
            "bake_memory_growth": goal(growth, "MiB", most=8.0),
            "conditions_daemon_bake_replay": goal(max(apart.values()), "", most=1e-6),
        },
    }


def conditions_apart(seconds: float) -> dict[str, float]:
    """The largest difference of any condition at any stream time between a stream, a bake and a replay of the same document."""
    names = ("time_of_day", "weather", "camera_x")
    story = document(seconds)
    rows: dict[str, list[Any]] = {"bake": [], "daemon": [], "replay": []}

    def kept(tensors: Any) -> Any:
        return np.concatenate([np.append(*tensors[n]) for n in names])

    with dreambridge.start() as daemon, daemon.open("vista", fps=FPS, threads=1, paused=True) as s:
        start = s.snapshot()
        walk = CutsceneWalk(s, s.cutscene(story), [], 0.0, 600.0, start, names)
        rows["bake"] = [kept(p.tensors) for p in walk]
        s.restore(start)
        recording = s.record()
        scene = s.cutscene(story)
        scene.play()
        for _ in rows["bake"]:
            rows["daemon"].append(kept(s.step_telling(names)[1]))
            if scene.status == "choosing":
                scene.choose("on")
        take = parse_take(recording.stop().encode())
    with opened_for(take, setting_of(take)) as (_, s):
        rows["replay"] = [kept(shown.values) for shown in Replayer(s, take, by_index(take, FPS), names)]
    daemon_rows = np.array(rows["daemon"])
    return {n: float(np.abs(np.array(rows[n]) - daemon_rows).max()) for n in ("bake", "replay")}
