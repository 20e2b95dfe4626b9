"""When a graph's runs give memory back that ONNX Runtime keeps for more runs at once than there are now."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

WINDOW = 10.0  # seconds: with fewer runs at once for so long, what more of them needed is given back


class Arena:
    """Counts the runs of one ONNX Runtime session on the CPU, which may be several at once. Thread-safe.

    A run takes its memory from the session's arena. For a run beside another one the arena gets a region more, each up to
    twice as large as the one before, and keeps it for ever: two steps that overlap once would cost 60 MB of memory for as long
    as the stream lives. ONNX Runtime gives regions back only at the end of a run that asks for it, and the next run takes some
    milliseconds more then.
    """

    def __init__(self) -> None:
        self.exists = True  # False: this build of ONNX Runtime has no arenas
        self._lock = threading.Lock()
        self._running = 0
        self._fresh = True  # the first run plans the memory of those after it, and takes twice as much
        self._room = 1  # runs at once for which the arena may have memory
        self._most, self._most_before = 0, 0  # at once in this window, and in the one before
        self._ends = time.monotonic() + WINDOW

    @contextmanager
    def run(self) -> Iterator[bool]:
        """A run of the session: whether it shall give back what no run uses."""
        with self._lock:
            self._running += 1
            self._most = max(self._most, self._running)
            shrinks = self._shrinks() and self.exists
        try:
            yield shrinks
        finally:
            with self._lock:
                self._running -= 1

    def _shrinks(self) -> bool:
        fresh, self._fresh = self._fresh, False
        self._room = max(self._room, self._running)
        now = time.monotonic()
        if now < self._ends:
            return fresh
        recent = max(self._most, self._most_before)
        self._most, self._most_before, self._ends = self._running, self._most, now + WINDOW
        less, self._room = recent < self._room, recent
        return fresh or less
