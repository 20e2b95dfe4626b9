"""What a bridge must survive: `python3 dev.py bench chaos [--rows ROW …] [--minutes N] [--json]` (docs/reliability.md).

Each row makes one kind of trouble as often as its module says, or for so many minutes. A row that measures has a control: the
same with the protection switched off, or the same pair twice.
"""

import tempfile
from pathlib import Path
from typing import Any

from dreambridge.bench.report import goal

from devtools.bench.chaos import (
    access,
    client_ends,
    daemon_kills,
    damaged_rings,
    endless,
    floods,
    hostile,
    messages,
    resources,
    soak,
    stops,
    to_clients,
    torn,
)
from devtools.bench.chaos.stage import Programs, Stage, own_folders

ROWS = {
    "torn": torn.measure,
    "daemon_kills": daemon_kills.measure,
    "client_ends": client_ends.measure,
    "damaged_rings": damaged_rings.measure,
    "stops": stops.measure,
    "resources": resources.measure,
    "messages": messages.measure,
    "to_clients": to_clients.measure,
    "floods": floods.measure,
    "access": access.measure,
    "hostile": hostile.measure,
    "endless": endless.measure,
    "soak": soak.measure,
}


def measure(
    quick: bool, rows: list[str] | None = None, minutes: float | None = None, programs: Programs | None = None
) -> dict[str, Any]:
    """Run the rows, each with daemons and folders of its own."""
    out: dict[str, Any] = {}
    goals: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="dreambridge-chaos-") as name:
        programs = programs or Programs(Path(name))
        for row in rows or ROWS:
            folder = Path(name) / row
            folder.mkdir()
            with own_folders(folder):
                out[row], met = ROWS[row](Stage(folder, quick, minutes, programs))
                left = Stage(folder, quick, minutes, programs).left_behind()
            if left:
                out[row]["left_behind"] = left[:20]
            goals |= {f"{row}: {k}": v for k, v in met.items()} | {f"{row}: left_behind": goal(len(left), "files", most=0)}
    return {"rows": out, "goals": goals}
