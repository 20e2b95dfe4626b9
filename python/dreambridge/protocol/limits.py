"""The protocol's limits: sizes, times, and the ranges of request fields."""

from typing import NamedTuple

MAX_MESSAGE = 8 * 1024 * 1024
MAX_DOCUMENT = 4 * 1024 * 1024  # bytes of a cutscene's text
MAX_DEPTH = 32
MAX_SESSIONS = 16
PING_INTERVAL = 1.0
ORPHAN_AFTER = 3.0
CLOSE_AFTER = 30.0
DAEMON_SILENT = 5.0
VIEW_SILENT = 2.0
STUCK_AFTER = 2.0
MAX_STEP_TIME = 60.0
MAX_LOADING_TIME = 120.0
SHELF_SECONDS = 60.0
SHELF_STATE = 2**20
MAX_SHELF_BYTES = 256 * 2**20
MAX_NAMED_PLACES = 16
MAX_SHOT_PLACES = 64
MAX_TAKE_BYTES = 64 * 2**20
MAX_TOLD_VALUES = 4 * 2**20
MAX_FORKS = 8
MAX_FORK_STEPS = 240
MAX_INVALID_TOLD = 16
HEARTBEAT_INTERVAL = 0.25
HEARTBEAT_STALE = 1.0


def too_long(size: int) -> tuple[str, str]:
    """What is said of a cutscene's document that is larger than ``MAX_DOCUMENT``, and the way out."""
    said = f"The document has {size / 2**20:.1f} MiB; the limit is {MAX_DOCUMENT / 2**20:.0f} MiB."
    return said, "Split it into several cutscenes, or thin out recorded keys."


class Limit(NamedTuple):
    value: float
    unit: str
    meaning: str


LIMITS: dict[str, Limit] = {
    "max_message": Limit(MAX_MESSAGE, "bytes", "Size of a message."),
    "max_depth": Limit(MAX_DEPTH, "", "Maps and arrays inside each other; the map of the message itself counts as the first."),
    "max_sessions": Limit(MAX_SESSIONS, "", "Sessions of one client."),
    "ping_interval": Limit(PING_INTERVAL, "s", "Time between two pings of a client."),
    "orphan_after": Limit(ORPHAN_AFTER, "s", "Silence of a client after which the daemon orphans its sessions."),
    "close_after": Limit(CLOSE_AFTER, "s", "Silence of a client after which the daemon forgets it and closes its sessions."),
    "daemon_silent": Limit(DAEMON_SILENT, "s", "Silence of the daemon after which a client gives up the connection."),
    "view_silent": Limit(VIEW_SILENT, "s", "Time without a new picture after which the daemon sends `view_silent`."),
    "stuck_after": Limit(
        STUCK_AFTER, "s", "Time of a step after which its session is `stuck`; at least four of the bundle's own steps."
    ),
    "max_step_time": Limit(
        MAX_STEP_TIME,
        "s",
        "Time of a step after which the daemon ends it and its session fails; at least twenty of the bundle's own steps.",
    ),
    "max_loading_time": Limit(MAX_LOADING_TIME, "s", "Time of loading after which an `open` is answered `timeout`."),
    "shelf_seconds": Limit(SHELF_SECONDS, "s", "How far a session can be rewound when `open` does not say."),
    "shelf_state": Limit(SHELF_STATE, "bytes", "State of a model above which it cannot, unless `open` says how far."),
    "max_shelf_bytes": Limit(
        MAX_SHELF_BYTES,
        "bytes",
        "What the places and forks of a session may take; the oldest places go first, those with a name never.",
    ),
    "max_named_places": Limit(MAX_NAMED_PLACES, "", "Places of a session that `keep` gave a name."),
    "max_shot_places": Limit(MAX_SHOT_PLACES, "", "Marks and shots of a cutscene to which a session can be rewound."),
    "max_take_bytes": Limit(
        MAX_TAKE_BYTES, "bytes", "What a recording may hold that no `record` has read yet; when it is full, the take ends."
    ),
    "max_told_values": Limit(
        MAX_TOLD_VALUES, "bytes", "Effective conditions that a snapshot holds and a reply tells; larger ones are left out."
    ),
    "max_forks": Limit(MAX_FORKS, "", "Forks of a session."),
    "max_fork_steps": Limit(MAX_FORK_STEPS, "steps", "What a fork may be ahead."),
    "max_invalid_told": Limit(
        MAX_INVALID_TOLD,
        "",
        "Invalid messages of a connection that a client reports, apart from replies; it drops the others in silence.",
    ),
    "heartbeat_interval": Limit(HEARTBEAT_INTERVAL, "s", "Longest time between two growths of a ring's heartbeat."),
    "heartbeat_stale": Limit(
        HEARTBEAT_STALE, "s", "Time without growth of the heartbeat after which a reader assumes that the writer has ended."
    ),
}


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
        low, high = (str(n) if isinstance(n, int) else f"{n:g}" for n in (self.low, self.high))
        return f"{'0, or ' if self.or_zero else ''}{'above ' if self.above else ''}{low} to {high}"


ID = Range(0, 2**63 - 1)
PID = Range(0, 2**32 - 1)
FPS = Range(0.1, 1000, or_zero=True)
SEED = Range(0, 2**63 - 1)
THREADS = Range(0, 256)
MAX_CPU = Range(0, 1, above=True)
OVER = Range(0, 3600)
SLOTS = Range(4, 16)
SHELF = Range(0, 600)
COUNT = Range(1, 1000)
DT = Range(1e-4, 60)
REVISION = Range(0, 2**53)
FORK = Range(1, 2**53)
FORK_STEPS = Range(0, MAX_FORK_STEPS)
WITHIN = Range(0, 600)
PREROLL = Range(0, 10)

SHOT_TIME = Range(0, 86400)

MAX_VERSION_LENGTH = 32
MAX_NAME_LENGTH = 256
MAX_PATH_LENGTH = 4096
MAX_CUTSCENE_LENGTH = 4 * 1024 * 1024
