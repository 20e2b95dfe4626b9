"""Runs graphs in such a way that another thread can end them."""

import threading
from collections.abc import Iterator, Mapping, Sequence
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
        self._options: Any = None  # ONNX Runtime's RunOptions; created at the first run, because onnxruntime may be missing
        self._loading: list[Any] = []  # SessionOptions of the graphs that are being loaded
        self._expired = False
        self.stopped = False

    @property
    def options(self) -> Any:
        with self._lock:
            if self._options is None:
                self._options = import_onnxruntime().RunOptions()
                self._options.log_severity_level = 4  # failures are raised; ONNX Runtime would also print each one
                self._options.terminate = self.stopped
            return self._options

    def stop(self) -> None:
        """End all runs and loads, and start no new ones."""
        with self._lock:
            self.stopped = True
            if self._options is not None:
                self._options.terminate = True
            for options in self._loading:
                _cancel_loading(options)

    def check(self) -> None:
        """``Stopped`` after ``stop``."""
        if self.stopped:
            raise Stopped

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """End runs inside the block after ``seconds``, with ``OutOfTime``. Blocks cannot be nested."""
        options = self.options
        over = False

        def expire() -> None:
            with self._lock:
                if not over:
                    self._expired = options.terminate = True

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
                options.terminate = self.stopped

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
            return list(session.run(outputs, feed, self.options))

    def run_bound(self, session: Any, binding: Any) -> None:
        """The same with an IO binding."""
        with self._ended():
            session.run_with_iobinding(binding, self.options)

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
