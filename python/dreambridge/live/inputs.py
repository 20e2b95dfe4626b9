"""What an input is: a thread that hands over what arrives, and comes back by itself when its device does."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from dreambridge.protocol.errors import DreamError, as_dream_error

AGAIN_S = 2.0  # until a device that went away is looked for again


class Hub(Protocol):
    """Whoever takes what arrives. Both may be called from any thread."""

    def arrived(self, source: str, values: Sequence[Any]) -> None: ...

    def say(self, text: str) -> None: ...


class Input(ABC):
    """``name``: for messages. ``state``: one line for the terminal. ``needs``: names that the map uses; None: all.

    ``problem``: why it does not work now; empty: it works, or it has not been tried yet.
    """

    name = ""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.state = hub, "starting"
        self.needs: set[str] | None = None
        self.ending = threading.Event()
        self.problem = ""
        self._thread = threading.Thread(target=self._run, name=f"dreambridge-{self.name}", daemon=True)

    def start(self) -> None:
        """DreamError if it can never work: a package is missing, or a port is in use."""
        self._thread.start()

    def close(self) -> None:
        self.ending.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def up(self, state: str) -> None:
        """It works now."""
        was_lost, self.problem, self.state = bool(self.problem), "", state
        if was_lost:
            self.hub.say(f"{self.name}: is back.")

    def _run(self) -> None:
        while not self.ending.is_set():
            try:
                self.listen()
            except Exception as e:
                error = e if isinstance(e, DreamError) else as_dream_error(e)
                self.state = f"lost: {error.message}"
                if error.message != self.problem:  # once for each time that it goes away
                    self.problem = error.message
                    self.hub.say(f"{self.name}: {error.message} {error.hint}".strip())
            self.ending.wait(AGAIN_S)

    @abstractmethod
    def listen(self) -> None:
        """Hand over what arrives until ``ending``. An exception, or a return before that: the device went away."""
