"""Directs sound in real time: the features of each frame are directed when that frame is due."""

import time
from collections.abc import Callable
from typing import Any

from dreambridge.conditioning.audio import Analyser

AGAIN = 0.25  # seconds of lateness after which the sound counts as a new beginning


class AudioFeed:
    """Directs 17 numbers per frame, at the pace of the sound: see ``Stream.audio``."""

    def __init__(self, rate: float, fps: float) -> None:
        self.key = (rate, fps)
        self._analyser, self._due = Analyser(rate, fps), 0.0

    def push(self, samples: Any, send: Callable[[list[float]], object]) -> int:
        """Add samples, float [n] in -1 to 1. Returns the number of frames that were directed. Waits while the sound is ahead."""
        interval = 1 / self.key[1]
        rows = self._analyser.push(samples)
        early = self._due - time.monotonic()
        if len(rows) and (early < -AGAIN or 0 < early < interval / 2):
            # The sound begins, or begins again; or it comes a little early, as from a sound card with its own clock: do not wait.
            self._due -= early
        for row in rows:
            now = time.monotonic()
            if self._due > now:
                time.sleep(self._due - now)
            send(row.tolist())
            self._due += interval
        return len(rows)
