"""The adapter of this client for ``dreambridge conformance --client "python3 adapter.py"`` (PROTOCOL.md, part 6)."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "00dreambridge"))

from dreambridge_renpy.errors import DreamError
from dreambridge_renpy.stream import Stream, Task


class Adapter:
    def __init__(self) -> None:
        self.stream: Stream | None = None
        self.forget()

    def forget(self) -> None:
        self.tickets: dict[str, Any] = {}
        self.answers: dict[str, str] = {}
        self.errors: list[str] = []

    def start(self, daemon: str, values: dict[str, Any] | None = None, **want: Any) -> None:
        if self.stream:
            self.stream.stop()
        self.forget()
        self.stream = Stream(daemon, values, **want)
        self.stream.on_failed = lambda error: self.errors.append(error.code)
        self.stream.start()

    def ticket(self, name: str, task: Task) -> None:
        self.tickets[name] = "waiting"

        def done(ticket: Any, error: DreamError | None) -> None:
            self.tickets[name] = "refused" if error else ticket
            if error:
                self.errors.append(error.code)

        assert self.stream
        self.stream.spawn(task, done)

    def answer(self, name: str, task: Task) -> None:
        self.answers[name] = "waiting"
        assert self.stream
        self.stream.spawn(task, lambda reply, error: self.answers.update({name: error.code if error else "ok"}))

    def look(self) -> dict[str, Any]:
        s = self.stream
        if s:
            s.poll()
        frame = s.frame if s and s.ring else None
        tickets = {n: t if isinstance(t, str) else "shown" if t.shown else "waiting" for n, t in self.tickets.items()}
        said = {"tickets": tickets, "answers": self.answers, "errors": self.errors}
        return {"state": s.state if s else "closed", "revision": frame.revision if frame else None, **said}

    def act(self, command: dict[str, Any]) -> dict[str, Any]:
        what, name = command.pop("do"), command.pop("as", "-")
        s = self.stream
        if what == "look":
            return self.look()
        if what == "start":
            self.start(**command)
        elif what == "stop" and s:
            s.stop()
        elif what in ("direct", "cut") and s:
            self.ticket(name, s.directing(what, command.pop("values", {}), **command))
        elif what in ("pause", "resume") and s:
            self.answer(name, s.pausing(what))
        elif s:
            fields = {"data": bytes.fromhex(command["data"])} if "data" in command else command
            self.answer(name, one(what, fields))
        return {}


def one(kind: str, fields: dict[str, Any]) -> Task:
    """A task of one request."""
    return (yield kind, fields)


def main() -> None:
    adapter = Adapter()
    print(json.dumps({"client": "renpy 1.0", "cannot": ["keeps", "view"]}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "quit":
            return
        print(json.dumps(adapter.act(command)), flush=True)


if __name__ == "__main__":
    main()
