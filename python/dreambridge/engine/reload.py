"""Loads a session's graphs again, with another number of threads or another way of waiting, while the stream goes on."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from dreambridge.engine.ahead import Ahead
from dreambridge.engine.background import Answer, forget_frames
from dreambridge.engine.part import PartOf
from dreambridge.protocol.replies import Reply
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.weights import Weights, shared

log = logging.getLogger("dreambridge")


class Session(Protocol):
    """What this needs of its session."""

    number: int
    runner: StreamRunner | None
    ahead: Ahead

    @property
    def recorder(self) -> object | None: ...

    def enqueue(self, work: Callable[[], Reply | None], reply: Answer | None = None) -> None: ...


class Reload(PartOf[Session]):
    """For the session's thread; one at a time."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.busy = False

    def begin(self, threads: int, spin: bool, then: Callable[[bool], None]) -> None:
        """Load the graphs in another thread, and let the stream go on with them between two steps.

        ``then`` is called after that; with False if the stream stays as it is: they could not be loaded, it has loaded others
        meanwhile, or it is recorded with another number of threads.
        """
        session = self.session
        runner = session.runner
        assert runner and not self.busy
        self.busy = True

        def load() -> None:
            loaded: tuple[Weights, dict[str, Any]] | None = None
            try:
                weights = shared(runner.bundle, runner.provider, threads, spin)
                loaded = weights, {graph: weights.session(graph, runner.runs) for graph in runner.graphs}
            except BaseException as e:  # no memory, or the session was closed: it stays as it is
                log.debug("session %d: its graphs could not be loaded again: %s", session.number, e)
                forget_frames(e)
            session.enqueue(lambda: self._changed(runner, loaded, then))

        try:
            threading.Thread(target=load, name=f"reload-{session.number}", daemon=True).start()
        except RuntimeError:  # no memory for a thread: it stays as it is, and tries again later
            self._changed(runner, None, then)

    def _changed(self, runner: StreamRunner, loaded: tuple[Weights, dict[str, Any]] | None, then: Callable[[bool], None]) -> None:
        self.busy = False
        # A recording is replayed with one number of threads; it may have begun while the graphs were loaded.
        fixed = self.session.recorder is not None and loaded is not None and loaded[0].threads != runner.threads
        if loaded and not fixed and runner.use(*loaded):
            self.session.ahead.renew_scout()
            then(True)
        else:
            then(False)
