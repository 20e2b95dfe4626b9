"""Walks through a cutscene or a take that give the frames of a film, one step after the other, and can be resumed."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bake.replayer import STEP_TIMEOUT, Replayer
from dreambridge.client.cutscene import Cutscene
from dreambridge.client.stream import Stream
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import CutsceneHappened
from dreambridge.ring.reader import Frame
from dreambridge.take import lines as T

Tensors = Mapping[str, tuple[NDArray[np.float32], float]]
CAPTIONS_STAY = 2.0  # seconds that a burnt-in direction is shown
TOLD = 70  # characters of a burnt-in value


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
    layers: tuple[NDArray[np.uint8], ...] = ()  # label and depth, uint8 [H, W, 4], of the view that was painted over


class Walk(ABC):
    """``way`` grows. ``state`` and a snapshot of the stream are what ``resume`` takes, in another process too.

    Both must be taken at the frame ``rest_at`` only: before it, the stream may be a step further than ``way``.
    """

    rest_at = 0

    def __init__(self, stream: Stream, fps: float, tell: tuple[str, ...]) -> None:
        self.stream, self.fps, self.tell, self.way = stream, fps, tell, Way()
        self._said: list[tuple[float, str]] = []
        self.sizes: dict[str, int] = {}  # numbers in the tensor of each told condition

    @abstractmethod
    def __iter__(self) -> Iterator[Pictures]: ...

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
        super().__init__(stream, float(stream.info.fps), tell)
        self.scene, self.choices, self.thinking, self.most, self._start = scene, choices, thinking, most, start
        self._begun: int | None = None
        self._choose_at: int | None = None
        self._end: int | None = None
        self._shot, self._shot_at = "", 0
        # While a frame is encoded, the next step is made: in this thread, because a request is answered when its step is made.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="next-step")
        self._next: Future[tuple[Frame, Tensors]] | None = None

    def close(self) -> None:
        """Wait for a step that nobody wants any more."""
        self._thread.shutdown()

    def _place(self) -> list[Any]:
        return [self._begun, self._choose_at, self._shot, self._shot_at]

    def _go_to(self, place: list[Any], snapshot: bytes) -> None:
        self._begun, self._choose_at, self._shot, self._shot_at = place
        self.stream._ask_session(R.Restored, M.Replay, data=snapshot, revision=0)

    def __iter__(self) -> Iterator[Pictures]:
        way = self.way
        if self._begun is None:
            self.stream._ask_session(R.Restored, M.Replay, data=self._start, revision=0)
            self._begun = self.scene.play().frame_index
        while self._end is None:
            if way.frames > self.most * self.fps:
                name = way.name or "(no choices)"
                said = f"The way {name!r} has not ended after {self.most:g} s, in the shot {self._shot!r}."
                raise DreamError("bad_argument", said, "Choose another way, or raise --max-seconds.")
            frame, tensors = self._step()
            self._measure(tensors)
            # The daemon sends the events of a step before its reply, so they have arrived.
            for event in self.scene.take_events():
                self._happened(event, event.frame_index - self._begun)
            count = len(frame.frames) if self._end is None else max(0, min(len(frame.frames), self._end - way.frames))
            if count:
                first = frame.index - len(frame.frames) + 1
                where = f"{way.frames / self.fps:.2f} s  {self._shot} {(way.frames - self._shot_at) / self.fps:.2f} s"
                captions = self._captions(where)
                way.frames += count
                if self._end is None and way.frames < self.rest_at and way.frames <= self.most * self.fps:
                    self._choose_if_due()
                    self._next = self._thread.submit(self._made)
                yield Pictures(frame.frames[:count], first, frame.time, frame.revision, bool(frame.flags & 1), tensors, captions)

    def _choose_if_due(self) -> None:
        if self._choose_at is not None and self.way.frames >= self._choose_at:
            self.scene.choose(self.way.chosen[-1])
            self._choose_at = None

    def _step(self) -> tuple[Frame, Tensors]:
        """The next step, which may have begun before."""
        ahead, self._next = self._next, None
        if ahead:
            return ahead.result()
        self._choose_if_due()
        return self._made()

    def _made(self) -> tuple[Frame, Tensors]:
        if self.tell:
            return self.stream.step_telling(self.tell, STEP_TIMEOUT)
        return self.stream.step(timeout=STEP_TIMEOUT)[0], {}

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
            self._choose_at = index + max(1, round(self.thinking * self.fps))
        elif event.happened == "ended":
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


class TakeWalk(Walk):
    """Repeats a take at a constant rate: where it was recorded at a lower rate, frames are shown for longer.

    ``offsets`` : the second at which the sound of each shot begins, in its file.
    """

    def __init__(self, stream: Stream, replayer: Replayer, fps: float, offsets: Mapping[str, float]) -> None:
        super().__init__(stream, fps, replayer.tell)
        self.replayer, self.offsets = replayer, offsets
        self._time = 0.0  # of the take's frames so far

    def _place(self) -> list[Any]:
        return [self._time, self.replayer.place]

    def _go_to(self, place: list[Any], snapshot: bytes) -> None:
        self._time = place[0]
        self.replayer.resume(place[1], snapshot)

    def __iter__(self) -> Iterator[Pictures]:
        way = self.way
        for shown in self.replayer:
            frame, per = shown.frame, len(shown.frame.frames)
            self._measure(shown.values)
            for line in shown.lines:
                self._told(line)
            self._stood(self.replayer.stood)
            for event in self.replayer.scene.take_events() if self.replayer.scene else ():
                if event.happened == "shot":
                    way.shots.append(event.shot)
                    way.cues.append([way.frames, event.shot, event.at])
                elif event.happened == "ended":
                    way.cues.append([way.frames, "", 0.0])
            captions = self._captions(f"{way.frames / self.fps:.2f} s  frame {frame.index}")
            pictures: list[NDArray[np.uint8]] = []
            for picture in frame.frames:
                self._time += shown.dt
                pictures += [picture] * max(0, round(self._time * self.fps) - way.frames - len(pictures))
            way.frames += len(pictures)
            if pictures:
                first = frame.index - per + 1
                yield Pictures(
                    np.stack(pictures), first, frame.time, frame.revision, bool(frame.flags & 1), shown.values, captions,
                    tuple(self.replayer.layers),
                )  # fmt: skip

    def _stood(self, status: R.CutsceneStatus | None) -> None:
        """The film goes on in the middle of a shot, and so does its sound."""
        if status and status.status != "ended" and status.sound is not None and status.shot in self.offsets:
            self.way.cues.append([self.way.frames, status.shot, status.sound - self.offsets[status.shot]])

    def _told(self, line: T.Line) -> None:
        if isinstance(line, T.Jump):
            self._say(f"{line.why} to frame {line.to}")
            self.way.cues.append([self.way.frames, "", 0.0])  # until it is known where the cutscene stands
        elif isinstance(line, (T.Direct, T.Cut)):
            values = json.dumps(line.values, ensure_ascii=False)
            self._say(f"{line.__struct_config__.tag} {values[:TOLD]}")
        elif isinstance(line, T.Event) and not isinstance(line, (T.End, T.View, T.CutsceneLoad, T.CutsceneReplace)):
            fields = {f: getattr(line, f) for f in line.__struct_fields__ if f not in ("frame", "time")}
            said = " ".join(str(v) for v in fields.values() if v not in (None, 0.0, [], {}))
            self._say(f"{str(line.__struct_config__.tag).replace('cutscene_', '')} {said}"[:TOLD])
