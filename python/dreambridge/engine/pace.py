"""Decides when the next step is due, and which rate the machine can keep while a game runs."""

import time
from collections import deque

LEVELS = (1.0, 0.75, 0.5, 0.34, 0.25)
WINDOW = 36
HOLD = (1.5, 24.0)  # seconds at a lower level: least, most
REGRET = 10.0


class Pace:
    """Deadlines of a stream of ``fps`` frames a second (None: as fast as possible), ``per_step`` frames a step.

    If a third of the last steps were late, the rate goes down a level. It goes back up after ``hold`` seconds if two thirds of
    them would have been in time there; ``hold`` doubles each time the higher level failed soon. Stream time advances by ``dt``
    per frame, so that the pictures keep to real time at any level. After each step it rests, so that steps use at most ``share``
    of the time.
    """

    def __init__(self, fps: float | None, bundle_fps: float, per_step: int) -> None:
        self.fps, self.base, self.per_step = fps, fps or bundle_fps, per_step
        self.level = 0
        self.due = time.monotonic()
        self.late: deque[bool] = deque(maxlen=WINDOW)
        self.spent: deque[float] = deque(maxlen=WINDOW)
        self.missed = self.dropped = 0
        self.share, self.rested = 1.0, 0.0
        self.hold, self.changed = HOLD[0], 0.0

    @property
    def rate(self) -> float:
        return self.base * LEVELS[self.level]

    @property
    def dt(self) -> float:
        return 1 / self.rate

    @property
    def interval(self) -> float:
        return self.per_step * self.dt if self.fps else 0.0

    def restart(self) -> None:
        """Make the next step due now (after a pause)."""
        self.due = time.monotonic()
        self.late.clear()
        self.spent.clear()

    def wait(self) -> float:
        """Seconds until the next step is due, 0 or less if it is due now."""
        now = time.monotonic()
        return max(self.due - now if self.fps else 0.0, self.rested - now)

    def rest(self, spent: float) -> None:
        """Rest after ``spent`` seconds of steps, so that they keep to ``share``."""
        self.rested = max(self.rested, time.monotonic() + spent * (1 / self.share - 1))

    def done(self, spent: float) -> bool:
        """Record that a step of ``spent`` seconds was published; True if the rate changed."""
        now = time.monotonic()
        self.rest(spent)
        if not self.fps:
            return False
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
        if len(self.late) < WINDOW:
            return False
        if sum(self.late) * 3 >= WINDOW and self.level + 1 < len(LEVELS):
            self.level += 1
            self.hold = min(2 * self.hold, HOLD[1]) if now - self.changed < REGRET else HOLD[0]
        elif (
            self.level
            and now - self.changed > self.hold
            and sorted(self.spent)[WINDOW * 2 // 3] < 0.95 * self.per_step / (self.base * LEVELS[self.level - 1])
        ):
            self.level -= 1
        else:
            return False
        self.changed = now
        self.late.clear()
        self.spent.clear()
        return True
