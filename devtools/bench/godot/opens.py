"""The time to a scene's first picture after 30 scene changes in 3 seconds, beside that of a game's first scene."""

import numpy as np
from dreambridge.bench.report import goal

from devtools.bench.godot.bench import Bench, Row

CASES = {"changes": (30, {}), "control, streams kept open": (12, {"KEEPS": "1"})}
QUICK_CONTROL = 4  # streams: so few slow down a busy machine only


def measure(bench: Bench) -> Row:
    figures = {}
    for name, (changes, more) in CASES.items():
        rounds = 1 if bench.quick or more else 3
        changes = QUICK_CONTROL if bench.quick and more else changes
        env = {"DAEMON": bench.daemon, "BUNDLE": "vista", "CHANGES": str(changes), "SECONDS": str(changes / 10)}
        got = bench.engine.play("first_picture.gd", ROUNDS=str(rounds), **env, **more)
        figures[name] = {
            "changes": changes,
            "cold_ms": got["cold"][0],
            "first_ms": got["first"],
            "after_ms": got["after"],
            "changes_that_saw_a_picture": got["seen_before"],
            "ratio": round(float(np.median(got["after"])) / float(np.median(got["first"])), 2),
        }
    return figures, {
        "after 30 changes, beside a first open": goal(figures["changes"]["ratio"], "times", most=1.5),
        "control: with the streams kept open": goal(figures["control, streams kept open"]["ratio"], "times", least=1.6),
    }
