"""Which revision of the conditions a picture obeys, by the numbers of the events that it obeys."""

from collections import deque


class Shown:
    """For the session's thread.

    A revision is shown by a picture that obeys the first event that it caused. One that caused none is shown by any picture.
    """

    def __init__(self) -> None:
        self._waiting = deque[tuple[int, int]]()  # revision and the number of its first event
        self._latest = 0  # revision

    def sent(self, revision: int, event: int) -> None:
        if revision > self._latest:
            self._waiting.append((revision, event))
            self._latest = revision

    def passed(self, revision: int) -> None:
        """It holds, and has caused no event."""
        self._latest = max(self._latest, revision)

    def obeyed(self, event: int) -> None:
        """A picture obeys it, and with it all earlier ones: a server samples the latest of each kind."""
        while self._waiting and self._waiting[0][1] <= event:
            self._waiting.popleft()

    def again(self, event: int) -> None:
        """Another connection, to which all conditions were sent: what is not shown yet is with that event."""
        self._waiting = deque((revision, event) for revision, _ in self._waiting)

    def revision(self) -> int:
        """What the picture that was ``obeyed`` last shows."""
        return self._waiting[0][0] - 1 if self._waiting else self._latest
