"""Baking against an unpaced stream, two processes against one, memory; the conditions of a bake, a daemon and a replay."""

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
    """Frames and times of a bake, from its first to its last; memory of it and its daemons at a quarter and at the end."""

    def __init__(self, quarter: int = 0) -> None:
        self.frames, self.times, self.quarter = 0, list[float](), quarter
        self.memory = [0, 0]
        self._lock = threading.Lock()

    def __call__(self, frames: int) -> None:
        with self._lock:
            self.frames += frames
            self.times.append(time.perf_counter())
            if self.quarter and self.frames in (self.quarter, 4 * self.quarter - 4):
                self.memory[self.frames > self.quarter] = resident()

    @property
    def rate(self) -> float:
        return (self.frames - 1) / (self.times[-1] - self.times[0])


def resident() -> int:
    """Bytes of this process and those that it started."""
    me = psutil.Process()
    return sum(p.memory_info().rss for p in (me, *me.children(recursive=True)))


def measure_bake(quick: bool) -> dict[str, Any]:
    """Rounds in turns, because other programs use the machine too; ratios are medians of the rounds."""
    seconds, rounds = (0.5, 1) if quick else (10.0, 3)
    options = Options("vista", "mp4", FPS, 0.0, 600.0, 1, segment=2.0)
    one_path, two_jobs, growth = [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.dream.json"
        path.write_text(json.dumps(document(seconds)))
        source = Source(path, "day", "", document(seconds))
        with dreambridge.start() as daemon, daemon.open("vista", fps=None, threads=1, paused=True) as stream:
            for k in range(rounds):
                stream.resume()
                begun, first = time.perf_counter(), stream.stats().frames
                time.sleep(seconds / 4)
                free = (stream.stats().frames - first) / (time.perf_counter() - begun)
                stream.pause()
                clock = Clock(round(seconds * FPS) // 4)
                work = Path(folder) / f"one-{k}"
                work.mkdir()
                oven = Oven(work, options, threading.Event(), clock)
                oven.bake(Job(source, k))
                oven.close()
                one_path.append([free, clock.rate])
                growth = max(growth, (clock.memory[1] - clock.memory[0]) / 2**20)
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
