"""What the daemon knows of a client."""

from dataclasses import dataclass, field

from dreambridge.engine.session import Session


@dataclass(eq=False)
class Client:
    """A client by its secret key; ``identity`` is its ROUTER address now, empty when it has no connection."""

    key: str
    identity: bytes
    name: str
    heard: float
    pid: int = 0
    started: int = 0
    sessions: dict[int, Session] = field(default_factory=dict)
    orphaned: bool = False
    opening: int = 0  # bundles that are being read for it
    cut_off: bool = False  # its connection has ended, and it has not come back
