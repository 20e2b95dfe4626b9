"""A take repeated on the page: in a stream of its own, step by step, at the pace at which it was recorded."""

import asyncio
import hashlib
import logging
import math
from dataclasses import dataclass
from typing import Any

from dreambridge.bake.replayer import Replayer, Shown, by_index, setting_of
from dreambridge.preview.shared_stream import SharedStream
from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.take import lines as T
from dreambridge.take.packing import with_bytes
from dreambridge.take.read import Take

log = logging.getLogger("dreambridge.preview")
PLACE_EVERY = 2.0  # s of the take: so often a place to go back to is kept
MAX_PLACES = 64 * 1024 * 1024  # bytes of their snapshots; then every second one goes


async def open_for(shared: SharedStream, take: Take) -> list[str]:
    """Open the stream of ``take``, paused; sentences that say what differs from the recording. DreamError ``bad_take``."""
    setting = await asyncio.to_thread(setting_of, take)
    head = take.head
    values = with_bytes(take.begin.values, take.files) if isinstance(take.begin, T.Begin) else {}
    rate: dict[str, Any] = {} if head.fps is None else {"fps": head.fps or None}
    folder = str(setting.bundle.folder)
    await shared.open(bundle=folder, seed=head.seed, threads=setting.threads, paused=True, values=values, shelf=0, **rate)
    used = shared.there().info.provider
    if head.provider and used != head.provider:
        setting.told.append(f"The take was recorded on {head.provider}, and is replayed on {used}: the pixels differ.")
    return setting.told


@dataclass(frozen=True)
class Place:
    """After ``steps`` steps of the take, which last ``second`` seconds: what ``Replayer.resume`` takes."""

    second: float
    steps: int
    place: list[int]
    snapshot: bytes


class TakeReplay:
    """Shows each step when it is due, and tells the pages how far it is. A slower machine shows it more slowly.

    It can be paused, and go to another second: from the nearest place that was kept on the way, it steps there without waiting.
    At the end it pauses. Await ``run`` in a task, which ends only by being cancelled or by an error.
    """

    def __init__(self, shared: SharedStream, take: Take, seconds: float, told: list[str]) -> None:
        self._shared, self._take, self._seconds, self._told = shared, take, seconds, told
        self._paused = False
        self._goal: float | None = None
        self._changed = asyncio.Event()
        self._stream = shared.there()
        self._replayer = Replayer(self._stream, take, by_index(take, self._stream.info.fps or 30.0))
        self._each = iter(self._replayer)
        self._places: list[Place] = []
        self._every = PLACE_EVERY
        self._second, self._steps = 0.0, 0
        self._right = dict[int, list[bool]]()  # by step: whether its frames have the recorded pixels

    def control(self, paused: bool | None, at: float | None) -> None:
        """Pause or go on, and go to the second ``at`` of the take. DreamError ``bad_argument``."""
        if at is not None:
            if not (math.isfinite(at) and at >= 0):
                said = f"take_control: the second {at:g} is out of range."
                raise DreamError("bad_argument", said, f"Use 0 to {self._seconds:g}.")
            self._goal = at
        if paused is not None:
            self._paused = paused
        self._changed.set()

    async def run(self) -> None:
        try:
            await self._run()
        except Exception as e:
            if not isinstance(e, DreamError):
                log.exception("the replay of the take %r failed", self._take.name)
            told = as_dream_error(e)
            self._shared.tell({"type": "error", "code": told.code, "message": told.message, "hint": told.hint, "to": None})

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.to_thread(self._begin)
        due = clock()
        while True:
            if self._goal is not None:
                goal, self._goal = self._goal, None
                shown = await asyncio.to_thread(self._go_to, goal)
                due = clock()
            elif self._paused:
                self._tell()
                self._changed.clear()
                await self._changed.wait()
                due = clock()
                continue
            else:
                shown = await asyncio.to_thread(self._next)
                await asyncio.sleep(max(0.0, due - clock()))
            if shown is None:
                self._paused = True
                right = [r for frames in self._right.values() for r in frames]
                self._tell("replayed", compared=len(right), equal=sum(right), told=self._told)
                continue
            self._shared.show(shown.frame)
            due = max(due, clock() - 0.25) + shown.dt * self._take.head.frames_per_step
            self._tell()

    def _tell(self, kind: str = "replaying", **more: Any) -> None:
        self._shared.tell({"type": kind, "at": self._second, "seconds": self._seconds, "paused": self._paused} | more)

    # -- in another thread -------------------------------------------------------------------------------------------
    def _begin(self) -> None:
        self._replayer.begin()
        self._keep()

    def _keep(self) -> None:
        self._places.append(Place(self._second, self._steps, self._replayer.place, self._stream.snapshot()))
        if sum(len(p.snapshot) for p in self._places) > MAX_PLACES:
            self._places, self._every = self._places[::2], 2 * self._every

    def _next(self) -> Shown | None:
        """Make the next step; None at the end of the take."""
        shown = next(self._each, None)
        if shown is not None:
            pairs = zip(shown.frame.frames, shown.digests, strict=False)
            self._right[self._steps] = [hashlib.sha256(frame.data).hexdigest().startswith(digest) for frame, digest in pairs]
            self._second += shown.dt * self._take.head.frames_per_step
            self._steps += 1
            if self._second >= self._places[-1].second + self._every:
                self._keep()
        return shown

    def _go_to(self, second: float) -> Shown | None:
        """The step that is shown at this second, or the last one; a step before it when another second is wanted meanwhile."""
        place = max((p for p in self._places if p.second <= second), key=lambda p: p.second)
        if self._second > second or place.second > self._second:
            self._each.close()
            self._replayer.resume(place.place, place.snapshot)
            self._each = iter(self._replayer)
            self._second, self._steps = place.second, place.steps
        last = self._next()
        while last is not None and self._second <= second and self._goal is None:
            following = self._next()
            if following is None:
                break
            last = following
        return last
