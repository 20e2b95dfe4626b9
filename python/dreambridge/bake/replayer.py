"""Repeats a take in a paused stream, step by step."""

import contextlib
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dreambridge
from dreambridge.bundle.find import open_bundle
from dreambridge.bundle.load import Bundle
from dreambridge.client.cutscene import Cutscene
from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream
from dreambridge.client.view import ViewSender
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import SLOTS
from dreambridge.ring.reader import Frame
from dreambridge.system.onnx_runtime import import_onnxruntime
from dreambridge.take import lines as T
from dreambridge.take.packing import unpacked, unpacked_picture, with_bytes
from dreambridge.take.read import Take

REQUESTS: dict[type[T.Line], type[M.SessionRequest]] = {
    T.CutscenePlay: M.CutscenePlay,
    T.CutsceneSeek: M.CutsceneSeek,
    T.CutsceneSignal: M.CutsceneSignal,
    T.CutsceneSet: M.CutsceneSet,
    T.CutsceneChoose: M.CutsceneChoose,
    T.CutsceneSkip: M.CutsceneSkip,
    T.CutsceneRelease: M.CutsceneRelease,
    T.CutsceneStop: M.CutsceneStop,
}
STEP_TIMEOUT = 120.0
RING_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Setting:
    """What a take is replayed with: ``told`` says what differs from the recording, in sentences."""

    bundle: Bundle
    provider: str
    threads: int
    told: list[str] = field(default_factory=list)


def setting_of(take: Take, bundle: str | None = None, threads: int | None = None, anyway: bool = False) -> Setting:
    """DreamError ``bad_take`` if the bundle is another one and ``anyway`` is not given; those of opening a bundle."""
    head = take.head
    opened = open_bundle(bundle or head.bundle)
    told = []
    if head.bundle_sha256 and opened.digest != head.bundle_sha256:
        said = f"The take was recorded with {head.bundle} {head.bundle_version}, whose bundle.json has the SHA-256 "
        said += f"{head.bundle_sha256[:80]}; here {opened.name} {opened.manifest.version} has {opened.digest}."
        if not anyway or isinstance(take.begin, T.FromSnapshot) or _jumps(take):
            hint = "Open the bundle that it was recorded with."
            if not (isinstance(take.begin, T.FromSnapshot) or _jumps(take)):
                hint += " With --anyway it is replayed with this one, and gives other pixels."
            raise DreamError("bad_take", f"{take.name}: {said}", hint)
        told.append(f"{said} The pixels differ.")
    used = threads or head.threads or 1
    if head.threads and used != head.threads:
        told.append(f"The take was recorded with {head.threads} threads, and is replayed with {used}: the pixels may differ.")
    runtime = import_onnxruntime().__version__
    if head.onnxruntime and head.onnxruntime != runtime:
        told.append(f"The take was recorded with ONNX Runtime {head.onnxruntime}; this is {runtime}: the pixels may differ.")
    if any(isinstance(line, T.View) and line.publication and not line.layers for _, line in take.items):
        told.append("Frames of the take were painted over a view that was not recorded: the bundle's own stage replaces it.")
    if head.events_off:
        told.append(f"Rules of the daemon left events of {', '.join(head.events_off)[:80]} out: the pixels may differ.")
    levels = len(opened.manifest.level_names)
    if any(isinstance(line, T.Frames) and line.quality >= levels for _, line in take.items):
        told.append("Some steps were recorded at a quality level that this bundle does not have: the best one replaces it.")
    return Setting(opened, head.provider or "auto", used, told)


def _jumps(take: Take) -> bool:
    return any(isinstance(line, T.Jump) for _, line in take.items)


def slots_for(bundle: Bundle) -> int:
    """Slots of a ring that holds several steps; large frames get fewer."""
    f = bundle.manifest.frame
    return int(max(SLOTS.low, min(SLOTS.high, RING_BYTES // (f.width * f.height * 4 * f.per_step))))


def slots_of(stream: Stream) -> int:
    """Steps that the ring of a stream keeps: as many can be asked for at once."""
    return stream._reader.layout.slots


@contextlib.contextmanager
def opened_for(
    take: Take, setting: Setting, fps: float | None = None, seed: int | None = None
) -> Iterator[tuple[Daemon, Stream]]:
    """A daemon of this process with a paused stream for the take. Another provider than the recorded one is told."""
    head = take.head
    rate = head.fps if fps is None else fps
    ask: dict[str, Any] = {} if rate is None else {"fps": rate or None}
    values = with_bytes(take.begin.values, take.files) if isinstance(take.begin, T.Begin) else {}
    for provider in dict.fromkeys((setting.provider, "auto")):
        with dreambridge.start(provider=provider) as daemon:
            try:
                stream = daemon.open(
                    str(setting.bundle.folder),
                    seed=head.seed if seed is None else seed,
                    threads=setting.threads,
                    paused=True,
                    values=values,
                    shelf=0,
                    slots=slots_for(setting.bundle),
                    **ask,
                )
            except DreamError as e:
                if e.code == "no_provider" and provider != "auto":
                    continue
                raise
            used = stream.info.provider
            if head.provider and used != head.provider:
                setting.told.append(
                    f"The take was recorded on {head.provider!r}, and is replayed on {used!r}: the pixels differ."
                )
            with stream:
                yield daemon, stream
            return


def by_index(take: Take, fps: float) -> list[tuple[int, T.Line]]:
    """The lines of a take, with those of one that was written in times moved to its frames at ``fps``."""
    if not take.timed:
        return take.items
    per, done, out = take.head.frames_per_step, 0, list[tuple[int, T.Line]]()
    for number, line in take.items:
        assert isinstance(line, T.Event) and line.time is not None
        steps = math.ceil(line.time * fps / per - 1e-6)
        if steps > done:
            out.append((number, T.Frames(frame=done * per, count=steps - done, dt=1 / fps)))
            done = steps
        out.append((number, line))
    return out


@dataclass
class Shown:
    """One step of a replay: its frame, the stream time of each of its frames, their digests as recorded, and the lines before."""

    frame: Frame
    dt: float
    digests: list[str]
    lines: list[T.Line]
    values: Mapping[str, Any]


class Replayer:
    """Repeats a take in a paused stream, step by step. ``place`` and ``stream.snapshot`` are what ``resume`` needs.

    ``stood`` : where the cutscene stood before this step, if it came there by a snapshot: at the beginning, or by a jump.
    ``at_once`` : how many of the next steps, whose frames are ``dt`` seconds long, are made with one request. ``place`` and a
    snapshot fit each other only after the last of them. The ring has to have a slot for each. ``took`` is told how many steps a
    request made, and in how many seconds.
    """

    def __init__(
        self, stream: Stream, take: Take, items: list[tuple[int, T.Line]], tell: tuple[str, ...] = (),
        at_once: Callable[[float], int] = lambda dt: 1, took: Callable[[int, float], None] = lambda steps, seconds: None,
    ) -> None:  # fmt: skip
        self.stream, self.take, self.items, self.tell = stream, take, items, tell
        self.at_once, self.took = at_once, took
        self.scene: Cutscene | None = None
        self.item, self.step = 0, 0
        self.stood: R.CutsceneStatus | None = None
        self.layers: dict[str, NDArray[np.uint8]] = {}  # of the view that the frames are painted over, as far as it was recorded
        self._began = False
        self._dropped = 0.0

    @property
    def place(self) -> list[int]:
        """Line and step at which it stands, and the revision there."""
        return [self.item, self.step, self.stream.stats().revision]

    def begin(self) -> None:
        """Stand before the first step; the first step does this by itself."""
        if self._began:
            return
        self._began = True
        begin = self.take.begin
        if isinstance(begin, T.FromSnapshot):
            if begin.document is not None:
                self._load(begin.document, begin.files)
            self.stream._ask_session(R.Restored, M.Replay, data=unpacked(begin.data), revision=begin.revision)
            self._stand()

    def _stand(self) -> None:
        """A snapshot was put back: ask where its cutscene is, because no event tells it."""
        if self.scene is not None:
            with contextlib.suppress(DreamError):
                self.stood = self.scene.set()

    def resume(self, place: list[int], snapshot: bytes) -> None:
        """Go on where another replayer stood, with the snapshot of its stream."""
        self._began = True
        self.item, self.step, revision = place
        begin, loaded = self.take.begin, None
        if isinstance(begin, T.FromSnapshot) and begin.document is not None:
            loaded = begin.document, begin.files
        view: T.View | None = None
        for _, line in self.items[: self.item]:
            if isinstance(line, (T.CutsceneLoad, T.CutsceneReplace)):
                loaded = line.document, line.files
            elif isinstance(line, T.View):
                view = line
        if loaded:
            self._load(*loaded)
        if view:
            self._view(view)
        elif self.stream._view:
            self._view(T.View(frame=0, publication=0))
        self.stream._ask_session(R.Restored, M.Replay, data=snapshot, revision=revision)

    def __iter__(self) -> Generator[Shown, None, None]:
        """The steps that are left. DreamError ``bad_take`` names the line that this stream refuses."""
        self.begin()
        before: list[T.Line] = []
        while self.item < len(self.items):
            number, line = self.items[self.item]
            if isinstance(line, T.Frames):
                per = self.take.head.frames_per_step
                for frame, values in self._frames(line):
                    if not self.take.timed and frame.index != line.frame + (self.step + 1) * per - 1:
                        said = f"The frame {line.frame + self.step * per} of the take has the index {frame.index} here."
                        raise DreamError("bad_take", f"{self.take.name}:{number}: {said}", "The take was changed.")
                    digests = line.digests[self.step * per : (self.step + 1) * per]
                    self.step += 1
                    yield Shown(frame, line.dt, digests, before, values)
                    before, self.stood = [], None
                self.step = 0
            else:
                try:
                    self._apply(line)
                except DreamError as e:
                    if e.code in ("daemon_gone", "timeout", "session_failed"):
                        raise
                    raise DreamError("bad_take", f"{self.take.name}:{number}: {e.message}", e.hint) from e
                before.append(line)
            self.item += 1

    def _frames(self, line: T.Frames) -> Iterator[tuple[Frame, Mapping[str, Any]]]:
        """The steps of ``line`` from ``step`` on, which the caller counts."""
        s, levels = self.stream, self.stream.info.levels
        level = levels[line.quality if line.quality < len(levels) else 0] if levels else ""
        while (left := line.count - self.step) > 0:
            dropped, self._dropped = self._dropped, 0.0
            count = min(left, self.at_once(line.dt))
            count = 1 if self.tell else count  # the tensors of one step only are told
            begun = time.monotonic()
            made = s._several_steps(count, STEP_TIMEOUT, line.dt, self.tell, dropped, level)
            self.took(count, time.monotonic() - begun)
            if self.tell:
                yield s._told((s._published(made.published), made))
                continue
            last = made.published
            for publication in range(last - count + 1, last + 1):
                yield s._published(publication), {}

    def _apply(self, line: T.Line) -> None:
        s, files = self.stream, self.take.files
        if isinstance(line, T.Direct):
            s._directed(M.Direct, self._values(line.values), over=line.over, easing=line.easing, real_time=line.real_time)
        elif isinstance(line, T.Drop):
            self._dropped += line.seconds
        elif isinstance(line, T.Cut):
            s._directed(M.Cut, self._values(line.values), seed=line.seed)
        elif isinstance(line, T.CutsceneLoad):
            self._load(line.document, line.files)
        elif isinstance(line, T.CutsceneReplace):
            if self.scene is None:
                raise DreamError("bad_state", "There is no cutscene to replace.", "A `cutscene_load` is missing before it.")
            self.scene.replace(line.document, {n: files[sha] for n, sha in line.files.items()})
        elif isinstance(line, T.Jump):
            if line.revision is None:
                s.restore(unpacked(line.data))
            else:
                s._ask_session(R.Restored, M.Replay, revision=line.revision, data=unpacked(line.data))
            self._stand()
        elif isinstance(line, T.View):
            self._view(line)
        elif type(line) in REQUESTS:
            if self.scene is None:
                raise DreamError("bad_state", "There is no cutscene.", "A `cutscene_load` is missing before it.")
            fields = {f: getattr(line, f) for f in line.__struct_fields__ if f not in ("frame", "time")}
            self.scene._status(REQUESTS[type(line)], **fields)

    def _values(self, values: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = with_bytes(values, self.take.files)
        for name, value in given.items():
            # The client would take a text for a path, and read any file that the take names.
            if isinstance(value, str) and self.stream.conditions.get(name, {}).get("kind") == "image":
                raise DreamError("bad_value", f"{name} is a text.", 'A take holds the picture itself: {"$file": sha256}.')
        return given

    def _load(self, document: str, files: Mapping[str, str]) -> None:
        self.scene = self.stream.cutscene(document, {n: self.take.files[sha] for n, sha in files.items()})

    def _view(self, line: T.View) -> None:
        self.layers = {}
        if not line.publication:
            self.stream.view(None)
        elif line.layers:
            size = self.take.head.width, self.take.head.height
            layers = self.layers = {name: unpacked_picture(data, *size) for name, data in line.layers.items()}
            s = self.stream
            s._view = s._view or ViewSender(lambda names: s._ask_session(R.Attached, M.AttachView, 60.0, layers=names))
            s._view.repeat(layers, line.publication)
