"""The adapter of the Python client for the session scenarios: `dreambridge conformance --client "python
tests/scenario_client.py"`.

Each line on standard input is a command, each line on standard output its answer (protocol/PROTOCOL.md, part 6). The client's
calls wait for the daemon, so each runs on a thread of its own, and ``look`` tells what came of it.
"""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import dreambridge
import numpy as np
from dreambridge.protocol.errors import DreamError


class Adapter:
    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.daemon: dreambridge.Daemon | None = None
        self.stream: dreambridge.Stream | None = None
        self.state, self.revision = "closed", None
        self.tickets: dict[str, int | str] = {}  # a revision, or "waiting" or "refused"
        self.answers: dict[str, str] = {}
        self.errors: list[str] = []

    def beside(self, work: Callable[[], object], failed: Callable[[str], None]) -> None:
        """Do it on a thread, and come back when its request went out or it is done."""

        def run() -> None:
            try:
                work()
            except DreamError as e:
                failed(e.code)

        channel = self.daemon and self.daemon._channel
        before = channel._next if channel else 0
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        until = time.monotonic() + 5
        while thread.is_alive() and channel and channel._next == before and time.monotonic() < until:
            time.sleep(0.001)

    # -- what can be asked -------------------------------------------------------------------------------------------
    def start(self, daemon: str, bundle: str, seed: int = 0, values: dict[str, Any] | None = None, **rest: Any) -> None:
        self.forget()
        self.state = "opening"

        def work() -> None:
            self.daemon = dreambridge.connect(daemon)
            self.stream = self.daemon.open(bundle, seed=seed, values=values, **rest)

        def failed(code: str) -> None:
            self.errors.append(code)
            self.state = "failed"

        self.beside(work, failed)

    def stop(self) -> None:
        if self.daemon:
            self.daemon.close()
        self.daemon = self.stream = None
        self.state = "closed"

    def direct(self, **fields: Any) -> None:
        self._ticket("direct", fields.pop("as", "-"), fields)

    def cut(self, **fields: Any) -> None:
        self._ticket("cut", fields.pop("as", "-"), fields)

    def _ticket(self, kind: str, name: str, fields: dict[str, Any]) -> None:
        self.tickets[name] = "waiting"
        values = fields.pop("values", {})

        def work() -> None:
            self.tickets[name] = getattr(self.stream, kind)(**fields, **values)

        def refused(code: str) -> None:
            self.errors.append(code)
            self.tickets[name] = "refused"

        self.beside(work, refused)

    def _answer(self, name: str, work: Callable[[], object]) -> None:
        self.answers[name] = "waiting"

        def done() -> None:
            work()
            self.answers[name] = "ok"

        self.beside(done, lambda code: self.answers.update({name: code}))

    def attach_view(self, layers: list[str]) -> Callable[[], object]:
        assert self.stream
        label = np.zeros((self.stream.info.height, self.stream.info.width, 4), np.uint8)
        depth = np.zeros(label.shape[:2], np.float32) if "depth" in layers else None
        return lambda: self.stream and self.stream.view(label, depth)

    def ask(self, kind: str, **fields: Any) -> None:
        name, s = fields.pop("as", "-"), self.stream
        assert s
        work = {
            "pause": s.pause,
            "resume": s.resume,
            "snapshot": s.snapshot,
            "stats": s.stats,
            "detach_view": lambda: s.view(None),
            "restore": lambda: s.restore(bytes.fromhex(fields["data"])),
        }.get(kind) or self.attach_view(fields["layers"])
        self._answer(name, work)

    def look(self) -> dict[str, Any]:
        s = self.stream
        if s and (frame := s.poll()):
            self.revision = frame.revision - s._ring[1]  # as the ring has it
        tickets = {n: t if isinstance(t, str) else "shown" if s and s.is_shown(t) else "waiting" for n, t in self.tickets.items()}
        return {
            "state": s.state if s else self.state,
            "revision": self.revision,
            "tickets": tickets,
            "answers": self.answers,
            "errors": self.errors,
        }

    def do(self, do: str, **fields: Any) -> dict[str, Any]:
        if do == "look":
            return self.look()
        if do in ("start", "stop", "direct", "cut"):
            getattr(self, do)(**fields)
        else:
            self.ask(do, **fields)
        return {}


def main() -> None:
    adapter = Adapter()
    print(json.dumps({"client": f"python {dreambridge.__version__}", "cannot": ["waits", "keeps"]}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "quit":
            break
        print(json.dumps(adapter.do(**command)), flush=True)
    with contextlib.suppress(DreamError):
        adapter.stop()


if __name__ == "__main__":
    main()
