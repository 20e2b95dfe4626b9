"""Whether a stream's directions are shown, and their transitions have ended (by the daemon's event ``settled``)."""

import threading
import time
from typing import Protocol

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import Settled
from dreambridge.ring.reader import RingReader

MAX_KEPT = 512


class Settling:
    """By the stream's revisions, which go on after a restart of the daemon. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before = 0
        self._moving: set[int] = set()
        # The event may come before the thread that directed has its reply.
        self._ended: dict[int, bool] = {}

    def restart(self, newest: int) -> None:
        """The stream was opened: all that was directed before holds from the first frame on."""
        with self._lock:
            self._before = newest
            self._moving.clear()
            self._ended.clear()

    def expect(self, revision: int, over: float) -> None:
        with self._lock:
            if over > 0 and revision > self._before:
                self._moving.add(revision)

    def take(self, m: Settled, before: int) -> None:
        """``before`` : the number from which this daemon's revisions count."""
        with self._lock:
            for revision in (*m.reached, *m.replaced):
                self._ended[before + revision] = revision in m.reached
            for old in list(self._ended)[:-MAX_KEPT]:
                self._moving.discard(old)
                del self._ended[old]

    def ended(self, revision: int) -> bool | None:
        """True: it reached its values. False: it was replaced. None: not yet. Of one that is forgotten: True."""
        with self._lock:
            return self._ended.get(revision, None if revision in self._moving else True)


class Owner(Protocol):
    """What waiting needs of its stream."""

    _ring: tuple[RingReader, int]
    _settling: Settling

    def _described(self) -> str: ...
    def is_shown(self, revision: int) -> bool: ...
    def wait_shown(self, revision: int, timeout: float = 2.0) -> None: ...


class Waits:
    """The part of ``Stream`` that waits for directions."""

    def is_shown(self: "Owner", revision: int) -> bool:
        """Whether a frame with that revision, or a later one, was published. Does not wait."""
        reader, before = self._ring
        return reader.latest > 0 and before + reader.revision() >= revision

    def wait_shown(self: "Owner", revision: int, timeout: float = 2.0) -> None:
        """Wait until ``is_shown``, at most ``timeout`` seconds. DreamError ``timeout``."""
        until = time.monotonic() + timeout
        while not self.is_shown(revision):
            if time.monotonic() > until:
                raise DreamError(
                    "timeout",
                    f"No frame with revision {revision} within {timeout:g} s; {self._described()}.",
                    "A paused stream shows it after the next step.",
                )
            time.sleep(0.0005)

    def is_settled(self: "Owner", revision: int) -> bool | None:
        """Whether the transitions of that direction have ended. Does not wait.

        True: a frame with all its values was published. False: something else was given to one of its conditions before that.
        None: not yet.
        """
        return self._settling.ended(revision) if self.is_shown(revision) else None

    def wait_settled(self: "Owner", revision: int, timeout: float = 30.0) -> bool:
        """Wait until the transitions of that direction have ended, at most ``timeout`` seconds.

        True: a frame with all its values was published. False: something else was given to one of its conditions before that.
        DreamError ``timeout``.
        """
        until = time.monotonic() + timeout
        self.wait_shown(revision, timeout)
        while (reached := self._settling.ended(revision)) is None:
            if time.monotonic() > until:
                why = f"Revision {revision} did not settle within {timeout:g} s; {self._described()}."
                raise DreamError("timeout", why, "Wait longer than its transition. A paused stream settles after more steps.")
            time.sleep(0.0005)
        return reached
