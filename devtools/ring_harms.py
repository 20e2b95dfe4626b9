"""What another program can do to the file of a ring."""

import mmap
import os
from collections.abc import Callable
from pathlib import Path

from dreambridge.ring import layout as L


def cut_short(path: Path) -> None:
    os.truncate(path, 0)


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    with path.open("w+") as f:
        f.write("mine now")


def new_header(path: Path) -> None:
    with path.open("r+b") as f:
        f.write(b"\xff" * L.HEADER)


def removed(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    other = path.with_suffix(".other")
    other.write_text("somebody else's")
    other.replace(path)


def mapped_and_written(path: Path) -> None:
    """By a client that maps its ring to write into it, all of it."""
    with path.open("r+b") as f, mmap.mmap(f.fileno(), 0) as m:
        m[:] = b"\x5a" * len(m)


HARMS: list[Callable[[Path], None]] = [
    cut_short, cut_in_half, overwritten, new_header, removed, replaced, mapped_and_written,
]  # fmt: skip
