"""What `lint` says about a direction: names and values that the bundle of a running daemon does not have."""

from __future__ import annotations

import re
import time
from typing import Any

from dreambridge_renpy import engine
from dreambridge_renpy.near import did_you_mean, quoted
from dreambridge_renpy.statement import parse
from dreambridge_renpy.words import HOLE, BadScript

PATIENCE = 20.0  # seconds in which the stream has to open
_waited = False


def conditions() -> dict[str, Any]:
    """The bundle's conditions; empty when there is no daemon. `dreambridge story check` needs none."""
    global _waited
    engine.start()
    stream = engine.stream()
    assert stream
    until = time.monotonic() + (0.0 if _waited else PATIENCE)
    while not stream.conditions and time.monotonic() < until:
        if stream.state == "failed" or (stream.state == "searching" and time.monotonic() > stream.begun + 2):
            break
        time.sleep(0.02)
    _waited = True
    return stream.conditions


def problems(text: str) -> list[str]:
    """Of one direction."""
    try:
        s = parse(re.sub(r"\[[^\[\]\r\n]*\]", lambda m: HOLE * len(m[0]), text), holes=True)
    except BadScript as e:
        return [f"dream: {e.message} {e.hint}"]
    known = conditions()
    found = []
    for name, value in s.values.items() if known and s.do in ("direct", "cut") else ():
        schema = known.get(name)
        if HOLE in name:
            continue
        if schema is None:
            found.append(f"dream: The bundle has no condition {quoted(name)}. {did_you_mean(name, sorted(known))}")
            continue
        options = schema.get("options")
        said = [value] if isinstance(value, str) else list(value) if isinstance(value, (list, dict)) else []
        for one in said if options else []:
            if isinstance(one, str) and HOLE not in one and one not in options:
                found.append(f"dream: {name} = {quoted(one)}: unknown option. {did_you_mean(one, options)}")
    return found
