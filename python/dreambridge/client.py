"""The Python client: for narrative engines, tools and tests."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dreambridge.channel import Channel
from dreambridge.connection import read, runtime_dir
from dreambridge.frames.reader import Frame, RingReader
from dreambridge.protocol.errors import DreamError
from dreambridge.view import ViewSender

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_UNSET: Any = object()


def connect(name: str = "default") -> "Daemon":
    """Join the running daemon ``name``; DreamError ``not_running``."""
    connection = read(name)
    if connection is None:
        raise DreamError(
            "not_running",
            f"No daemon {name!r} runs (looked in {runtime_dir()}).",
            "Start one: `dreambridge serve`, or dreambridge.start().",
        )
    return Daemon(name, None)


def start(name: str | None = None, provider: str = "auto", timeout: float = 20.0) -> "Daemon":
    """Start a daemon of one's own, which ends with this process or with the ``with`` block.

    ``name`` is a fresh one when left out, so that it stands beside any other. DreamError ``already_running``,
    ``no_access`` or ``timeout``.
    """
    name = name or f"py-{os.getpid()}-{time.monotonic_ns() // 1000000}"
    command = [
        sys.executable,
        "-m",
        "dreambridge",
        "serve",
        "--name",
        name,
        "--provider",
        provider,
        "--parent-pid",
        str(os.getpid()),
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_until_there(name, process, timeout)
        if process.stderr:
            # From now on its log has no reader here; a thread keeps the pipe from filling up.
            threading.Thread(target=_drain, args=(process.stderr,), daemon=True).start()
        return Daemon(name, process)
    except BaseException:  # Ctrl-C too: what was started here is not left behind
        process.kill()
        process.wait()
        raise


def _wait_until_there(name: str, process: "subprocess.Popen[bytes]", timeout: float) -> None:
    until = time.monotonic() + timeout
    while read(name) is None:
        if process.poll() is not None:
            said = (process.stderr.read() if process.stderr else b"").decode(errors="replace").strip()
            raise DreamError("not_running", f"The daemon ended at once: {said[-500:]}", "Run `dreambridge doctor`.")
        if time.monotonic() > until:
            raise DreamError("timeout", f"The daemon did not start within {timeout:g} s.", "Run `dreambridge serve` to see why.")
        time.sleep(0.01)


def _drain(pipe: Any) -> None:
    with contextlib.suppress(ValueError, OSError):
        while pipe.read(65536):
            pass


def plain(values: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Arrays and tensors as lists and pictures as bytes, which msgpack knows. A path as str is known by the schema only."""
    from dreambridge.picture import is_picture, to_send

    return {
        k: to_send(k, v) if is_picture(v) or schema.get(k, {}).get("kind") == "image" else _listed(v) for k, v in values.items()
    }


def _listed(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_listed(v) for v in value]
    return value.tolist() if hasattr(value, "tolist") else value


def lasting(values: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What of ``values`` holds on: all but events, which must not happen again when the daemon is back."""
    return {k: v for k, v in values.items() if schema.get(k, {}).get("kind") != "event"}


class Daemon:
    """A daemon that was joined (``connect``) or started (``start``). Closes its streams, and its own process, with it."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes] | None") -> None:
        connection = read(name)
        if connection is None:
            raise DreamError("not_running", f"No daemon {name!r} runs.", "Start one.")
        self.name, self._process = name, process
        self._streams: dict[int, Stream] = {}
        self._early: dict[int, list[dict[str, Any]]] = {}  # events that overtook the thread that opens their stream
        self._channel = Channel(connection, lambda: read(name), self._event, self._lost, self._back)

    @property
    def pid(self) -> int:
        return self._channel.connection.pid

    @property
    def connected(self) -> bool:
        return not self._channel.lost

    def bundles(self) -> list[dict[str, Any]]:
        """The bundles there are, with their condition schemas."""
        return list(self._channel.ask({"type": "bundles"})["bundles"])

    def open(
        self, bundle: str, *, seed: int = 0, fps: float | None = _UNSET, threads: int = 0, priority: str = "below_normal",
        max_cpu: float = 1.0, paused: bool = False, slots: int = 6, values: dict[str, Any] | None = None, timeout: float = 60.0,
    ) -> "Stream":  # fmt: skip
        """Open a stream. ``fps`` None: as fast as it goes; left out: the bundle's own. ``values`` are conditions that hold
        from the first frame on. See PROTOCOL.md for the others.
        """
        ask: dict[str, Any] = {
            "type": "open", "bundle": bundle, "seed": seed, "threads": threads, "priority": priority, "max_cpu": max_cpu,
            "paused": paused, "slots": slots, "values": plain(values or {}, {}),
        }  # fmt: skip
        if fps is not _UNSET:
            ask["fps"] = fps
        stream = Stream(self._channel, ask, self._channel.ask(ask, timeout), self._closed)
        self._adopt(stream)
        return stream

    def _adopt(self, stream: "Stream") -> None:
        self._streams[stream.session] = stream
        for m in self._early.pop(stream.session, []):
            stream._event(m)

    def _closed(self, stream: "Stream") -> None:
        self._streams = {n: s for n, s in self._streams.items() if s is not stream}

    def _event(self, m: dict[str, Any]) -> None:
        number = m.get("session", -1)
        stream = self._streams.get(number)
        if stream:
            stream._event(m)
        elif number > max(self._streams, default=0):
            self._early.setdefault(number, []).append(m)

    def _lost(self) -> None:
        self._early.clear()
        for s in list(self._streams.values()):
            s._state("lost", "the daemon is gone")

    def _back(self, welcome: dict[str, Any]) -> None:
        known = {o["session"]: o for o in welcome["sessions"]}
        again = list(self._streams.values())
        self._streams = {s.session: s for s in again if s.session in known}
        for number, s in self._streams.items():
            s._state(known[number]["state"], "")
        for number in set(known) - set(self._streams):
            # Its reply was lost with the connection, so nobody holds it: it would run for nobody.
            self._channel.send({"type": "close", "session": number})
        missing = [s for s in again if s.session not in known]
        if missing:
            # Asking waits for replies that this very thread delivers: do it beside.
            threading.Thread(target=self._reopen, args=(missing,), daemon=True).start()

    def _reopen(self, streams: "list[Stream]") -> None:
        for s in streams:
            if s._ended:
                continue
            try:
                s._reopen()
                self._adopt(s)
                if s._ended:  # closed meanwhile
                    s.close()
            except DreamError as e:
                s._state("failed", str(e))

    def close(self) -> None:
        with contextlib.suppress(DreamError):
            if not self._channel.lost:
                self._channel.ask({"type": "bye"}, 1.0)
        self._channel.close()
        for s in list(self._streams.values()):
            s._reader.close()
            if s._view:
                s._view.close()
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(3.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stderr:
                with contextlib.suppress(OSError):
                    self._process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Stream:
    """A running stream. ``opened`` is the daemon's reply (threads, provider, ring …), ``conditions`` the bundle's schema."""

    def __init__(self, channel: Channel, ask: dict[str, Any], opened: dict[str, Any], closed: "Callable[[Stream], None]") -> None:
        self._channel, self._ask, self._closed = channel, ask, closed
        self._ended = False
        self._feed: Any = None
        self._view: ViewSender | None = None
        self._adopt(opened)
        self._effective: dict[str, Any] = lasting(ask["values"], self.conditions)

    def _adopt(self, opened: dict[str, Any]) -> None:
        self.opened, self.session, self.conditions = opened, opened["session"], opened["conditions"]
        self.state, self.reason, self.fps_now = opened["state"], "", opened["fps"]
        self._reader = RingReader(Path(opened["ring"]))

    def _reopen(self) -> None:
        """After the daemon's return: the same seed and the last effective conditions, at a new epoch."""
        opened = self._channel.ask(self._ask | {"values": self._effective}, 60.0)
        old = self._reader
        self._adopt(opened)
        old.close()
        if self._view:
            self._view.again()

    def _event(self, m: dict[str, Any]) -> None:
        if m["type"] == "state":
            self.fps_now = m.get("fps")
            self._state(m["state"], m.get("reason", ""))
        elif m["type"] == "error":
            self._state("failed", f"{m.get('message')} {m.get('hint')}")

    def _state(self, state: str, reason: str) -> None:
        self.state, self.reason = state, reason

    def _ask_session(self, kind: str, timeout: float = 10.0, **fields: Any) -> dict[str, Any]:
        if self.state == "lost":  # also while it is opened anew: until then its number means nothing to the new daemon
            raise DreamError("daemon_gone", "The daemon is gone.", "The stream goes on when it is back; ask again then.")
        return self._channel.ask({"type": kind, "session": self.session, **fields}, timeout)

    def direct(self, *, over: float | None = None, easing: str | None = None, **values: Any) -> int:
        """Change conditions, moving over ``over`` seconds (each condition's own when left out); returns the revision.

        A value of None unsets its condition; a picture is a path, the bytes of a file, a Pillow image or an array uint8
        [height, width, 3 or 4]. DreamError ``unknown_condition`` or ``bad_value`` change nothing.
        """
        sent = plain(values, self.conditions)
        revision = int(self._ask_session("direct", values=sent, over=over, easing=easing)["revision"])
        self._effective |= lasting(sent, self.conditions)
        return revision

    def cut(self, *, seed: int | None = None, **values: Any) -> int:
        """Change conditions at once and begin anew: the state is reset."""
        sent = plain(values, self.conditions)
        revision = int(self._ask_session("cut", values=sent, seed=seed)["revision"])
        self._effective |= lasting(sent, self.conditions)
        if seed is not None:
            self._ask["seed"] = seed
        return revision

    def audio(self, samples: Any, rate: float, condition: str | None = None) -> int:
        """Direct an ``audio`` condition by sound; the number of frames that were directed.

        ``samples`` are float [n] in -1 to 1, one channel, ``rate`` of them a second: a piece of what is being played, again and
        again, or a whole one. The call returns when the last frame that is complete was directed, so sound that is given faster
        than it sounds makes it wait. The last levels hold until others come: push silence, or ``direct(audio=None)``.
        ``condition`` is the first of that kind when left out. DreamError ``bad_value``, ``unknown_condition``.
        """
        from dreambridge.audio_feed import AudioFeed

        name = condition or next((n for n, c in self.conditions.items() if c["kind"] == "audio"), None)
        if name is None or self.conditions.get(name, {}).get("kind") != "audio":
            raise DreamError("unknown_condition", f"The bundle has no audio condition {condition or ''}.", "Open one that has.")
        key = (rate, float(self.opened["fps"] or 30.0))
        if self._feed is None or self._feed.key != key:
            self._feed = AudioFeed(*key)
        return self._feed.push(samples, lambda row: self.direct(over=0.0, **{name: row}))

    @property
    def palette(self) -> dict[str, dict[str, Any]]:
        """Label to {colour (sRGB bytes), depth, description}: what a view is painted of; empty when the bundle takes none."""
        return dict((self.opened.get("view") or {}).get("palette", {}))

    def view(self, label: "ArrayLike | None", depth: "ArrayLike | None" = None) -> int:
        """Give the stream the game's own picture to paint over; the steps that begin from now on use it, until the next one.

        ``label`` uint8 [H, W, 3 or 4], each pixel of a colour of ``palette`` (the nearest one counts); ``depth`` float [H, W],
        0 near to 1 far, or None: then each label has its own. H and W are the frame's. None instead of a picture goes back
        to the bundle's own stage. Returns the picture's number: frames painted over it have ``frame.view`` >= it.

        The first call, and one that begins or ends giving depth, asks the daemon and waits; the others only write.
        DreamError ``bad_value`` (shape, dtype), ``not_supported`` (the bundle takes no view, or no depth), ``daemon_gone``.
        """
        if label is None:
            if self._view:
                self._view.close()
                self._view = None
                self._ask_session("detach_input")
            return 0
        self._view = self._view or ViewSender(lambda layers: self._ask_session("attach_input", layers=layers))
        return self._view.send(self.opened, label, depth)

    def shown(self, revision: int) -> bool:
        """Has a frame made with that direction (or a later one) been published?"""
        return self._reader.revision() >= revision

    def wait_shown(self, revision: int, timeout: float = 2.0) -> None:
        """Wait until ``shown``; DreamError ``timeout``."""
        until = time.monotonic() + timeout
        while not self.shown(revision):
            if time.monotonic() > until:
                raise DreamError(
                    "timeout", f"No frame of revision {revision} within {timeout:g} s; the stream is {self.state} {self.reason}.",
                    "A paused stream shows it at the next step.",
                )  # fmt: skip
            time.sleep(0.0005)

    def poll(self) -> Frame | None:
        """The latest step if it is new, without waiting."""
        return self._reader.read()

    def frame(self, timeout: float = 1.0) -> Frame:
        """The next frame that was not taken yet, the latest if there are several; DreamError ``timeout``."""
        until = time.monotonic() + timeout
        while (f := self._reader.read()) is None:
            if time.monotonic() > until:
                raise DreamError(
                    "timeout", f"No new frame within {timeout:g} s; the stream is {self.state} {self.reason}.", "Is it paused?"
                )
            time.sleep(0.0005)
        return f

    def step(self, count: int = 1, timeout: float = 10.0) -> list[Frame]:
        """Make exactly ``count`` steps of a paused stream and return each one's frame."""
        frames = []
        for _ in range(count):
            publication = self._ask_session("step", timeout, count=1)["published"]
            frame = self._reader.read(publication)
            if frame is None:
                raise DreamError(
                    "timeout", f"Publication {publication} was overwritten before it was read.", "Step from one place only."
                )
            frames.append(frame)
        return frames

    def pause(self) -> None:
        self._ask_session("pause")
        self._ask["paused"] = True  # so it is too when the daemon went and came back

    def resume(self) -> None:
        self._ask_session("resume")
        self._ask["paused"] = False

    def snapshot(self) -> bytes:
        """The stream's whole state as bytes, for a save game."""
        return bytes(self._ask_session("snapshot")["data"])

    def restore(self, data: bytes) -> None:
        self._ask_session("restore", data=data)

    def stats(self) -> dict[str, Any]:
        return self._ask_session("stats")

    def close(self) -> None:
        self._ended = True
        self._closed(self)  # first, so that the daemon's return does not open it again
        with contextlib.suppress(DreamError):
            self._ask_session("close", timeout=2.0)
        self._reader.close()
        if self._view:
            self._view.close()
