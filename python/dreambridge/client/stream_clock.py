"""Which moment of a stream is on screen, between its frames too."""

import math
import threading
import time as clocks

MAX_OFF = 0.25  # seconds by which a frame may be off before the clock is set by it
SETTLING = 0.25  # seconds that the clock takes to follow a frame
MAX_LATE = 0.05  # seconds by which the next frame may be late before the stream counts as standing still
MIN_RATE, MAX_RATE = 0.1, 4.0


class StreamClock:
    """Follows the frames smoothly, at the rate at which the stream really runs. ``now`` is seconds of ``time.monotonic``.

    ``rate`` : seconds of the stream in a second of the wall; below 1 while frames are dropped.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = False
        self._at = self._time = self._seen = 0.0
        self._interval = 1 / 24
        self.rate = 1.0

    def shown(self, time: float, now: float | None = None) -> None:
        """The frame of this stream time is shown now."""
        now = clocks.monotonic() if now is None else now
        with self._lock:
            passed = now - self._at
            expected = self._time + self.rate * passed
            off = time - expected
            if self._known and time > self._seen:
                self._interval += 0.25 * (min(time - self._seen, 1.0) - self._interval)
            if not self._known or passed < 0 or time < self._seen or abs(off) > MAX_OFF:
                # The first one, another place, or a long step: what was before says nothing.
                if not self._known or time < self._seen:
                    self.rate = 1.0
                self._time = time
            elif passed > 0:
                # An alpha-beta filter: it follows a slow stream without a lag.
                alpha = 1 - math.exp(-passed / SETTLING)
                beta = alpha * alpha / (2 - alpha)
                self._time = expected + alpha * off
                self.rate = min(MAX_RATE, max(MIN_RATE, self.rate + beta * off / max(passed, 0.01)))
            self._known, self._at, self._seen = True, now, time

    def at(self, now: float | None = None) -> tuple[float, bool]:
        """The stream time, not beyond the frame that comes next, and whether it moves: it stops when frames stay away."""
        now = clocks.monotonic() if now is None else now
        with self._lock:
            time, following = self._time + self.rate * (now - self._at), self._seen + self._interval
            return min(time, following), self._known and time <= following + MAX_LATE

    def forget(self) -> None:
        """The stream is another one."""
        with self._lock:
            self._known, self.rate = False, 1.0
