"""Finds the best quality level that holds a rate: a few steps at open, remembered for the user."""

import logging
import math
import time

import numpy as np

from dreambridge.bundle.load import Bundle
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.runs import OutOfTime
from dreambridge.runtime.thread_trial import busy, machine
from dreambridge.runtime.trial_results import keep_result, read_results

log = logging.getLogger("dreambridge")
FILE = "levels.json"
SPARE = 1.3  # a step may take so much longer before it is late
STEPS = 6  # the first of them does not count: it touches memory
MAX_TRIAL = 4.0  # seconds for each level
_meanwhile: dict[str, int] = {}  # results on a busy machine: valid only for this process


def _measure(runner: StreamRunner) -> float:
    """The median time of a step at the runner's level, in seconds; infinite if a step takes too long."""
    frame, spent = np.zeros(runner.frame_shape, np.uint8), list[float]()
    try:
        with runner.runs.limit(MAX_TRIAL):
            for i in range(STEPS):
                begun = time.perf_counter()
                runner.step(frame.ctypes.data, i, i, i / 24, 1 / 24, 0)
                spent.append(time.perf_counter() - begun)
    except OutOfTime:
        return math.inf
    return float(np.median(spent[1:]))


def _key(bundle: Bundle, provider: str, interval: float) -> str:
    return f"{machine()}/{bundle.digest[:16]}/{provider}/{1e3 * interval:.1f} ms"


def remembered_level(bundle: Bundle, provider: str, interval: float) -> int | None:
    """The level that an earlier trial chose for steps of ``interval`` seconds; None if a trial is due.

    What was found on a busy machine does not hold for a quiet one, and the reverse.
    """
    level = (_meanwhile if busy() else read_results(FILE)).get(_key(bundle, provider, interval))
    return level if level is not None and 0 <= level < len(bundle.manifest.level_names) else None


def take_best_level(runner: StreamRunner, provider: str, interval: float) -> None:
    """Let ``runner`` begin at the best level whose steps leave a reserve within ``interval`` seconds, else at the last one.

    Levels are loaded as far as they are tried; one that cannot be loaded ends the trial, at the level before it. ``provider``: as
    for ``remembered_level``. ``Stopped`` if its runs were stopped.
    """
    names = runner.bundle.manifest.level_names
    for level in range(len(names)):
        try:
            runner.load_level(level)
        except Exception as e:  # no memory, or a faulty graph: the session can play without it
            log.warning("%s: the quality level %r cannot be loaded: %s", runner.bundle.name, names[level], e)
            break
        runner.level = level
        if _measure(runner) * SPARE <= interval:
            break
    runner.turn = 0
    runner.reset()
    _remember(_key(runner.bundle, provider, interval), runner.level)


def _remember(key: str, level: int) -> None:
    if busy():
        _meanwhile[key] = level
    else:
        keep_result(FILE, key, level)
