"""A bundle's graphs in ONNX Runtime's memory, shared by all streams that can use the same ones."""

import logging
import threading
import weakref
from typing import Any

from dreambridge.bundle.load import Bundle
from dreambridge.runtime.arena import Arena
from dreambridge.runtime.batch import Batch
from dreambridge.runtime.gpu_options import gpu_options
from dreambridge.runtime.providers import ProviderFailed, make_session
from dreambridge.runtime.runs import Runs
from dreambridge.runtime.tensors import device_of

log = logging.getLogger("dreambridge")
# Several threads may run one session of these at once, according to ONNX Runtime (not tested on CUDA). DirectML forbids it; the
# others are untested.
SHARING = ("cpu", "cuda")
LOOK_EVERY = 0.1  # seconds between checks whether a session that waits for another's load is still wanted


class Weights:
    """The part that streams with the same bundle, provider, thread count and way of waiting share.

    It has no data of a stream: conditions, state, bindings and RunOptions belong to the runner. A graph is loaded when the first
    stream needs it, and freed with the last stream that holds it. Thread-safe.
    """

    def __init__(
        self, bundle: Bundle, provider: str = "cpu", threads: int = 1, spin: bool = False, captured: bool = False
    ) -> None:
        self.bundle, self.provider, self.threads, self.spin, self.captured = bundle, provider, threads, spin, captured
        self._lock = threading.Lock()
        self._loaded: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        self._arenas: weakref.WeakKeyDictionary[Any, Arena] = weakref.WeakKeyDictionary()  # by ONNX Runtime session
        self._batches: weakref.WeakValueDictionary[tuple[str, str], Batch] = weakref.WeakValueDictionary()
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
            session = make_session(self.bundle.graph(graph), self.provider, self.threads, self.spin, runs, self.captured)
            with self._lock:
                self._loaded[graph], self._arenas[session] = session, Arena()
            return session
        finally:
            with self._lock:
                self._loading.discard(graph)
                self._done.notify_all()

    def run(self, session: Any, binding: Any, runs: Runs, captured: int | None = None) -> None:
        """Run one of these sessions with a binding; ``captured`` and errors as for ``Runs.run_bound``."""
        arena = self._arenas.get(session) if self.provider == "cpu" else None
        if arena is None:
            runs.run_bound(session, binding, captured)
            return
        with arena.run() as shrinks:
            try:
                runs.run_bound(session, binding, captured, shrinks)
            except Exception as e:
                # A build of ONNX Runtime without arenas says so before it runs anything.
                if not shrinks or "arena" not in str(e):
                    raise
                arena.exists = False
                runs.run_bound(session, binding, captured)

    def batch(self, graph: str, session: Any, priority: str) -> Batch | None:
        """What lets streams whose threads have one ``priority`` step together; hold it for as long as it is needed.

        One thread makes the step of all, and none must wait for a thread of a lower priority.
        None if the bundle has no batch axis. On a device each stream steps alone.
        """
        most = self.bundle.manifest.step.batch
        if most <= 1 or device_of(self.provider) != "cpu":
            return None
        with self._lock:
            found = self._batches.get((graph, priority))
            if found is None:
                found = self._batches[graph, priority] = Batch(session, most)
            return found


_known: weakref.WeakValueDictionary[tuple[object, ...], Weights] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def shared(bundle: Bundle, provider: str = "cpu", threads: int = 1, spin: bool = False, captured: bool = False) -> Weights:
    """The weights that equal streams already use, or new ones."""
    # A session has one thread pool. Streams that step at the same time would wait for it, so each stream on the CPU has its own;
    # with one thread there is no pool, and with a batch axis one run at a time. A CUDA graph has one stream's addresses in it.
    alone = provider == "cpu" and threads > 1 and bundle.manifest.step.batch <= 1
    if provider not in SHARING or captured or alone:
        return Weights(bundle, provider, threads, spin, captured)
    key = (bundle.digest, str(bundle.folder), provider, threads, spin)
    with _lock:
        found = _known.get(key)
        if found is None:
            found = _known[key] = Weights(bundle, provider, threads, spin)
        return found


def of_the_step(bundle: Bundle, provider: str, threads: int, spin: bool, runs: Runs, level: int = 0) -> tuple[Weights, Any, str]:
    """The weights, and the session of the step graph of a quality level.

    It uses CUDA graphs if the bundle asks for them and its graph allows it; otherwise the text says why not. Errors as
    ``Weights.session``.
    """
    step, reason = bundle.manifest.step, ""
    graph = bundle.manifest.step_graph(level)
    wanted = step.cuda_graph and provider in ("cuda", "tensorrt") and gpu_options().graphs == "bundle"
    if wanted:
        weights = shared(bundle, provider, threads, spin, captured=True)
        try:
            return weights, weights.session(graph, runs), ""
        except ProviderFailed as e:
            if "graph capture" not in e.message:
                raise
            # Such as a graph with If, or with an operator that only the CPU has.
            reason = f"CUDA graphs are not used: {e.message}"
            log.warning("%s: %s", bundle.name, reason)
    weights = shared(bundle, provider, threads, spin)
    return weights, weights.session(graph, runs), reason


def placed(bundle: Bundle, graph: str, provider: str) -> str:
    """The provider of a graph of an encoder: the one that the bundle names, ``provider`` of the step for "stream", or the CPU."""
    r = bundle.manifest.graphs.get(graph)
    named = r.provider if r else None
    return provider if named == "stream" else named or "cpu"
