"""Bakes single films: each oven has a daemon of its own, so that several use several processes."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.bake.film import film_of, mux
from dreambridge.bake.replayer import Replayer, Setting, by_index, opened_for, slots_for
from dreambridge.bake.sink import Checkpoint, Sink, read_checkpoint
from dreambridge.bake.soundtrack import Cue
from dreambridge.bake.take_walk import TakeWalk
from dreambridge.bake.walks import CutsceneWalk, Walk, Way
from dreambridge.bake.work_folder import write_whole
from dreambridge.bundle.find import open_bundle
from dreambridge.client.cutscene import Cutscene
from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.take.read import Take

SEGMENT = 10.0  # seconds of film between two checkpoints


@dataclass(frozen=True)
class Source:
    """What a film is made of: the cutscene of a file, or a take. ``sounds``: shot to its file and the second to begin at."""

    path: Path
    name: str
    sha256: str
    document: Mapping[str, Any] | None = None
    take: Take | None = None
    setting: Setting | None = None
    sounds: Mapping[str, tuple[Path, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """What all films of a bake share; ``tell``: whether each frame's conditions are kept."""

    bundle: str
    form: str
    fps: float | None
    thinking: float
    most: float
    threads: int
    burn: bool = False
    tell: bool = False
    segment: float = SEGMENT


@dataclass(frozen=True)
class Job:
    """One film: a way through a cutscene, or a take, with a seed."""

    source: Source
    seed: int
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of its files while it is made."""
        said = json.dumps([self.source.sha256, str(self.source.path), self.seed, self.choices])
        return sha256(said.encode()).hexdigest()[:16]


@dataclass
class Made:
    """A finished film in the work folder. ``conditions``: the bundle's schema; ``info``: size, rate and what it was made with."""

    job: Job
    way: Way
    file: Path
    fps: float
    info: dict[str, Any]
    conditions: dict[str, Any]
    sizes: dict[str, int]  # numbers in the tensor of each condition that was kept
    layers: list[str]  # of a view, of which each frame has one


class Oven:
    """``bake`` may be called again and again, from one thread."""

    def __init__(self, work: Path, options: Options, stop: threading.Event, each: Callable[[int], None]) -> None:
        self._work, self._options, self._stop, self._each = work, options, stop, each
        self._open = contextlib.ExitStack()
        self._daemon: Daemon | None = None
        self._scene: tuple[tuple[Path, int], Stream, Cutscene, bytes] | None = None

    def close(self) -> None:
        if self._scene:
            self._scene[1].close()
            self._scene = None
        self._open.close()

    def bake(self, job: Job) -> Made:
        """Bake or finish one film. DreamError as ``CutsceneWalk`` and ``Replayer``, and those of opening a bundle."""
        folder = self._work / job.key
        folder.mkdir(exist_ok=True)
        with self._walk(job) as walk, contextlib.closing(walk):
            return self._film(job, walk, folder)

    @contextlib.contextmanager
    def _walk(self, job: Job) -> Iterator[Walk]:
        take, setting = job.source.take, job.source.setting
        if take is None:
            stream, scene, start = self._cutscene(job)
            o = self._options
            yield CutsceneWalk(stream, scene, list(job.choices), o.thinking, o.most, start, self._told(stream))
            return
        assert setting
        with opened_for(take, setting, self._options.fps if take.timed else None, job.seed) as (_, stream):
            recorded = float(stream.info.fps) or 30.0
            replayer = Replayer(stream, take, by_index(take, recorded), self._told(stream))
            offsets = {shot: second for shot, (_, second) in job.source.sounds.items()}
            yield TakeWalk(stream, replayer, self._options.fps or recorded, offsets)

    def _told(self, stream: Stream) -> tuple[str, ...]:
        """Conditions whose tensors are kept: not pictures, which would be as large as the film."""
        if not self._options.tell:
            return ()
        return tuple(n for n, c in stream.conditions.items() if c["kind"] != "image")

    def _cutscene(self, job: Job) -> tuple[Stream, Cutscene, bytes]:
        wanted = job.source.path, job.seed
        if self._scene is None or self._scene[0] != wanted:
            if self._scene:
                self._scene[1].close()
                self._scene = None
            o = self._options
            if self._daemon is None:
                self._daemon = self._open.enter_context(dreambridge.start())
            rate: dict[str, Any] = {} if o.fps is None else {"fps": o.fps}
            slots = slots_for(open_bundle(o.bundle))
            stream = self._daemon.open(o.bundle, seed=job.seed, paused=True, threads=o.threads, shelf=0, slots=slots, **rate)
            scene = stream.cutscene(job.source.path)
            self._scene = wanted, stream, scene, stream.snapshot()  # each way begins at the same stream time
        return self._scene[1:]

    def _film(self, job: Job, walk: Walk, folder: Path) -> Made:
        o, stream, found = self._options, walk.stream, read_checkpoint(folder)
        i = stream.info
        film = film_of(o.form, folder, walk.fps, (i.height, i.width), found[1] if found else 0)
        if found:
            walk.resume(found[0].state, found[0].snapshot)
        step = i.height * i.width * 4 * i.frames_per_step
        sink = Sink(folder, film, step, walk.tell, o.burn, self._each, found[2] if found else {})
        every = max(1, round(o.segment * walk.fps))
        walk.rest_at = (walk.way.frames // every + 1) * every
        walk.stopping = self._stop.is_set
        try:
            for pictures in walk:
                if self._stop.is_set():
                    raise DreamError("cancelled", "The bake was stopped.", "Run the same command again: it goes on from there.")
                sink.put(pictures)
                if walk.way.frames >= walk.rest_at:
                    sink.put(Checkpoint(walk.state(), stream.snapshot()))
                    walk.rest_at = (walk.way.frames // every + 1) * every
            walk.way.sha256 = sink.close()
        finally:
            sink.stop()
        out = self._work / f"{job.key}{film.suffix or '.frames'}"
        film.finish(out, job.source.name, cues_of(walk.way, walk.fps, job.source.sounds))
        layers = [n for n, count in sink.counts.items() if count and count == walk.way.frames]
        for name in layers:
            one, size = [walk.way.frames], (i.height, i.width)
            mux(layer_file(out, name), "exact", film.rate, size, [sink.layers[name]], one, name, [], walk.way.frames)
        info = {"bundle": i.bundle, "bundle_version": i.version, "width": i.width, "height": i.height}
        info |= {"threads": i.threads, "provider": i.provider}
        made = {"way": asdict(walk.way), "file": out.name, "fps": walk.fps, "info": info, "sizes": walk.sizes, "layers": layers}
        write_whole(self._work / f"{job.key}.json", json.dumps(made | {"conditions": stream.conditions}))
        return Made(job, walk.way, out, walk.fps, info, stream.conditions, walk.sizes, layers)


def layer_file(film: Path, layer: str) -> Path:
    """The film of a layer of the view that a film was painted over."""
    return film.with_name(f"{film.stem}.{layer}.mp4")


def finished(work: Path, job: Job) -> Made | None:
    """A film that an earlier run has finished."""
    try:
        m = json.loads((work / f"{job.key}.json").read_text())
        if not (work / m["file"]).exists():
            return None
        return Made(job, Way(**m["way"]), work / m["file"], m["fps"], m["info"], m["conditions"], m["sizes"], m["layers"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def cues_of(way: Way, fps: float, sounds: Mapping[str, tuple[Path, float]]) -> list[Cue]:
    """Each shot's sound lasts until the next shot begins, or the film ends."""
    ends = [c[0] for c in way.cues[1:]] + [way.frames] * bool(way.cues)
    return [
        Cue(begin / fps, end / fps, sounds[shot][0], sounds[shot][1] + at)
        for (begin, shot, at), end in zip(way.cues, ends, strict=True)
        if shot in sounds and end > begin
    ]
