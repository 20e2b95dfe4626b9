"""``dreambridge bake FILE``: renders a cutscene as films, one for each way through it, for machines that cannot stream."""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.client.cutscene import Cutscene, document_of
from dreambridge.client.stream import Stream
from dreambridge.commands.film import Film, new_film
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import CutsceneHappened
from dreambridge.system.made_folders import new_folder

MADE_BY = "dreambridge bake"


@dataclass
class Way:
    """One way through a cutscene: the selected options, and the offered options at each choice."""

    chosen: list[str] = field(default_factory=list)
    offered: list[list[str]] = field(default_factory=list)
    shots: list[str] = field(default_factory=list)
    frames: int = 0
    sha256: str = ""

    @property
    def name(self) -> str:
        return ".".join(self.chosen)


class Baker:
    """Steps a paused stream through its cutscene. Nothing depends on the clock: the same way always gives the same pixels.

    Awaited signals are sent at once; a choice is made after ``thinking`` seconds of stream time.
    """

    def __init__(
        self, stream: Stream, scene: Cutscene, thinking: float, most: float, each: Callable[[], None] = lambda: None
    ) -> None:
        self.stream, self.scene, self.thinking, self.most, self.each = stream, scene, thinking, most, each
        self.fps = float(stream.info.fps)
        self._start = stream.snapshot()  # each way begins at the same stream time, which moves waves and clouds

    def bake(self, choices: list[str], film: Film | None) -> Way:
        """Play one way: ``choices`` in order, then the first offered option at each further choice.

        DreamError ``bad_argument`` names a choice that is not offered, or a way that does not end in time.
        """
        self.stream.restore(self._start)
        begun = self.scene.play()
        way, digest, choose_at = Way(), hashlib.sha256(), None
        end: int | None = None
        while end is None:
            if way.frames > self.most * self.fps:
                name = way.name or "(no choices)"
                said = f"The way {name!r} has not ended after {self.most:g} s, in the shot {self.scene.shot!r}."
                raise DreamError("bad_argument", said, "Choose another way, or raise --max-seconds.")
            if choose_at is not None and way.frames >= choose_at:
                self.scene.choose(way.chosen[-1])
                choose_at = None
            frame = self.stream.step(timeout=120.0)[0]
            for event in self._events():
                index = event.frame_index - begun.frame_index
                if event.happened == "shot":
                    way.shots.append(event.shot)
                elif event.happened == "waiting":
                    self.scene.signal(event.name)
                elif event.happened == "choice":
                    way.chosen.append(self._option(event, choices, len(way.chosen)))
                    way.offered.append([o.id for o in event.options])
                    choose_at = index + max(1, round(self.thinking * self.fps))
                elif event.happened == "ended":
                    end = index
            if end is None or way.frames < end:
                digest.update(frame.pixels.tobytes())
                if film:
                    film.write(frame.pixels)
                way.frames += 1
                self.each()
        way.sha256 = digest.hexdigest()
        return way

    def _events(self) -> list[CutsceneHappened]:
        """The events of the step: the daemon sends them before its reply, so they have arrived."""
        return self.scene.take_events()

    @staticmethod
    def _option(event: CutsceneHappened, choices: list[str], number: int) -> str:
        offered = [o.id for o in event.options]
        if number >= len(choices):
            if not offered:
                raise DreamError("bad_argument", f"The choice of the shot {event.shot!r} offers nothing.", "See its `if`s.")
            return offered[0]
        if choices[number] not in offered:
            said = f"Choice {number + 1} of the path, {choices[number]!r}, is not offered in the shot {event.shot!r}."
            raise DreamError("bad_argument", said, f"Offered: {', '.join(offered) or 'none'}.")
        return choices[number]


def all_ways(bake: Callable[[list[str]], Way], most: int) -> list[Way]:
    """Every way, the first options first. DreamError ``bad_argument`` if there are more than ``most``."""
    done: list[Way] = []
    todo: list[list[str]] = [[]]
    while todo:
        if len(done) + len(todo) > most:
            raise DreamError(
                "bad_argument", f"The cutscene has more than {most} ways.", "Select one with --path, or raise --limit."
            )
        prefix = todo.pop()
        way = bake(prefix)
        done.append(way)
        for k in range(len(prefix), len(way.chosen)):
            todo += [[*way.chosen[:k], other] for other in reversed(way.offered[k][1:])]
    return done


def bake_file(
    file: Path,
    out: Path,
    *,
    bundle: str | None = None,
    form: str = "mp4",
    path: list[str] | None = None,
    every: bool = False,
    limit: int = 16,
    fps: float | None = None,
    seed: int | None = None,
    thinking: float = 0.0,
    most: float = 600.0,
    threads: int = 1,
    quiet: bool = False,
) -> dict[str, Any]:
    """Bake the cutscene ``file`` into the folder ``out``; returns what ``bake.json`` in it holds.

    DreamError ``bad_cutscene``, ``bad_argument``, ``no_access``, and those of opening a bundle.
    """
    from rich.console import Console
    from rich.progress import Progress

    text, _ = document_of(file)
    head = _head(text)
    name = bundle or head.get("bundle") or "vista"
    with (
        new_folder(out, MADE_BY) as folder,
        dreambridge.start() as daemon,
        Progress(console=Console(file=sys.stderr), disable=quiet or not sys.stderr.isatty(), transient=True) as bar,
    ):
        rate: dict[str, Any] = {} if fps is None else {"fps": fps}
        stream = daemon.open(name, seed=head.get("seed", 0) if seed is None else seed, paused=True, threads=threads, **rate)
        scene = stream.cutscene(file)
        task = bar.add_task("baking", total=None)
        baker = Baker(stream, scene, thinking, most, lambda: bar.advance(task))
        i = stream.info
        made: list[str] = []

        def one(choices: list[str]) -> Way:
            part = f"part-{len(made)}"
            with new_film(folder, part, form, baker.fps, i.width, i.height) as film:
                way = baker.bake(choices, film)
            suffix = "" if form == "png" else f".{form}"
            final = f"{scene.name}.{way.name}" if way.name else scene.name
            (folder / f"{part}{suffix}").rename(folder / f"{final}{suffix}")
            made.append(f"{final}{suffix}")
            return way

        ways = all_ways(one, limit) if every else [one(path or [])]
        result = {
            "cutscene": scene.name,
            "document_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "bundle": i.bundle,
            "bundle_version": i.version,
            "seed": i.seed,
            "fps": baker.fps,
            "width": i.width,
            "height": i.height,
            "threads": i.threads,
            "provider": i.provider,
            "generated": True,
            "films": [
                {
                    "file": f,
                    "path": w.chosen,
                    "shots": w.shots,
                    "frames": w.frames,
                    "seconds": round(w.frames / baker.fps, 4),
                    "pixels_sha256": w.sha256,
                }
                for f, w in zip(made, ways, strict=True)
            ],
        }
        (folder / "bake.json").write_text(json.dumps(result, indent=1) + "\n")
    return result


def _head(text: str) -> dict[str, Any]:
    """Bundle and seed; the daemon reports problems of the rest."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    seed = found.get("seed")
    return {"bundle": found.get("bundle"), "seed": seed if isinstance(seed, int) and 0 <= seed < 2**63 else 0}


def bake(a: Any) -> None:
    """The command."""
    path = [p.strip() for p in a.path.split(",")] if a.path else None
    result = bake_file(
        a.file,
        a.out,
        bundle=a.bundle,
        form=a.format,
        path=path,
        every=a.all,
        limit=a.limit,
        fps=a.fps,
        seed=a.seed,
        thinking=a.thinking,
        most=a.max_seconds,
        threads=a.threads,
        quiet=a.json,
    )
    if a.json:
        print(json.dumps(result))
        return
    for film in result["films"]:
        print(f"{a.out / film['file']}: {film['frames']} frames, {film['seconds']:g} s ({' > '.join(film['shots'])})")
