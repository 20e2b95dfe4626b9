"""Is my input arriving? A table with a line for each input and output of a show."""

import time
from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from dreambridge.live.outputs import Outputs
from dreambridge.live.show import Inputs, Show
from dreambridge.protocol.text import printable

STALE_S = 2.0
MAX_ROWS, MAX_MESSAGES = 40, 5


def brief(value: Any) -> str:
    """A value in a few letters."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, (list, tuple)):
        return f"{len(value)} numbers" if len(value) > 3 else ", ".join(map(brief, value))
    return printable(str(value))[:30]


def _values(values: Sequence[Any]) -> str:
    return " ".join(brief(v) for v in values[:4])[:34] or "(no value)"


def ago(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def table(show: Show, inputs: Inputs, outputs: Outputs) -> Group:
    now = time.monotonic()
    rows = Table(box=None, pad_edge=False)
    for name, right in (
        ("input", False),
        ("value", False),
        ("directs", False),
        ("a second", True),
        ("age", True),
        ("ignored", True),
    ):
        rows.add_column(name, justify="right" if right else "left", no_wrap=True)
    directs: dict[str, list[Any]] = {}
    for c in show.controls:
        directs.setdefault(c.source, []).append(c)
    # Those of the map first, also while nothing arrives from them; then what nothing uses, the newest first.
    others = sorted((s for s in list(show.meters) if s not in directs), key=lambda s: -show.meters[s].last)
    if not inputs.every:
        others = [s for s in others if not s.startswith(("sound:", "pose:")) and "/*/" not in s and not s.endswith("/*")]
    for source in [*directs, *others][:MAX_ROWS]:
        meter, controls = show.meters.get(source), directs.get(source, [])
        to = ", ".join(c.entry.to for c in controls) or "-"
        ignored = sum(c.ignored for c in controls)
        shown = printable(source)[:38]
        if meter is None:
            rows.add_row(shown, "nothing yet", to, "", "", "", style="dim")
            continue
        age = now - meter.last
        style = "dim" if age > STALE_S or not controls else "red" if ignored else ""
        rows.add_row(shown, _values(meter.values), to, f"{meter.rate(now):.0f}", ago(age), str(ignored or ""), style=style)
    lines: list[Any] = [rows] if directs or others else [Text("Nothing has arrived yet.")]
    for running in inputs.running.values():
        lines.append(Text(printable(f"{running.name}: {running.state}")))
    for out in outputs.running:
        late = f", {out.latency_ms:.0f} ms from the frame to the network" if out.latency_ms is not None else ""
        lines.append(Text(printable(f"{out.name}: {out.state}, {out.sent} frames{late}, {out.tap.skipped} skipped")))
    s = show.stream
    fps = f"{s.current_fps:.0f} frames/s" if s.current_fps else ""
    lines.append(Text(f"{s.info.bundle}: {s.state} {fps}, {show.directed} directions"))
    lines += [Text(printable(m), style="yellow") for m in list(show.messages)[-MAX_MESSAGES:]]
    return Group(*lines)
