"""Real families with tiny random weights: this runtime beside PyTorch's loop, torch.compile and diffusers' pipeline.

Each family is a row, measured in a process of its own (``models_row``), which is ended at its deadline: what it had measured
until then counts. The results file has each row as soon as it is measured.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dreambridge.bench.report import goal
from dreambridge.protocol.errors import DreamError
from dreambridge.system.whole_file import write_whole

FRAMES, STATES, FASTER = 1, 2e-3, 2.0  # the goals: of 255, of the spread, times
ROWS = ("sd-img2img", "sdxl", "wan-causal", "helios", "world")
WHOLE_S, SHORT_S = (200.0, 715.0), (50.0, 115.0)  # at most for a row, and for all of them
RESULTS = "models.json"


def measure(quick: bool, rows: str | None = None, out: Path | None = None, short: bool = False, **others: Any) -> dict[str, Any]:
    """One thread each. ``short``: all families within two minutes, without torch.compile. ``quick``: one family, for tests.

    ``rows``: names with commas between. ``out``: the folder of the results file. DreamError ``bad_argument``.
    """
    if any(others.values()):
        raise DreamError("bad_argument", "`bench models` takes --rows, --out and --short only.", "Leave the others out.")
    names = list(ROWS) if rows is None else rows.split(",")
    if unknown := [n for n in names if n not in ROWS]:
        raise DreamError("bad_argument", f"`bench models` has no row {unknown[0]!r}.", f"Use some of: {', '.join(ROWS)}.")
    made: dict[str, Any] = {"families": {}, "goals": {}}
    most, for_all = SHORT_S if short else WHOLE_S
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dreambridge-") as place:
        for name in (names if rows else names[-1:]) if quick else names:
            begun = time.monotonic()
            left = for_all - (begun - started)
            row: dict[str, Any] = {"error": "no time was left"}
            if left > 0:
                row = _row(name, Path(place), min(most, left), quick, short)
            row["seconds"] = round(time.monotonic() - begun, 1)
            row["load_after"] = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
            made["families"][name] = row
            made["goals"] |= goals(name, row)
            if out:
                out.mkdir(parents=True, exist_ok=True)
                write_whole(out / RESULTS, (json.dumps(made, indent=1) + "\n").encode())
    return made


def goals(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """Of a row; one that could not be measured is not met."""
    parity, ms = row.get("parity", {}), row.get("step_ms", {})
    frame = parity.get("frame")
    states = max(parity["states"].values(), default=0.0) if "states" in parity else None
    times = ms["torch"]["p50"] / ms["this runtime"]["p50"] if ms else None
    return {
        f"{name}: frames against PyTorch, 50 steps": goal(frame, "of 255", most=FRAMES),
        f"{name}: states against PyTorch": goal(states, "of the spread", most=STATES),
        f"{name}: faster than torch's loop": goal(times, "times", least=FASTER),
    }


def _row(name: str, place: Path, seconds: float, quick: bool, short: bool) -> dict[str, Any]:
    """What the row's process had written when it ended, or when its time was over."""
    result = place / f"{name}.json"
    words = [sys.executable, "-m", "dreambridge.bench.models_row", name, str(place / name), str(result)]
    words += ["--quick"] if quick else ["--short"] if short else []
    limit = 600.0 if quick else seconds  # a test does not depend on the machine's speed
    with (place / f"{name}.err").open("w+") as said:
        p = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True)
        ended = "not in time"
        try:
            ended = f"exit code {p.wait(limit)}"
        except subprocess.TimeoutExpired:
            pass
        finally:
            _end(p)
        said.seek(0)
        reason = (said.read().strip().splitlines() or [ended])[-1][:200]
    with contextlib.suppress(OSError, ValueError):
        row: dict[str, Any] = json.loads(result.read_text())
        if p.returncode:
            row["missing"] = {"torch.compile": f"not within {seconds:.0f} s"} | row.get("missing", {})
        return row
    return {"error": reason if p.returncode > 0 else ended}


def _end(p: "subprocess.Popen[bytes]") -> None:
    """The process and its compilers."""
    if p.poll() is None:
        if hasattr(os, "killpg"):
            import signal

            with contextlib.suppress(ProcessLookupError):
                os.killpg(p.pid, signal.SIGKILL)
        else:
            p.kill()
        p.wait()
