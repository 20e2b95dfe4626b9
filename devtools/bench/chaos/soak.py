"""An hour of use: eight sessions that open, direct and close, and two engines; nothing grows, and the frame rate stays."""

import random
import threading
import time
from typing import Any

import dreambridge
import numpy as np
import psutil
from dreambridge.bench.report import goal
from dreambridge.protocol.errors import DreamError

from devtools.bench.chaos.beside import FPS, Calm
from devtools.bench.chaos.stage import Process, Stage, rings

MINUTES, QUICK_S = 60.0, 6.0
SESSIONS = 8
SAMPLES = 120
WARM = 0.25  # of the time, until caches are full
# What may be there at the end beyond the beginning: a share and an amount of noise.
MAY_GROW = {"memory_mb": (0.05, 24.0), "handles": (0.0, 6.0), "threads": (0.0, 6.0), "rings": (0.0, 6.0), "ring_mb": (0.0, 12.0)}
CLIENT_MAY_GROW = (0.1, 16.0)


class Player(threading.Thread):
    """Opens a stream, directs it for a while, sometimes takes a snapshot or forks, and closes it; again and again."""

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.random, self.over, self.problems, self.rounds = random.Random(seed), threading.Event(), list[str](), 0
        self.client = dreambridge.connect(name)

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self._round()
                self.rounds += 1
        except DreamError as e:
            self.problems.append(str(e))

    def _round(self) -> None:
        r = self.random
        with self.client.open("testcard", fps=r.choice((5, 10)), threads=1, seed=r.randrange(1000)) as s:
            for _ in range(r.randrange(3, 12)):
                s.direct(level=r.random(), over=r.choice((0, 0.5)))
                s.poll()
                self.over.wait(0.1 + 0.3 * r.random())
            what = r.randrange(4)
            if what == 0:
                s.restore(s.snapshot())
            elif what == 1:
                fork = s.fork()
                fork.direct(level=0.1)
                fork.adopt()
            elif what == 2:
                s.keep("here")
                s.rewind(name="here")

    def close(self) -> None:
        self.over.set()
        self.join(30)
        self.client.close()


class Engines:
    """The adapters of Godot and of Unity's core, each with a stream that it opens and closes."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.name = name
        self.adapters = {} if stage.quick else {c: stage.programs.adapter(c) for c in ("godot", "net8")}
        self.opened = 0

    def turn(self, k: int) -> None:
        for a in self.adapters.values():
            if k % 5 == 0:
                a.ask("start", daemon=self.name, bundle="testcard", seed=k, values={"level": 0.5})
                self.opened += 1
            else:
                a.ask("direct", values={"level": (k % 10) / 10}, over=0.2)
                a.ask("look")

    def memory(self) -> dict[str, float]:
        return {f"{c}_mb": psutil.Process(a._process.pid).memory_info().rss / 1e6 for c, a in self.adapters.items()}

    def close(self) -> None:
        for a in self.adapters.values():
            a.ask("stop")
            a.close()


def sample(p: Process, calm: Calm, engines: Engines, seconds: float) -> dict[str, float]:
    files = rings()
    sizes = 0.0
    for f in files:
        try:
            sizes += f.stat().st_blocks * 512 / 1e6
        except FileNotFoundError:
            continue
    intervals = calm.intervals(seconds)
    p50, p99 = (float(np.percentile(intervals, q)) for q in (50, 99))
    beside = {"rings": float(len(files)), "ring_mb": sizes, "interval_p50_ms": p50, "interval_p99_ms": p99}
    return p.holds() | engines.memory() | beside


def growth(samples: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """By name: the median of the first and of the last third after the warm-up."""
    rest = samples[int(len(samples) * WARM) :]
    third = max(1, len(rest) // 3)
    out = {}
    for name in rest[0]:
        first, last = (float(np.median([s[name] for s in part])) for part in (rest[:third], rest[-third:]))
        out[name] = {"first": round(first, 2), "last": round(last, 2)}
    return out


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    seconds = QUICK_S if stage.quick else 60 * (stage.minutes or MINUTES)
    with stage.running("soak") as p:
        calm, engines = Calm("soak"), Engines(stage, "soak")
        players = [Player("soak", k) for k in range(2 if stage.quick else SESSIONS)]
        for player in players:
            player.start()
        samples, begun, k = list[dict[str, float]](), time.monotonic(), 0
        every = max(1.0, seconds / SAMPLES)
        try:
            while time.monotonic() - begun < seconds:
                engines.turn(k)
                k += 1
                if len(samples) * every <= time.monotonic() - begun:
                    samples.append(sample(p, calm, engines, min(every / 2, 10.0)))
                time.sleep(0.2)
        finally:
            for player in players:
                player.close()
            engines.close()
            undisturbed = calm.undisturbed
            calm.close()
        alive, problems = p.alive, [x for player in players for x in player.problems]
    grown = growth(samples)
    goals = {}
    for name, g in grown.items():
        if name in MAY_GROW or name.endswith("_mb"):
            share, amount = MAY_GROW.get(name, CLIENT_MAY_GROW)
            goals[f"{name}_more"] = goal(g["last"] - g["first"], name, most=round(share * g["first"] + amount, 2))
    rate = grown["interval_p50_ms"]
    return {
        "seconds": round(time.monotonic() - begun, 1),
        "samples": len(samples),
        "sessions_opened": sum(player.rounds for player in players) + engines.opened,
        "growth": grown,
        "problems": problems[:5],
    }, goals | {
        "interval_p50": goal(rate["last"], "ms", most=round(1.05 * 1000 / FPS, 2)),
        "interval_p50_more": goal(rate["last"] - rate["first"], "ms", most=0.5),
        "problems": goal(len(problems), "errors", most=0),
        "daemon_ended": goal(float(not alive), "times", most=0),
        "other_session_disturbed": goal(float(not undisturbed), "times", most=0),
    }
