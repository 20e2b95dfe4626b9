"""Plays a scenario: sends commands to the client, lets the scripted daemon act, and checks the results."""

import json
import time
from pathlib import Path
from typing import Any

from dreambridge.conformance.client_process import ClientProcess
from dreambridge.conformance.matching import fits, same
from dreambridge.conformance.scenarios import Scenario, Step
from dreambridge.conformance.scripted_daemon import TOKEN, Received, ScriptedDaemon
from dreambridge.protocol.errors import DreamError

WITHIN = 30.0  # seconds; generous, because a busy machine must not fail a correct client
LOOK_EVERY = 0.01


class Failed(Exception):
    """An expectation that was not met."""


def differences(step: Step, message: dict[str, Any]) -> list[str]:
    """The differences between the message and a ``client_sends`` step."""
    out = []
    if message.get("type") != step["client_sends"]:
        out.append(f"type is {message.get('type')!r}, not {step['client_sends']!r}")
    for key, value in step.get("with", {}).items():
        if not fits(value, message.get(key)):
            out.append(f"{key} is {json.dumps(message.get(key), default=str)[:200]}, not {json.dumps(value)}")
    out += [f"{key} is there" for key in step.get("without", ()) if message.get(key) is not None]
    return out


def unmet(wanted: dict[str, Any], look: dict[str, Any]) -> list[str]:
    """The differences between ``wanted`` and the client's status."""
    out = []
    for key, value in wanted.items():
        got = look.get(key)
        if key == "errors":
            # A client may report a lost daemon by an error, by its state, or by both.
            got = [code for code in got or [] if code != "daemon_gone"]
        if key in ("tickets", "answers"):
            right = all((got or {}).get(name) == v for name, v in value.items())
        else:
            right = got in value if key == "state" and isinstance(value, list) else same(value, got)
        if not right:
            out.append(f"{key} is {json.dumps(got)}, not {json.dumps(value)}")
    return out


class Player:
    """One scenario with one client."""

    def __init__(self, scenario: Scenario, client: ClientProcess, name: str, folder: Path) -> None:
        self.scenario, self.client = scenario, client
        self.daemon = ScriptedDaemon(name, folder, scenario.floats)
        self._last: Received | None = None
        self._named: dict[str, Received] = {}
        self._ask: dict[str, Any] = {}  # of the last open
        self._session = 0

    def run(self) -> None:
        """Play all steps. ``Failed`` names the step that failed, and why."""
        self.client.while_waiting = lambda: self.daemon.pump(0)
        try:
            if self.scenario.running:
                self.daemon.start(1001)
            for number, step in enumerate(self.scenario.steps, 1):
                if not self._concerns(step):
                    continue
                try:
                    self._step(step)
                except (Failed, DreamError) as e:
                    raise Failed(f"step {number}, {json.dumps(step)[:300]}: {e}") from e
            if self.daemon.inbox:
                raise Failed(f"the client also sent {[r.message for r in self.daemon.inbox]}"[:600])
        finally:
            try:
                self.client.ask("stop")
            finally:
                self.client.while_waiting = lambda: None
                self.daemon.close()

    def _concerns(self, step: Step) -> bool:
        words = str(step.get("if", "")).split()
        if not words:
            return True
        can = words[-1] not in self.client.cannot
        return can if words[0] != "not" else not can

    def _step(self, step: Step) -> None:
        verb = next(iter(step))
        what = step[verb]
        rest = {k: v for k, v in step.items() if k not in (verb, "if", "why")}
        if verb == "client":
            self.client.ask(what, **rest, **({"daemon": self.daemon.name} if what == "start" else {}))
        elif verb == "client_sends":
            self._expect(step)
        elif verb == "client_sends_in_any_order":
            self._expect_any_order(list(what))
        elif verb == "client_is_quiet":
            self._quiet(what)
        elif verb == "client_pings":
            self._pings(what)
        elif verb == "daemon_replies":
            self._reply(what, rest)
        elif verb == "daemon_sends":
            self.daemon.send({"type": what, **rest})
        elif verb == "daemon":
            self._daemon(what, rest)
        elif verb == "until":
            self._until(what, rest.get("within", WITHIN))
        else:
            self._stays(what, rest["for"])

    # -- what the client sends ---------------------------------------------------------------------------------------
    def _next(self, optional: bool = False, within: float = WITHIN) -> Received | None:
        until = time.monotonic() + within
        while not self.daemon.inbox:
            if time.monotonic() > until:
                if optional:
                    return None
                raise Failed(f"the client sent nothing within {within:g} s; its status is {self.client.ask('look')}")
            self.daemon.pump(0.01)
        return self.daemon.inbox[0]

    def _expect(self, step: Step) -> None:
        received = self._next(step.get("optional", False), step.get("within", WITHIN))
        wrong = differences(step, received.message) if received else []
        if wrong and step.get("optional"):
            return
        if wrong and received:
            raise Failed(f"the client sent {str(received.message)[:300]}: {'; '.join(wrong)}")
        if received:
            self.daemon.inbox.popleft()
            self._take(step, received)

    def _expect_any_order(self, steps: list[Step]) -> None:
        while steps:
            received = self._next()
            assert received
            step = next((s for s in steps if not differences(s, received.message)), None)
            if step is None:
                raise Failed(f"the client sent {received.message}, which matches none of {steps}")
            steps.remove(step)
            self.daemon.inbox.popleft()
            self._take(step, received)

    def _take(self, step: Step, received: Received) -> None:
        self.daemon.peer = received.identity
        self._last = received
        if received.message["type"] == "open":
            self._ask = received.message
        if "as" in step:
            self._named[step["as"]] = received

    def _quiet(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.daemon.pump(0.01)
            if self.daemon.inbox:
                raise Failed(f"the client sent {self.daemon.inbox[0].message}")

    def _pings(self, count: int) -> None:
        before, until = self.daemon.pings, time.monotonic() + WITHIN
        while self.daemon.pings < before + count:
            self.daemon.pump(0.01)
            if time.monotonic() > until:
                raise Failed(f"{self.daemon.pings - before} pings in {WITHIN:g} s")

    # -- what the daemon does ----------------------------------------------------------------------------------------
    def _body(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields that the test fills in: rings, epoch, the bundle's schema."""
        if kind == "welcome":
            sessions = [self.daemon.opened(s["session"], self._ask) | s for s in fields.get("sessions", [])]
            from dreambridge import __version__
            from dreambridge.protocol import PROTOCOL_VERSION

            return (
                {"protocol": PROTOCOL_VERSION, "version": __version__, "epoch": self.daemon.epoch}
                | fields
                | {"sessions": sessions}
            )
        if kind == "opened":
            self._session = fields["session"]
            return self.daemon.opened(fields["session"], self._ask) | fields
        if kind == "attached" and self._last:
            return self.daemon.attached(self._session, self._last.message.get("layers", ["label"])) | fields
        if kind == "directed":
            return {"at": 0.0, "received_ns": time.monotonic_ns()} | fields
        if kind == "error":
            return {"message": f"The script says {fields.get('code')}.", "hint": "None."} | fields
        return fields

    def _reply(self, kind: str, fields: dict[str, Any]) -> None:
        to = self._named[fields.pop("to")] if "to" in fields else self._last
        assert to, "nothing to reply to"
        message = {"type": kind, **self._body(kind, fields)}
        if "id" not in message:
            message["id"] = to.message.get("id", 0)
        self.daemon.send(message, to.identity)

    def _daemon(self, what: str, fields: dict[str, Any]) -> None:
        d = self.daemon
        if what == "starts":
            d.start(fields["epoch"], fields.get("token", TOKEN))
        elif what == "dies":
            d.die()
        elif what == "drops_the_connection":
            d.drop()
        elif what == "publishes":
            d.publish(fields.get("session", self._session), fields["revision"])
        elif what == "mends_its_file":
            d.write_file()
        elif what == "replaces_the_ring":
            self.daemon.send(
                {
                    "type": "ring",
                    "session": self._session,
                    "ring": d.replace_ring(self._session),
                    "epoch": d.epoch,
                    "code": "ring_lost",
                    "message": "The ring was overwritten.",
                    "hint": "None.",
                }
            )
        else:
            d.silent = what == "goes_silent"

    # -- what must hold ----------------------------------------------------------------------------------------------
    def _until(self, wanted: dict[str, Any], within: float) -> None:
        until = time.monotonic() + within
        while True:
            look = self.client.ask("look")
            wrong = unmet(wanted, look)
            if not wrong:
                return
            if time.monotonic() > until:
                raise Failed(f"after {within:g} s {'; '.join(wrong)} (the client's status is {look})")
            self.daemon.pump(LOOK_EVERY)

    def _stays(self, wanted: dict[str, Any], seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            look = self.client.ask("look")
            wrong = unmet(wanted, look)
            if wrong:
                raise Failed(f"{'; '.join(wrong)} (the client's status is {look})")
            self.daemon.pump(LOOK_EVERY)
