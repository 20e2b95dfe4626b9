"""Messages that are nearly right, to the daemon: each is answered once, and nobody else waits."""

import threading
import time
from typing import Any

from dreambridge.bench.report import goal
from dreambridge.system.connection_file import Connection

from devtools.bench.chaos.chopped import to_the_daemon
from devtools.bench.chaos.mutator import Mutator, requests
from devtools.bench.chaos.stage import Stage
from devtools.bench.chaos.wire import Ended, Wire, is_event

FULL, QUICK, BATCH = 1_000_000, 1500, 2000
OUTSTANDING = 300
LATE_MS = 100.0


class Probe:
    """Another client that pings all the time; the times until it is answered, ms."""

    def __init__(self, c: Connection, every: float = 0.02) -> None:
        self.times: list[float] = []
        self._wire, self._over = Wire(c), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(every,))
        self._thread.start()

    def _run(self, every: float) -> None:
        try:
            while not self._over.wait(every):
                begun = time.perf_counter()
                self._wire.ask({"type": "ping"})
                self.times.append((time.perf_counter() - begun) * 1e3)
        except Ended:
            self.times.append(float("inf"))

    def close(self) -> list[float]:
        self._over.set()
        self._thread.join()
        self._wire.close()
        return self.times


class Batch:
    """One connection with two sessions of its own, and so many messages on it."""

    def __init__(self, c: Connection, mutator: Mutator, count: int) -> None:
        self.wire, self.mutator, self.count = Wire(c), mutator, count
        self.sessions = [self.wire.open("testcard", paused=k == 0)["session"] for k in range(2)]
        self.sent: dict[int, bytes] = {}
        self.answers: list[dict[str, Any]] = []
        self._news = threading.Condition()

    def _listen(self) -> None:
        try:
            while True:
                m = self.wire.receive()
                if not is_event(m):
                    with self._news:
                        self.answers.append(m)
                        self._news.notify()
        except (Ended, OSError, ValueError):
            with self._news:
                self._news.notify()

    def run(self) -> tuple[int, list[bytes]]:
        """Send all; how many were not answered, and those among which they are. ``Ended`` if the connection ended."""
        r = self.mutator.random
        ear = threading.Thread(target=self._listen)
        ear.start()
        known = {
            "session": lambda: r.choice(self.sessions),
            "bundle": lambda: "testcard" if r.random() < 0.02 else "no-such",
            "within": 0.05,
            "count": 1,
        }
        for number in range(1, self.count + 1):
            data = self.mutator.message(number + 1000, known)
            self.sent[number + 1000] = data
            self.wire.send(data)
            with self._news:
                self._news.wait_for(lambda: number - len(self.answers) < OUTSTANDING, 5.0)  # noqa: B023 - asked at once
        with self._news:
            # What waits for steps or for spare time is answered when its session is closed.
            self._news.wait_for(lambda: len(self.answers) >= self.count, 1.0)
        opened = {m["session"] for m in self.answers if m.get("type") == "opened"}
        closing = [*self.sessions, *opened]
        for n in closing:
            self.wire.send({"type": "close", "session": n})
        with self._news:
            self._news.wait_for(lambda: len(self.answers) >= self.count + len(closing), 20.0)
        self.wire.bye_without_waiting()
        ear.join()
        missing = self.count + len(closing) - len(self.answers)
        if missing <= 0:
            return 0, []
        answered = {m.get("id") for m in self.answers}
        return missing, [data for number, data in self.sent.items() if number not in answered][:50]


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    mutator = Mutator(stage.seed, requests())
    total, unanswered, suspects, ended = 0, 0, list[bytes](), 0
    with stage.running("messages") as p:
        begun, first, probe = time.monotonic(), dict[str, float](), Probe(p.connection)
        batch = 500 if stage.quick else BATCH
        for k in stage.rounds(FULL // BATCH, QUICK // 500, 0.8):
            try:
                missing, among = Batch(p.connection, mutator, batch).run()
                unanswered += missing
                suspects += among
            except Ended:
                ended += 1
                if not p.alive:
                    break
            total += batch
            if k == (0 if stage.quick else 4):
                first = p.holds()
        times = probe.close()
        seconds = time.monotonic() - begun
        last, left = (p.holds(), len(p.rings())) if p.alive else (first, 0)
        chopped = to_the_daemon(p, stage.quick)
        alive, log = p.alive, p.said()
    late = sum(t > LATE_MS for t in times)
    return {
        "messages": total,
        "a_second": round(total / seconds),
        "unanswered_are_among": [d.hex()[:400] for d in suspects[:5]],
        "probe_ms_worst": round(max(times), 1),
        "pings": len(times),
        "holds_at_first": first,
        "holds_at_last": last,
        "chopped": chopped,
        "tracebacks": _tracebacks(log),
    }, {
        "daemon_ended": goal(float(not alive), "times", most=0),
        "unanswered": goal(unanswered, f"of {total}", most=0),
        "connections_ended": goal(ended, "times", most=0),
        "internal_errors": goal(log.count("Traceback"), "in the log", most=0),
        "pings_later_than_100_ms": goal(late, f"of {len(times)}", most=0),
        "memory_more": goal(last.get("memory_mb", 0) - first.get("memory_mb", 0), "MB", most=32),
        "handles_more": goal(last.get("handles", 0) - first.get("handles", 0), "handles", most=4),
        "threads_more": goal(last.get("threads", 0) - first.get("threads", 0), "threads", most=4),
        "rings_left": goal(left, "rings", most=0),
        "chopped_unanswered": goal(chopped["failed"], f"of {chopped['cuts']}", most=0),
    }


def _tracebacks(log: str) -> list[str]:
    """The first tracebacks, each with the line of the log before it and the line that ends it."""
    lines, found = log.splitlines(), list[str]()
    for k, line in enumerate(lines):
        if line.startswith("Traceback") and len(found) < 3:
            end = next((n for n in range(k + 1, len(lines)) if not lines[n].startswith(" ")), len(lines) - 1)
            found.append("\n".join(lines[max(0, k - 1) : end + 1])[-3000:])
    return found
