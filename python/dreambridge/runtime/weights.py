"""A bundle's graphs in ONNX Runtime's memory, shared by all streams that can use the same ones."""

import threading
import weakref
from typing import Any

from dreambridge.bundle.load import Bundle
from dreambridge.runtime.providers import make_session
from dreambridge.runtime.runs import Runs

# Several threads may run one session of these at once, according to ONNX Runtime (not tested on CUDA). DirectML forbids it; the
# others are untested.
SHARING = ("cpu", "cuda")
LOOK_EVERY = 0.1  # seconds between checks whether a session that waits for another's load is still wanted


class Weights:
    """The part that streams with the same bundle, provider, thread count and way of waiting share.

    It has no data of a stream: conditions, state, bindings and RunOptions belong to the runner. A graph is loaded when the first
    stream needs it, and freed with the last stream that holds it. Thread-safe.
    """

    def __init__(self, bundle: Bundle, provider: str = "cpu", threads: int = 1, spin: bool = False) -> None:
        self.bundle, self.provider, self.threads, self.spin = bundle, provider, threads, spin
        self._lock = threading.Lock()
        self._loaded: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        self._loading: set[str] = set()
        self._done = threading.Condition(self._lock)

    def session(self, graph: str, runs: Runs | None = None) -> Any:
        """The ONNX Runtime session of a graph; hold it for as long as it is needed.

        Errors as ``make_session``, and DreamError ``bad_bundle`` when the file is not the one that bundle.json states, also if
        the graph is already loaded. ``Stopped`` if ``runs`` was stopped, also while another stream loads the graph.
        """
        runs = runs or Runs()
        with self._lock:
            while True:
                runs.check()
                session = self._loaded.get(graph)
                if session is None and graph not in self._loading:
                    self._loading.add(graph)
                    break
                if session is not None:
                    break
                self._done.wait(LOOK_EVERY)
        if session is not None:
            self.bundle.check_graph(graph)
            return session
        try:
            session = make_session(self.bundle.graph(graph), self.provider, self.threads, self.spin, runs)
            with self._lock:
                self._loaded[graph] = session
            return session
        finally:
            with self._lock:
                self._loading.discard(graph)
                self._done.notify_all()


_known: weakref.WeakValueDictionary[tuple[object, ...], Weights] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def shared(bundle: Bundle, provider: str = "cpu", threads: int = 1, spin: bool = False) -> Weights:
    """The weights that equal streams already use, or new ones."""
    # A session has one thread pool. Streams that step at the same time would wait for it, so each stream on the CPU has its own;
    # with one thread there is no pool.
    if provider not in SHARING or (provider == "cpu" and threads > 1):
        return Weights(bundle, provider, threads, spin)
    key = (bundle.digest, str(bundle.folder), provider, threads, spin)
    with _lock:
        found = _known.get(key)
        if found is None:
            found = _known[key] = Weights(bundle, provider, threads, spin)
        return found
