"""The protocol's numbers: sizes, times, and the ranges of what requests ask for."""

from typing import NamedTuple

MAX_MESSAGE = 8 * 1024 * 1024
"""Bytes of one message."""
MAX_DEPTH = 32
"""Maps and arrays inside each other; the message's own map counts as the first."""
MAX_SESSIONS = 16
"""Sessions of one client."""

PING_INTERVAL = 1.0
"""Seconds between a client's pings."""
ORPHAN_AFTER = 3.0
"""Seconds without a message after which the daemon pauses a client's sessions."""
CLOSE_AFTER = 30.0
"""Seconds without a message after which the daemon forgets a client."""
DAEMON_SILENT = 5.0
"""Seconds without a message after which a client takes the daemon for gone, on a connection that stands."""
VIEW_SILENT = 2.0
"""Seconds without a new picture after which the daemon says that a view is silent."""
HEARTBEAT_INTERVAL = 0.25
"""Seconds within which a ring's heartbeat grows while its writer lives."""
HEARTBEAT_STALE = 1.0
"""Seconds without growth of the heartbeat after which a reader takes the writer for gone."""


class Range(NamedTuple):
    """Finite numbers from ``low`` to ``high``; without ``low`` itself when ``above``, and with 0 when ``or_zero``."""

    low: float
    high: float
    above: bool = False
    or_zero: bool = False

    def has(self, value: float) -> bool:
        """False for NaN too."""
        above = self.low < value if self.above else self.low <= value
        return (self.or_zero and value == 0) or (above and value <= self.high)

    def __str__(self) -> str:
        low, high = (f"{n:g}" if abs(n) < 1e6 else f"{n:.0f}" for n in (self.low, self.high))
        return f"{'0, or ' if self.or_zero else ''}{'above ' if self.above else ''}{low} to {high}"


ID = Range(0, 2**63 - 1)
PID = Range(0, 2**32 - 1)
FPS = Range(0.1, 1000, or_zero=True)
SEED = Range(0, 2**63 - 1)
THREADS = Range(0, 256)
MAX_CPU = Range(0, 1, above=True)
OVER = Range(0, 3600)
SLOTS = Range(4, 16)
COUNT = Range(1, 1000)

MAX_VERSION_LENGTH = 32
MAX_NAME_LENGTH = 256
MAX_PATH_LENGTH = 4096
