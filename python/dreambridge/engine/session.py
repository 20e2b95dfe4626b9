"""A session: one running stream with its state, its conditions, its ring and its thread."""

import contextlib
import logging
import os
from collections import deque
from contextlib import AbstractContextManager
from typing import Any

from dreambridge.bundle.budgets import RING
from dreambridge.bundle.load import Bundle
from dreambridge.conditioning.timeline import Timeline
from dreambridge.engine.ahead import Ahead
from dreambridge.engine.background import Answer
from dreambridge.engine.core_share import CoreShare
from dreambridge.engine.cutscene import Cutscene
from dreambridge.engine.files import FileStore
from dreambridge.engine.levels import Levels
from dreambridge.engine.output import Output
from dreambridge.engine.pace import Pace
from dreambridge.engine.places import Clock
from dreambridge.engine.recorder import Recorder
from dreambridge.engine.reload import Reload
from dreambridge.engine.session_replies import opened, stats
from dreambridge.engine.session_state import Emit
from dreambridge.engine.settling import Settling
from dreambridge.engine.shelf import Shelf
from dreambridge.engine.spare import SpareTime
from dreambridge.engine.spinning import Spinning
from dreambridge.engine.stepping import Stepping
from dreambridge.engine.view import SessionView
from dreambridge.engine.watchdog import LoadQueue, Watchdog
from dreambridge.protocol.fields import check_arguments
from dreambridge.protocol.replies import Ok, Opened, StreamStats
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import State
from dreambridge.ring import layout as L
from dreambridge.rules.rules import Rules, StreamRules
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.start import start_runner
from dreambridge.system.processes import cores, start_time

log = logging.getLogger("dreambridge")


class Session(Stepping):
    """Runs from ``start`` to ``close``. Public methods are thread-safe and do not wait for a step.

    ``emit`` gets the events. All sessions of a daemon share ``watchdog``, ``loads``, ``files``, ``spare`` and
    ``rules``.
    """

    def __init__(
        self,
        number: int,
        bundle: Bundle,
        ask: Open,
        provider: str,
        epoch: int,
        encoders: Any,
        emit: Emit,
        watchdog: Watchdog | None = None,
        loads: LoadQueue | None = None,
        files: FileStore | None = None,
        spare: SpareTime | None = None,
        rules: Rules | None = None,
    ) -> None:
        m = bundle.manifest
        check_arguments(ask)
        fps = m.frame.fps if ask.fps is None else ask.fps or None
        pace = Pace(fps, m.frame.fps, m.frame.per_step)
        super().__init__(number, bundle, ask, pace, emit, watchdog or Watchdog(), loads or LoadQueue())
        self.provider_asked, self.epoch = provider, epoch
        self.schema, self.encoders = m.directed, encoders
        self.timeline = Timeline(self.schema, m.step.blended)
        self.settling = Settling(number, self.timeline, emit)
        self.rules = StreamRules(rules or Rules(), bundle, ask.less_flashing)
        self.revision = self.applied_revision = 0
        self.index = self.number_of_step = 0
        self.time = 0.0
        self.clock = Clock()
        self.flags = 0
        self.stamps = (0, 0)
        self.steps_ms: deque[float] = deque(maxlen=240)
        self.published_at: deque[float] = deque(maxlen=240)
        self.runner: StreamRunner | None = None
        self.levels = Levels(self)
        self.layout(ask.slots, m.frame.per_step, L.OPAQUE)  # refuse a ring that is too large before anything is loaded
        self.output = Output(self)
        self.view = SessionView(self)
        self.cutscene = Cutscene(self, files or FileStore())
        self.shelf = Shelf(self, ask.shelf)
        self.recorder: Recorder | None = None
        spare = spare or SpareTime()
        spare.join(self)
        self._spare_time = spare
        self.ahead = Ahead(self, spare)
        self.reload = Reload(self)
        self.spinning = Spinning(self)
        self.core_share = CoreShare(self, spare.cores)

    @property
    def level(self) -> str:
        return self.levels.name

    @property
    def priority(self) -> str:
        return self.ask.priority

    def check_supported(self, request: str) -> None:
        """DreamError ``not_supported`` if the model cannot do what a request of that type asks for."""

    def making_a_file(self) -> AbstractContextManager[None]:
        return self.output.making_a_file()

    # -- called from the server's thread -----------------------------------------------------------------------------
    def threads_within(self, seconds: float) -> int:
        """Threads that its own steps use between now and then."""
        if self.over or (self.state in (State.PAUSED, State.ORPHANED, State.FAILED) and not self._begun):
            return 0
        if self.runner is None:
            return cores()  # it loads, and tries how many threads are best
        return self.runner.threads if self._begun or self.pace.wait() < seconds else 0

    def less_flashing(self, on: bool, reply: Answer) -> None:
        """The player's choice; ``reply`` gets ``ok``."""

        def work() -> Ok:
            self.rules.set_less_flashing(on)
            self.ahead.forget()  # what was made ahead shows events that may be off now
            return Ok()

        self.submit(work, reply)

    def remove_rings(self) -> None:
        """Remove only the files; open readers keep them. For a model in the middle of a step that cannot be ended."""
        with self.output.files:
            for ring in (self.ring, self.view.ring):
                if ring:
                    with contextlib.suppress(OSError):
                        ring.path.unlink()

    def opened(self) -> Opened:
        return opened(self)

    def stats(self) -> StreamStats:
        return stats(self)

    # -- in the session's thread -------------------------------------------------------------------------------------
    @property
    def takes_all(self) -> bool:
        """Whether it may use the whole machine. Then the step's threads do not sleep between its operators."""
        alone = self.bundle.manifest.step.batch <= 1  # those that step together need the same weights
        return alone and self.pace.fps is None and self.ask.priority == "normal" and self.ask.max_cpu == 1

    @property
    def shares_the_machine(self) -> bool:
        """Whether other sessions of the daemon step, too."""
        return self._spare_time.others_step(self)

    def layout(self, slots: int, frames: int, alpha: int) -> L.Layout:
        """Raise DreamError ``no_space`` if the ring would be larger than allowed."""
        pid, f = os.getpid(), self.bundle.manifest.frame
        fixed = L.Layout(self.epoch, pid, max(start_time(pid), 0), slots, frames, f.width, f.height, alpha, self.pace.fps or 0.0)
        what = f"A ring of {slots} slots with {frames} x {f.width} x {f.height} pixels takes"
        RING.check(fixed.size, "no_space", what, "Open it with fewer slots")
        return fixed

    @property
    def stem(self) -> str:
        """The prefix of the names of this session's rings."""
        uid = os.getuid() if hasattr(os, "getuid") else 0
        return f"dreambridge-{uid}-{self.epoch}-{self.number}"

    def _load(self) -> None:
        m, ask = self.bundle.manifest, self.ask
        # Also check files that are read later, so that a changed bundle fails at open and not at the first prompt.
        self.bundle.check_files({m.step.graph, *(e.graph for e in m.encoders)}, missing_ok=True)
        self.timeline.begin(self.bundle.defaults())
        values = self.timeline.at(0.0)
        share = self._spare_time.cores.share(self)
        provider = self.provider_asked
        self.runner = start_runner(
            self.bundle, provider, ask.seed, ask.threads, ask.max_cpu, self.takes_all, self.runs, values, share,
            self.levels.first(provider),
        )  # fmt: skip
        self.runner.priority = ask.priority
        self.levels.begin(self.runner, provider)
        self.runner.masks = self.rules.masks
        self.shelf.begin()
        self.core_share.begin()
        if ask.values:
            self.timeline.direct(self._coded(ask.values), 0.0, 0.0)
            self.timeline.remember(ask.values)
            self.revision = self.applied_revision = 1
        fixed = self.layout(ask.slots, m.frame.per_step, L.ALPHA[m.frame.alpha])
        self.runner.lock_frames(self.output.make(fixed))

    def _spare(self, room: float) -> float:
        return self.ahead.wait(room)

    def _use_spare(self) -> None:
        self.ahead.use()

    @property
    def _begun_beside(self) -> float:
        return self.ahead.begun

    def _stood_still_beside(self, now: float, seconds: float) -> None:
        self.ahead.stood_still(now, seconds)

    def _close_ring(self) -> None:
        self.output.close()

    def _release(self) -> None:
        self.view.close()
        self.output.close()
        self.runner = None
        self.shelf.clear()
        self.ahead.end()
        super()._release()
