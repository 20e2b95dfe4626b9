"""Directions of a session, on their way from a request to the timeline."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Condition
from dreambridge.conditioning.timeline import Array, Timeline
from dreambridge.conditioning.values import encode, find
from dreambridge.engine.ahead import Ahead
from dreambridge.engine.background import Answer
from dreambridge.engine.cutscene import Cutscene
from dreambridge.engine.life import Life
from dreambridge.engine.recorder import Recorder
from dreambridge.engine.settling import Settling
from dreambridge.protocol.replies import Directed
from dreambridge.ring import layout as L
from dreambridge.rules.rules import StreamRules
from dreambridge.runtime.runner import StreamRunner
from dreambridge.system.malloc import release_memory
from dreambridge.take import lines as T


@dataclass(frozen=True)
class Direction:
    """A direction: ``over`` in seconds, None for each condition's own; ``received`` in CLOCK_MONOTONIC ns."""

    values: Mapping[str, Any]
    over: float | None
    easing: str | None
    received: int
    cut: bool = False
    seed: int | None = None
    real_time: bool = False


class Directing(Life):
    """The part of a session that is directed. ``direct`` and ``encoded`` are called from the server's thread."""

    bundle: Bundle
    schema: Mapping[str, Condition]
    encoders: Any
    timeline: Timeline
    cutscene: Cutscene
    ahead: Ahead
    rules: StreamRules
    runner: StreamRunner | None
    recorder: Recorder | None
    revision: int
    applied_revision: int
    time: float
    flags: int
    stamps: tuple[int, int]
    index: int
    settling: Settling

    def direct(
        self,
        values: Mapping[str, Any],
        over: float | None,
        easing: str | None,
        received: int,
        reply: Answer,
        cut: bool = False,
        seed: int | None = None,
        real_time: bool = False,
    ) -> None:
        """Check and encode ``values`` now, apply them between two steps; ``reply`` gets ``directed`` or the error."""
        direction = Direction(values, 0.0 if cut else over, easing, received, cut, seed, real_time)
        self.encoded(values, lambda coded: self._accept(direction, coded, reply), reply)

    def encoded(self, values: Mapping[str, Any], then: Callable[[dict[str, Array | None]], None], reply: Answer) -> None:
        """Check and encode ``values``, and call ``then`` with the tensors; ``reply`` gets a DreamError if they are refused."""
        specs = {name: find(self.schema, name) for name in values}
        # A sentence or a picture takes milliseconds: another thread encodes it, and later requests wait.
        if any(c.kind in ("text", "image") and values[n] is not None for n, c in specs.items()):
            self.in_background(lambda: then(self._coded(values)), reply)
        else:
            self.in_order(lambda: then(self._coded(values)), reply)

    def new_revision(self) -> int:
        """Of conditions that will hold later; in the order of the requests."""
        with self._lock:
            self.revision += 1
            return self.revision

    def _accept(self, d: Direction, coded: Mapping[str, Array | None], reply: Answer) -> None:
        """Give a direction a revision and queue it."""
        revision, at = self.new_revision(), self.time
        # First queue the work, then reply: a `step` that the client sends after the reply must come later.
        self.enqueue(lambda: self._apply(d, coded, revision))
        longest = max((self.timeline.seconds(n, d.over) for n in coded), default=0.0)
        reply(Directed(revision=revision, at=at, over=longest, received_ns=d.received))

    def _coded(self, values: Mapping[str, Any]) -> dict[str, Array | None]:
        return {n: None if v is None else encode(n, find(self.schema, n), v, self.embed) for n, v in values.items()}

    # -- in the session's thread, or in that of its background work -----------------------------------------------
    def embed(self, name: str, sentence: str) -> Any:
        provider = self.runner.provider if self.runner else "cpu"
        return self.encoders.encode(self.bundle, self.schema[name], self.rules.text(name, sentence), self.text_runs, provider)

    def _release(self) -> None:
        if self.encoders:
            self.encoders.leave(self.text_runs)
        release_memory()

    def _apply(self, d: Direction, coded: Mapping[str, Array | None], revision: int) -> None:
        assert self.runner
        if d.cut:
            self.timeline.calm()
        self.timeline.direct(coded, self.time, d.over, d.easing, d.real_time)
        self.timeline.remember(d.values)
        self.settling.begin(revision, coded, self.time, self.index)
        self.applied_revision = revision
        self.stamps = (d.received, time.monotonic_ns())
        if self.recorder:
            if d.cut:
                self.recorder.note(T.Cut, {"values": d.values, "seed": d.seed})
            else:
                fields = {"values": d.values, "over": d.over, "easing": d.easing, "real_time": d.real_time}
                self.recorder.note(T.Direct, fields)
        self.cutscene.held(coded)
        if d.cut:
            self.ahead.forget()
            self._begin_cut(d.seed)

    def _begin_cut(self, seed: int | None) -> None:
        assert self.runner
        self.runner.reset(seed)
        self.flags |= L.FLAG_CUT
