"""How many threads a step runs fastest with: a short trial at open, remembered in the user's cache."""

import json
import os
import time

import numpy as np

from dreambridge.bundle.load import Bundle
from dreambridge.runtime.runner import StreamRunner
from dreambridge.system.paths import cache_folder
from dreambridge.system.processes import cores

TURNS, STEPS = 3, 4
_meanwhile: dict[str, int] = {}  # what a trial on a busy machine said: good for this process only


def _take(runner: StreamRunner, steps: int) -> list[float]:
    """Milliseconds of each of some steps."""
    frame = np.zeros(runner.frame_shape, np.uint8)
    spent = []
    for i in range(steps):
        begun = time.perf_counter()
        runner.step(frame.ctypes.data, i, i, i / 24, 1 / 24, 0)
        spent.append((time.perf_counter() - begun) * 1e3)
    return spent


def busy() -> bool:
    """Is so much else going on that a trial tells little about another day?"""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.6 * cores()


def best_runner(bundle: Bundle, provider: str, seed: int, most: float = 1.0, spin: bool = False) -> StreamRunner:
    """A runner with the thread count that was fastest; at most ``most`` (a share) of the cores."""
    limit = max(1, int(cores() * most + 0.5))
    candidates = sorted({n for n in (1, 2, 4, limit) if n <= limit})
    path = cache_folder() / "threads.json"
    key = f"{bundle.digest[:16]}/{provider}/{limit}" + ("/spin" if spin else "")
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        known = {}
    remembered = known.get(key) or _meanwhile.get(key)
    if remembered in candidates:
        return StreamRunner(bundle, provider, remembered, seed, spin)
    runners = [StreamRunner(bundle, provider, n, seed, spin) for n in candidates]
    # In turns, so that a burst of other work hits all alike; by the better steps, which show what the machine can do.
    spent: list[list[float]] = [[] for _ in runners]
    for _ in range(TURNS if len(runners) > 1 else 0):
        for runner, ms in zip(runners, spent, strict=True):
            ms += _take(runner, STEPS)[1:]
    winner, best = runners[0], float(np.percentile(spent[0] or [0.0], 25))
    for runner, ms in zip(runners[1:], spent[1:], strict=True):
        if (score := float(np.percentile(ms, 25))) < 0.95 * best:  # more threads must be worth taking a core from the game
            winner, best = runner, score
    winner.turn = 0
    winner.reset(seed)
    _meanwhile[key] = winner.threads
    if busy():
        return winner
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"threads.{os.getpid()}")
        part.write_text(json.dumps(known | {key: winner.threads}))
        part.replace(path)
    except OSError:
        pass  # a cache that cannot be written only costs the trial again
    return winner
