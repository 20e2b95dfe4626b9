"""The daemon stands still for 10 s, or its clocks jump: clients say so, go on by themselves, and no burst of old frames comes.

A game that stands still itself (a debugger, a machine that sleeps) does not take its daemon for gone.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.bench.report import goal, spread
from dreambridge.protocol.limits import DAEMON_SILENT
from dreambridge.ring.reader import RingReader

from devtools.bench.chaos.stage import ROOT, Process, Stage, until
from devtools.bench.chaos.watching import Watcher

FULL, QUICK = 10, 1
STOP_S = 10.0
JUMPS = ("monotonic 3600", "wall 86400", "wall -86400")
FPS, TESTCARD = 24.0, 30.0  # of the streams whose clock jumps, and of those that the watchers open


def burst(ring: Path, begin: Any, seconds: float = 1.0) -> int:
    """Publications in the second after ``begin``."""
    reader = RingReader(ring)
    begin()
    before = reader.latest
    time.sleep(seconds)
    count = reader.latest - before
    reader.close()
    return count


def _stopped(stage: Stage, watchers: dict[str, Watcher], p: Process) -> tuple[dict[str, float], list[int], list[str]]:
    """One stop: seconds until each client plays again, the publications of the first second of each ring, and what went wrong."""
    wrong = list[str]()
    seen = {c: len(w.said) for c, w in watchers.items()}
    p.send(signal.SIGSTOP)
    time.sleep(STOP_S)
    for c, w in watchers.items():
        if w.wait(_lost, seen[c], 1.0) is None:
            wrong.append(f"{c} did not say that the daemon is gone: {w.said[seen[c] :]}")
    rings = p.rings()
    back = time.time()
    readers = [RingReader(r) for r in rings]
    before = [r.latest for r in readers]
    p.send(signal.SIGCONT)
    time.sleep(1.0)
    counts = [r.latest - b for r, b in zip(readers, before, strict=True)]
    for r in readers:
        r.close()
    again = {}
    for c, w in watchers.items():
        m = w.wait(lambda m: str(m.get("state")).lower() in ("playing", "slowed") and m["at"] > back, seen[c], 30)
        again[c] = m["at"] - back if m else float("inf")
    if set(rings) - set(p.rings()):
        wrong.append("a session did not survive")
    return again, counts, wrong


def _lost(m: dict[str, Any]) -> bool:
    return str(m.get("state")).lower() == "lost"


def suspend(watchers: dict[str, Watcher], seconds: float = DAEMON_SILENT + 1.5) -> list[str]:
    """The games stand still for longer than a daemon may be silent. Returns what they said of a lost connection afterwards."""
    seen = {c: len(w.said) for c, w in watchers.items()}
    for w in watchers.values():
        w.process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    for w in watchers.values():
        w.process.send_signal(signal.SIGCONT)
    time.sleep(1.5)
    return [f"{c}: {m}" for c, w in watchers.items() for m in w.said[seen[c] :] if _lost(m)]


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    clients = stage.clients(("python",))
    again: dict[str, list[float]] = {c: [] for c in clients}
    counts, wrong, gone = list[int](), list[str](), list[str]()
    with stage.running("stops") as p:
        watchers = {c: Watcher(stage.programs, c, "stops", stage.folder / f"stop-{c}") for c in clients}
        try:
            for w in watchers.values():
                w.shows(p.connection.epoch, 120)
            for _ in stage.rounds(FULL, QUICK, 0.6):
                found, published, why = _stopped(stage, watchers, p)
                for c, v in found.items():
                    again[c].append(v)
                counts += published
                wrong += why
                time.sleep(1)
                gone += suspend(watchers)
        finally:
            p.send(signal.SIGCONT)
            for w in watchers.values():
                w.close()
    jumped = {jump: jumps(stage, jump) for jump in JUMPS}
    lost = [jump for jump, j in jumped.items() if not j["same_session"]]
    return {
        "stops": len(again[clients[0]]),
        "back_after_s": {c: spread(v) for c, v in again.items()},
        "published_in_the_first_second": spread(counts),
        "wrong": wrong[:10],
        "lost_by_a_suspended_game": gone[:10],
        "clock": jumped,
    }, {
        **{f"{c}_back": goal(max(v), "s", most=2.0) for c, v in again.items()},
        "not_told_or_lost": goal(len(wrong), "times", most=0),
        "lost_by_a_suspended_game": goal(len(gone), "times", most=0),
        # one step is late, and one is due
        "burst_after_a_stop": goal(max(counts), "publications", most=TESTCARD + 3),
        "sessions_lost_by_a_clock": goal(len(lost), f"of {len(jumped)}", most=0),
        "burst_after_a_jump": goal(max(j["published"] for j in jumped.values()), "publications", most=FPS + 2),
        "stood_still_after_a_jump": goal(float(sum(j["published_least"] < FPS / 3 for j in jumped.values())), "times", most=0),
    }


def jumps(stage: Stage, jump: str, times: int = 3) -> dict[str, Any]:
    """A stream of a daemon whose clock jumps so often."""
    file = stage.folder / f"clock-{jump.replace(' ', '')}"
    path = os.pathsep.join([str(ROOT), *sys.path])
    p = Clocked(stage, file, path)
    try:
        with dreambridge.connect("clock") as d:
            s = d.open("testcard", fps=FPS, threads=1)
            s.frame(20)
            session, ring, said, most = s.session, s.info.ring, list[str](), 0
            least = 1e9
            for _ in range(1 if stage.quick else times):

                def begin() -> None:
                    with file.open("a") as f:
                        f.write(jump + "\n")

                count = burst(Path(ring), begin)
                most, least = max(most, count), min(least, count)
                time.sleep(1.5)
                said.append(f"{s.state} {s.reason}")
            until(lambda: s.state in ("playing", "slowed"), 20)
            same = s.session == session and s.info.ring == ring and p.alive
            return {"same_session": same, "published": most, "published_least": int(least), "states": said}
    finally:
        p.end()


class Clocked(Process):
    """A daemon with an injected clock that ``file`` moves."""

    def __init__(self, stage: Stage, file: Path, path: str) -> None:
        self._file = file
        super().__init__("clock", stage.folder / "clock.log", PYTHONPATH=path)

    def command(self, name: str, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "devtools.bench.chaos.jumping_clock", str(self._file), *super().command(name, words)[3:]]
