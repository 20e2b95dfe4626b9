"""Gives a session its share of the cores, and another one when sessions come or go."""

import logging
import math
import time
from collections import deque
from typing import Protocol

import psutil

from dreambridge.engine.cores import Cores, Sharing
from dreambridge.engine.pace import Pace
from dreambridge.engine.part import PartOf
from dreambridge.engine.reload import Reload
from dreambridge.runtime.runner import StreamRunner
from dreambridge.system.malloc import release_memory
from dreambridge.system.processes import cores

log = logging.getLogger("dreambridge")
LOOK_EVERY = 1.0  # seconds
LOOKS = 2  # in a row that must give the same smaller share: sessions often come and go together
# The same for a larger share. While other sessions come and go within seconds, it keeps its threads, and loads nothing again.
LOOKS_TO_GROW = 8
BUSY_HOLDS = 60.0  # seconds for which the verdict of a thread trial on a busy machine holds
WORTH = 0.95  # of its time a step must take at most, for another thread to be worth a core
MEASURED = 24  # steps


class Session(Sharing, Protocol):
    """What this needs of its own session."""

    runner: StreamRunner | None
    reload: Reload
    pace: Pace
    steps_ms: deque[float]

    @property
    def recorder(self) -> object | None: ...


class CoreShare(PartOf[Session]):
    """The share of one session; for its own thread.

    A session gets more threads when others have gone, unless they do not make its steps faster, as the trial at open or its own
    steps showed.
    """

    def __init__(self, session: Session, cores: Cores) -> None:
        super().__init__(session)
        self._cores = cores
        self._looks: deque[int] = deque(maxlen=LOOKS_TO_GROW)
        self._at = 0.0
        self._enough = 0  # threads beyond which steps do not become faster; 0: not known
        self._until = math.inf  # time.monotonic() until which that holds
        self._before = (0, 0.0, 0)  # threads, milliseconds of a step and quality level, before it got more threads
        self._since = 0  # steps
        cores.join(session)

    def after_step(self) -> None:
        """Look now and then whether the share is another one."""
        s, now = self.session, time.monotonic()
        self._since += 1
        if s.runner is None or s.ask.threads or s.runner.device != "cpu" or s.reload.busy or s.recorder is not None:
            return  # a recording is replayed with the same number of threads
        if s.runner.bundle.manifest.step.batch > 1:
            return  # those that step together use all threads together
        if now - self._at < LOOK_EVERY:
            return
        self._at = now
        if now >= self._until:
            self._enough, self._until = 0, math.inf
        self._judge()
        most = max(1, int(cores() * s.ask.max_cpu + 0.5))
        wanted = min(self._cores.share(s), most, self._enough or most)
        self._looks.append(wanted)
        more = wanted > s.runner.threads
        looks = LOOKS_TO_GROW if more else LOOKS
        if wanted != s.runner.threads and list(self._looks)[-looks:] == [wanted] * looks and self._fits(s.runner):
            judged = more and self._enough == 0
            self._before = (s.runner.threads, self._step_ms(), s.runner.level) if judged else (0, 0.0, 0)
            s.reload.begin(wanted, s.runner.spin, self._changed)

    def begin(self) -> None:
        """After loading, before the first step: keep to what a thread trial found."""
        s = self.session
        assert s.runner
        self._enough = s.runner.enough_threads
        self._until = time.monotonic() + BUSY_HOLDS if s.runner.tried_busy else math.inf
        self.rest()

    def rest(self) -> None:
        """Tell the pace how long to rest after steps with its threads.

        They keep their cores busy. Fewer threads cannot use less than one core, but rests between the steps can.
        """
        s = self.session
        assert s.runner
        s.pace.share = min(1.0, cores() * s.ask.max_cpu / min(s.runner.threads, cores()))

    def _fits(self, runner: StreamRunner) -> bool:
        """Whether there is memory for the graphs a second time, which both are there for a moment."""
        size = sum(runner.bundle.graph_bytes(graph) for graph in runner.graphs)
        return 3 * size < psutil.virtual_memory().available

    def _step_ms(self) -> float:
        recent = sorted(list(self.session.steps_ms)[-MEASURED:])
        return recent[len(recent) // 4] if recent else 0.0

    def _changed(self, done: bool) -> None:
        s = self.session
        self._looks.clear()
        self._since = 0
        if not done:
            self._before = (0, 0.0, 0)
        elif s.runner:
            self.rest()
            release_memory()  # the weights of before
            log.info("session %d: its steps use %d threads from now on, its share of the cores", s.number, s.runner.threads)

    def _judge(self) -> None:
        """After it got more threads: go back to fewer if they are not worth it."""
        threads, ms, level = self._before
        runner = self.session.runner
        if threads and self._since >= MEASURED and ms:
            self._before = (0, 0.0, 0)
            if runner and runner.level == level and self._step_ms() > WORTH * ms:
                self._enough = threads
