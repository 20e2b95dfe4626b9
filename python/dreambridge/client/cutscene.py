"""A cutscene in the Python client: loaded into a stream and played by the daemon."""

import asyncio
import contextlib
import hashlib
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from dreambridge.client.channel import Answer, Channel, expect
from dreambridge.client.sound import ShotSounds, Sound
from dreambridge.client.stream_clock import StreamClock
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import CutsceneHappened
from dreambridge.protocol.limits import MAX_DOCUMENT, MAX_MESSAGE, too_long
from dreambridge.protocol.states import State

Ask = Callable[..., Any]
MAX_EVENTS = 10_000
MAX_FILE = MAX_MESSAGE - 1024  # a file is sent as one message


def files_named(document: Mapping[str, Any]) -> set[str]:
    """The files that the daemon needs: pictures in characters and lanes, and features of sounds. The client plays the sounds."""
    found = set[Any]()
    for c in document.get("characters", {}).values():
        found.add(c.get("reference"))
    for shot in document.get("shots", {}).values():
        found.add((shot.get("audio") or {}).get("features"))
        found |= {
            k.get("value")
            for lane in shot.get("lanes", {}).values()
            for k in lane.get("keys", [])
            if isinstance(k.get("value"), str)
        }
    return {f for f in found if isinstance(f, str) and f}


class Cutscene:
    """A cutscene of one stream, made by ``Stream.cutscene``. All methods may be called from any thread.

    ``name``, ``shots`` : name of the document; its shots with length and marks.
    ``warnings`` : possible mistakes, each with line and column.
    ``status``, ``shot``, ``variables`` : the current position, from the last reply or event.
    ``on_event`` : called with each event, in a thread of the client; None: no callback. It must not block.
    """

    def __init__(
        self,
        ask: Ask,
        put: Callable[[bytes], Any],
        text: str,
        folder: Path,
        files: Mapping[str, bytes] | None,
        moment: Callable[[], tuple[float, bool]],
    ) -> None:
        self._ask, self._put, self._text, self._folder, self._files = ask, put, text, folder, files
        self._moment, self._sounds = moment, ShotSounds(text, folder)
        self._events: queue.Queue[CutsceneHappened] = queue.Queue(MAX_EVENTS)
        self._changed = threading.Condition()
        self.on_event: Callable[[CutsceneHappened], None] | None = None
        self.status, self.shot, self.variables = "ended", "", dict[str, Any]()
        self._preroll = 0.0
        self._began = 0.0  # stream time of the shot's second 0
        self._held: frozenset[str] = frozenset()  # conditions that the game has directed: they stay so when the daemon is back
        self._load(M.CutsceneLoad)

    def _load(self, kind: type[M.CutsceneDocument]) -> None:
        if len(self._text) > MAX_DOCUMENT:
            raise DreamError("bad_cutscene", *too_long(len(self._text)))
        contents = self._contents()
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
        for _ in range(2):
            loaded = self._ask(R.CutsceneLoaded, kind, timeout=60.0, document=self._text, files=digests)
            if not loaded.missing:
                break
            for name, digest in digests.items():
                if digest in loaded.missing:
                    self._put(contents[name])
        else:
            raise DreamError("too_large", "The files of the cutscene do not fit into the daemon.", "Use fewer or smaller files.")
        self.name, self.shots, self.warnings = loaded.name, loaded.shots, loaded.warnings
        self._sounds.renew(self._text, self._folder)

    @property
    def document(self) -> str:
        """The text of the document that is loaded."""
        return self._text

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the document by name, as far as they were there."""
        return self._contents()

    def _contents(self) -> dict[str, bytes]:
        if self._files is not None:
            return dict(self._files)
        try:
            named = files_named(json.loads(self._text))
        except (ValueError, AttributeError, TypeError):
            return {}  # the daemon reports its problems
        out = {}
        for name in sorted(named):
            path = self._folder / name
            with contextlib.suppress(OSError, ValueError):
                # A prompt is also a text, and no file of that name exists.
                if path.is_file() and path.resolve().is_relative_to(self._folder.resolve()):
                    size = path.stat().st_size
                    if size > MAX_FILE:
                        raise DreamError(
                            "too_large", f"The file {name!r} has {size} bytes; the limit is {MAX_FILE}.", "Use a smaller file."
                        )
                    out[name] = path.read_bytes()
        return out

    # -- playing -----------------------------------------------------------------------------------------------------
    def play(
        self, shot: str | None = None, *, mark: str | None = None, at: float = 0.0, preroll: float = 0.0, **variables: Any
    ) -> R.CutsceneStatus:
        """Play from the beginning, or from ``shot`` and its ``mark`` or its second ``at``; ``variables`` override the defaults.

        ``preroll`` : seconds, 0 to 10. While the cutscene waits or a choice is open, the daemon makes so much of each way out
        ahead, in spare time. What is taken is then shown with the next frame. It begins with a cut.

        DreamError ``bad_argument`` names an unknown shot, mark or time, ``bad_value`` a variable.
        """
        self.clear()
        return self._status(M.CutscenePlay, shot=shot, mark=mark, at=at, variables=variables, preroll=preroll)

    def seek(self, shot: str | None = None, *, mark: str | None = None, at: float = 0.0) -> R.CutsceneStatus:
        """Go to another position. Variables stay, except those that the shot there sets. Errors as in ``play``."""
        return self._status(M.CutsceneSeek, shot=shot, mark=mark, at=at)

    def signal(self, name: str, *, again_in: str | None = None) -> bool:
        """Signal that something happened in the game. Returns whether the shot waits for it, now or at its end.

        ``again_in`` : for a signal that was not answered, because the connection was lost: the shot in which it was sent. In
        another one nothing happens.
        """
        return bool(self._status(M.CutsceneSignal, name=name, shot=again_in).waited)

    def choose(self, option: str, *, again_in: str | None = None) -> R.CutsceneStatus:
        """Select an option of the open choice. DreamError ``bad_state`` without one, ``bad_argument`` for another option.

        ``again_in`` : for a choice that was not answered, because the connection was lost: the shot in which it was made. If
        the daemon has carried it out, nothing happens.
        """
        return self._status(M.CutsceneChoose, option=option, shot=again_in)

    def set(self, **values: Any) -> R.CutsceneStatus:
        """Set variables, either all or none of them. DreamError ``bad_value``."""
        return self._status(M.CutsceneSet, values=values)

    def skip(self) -> R.CutsceneStatus:
        """Skip to the next choice or to the end."""
        return self._status(M.CutsceneSkip)

    def release(self, *conditions: str, over: float = 0.5) -> list[str]:
        """Return directed conditions to their lanes; without a name, all of them. Returns the released conditions."""
        return list(self._status(M.CutsceneRelease, conditions=list(conditions) or None, over=over).released)

    def stop(self) -> R.CutsceneStatus:
        """End the cutscene; the conditions do not change."""
        return self._status(M.CutsceneStop)

    def replace(self, source: "str | os.PathLike[str] | Mapping[str, Any]", files: Mapping[str, bytes] | None = None) -> None:
        """Replace the document by another version; playback continues in the same shot, at the same time after its last mark.

        ``files`` as in ``Stream.cutscene``. DreamError ``bad_cutscene`` names every problem; then the old version continues.
        """
        old = self._text, self._folder, self._files
        (self._text, self._folder), self._files = document_of(source), files
        try:
            self._load(M.CutsceneReplace)
        except DreamError:
            self._text, self._folder, self._files = old
            raise
        self._status(M.CutsceneSet, values={})  # its marks may be elsewhere: where it is now

    def sound(self) -> Sound | None:
        """What should be heard now: the sound of the shot on screen, and the second of it; None: nothing.

        "On screen" is the frame that the stream gave last (``poll``, ``frame``), so read each frame that you show. A sound begins
        with its shot, and goes on while a wait or a choice holds the picture.
        """
        return self._sounds.at(*self._moment())

    def send(self, message: M.SessionRequest) -> R.CutsceneStatus:
        """Send a request of protocol/requests.py that is answered by ``cutscene_status``; its ``session`` is filled in."""
        fields = msgspec.structs.asdict(message)
        return self._status(type(message), **{k: v for k, v in fields.items() if k not in ("id", "session")})

    def _status(self, kind: type[M.SessionRequest], **fields: Any) -> R.CutsceneStatus:
        status: R.CutsceneStatus = self._ask(R.CutsceneStatus, kind, **fields)
        self._take(status.status, status.shot, status.time, status.at, status.sound)
        self.variables, self._held = status.variables, frozenset(status.held)
        if kind is M.CutscenePlay:
            self._preroll = fields.get("preroll", 0.0)
        return status

    # -- waiting -----------------------------------------------------------------------------------------------------
    def wait(self, happened: str, name: str | None = None, timeout: float = 10.0) -> CutsceneHappened:
        """The next event of this kind (``shot``, ``mark``, ``waiting``, ``choice``, ``ended``), and of this name or shot.

        Earlier events are skipped. DreamError ``timeout``; ``bad_state`` if the cutscene ends without it.
        """
        until = time.monotonic() + timeout
        while True:
            try:
                event = self._events.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                what = f"{happened} {name or ''}".strip()
                raise DreamError("timeout", f"There was no event {what!r} within {timeout:g} s.", "Raise the timeout.") from None
            if event.happened == happened and name in (None, event.name or event.shot):
                return event
            if event.happened == "ended":
                raise DreamError("bad_state", f"The cutscene ended before {happened!r} happened.", "Play it again.")

    async def happens(self, happened: str, name: str | None = None, timeout: float = 10.0) -> CutsceneHappened:
        """``wait`` for ``async`` code."""
        return await asyncio.to_thread(self.wait, happened, name, timeout)

    def take_events(self) -> list[CutsceneHappened]:
        """The events that nobody has waited for yet, in order. Does not wait."""
        out = []
        with contextlib.suppress(queue.Empty):
            while True:
                out.append(self._events.get_nowait())
        return out

    def clear(self) -> None:
        """Drop unread events."""
        self.take_events()

    # -- for the stream ----------------------------------------------------------------------------------------------
    def _take(self, status: str, shot: str, time: float, at: float, sound: float | None) -> None:
        self.status, self.shot, self._began = status, shot, time - at
        self._sounds.told(time, shot, None if status == "ended" else sound)

    def _directed(self, names: Iterable[str]) -> None:
        """The game has directed these conditions, and keeps them until ``release``."""
        if self.status != "ended":
            self._held |= set(names)

    def _event(self, m: CutsceneHappened) -> None:
        status = {"waiting": "waiting", "choice": "choosing", "ended": "ended"}.get(m.happened, "playing")
        self._take(status, m.shot, m.time, m.at, m.sound)
        self.variables, self._held = m.variables, frozenset(m.held)
        with contextlib.suppress(queue.Full):
            self._events.put_nowait(m)
        if self.on_event:
            self.on_event(m)

    def _resume(self, stream_time: float) -> None:
        """After the daemon's return: load the same document, and continue at the position of the last frame."""
        place, variables, running = (self.shot, max(0.0, stream_time - self._began)), self.variables, self.status != "ended"
        self._load(M.CutsceneLoad)
        if running and place[0] in self.shots:
            at = min(place[1], self.shots[place[0]].seconds)
            held = sorted(self._held)
            self._status(M.CutscenePlay, shot=place[0], at=at, variables=variables, preroll=self._preroll, held=held)


def document_of(source: "str | os.PathLike[str] | Mapping[str, Any]") -> tuple[str, Path]:
    """The text of a document and the folder of its files, from a path, a text that begins with ``{``, or a map."""
    if isinstance(source, Mapping):
        return json.dumps(source), Path()
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return source, Path()
    try:
        if (size := Path(source).stat().st_size) > MAX_DOCUMENT:
            said, hint = too_long(size)
            raise DreamError("bad_cutscene", f"{source}: {said}", hint)
        return Path(source).read_text("utf-8-sig"), Path(source).parent
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is not UTF-8"
        raise DreamError("bad_cutscene", f"{source} cannot be read: {why}.", "Give the path of a *.dream.json.") from e


class Owner(Protocol):
    """What a cutscene needs of its stream."""

    state: str
    _channel: Channel
    _clock: StreamClock
    _cutscene: Cutscene | None
    _last_time: float

    def _ask_session(
        self, answer: type[Answer], kind: type[M.SessionRequest], timeout: float = 10.0, **fields: Any
    ) -> Answer: ...
    def _load_cutscene(self, text: str, folder: Path, files: Mapping[str, bytes] | None) -> Cutscene: ...
    def _moment(self) -> tuple[float, bool]: ...
    def _put_file(self, data: bytes) -> R.FileTaken: ...


class Cutscenes:
    """The part of ``Stream`` that plays cutscenes."""

    _cutscene: Cutscene | None

    def cutscene(
        self: "Owner", source: "str | os.PathLike[str] | Mapping[str, Any]", files: Mapping[str, bytes] | None = None
    ) -> Cutscene:
        """Load a cutscene (protocol/CUTSCENE.md): the path of a ``*.dream.json``, its text, or the document as a map.

        Its files are read from the folder of the document, or are the bytes in ``files`` by name. They are sent to the daemon.
        Call ``play`` to play it. When the daemon comes back, it continues at the same position. A stream has one cutscene at a
        time. DreamError ``bad_cutscene`` names every problem with line and column.
        """
        return self._load_cutscene(*document_of(source), files)

    def _load_cutscene(self: "Owner", text: str, folder: Path, files: Mapping[str, bytes] | None) -> Cutscene:
        self._cutscene = None
        self._cutscene = Cutscene(self._ask_session, self._put_file, text, folder, files, self._moment)
        return self._cutscene

    def _moment(self: "Owner") -> tuple[float, bool]:
        """The stream time on screen, and whether the picture moves."""
        if self.state not in (State.PLAYING, State.SLOWED):
            return self._last_time, False
        return self._clock.at()

    def _put_file(self: "Owner", data: bytes) -> R.FileTaken:
        return expect(self._channel.ask(M.PutFile(data=data), 60.0), R.FileTaken)
