"""A client that floods the daemon: the others' frames come as before, the flooder is slowed or refused, memory stays bounded."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from dreambridge.bench.report import goal
from dreambridge.system.connection_file import file_of

from devtools.bench.chaos.beside import Calm, paired
from devtools.bench.chaos.stage import ROOT, Process, Stage, until

ROUNDS, SECONDS = 5, 8.0
FLOODS = ("directions", "opens", "large", "deaf")
MAX_MORE_MB = 300.0  # what a flood may add while it lasts: 16 sessions of the testcard, and what waits in buffers


def flood(kind: str, file: str) -> None:
    """In a process of its own, until it is killed; ends by itself when the daemon cuts it off."""
    from pathlib import Path

    from dreambridge.protocol.codec import encode
    from dreambridge.system.connection_file import load

    from devtools.bench.chaos.wire import Wire, framed

    c = load(Path(file))
    assert c
    w = Wire(c)
    session = w.open("testcard", fps=5)["session"]
    print("floods", flush=True)

    def listen() -> None:
        while True:
            w.receive()

    if kind != "deaf":
        threading.Thread(target=listen, daemon=True).start()
    if kind == "directions":  # 10,000 a second
        hundred = b"".join(
            framed(encode({"type": "direct", "session": session, "values": {"level": k / 100}})) for k in range(100)
        )
        _at(100, lambda: w.write(hundred))
    elif kind == "opens":  # 50 a second, closed at once
        _at(50, lambda: w.send({"type": "open", "bundle": "testcard", "threads": 1, "id": 5}))
    elif kind == "large":
        data = framed(encode({"type": "put_file", "data": os.urandom(8_388_608 - 100)}))
        while True:
            w.write(data)
    else:  # asks all the time and never reads an answer
        asks = framed(encode({"type": "stats", "session": session})) * 100
        while True:
            w.write(asks)


def _at(rate: float, work: Callable[[], None]) -> None:
    begun, k = time.monotonic(), 0
    while True:
        k += 1
        time.sleep(max(0.0, begun + k / rate - time.monotonic()))
        work()


class Flood:
    def __init__(self, kind: str, name: str) -> None:
        path = os.pathsep.join([str(ROOT), *sys.path])
        words = [sys.executable, "-m", "devtools.bench.chaos.floods", kind, str(file_of(name))]
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}
        )
        assert self.process.stdout
        self.process.stdout.readline()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


def one(stage: Stage, p: Process, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    calm, most = Calm(p.name), list[float]()
    base = p.holds()["memory_mb"]

    def quiet() -> Callable[[], None]:
        return lambda: None

    def trouble() -> Callable[[], None]:
        f = Flood(kind, p.name)

        def end() -> None:
            most.append(p.holds()["memory_mb"] - base)
            f.end()
            until(lambda: len(p.rings()) == 1, 40)  # its sessions are gone

        return end

    try:
        rounds, seconds = (1, 1.5) if stage.quick else (stage.pairs(ROUNDS, SECONDS, 1 / len(FLOODS)), SECONDS)
        pairs = paired(calm, rounds, seconds, quiet, trouble)
        undisturbed = calm.undisturbed
    finally:
        calm.close()
    return pairs | {"memory_more_mb": round(max(most), 1)}, {
        f"{kind}_others_p99": goal(pairs["p99_ratio"], "times", most=1.5),
        f"{kind}_memory_more": goal(max(most), "MB", most=MAX_MORE_MB),
        f"{kind}_daemon_ended": goal(float(not p.alive), "times", most=0),
        f"{kind}_others_lost": goal(float(not undisturbed), "times", most=0),
    }


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    out: dict[str, Any] = {"compared": "the p99 of frame intervals of a stream at 30 fps, without and with the flood, in turns"}
    goals: dict[str, Any] = {}
    for kind in FLOODS:
        with stage.running(f"flood-{kind}") as p:
            out[kind], met = one(stage, p, kind)
            goals |= met
    return out, goals


if __name__ == "__main__":
    flood(*sys.argv[1:])
