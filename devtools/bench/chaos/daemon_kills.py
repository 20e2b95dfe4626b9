"""The daemon is killed at random moments, under all clients at once: each goes on within 2 s of the daemon's return."""

import contextlib
import time
from typing import Any

import psutil
from dreambridge.bench.report import goal, spread

from devtools.bench.chaos.stage import PATIENCE, Process, Stage, listens, until
from devtools.bench.chaos.watching import LEVEL, SEED, Watcher

FULL, QUICK = 200, 2
AGAIN = 5  # in one round of so many the new daemon is killed at once as well


def zombies() -> int:
    """Children of this process that have ended and that nobody waits for."""
    found = 0
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found += child.status() == psutil.STATUS_ZOMBIE
    return found


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    clients = stage.clients(("python",))
    p = stage.daemon("killed")
    watchers = {c: Watcher(stage.programs, c, "killed", stage.folder / f"stop-{c}") for c in clients}
    resumed: dict[str, list[float]] = {c: [] for c in clients}
    wrong, left, missing, kills = list[str](), list[str](), list[str](), 0
    all_dead = list[Process]()
    try:
        for w in watchers.values():
            if w.shows(p.connection.epoch, 3 * PATIENCE) is None:
                missing.append(f"{w.client} at first")
        for k in stage.rounds(FULL, QUICK):
            time.sleep(stage.chance.random() * (0.2 if stage.quick else 0.5))
            dead = [p]
            p.kill()
            if k % AGAIN == AGAIN - 1:
                with contextlib.suppress(Exception):
                    p = stage.daemon("killed")
                    dead.append(p)
                    time.sleep(stage.chance.random() * 0.3)
                    p.kill()
            kills += len(dead)
            p = stage.daemon("killed")
            for c, w in watchers.items():
                got = w.shows(p.connection.epoch)
                if got is None:
                    missing.append(f"{c} after kill {kills}: {w.said[-1:]}")
                    continue
                resumed[c].append(max(0.0, got["at"] - p.since))
                if (got["obeys"], got["seed"]) != (LEVEL, SEED):
                    wrong.append(f"{c}: level {got['obeys']}, seed {got['seed']}")
            left += _left(dead)
            all_dead += dead
            if missing:
                break
        # A game that has its old ring open keeps it for some seconds: the daemon looks again every ten.
        if until(lambda: not any(d.rings() for d in all_dead), 25) == float("inf"):
            left += [str(path) for d in all_dead for path in d.rings()]
    finally:
        for w in watchers.values():
            w.close()
        p.end()
    errors = [e for w in watchers.values() for e in w.errors]
    return {
        "kills": kills,
        "compared": "seconds from the moment in which the new daemon listens to the first frame that the client shows",
        "resumed_s": {c: spread(v) for c, v in resumed.items() if v},
        "missing": missing,
        "wrong": wrong[:10],
        "left": left[:10],
        "errors": errors[:10],
    }, {
        **{f"{c}_resumed_worst": goal(max(v) if v else None, "s", most=2.0) for c, v in resumed.items()},
        "not_resumed": goal(len(missing), f"of {kills * len(clients)}", most=0),
        "other_seed_or_directions": goal(len(wrong), "times", most=0),
        "left_by_the_dead": goal(len(left), "rings, ports", most=0),
        "zombies": goal(zombies(), "processes", most=0),
        "errors_of_clients": goal(len(errors), "errors", most=0),
    }


def _left(dead: list[Process]) -> list[str]:
    """Ports of killed daemons that are still open although another one of their name runs."""
    return [f"port of {d.connection.pid}" for d in dead if listens(d.connection.endpoint)]
