"""The quality level of a session's steps: the best one that holds the rate, or the one that its client named."""

import logging
from typing import Protocol

from dreambridge.bundle.load import Bundle
from dreambridge.engine.ahead import Ahead
from dreambridge.engine.background import Queue, beside
from dreambridge.engine.pace import Pace
from dreambridge.engine.part import PartOf
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import describe
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import Reason, State
from dreambridge.runtime.level_trial import remembered_level, take_best_level
from dreambridge.runtime.runner import StreamRunner
from dreambridge.system.priority import lower_priority

log = logging.getLogger("dreambridge")


def find_level(bundle: Bundle, name: str) -> int:
    """The place of a level in ``Manifest.level_names``; DreamError ``bad_argument`` if the bundle does not have it."""
    names = bundle.manifest.level_names
    if name not in names:
        said = f"The bundle {bundle.name!r} has no quality level {describe(name)}."
        raise DreamError("bad_argument", said, f"Its levels are: {', '.join(names)}. Without a level, the daemon chooses.")
    return names.index(name)


class Session(Queue, Protocol):
    """What this needs of its session."""

    bundle: Bundle
    pace: Pace
    runner: StreamRunner | None
    ahead: Ahead
    state: State | None

    @property
    def ask(self) -> Open: ...

    def set_state(self, state: State, code: Reason, reason: str, news: bool = False) -> None: ...


class Levels(PartOf[Session]):
    """For the session's thread, except ``name``."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._names = session.bundle.manifest.level_names
        self._asked = find_level(session.bundle, session.ask.level) if session.ask.level else None
        self._known: int | None = None
        self._loading = False

    @property
    def name(self) -> str:
        """The level of the next step; "" for a bundle that has only one."""
        runner = self.session.runner
        return self._names[runner.level if runner else 0] if len(self._names) > 1 else ""

    @property
    def names(self) -> list[str]:
        """All of the bundle, the best one first; empty for a bundle that has only one."""
        return self._names if len(self._names) > 1 else []

    def first(self, provider: str) -> int:
        """The level to load: the one that the client named, or that an earlier trial on ``provider`` chose, else the full one."""
        if self._asked is not None:
            return self._asked
        self._known = remembered_level(self.session.bundle, provider, self.session.pace.interval) if self._tries else None
        return self._known or 0

    def begin(self, runner: StreamRunner, provider: str) -> None:
        """After loading, before the first step: choose a level by a trial, unless it is known."""
        s = self.session
        if self._fixed:
            return
        if self._tries and self._known is None:
            take_best_level(runner, provider, s.pace.interval)
        s.pace.choose_among(s.bundle.manifest.level_costs, runner.level)

    @property
    def _tries(self) -> bool:
        """Whether a rate is to be kept. A session that begins paused begins with the full level: its client steps it."""
        s = self.session
        return not self._fixed and bool(s.pace.fps) and not s.ask.paused

    def after_step(self) -> None:
        """Follow the pace, once the graphs of the level are loaded."""
        s = self.session
        r, wanted = s.runner, s.pace.level
        if r is None or self._fixed or self._loading or wanted == r.level:
            return
        if r.has_level(wanted):
            self._switch(r, wanted)
        else:
            self._load(r, wanted)

    def go_to(self, level: int) -> None:
        """The next step has this level, for a replay or after a restore; waits until it is loaded. Errors as ``load_level``."""
        s = self.session
        assert s.runner
        s.runner.load_level(level)
        if level != s.runner.level:
            s.ahead.renew_scout()
            s.runner.level = level
        if not self._fixed:
            costs = s.bundle.manifest.level_costs[: max(len(s.pace.costs), level + 1)]
            s.pace.choose_among(costs, level, min(s.pace.best, level))

    def restored(self, name: object) -> None:
        """After a restore: go on at the level of the snapshot, unless the client named another one at `open`."""
        if isinstance(name, str) and name in self._names and not self._fixed:
            try:
                self.go_to(self._names.index(name))
            except DreamError as e:
                log.warning("session %d: its level %r cannot be loaded: %s", self.session.number, name, e)

    @property
    def _fixed(self) -> bool:
        return self._asked is not None or len(self._names) == 1

    def _switch(self, runner: StreamRunner, level: int) -> None:
        s, lower = self.session, level > runner.level
        s.ahead.renew_scout()
        runner.level = level
        s.pace.level_begins()
        reason = f"the quality level is {self._names[level]!r} now, because " + (
            "deadlines were missed" if lower else "there is room again"
        )
        log.info("session %d: %s", s.number, reason)
        if s.state:
            s.set_state(s.state, Reason.DEADLINES_MISSED if lower else Reason.ROOM_AGAIN, reason, news=True)

    def _load(self, runner: StreamRunner, level: int) -> None:
        """Load the graphs of a level in another thread; the stream goes on meanwhile."""
        session = self.session
        self._loading = session.pace.level_loads = True

        def load() -> None:
            lower_priority(session.ask.priority)
            runner.load_level(level)

        beside(session, "level", load, lambda failed: self._loaded(level, failed))

    def _loaded(self, level: int, failed: BaseException | None) -> None:
        s = self.session
        pace, runner = s.pace, s.runner
        self._loading = pace.level_loads = False
        if failed is None or runner is None:
            return
        log.warning("session %d: its level %r cannot be loaded: %s", s.number, self._names[level], failed)
        # Go on with the levels that are there.
        if level > runner.level:
            pace.choose_among(pace.costs[:level], runner.level, pace.best)
        elif level < runner.level:
            pace.choose_among(pace.costs, runner.level, max(pace.best, level + 1))
        pace.level_begins()
