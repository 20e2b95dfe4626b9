"""Runs graphs in such a way that another thread can end them."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dreambridge.system.onnx_runtime import import_onnxruntime


# BaseExceptions, like asyncio's CancelledError: ``except Exception``, which catches ONNX Runtime's errors, must not treat them as
# failures.
class Stopped(BaseException):
    """``Runs.stop`` ended the graph."""


class OutOfTime(BaseException):
    """The graph exceeded its time limit (``Runs.limit``) and was ended."""


class Runs:
    """The graph runs of one owner, which ``stop`` ends from any thread.

    ONNX Runtime checks its terminate flag between two operators, and in a Loop at each turn. A single operator that takes long,
    or never ends, cannot be ended: a caller must be able to continue without it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # ONNX Runtime's RunOptions by the number of a CUDA graph (None: of plain runs), and whether they shrink the arena.
        # Created at the first run, because onnxruntime may be missing.
        self._options: dict[tuple[int | None, bool], Any] = {}
        self._hooks: list[Callable[[], None]] = []
        self._loading: list[Any] = []  # SessionOptions of the graphs that are being loaded
        self._expired = False
        self.stopped = False
        self.more_time = 0.0  # seconds that a load may take longer than others

    @contextmanager
    def granted(self, seconds: float) -> Iterator[None]:
        """Inside the block a load may take ``seconds`` longer than others."""
        self.more_time = seconds
        try:
            yield
        finally:
            self.more_time = 0.0

    def options(self, graph: int | None = None, shrinks: bool = False) -> Any:
        """ONNX Runtime's RunOptions; with the number of a CUDA graph, which the first runs capture and later ones repeat.

        ``shrinks`` : at the end of the run ONNX Runtime gives the memory back that no run of the session uses (on the CPU).
        """
        key = graph, shrinks
        with self._lock:
            if key not in self._options:
                options = self._options[key] = import_onnxruntime().RunOptions()
                options.log_severity_level = 4  # failures are raised; ONNX Runtime would also print each one
                options.terminate = self.stopped or self._expired
                if graph is not None:
                    options.add_run_config_entry("gpu_graph_id", str(graph))
                if shrinks:
                    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
            return self._options[key]

    def _terminate(self, on: bool) -> None:
        """With the lock."""
        for options in self._options.values():
            options.terminate = on

    def stop(self) -> None:
        """End all runs and loads, and start no new ones."""
        with self._lock:
            self.stopped = True
            self._terminate(True)
            for options in self._loading:
                _cancel_loading(options)
            hooks = list(self._hooks)
        for hook in hooks:
            hook()

    def when_stopped(self, hook: Callable[[], None]) -> Callable[[], None]:
        """``stop`` calls ``hook`` until ``forget``; now, if it was called already. Returns the hook."""
        with self._lock:
            self._hooks.append(hook)
            stopped = self.stopped
        if stopped:
            hook()
        return hook

    def forget(self, hook: Callable[[], None]) -> None:
        with self._lock:
            self._hooks.remove(hook)

    def check(self) -> None:
        """``Stopped`` after ``stop``."""
        if self.stopped:
            raise Stopped

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """End runs inside the block after ``seconds``, with ``OutOfTime``. Blocks cannot be nested."""
        over = False

        def expire() -> None:
            with self._lock:
                if not over:
                    self._expired = True
                    self._terminate(True)

        timer = threading.Timer(max(seconds, 0.0), expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                over = True
                self._expired = False
                self._terminate(self.stopped)

    @contextmanager
    def loading(self, options: Any) -> Iterator[None]:
        """While a graph is loaded with these SessionOptions, ``stop`` also ends the load (between two optimizer passes)."""
        with self._lock:
            if self.stopped:
                raise Stopped
            self._loading.append(options)
        try:
            yield
        except Exception as e:
            if self.stopped:
                raise Stopped from e
            raise
        finally:
            with self._lock:
                self._loading.remove(options)

    def run(self, session: Any, outputs: Sequence[str] | None, feed: Mapping[str, Any]) -> list[Any]:
        """The outputs of an ONNX Runtime session; ``Stopped`` or ``OutOfTime`` when it was ended."""
        with self._ended():
            return list(session.run(outputs, feed, self.options()))

    def run_bound(self, session: Any, binding: Any, graph: int | None = None, shrinks: bool = False) -> None:
        """The same with an IO binding; ``graph`` and ``shrinks`` as for ``options``."""
        with self._ended():
            session.run_with_iobinding(binding, self.options(graph, shrinks))

    @contextmanager
    def _ended(self) -> Iterator[None]:
        self.check()
        try:
            yield
            self.check()  # its last operator may have been running
        except Exception as e:  # onnxruntime reports an ended graph with an ordinary exception
            if self.stopped:
                raise Stopped from e
            if self._expired:
                raise OutOfTime from e
            raise


def _cancel_loading(options: Any) -> None:
    cancel = getattr(options, "set_load_cancellation_flag", None)  # ONNX Runtime 1.21 or newer
    if cancel:
        cancel(True)
