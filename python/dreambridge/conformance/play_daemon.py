"""Plays a scenario with a daemon: sends requests over bare connections, and checks replies, events and frames."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq

from dreambridge.conformance.matching import fits
from dreambridge.conformance.play import Failed
from dreambridge.conformance.probe import Probe
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import RingReader
from dreambridge.system.connection_file import Connection

Step = dict[str, Any]
WITHIN = 60.0  # seconds; generous, because opening a bundle may take long on a busy machine


class DaemonPlayer:
    """One scenario with the daemon of ``connection``; ``given`` are the initial variables."""

    def __init__(self, connection: Connection, given: dict[str, Any]) -> None:
        self.connection = connection
        self.variables: dict[str, Any] = {"protocol": PROTOCOL_VERSION, **given}
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._probes: dict[str, Probe] = {}
        self._id = 100
        self._last: dict[str, Any] = {}
        self.verbs: dict[str, Callable[[Any, Step], None]] = {
            "connect": self._connect,
            "disconnect": self._disconnect,
            "ask": self._ask,
            "ask_bytes": self._ask_bytes,
            "event": self._event,
            "keep": self._keep,
            "frame": self._frame,
            "falls_silent": self._falls_silent,
            "speaks": self._speaks,
            "quiet": self._quiet,
            "ends": self._ends,
            "awaits": self._awaits,
            "repeat": self._repeat,
            "gone": self._gone,
        }

    def run(self, steps: tuple[Step, ...]) -> None:
        """Play all steps. ``Failed`` names the step that failed, and why."""
        try:
            for number, step in enumerate(steps, 1):
                try:
                    self._step(step)
                except (Failed, DreamError) as e:
                    raise Failed(f"step {number}, {json.dumps(step)[:300]}: {e}") from e
        finally:
            for probe in self._probes.values():
                if not probe.ended:
                    probe.send({"type": "bye"})
                probe.close()
            self._context.term()

    def _step(self, step: Step) -> None:
        verb = next(iter(step))
        self.verbs[verb](self._filled(step[verb]), step)

    def _filled(self, value: Any) -> Any:
        """The value with "$name" replaced by that variable, also in keys, and {"@bin": hexadecimal} by bytes."""
        if isinstance(value, str):
            return self.variables[value[1:]] if value.startswith("$") else value
        if isinstance(value, list):
            return [self._filled(v) for v in value]
        if isinstance(value, dict):
            if set(value) == {"@bin"}:
                return bytes.fromhex(value["@bin"])
            if set(value) == {"@long"}:
                return "x" * value["@long"]
            return {self._filled(k): self._filled(v) for k, v in value.items()}
        return value

    def _probe(self, step: Step) -> Probe:
        return self._probes[step.get("on", "a")]

    def _pump(self, seconds: float = 0.01) -> None:
        for probe in list(self._probes.values()):
            probe.pump(seconds / len(self._probes))

    def _wait(self, what: Callable[[], Any], otherwise: Callable[[], str], within: float = WITHIN) -> Any:
        until = time.monotonic() + within
        while not (got := what()):
            if time.monotonic() > until:
                raise Failed(f"{otherwise()} within {within:g} s")
            self._pump()
        return got

    # -- verbs -------------------------------------------------------------------------------------------------------
    def _connect(self, name: str, step: Step) -> None:
        self._probes[name] = Probe(self._context, self.connection.endpoint, step.get("token", self.connection.token))
        if "token" in step:
            return
        hello = self._filled(step.get("hello", {}))
        if hello is not None:
            self._ask(
                {"type": "hello", "protocol": PROTOCOL_VERSION, "client": "conformance", **hello},
                {"answer": {"type": "welcome"}, "on": name},
            )
            self._probes[name].silent = False

    def _disconnect(self, name: str, step: Step) -> None:
        self._probes.pop(name).close()

    def _ask(self, message: dict[str, Any], step: Step) -> None:
        if "id" not in message and not step.get("without_id"):
            self._id += 1
            message["id"] = self._id
        self._probe(step).send(message)
        number = message.get("id")
        # A text or a map is not an id: the answer has none.
        self._answer(step, number if isinstance(number, (int, float)) else None)

    def _ask_bytes(self, data: str, step: Step) -> None:
        self._probe(step).send_bytes(bytes.fromhex(data) * step.get("times", 1))
        self._answer(step, step.get("id"))

    def _awaits(self, number: int, step: Step) -> None:
        self._answer(step, number)

    def _answer(self, step: Step, number: float | None) -> None:
        if "answer" not in step:
            return
        probe, wanted = self._probe(step), self._filled(step["answer"])

        def found() -> dict[str, Any] | None:
            return next((m for m in probe.replies if m.get("id") == number), None)

        self._last = self._wait(found, lambda: f"no answer with the id {number}; received {list(probe.replies)}"[:400])
        probe.replies.remove(self._last)
        wrong = [
            f"{k} is {str(self._last.get(k))[:200]!r}, not {v!r}" for k, v in wanted.items() if not fits(v, self._last.get(k))
        ]
        wrong += [f"{k} is there" for k in step.get("without", ()) if k in self._last]
        if wrong:
            raise Failed(f"{'; '.join(wrong)} in {str(self._last)[:400]}")

    def _event(self, wanted: dict[str, Any], step: Step) -> None:
        probe = self._probe(step)
        passed = []

        def found() -> dict[str, Any] | None:
            while probe.events:
                m = probe.events.popleft()
                if all(fits(v, m.get(k)) for k, v in wanted.items()):
                    return m
                passed.append(m)
            return None

        self._last = self._wait(found, lambda: f"no matching event; received {passed}"[:400], step.get("within", WITHIN))

    def _keep(self, names: dict[str, str], step: Step) -> None:
        for name, field in names.items():
            self.variables[name] = self._last[field]

    def _frame(self, wanted: dict[str, Any], step: Step) -> None:
        """Wait for a frame of at least that revision in the ring."""
        reader = RingReader(Path(self.variables["ring"]))
        try:
            self._wait(
                lambda: reader.latest and reader.revision() >= wanted["revision"],
                lambda: f"no frame of revision {wanted['revision']}; the newest has {reader.revision()}",
            )
        finally:
            reader.close()

    def _gone(self, path: str, step: Step) -> None:
        self._wait(lambda: not Path(path).exists(), lambda: f"{path} was not removed")

    def _falls_silent(self, name: str, step: Step) -> None:
        self._probes[name].silent = True

    def _speaks(self, name: str, step: Step) -> None:
        self._probes[name].silent = False

    def _quiet(self, seconds: float, step: Step) -> None:
        probe, until = self._probe(step), time.monotonic() + seconds
        while time.monotonic() < until:
            self._pump()
            if probe.replies:
                raise Failed(f"there came {probe.replies[0]}")

    def _ends(self, name: str, step: Step) -> None:
        """Wait until the daemon ends the connection, or refuses it."""
        probe = self._probes[name]
        self._wait(lambda: probe.refused if step.get("refused") else probe.ended, lambda: "the connection is still open")

    def _repeat(self, count: int, step: Step) -> None:
        for _ in range(count):
            for inner in step["steps"]:
                self._step(inner)


def given(connection: Connection, bundle: str) -> dict[str, Any]:
    """The variables for a bundle: its name, and a number condition with a value inside its range and one outside."""
    player = DaemonPlayer(connection, {})
    player.run(({"connect": "a"}, {"ask": {"type": "bundles"}, "answer": {"type": "bundles"}}))
    found = {b["name"]: b for b in player._last["bundles"]}
    if bundle not in found:
        raise DreamError("unknown_bundle", f"The daemon has no bundle {bundle!r}.", f"It has: {', '.join(found)}. Use --bundle.")
    for name, c in found[bundle].get("conditions", {}).items():
        if c.get("kind") == "number" and c.get("range"):
            low, high = c["range"]
            return {"bundle": bundle, "number": name, "inside": (low + high) / 2, "outside": high + 1}
    raise DreamError(
        "bad_bundle", f"The bundle {bundle!r} has no number condition with a range.", "Choose another one with --bundle."
    )
