"""What the daemon knows of a client."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dreambridge.engine.session import Session


@dataclass(eq=False)
class Opening:
    """An ``open`` that has not been answered, and the connection (ROUTER address) on which the answer is awaited."""

    identity: bytes
    request: int | None
    session: Session | None = None  # None while the bundle is being read
    given_up: bool = False


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
    cut_off: bool = False  # its connection has ended, and it has not come back
    openings: list[Opening] = field(default_factory=list)

    def give_up(self, which: Callable[[Opening], bool]) -> None:
        """Nobody waits for these any more: what is loaded for them ends, or never begins."""
        for o in list(self.openings):
            if which(o):
                o.given_up = True
                if o.session:
                    o.session.close()
