"""What every row uses: a daemon, a stream and the painter's truth stepped in parallel, progress, a folder for figures."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from dreambridge.bundle.load import Bundle
from dreambridge.client.daemon import Daemon
from dreambridge.ring.depth import pack_depth
from dreambridge.ring.view_layers import pack_motion, pack_normal
from dreambridge.vista.training.dataset import HELD_OUT_SEED
from dreambridge.vista.training.truth import Truth
from dreambridge.vista.world.names import BIOMES, SEASONS, STYLES, WEATHERS

Picture = NDArray[np.uint8]
Row = dict[str, Any]
# The worlds of this benchmark: no training used them, and the held-out shard that training evaluates has others.
WORLDS = HELD_OUT_SEED + 5_000
SHORT_S = 100.0  # seconds after which a short row ends
SAY_EVERY_S = 20.0


class ViewPicture(Protocol):
    """A picture of a view; None: it does not have the layer."""

    @property
    def label(self) -> Picture | None: ...
    @property
    def colour(self) -> Picture: ...
    @property
    def depth(self) -> NDArray[np.floating[Any]] | None: ...
    @property
    def normal(self) -> NDArray[np.floating[Any]] | None: ...
    @property
    def motion(self) -> NDArray[np.floating[Any]] | None: ...


class Pair:
    """A stepped stream of ``vista`` and the truth: whatever is done to one is done to the other."""

    def __init__(self, daemon: Daemon, seed: int) -> None:
        self.stream, self.truth = daemon.open("vista", seed=seed, paused=True), Truth(seed)
        self._level = ""

    def direct(self, over: float | None = None, **values: Any) -> None:
        self.stream.direct(over=over, **values)
        self.truth.direct(values, over)

    def cut(self, **values: Any) -> None:
        """Change conditions at once, unset all others, and remove snow and wetness."""
        whole = {n: None for n in self.stream.conditions} | values
        self.stream.cut(**whole)
        self.truth.cut(whole)

    def view(self, label: Picture | None, depth: NDArray[np.floating[Any]] | None = None) -> None:
        """``label`` uint8 [256, 256, 4], ``depth`` float [256, 256] in 0-1 or None; None for the built-in world."""
        self.stream.view(label, depth)
        self.truth.view(label, None if depth is None else pack_depth(depth))

    def layers(self, picture: ViewPicture) -> None:
        """A view of further layers: floats for the stream, the protocol's bytes for the truth."""
        self.stream.view(picture.label, picture.depth, colour=picture.colour, normal=picture.normal, motion=picture.motion)
        packed: dict[str, Picture] = {"colour": picture.colour}
        if picture.depth is not None:
            packed["depth"] = pack_depth(picture.depth)
        if picture.normal is not None:
            packed["normal"] = pack_normal(picture.normal)
        if picture.motion is not None:
            packed["motion"] = pack_motion(picture.motion)
        self.truth.view(picture.label, **packed)

    def step(self, painted: bool = True) -> tuple[Picture, Picture | None]:
        """The next frame of the stream, and its truth (None unless ``painted``)."""
        return self.frame(), self.truth.frame(painted)

    def level(self, name: str) -> None:
        """The quality level of the next frames; at the beginning the full one."""
        self._level = name if self.stream.info.levels else ""

    def frame(self) -> Picture:
        """The stream's next frame only; the truth is not stepped."""
        return self.stream._step(60.0, None, level=self._level)[0].pixels[..., :3]

    def skip(self, count: int) -> None:
        for _ in range(count):
            self.step(False)

    def run(self, count: int) -> tuple[list[Picture], list[Picture]]:
        """``count`` frames of both."""
        both = [self.step() for _ in range(count)]
        return [v for v, _ in both], [t for _, t in both if t is not None]

    def close(self) -> None:
        self.stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Scene(Protocol):
    """A slow pan: label uint8 [side, side, 4] and depth float32 [side, side] (None in 2D) of each frame."""

    @property
    def name(self) -> str: ...
    @property
    def frames(self) -> list[tuple[Picture, NDArray[np.float32] | None]]: ...


@dataclass(frozen=True)
class GameEngine:
    """What a real game engine adds to the measurements; a checkout of the project has one (``python3 dev.py bench vista``).

    ``scenes(folder, palette, count, frames, seed)`` draws grey-box scenes; ``tick_to_painted()`` returns goals by name, in
    milliseconds from a game's tick to the painted frame.
    """

    scenes: Callable[[Path, dict[str, Any], int, int, int], Sequence[Scene]]
    tick_to_painted: Callable[[], dict[str, Any]]


class Context:
    """``quick``: seconds instead of minutes, for tests only; ``short``: minutes instead of an hour, with standard errors.

    ``folder`` is where figures and unfinished pieces go. ``against``: another bundle that is measured beside this one.
    """

    def __init__(
        self,
        daemon: Daemon,
        folder: Path,
        quick: bool = False,
        shown: bool = True,
        engine: GameEngine | None = None,
        short: bool = False,
        against: Bundle | None = None,
    ) -> None:
        self.daemon, self.folder, self.quick, self.shown, self.engine = daemon, folder, quick, shown, engine
        self.short, self.against = short, against
        self._begun = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)

    def pair(self, world: int = 0) -> Pair:
        return Pair(self.daemon, WORLDS + world)

    def few(self, quick: int, whole: int, short: int | None = None) -> int:
        """An amount: for tests, for a whole run, and for a short one (default: as for a whole run)."""
        if self.quick:
            return quick
        return short if self.short and short is not None else whole

    @property
    def late(self) -> bool:
        """Whether a short row has used its time: it then ends with what it has, if that is enough for a value."""
        return self.short and time.monotonic() - self._begun > SHORT_S

    @contextmanager
    def bar(self, text: str, total: int) -> Iterator[Callable[[], None]]:
        """A progress bar with the time left; where no terminal is, a line now and then. Call its value once for each of
        ``total``."""
        terminal = sys.stderr.isatty()
        begun = said = time.monotonic()
        done = 0
        with Progress(console=Console(file=sys.stderr), disable=not (self.shown and terminal), transient=True) as bar:
            task = bar.add_task(text, total=total)

            def tick() -> None:
                nonlocal said, done
                done += 1
                bar.advance(task)
                now = time.monotonic()
                if self.shown and not terminal and now - said > SAY_EVERY_S and done < total:
                    said = now
                    left = (now - begun) / done * (total - done)
                    if self.short:
                        left = min(left, max(0.0, SHORT_S - (now - self._begun)))
                    print(f"{text}: {done} of {total}, {left / 60:.1f} minutes left", file=sys.stderr, flush=True)

            yield tick


def scene(rng: np.random.Generator, **fixed: Any) -> dict[str, Any]:
    """A random scene: hour, season, weather, biome, style and energy. ``fixed`` conditions replace random ones."""

    def one(options: tuple[str, ...]) -> str:
        return options[int(rng.integers(len(options)))]

    drawn: dict[str, Any] = {
        "time_of_day": round(float(rng.random() * 24), 2), "season": one(SEASONS), "weather": one(WEATHERS), "biome": one(BIOMES),
        "style": one(STYLES), "energy": round(float(rng.random()), 2),
    }  # fmt: skip
    return drawn | fixed
