"""Loads a session's graphs again, with another number of threads or another way of waiting, while the stream goes on."""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from dreambridge.engine.ahead import Ahead
from dreambridge.engine.background import Queue, beside
from dreambridge.engine.part import PartOf
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.weights import Weights, shared

log = logging.getLogger("dreambridge")
Loaded = tuple[Weights, dict[str, Any]]


class Session(Queue, Protocol):
    """What this needs of its session."""

    runner: StreamRunner | None
    ahead: Ahead

    @property
    def recorder(self) -> object | None: ...


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

        def load() -> Loaded:
            weights = shared(runner.bundle, runner.provider, threads, spin)
            return weights, {graph: weights.session(graph, runner.runs) for graph in runner.graphs}

        beside(session, "reload", load, lambda loaded: self._changed(runner, loaded, then))

    def _changed(self, runner: StreamRunner, loaded: Loaded | BaseException, then: Callable[[bool], None]) -> None:
        self.busy = False
        if isinstance(loaded, BaseException):  # the stream stays as it is, and tries again later
            log.debug("session %d: its graphs could not be loaded again: %s", self.session.number, loaded)
            then(False)
            return
        # A recording is replayed with one number of threads; it may have begun while the graphs were loaded.
        fixed = self.session.recorder is not None and loaded[0].threads != runner.threads
        if not fixed and runner.use(*loaded):
            self.session.ahead.renew_scout()
            then(True)
        else:
            then(False)
