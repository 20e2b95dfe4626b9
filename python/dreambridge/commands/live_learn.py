"""``dreambridge live MAP.toml --learn CONDITION``: the control that is moved most is written to the map."""

import sys
import time
from pathlib import Path

from dreambridge.live.controls import given_range
from dreambridge.live.map_file import near_of, read_map
from dreambridge.live.show import Meter, Show
from dreambridge.protocol.errors import DreamError
from dreambridge.system.whole_file import write_whole

LISTEN_S = 1.5  # after the first movement, so that its range is seen
LIMIT_S = 60.0


def learn(show: Show, path: Path, condition: str, seconds: float | None) -> str:
    """Wait for a movement, and add it to the map; returns what was added. DreamError ``timeout``, ``unknown_condition``."""
    schema = show.stream.conditions
    name, _, option = condition.partition(".")
    if name not in schema:
        raise DreamError("unknown_condition", f"--learn: there is no condition {name[:80]!r}.", near_of(name, schema))
    options = schema[name].get("options") or []
    if option and option not in options:
        raise DreamError("bad_argument", f"--learn: {name} has no option {option[:80]!r}.", near_of(option, options))
    if schema[name]["kind"] == "event" and options and not option:
        hint = f"Run it again with --learn {name}.{options[0]}"
        raise DreamError("bad_argument", f"--learn: {name} needs an option.", hint)
    print(f"Move the control for {condition} …", file=sys.stderr, flush=True)
    source = _moved(show, seconds or LIMIT_S)
    meter = show.meters[source]
    text = entry_text(
        source, condition, meter, bool(option) or schema[name]["kind"] in ("event", "choice", "text", "pose", "audio")
    )
    before = path.read_text("utf-8-sig") if path.exists() else f"# A map for dreambridge live (docs/live.md).\n{_first(show)}"
    write_whole(path, f"{before.rstrip()}\n\n{text}".encode())
    read_map(path).check_conditions(schema)
    return text.rstrip()


def _first(show: Show) -> str:
    return f'bundle = "{show.stream.info.bundle}"\n'


def _moved(show: Show, limit: float) -> str:
    """The source that was moved most, once something moves."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        while show.messages:  # others only append to it
            print(show.messages.popleft(), file=sys.stderr, flush=True)
        if _candidates(show):
            time.sleep(min(LISTEN_S, max(0.0, until - time.monotonic())))
            found = _candidates(show)
            return max(found, key=lambda s: found[s])
        time.sleep(0.02)
    hint = "Is the sender's port the map's? `dreambridge live --learn` shows everything that arrives."
    raise DreamError("timeout", f"Nothing arrived within {limit:g} s.", hint)


def _candidates(show: Show) -> dict[str, float]:
    """How much each source moved, as a share of its range, and how often a little."""
    out = {}
    for source, meter in list(show.meters.items()):
        if "/*" in source or source.startswith(("sound:", "pose:")):
            continue  # they always move
        low, high = given_range(source)
        span = max(0.0, meter.high - meter.low) if meter.count > 1 else 0.0
        out[source] = min(1.0, span / (high - low)) + 0.001 * min(meter.count, 100)
    return out


def entry_text(source: str, condition: str, meter: Meter, plain: bool) -> str:
    """The lines of one control. ``in`` only if the numbers leave the usual range."""
    low, high = given_range(source)
    lines = ["[[map]]", f"from = {_quoted(source)}", f"to = {_quoted(condition)}"]
    if (meter.low < low or meter.high > high) and meter.low < meter.high and not plain:
        lines.append(f"in = [{meter.low:g}, {meter.high:g}]  # as you moved it")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML string."""
    out = "".join(
        c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text
    )
    return f'"{out}"'
