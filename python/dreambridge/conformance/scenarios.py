"""The scenarios as data: read, checked, and unrolled into steps (protocol/vectors/session.json and daemon.json)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError

Step = dict[str, Any]
# Copies of those in protocol/vectors, by devtools/generate.py.
CLIENT_FILE = Path(__file__).resolve().parent / "session.json"
DAEMON_FILE = Path(__file__).resolve().parent / "daemon.json"

# The first key of a step is its verb. These are the other keys that it accepts (None: any, as fields of the message).
Verbs = dict[str, set[str] | None]
CLIENT_VERBS: Verbs = {
    "use": set(),
    "client": {"bundle", "seed", "values", "over", "easing", "layers", "paused", "data", "as"},
    "client_sends": {"with", "without", "as", "optional", "within"},
    "client_sends_in_any_order": set(),
    "client_is_quiet": set(),
    "client_pings": set(),
    "daemon_replies": None,
    "daemon_sends": None,
    "daemon": {"epoch", "token", "session", "revision"},
    "until": {"within"},
    "stays": {"for"},
}
ANSWER = {"on", "answer", "without"}
DAEMON_VERBS: Verbs = {
    "use": set(),
    "connect": {"hello", "token"},
    "disconnect": set(),
    "ask": {*ANSWER, "without_id"},
    "ask_bytes": {*ANSWER, "times", "id"},
    "awaits": ANSWER,
    "event": {"on", "within"},
    "keep": set(),
    "frame": set(),
    "gone": set(),
    "falls_silent": set(),
    "speaks": set(),
    "quiet": {"on"},
    "ends": {"refused"},
    "repeat": {"steps"},
}
CLIENT = {"start", "stop", "direct", "cut", "pause", "resume", "snapshot", "restore", "stats", "attach_view", "detach_view"}
DAEMON = {
    "starts",
    "dies",
    "drops_the_connection",
    "goes_silent",
    "speaks_again",
    "publishes",
    "mends_its_file",
    "replaces_the_ring",
}
LOOKS = {"state", "tickets", "answers", "errors", "revision"}
COMMON = {"if", "why"}


@dataclass(frozen=True)
class Scenario:
    """One conversation. ``needs`` are the abilities that a client needs for it; ``floats``: the daemon's numbers are floats."""

    name: str
    description: str
    needs: tuple[str, ...]
    floats: bool
    running: bool
    steps: tuple[Step, ...]


def bad(where: str, what: str) -> DreamError:
    return DreamError("bad_argument", f"{where}: {what}.", "See part 6 of protocol/PROTOCOL.md.")


def check(where: str, step: Step, verbs: Verbs) -> None:
    verb = next(iter(step), "")
    if verb not in verbs:
        raise bad(where, f"{verb!r} is an unknown verb")
    allowed = verbs[verb]
    extra = set(step) - {verb} - COMMON - (allowed or set())
    if allowed is not None and extra:
        raise bad(where, f"{verb!r} does not take {sorted(extra)}")
    known = {"client": CLIENT, "daemon": DAEMON}.get(verb)
    if known and step[verb] not in known:
        raise bad(where, f"{verb!r} cannot be {step[verb]!r}")
    if verb in ("until", "stays") and set(step[verb]) - LOOKS:
        raise bad(where, f"{sorted(set(step[verb]) - LOOKS)} is not part of a client's status")


def unrolled(where: str, steps: list[Step], preludes: dict[str, list[Step]], verbs: Verbs) -> list[Step]:
    out = []
    for number, step in enumerate(steps, 1):
        check(f"{where}, step {number}", step, verbs)
        if "use" in step:
            out += unrolled(f"prelude {step['use']}", preludes[step["use"]], preludes, verbs)
        else:
            out.append(step)
    return out


def load(path: Path = CLIENT_FILE, verbs: Verbs = CLIENT_VERBS) -> list[Scenario]:
    """All scenarios of a file; DreamError ``bad_argument`` names an invalid step."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    return [
        Scenario(
            s["name"],
            s["description"],
            tuple(s.get("needs", ())),
            s.get("numbers") == "float",
            s.get("running", True),
            tuple(unrolled(f"{path.name}, {s['name']}", s["steps"], whole["preludes"], verbs)),
        )
        for s in whole["scenarios"]
    ]


def load_daemon() -> list[Scenario]:
    """The scenarios for daemons."""
    return load(DAEMON_FILE, DAEMON_VERBS)
