"""A calm stream beside the trouble: the intervals between its frames, compared in paired rounds."""

import itertools
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from dreambridge.ring.reader import RingReader

FPS = 30.0


class Calm:
    """A stream that a well-behaved client plays; the intervals between publications are the daemon's own times, ms."""

    def __init__(self, daemon: str, bundle: str = "testcard") -> None:
        self.client = dreambridge.connect(daemon)
        self.stream = self.client.open(bundle, fps=FPS, threads=1, slots=16)
        self.ring, self.reasons = self.stream.info.ring, list[str]()
        self._reader = RingReader(Path(self.ring))
        self._times: dict[int, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        seen = 0
        while not self._over.wait(0.1):
            for p in range(max(seen + 1, self._reader.latest - 14), self._reader.latest + 1):
                frame = self._reader.read(p)
                if frame:
                    self._times[p] = frame.published_ns
                    seen = p

    def intervals(self, seconds: float) -> list[float]:
        """Those of the next ``seconds``."""
        first = self._reader.latest
        time.sleep(seconds)
        time.sleep(0.2)
        times = [t for p, t in sorted(self._times.items()) if p > first]
        return [(b - a) / 1e6 for a, b in itertools.pairwise(times)]

    @property
    def undisturbed(self) -> bool:
        """Whether it is the same session in the same ring and state as at the beginning."""
        return self.stream.state in ("playing", "slowed") and self.stream.info.ring == self.ring

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._reader.close()
        self.client.close()


def p99(values: list[float]) -> float:
    return float(np.percentile(values, 99)) if values else float("inf")


def paired(calm: Calm, rounds: int, seconds: float, quiet: Callable[[], Any], trouble: Callable[[], Any]) -> dict[str, Any]:
    """The median of the ratios of p99, trouble to quiet, over paired rounds; and of a pair of two quiet halves, A/A.

    ``quiet`` and ``trouble`` begin something, and return a function that ends it.
    """
    ratios, same, figures = list[float](), list[float](), list[tuple[float, float]]()
    for _ in range(rounds):
        got = []
        for begin in (quiet, quiet, trouble):
            end = begin()
            got.append(p99(calm.intervals(seconds)))
            end()
        same.append(got[1] / got[0])
        ratios.append(got[2] / got[1])
        figures.append((round(got[1], 2), round(got[2], 2)))
    return {
        "p99_ratio": round(statistics.median(ratios), 3),
        "p99_ratio_of_an_a_a_pair": round(statistics.median(same), 3),
        "p99_ms_quiet_and_trouble": figures,
    }
