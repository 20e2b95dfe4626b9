"""Decides when the next step is due, and which rate and quality level the machine can keep while a game runs."""

import time
from collections import deque
from collections.abc import Sequence
from enum import Enum

RATES = (1.0, 0.75, 0.5, 0.34, 0.25)
WINDOW = 36
HOLD = (1.5, 24.0)  # seconds at a lower rate: least, most
REGRET = 10.0
# A quality level is seen, so that it changes less often than the rate.
LEVEL_HOLD = (8.0, 120.0)  # seconds at a lower quality level: least, most
LEVEL_REGRET = 30.0
MAX_SWITCHES, SWITCHES_WITHIN = 4, 60.0  # of the level, in seconds
SPARE = 1.3  # a better level must leave this reserve


class Change(Enum):
    NONE = 0
    RATE = 1
    LEVEL = 2


class Pace:
    """Deadlines of a stream of ``fps`` frames a second (None: as fast as possible), ``per_step`` frames a step.

    If a third of the last steps were late, the next lower quality level is used, or if there is none, the rate goes down.
    The rate goes back up after ``hold`` seconds if two thirds of the steps would have been in time there; ``hold`` doubles each
    time the higher rate failed soon. At the full rate the quality level goes back up in the same way, with longer times and at
    most ``MAX_SWITCHES`` a minute. Stream time advances by ``dt`` per frame, so that the pictures keep to real time at any rate.
    After each step it rests, so that steps use at most ``share`` of the time.
    """

    def __init__(self, fps: float | None, bundle_fps: float, per_step: int) -> None:
        self.fps, self.base, self.per_step = fps, fps or bundle_fps, per_step
        self.slower = 0  # place in RATES
        self.due = time.monotonic()
        self.late: deque[bool] = deque(maxlen=WINDOW)
        self.spent: deque[float] = deque(maxlen=WINDOW)
        self.missed = self.dropped = 0
        self.share, self.rested = 1.0, 0.0
        self.hold, self.changed = HOLD[0], 0.0
        # The quality level that the steps shall have, and the cost of each level as a share of the first one's.
        self.level, self.costs = 0, [1.0]
        self.best = 0  # the best level that may be used
        self.level_loads = False  # steps still have another level than ``level``, so they decide nothing
        self.level_hold, self.level_changed = LEVEL_HOLD[0], 0.0
        self._switches: deque[float] = deque(maxlen=MAX_SWITCHES)

    def choose_among(self, costs: Sequence[float], level: int, best: int = 0) -> None:
        """The quality levels, the best one first, and which one is used now; those before ``best`` may not be used."""
        self.costs, self.level, self.best = list(costs), level, best

    def level_begins(self) -> None:
        """The next step is the first one of ``level``: what was measured before does not count."""
        self.level_changed = time.monotonic()
        self._look_anew()

    @property
    def rate(self) -> float:
        return self.base * RATES[self.slower]

    @property
    def dt(self) -> float:
        return 1 / self.rate

    @property
    def interval(self) -> float:
        return self.per_step * self.dt if self.fps else 0.0

    def restart(self) -> None:
        """Make the next step due now (after a pause)."""
        self.due = time.monotonic()
        self._look_anew()

    def wait(self) -> float:
        """Seconds until the next step is due, 0 or less if it is due now."""
        now = time.monotonic()
        return max(self.due - now if self.fps else 0.0, self.rested - now)

    def rest(self, spent: float) -> None:
        """Rest after ``spent`` seconds of steps, so that they keep to ``share``."""
        self.rested = max(self.rested, time.monotonic() + spent * (1 / self.share - 1))

    def done(self, spent: float) -> Change:
        """Record that a step of ``spent`` seconds was published; returns what changed."""
        now = time.monotonic()
        self.rest(spent)
        if not self.fps:
            return Change.NONE
        late = now > self.due + self.interval
        self.late.append(late)
        self.spent.append(spent)
        self.due += self.interval
        if late:
            self.missed += 1
        if now > self.due + self.interval:  # too far behind to catch up: drop those frames
            gone = int((now - self.due) / self.interval)
            self.dropped += gone * self.per_step
            self.due += gone * self.interval
        change = self._change(now) if len(self.late) == WINDOW and not self.level_loads else Change.NONE
        if change is not Change.NONE:
            self._look_anew()
        return change

    def _change(self, now: float) -> Change:
        typical = sorted(self.spent)[WINDOW * 2 // 3]
        if sum(self.late) * 3 >= WINDOW:
            if self.level + 1 < len(self.costs) and self._may_switch(now, MAX_SWITCHES):
                soon = now - self.level_changed < LEVEL_REGRET
                self.level_hold = min(2 * self.level_hold, LEVEL_HOLD[1]) if soon else LEVEL_HOLD[0]
                return self._switch(self.level + 1, now)
            if self.slower + 1 < len(RATES):
                self.hold = min(2 * self.hold, HOLD[1]) if now - self.changed < REGRET else HOLD[0]
                return self._go(self.slower + 1, now)
        elif self.slower:
            above = self.per_step / (self.base * RATES[self.slower - 1])
            if now - self.changed > self.hold and typical < 0.95 * above:
                return self._go(self.slower - 1, now)
        elif self.level > self.best and now - self.level_changed > self.level_hold:
            better = typical * self.costs[self.level - 1] / self.costs[self.level]
            # One switch is kept for the way back down.
            if better * SPARE < self.interval and self._may_switch(now, MAX_SWITCHES - 1):
                return self._switch(self.level - 1, now)
        return Change.NONE

    def _may_switch(self, now: float, most: int) -> bool:
        return sum(now - at < SWITCHES_WITHIN for at in self._switches) < most

    def _switch(self, level: int, now: float) -> Change:
        self.level, self.level_changed = level, now
        self._switches.append(now)
        return Change.LEVEL

    def _go(self, slower: int, now: float) -> Change:
        self.slower, self.changed = slower, now
        return Change.RATE

    def _look_anew(self) -> None:
        self.late.clear()
        self.spent.clear()
