"""Finds the fastest number of threads for a step: a short trial at open, cached for the user."""

import json
import os
import time

import numpy as np

from dreambridge.bundle.load import Bundle
from dreambridge.runtime.providers import release_memory
from dreambridge.runtime.runner import StreamRunner, Values
from dreambridge.runtime.runs import OutOfTime, Runs
from dreambridge.system.paths import cache_folder
from dreambridge.system.processes import cores

TURNS, STEPS = 3, 4
MAX_TRIAL = 8.0  # seconds
_meanwhile: dict[str, int] = {}  # results of trials on a busy machine: valid only for this process


def _take(runner: StreamRunner, steps: int) -> list[float]:
    """The times of some steps, in milliseconds."""
    frame = np.zeros(runner.frame_shape, np.uint8)
    spent = []
    for i in range(steps):
        begun = time.perf_counter()
        runner.step(frame.ctypes.data, i, i, i / 24, 1 / 24, 0)
        spent.append((time.perf_counter() - begun) * 1e3)
    return spent


def _measure(runners: list[StreamRunner], runs: Runs) -> list[list[float]]:
    """The step times of each, in milliseconds, within ``MAX_TRIAL`` seconds. A list is empty if no step was done."""
    spent: list[list[float]] = [[] for _ in runners]
    until = time.monotonic() + MAX_TRIAL
    try:
        with runs.limit(MAX_TRIAL):
            first = [_take(runner, 1)[0] for runner in runners]
            spent = [[ms] for ms in first]
            turn = STEPS * sum(first) / 1e3
            # In turns, so that a burst of other work affects all of them.
            for k in range(TURNS):
                if time.monotonic() + turn > until:
                    break
                taken = [_take(runner, STEPS)[1:] for runner in runners]
                spent = [ms + more if k else more for ms, more in zip(spent, taken, strict=True)]
    except OutOfTime:
        pass
    return spent


def _fastest(runners: list[StreamRunner], spent: list[list[float]]) -> StreamRunner:
    if not all(spent):
        # A step takes seconds, so use all threads. There is no result worth caching.
        return runners[-1]
    # Compare the faster steps, which show what the machine can do.
    winner, best = runners[0], float(np.percentile(spent[0], 25))
    for runner, ms in zip(runners[1:], spent[1:], strict=True):
        if (score := float(np.percentile(ms, 25))) < 0.95 * best:  # more threads must be worth taking a core from the game
            winner, best = runner, score
    return winner


def busy() -> bool:
    """Whether the machine is so busy that a trial is not representative."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.6 * cores()


def best_runner(
    bundle: Bundle,
    provider: str,
    seed: int,
    max_share: float = 1.0,
    spin: bool = False,
    runs: Runs | None = None,
    values: Values | None = None,
) -> StreamRunner:
    """A runner with the thread count that was fastest; at most ``max_share`` of the cores.

    The trial's steps take at most ``MAX_TRIAL`` seconds. ``Stopped`` if ``runs`` was stopped.
    """
    runs = runs or Runs()
    limit = max(1, int(cores() * max_share + 0.5))
    candidates = sorted({n for n in (1, 2, 4, limit) if n <= limit})
    path = cache_folder() / "threads.json"
    key = f"{bundle.digest[:16]}/{provider}/{limit}" + ("/spin" if spin else "")
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        known = {}
    remembered = known.get(key) or _meanwhile.get(key)
    if remembered in candidates:
        return StreamRunner(bundle, provider, remembered, seed, spin, runs, values)
    runners = [StreamRunner(bundle, provider, n, seed, spin, runs, values) for n in candidates]
    spent = _measure(runners, runs) if len(runners) > 1 else [[0.0]]
    winner = _fastest(runners, spent)
    runners.clear()  # weights that no other stream uses are freed here
    release_memory()
    winner.turn = 0
    winner.reset(seed)
    _meanwhile[key] = winner.threads
    if busy() or not all(spent):
        return winner
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"threads.{os.getpid()}")
        part.write_text(json.dumps(known | {key: winner.threads}))
        part.replace(path)
    except OSError:
        pass  # without a cache, the trial runs again next time
    return winner
