"""A session whose model runs on another machine: pictures come when they come, and directions go out as events."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Protocol, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.load import Bundle
from dreambridge.conditioning.timeline import Array
from dreambridge.engine.directing import Direction
from dreambridge.engine.session import Session
from dreambridge.engine.session_state import RUNNING, Emit
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import Reason, State
from dreambridge.ring import layout as L
from dreambridge.ring.writer import Stamp
from dreambridge.runtime.runner import StreamRunner, Values
from dreambridge.runtime.runs import Stopped

# Its state is on the server, which cannot copy it, and makes no single step.
UNSUPPORTED = frozenset(
    ["snapshot", "restore", "replay", "record", "keep", "rewind", "step", "adopt", "drop"]
    + ["fork", "fork_direct", "fork_choose", "fork_signal", "fork_prepare"]
)
LOOK_AGAIN = 0.02  # seconds
LATE = 1.0  # seconds without a picture, after which the state says so


class Picture(Protocol):
    """``pixels`` uint8 [1, H, W, 4]; times in CLOCK_MONOTONIC ns."""

    pixels: NDArray[np.uint8]
    arrived: int
    decoded: int


class Stream(Protocol):
    """The interface of what plays it."""

    seed: int

    def number_of(self, text: str) -> Array: ...

    def connect(self, values: Values, revision: int) -> None: ...

    def direct(self, values: Values, revision: int, at_once: bool) -> None: ...

    def take(self) -> "tuple[Picture, bool] | None": ...

    def revision(self) -> int: ...

    def give_back(self, pixels: NDArray[np.uint8]) -> None: ...

    def reset(self, seed: int | None) -> None: ...

    def close(self) -> None: ...


Come = Callable[[], None]
News = Callable[[str], None]
Failed = Callable[[DreamError], None]
# Bundle, seed, fps, and what is called in other threads. DreamError as ``Stream.connect``.
Starter = Callable[[Bundle, int, float, Come, News, Failed], Stream]


class AsRunner:
    """What the rest of a session asks of its runner, where none is."""

    provider, provider_reason, threads, device, spin = "remote", "", 1, "cpu", False
    meta: Mapping[str, Any] = {}
    operators: Mapping[str, int] = {}
    copies_of_steps, copies = 0, SimpleNamespace(frames=0)

    def __init__(self, session: "RemoteSession") -> None:
        self._session = session
        self.masks: Mapping[str, Array] = {}

    @property
    def seed(self) -> int:
        return self._session.stream.seed

    def reset(self, seed: int | None = None) -> None:
        self._session.stream.reset(seed)


def _told(bundle: Bundle) -> Bundle:
    """Texts change at once: their tensors are numbers of sentences, and there is nothing between two of them."""
    m = bundle.manifest
    spec = {n: msgspec.structs.replace(c, size=1, discrete=True) if c.kind == "text" else c for n, c in m.conditions.items()}
    return replace(bundle, manifest=msgspec.structs.replace(m, conditions=spec))


class RemoteSession(Session):
    """Directed and shown as any session. Requests of ``UNSUPPORTED`` are refused with ``not_supported``."""

    stream: Stream

    def __init__(self, number: int, bundle: Bundle, ask: Open, epoch: int, emit: Emit, start: Starter, *more: Any) -> None:
        super().__init__(number, _told(bundle), ask, "cpu", epoch, None, emit, *more)
        self._spare_time.cores.leave(self)
        self._start_stream = start
        self._dry = False  # a picture is due, and none is here
        self._late, self._since = "", time.monotonic()
        self._lost = ""

    def check_supported(self, request: str) -> None:
        if request in UNSUPPORTED:
            raise DreamError(
                "not_supported",
                f"{request} is not available: the model of {self.bundle.name!r} runs on another machine.",
                "Save the directions instead: they are what the stream continues with.",
            )

    # -- in the session's thread -------------------------------------------------------------------------------------
    def _load_turn(self) -> AbstractContextManager[None]:
        return nullcontext()  # it loads nothing, and a server that does not answer would hold the place

    def _load(self) -> None:
        ask, m = self.ask, self.bundle.manifest
        fps = self.pace.fps or m.frame.fps
        self.stream = self._start_stream(self.bundle, ask.seed, fps, self._come, self._news, self._failed)
        self.runner = cast(StreamRunner, AsRunner(self))
        self.runner.masks = self.rules.masks
        if ask.values:
            self.timeline.direct(self._coded(ask.values), 0.0, 0.0)
            self.timeline.remember(ask.values)
            self.revision = self.applied_revision = 1
        self.output.make(self.layout(ask.slots, 1, L.ALPHA["opaque"]))
        self._connect(self._now())

    def _connect(self, values: Values) -> None:
        """Connect in another thread, because a session that is closed does not wait for a server. DreamError, ``Stopped``."""
        done, failed = threading.Event(), list[BaseException]()

        def connect() -> None:
            try:
                self.stream.connect(values, self.revision)
            except BaseException as e:
                failed.append(e)
            finally:
                done.set()

        threading.Thread(target=connect, name=f"connect-{self.number}", daemon=True).start()
        while not done.wait(0.02):
            self.runs.check()
        if failed:
            raise failed[0]

    def _now(self) -> Values:
        values = dict(self.timeline.at(self.time))
        for name, mask in self.rules.masks.items():
            values[name] = (values[name][0] * mask, values[name][1])
        return values

    def embed(self, name: str, sentence: str) -> Any:
        return self.stream.number_of(self.rules.text(name, sentence))

    def _apply(self, d: Direction, coded: Mapping[str, Array | None], revision: int) -> None:
        super()._apply(d, coded, revision)
        self.stream.direct(self._now(), revision, True)

    def _spare(self, room: float) -> float:
        return 3600.0

    def _use_spare(self) -> None:
        pass

    def threads_within(self, seconds: float) -> int:
        return 0

    @property
    def _going(self) -> State:
        return State.SLOWED if self._late else super()._going

    def _step_due(self) -> None:
        taken = self.stream.take()
        now = time.monotonic()
        if taken is None:
            self._wait_for_pictures(now)
            return
        self._dry, self._since = False, now
        if self._late:
            self._late = ""
            self.set_state(self._going, Reason.REMOTE_BACK, "pictures come again")
        with self.timed():
            spent = self._show(*taken)
        dropped, dt = self.pace.dropped, self.pace.dt
        self.pace.late.clear()  # never a lower rate: the server keeps to its own, and the stream would grow late
        self.pace.done(spent)
        if self.pace.dropped > dropped:
            self._drop((self.pace.dropped - dropped) * dt)

    def _wait_for_pictures(self, now: float) -> None:
        with self._wake:
            self._dry = True
            self.pace.due = self.pace.rested = now + LOOK_AGAIN
        if not self._late and now - self._since > LATE:
            self._late = self._lost or "the server sends no pictures"
            self.set_state(State.SLOWED, Reason.REMOTE_LATE, self._late)

    def _show(self, picture: Picture, first: bool) -> float:
        begun = time.monotonic()
        self.output.renew_if_lost()
        dt = self.pace.dt
        if first and self.index:
            self.flags |= L.FLAG_CUT  # another connection, and another world; or a jump to the latest pictures
        _, cut, seed = self.cutscene.advance()
        if cut:
            self._begin_cut(seed)
        self.stream.direct(self._now(), self.applied_revision, False)
        # The decoder's own memory: it is copied once, into the slot.
        before, self.output.frames = self.output.frames, picture.pixels
        self.stream.give_back(before)
        self.rules.damp(self.output.frames, self._elapsed(False, dt))
        revision = self.stream.revision()
        with self._lock:
            if self.given_up:
                raise Stopped
            self.output.publish(
                Stamp(
                    1,
                    self.index,
                    revision,
                    self.time,
                    (picture.decoded - picture.arrived) / 1e6,
                    self.flags,
                    self.stamps[0],
                    self.stamps[1],
                    picture.arrived,
                    picture.decoded,
                    self.pace.dropped,
                )
            )
        if revision == self.applied_revision:
            self.settling.look(self.time, self.index)
        self.flags = 0
        self.index += 1
        self.number_of_step += 1
        self.time += dt
        self.steps_ms.append((picture.decoded - picture.arrived) / 1e6)
        self.published_at.append(time.monotonic())
        return time.monotonic() - begun

    def _release(self) -> None:
        if hasattr(self, "stream"):
            self.stream.close()
        super()._release()

    # -- in other threads --------------------------------------------------------------------------------------------
    def _come(self) -> None:
        with self._wake:
            if self._dry:
                self._dry = False
                self.pace.due = self.pace.rested = time.monotonic()
                self._wake.notify()

    def _news(self, said: str) -> None:
        self._lost = said

    def _failed(self, e: DreamError) -> None:
        def fail() -> None:
            raise e

        if self.state not in (*RUNNING, State.PAUSED, State.ORPHANED, State.STUCK, None):
            return
        self.enqueue(fail)
