"""Walks that give the frames of a film, one step after the other, and can be resumed; here the one through a cutscene."""

import json
import math
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bake.replayer import STEP_TIMEOUT, slots_of
from dreambridge.client.cutscene import Cutscene
from dreambridge.client.stream import Stream
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import CutsceneHappened
from dreambridge.protocol.text import counted

Tensors = Mapping[str, tuple[NDArray[np.float32], float]]
CAPTIONS_STAY = 2.0  # seconds that a burnt-in direction is shown
REQUEST_SECONDS = 2.0  # of work that one request asks for: a bake that is stopped waits for its end


@dataclass
class Way:
    """One film: the selected options and the offered ones at each choice, its shots with their first frames, and its length."""

    chosen: list[str] = field(default_factory=list)
    offered: list[list[str]] = field(default_factory=list)
    shots: list[str] = field(default_factory=list)
    cues: list[list[Any]] = field(default_factory=list)  # first frame, shot ("" is none), second of the shot
    frames: int = 0
    sha256: str = ""

    @property
    def name(self) -> str:
        return ".".join(self.chosen)

    @property
    def rank(self) -> list[int]:
        """Ways in this order begin with the first options."""
        return [o.index(c) for c, o in zip(self.chosen, self.offered, strict=True)]


@dataclass(frozen=True)
class Pictures:
    """What one step adds to a film: ``frames`` uint8 [n, H, W, 4], and for each frame its row of labels and its captions."""

    frames: NDArray[np.uint8]
    index: int  # of the first frame, in its stream
    time: float
    revision: int
    cut: bool
    tensors: Tensors
    captions: list[str]
    # Of the view that was painted over, uint8 [H, W, 4] each.
    layers: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)


class Walk(ABC):
    """``way`` grows. ``state`` and a snapshot of the stream are what ``resume`` takes, in another process too.

    Both must be taken at the frame ``rest_at`` only: before it, the stream may be some steps further than ``way``. ``at_once`` :
    most steps that are made with one request; fewer if they take more than ``REQUEST_SECONDS``. Between two requests a model
    would stand still for a tenth of Vista's step. Once ``stopping`` is true, no steps are asked for before they are needed.
    """

    rest_at = 0
    stopping: Callable[[], bool] = staticmethod(lambda: False)

    def __init__(self, stream: Stream, fps: float, tell: tuple[str, ...], at_once: int) -> None:
        self.stream, self.fps, self.tell, self.way = stream, fps, tell, Way()
        self._most_at_once = 1 if tell else at_once  # the tensors of one step only are told
        self._step_seconds = math.inf  # until the first request is answered
        self._said: list[tuple[float, str]] = []
        self.sizes: dict[str, int] = {}  # numbers in the tensor of each told condition

    @abstractmethod
    def __iter__(self) -> Iterator[Pictures]: ...

    @property
    def at_once(self) -> int:
        """Steps to ask for with the next request."""
        return max(1, min(self._most_at_once, int(REQUEST_SECONDS / max(1e-6, self._step_seconds))))

    def took(self, steps: int, seconds: float) -> None:
        """A request for so many steps was answered after ``seconds``."""
        self._step_seconds = seconds / max(1, steps)

    def state(self) -> dict[str, Any]:
        way = {k: v for k, v in asdict(self.way).items() if k != "sha256"}
        return {"way": way, "said": self._said, "sizes": self.sizes, "place": self._place()}

    def resume(self, state: Mapping[str, Any], snapshot: bytes) -> None:
        self.way, self.sizes = Way(**state["way"]), state["sizes"]
        self._said = [(at, text) for at, text in state["said"]]
        self._go_to(state["place"], snapshot)

    @abstractmethod
    def _place(self) -> list[Any]: ...

    @abstractmethod
    def _go_to(self, place: list[Any], snapshot: bytes) -> None: ...

    def close(self) -> None:  # noqa: B027 - not every walk holds something
        """Release what it holds."""

    def _measure(self, tensors: Tensors) -> None:
        if not self.sizes:
            self.sizes = {n: v.size for n, (v, _) in tensors.items()}

    def _say(self, text: str) -> None:
        self._said = [*self._said[-8:], (self.way.frames / self.fps, text)]

    def _captions(self, where: str) -> list[str]:
        now = self.way.frames / self.fps
        return [where, *(text for at, text in self._said if now - at < CAPTIONS_STAY)]


class CutsceneWalk(Walk):
    """Steps a paused stream through its cutscene. Nothing depends on the clock: the same way always gives the same pixels.

    Awaited signals are sent at once; a choice is made after ``thinking`` seconds of stream time: ``choices`` in order, then the
    first offered option. DreamError ``bad_argument`` names a choice that is not offered, or a way that does not end in time.
    """

    def __init__(
        self, stream: Stream, scene: Cutscene, choices: list[str], thinking: float, most: float, start: bytes,
        tell: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        # While frames are encoded, the next steps are made: the ring has to keep those of two requests.
        super().__init__(stream, float(stream.info.fps), tell, slots_of(stream) // 2)
        self.scene, self.choices, self.thinking, self.most, self._start = scene, choices, thinking, most, start
        self._begun: int | None = None
        self._choose_at: int | None = None
        self._end: int | None = None
        self._shot, self._shot_at = "", 0
        self._been = list[str]()  # shot, variables and choices left at each beginning of a shot
        # A request is answered when its steps are made, so a thread waits for that.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="next-steps")

    def close(self) -> None:
        """Wait for steps that nobody wants any more."""
        self._thread.shutdown()

    def _place(self) -> list[Any]:
        return [self._begun, self._choose_at, self._shot, self._shot_at, self._been]

    def _go_to(self, place: list[Any], snapshot: bytes) -> None:
        self._begun, self._choose_at, self._shot, self._shot_at, self._been = place
        self.stream._ask_session(R.Restored, M.Replay, data=snapshot, revision=0)

    def __iter__(self) -> Iterator[Pictures]:
        if self._begun is None:
            self.stream._ask_session(R.Restored, M.Replay, data=self._start, revision=0)
            self._begun = self.scene.play().frame_index
        way, per, ahead = self.way, self.stream.info.frames_per_step, None
        while self._end is None:
            if way.frames > self.most * self.fps:
                name = way.name or "(no choices)"
                said = f"The way {name!r} has not ended after {self.most:g} s, in the shot {self._shot!r}."
                raise DreamError("bad_argument", said, "Choose another way, or raise --max-seconds.")
            made = ahead.result() if ahead else self._steps_from(way.frames).result()
            # The daemon sends the events of steps before its reply, so they have arrived.
            events = deque(self.scene.take_events())
            then = way.frames + made.steps * per
            on = not any(e.happened in ("waiting", "choice", "ended") for e in events)
            on = on and then < self.rest_at and then <= self.most * self.fps and not self.stopping()
            ahead = self._steps_from(then) if on else None
            for publication in range(made.published - made.steps + 1, made.published + 1):
                pictures = self._pictures(publication, made, events)
                if pictures:
                    yield pictures

    def _pictures(self, publication: int, made: R.Stepped, events: deque[CutsceneHappened]) -> Pictures | None:
        """What a step adds to the film; None after its end."""
        assert self._begun is not None
        way, (frame, tensors) = self.way, self.stream._told((self.stream._published(publication), made))
        self._measure(tensors)
        now = [events.popleft() for _ in range(sum(e.frame_index <= frame.index for e in events))]
        for event in now:
            self._happened(event, event.frame_index - self._begun)
        self._refuse_cycle(now)
        count = len(frame.frames) if self._end is None else max(0, min(len(frame.frames), self._end - way.frames))
        if not count:
            return None
        first = frame.index - len(frame.frames) + 1
        where = f"{way.frames / self.fps:.2f} s  {self._shot} {(way.frames - self._shot_at) / self.fps:.2f} s"
        captions = self._captions(where)
        way.frames += count
        return Pictures(frame.frames[:count], first, frame.time, frame.revision, bool(frame.flags & 1), tensors, captions)

    def _refuse_cycle(self, events: list[CutsceneHappened]) -> None:
        """DreamError ``bad_argument`` if the way comes to where it was, from which it would go on in the same way for ever."""
        # Of several shots that begin at one frame, the event of the last one alone has the variables of its beginning.
        begun = next((e for e in reversed(events) if e.happened == "shot"), None)
        if begun is None or events[-1].happened == "ended":
            return
        here = json.dumps([begun.shot, begun.variables, min(len(self.way.chosen), len(self.choices))], sort_keys=True)
        if here in self._been:
            said = f"The way {self.way.name or '(no choices)'!r} never ends: the shot {begun.shot!r} begins again with the same "
            said += "variables, and nothing is left to choose."
            raise DreamError("bad_argument", said, "Choose another way, or let something end the cutscene.")
        self._been.append(here)

    def _steps_from(self, frames: int) -> Future[R.Stepped]:
        """Ask for the next steps, when the film has so many frames: as many as no choice, rest or end of patience parts."""
        if self._choose_at is not None and frames >= self._choose_at:
            self.scene.choose(self.way.chosen[-1])
            self._choose_at = None
        ends = [math.floor(self.most * self.fps) + 1, *(at for at in (self.rest_at, self._choose_at) if at and at > frames)]
        count = min(self.at_once, -(-(min(ends) - frames) // self.stream.info.frames_per_step))
        return self._thread.submit(self._make, max(1, count))

    def _make(self, count: int) -> R.Stepped:
        begun = time.monotonic()
        made = self.stream._several_steps(count, STEP_TIMEOUT, conditions=self.tell, until_wait=True)
        self.took(made.steps, time.monotonic() - begun)
        return made

    def _happened(self, event: CutsceneHappened, index: int) -> None:
        way = self.way
        if event.happened == "shot":
            way.shots.append(event.shot)
            way.cues.append([index, event.shot, event.at])
            self._shot, self._shot_at = event.shot, index
        elif event.happened == "mark":
            self._say(f"mark {event.name}")
        elif event.happened == "waiting":
            self.scene.signal(event.name)
            self._say(f"signal {event.name}")
        elif event.happened == "choice":
            way.chosen.append(self._option(event, len(way.chosen)))
            way.offered.append([o.id for o in event.options])
            self._say(f"choice {way.chosen[-1]}")
            frames = round(self.thinking * self.fps)
            if event.limit is not None:  # else it would be over, and another option taken
                frames = min(frames, math.floor(event.limit * self.fps))
            self._choose_at = index + max(1, frames)
        elif event.happened == "ended":
            if rest := self.choices[len(way.chosen) :]:
                said = f"The path names {len(self.choices)} options, but the way has {counted(len(way.chosen), 'choice')}."
                raise DreamError("bad_argument", said, f"Leave out {', '.join(rest)}.")
            self._end = index

    def _option(self, event: CutsceneHappened, number: int) -> str:
        offered = [o.id for o in event.options]
        if number >= len(self.choices):
            if not offered:
                raise DreamError("bad_argument", f"The choice of the shot {event.shot!r} offers nothing.", "See its `if`s.")
            return offered[0]
        if self.choices[number] not in offered:
            said = f"Choice {number + 1} of the path, {self.choices[number]!r}, is not offered in the shot {event.shot!r}."
            raise DreamError("bad_argument", said, f"Offered: {', '.join(offered) or 'none'}.")
        return self.choices[number]
