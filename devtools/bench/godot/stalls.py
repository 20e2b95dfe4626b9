"""The longest time that the main thread is in the addon's own calls, while the daemon or the port misbehaves."""

import sys
from collections.abc import Callable
from contextlib import ExitStack

from dreambridge.bench.report import goal

from devtools import impostor
from devtools.bench.godot.bench import Bench, Row

PEERS: dict[str, Callable[[], bytes]] = {
    "garbage": lambda: bytes(range(256)) * 4096,
    "silence": lambda: b"",
    "half": impostor.half_a_message,
}


def measure(bench: Bench) -> Row:
    rounds, seconds = (1, 2) if bench.quick else (3, 10)
    runs = []
    for k in range(rounds):
        with ExitStack() as stack:
            names = {f"{peer}-{k}": answer for peer, answer in PEERS.items()}
            for name, answer in names.items():
                stack.enter_context(impostor.listener(name, answer()))
            got = bench.engine.play("stalls.gd", PYTHON=sys.executable, PEERS=" ".join(names), SECONDS=str(seconds))
        runs.append({phase.removesuffix(f"-{k}"): found for phase, found in got.items()})
    figures = {}
    for phase in runs[0]:
        if phase == "states":
            continue
        rows = [r[phase] for r in runs]
        figures[phase] = {
            # Another program that takes the core for a moment is not in the addon: it hits a phase in one round, and not in all.
            "longest_ms": round(min(r["longest"] for r in rows), 3),
            "worst_ms": round(max(r["longest"] for r in rows), 3),
            # Of that in start() or stop(), which the game calls.
            "in_the_call_ms": round(min(r["call"] for r in rows), 3),
            "longest_of_a_spin_ms": [round(r["idle"], 3) for r in rows],
            "ticks": sum(r["ticks"] for r in rows),
        }
    goals = {phase: goal(row["longest_ms"], "ms", most=4.0) for phase, row in figures.items()}
    return figures | {"states": runs[0]["states"]}, goals
