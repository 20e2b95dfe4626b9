"""The forks of a session: paused copies, which are directed and made ahead, and one of which it may become."""

import math
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dreambridge.bundle.load import Bundle
from dreambridge.conditioning.timeline import Array, Timeline
from dreambridge.cutscene.player import Player
from dreambridge.engine.background import Answer
from dreambridge.engine.branch import Branch, Scout, shifted
from dreambridge.engine.notes import Notes
from dreambridge.engine.part import PartOf
from dreambridge.engine.places import Owner, told
from dreambridge.engine.shelf import Shelf
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_FORKS, MAX_SHELF_BYTES
from dreambridge.protocol.replies import Adopted, ForkStatus, Ok, Reply
from dreambridge.protocol.states import State


class Session(Owner, Protocol):
    """What forks need of their session."""

    number: int
    bundle: Bundle
    state: State | None
    revision: int
    applied_revision: int
    shelf: Shelf

    @property
    def recorder(self) -> Notes | None: ...

    def encoded(self, values: Mapping[str, Any], then: Callable[[dict[str, Array | None]], None], reply: Answer) -> None: ...

    def new_revision(self) -> int: ...

    def submit(self, work: Callable[[], Reply | None], reply: Answer) -> None: ...

    def enqueue(self, work: Callable[[], Reply | None], reply: Answer) -> None: ...

    def in_order(self, then: Callable[[], None], reply: Answer) -> None: ...

    def failure(self) -> DreamError: ...

    def gone(self) -> DreamError: ...


class Ahead(Protocol):
    """What makes the steps."""

    @property
    def scout(self) -> Scout: ...

    @property
    def bytes(self) -> int: ...

    def branch(self, timeline: Timeline, player: Player | None) -> Branch: ...

    def complete(self, b: Branch, count: int) -> bool: ...

    def stand_on(self, b: Branch) -> None: ...


@dataclass
class Waiting:
    """Somebody waits until so many steps are made, at most until ``until`` (time.monotonic)."""

    steps: int
    until: float
    reply: Answer


@dataclass
class Fork:
    number: int
    branch: Branch
    waiting: list[Waiting] = field(default_factory=list)

    def tell(self, answer: Reply | DreamError) -> None:
        waiting, self.waiting = self.waiting, []
        for w in waiting:
            w.reply(answer)


def no_room(size: int, used: int) -> DreamError:
    said = f"The fork needs {size} bytes, and {used} are used; the limit is {MAX_SHELF_BYTES}."
    return DreamError("too_large", said, "Drop forks of the session.")


class Forks(PartOf[Session]):
    """The requests are thread-safe; everything else belongs to the session's thread."""

    def __init__(self, session: Session, ahead: Ahead) -> None:
        super().__init__(session)
        self._ahead = weakref.ref(ahead)
        self._forks: dict[int, Fork] = {}
        self._count = 0

    @property
    def ahead(self) -> Ahead:
        ahead = self._ahead()
        assert ahead is not None
        return ahead

    def all(self) -> Sequence[Branch]:
        return [f.branch for f in self._forks.values()]

    def __len__(self) -> int:
        return len(self._forks)

    # -- what clients ask --------------------------------------------------------------------------------------------
    def fork(self, reply: Answer) -> None:
        """Copy the session before its next frame; DreamError ``bad_state`` for too many, ``too_large``."""

        def work() -> ForkStatus:
            s = self.session
            if len(self._forks) >= MAX_FORKS:
                hint = f"Adopt or drop one of them: {', '.join(map(str, self._forks))}."
                raise DreamError("bad_state", f"The session has {MAX_FORKS} forks, which is the most.", hint)
            player = s.cutscene.player
            b = self.ahead.branch(s.timeline.twin(), player and player.copied())
            self._count += 1
            f = self._forks[self._count] = Fork(self._count, b)
            s.shelf.make_room()
            return self._status(f)

        self.session.submit(work, reply)

    def direct(self, r: M.ForkDirect, reply: Answer) -> None:
        """Change conditions at the fork's place; errors as ``direct``."""

        def apply(f: Fork, coded: Mapping[str, Array | None]) -> None:
            b = f.branch
            if r.cut:
                b.timeline.calm()
            b.timeline.direct(coded, b.place.time, 0.0 if r.cut else r.over, r.easing)
            b.timeline.remember(r.values)
            if b.player:
                b.player.hold(coded)
            if r.cut:
                self.ahead.scout.cut(b, r.seed)
            else:
                b.restart()

        def then(coded: dict[str, Array | None]) -> None:
            self.session.enqueue(lambda: self._changed(r.fork, lambda f: apply(f, coded)), reply)

        self.session.encoded(r.values, then, reply)

    def choose(self, r: M.ForkChoose, reply: Answer) -> None:
        """Select an option in the fork's cutscene, or let its limit run out; errors as ``cutscene_choose``."""

        def choose(f: Fork) -> None:
            player, b = self._player(f), f.branch
            if r.option is None:
                player.run_out(b.place.time, b.timeline)
            else:
                player.choose(r.option, b.place.time, b.timeline)
            b.restart()

        self.session.submit(lambda: self._changed(r.fork, choose), reply)

    def signal(self, r: M.ForkSignal, reply: Answer) -> None:
        """Signal to the fork's cutscene."""

        def work() -> ForkStatus:
            f = self._found(r.fork)
            waited = self._player(f).signal(r.name, f.branch.place.time, f.branch.timeline)
            f.branch.restart()
            status = self._status(f)
            status.waited = waited
            return status

        self.session.submit(work, reply)

    def prepare(self, r: M.ForkPrepare, reply: Answer) -> None:
        """Make steps ahead; ``reply`` gets the status when they are made, when no more can be, or after ``within`` seconds."""

        def work() -> None:
            f = self._found(r.fork)
            f.branch.wanted = max(f.branch.wanted, r.steps)
            f.waiting.append(Waiting(r.steps, time.monotonic() + r.within, reply))

        self.session.submit(work, reply)

    def adopt(self, number: int, reply: Answer) -> None:
        """The session becomes the fork, which ends: its index, stream time and publications go on, with a new revision."""

        def work(revision: int) -> Adopted:
            s, f = self.session, self._found(number)
            assert s.runner
            b = f.branch
            timeline, player = shifted(b, s.time - b.place.time)
            s.timeline.put_back(timeline.tracks, timeline.directed)
            self.ahead.stand_on(b)
            s.cutscene.go_on(player, b.digest)
            s.applied_revision = revision
            if s.recorder:
                s.recorder.jumped("adopt", s.index, {"fork": number})
            self._end(f, DreamError("cancelled", f"The fork {number} was adopted.", "Its steps are the session's now."))
            p = s.cutscene.player
            return Adopted(
                revision=revision,
                frame_index=s.index,
                time=s.time,
                steps=len(b.made),
                seed=s.runner.seed,
                shot=p.shot if p else "",
                at=p.local(s.time) if p and p.shot else 0.0,
                values=told(s.timeline),
            )

        def accept() -> None:
            revision = self.session.new_revision()
            self.session.enqueue(lambda: work(revision), reply)

        self.session.in_order(accept, reply)

    def drop(self, number: int, reply: Answer) -> None:
        def work() -> Ok:
            self._end(self._found(number), DreamError("cancelled", f"The fork {number} was dropped.", "Make a new one."))
            return Ok()

        self.session.submit(work, reply)

    def _changed(self, number: int, change: Callable[[Fork], None]) -> ForkStatus:
        f = self._found(number)
        change(f)
        return self._status(f)

    def _found(self, number: int) -> Fork:
        if number not in self._forks:
            known = ", ".join(map(str, self._forks)) or "none"
            said = f"Session {self.session.number} has no fork {number}; it has: {known}."
            raise DreamError("bad_argument", said, "Send `fork` first. A fork ends when it is adopted or dropped.")
        return self._forks[number]

    @staticmethod
    def _player(f: Fork) -> Player:
        if f.branch.player is None:
            raise DreamError("bad_state", f"The fork {f.number} has no cutscene.", "Load one, then fork again.")
        return f.branch.player

    def _status(self, f: Fork) -> ForkStatus:
        b, p = f.branch, f.branch.player
        return ForkStatus(
            fork=f.number,
            frame_index=b.place.index,
            time=b.place.time,
            steps=len(b.made),
            bytes=b.bytes,
            total_bytes=self.session.shelf.bytes + self.ahead.bytes,
            status=p.status if p else "",
            shot=p.shot if p else "",
        )

    # -- in the session's thread -------------------------------------------------------------------------------------
    def wait(self) -> float:
        """Seconds until ``answer`` is worth a call."""
        left = math.inf
        for f in self._forks.values():
            for w in f.waiting:
                if self.session.state == State.FAILED or self.ahead.complete(f.branch, w.steps):
                    return 0.0
                left = min(left, w.until - time.monotonic())
        return max(left, 0.0)

    def answer(self) -> None:
        """Those whose steps are made, or who have waited long enough."""
        now = time.monotonic()
        for f in self._forks.values():
            if self.session.state == State.FAILED:
                f.tell(self.session.failure())
            done = [w for w in f.waiting if w.until <= now or self.ahead.complete(f.branch, w.steps)]
            f.waiting = [w for w in f.waiting if w not in done]
            for w in done:
                w.reply(self._status(f))

    def failed(self, b: Branch, e: DreamError) -> None:
        """A step of it failed."""
        for f in [f for f in self._forks.values() if f.branch is b]:
            self._end(f, e)

    def _end(self, f: Fork, why: DreamError) -> None:
        del self._forks[f.number]
        f.tell(why)

    def end(self) -> None:
        for f in list(self._forks.values()):
            self._end(f, self.session.gone())
