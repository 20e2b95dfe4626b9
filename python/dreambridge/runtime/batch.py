"""Steps of several streams in one run of a graph with a batch axis."""

import logging
import threading
import time
import weakref
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.protocol.errors import short_of_memory
from dreambridge.runtime.runs import Runs
from dreambridge.runtime.tensors import Bound

log = logging.getLogger("dreambridge")
LOOK_EVERY = 0.1  # seconds between checks whether a stream that waits is still wanted
PATIENCE = 0.25  # of a run's time, for which a run waits for streams that step all the time
AGAIN = 30.0  # seconds after which as many streams as before run together, although that failed
RECENT = 3.0  # runs' times within which a stream has asked that steps all the time


class _Row:
    """One stream's step. ``together``: it was made with others; None: it is the stream's own to run."""

    def __init__(self, bound: Bound, runs: Runs) -> None:
        self.bound, self.runs = bound, runs
        self.begun = self.done = False
        self.together: int | None = None


class Batch:
    """The steps of one graph, of all streams that share its ONNX Runtime session. Thread-safe.

    Whoever waits when a run ends is in the next one, in the order in which they came, at most ``most`` of them. So nobody waits
    longer than for one run, and a stream that comes or goes changes nothing for the others. A stream alone has no cost.
    """

    def __init__(self, session: Any, most: int) -> None:
        self._session, self._most = session, most
        self._now, self._until = most, 0.0  # how many may run together until then
        self._failed = False  # the last run together failed, with enough memory
        self._free = threading.Condition()
        self._waiting: deque[_Row] = deque()
        self._running = False
        self._asked: weakref.WeakKeyDictionary[object, float] = weakref.WeakKeyDictionary()
        self._took = 0.0  # seconds of a run
        self._inputs: dict[str, NDArray[Any]] = {}
        self._outputs: dict[str, NDArray[Any]] = {}
        self._bindings: dict[int, Any] = {}

    def run(self, owner: object, bound: Bound, runs: Runs) -> int:
        """Make a step with the tensors of ``bound``; the number of streams that stepped together, 1 or more.

        ``Stopped`` if ``runs`` was stopped; errors of ONNX Runtime.
        """
        row = _Row(bound, runs)
        rows = self._wait(owner, row)
        if rows:
            begun = time.monotonic()
            try:
                if len(rows) > 1:
                    self._together(rows)
                else:
                    runs.run_bound(self._session, bound.binding)
                    row.together = 1
            finally:
                with self._free:
                    self._took = time.monotonic() - begun
                    self._running = False
                    for r in rows:
                        r.done = True
                    self._free.notify_all()
        runs.check()
        if row.together is None:
            runs.run_bound(self._session, bound.binding)
            return 1
        return row.together

    def _wait(self, owner: object, row: _Row) -> list[_Row]:
        """The rows that this thread must run now; empty: another thread has run this one."""
        with self._free:
            self._waiting.append(row)
            self._asked[owner] = time.monotonic()
            self._free.notify_all()  # a run may be waiting for it
            try:
                while not row.done:
                    if row.begun or self._running or self._waiting[0] is not row:
                        self._free.wait(LOOK_EVERY)
                        if not row.begun:
                            row.runs.check()
                        continue
                    self._wait_for_others()
                    row.runs.check()
                    rows = [self._waiting.popleft() for _ in range(min(self._allowed(), len(self._waiting)))]
                    for r in rows:
                        r.begun = True
                    self._running = True
                    return rows
            finally:
                if row in self._waiting:
                    self._waiting.remove(row)
                    self._free.notify_all()
        return []

    def _wait_for_others(self) -> None:
        """For a moment, if others step all the time: they have just been given their frames, and will be here soon."""
        now = time.monotonic()
        active = sum(now - at < RECENT * self._took for at in list(self._asked.values()))
        until = now + PATIENCE * self._took
        while len(self._waiting) < min(active, self._allowed()) and (left := until - time.monotonic()) > 0:
            self._free.wait(left)

    def _allowed(self) -> int:
        if self._now < self._most and time.monotonic() >= self._until:
            self._now = self._most
        return self._now

    def _less(self, count: int, e: Exception) -> None:
        """A run of so many failed. One stream may be the cause: it fails alone too, and goes. The others stay together."""
        if short_of_memory(e):
            self._now = max(1, count // 2)
        elif self._failed:
            self._now = 1
        else:
            self._failed = True
            log.warning("a run of %d streams together failed, so each runs alone this time: %s", count, e)
            return
        self._until = time.monotonic() + AGAIN
        log.warning("a run of %d streams together failed; at most %d run together for %g s: %s", count, self._now, AGAIN, e)

    def _together(self, rows: list[_Row]) -> None:
        """Gather the inputs of all, run, and give each its outputs. If that fails, each runs alone."""
        # Not those of another run: a stream that is ended may say so when its run is over.
        run, left = Runs(), set(map(id, rows))

        def gone(row: _Row) -> None:
            left.discard(id(row))
            if not left:  # nobody wants it any more
                run.stop()

        count = len(rows)
        try:
            self._buffers(rows[0].bound)
            for name, into in self._inputs.items():
                np.concatenate([r.bound.inputs[name] for r in rows], out=into[: self._rows(name, rows[0].bound.inputs, count)])
            hooks = [r.runs.when_stopped(lambda r=r: gone(r)) for r in rows]  # type: ignore[misc]
            try:
                run.run_bound(self._session, self._binding(count, rows[0].bound))
            finally:
                for r, hook in zip(rows, hooks, strict=True):
                    r.runs.forget(hook)
            for name, out in self._outputs.items():
                size = len(rows[0].bound.outputs[name])
                for k, r in enumerate(rows):
                    r.bound.outputs[name][...] = out[k * size : (k + 1) * size]
        except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
            self._less(count, e)
            return
        self._failed = False
        for r in rows:
            r.together = count

    @staticmethod
    def _rows(name: str, tensors: dict[str, NDArray[Any]], count: int) -> int:
        return count * len(tensors[name])

    def _buffers(self, like: Bound) -> None:
        for mine, theirs in ((self._inputs, like.inputs), (self._outputs, like.outputs)):
            for name, tensor in theirs.items():
                if name not in mine:
                    mine[name] = np.zeros((self._most * len(tensor), *tensor.shape[1:]), tensor.dtype)

    def _binding(self, count: int, like: Bound) -> Any:
        if count not in self._bindings:
            binding = self._bindings[count] = self._session.io_binding()
            for name, a in self._inputs.items():
                part = a[: self._rows(name, like.inputs, count)]
                binding.bind_input(name, "cpu", 0, like.kinds.get(name, part.dtype), part.shape, part.ctypes.data)
            for name, a in self._outputs.items():
                part = a[: self._rows(name, like.outputs, count)]
                binding.bind_output(name, "cpu", 0, like.kinds.get(name, part.dtype), part.shape, part.ctypes.data)
        return self._bindings[count]
