"""The walk through a take: what was recorded, at a constant rate."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bake.replayer import Replayer, slots_of
from dreambridge.bake.walks import Pictures, Walk
from dreambridge.client.stream import Stream
from dreambridge.protocol import replies as R
from dreambridge.protocol.events import CutsceneHappened
from dreambridge.take import lines as T

TOLD = 70  # characters of a burnt-in value


class TakeWalk(Walk):
    """Repeats a take at a constant rate: where it was recorded at a lower rate, frames are shown for longer.

    ``offsets`` : the second at which the sound of each shot begins, in its file.
    """

    def __init__(self, stream: Stream, replayer: Replayer, fps: float, offsets: Mapping[str, float]) -> None:
        super().__init__(stream, fps, replayer.tell, slots_of(stream))
        self.replayer, self.offsets = replayer, offsets
        self._time = 0.0  # of the take's frames so far
        replayer.at_once, replayer.took = self._steps_to_rest, self.took

    def _place(self) -> list[Any]:
        return [self._time, self.replayer.place]

    def _go_to(self, place: list[Any], snapshot: bytes) -> None:
        self._time = place[0]
        self.replayer.resume(place[1], snapshot)

    def __iter__(self) -> Iterator[Pictures]:
        way, events = self.way, deque[CutsceneHappened]()
        for shown in self.replayer:
            frame, per = shown.frame, len(shown.frame.frames)
            self._measure(shown.values)
            for line in shown.lines:
                self._told(line)
            self._stood(self.replayer.stood)
            events += self.replayer.scene.take_events() if self.replayer.scene else ()
            while events and events[0].frame_index <= frame.index:
                event = events.popleft()
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
                    dict(self.replayer.layers),
                )  # fmt: skip

    def _steps_to_rest(self, dt: float) -> int:
        """Steps until the film has ``rest_at`` frames, added up as they will be; at most ``at_once``."""
        time, per, most = self._time, self.replayer.take.head.frames_per_step, self.at_once
        for steps in range(1, most):
            for _ in range(per):
                time += dt
            if round(time * self.fps) >= self.rest_at:
                return steps
        return most

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
