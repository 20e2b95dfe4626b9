"""Options made ahead while the player reads: a fork of the stream for each one, and choosing adopts it."""

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dreambridge.protocol.errors import DreamError
from dreambridge.story.director import Director
from dreambridge.story.statement import Statement

MAX_FORKS = 4
CHANGES = {"direct", "cut", "choose", "signal"}  # what a fork can do


class Option(Protocol):
    """An option of the player, such as ``dreambridge.story.ink.Choice``."""

    @property
    def index(self) -> int: ...
    @property
    def directions(self) -> list[Statement]: ...


@dataclass
class Made:
    """A fork for an option; ``before`` : the effective conditions when it was made; ``changes`` : the director's count then."""

    fork: Any
    own: dict[str, Any]
    before: dict[str, Any]
    changes: int


class PreRoll:
    """Give it to ``InkStory(story, director, preroll=PreRoll(director))``.

    ``seconds`` : how much of each option is made ahead, in the daemon's spare time. Of more than ``forks`` options the first ones
    are; the others are simply directed. ``adopted``, ``directed`` : how many choices went each way.
    """

    def __init__(self, director: Director, seconds: float = 1.0, forks: int = MAX_FORKS) -> None:
        self.director, self.seconds, self.most = director, seconds, forks
        self.adopted = self.directed = 0
        self._made: dict[int, Made] = {}
        self._lock = threading.Lock()

    def prepare(self, options: Sequence[Option]) -> None:
        """The options are known: fork for those whose directions can be made ahead. Takes some milliseconds for each."""
        with self._lock:
            self._drop()
            try:
                for option in options:
                    changes = [s for s in option.directions if s.do != "wait"]
                    if changes and all(s.do in CHANGES for s in changes) and len(self._made) < self.most:
                        self._fork(option.index, changes)
            except DreamError:  # lost, full, or failed: the options are directed
                self._drop()

    def _fork(self, index: int, changes: list[Statement]) -> None:
        stream: Any = self.director.stream
        if stream is None or self.director.waiting:
            return
        made = Made(stream.fork(), {}, stream.values, self.director.changes)
        self._made[index] = made
        for s in changes:
            if s.do == "direct":
                made.fork.direct(over=s.over, easing=s.easing, **s.values)
            elif s.do == "cut":
                made.fork.cut(seed=s.seed, **s.values)
            elif s.do == "choose":
                made.fork.choose(s.name)
            else:
                made.fork.signal(s.name)
            made.own |= s.values
        made.fork.prepare(self.seconds, timeout=0.0)

    def adopt(self, index: int) -> bool:
        """The player chose. False: the option has no fork, or one that lacks something; direct it."""
        with self._lock:
            made = self._made.pop(index, None)
            done = False
            # Something else than a change of conditions came since: the fork does not have it.
            if made and made.changes == self.director.changes and not self.director.waiting:
                with contextlib.suppress(DreamError):
                    self._become(made)
                    done = True
            if made and not done:  # also after a time-out: it may still be there
                with contextlib.suppress(DreamError):
                    made.fork.drop()
            self._drop()
            self.adopted += done
            self.directed += not done
            return done

    def _become(self, made: Made) -> None:
        stream: Any = self.director.stream
        since = {n: v for n, v in stream.values.items() if n not in made.own and made.before.get(n) != v}
        revision = made.fork.adopt().revision
        if since:  # what the game directed by itself meanwhile
            revision = stream.direct(over=0.0, **since)
        self.director.adopted(revision)

    def _drop(self) -> None:
        for made in self._made.values():
            with contextlib.suppress(DreamError):
                made.fork.drop()
        self._made.clear()
