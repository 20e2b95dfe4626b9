"""The output of each benchmark: its figures, its goals and the machine."""

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

NAMES = ("overhead", "direct", "frames", "smooth", "cutscene", "hold", "models", "vista")
OWN_BARS = ("hold", "vista")  # these draw their own progress bars


def standard_error(of: Iterable[float]) -> float | None:
    """The standard error of the mean of independent values; None for fewer than two."""
    v = np.asarray(list(of), float)
    return float(v.std(ddof=1) / np.sqrt(len(v))) if len(v) > 1 else None


def goal(
    value: float | None, unit: str, most: float | None = None, least: float | None = None, error: float | None = None
) -> dict[str, Any]:
    """One goal: met if ``value`` is at most ``most``, or at least ``least``. ``error``: its standard error, if it is known."""
    ok = value is not None and (most is None or value <= most) and (least is None or value >= least)
    known = {} if error is None else {"standard_error": round(error, 4)}
    return known | {
        "value": None if value is None else round(value, 4),
        "unit": unit,
        "goal": f"<= {most:g}" if most is not None else f">= {least:g}",
        "met": bool(ok),
    }


def spread(values: Iterable[float]) -> dict[str, float]:
    """Best, p50, p90, p99 and worst of a list of times."""
    v = np.asarray(list(values), float)
    q = np.percentile(v, [0, 50, 90, 99, 100])
    return {k: round(float(x), 4) for k, x in zip(("best", "p50", "p90", "p99", "worst"), q, strict=True)}


def machine() -> dict[str, Any]:
    """CPU, cores and versions, because figures mean nothing without them."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0] if names else cpu
    versions = {}
    for name in ("onnxruntime", "onnxruntime-gpu", "numpy", "pyzmq"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        **versions,
    }


def table(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    out, rows = Console(), Table("goal", "value", "unit", "wanted", "met")
    for name, g in result["goals"].items():
        error = f" ± {g['standard_error']}" if "standard_error" in g else ""
        rows.add_row(name, f"{g['value']}{error}", g["unit"], g["goal"], "yes" if g["met"] else "NO")
    out.print(rows)
    out.print({k: v for k, v in result.items() if k != "goals"})


def run(name: str, measure: Callable[..., dict[str, Any]], as_json: bool, quick: bool, **options: Any) -> dict[str, Any]:
    """Run ``measure`` as the benchmark ``name`` and print its result; ``quick`` takes a few seconds and is only for tests.

    ``options`` are passed to ``measure``.
    """
    from rich.console import Console

    where = machine()
    said = Console(stderr=True)
    silent = not said.is_terminal or name in OWN_BARS
    with nullcontext() if silent else said.status(f"measuring {name} …", refresh_per_second=2):
        measured = measure(quick, **options)
    result = {"bench": name, "quick": quick, **measured, "machine": where}
    if as_json:
        print(json.dumps(result))
    else:
        table(result)
    sys.stdout.flush()
    return result
