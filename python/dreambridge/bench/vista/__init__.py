"""``dreambridge bench vista``: Vista against its goals, on the exported bundle through the real daemon.

One file for each row of ``ROWS``, with ``measure(context) -> row``: what was compared, controls, figures and ``goals``.
``metrics`` measures plain arrays; ``context`` steps a stream and the painter's truth in parallel; ``sheets`` draws figures. All
seeds, scenes, prompts and music are held out: no training used them. Needs the extras ``train`` and ``demo``.
"""

import importlib
import sys
import time
from pathlib import Path
from typing import Any

import torch

import dreambridge
from dreambridge.bench.vista.context import Context, GameEngine
from dreambridge.bench.vista.results import Results
from dreambridge.bundle.load import load_bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.system.paths import cache_folder

ROWS = (
    "speed", "opening", "cost", "levels", "hold", "temporal", "readback", "prompts", "obedience", "pose", "audio", "revisit",
    "view", "colours", "baselines", "gallery", "endurance",
)  # fmt: skip


def measure(
    quick: bool,
    rows: str | None = None,
    out: Path | None = None,
    again: bool = False,
    engine: GameEngine | None = None,
    short: bool = False,
    against: Path | None = None,
) -> dict[str, Any]:
    """Measure the named rows (``"hold,pose"``; None: all) that are not in the results file yet; with ``again``, those too.

    A finished row is saved at once, so a run can be stopped and resumed. ``engine`` draws the scenes of the row `view`; without
    an engine, Python draws them. ``short``: a row ends after two minutes with what it has, and its values have standard errors.
    ``against``: the folder of another bundle, such as an earlier release, whose speed is measured beside. DreamError
    ``bad_argument`` for an unknown row.
    """
    wanted = [r.strip() for r in rows.split(",")] if rows else list(ROWS)
    for r in wanted:
        if r not in ROWS:
            raise DreamError("bad_argument", f"The row {r!r} is unknown.", f"The rows are: {', '.join(ROWS)}.")
    results = Results(out or cache_folder() / "bench-vista", quick, short)
    other = load_bundle(against) if against else None
    # One thread: the truth's small operators are slower with more, and the stream's threads need the cores.
    torch.set_num_threads(1)
    with dreambridge.start() as daemon:
        for name in wanted:
            if name in results.rows and not again:
                continue
            if not quick or sys.stderr.isatty():
                print(f"measuring {name} …", file=sys.stderr, flush=True)
            begun = time.monotonic()
            context = Context(daemon, results.folder, quick, engine=engine, short=short and not quick, against=other)
            row = importlib.import_module(f"dreambridge.bench.vista.{name}").measure(context)
            results.add(name, row, time.monotonic() - begun)
            if not quick:
                met = sum(g["met"] for g in row["goals"].values())
                took = time.monotonic() - begun
                print(f"{name}: {met} of {len(row['goals'])} goals met, {took:.0f} s", file=sys.stderr, flush=True)
    shown = {n: results.rows[n] for n in ROWS if n in results.rows}
    return {
        "compared": "the exported bundle, stepped by the daemon, with the painter's truth; held-out worlds, scenes, prompts and "
        "music",
        **results.about, "figures": str(results.folder),
        "rows": {n: {k: v for k, v in r.items() if k != "goals"} for n, r in shown.items()},
        "not_measured": [n for n in ROWS if n not in shown],
        "goals": {f"{n}: {k}": g for n, r in shown.items() for k, g in r["goals"].items()},
    }  # fmt: skip
