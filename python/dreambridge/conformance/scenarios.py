"""The session scenarios as data: read, checked, and unrolled into steps (protocol/vectors/session.json)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError

Step = dict[str, Any]
FILE = Path(__file__).resolve().parent / "session.json"  # a copy of protocol/vectors/session.json, by devtools/generate.py

# The first key of a step is its verb; these are the keys that may go with it (None: any, they are the message's fields).
VERBS: dict[str, set[str] | None] = {
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
CLIENT = {"start", "stop", "direct", "cut", "pause", "resume", "snapshot", "restore", "stats", "attach_view", "detach_view"}
DAEMON = {"starts", "dies", "drops_the_connection", "goes_silent", "speaks_again", "publishes", "mends_its_file"}
LOOKS = {"state", "tickets", "answers", "errors", "revision"}
COMMON = {"if", "why"}


@dataclass(frozen=True)
class Scenario:
    """One conversation. ``needs`` are what a client must be able to do for it; ``floats``: the daemon's numbers are floats."""

    name: str
    description: str
    needs: tuple[str, ...]
    floats: bool
    running: bool
    steps: tuple[Step, ...]


def bad(where: str, what: str) -> DreamError:
    return DreamError("bad_argument", f"session.json, {where}: {what}.", "See part 6 of protocol/PROTOCOL.md.")


def check(where: str, step: Step) -> None:
    verb = next(iter(step), "")
    if verb not in VERBS:
        raise bad(where, f"{verb!r} is an unknown verb")
    allowed = VERBS[verb]
    extra = set(step) - {verb} - COMMON - (allowed or set())
    if allowed is not None and extra:
        raise bad(where, f"{verb!r} does not take {sorted(extra)}")
    known = {"client": CLIENT, "daemon": DAEMON}.get(verb)
    if known and step[verb] not in known:
        raise bad(where, f"{verb!r} cannot be {step[verb]!r}")
    if verb in ("until", "stays") and set(step[verb]) - LOOKS:
        raise bad(where, f"{sorted(set(step[verb]) - LOOKS)} is not something that a client tells")


def unrolled(where: str, steps: list[Step], preludes: dict[str, list[Step]]) -> list[Step]:
    out = []
    for number, step in enumerate(steps, 1):
        check(f"{where}, step {number}", step)
        if "use" in step:
            out += unrolled(f"prelude {step['use']}", preludes[step["use"]], preludes)
        else:
            out.append(step)
    return out


def load(path: Path = FILE) -> list[Scenario]:
    """All scenarios; DreamError ``bad_argument`` names the step that is wrong."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    return [
        Scenario(
            s["name"], s["description"], tuple(s.get("needs", ())), s.get("numbers") == "float", s.get("running", True),
            tuple(unrolled(s["name"], s["steps"], whole["preludes"])),
        )
        for s in whole["scenarios"]
    ]  # fmt: skip
