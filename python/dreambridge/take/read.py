"""Reads a ``*.take.jsonl``: each problem is a DreamError ``bad_take`` with file and line."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import OVER
from dreambridge.protocol.strict_json import encodable, nested_deeper, no_constant, too_new, without_duplicates
from dreambridge.protocol.view_layers import problem
from dreambridge.take import lines as T
from dreambridge.take.packing import unpacked, unpacked_picture, with_bytes

MAX_BYTES = 512 * 1024 * 1024
MAX_LINE = 128 * 1024 * 1024
MAX_INDEX = 2**53
MAX_STEPS = 10_000_000  # four days at 24 frames a second
MAX_NESTING = 32
DT = (1e-4, 60.0)
MAX_LEVELS = 16


@dataclass
class Take:
    """A checked take. ``items``: line number and line, without the files. ``timed``: written by hand, in times, not indices."""

    name: str
    head: T.Head
    begin: T.Begin | T.FromSnapshot
    items: list[tuple[int, T.Line]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    timed: bool = False
    sha256: str = ""

    @property
    def steps(self) -> int:
        return sum(line.count for _, line in self.items if isinstance(line, T.Frames))


def read_take(path: Path) -> Take:
    """DreamError ``no_access`` if the file cannot be read, ``bad_take`` if it is damaged."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DreamError("bad_take", f"{path} has {path.stat().st_size} bytes; the limit is {MAX_BYTES}.", "Split the take.")
        data = path.read_bytes()
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path.") from e
    return parse_take(data, str(path))


def parse_take(data: bytes, name: str = "take") -> Take:
    """A take of its bytes; ``name`` stands in errors. DreamError ``bad_take``."""
    return _Reader(name, data).read()


class _Reader:
    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data, self.line = name, data, 0
        self.cursor, self.time, self.steps = 0, 0.0, 0
        self.files = dict[str, bytes]()

    def wrong(self, said: str, hint: str = "See protocol/TAKE.md.") -> DreamError:
        return DreamError("bad_take", f"{self.name}:{self.line}: {said}", hint)

    def read(self) -> Take:
        rows = self.data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        if not rows[-1].strip():
            rows.pop()
        head: T.Head | None = None
        take: Take | None = None
        ended = False
        for self.line, row in enumerate(rows, 1):
            if ended:
                raise self.wrong("There is a line after `end`.", "Remove what follows `end`.")
            line = self._line(row)
            if head is None:
                head = self._head(line)
            elif isinstance(line, T.Head):
                raise self.wrong("There is a second `take` line.", "A file holds one take: split it.")
            elif isinstance(line, T.File):
                self._file(line)
            elif take is None:
                take = self._begin(line, head)
            else:
                ended = self._event(line, take)
        if head is None:
            raise self.wrong("The file is empty.", "Record a take, or write its first line.")
        if take is None or not ended:
            last = "its `open` or `snapshot`" if take is None else "its `end`"
            raise self.wrong(
                f"The take stops after this line, without {last}: it was cut short.",
                'Record it again; or add a line {"type": "end"} to use what is there.',
            )
        take.sha256 = hashlib.sha256(self.data).hexdigest()
        return take

    def _line(self, row: bytes) -> T.Line:
        if len(row) > MAX_LINE:
            raise self.wrong(f"The line has {len(row)} bytes; the limit is {MAX_LINE}.")
        try:
            text = row.decode()
        except UnicodeDecodeError as e:
            raise self.wrong(f"The line is not UTF-8: byte {e.start} is {row[e.start]:#04x}.", "Save it as UTF-8.") from e
        try:
            plain = json.loads(text, object_pairs_hook=without_duplicates, parse_constant=no_constant)
        except json.JSONDecodeError as e:
            raise self.wrong(f"The line is not JSON: {e.msg} at column {e.colno}.", "Each line is one JSON object.") from e
        except (RecursionError, ValueError) as e:
            raise self.wrong(str(e) if isinstance(e, ValueError) else "The line is nested too deep.") from e
        if not isinstance(plain, dict) or not isinstance(kind := plain.get("type"), str):
            raise self.wrong("The line is not a JSON object with a `type`.")
        if kind not in T.LINES:
            raise self.wrong(f"There is no line of the type {kind[:80]!r}.", f"Types: {', '.join(T.LINES)}.")
        if nested_deeper(plain, MAX_NESTING):
            raise self.wrong(f"The line is nested deeper than {MAX_NESTING}.")
        if "\\ud" in text.lower() and not encodable(plain):
            raise self.wrong("A text holds half of a surrogate pair.", "Write the character itself, or both halves.")
        if kind == "take" and too_new(plain.get("format"), T.FORMAT[0]):
            raise self.wrong(
                f"The take has format {plain['format']!r}; this release reads {T.FORMAT[0]}.x.", "Update dreambridge."
            )
        try:
            return msgspec.convert(plain, T.LINES[kind])
        except (msgspec.ValidationError, OverflowError) as e:
            raise self.wrong(f"{e}.") from e

    def _head(self, line: T.Line) -> T.Head:
        if not isinstance(line, T.Head):
            raise self.wrong(
                "The first line is not of the type `take`.", 'It begins with {"type": "take", "format": "1.0", ...}.'
            )
        if not 1 <= line.frames_per_step <= 1024 or not 0 <= line.seed < 2**63 or not 0 <= line.threads <= 256:
            said = f"frames_per_step {line.frames_per_step}, seed {line.seed} or threads {line.threads} is out of range."
            raise self.wrong(said)
        if line.fps is not None and line.fps != 0 and not 0.1 <= line.fps <= 1000:
            raise self.wrong(f"fps = {line.fps:g} is out of range.", "Use 0, or 0.1 to 1000.")
        return line

    def _file(self, line: T.File) -> None:
        data = self._base64(line.data)
        found = hashlib.sha256(data).hexdigest()
        if found != line.sha256:
            raise self.wrong(f"The SHA-256 of the file is {found}, not {line.sha256[:80]!r}.", "The take was changed or damaged.")
        self.files[found] = data

    def _begin(self, line: T.Line, head: T.Head) -> Take:
        if not isinstance(line, (T.Begin, T.FromSnapshot)):
            raise self.wrong(f"`{_kind(line)}` stands before `open` or `snapshot`.")
        self._within(line)
        self.cursor = line.frame or 0
        if isinstance(line, T.FromSnapshot):
            if line.frame is None:
                raise self.wrong("`snapshot` has no `frame`.")
            self._base64(line.data)
            if line.document is not None:
                self._document(line.document, line.sha256, line.files)
        else:
            self._values(line.values)
        return Take(self.name, head, line, files=self.files, timed=line.frame is None)

    def _event(self, line: T.Line, take: Take) -> bool:
        """Check one line and append it; True for the last one."""
        if isinstance(line, (T.Begin, T.FromSnapshot)):
            raise self.wrong(f"There is a second beginning, `{_kind(line)}`.")
        if isinstance(line, T.Frames):
            self._frames(line, take)
        else:
            assert isinstance(line, T.Event)
            self._within(line)
            self._order(line, take)
            self._content(line, take)
        take.items.append((self.line, line))
        return isinstance(line, T.End)

    def _frames(self, line: T.Frames, take: Take) -> None:
        if take.timed:
            raise self.wrong("`frames` stands in a take that begins without a `frame`.", "Give times only, or indices only.")
        if line.frame != self.cursor:
            raise self.wrong(f"`frame` is {line.frame}, but the next frame is {self.cursor}.", "Lines are missing or unsorted.")
        self.steps += line.count
        if line.count < 1 or self.steps > MAX_STEPS:
            raise self.wrong(f"`count` = {line.count} is out of range.", f"A take has at most {MAX_STEPS} steps.")
        if not DT[0] <= line.dt <= DT[1]:
            raise self.wrong(f"`dt` = {line.dt} is out of range.", f"Use {DT[0]:g} to {DT[1]:g} s.")
        if not 0 <= line.quality < MAX_LEVELS:
            raise self.wrong(f"`quality` = {line.quality} is out of range.", f"Use 0 to {MAX_LEVELS - 1}.")
        per = take.head.frames_per_step
        if line.digests and len(line.digests) != line.count * per:
            raise self.wrong(f"There are {len(line.digests)} digests for {line.count * per} frames.")
        self.cursor += line.count * per

    def _within(self, line: T.Event) -> None:
        if line.frame is not None and not 0 <= line.frame < MAX_INDEX:
            raise self.wrong(f"`frame` = {line.frame} is out of range.", f"Use 0 to {MAX_INDEX}.")
        if line.time is not None and not (math.isfinite(line.time) and 0 <= line.time <= 1e9):
            raise self.wrong(f"`time` = {line.time} is out of range.", "Use seconds from 0 on.")

    def _order(self, line: T.Event, take: Take) -> None:
        if take.timed:
            if line.frame is not None:
                raise self.wrong("`frame` stands in a take that begins without one.", "Give times only, or indices only.")
            if line.time is None:
                raise self.wrong(
                    f"`{_kind(line)}` has no `time`.", "Give the second of stream time before whose frame it applies."
                )
            if line.time is not None:
                if line.time < self.time:
                    raise self.wrong(
                        f"`time` is {line.time:g}, after {self.time:g}: the lines are unsorted.", "Sort them by time."
                    )
                self.time = line.time
        elif line.frame is None and not isinstance(line, T.End):
            raise self.wrong(f"`{_kind(line)}` has no `frame`.")
        elif line.frame is not None and line.frame != self.cursor:
            raise self.wrong(f"`frame` is {line.frame}, but the next frame is {self.cursor}.", "Lines are missing or unsorted.")

    def _content(self, line: T.Event, take: Take) -> None:
        if isinstance(line, (T.Direct, T.Cut)):
            self._values(line.values)
        elif isinstance(line, T.Drop):
            if not 0 < line.seconds <= OVER[1]:
                raise self.wrong(f"`seconds` = {line.seconds} is out of range.", f"Use more than 0, at most {OVER[1]:g}.")
        elif isinstance(line, (T.CutsceneLoad, T.CutsceneReplace)):
            self._document(line.document, line.sha256, line.files)
        elif isinstance(line, T.Jump):
            if take.timed:
                raise self.wrong("`jump` stands in a take that was written in times.")
            if not 0 <= line.to < MAX_INDEX:
                raise self.wrong(f"`to` = {line.to} is out of range.", f"Use 0 to {MAX_INDEX}.")
            self._base64(line.data)
            self.cursor = line.to
        elif isinstance(line, T.View):
            for name, data in line.layers.items():
                try:
                    unpacked_picture(data, take.head.width, take.head.height)
                except ValueError as e:
                    raise self.wrong(f"The layer {name} of the view {e}.") from e
            if line.layers and problem(list(line.layers)):
                raise self.wrong("The view has neither label nor colour.")

    def _document(self, document: str, sha256: str, files: Mapping[str, str]) -> None:
        found = hashlib.sha256(document.encode()).hexdigest()
        if sha256 and sha256 != found:
            said = f"The SHA-256 of the document is {found}, not {sha256[:80]!r}."
            raise self.wrong(said, "The take was changed or damaged; without `sha256` it is not compared.")
        for name, digest in files.items():
            if digest not in self.files:
                raise self.wrong(f"The picture {name[:80]!r} has the SHA-256 {digest[:80]!r}, and no line before holds it.")

    def _values(self, values: dict[str, Any]) -> None:
        try:
            with_bytes(values, self.files)
        except ValueError as e:
            raise self.wrong(f"A value {e}.") from e

    def _base64(self, data: str) -> bytes:
        try:
            return unpacked(data)
        except ValueError as e:
            raise self.wrong(f"`data` {e}.") from e


def _kind(line: T.Line) -> str:
    return str(line.__struct_config__.tag)
