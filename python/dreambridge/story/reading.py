"""Reads a story's file as text, whatever its encoding, and converts offsets to lines and columns."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dreambridge.protocol.errors import DreamError

MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Source:
    """``warning``: about the encoding; empty when the file is UTF-8."""

    text: str
    warning: str = ""

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both from 1. A line ends with LF, CR LF or CR."""
        starts = self.starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line."""
        return [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", self.text))]


def read(path: Path) -> Source:
    """DreamError ``no_access``, ``too_large``."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DreamError(
                "too_large", f"{path} has {size} bytes; the limit is {MAX_BYTES}.", "Split the story into several files."
            )
        data = path.read_bytes()
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path.") from e
    return decoded(data)


def decoded(data: bytes) -> Source:
    """UTF-8, UTF-16 with its mark, or else Latin-1 (Windows-1252), which any bytes are."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Source(data.decode("utf-16", "replace"), "The file is UTF-16. Most story engines read UTF-8 only.")
    try:
        return Source(data.decode("utf-8-sig"))
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        said = f"The file is not UTF-8 (first in line {line}: byte {data[e.start]:#04x}). It was read as Latin-1."
        return Source(data.decode("cp1252", "replace"), said)
