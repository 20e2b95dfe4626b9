"""The daemon's record of a client."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dreambridge.engine.session import Session


@dataclass(eq=False)
class Opening:
    """An unanswered ``open``, and the connection (ROUTER address) that waits for the answer."""

    identity: bytes
    request: int | None
    session: Session | None = None  # None while the bundle is being read
    given_up: bool = False


@dataclass(eq=False)
class Client:
    """A client by its secret key; ``identity`` is its current ROUTER address, empty without a connection."""

    key: str
    identity: bytes
    name: str
    heard: float
    pid: int = 0
    started: int = 0
    sessions: dict[int, Session] = field(default_factory=dict)
    orphaned: bool = False
    cut_off: bool = False  # its connection has ended, and it has not reconnected
    openings: list[Opening] = field(default_factory=list)

    def give_up(self, which: Callable[[Opening], bool]) -> None:
        """Cancel these: their loading stops, or never begins."""
        for o in list(self.openings):
            if which(o):
                o.given_up = True
                if o.session:
                    o.session.close()
