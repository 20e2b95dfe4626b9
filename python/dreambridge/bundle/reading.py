"""Reads the files of a bundle. They are untrusted: each must be a regular file of limited size inside the folder."""

import contextlib
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError, check_handles

MAX_MANIFEST_BYTES = 4 * 2**20
MAX_MANIFEST_DEPTH = 32
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def inside(folder: Path, name: str) -> Path:
    """The path of a bundle's own file; DreamError ``bad_bundle`` when ``name``, or a link on the way, leaves the folder."""
    path = Path(os.path.realpath(folder / name))
    if Path(name).is_absolute() or not path.is_relative_to(os.path.realpath(folder)):
        raise DreamError("bad_bundle", f"The path {name!r} leaves the bundle's folder.", "A bundle may use its own files only.")
    return path


@contextlib.contextmanager
def opened_file(path: Path, limit: int, name: str, way_out: str = "Make it smaller.") -> Iterator[tuple[BufferedReader, int]]:
    """A regular file of at most ``limit`` bytes, and its size. DreamError ``bad_bundle`` calls it ``name``."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as e:
        raise DreamError("bad_bundle", f"The file {name!r} is missing.", "Install the bundle again.") from e
    except OSError as e:
        check_handles(e, f"The file {name!r}")
        raise DreamError("bad_bundle", f"The file {name!r} cannot be read: {e.strerror}.", "Check its permissions.") from e
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            raise DreamError(
                "bad_bundle", f"{name!r} is not a regular file.", "Replace it with one, or install the bundle again."
            )
        if about.st_size > limit:
            raise DreamError(
                "bad_bundle", f"The file {name!r} has {about.st_size:,} bytes; at most {limit:,} are allowed.", way_out
            )
        with os.fdopen(fd, "rb", closefd=False) as file:
            yield file, about.st_size
    except OSError as e:
        raise DreamError("bad_bundle", f"The file {name!r} cannot be read: {e.strerror}.", "Check the disk.") from e
    finally:
        os.close(fd)


def read_file(path: Path, limit: int, name: str, way_out: str = "Make it smaller.") -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes. DreamError ``bad_bundle`` calls it ``name``.

    It never blocks, as opening a FIFO would, and it checks the same open file that it reads.
    """
    with opened_file(path, limit, name, way_out) as (file, size):
        return file.read(min(size + 1, limit))


def size_of(path: Path, name: str) -> int:
    """Bytes of a regular file, under the same rules."""
    with opened_file(path, sys.maxsize, name, "") as (_, size):
        return size


def hash_file(path: Path, limit: int, name: str, way_out: str = "Make it smaller.") -> str:
    """The sha256 of a file, under the same rules, without loading the whole file into memory."""
    with opened_file(path, limit, name, way_out) as (file, _):
        return hashlib.file_digest(file, "sha256").hexdigest()


def parse_manifest(raw: bytes, name: str) -> dict[str, Any]:
    """The JSON object of a ``bundle.json``. DreamError ``bad_bundle``: invalid JSON, nested too deeply, or a duplicate key."""

    def bad(text: str) -> DreamError:
        return DreamError("bad_bundle", f"{name}: {text}.", "See protocol/BUNDLE.md.")

    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_MANIFEST_DEPTH:
        raise bad(f"it is nested {deepest} levels deep; at most {MAX_MANIFEST_DEPTH} are allowed")

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) != len(pairs):
            keys = [k for k, _ in pairs]
            twice = next(k for i, k in enumerate(keys) if k in keys[:i])
            raise bad(f"the key {twice!r} appears twice in one object")
        return out

    try:
        found = json.loads(raw.decode(), object_pairs_hook=object_of)
    except (ValueError, RecursionError) as e:
        raise bad(f"it is not valid JSON: {e}") from e
    if not isinstance(found, dict):
        raise bad("it is not a JSON object")
    return found
