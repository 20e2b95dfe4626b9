"""Takes of the page's stream: the last minute, which is always recorded, and those that somebody has kept."""

import contextlib
import json
import threading
from dataclasses import dataclass
from typing import Any

from dreambridge.client.recording import HEAD, Recording
from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.take import lines as T
from dreambridge.take.join import join_takes
from dreambridge.take.read import Take, parse_take

MINUTE_S = 60.0
FRAMES = '{"type":"frames"'  # begins the lines of a take that have its steps
BEGINNINGS, END = ('{"type":"open"', '{"type":"snapshot"'), '{"type":"end"'
MAX_TAKES = 12
MAX_TEXT = 64 * 1024 * 1024  # characters of all takes that are kept, and of the last minute
MAX_TAKE = MAX_TEXT // 2  # of one that is recorded: it ends there, and is kept


@dataclass(frozen=True)
class KeptTake:
    """A take that can be replayed and saved: its name for people, its text, and how long it is."""

    name: str
    text: str
    frames: int
    seconds: float

    @classmethod
    def of(cls, name: str, text: str) -> "KeptTake":
        """DreamError ``bad_take``."""
        take = parse_take(text.encode(), name)
        return cls(name, text, *length(take))

    def told(self) -> dict[str, Any]:
        return {"name": self.name, "frames": self.frames, "seconds": round(self.seconds, 3), "bytes": len(self.text)}


def length(take: Take) -> tuple[int, float]:
    """Frames and seconds of stream time."""
    per = take.head.frames_per_step
    runs = [line for _, line in take.items if isinstance(line, T.Frames)]
    if take.timed:
        end = next((line.time or 0.0 for _, line in reversed(take.items) if isinstance(line, T.Event)), 0.0)
        return round(end * (take.head.fps or 0.0)), end
    return per * sum(r.count for r in runs), sum(r.count * r.dt * per for r in runs)


def steps_in(text: str) -> int:
    """The steps in the text of a take."""
    return sum(int(json.loads(line)["count"]) for line in T.rows(text) if line.startswith(FRAMES))


class KeptTakes:
    """The takes of a preview, for all of its pages; the oldest go when there are too many."""

    def __init__(self) -> None:
        self._all: dict[str, KeptTake] = {}
        self._count = 0

    def add(self, word: str, text: str) -> KeptTake:
        """Keep a take as ``word`` and a number. DreamError ``bad_take``."""
        self._count += 1
        take = KeptTake.of(f"{word} {self._count}", text)
        self._all[take.name] = take
        while len(self._all) > 1 and (len(self._all) > MAX_TAKES or sum(len(t.text) for t in self._all.values()) > MAX_TEXT):
            del self._all[next(iter(self._all))]
        return take

    def get(self, name: str) -> KeptTake:
        """DreamError ``bad_argument``."""
        if name not in self._all:
            raise DreamError("bad_argument", f"There is no take {name!r}.", f"There are: {', '.join(self._all) or 'none'}.")
        return self._all[name]

    def drop(self, name: str) -> None:
        del self._all[self.get(name).name]

    def told(self) -> list[dict[str, Any]]:
        return [t.told() for t in self._all.values()]


class AlwaysRecorded:
    """Records a stream from the beginning on, in pieces that follow each other. All methods may be called from any thread.

    The daemon is asked every few seconds (``look``), and a piece ends after a minute. ``record``, ``stop`` and ``minute`` put an
    end to a piece as well. Pieces that the last minute does not need are forgotten, so that there are two minutes at most.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream, self._lock = stream, threading.Lock()
        self._recording: Recording | None = None
        self._pieces: list[tuple[str, int]] = []  # the last ones that have ended, with their steps
        self._parts: list[str] | None = None  # of the take that somebody records, up to the piece that is recorded now
        self._ended: list[list[str]] = []  # the parts of each take that has ended, and that nobody has been given yet

    @property
    def recording(self) -> bool:
        """Whether somebody records a take."""
        return self._parts is not None

    @property
    def has_take(self) -> bool:
        """Whether ``stop`` has something to give."""
        return self._parts is not None or bool(self._ended)

    def _now(self) -> Recording:
        """The recording that goes on; it begins again after the daemon was lost, a timeout, and one that became too large."""
        if self._recording is not None and not self._recording.recording:
            self._lose()
        if self._recording is None:
            self._begin(digests=False)
            assert self._recording
        return self._recording

    def _begin(self, digests: bool) -> None:
        """After a request that timed out, the daemon records on for nobody: that recording is replaced."""
        self._recording, self._pieces = self._stream.record(digests=digests, replace=True), []

    def _lose(self) -> None:
        """The daemon is gone, does not answer, has another session for this stream, or has ended the recording: what was read of
        it stays."""
        left = whole_takes(self._recording.text) if self._recording else []
        self._recording = None
        self._pieces += [(text, steps_in(text)) for text in left]
        if self._parts is not None:
            self._ended.append([*self._parts, *left])
            self._parts = None

    def _piece(self, digests: bool = False) -> str:
        """End the piece that is recorded now, and begin another one; the text of the first. After a DreamError it is lost."""
        try:
            piece = self._now().restart(digests=digests)
        except DreamError:
            self._lose()
            raise
        self._pieces.append((piece, steps_in(piece)))
        while len(self._pieces) > 1 and self._enough(self._pieces[1:]):
            del self._pieces[0]
        return piece

    def _enough(self, pieces: list[tuple[str, int]]) -> bool:
        """Whether these are the last minute, or too much text already."""
        return sum(n for _, n in pieces) >= self._minute or sum(len(text) for text, _ in pieces) > MAX_TEXT // 2

    @property
    def _minute(self) -> float:
        """Steps of a minute."""
        info = self._stream.info
        return MINUTE_S * (info.fps or 24.0) / info.frames_per_step

    def look(self) -> str | None:
        """Read what the daemon has recorded, and begin another piece after a minute.

        Returns the take that somebody recorded, if it ended by itself: it became too large, or the daemon is gone.
        """
        with self._lock:
            try:
                now = self._now()
                now.read()
                size = len(now.text)
                if self._parts is None:
                    if now.steps >= self._minute or size > MAX_TEXT // 2:
                        self._piece()
                elif sum(map(len, self._parts)) + size > MAX_TAKE:
                    self._end(self._piece())
            except DreamError:
                self._lose()
            return self._given_up()

    def _end(self, piece: str) -> None:
        """The take that somebody records ends with this piece, unless it was lost before."""
        if self._parts is not None:
            self._ended.append([*self._parts, piece])
            self._parts = None

    def _given_up(self) -> str | None:
        self._ended = [parts for parts in self._ended if any(parts)]
        return self._give(0) if self._ended else None

    def _give(self, number: int) -> str:
        """One of those that have ended. It is forgotten once it is joined, or if there is nothing of it."""
        parts = self._ended[number]
        text = _joined(parts) if any(parts) else ""
        del self._ended[number]
        return text or _joined([])

    def record(self) -> None:
        """A take begins with the next frame. DreamError ``bad_state`` if one is recorded already."""
        with self._lock:
            if self._parts is not None:
                raise DreamError("bad_state", "A take is being recorded already.", "Stop it first.")
            try:
                self._piece(digests=True)
            except DreamError as e:
                if e.code != "bad_state":
                    raise
                self._begin(digests=True)  # the daemon has another session
            self._parts = []

    def stop(self) -> str:
        """The take that was begun by ``record``, or the last one that ended by itself; after a loss, what there is of it.

        DreamError ``bad_state`` without one, and if nothing is left of it.
        """
        with self._lock:
            if self._parts is not None:
                with contextlib.suppress(DreamError):
                    self._end(self._piece())
            if not self._ended:
                raise DreamError("bad_state", "No take is being recorded.", "Start one first.")
            return self._give(-1)

    def minute(self) -> str:
        """The last minute, or what there is of it; if the daemon is gone, what was before."""
        with self._lock:
            with contextlib.suppress(DreamError):
                piece = self._piece(digests=self._parts is not None)
                if self._parts is not None:
                    self._parts.append(piece)
            return _joined([text for text, _ in self._pieces])


def whole_takes(text: str) -> list[str]:
    """The takes in the text of a recording that was cut short, each with an end; the last one without its unfinished line."""
    found: list[list[str]] = []
    for row in T.rows(text[: text.rfind("\n") + 1]):
        line = f"{row}\n"
        if line.startswith(HEAD):
            found.append([])
        if found:
            found[-1].append(line)
    if found and not any(line.startswith(BEGINNINGS) for line in found[-1]):
        del found[-1]
    if found and not found[-1][-1].startswith(END):
        found[-1].append('{"type":"end","reason":"failed"}\n')
    return ["".join(lines) for lines in found]


def _joined(parts: list[str]) -> str:
    whole = ""
    for part in parts:
        if part:
            whole = join_takes(whole, part) if whole else part
    if not whole:
        raise DreamError("bad_state", "Nothing was recorded: the daemon was restarted, or it did not answer.", "Try again.")
    return whole
