"""Options made ahead while the player reads: a fork of the stream for each one, and choosing adopts it."""

from __future__ import annotations

from typing import Any, NamedTuple

from dreambridge_renpy.director import Director
from dreambridge_renpy.errors import DreamError
from dreambridge_renpy.statement import Statement
from dreambridge_renpy.stream import Task

MAX_FORKS = 4
MAX_STEPS = 240
CHANGES = ("direct", "cut", "choose", "signal")  # what a fork can do


class Option(NamedTuple):
    """An option of the player: its first directions, and the key of each, by which the story tells that it has come there."""

    keys: tuple[Any, ...]
    directions: tuple[Statement, ...]


class Made:
    def __init__(self, option: Option, fork: int, before: dict[str, Any], changes: int) -> None:
        self.option, self.fork, self.before, self.changes = option, fork, before, changes


class PreRoll:
    """``seconds``: how much of each option is made ahead. Of more than ``forks`` options the others are directed."""

    def __init__(self, director: Director, seconds: float = 1.0, forks: int = MAX_FORKS) -> None:
        self.director, self.seconds, self.most = director, seconds, forks
        self.adopted = self.directed = 0
        self._made: dict[Any, Made] = {}
        self._covered: list[Any] = []
        self._options: list[Option] = []

    def prepare(self, options: list[Option]) -> None:
        """The options are known. Forks of an earlier choice end."""
        with self.director.lock:
            self._covered = []
            if not self.director.stream.ready or (not options and not self._made and not self._options):
                self._options = []
                return  # what cannot be sent now must not queue up
            self._options = [o for o in options if o.directions and all(s.do in CHANGES for s in o.directions)][: self.most]
            if not self.director.waits("fork"):
                self.director.then("fork", lambda: self._fork(self._options))

    def forget(self) -> None:
        """The story went back: nothing that was made ahead fits."""
        with self.director.lock:
            self._covered, self._options = [], []
            self._forget()

    def _fork(self, options: list[Option]) -> Task:
        yield from self._drop()
        d, stream = self.director, self.director.stream
        fps = stream.info.get("fps") or 24
        steps = min(MAX_STEPS, int(self.seconds * fps / max(1, stream.info.get("frames_per_step") or 1)) + 1)
        for option in options:
            if d._queue or options is not self._options:
                return  # the player has gone on
            try:
                reply = yield "fork", {}
                made = Made(option, reply["fork"], dict(stream.values), d.changes)
                self._made[option.keys[0]] = made
                for s in option.directions:
                    yield self._change(made.fork, s)
                yield "fork_prepare", {"fork": made.fork, "steps": steps, "within": 0.0}
            except DreamError:  # full, lost or refused: it is directed
                refused = self._made.pop(option.keys[0], None)
                if refused:
                    yield from self._drop_one(refused)
                return

    @staticmethod
    def _change(fork: int, s: Statement) -> tuple[str, dict[str, Any]]:
        if s.do == "direct":
            return "fork_direct", {"fork": fork, "values": s.values, "over": s.over, "easing": s.easing}
        if s.do == "cut":
            return "fork_direct", {"fork": fork, "values": s.values, "cut": True, "seed": s.seed}
        if s.do == "choose":
            return "fork_choose", {"fork": fork, "option": s.name}
        return "fork_signal", {"fork": fork, "name": s.name}

    def tell(self, key: Any, s: Statement) -> bool:
        """The story has come to the direction ``key``. True: its option's fork is shown instead, and nothing is to be sent."""
        d = self.director
        with d.lock:
            if self._covered and self._covered[0] == key:
                self._covered.pop(0)
                return True
            self._covered = []
            made = self._made.pop(key, None)
            self._options = []  # what is still being forked ends
            if made is None:
                if self._made:
                    self.directed += 1
                    self._forget()
                return False
            if made.changes != d.changes or not d.stream.ready:
                self.directed += 1
                self._made[key] = made
                self._forget()
                return False
            self._covered = list(made.option.keys[1:])
            for statement in made.option.directions:
                d.changes += 1
                d._note(statement)
            d.then("adopt", lambda: self._adopt(made))
            return True

    def _adopt(self, made: Made) -> Task:
        d, stream = self.director, self.director.stream
        since = dict(stream.values)
        try:
            reply = yield "adopt", {"fork": made.fork}
        except DreamError:  # it ended: the option is directed
            self.directed += 1
            yield from self._drop_one(made)  # after a time-out it may still be there
            yield from d._carry(list(made.option.directions))
            return
        own: dict[str, Any] = {}
        for s in made.option.directions:
            own.update(s.values if s.do in ("direct", "cut") else {})
        d.adopted(reply["revision"])
        self.adopted += 1
        lost = {n: v for n, v in since.items() if n not in own and made.before.get(n) != v}
        if lost:  # what was directed meanwhile
            yield from d._directing("direct", lost, over=0.0)
        yield from self._drop()

    def _forget(self) -> None:
        if not self.director.stream.ready:
            self._made.clear()  # they ended with the session, or will be dropped with it
        elif self._made and not self.director.waits("drop"):
            self.director.then("drop", self._drop)

    def _drop(self) -> Task:
        made, self._made = self._made, {}
        for m in made.values():
            yield from self._drop_one(m)

    @staticmethod
    def _drop_one(made: Made) -> Task:
        try:
            yield "drop", {"fork": made.fork}
        except DreamError:
            pass
