"""Whether the threads of a step wait actively between its operators: only while no other program needs the cores."""

import logging
import time
from collections import deque
from typing import Protocol

from dreambridge.engine.part import PartOf
from dreambridge.engine.reload import Reload
from dreambridge.runtime.runner import StreamRunner

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
    reload: Reload

    @property
    def takes_all(self) -> bool: ...

    @property
    def shares_the_machine(self) -> bool: ...


class Spinning(PartOf[Session]):
    """For the session's thread."""

    def __init__(self, session: Session, meter: Meter | None = None) -> None:
        super().__init__(session)
        self._meter = meter or Meter()
        self._looks: deque[float] = deque(maxlen=LATER)
        self._at = 0.0

    def after_step(self) -> None:
        """Look at the machine now and then, and change how the threads wait if that pays."""
        s, now = self.session, time.monotonic()
        if not s.takes_all or s.runner is None or s.runner.threads == 1 or s.reload.busy or now - self._at < LOOK_EVERY:
            return
        self._at = now
        self._looks.append(1.0 if s.shares_the_machine else self._meter.others())
        if s.runner.provider == "cpu" and s.runner.spin != self._pays(s.runner.spin):
            s.reload.begin(s.runner.threads, not s.runner.spin, self._changed)

    def _pays(self, now: bool) -> bool:
        looks = list(self._looks)
        if now:
            return not (len(looks) >= SOON and min(looks[-SOON:]) > BUSY)
        return len(looks) == LATER and max(looks) < QUIET

    def _changed(self, done: bool) -> None:
        self._looks.clear()
        if done and self.session.runner:
            log.info(
                "session %d: its threads %s between the operators of a step",
                self.session.number,
                "wait actively" if self.session.runner.spin else "sleep, because other programs need the cores,",
            )
