"""How far a bake is: as a bar in a terminal, and as a number in a file for another program."""

import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dreambridge.bake.oven import Job, Made, Options
from dreambridge.bake.ovens import bake_all

WRITE_S = 0.1


def with_bar(
    films: Sequence[Job],
    work: Path,
    o: Options,
    every: bool,
    limit: int,
    jobs: int,
    quiet: bool,
    resumed: bool,
    progress: Path | None = None,
) -> list[Made]:
    """``bake_all`` with a progress bar, in a terminal; and with the number of frames in the file ``progress``."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(file=sys.stderr)
    if resumed and not quiet:
        console.print("An earlier bake of the same files did not end: this one goes on from there.")
    rate = TextColumn("{task.fields[speed]}")
    with Progress(
        SpinnerColumn(), TextColumn("{task.completed:.0f} frames"), rate, TimeElapsedColumn(), console=console,
        disable=quiet or not sys.stderr.isatty(), transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("baking", total=None, speed="")
        written = 0.0

        def write() -> None:
            nonlocal written
            written = time.monotonic()
            if progress:
                with contextlib.suppress(OSError):  # the films do not depend on it
                    progress.write_text(f"{bar.tasks[0].completed:.0f}\n")

        def each(frames: int) -> None:
            bar.advance(task, frames)
            if time.monotonic() - written >= WRITE_S:
                write()
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, speed=f"{speed:.1f} frames/s" if speed else "")

        made = bake_all(films, work, o, every, limit, jobs, each)
        write()
        return made
