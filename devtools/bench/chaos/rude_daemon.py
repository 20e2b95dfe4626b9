"""A daemon that sends what it likes, and a client that has a stream of it."""

import time
from typing import Any

import psutil
from dreambridge.conformance.client_process import ClientProcess
from dreambridge.conformance.scripted_daemon import ScriptedDaemon
from dreambridge.protocol.errors import DreamError

from devtools.bench.chaos.stage import Stage

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
            elif kind == "stats":
                self.send({"type": "stats", "fps": ["no number"], "reached_fps": "none"} | number)
            elif kind != "bye":
                self.send({"type": "error", "code": "not_supported", "message": "Not here.", "hint": ""} | number)

    def send_bytes(self, data: bytes) -> None:
        if self._router and self.peer:
            self._router.send_multipart([self.peer, data])


class Victim:
    """A client with an open stream of the rude daemon."""

    def __init__(self, stage: Stage, client: str, epoch: int, daemon: type[Rude] = Rude) -> None:
        self.daemon = daemon(f"rude-{client}", stage.folder)
        self.daemon.start(epoch)
        self._looks = 0
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

    def plays(self, tries: int = 2) -> bool:
        """Whether it shows a frame of a fresh publication, whatever came before; with two tries it is opened again if need be."""
        self._looks += 1
        revision = 1000 + self._looks
        for k in range(tries):
            end = time.monotonic() + 20
            while time.monotonic() < end:
                self.turn()
                if SESSION in self.daemon.rings:
                    self.daemon.publish(SESSION, revision)
                told, _ = self.look()
                if told["state"] == "playing" and told["revision"] == revision:
                    return True
            if k < tries - 1:
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
