"""Finds the fastest number of threads for a step: a short trial at open, remembered for the user."""

import hashlib
import os
import platform
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from dreambridge.bundle.load import Bundle
from dreambridge.runtime.runner import StreamRunner, Values
from dreambridge.runtime.runs import OutOfTime, Runs
from dreambridge.runtime.tensors import device_of
from dreambridge.runtime.trial_results import keep_result, read_results
from dreambridge.system.malloc import release_memory
from dreambridge.system.processes import cores

FILE = "threads.json"
TURNS, STEPS = 3, 4
MAX_TRIAL = 8.0  # seconds
SLOW = 0.4  # seconds of a step: a trial of several thread counts would keep the client waiting, and the most are best
LARGE = 256 * 2**20  # bytes of a graph, which is loaded once: a copy for each thread count would not fit
_meanwhile: dict[str, int] = {}  # of this process: also results that are not worth keeping


def _take(runner: StreamRunner, steps: int) -> list[float]:
    """The times of some steps, in milliseconds."""
    frame = np.zeros(runner.frame_shape, np.uint8)
    spent = []
    for i in range(steps):
        begun = time.perf_counter()
        runner.step(frame.ctypes.data, i, i, i / 24, 1 / 24, 0)
        spent.append((time.perf_counter() - begun) * 1e3)
    return spent


def _measure(runners: list[StreamRunner], until: float) -> list[list[float]]:
    """The step times of each, in milliseconds, until that time. A list is empty if no step was done."""
    spent: list[list[float]] = [[] for _ in runners]
    try:
        with runners[0].runs.limit(until - time.monotonic()):
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
    """``runners`` by their number of threads; the largest if one of them made no step."""
    if not all(spent):
        return runners[-1]
    # Compare the faster steps, which show what the machine can do.
    winner, best = runners[0], float(np.percentile(spent[0], 25))
    for runner, ms in zip(runners[1:], spent[1:], strict=True):
        if (score := float(np.percentile(ms, 25))) < 0.95 * best:  # more threads must be worth taking a core from the game
            winner, best = runner, score
    return winner


def busy() -> bool:
    """Whether the machine is so busy that a trial shows what is best beside other programs."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.6 * cores()


@cache
def machine() -> str:
    """What tells this machine from others that use the same cache folder: a digest of its processor's name."""
    name = f"{platform.node()} {platform.machine()} {platform.processor()}"
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name += next((line for line in lines if line.startswith("model name")), "")
    except OSError:
        pass
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _key(bundle: Bundle, provider: str, limit: int, spin: bool, load: str) -> str:
    return f"{machine()}/{bundle.digest[:16]}/{provider}/{limit}/{load}" + ("/spin" if spin else "")


def _candidates(limit: int) -> list[int]:
    return sorted({n for n in (1, 2, 4, limit) if n <= limit})


def best_runner(
    bundle: Bundle,
    provider: str,
    seed: int,
    max_share: float = 1.0,
    spin: bool = False,
    runs: Runs | None = None,
    values: Values | None = None,
    share: int | None = None,
    level: int = 0,
) -> StreamRunner:
    """A runner with the thread count that was fastest, of at most ``max_share`` of the cores, and at most ``share`` threads.

    A graph that is large, or whose step is slow, is loaded once, with all the threads that it may have. On a GPU one thread
    suffices. Streams that step together have all threads together. A result is remembered for this machine, bundle, limit, and
    whether other programs were busy. The trial's steps take at most ``MAX_TRIAL`` seconds. ``Stopped`` if ``runs`` was stopped.
    """
    runs = runs or Runs()
    limit = max(1, int(cores() * max_share + 0.5))
    limit = min(limit, share) if share and bundle.manifest.step.batch <= 1 else limit
    candidates = [1] if device_of(provider) != "cpu" else _candidates(limit)
    crowded = busy()
    key = _key(bundle, provider, limit, spin, "busy" if crowded else "quiet") + (f"/level {level}" if level else "")
    remembered = read_results(FILE).get(key) or _meanwhile.get(key)

    def make(threads: int) -> StreamRunner:
        return StreamRunner(bundle, provider, threads, seed, spin, runs, values, level)

    def chosen(runner: StreamRunner) -> StreamRunner:
        runner.enough_threads = runner.threads if runner.threads < candidates[-1] else 0
        runner.tried_busy = crowded
        return runner

    if remembered in candidates or len(candidates) == 1:
        return chosen(make(remembered if remembered in candidates else candidates[0]))
    if bundle.manifest.step.batch > 1 or bundle.graph_bytes(bundle.manifest.step_graph(level)) > LARGE:
        return make(candidates[-1])
    winner, known = _trial(make(candidates[-1]), candidates, make)
    release_memory()  # weights that no other stream uses
    winner.turn = 0
    winner.reset(seed)
    _meanwhile[key] = winner.threads
    if known:
        keep_result(FILE, key, winner.threads)
    return chosen(winner)


def _trial(largest: StreamRunner, candidates: Sequence[int], make: Callable[[int], StreamRunner]) -> tuple[StreamRunner, bool]:
    """The best runner, and whether that is worth remembering."""
    until = time.monotonic() + MAX_TRIAL
    try:
        with largest.runs.limit(MAX_TRIAL):
            slow = min(_take(largest, 2)) > SLOW * 1e3
    except OutOfTime:
        slow = True
    if slow:
        return largest, False
    runners = [*(make(n) for n in candidates[:-1]), largest]
    spent = _measure(runners, until)
    return _fastest(runners, spent), all(spent)
