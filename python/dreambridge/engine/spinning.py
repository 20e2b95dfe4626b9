"""Whether the threads of a step wait actively between its operators: only while no other program needs the cores."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from dreambridge.engine.ahead import Ahead
from dreambridge.engine.background import Answer, forget_frames
from dreambridge.engine.part import PartOf
from dreambridge.protocol.replies import Reply
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.weights import Weights, shared

log = logging.getLogger("dreambridge")
LOOK_EVERY = 1.0  # seconds
# Cores that others use. On two cores, a step of two spinning threads beside one busy program takes twice as long as one of two
# threads that sleep; alone it takes a tenth less.
BUSY, QUIET = 0.25, 0.1
SOON, LATER = 2, 10  # looks in a row after which it stops, and begins again: to load the graph anew takes a step or two


class Meter:
    """Cores that other processes used since the last call."""

    def __init__(self) -> None:
        self._last: tuple[float, float, float] | None = None

    def others(self) -> float:
        import psutil

        all_, own = psutil.cpu_times(), psutil.Process().cpu_times()
        # `guest` is part of `user`, and what waits for a disk is idle.
        busy = sum(all_) - all_.idle - sum(getattr(all_, name, 0.0) for name in ("iowait", "guest", "guest_nice"))
        now = (time.monotonic(), busy, own.user + own.system)
        last, self._last = self._last or now, now
        wall = now[0] - last[0]
        return max(0.0, (now[1] - last[1]) - (now[2] - last[2])) / wall if wall > 0 else 0.0


class Session(Protocol):
    """What this needs of its session."""

    number: int
    runner: StreamRunner | None

    ahead: Ahead

    @property
    def takes_all(self) -> bool: ...

    @property
    def shares_the_machine(self) -> bool: ...

    def enqueue(self, work: Callable[[], Reply | None], reply: Answer | None = None) -> None: ...


class Spinning(PartOf[Session]):
    """For the session's thread."""

    def __init__(self, session: Session, meter: Meter | None = None) -> None:
        super().__init__(session)
        self._meter = meter or Meter()
        self._looks: deque[float] = deque(maxlen=LATER)
        self._at = 0.0
        self._loading = False

    def after_step(self) -> None:
        """Look at the machine now and then, and change how the threads wait if that pays."""
        s, now = self.session, time.monotonic()
        if not s.takes_all or s.runner is None or s.runner.threads == 1 or self._loading or now - self._at < LOOK_EVERY:
            return
        self._at = now
        self._looks.append(1.0 if s.shares_the_machine else self._meter.others())
        if s.runner.provider == "cpu" and s.runner.spin != self._pays(s.runner.spin):
            self._change(s.runner, not s.runner.spin)

    def _pays(self, now: bool) -> bool:
        looks = list(self._looks)
        if now:
            return not (len(looks) >= SOON and min(looks[-SOON:]) > BUSY)
        return len(looks) == LATER and max(looks) < QUIET

    def _change(self, runner: StreamRunner, spin: bool) -> None:
        """Load the graphs for it in another thread; the stream goes on meanwhile."""
        self._loading = True
        session = self.session

        def load() -> None:
            loaded: tuple[Weights, list[Any]] | None = None
            try:
                weights = shared(runner.bundle, runner.provider, runner.threads, spin)
                loaded = weights, [weights.session(graph, runner.runs) for graph in runner.graphs]
            except BaseException as e:  # no memory, or the session was closed: it stays as it is
                log.debug("session %d: its graphs could not be loaded again: %s", session.number, e)
                forget_frames(e)
            session.enqueue(lambda: self._changed(runner, loaded))

        try:
            threading.Thread(target=load, name=f"spinning-{session.number}", daemon=True).start()
        except RuntimeError:  # no memory for a thread: it stays as it is, and tries again later
            self._changed(runner, None)

    def _changed(self, runner: StreamRunner, loaded: "tuple[Weights, list[Any]] | None") -> None:
        self._loading = False
        self._looks.clear()
        if loaded:
            self.session.ahead.renew_scout()
            runner.use(*loaded)
            log.info(
                "session %d: its threads %s between the operators of a step",
                self.session.number,
                "wait actively" if runner.spin else "sleep, because other programs need the cores,",
            )
