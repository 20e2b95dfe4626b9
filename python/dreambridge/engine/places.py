"""Places in the life of a session, in memory: what a snapshot holds, as copies that cost microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.dtypes import bytes_of
from dreambridge.bundle.load import Bundle
from dreambridge.conditioning.timeline import Timeline, Track
from dreambridge.engine.cutscene import Cutscene, Scene
from dreambridge.engine.pace import Pace
from dreambridge.protocol.limits import MAX_TOLD_VALUES
from dreambridge.ring import layout as L
from dreambridge.runtime.runner import StreamRunner

Arrays = Mapping[str, NDArray[Any]]


class Clock(NamedTuple):
    """What the model's own time and frame index are ahead of the stream's: after an adoption they go on as in the fork."""

    time: float = 0.0  # seconds
    frames: int = 0


class Ahead(Protocol):
    @property
    def bytes(self) -> int: ...

    def forget(self) -> None: ...


class Owner(Protocol):
    """What places need of their session."""

    runner: StreamRunner | None
    timeline: Timeline
    cutscene: Cutscene
    pace: Pace
    index: int
    number_of_step: int
    time: float
    clock: Clock
    flags: int

    @property
    def ahead(self) -> Ahead: ...


def size_of(value: Any) -> int:
    """About the bytes of a value as it was sent."""
    if isinstance(value, Mapping):
        return sum(size_of(k) + size_of(v) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return sum(map(size_of, value))
    return len(value) if isinstance(value, (bytes, str)) else 9


def told(timeline: Timeline) -> dict[str, Any] | None:
    """The effective conditions for a reply; None when they are too large for one."""
    return dict(timeline.directed) if size_of(timeline.directed) <= MAX_TOLD_VALUES else None


@dataclass(frozen=True)
class Place:
    """Before a frame: ``index`` and ``time`` are those of the frame that comes next."""

    seed: int
    index: int
    step: int
    time: float
    state: Arrays
    tracks: Mapping[str, Track]
    directed: Mapping[str, Any]
    scene: Scene | None
    clock: Clock

    @cached_property
    def bytes(self) -> int:
        """Of its arrays and values. Those of a condition that rests are shared by places, and counted for each."""
        tracks = sum(t.start.nbytes + t.goal.nbytes for t in self.tracks.values())
        return sum(a.nbytes for a in self.state.values()) + tracks + size_of(self.directed)


def take_place(s: Owner) -> Place:
    """Called in the session's thread, between two steps."""
    assert s.runner
    s.runner.take(s.timeline.at(s.time))  # run the encoders for directions since the last step before the state is read
    state, tracks, scene = s.runner.get_state(kept_states(s.runner.bundle)), s.timeline.copied(), s.cutscene.scene()
    return Place(s.runner.seed, s.index, s.number_of_step, s.time, state, tracks, s.timeline.directed, scene, s.clock)


def put_back(s: Owner, seed: int, index: int, step: int, time: float, state: Arrays, clock: Clock) -> None:
    """Model, indices and time; the session's timeline is at the place already. The next frame is flagged."""
    assert s.runner
    s.runner.seed = seed
    # The encoders work out their states from the restored conditions; then all others are restored.
    s.runner.take(s.timeline.at(time))
    s.runner.run_encoders()
    for n, v in state.items():
        s.runner.set_state(n, v)
    s.index, s.number_of_step, s.time, s.clock = index, step, time, clock
    s.ahead.forget()
    s.flags = L.FLAG_RESTORED  # no cut of before is left


def go_to(s: Owner, place: Place) -> None:
    """Go on from there, at once; any number of times."""
    s.timeline.put_back(place.tracks, place.directed)
    put_back(s, place.seed, place.index, place.step, place.time, place.state, place.clock)
    s.cutscene.put_back(place.scene)
    s.pace.restart()


def kept_states(bundle: Bundle) -> list[str]:
    """The states that a place keeps: all but those that encoders work out from seed and conditions."""
    worked_out = bundle.manifest.worked_out
    return [n for n in bundle.manifest.step.state if n not in worked_out]


def state_bytes(runner: StreamRunner) -> int:
    return state_bytes_of(runner.bundle)


def state_bytes_of(bundle: Bundle) -> int:
    return sum(int(np.prod(spec.shape)) * bytes_of(spec.dtype) for spec in bundle.manifest.step.state.values())
