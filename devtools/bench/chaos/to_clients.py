"""Messages that are nearly right, to each client: none ends it, none holds it up, and it plays on afterwards."""

import json
import time
from typing import Any

import psutil
from dreambridge.bench.report import goal, spread
from dreambridge.conformance.client_process import ClientProcess
from dreambridge.conformance.scripted_daemon import ScriptedDaemon
from dreambridge.protocol.errors import DreamError

from devtools.bench.chaos.mutator import Mutator, replies
from devtools.bench.chaos.stage import Stage

FULL, QUICK, BATCH = 200_000, 1500, 250
LATE_MS = 100.0
SESSION = 7


class Rude(ScriptedDaemon):
    """Welcomes its client, opens its stream, answers what it must, and between all that sends what it likes."""

    def greet(self) -> None:
        """Answer all that the client has asked."""
        while self.inbox:
            r = self.inbox.popleft()
            m, self.peer = r.message, r.identity
            number = {"id": m["id"]} if "id" in m else {}
            kind = m.get("type")
            if kind == "hello":
                self.send({"type": "welcome", "protocol": "1.0", "version": "0.1.0", "epoch": self.epoch, "client_key": "k",
                           "sessions": []} | number)  # fmt: skip
            elif kind == "open":
                self.send({"type": "opened"} | self.opened(SESSION, m) | number)
            elif kind in ("direct", "cut"):
                self.send({"type": "directed", "revision": 1, "at": 0.0, "received_ns": 1} | number)
            elif kind != "bye":
                self.send({"type": "error", "code": "not_supported", "message": "Not here.", "hint": ""} | number)

    def send_bytes(self, data: bytes) -> None:
        if self._router and self.peer:
            self._router.send_multipart([self.peer, data])


class Victim:
    """A client with an open stream of the rude daemon."""

    def __init__(self, stage: Stage, client: str, epoch: int) -> None:
        self.daemon = Rude(f"rude-{client}", stage.folder)
        self.daemon.start(epoch)
        self.client: ClientProcess = stage.programs.adapter(client, self.turn)
        self.client.ask("start", daemon=self.daemon.name, bundle="card", seed=3, values={"level": 0.25})
        self.plays()

    def turn(self) -> None:
        self.daemon.pump(0)
        self.daemon.greet()

    def look(self) -> tuple[dict[str, Any], float]:
        begun = time.perf_counter()
        told = self.client.ask("look")
        return told, (time.perf_counter() - begun) * 1e3

    def again(self) -> None:
        """Opened afresh: the adapter keeps what it was told of errors until then."""
        self.client.ask("stop")
        self.client.ask("start", daemon=self.daemon.name, bundle="card", seed=3, values={"level": 0.25})

    def plays(self) -> bool:
        """Whether it shows a frame of a fresh publication, whatever came before; it is opened again if need be."""
        revision = 1000 + self.daemon.epoch % 1000
        for _ in range(2):
            end = time.monotonic() + 20
            while time.monotonic() < end:
                self.turn()
                if SESSION in self.daemon.rings:
                    self.daemon.publish(SESSION, revision)
                told, _ = self.look()
                if told["state"] == "playing" and told["revision"] == revision:
                    return True
            self.again()
        return False

    def memory_mb(self) -> float:
        return psutil.Process(self.client._process.pid).memory_info().rss / 1e6

    def close(self) -> None:
        try:
            self.client.ask("stop")
        except DreamError:
            pass
        self.client.close()
        self.daemon.close()


def one(stage: Stage, client: str) -> dict[str, Any]:
    mutator, times, total, problems = Mutator(stage.seed, replies()), list[float](), 0, list[str]()
    v = Victim(stage, client, 5001)
    first = last = v.memory_mb()
    try:
        known = {"session": SESSION, "epoch": v.daemon.epoch, "ring": lambda: str(v.daemon.rings[SESSION].path)}
        for k in stage.rounds(FULL // BATCH, QUICK // BATCH, 0.25):
            batch = [mutator.message(mutator.random.randrange(1, 50), known) for _ in range(BATCH)]
            try:
                for data in batch:
                    v.daemon.send_bytes(data)
                told, ms = v.look()
                times.append(ms)
                total += len(batch)
                if k % 20 == 19:
                    v.again()
                if (told["state"] in ("closed", "failed", "searching") or k % 20 == 19) and not v.plays():
                    problems.append(f"no longer plays: {v.look()[0]}")
                    break
            except DreamError as e:
                problems.append(str(e))
                (stage.folder / f"found-{client}.json").write_text(json.dumps([d.hex() for d in batch]))
                problems += [d.hex()[:300] for d in batch[:3]]
                break
            if k == (0 if stage.quick else 40):
                first = v.memory_mb()
        last = v.memory_mb() if not problems else first
        if not problems and not v.plays():
            problems.append("does not play at the end")
    finally:
        v.close()
    return {
        "messages": total,
        "look_ms": spread(times),
        "times": times,
        "memory_more_mb": round(last - first, 1),
        "problems": problems,
    }


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    out: dict[str, Any] = {}
    goals: dict[str, Any] = {}
    for c in stage.clients(("python",)):
        got = one(stage, c)
        late = sum(t > LATE_MS for t in got.pop("times"))
        out[c] = got
        goals |= {
            f"{c}_ended_or_stopped": goal(float(bool(got["problems"])), f"in {got['messages']} messages", most=0),
            f"{c}_later_than_100_ms": goal(late, f"of {got['messages'] // BATCH} looks", most=0),
            f"{c}_memory_more": goal(got["memory_more_mb"], "MB", most=24),
        }
    return out, goals
