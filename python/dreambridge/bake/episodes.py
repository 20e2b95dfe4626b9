"""The episodes of a data set: films with a row of exact labels for each frame, and the split by world."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bake.oven import Made
from dreambridge.bake.sink import FIXED, ROWS
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.view_layers import VIEW_LAYERS

MAX_SECONDS = 1000.0  # of an episode: float32 holds the times of a longer one less exactly than readers ask for (0.1 ms)
Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Episode:
    """One episode. ``kept``: conditions that are set in some frame of the data set; the others would be columns of zeros.

    ``layers``: those of a view that all episodes have.
    """

    made: Made
    folder: Path
    split: str
    task: str
    kept: frozenset[str]
    layers: tuple[str, ...]

    @property
    def frames(self) -> int:
        return self.made.way.frames

    @property
    def columns(self) -> dict[str, tuple[slice, list[str]]]:
        """Name to the slice of its numbers in ``rows``, and their names: `condition.NAME` and `presence.NAME` for each."""
        out, at = dict[str, tuple[slice, list[str]]](), len(FIXED)
        for name, size in self.made.sizes.items():
            if name in self.kept:
                out[f"condition.{name}"] = slice(at, at + size), parts_of(name, self.made.conditions[name], size)
                out[f"presence.{name}"] = slice(at + size, at + size + 1), [name]
            at += size + 1
        return out

    def rows(self) -> Rows:
        return rows_of(self.made, self.folder)


def rows_of(made: Made, folder: Path) -> Rows:
    """float64 [frames, numbers]; ValueError if the table has more or fewer rows than the film has frames."""
    width = len(FIXED) + sum(size + 1 for size in made.sizes.values())
    rows = np.fromfile(folder / ROWS, np.float64)
    if rows.size != made.way.frames * width:
        raise ValueError(f"{folder / ROWS} has {rows.size / width:g} rows for {made.way.frames} frames")
    return rows.reshape(made.way.frames, width)


def _set_in(made: Made, folder: Path) -> set[str]:
    """The conditions whose presence is above 0 in some frame."""
    at, out = len(FIXED), set[str]()
    rows = rows_of(made, folder)
    for name, size in made.sizes.items():
        at += size + 1
        if rows[:, at - 1].any():
            out.add(name)
    return out


def parts_of(name: str, c: dict[str, Any], size: int) -> list[str]:
    """A name for each number of a condition's tensor."""
    if c["kind"] in ("choice", "event") and len(c.get("options", ())) == size:
        return [f"{name}.{o}" for o in c["options"]]
    return [name] if size == 1 else [f"{name}.{k}" for k in range(size)]


def split_seeds(seeds: Sequence[int], held_out: float) -> set[int]:
    """The seeds that are held out: the nearest number to this share of them, at least one and not all, the same each time."""
    if not 0 <= held_out < 1:
        raise DreamError("bad_argument", f"--held-out {held_out:g} is out of range.", "Use 0 to below 1.")
    count = 0 if held_out == 0 or len(seeds) < 2 else min(len(seeds) - 1, max(1, round(held_out * len(seeds))))
    return set(sorted(seeds, key=lambda n: hashlib.sha256(str(n).encode()).digest())[:count])


def episodes_of(made: Sequence[Made], work: Path, held_out: float) -> list[Episode]:
    """The films as episodes: those for training first. All of a seed, which makes the world, are in the same split.

    DreamError ``bad_argument`` for films of different sizes or rates, that are too long or empty, or when two seeds give the
    same pixels: then the seed makes no world, and the held-out worlds would be those of the training.
    """
    first = made[0]
    out = split_seeds(sorted({m.job.seed for m in made}), held_out)
    seen: dict[str, Made] = {}
    for m in made:
        name = m.job.source.path.name
        alike = (m.fps, m.info["bundle"], m.info["width"], m.info["height"], m.sizes)
        if alike != (first.fps, first.info["bundle"], first.info["width"], first.info["height"], first.sizes):
            said = f"{name} and {first.job.source.path.name} differ in bundle, size or rate."
            raise DreamError("bad_argument", said, "Make a data set of each.")
        if not m.way.frames or m.way.frames / m.fps > MAX_SECONDS:
            said = f"{name} has {m.way.frames / m.fps:g} s; an episode has up to {MAX_SECONDS:g} s, and one frame or more."
            raise DreamError("bad_argument", said, "Cut it into shorter ones.")
        before = seen.setdefault(m.way.sha256, m)
        if before.job.seed != m.job.seed:
            said = f"{name} has the same pixels with the seeds {before.job.seed} and {m.job.seed}."
            raise DreamError("bad_argument", said, "Leave the world to the seed: do not direct a condition such as seed_world.")
    sets = {m.job.seed: "test" if m.job.seed in out else "train" for m in made}
    kept = frozenset().union(*(_set_in(m, work / m.job.key) for m in made)) or frozenset(first.sizes)
    layers = tuple(n for n in first.layers if all(n in m.layers for m in made))
    all_ = [Episode(m, work / m.job.key, sets[m.job.seed], _task(m), kept, layers) for m in made]
    return [e for e in all_ if e.split == "train"] + [e for e in all_ if e.split == "test"]


USUAL = ("label", "depth")  # layers that a data set is expected to have


def missing_layers(episodes: Sequence[Episode]) -> list[str]:
    """Sentences about the layers of a view that the data set does not have, and how it gets them."""
    out = []
    for name in VIEW_LAYERS:
        if name in episodes[0].layers:
            continue
        without = sorted({e.made.job.source.path.name for e in episodes if name not in e.made.layers})
        some = any(name in e.made.layers for e in episodes)
        if not some and name not in USUAL:
            continue
        why = f"not every frame of {', '.join(without)[:200]} has it" if some else "no frame has it"
        how = ", and leave the other files out" if some else ""
        out.append(f"The data set has no {name}: {why}. Bake takes that were recorded over a view with record(views=True){how}.")
    return out


def _task(m: Made) -> str:
    document = m.job.source.document or {}
    title = document.get("title") or m.job.source.name
    return f"{title}: {', '.join(m.way.chosen)}" if m.way.chosen else str(title)


def told_of(e: Episode) -> dict[str, Any]:
    """Where an episode comes from, for its metadata."""
    way, source = e.made.way, e.made.job.source
    return {
        "source": source.path.name, "source_sha256": source.sha256, "task": e.task, "seed": e.made.job.seed, "split": e.split,
        "path": way.chosen, "shots": [[at / e.made.fps, shot] for at, shot, _ in way.cues if shot], "frames": e.frames,
        "fps": e.made.fps, "pixels_sha256": way.sha256, **e.made.info, "generated": True,
        "told": source.setting.told if source.setting else [],
    }  # fmt: skip


def sampled_pixels(film: Path, frames: int, most: int = 50) -> Iterator[NDArray[np.uint8]]:
    """Up to ``most`` frames of a film, evenly spread: uint8 [height, width, 3]."""
    import av

    every = max(1, -(-frames // most))
    with av.open(str(film)) as box:
        for k, frame in enumerate(box.decode(video=0)):
            if k % every == 0:
                yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def whole_fps(fps: float) -> int:
    if abs(fps - math.floor(fps + 0.5)) > 1e-9:
        raise DreamError("bad_argument", f"{fps:g} frames a second is not a whole number.", "Use --fps with a whole number.")
    return math.floor(fps + 0.5)
