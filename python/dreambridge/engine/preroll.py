"""While a cutscene waits or a choice is open: a branch for each way out, whose first steps are there when it is taken."""

import logging
import math
from collections.abc import Sequence
from typing import Protocol

from dreambridge.conditioning.timeline import Timeline
from dreambridge.cutscene.player import Player
from dreambridge.engine.branch import Branch, same
from dreambridge.engine.cutscene import Cutscene
from dreambridge.engine.pace import Pace
from dreambridge.engine.places import Place
from dreambridge.engine.view import SessionView
from dreambridge.protocol.limits import MAX_FORKS
from dreambridge.runtime.runner import Standing, Values

log = logging.getLogger("dreambridge")


class Session(Protocol):
    """What this needs of its session."""

    cutscene: Cutscene
    timeline: Timeline
    view: SessionView
    pace: Pace
    time: float


class Ahead(Protocol):
    """What makes the steps."""

    @property
    def session(self) -> Session: ...

    def standing(self) -> tuple[Place, Standing] | None: ...


class Preroll:
    """Use it in the session's thread only.

    The session's own cutscene decides where it goes, and its timeline what holds. A branch is only used if it shows just that.
    """

    def __init__(self) -> None:
        self.branches: list[Branch] = []
        self._pause: object = None  # the wait or choice that it is in
        self._begun: object = None  # for which, and for what, the branches were begun
        self._values: Values = {}

    def clear(self) -> None:
        self.branches, self._values, self._begun = [], {}, None

    def follow(self, ahead: Ahead, values: Values, cut: bool, seed: int | None, dt: float) -> Branch | None:
        """Before each step, after the cutscene has advanced: the branch that shows what is due, if the cutscene left its wait.

        Else the branches are begun, once the picture holds still: of one that moves, none would fit when the wait ends.
        """
        s = ahead.session
        p, still = s.cutscene.player, same(values, self._values)
        self._values = values
        if not s.cutscene.preroll or p is None or s.view.viewing:
            self.branches, self._begun = [], None
            return None
        pause = (id(p), p.since, p.shot) if p.status in ("waiting", "choosing") else None
        found = None
        if self.branches and pause != self._pause:
            found = next((b for b in self.branches if _shows(b, p, s.time, values, cut, seed, dt)), None)
        self._pause = pause
        depends = pause, tuple(p.variables.items()), frozenset(p.held)
        if not still or pause is None or depends != self._begun:
            self.branches, self._begun = [], None
        if still and pause and not cut and self._begun is None:
            self._begun = depends
            try:
                self._begin(ahead, p)
            except MemoryError:  # what is due is made when it is due
                log.warning("there is too little memory to make the ways out of the shot %r ahead", p.shot)
                self.branches = []
        return found

    def _begin(self, ahead: Ahead, p: Player) -> None:
        s = ahead.session
        ways: Sequence[tuple[Player, Timeline]] = p.ways(s.time, s.timeline)[:MAX_FORKS]
        at = ahead.standing() if ways else None
        if at is None:
            return
        self.branches = [Branch(*at, timeline, player, s.cutscene.digest) for player, timeline in ways]
        for b in self.branches:
            b.wanted = math.ceil(s.cutscene.preroll * s.pace.base / s.pace.per_step - 1e-6)


def _shows(b: Branch, p: Player, time: float, values: Values, cut: bool, seed: int | None, dt: float) -> bool:
    if not b.made or p.status != "playing":
        return False
    first = b.made[0]
    here = first.shot == p.shot and abs(first.at - p.local(time)) < 1e-6
    of = first.of
    return here and (of.cut, of.seed) == (cut, seed) and abs(of.dt - dt) < 1e-9 and same(of.values, values)
