"""A stream in the Python client: direct, poll, step and save it."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from dreambridge.client.channel import Answer, Channel, expect
from dreambridge.client.course import Course
from dreambridge.client.cutscene import Cutscene, Cutscenes
from dreambridge.client.places import Places
from dreambridge.client.recording import Recording
from dreambridge.client.save_slot import Saves
from dreambridge.client.settling import Settling, Waits
from dreambridge.client.stream_clock import StreamClock
from dreambridge.client.values import lasting, plain
from dreambridge.client.view import ViewSender, open_ring
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import AnyEvent, CutsceneHappened, RingChanged, Settled, StateChanged, ViewBack, ViewSilent
from dreambridge.protocol.states import State
from dreambridge.ring import layout as L
from dreambridge.ring.reader import Frame, RingReader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Layer = ArrayLike | None
    Tensors = dict[str, tuple[NDArray[np.float32], float]]


class Stream(Cutscenes, Places, Waits, Saves):
    """A running stream, made by ``Daemon.open``. All methods may be called from any thread.

    ``info`` : the daemon's reply to ``open`` (size, fps, provider, threads, view ...); replaced after a restart of the daemon.
    ``session`` : the daemon's number of the session.
    ``conditions`` : the bundle's schema, by name of the condition.
    ``state``, ``reason`` : the state now, and why, in words.
    ``current_fps`` : frames a second now, lower than ``info.fps`` while slowed; None: as fast as possible.
    ``level`` : the quality level now, one of ``info.levels``; "" for a bundle that has only one.
    """

    def __init__(
        self, channel: Channel, ask: M.Open, opened: R.Opened, connection: int, closed: "Callable[[Stream], None]"
    ) -> None:
        self._channel, self._ask, self._closed = channel, ask, closed
        self._ended = False
        self._returning = 0  # the thread that brings the cutscene back to its position; nobody else can direct meanwhile
        self._feed: Any = None
        self._view: ViewSender | None = None
        self._swap = threading.Lock()
        self._newest = 0
        self._settling = Settling()
        self._cutscene: Cutscene | None = None
        self._last_time = 0.0  # that of the last frame that was read
        self._clock = StreamClock()
        self._adopt(opened, connection)
        self._course = Course(lasting(ask.values, self.conditions))

    def _adopt(self, opened: R.Opened, connection: int) -> None:
        try:
            reader = open_ring(opened.ring)
        except DreamError:
            # Otherwise an unused session would keep running.
            self._channel.send(M.Close(session=opened.session), connection)
            raise
        # Other threads may read these at any time: an old session number never goes to a new daemon, and a playing stream can be
        # directed.
        self.info, self.session, self.conditions = opened, opened.session, opened.conditions
        self._clock.forget()
        self._connection = connection  # the one on which ``session`` means this stream
        # Each daemon counts revisions from 1, but a stream continues its count. Directions that the last daemon accepted but
        # never showed are among the values of the first frame. Reader and offset change together, as other threads read them.
        self._ring = reader, self._newest
        self._settling.restart(self._newest)
        self.current_fps, self.level = opened.fps or None, opened.level
        if not self._returning:
            self.reason, self.state = "", opened.state

    @property
    def _reader(self) -> RingReader:
        return self._ring[0]

    def _reopen(self, connection: int) -> None:
        """After the daemon's return: open again with the same seed and the last effective conditions, at a new epoch."""
        scene = self._cutscene if self._cutscene and self._cutscene.status != "ended" else None
        # With a cutscene, no frame is shown before it is at its position again.
        ask = msgspec.structs.replace(self._ask, values=self._course.values, paused=self._ask.paused or scene is not None)
        opened = expect(self._channel.ask(ask, 60.0, connection), R.Opened)
        self._course = Course(self._course.values)  # the new session's stream time begins at 0
        old, self._returning = self._reader, threading.get_ident() if scene else 0
        try:
            self._adopt(opened, connection)
            old.close()
            if self._view:
                self._view.again()
            if scene:
                scene._resume(self._last_time)
                if not self._ask.paused:
                    self._ask_session(R.Ok, M.Resume)
        finally:
            self._returning = 0
        self.reason, self.state = "", opened.state

    def _take_ring(self, path: str) -> None:
        """Continue with the ring that replaced a lost one; if it cannot be opened, keep the old one."""
        with self._swap, contextlib.suppress(OSError, ValueError):
            reader = RingReader(Path(path))
            if reader.state == L.SUPERSEDED:
                reader.close()
                return
            old, before = self._ring
            self._ring = reader, before
            self.info = msgspec.structs.replace(self.info, ring=path)
            old.close()

    def _read(self, publication: int | None = None) -> Frame | None:
        reader, before = self._ring
        frame = reader.read(publication)
        if frame is None and reader.state == L.SUPERSEDED:
            self._take_ring(self.info.ring)
        if frame:
            self._last_time = frame.time
            self._clock.shown(frame.time)
        return replace(frame, revision=before + frame.revision) if frame and before else frame

    def _event(self, m: AnyEvent) -> None:
        if isinstance(m, StateChanged):
            self.current_fps, self.level = m.fps or None, m.level
            self._state(m.state, m.reason)
        elif isinstance(m, RingChanged):
            self._take_ring(m.ring)
            self.reason = f"{m.message} {m.hint}"
        elif isinstance(m, CutsceneHappened):
            self._course.left(m.values, m.time)
            if self._cutscene:
                self._cutscene._event(m)
        elif isinstance(m, Settled):
            self._settling.take(m, self._ring[1])
        elif isinstance(m, ViewSilent):
            self.reason = f"no new view for {m.seconds:g} s: the last picture is kept"
        elif isinstance(m, ViewBack):
            self.reason = "the view is back"
        elif isinstance(m, R.ErrorReply):
            self._state(State.FAILED, f"{m.message} {m.hint}")

    def _state(self, state: str, reason: str) -> None:
        self.state, self.reason = state, reason

    def _described(self) -> str:
        return f"the stream is {self.state}" + (f" ({self.reason})" if self.reason else "")

    def _ask_session(self, answer: type[Answer], kind: type[M.SessionRequest], timeout: float = 10.0, **fields: Any) -> Answer:
        # Read before the state and the session's number, so that an old number is never sent to a new daemon.
        connection = self._connection
        if self.state == State.LOST and self._returning != threading.get_ident():
            raise self._channel.gone()
        return expect(self._channel.ask(kind(session=self.session, **fields), timeout, connection), answer)

    def direct(self, *, over: float | None = None, easing: str | None = None, real_time: bool = False, **values: Any) -> int:
        """Change conditions. Returns the new revision of the conditions; revisions continue after the daemon's return.

        ``over`` : length of the transition in seconds of stream time, 0 to 3600. Default: each condition's own.
        ``easing`` : "linear", "smooth", "in" or "out". Default: each condition's own.
        ``real_time`` : frames that the daemon drops count too, so that the transition ends on time on a slow machine.
        ``values`` : value of each condition. None unsets the condition. A picture is a path, the bytes of a PNG, JPEG or WebP
        file, a Pillow image, or an array uint8 [height, width, 3 or 4].

        DreamError ``unknown_condition``, ``bad_value``, ``missing_package``, ``session_failed``, ``daemon_gone``. After an error
        nothing has changed.
        """
        return self._directed(M.Direct, values, over=over, easing=easing, real_time=real_time)

    def cut(self, *, seed: int | None = None, **values: Any) -> int:
        """Change conditions at once and reset the model's state. Returns the revision.

        ``seed`` : a new seed, 0 to 2^63 - 1; None keeps the old one. ``values`` and errors as in ``direct``.
        """
        revision = self._directed(M.Cut, values, seed=seed)
        if seed is not None:
            self._ask.seed = seed
            self.info = msgspec.structs.replace(self.info, seed=seed)
        return revision

    def _directed(self, kind: type[M.SessionRequest], values: dict[str, Any], **fields: Any) -> int:
        sent, (_, before) = plain(values, self.conditions), self._ring
        directed = self._ask_session(R.Directed, kind, values=sent, **fields)
        revision = before + directed.revision
        self._newest = max(self._newest, revision)
        self._course.directed(revision, directed.at, lasting(sent, self.conditions), fields.get("over"), fields.get("easing"))
        self._settling.expect(revision, directed.over)
        if self._cutscene:
            self._cutscene._directed(sent)
        return revision

    @property
    def values(self) -> dict[str, Any]:
        """The effective conditions: what was directed last or left by a cutscene, without events. A copy; None: unset."""
        return dict(self._course.values)

    def audio(self, samples: Any, rate: float, condition: str | None = None) -> int:
        """Direct an ``audio`` condition by sound. Returns the number of frames that were directed.

        ``samples`` : float [n] in -1 to 1, one channel: the next piece of the sound, or all of it.
        ``rate`` : samples a second, 1,000 to 384,000.
        ``condition`` : its name. Default: the bundle's first audio condition.

        The call returns after the last complete frame was directed, at the pace of the sound: it waits if the samples come
        faster. The last levels hold until others come. To end them, push silence or unset the condition. DreamError
        ``bad_value``, ``unknown_condition``.
        """
        from dreambridge.client.audio_feed import AudioFeed

        name = condition or next((n for n, c in self.conditions.items() if c["kind"] == "audio"), None)
        if name is None or self.conditions.get(name, {}).get("kind") != "audio":
            raise DreamError(
                "unknown_condition",
                f"The bundle has no audio condition{f' {condition!r}' if condition else ''}.",
                "Open a bundle that has one.",
            )
        key = (rate, float(self.info.fps or 30.0))
        if self._feed is None or self._feed.key != key:
            self._feed = AudioFeed(*key)
        return self._feed.push(samples, lambda row: self.direct(over=0.0, **{name: row}))

    @property
    def palette(self) -> dict[str, R.PaletteEntry]:
        """The labels of a view, each with colour (sRGB bytes), depth and description.

        Empty if the bundle does not take a view.
        """
        return dict(self.info.view.palette) if self.info.view else {}

    def view(
        self, label: "Layer", depth: "Layer" = None, *, colour: "Layer" = None, normal: "Layer" = None, motion: "Layer" = None
    ) -> int:
        """Paint over the game's own picture. Steps that begin from now on use it, until the next picture.

        H and W are those of a frame; ``info.view`` says what the bundle takes. ``view(None)`` returns to the bundle's own stage.

        ``label`` : uint8 [H, W, 3 or 4], each pixel in a colour of ``palette`` (the nearest colour counts); with ``colour``,
        alpha 0: no label. ``depth`` : float [H, W], 0 near to 1 far; None: each label has its own. ``colour`` : uint8 [H, W, 3
        or 4], the game's own colours without light, sRGB; alpha 0: that of the label. ``normal`` : float [H, W, 3], right, up
        and towards the camera; 0, 0, 0: none. ``motion`` : float [H, W, 2], pixels right and down since the last picture; NaN:
        unknown.

        Returns the view number; frames that are painted over this picture, or a later one, have ``frame.view`` >= it. The first
        call asks the daemon and waits, and so does a call with other layers than the one before. DreamError ``bad_value``,
        ``bad_argument`` (neither label nor colour), ``not_supported`` (no view, or not these layers), ``daemon_gone``.
        """
        given = {"label": label, "colour": colour, "depth": depth, "normal": normal, "motion": motion}
        if all(layer is None for layer in given.values()):
            if self._view:
                # First, so that a failed request can be repeated.
                self._ask_session(R.Ok, M.DetachView)
                self._view.close()
                self._view = None
            return 0
        self._view = self._view or ViewSender(lambda layers: self._ask_session(R.Attached, M.AttachView, 60.0, layers=layers))
        return self._view.send(self.info, given)

    def poll(self) -> Frame | None:
        """The latest frame, or None if there is no new one since the last call. Does not wait."""
        return self._read()

    def frame(self, timeout: float = 1.0) -> Frame:
        """Wait for a new frame, at most ``timeout`` seconds; returns the latest one. DreamError ``timeout``."""
        until = time.monotonic() + timeout
        while (f := self._read()) is None:
            if time.monotonic() > until:
                raise DreamError(
                    "timeout",
                    f"No new frame within {timeout:g} s; {self._described()}.",
                    "Call resume() or step() if it is paused.",
                )
            time.sleep(0.0005)
        return f

    def step(self, count: int = 1, timeout: float = 10.0, dt: float | None = None) -> list[Frame]:
        """Make ``count`` steps of a paused stream, and return the last frame of each.

        ``timeout`` : seconds to wait for each step. ``dt`` : stream time of each frame, 0.0001 to 60 s; None: 1 / fps.
        DreamError ``bad_state`` (not paused), ``timeout``, ``session_failed``.
        """
        return [self._step(timeout, dt)[0] for _ in range(count)]

    def step_telling(self, conditions: Sequence[str], timeout: float = 10.0, dt: float | None = None) -> "tuple[Frame, Tensors]":
        """Make one step, and tell the tensor (float32, flat) and presence that it used of each condition. Errors as ``step``."""
        return self._told(self._step(timeout, dt, list(conditions)))

    @staticmethod
    def _told(step: tuple[Frame, R.Stepped]) -> "tuple[Frame, Tensors]":
        import numpy as np

        return step[0], {n: (np.frombuffer(v, "<f4"), step[1].presence[n]) for n, v in step[1].values.items()}

    def _step(
        self, timeout: float, dt: float | None, conditions: list[str] | None = None, dropped: float = 0.0, level: str = ""
    ) -> tuple[Frame, R.Stepped]:
        reply = self._several_steps(1, timeout, dt, conditions or (), dropped, level)
        return self._published(reply.published), reply

    def _several_steps(
        self, count: int, timeout: float, dt: float | None = None, conditions: Sequence[str] = (), dropped: float = 0.0,
        level: str = "", until_wait: bool = False,
    ) -> R.Stepped:  # fmt: skip
        """``count`` steps with one request; ``_published`` reads them. A ring keeps as many as it has slots."""
        asked = {"count": count, "dt": dt, "conditions": list(conditions), "dropped": dropped, "level": level}
        return self._ask_session(R.Stepped, M.Step, timeout * count, until_wait=until_wait, **asked)

    def _published(self, publication: int) -> Frame:
        frame = self._read(publication)
        if frame:
            return frame
        said = f"Publication {publication} was overwritten before it was read."
        raise DreamError("timeout", said, "Call step() from one thread only.")

    def pause(self) -> None:
        """Make no more frames until ``resume`` or ``step``. Stream time stands still.

        DreamError ``session_failed``, ``daemon_gone``.
        """
        self._ask_session(R.Ok, M.Pause)
        self._ask.paused = True  # also after the daemon was lost and came back

    def less_flashing(self, on: bool = True) -> None:
        """Damp flashes, for players who ask for it: at most one a second, or fewer if the daemon's rules say so.

        Where a picture would flash more often, it changes more slowly; ``stats().damped`` counts such frames. DreamError
        ``session_failed``, ``daemon_gone``, ``bad_argument`` (the rules name an event that the bundle does not have).
        """
        self._ask_session(R.Ok, M.LessFlashing, on=on)
        self._ask.less_flashing = on  # also after the daemon was lost and came back

    def resume(self) -> None:
        """Continue after ``pause``. DreamError ``session_failed``, ``daemon_gone``."""
        self._ask_session(R.Ok, M.Resume)
        self._ask.paused = False

    def snapshot(self) -> bytes:
        """The stream's whole state, for a save game: opaque bytes for ``restore``. A view is not part of it.

        DreamError ``too_large`` (use ``save_snapshot``), ``session_failed``, ``timeout``, ``daemon_gone``.
        """
        return self._ask_session(R.Snapshotted, M.Snapshot).data or b""

    def save_snapshot(self, path: str | os.PathLike[str], timeout: float = 60.0) -> int:
        """Let the daemon write a snapshot of any size to a file, over an earlier one; its bytes.

        DreamError ``bad_argument`` (another file is there), ``no_access``, and as ``snapshot``."""
        return self._ask_session(R.Snapshotted, M.Snapshot, timeout, file=os.path.abspath(path)).bytes

    def load_snapshot(self, path: str | os.PathLike[str], timeout: float = 60.0) -> None:
        """Return to a snapshot that ``save_snapshot`` wrote. Errors as ``restore``, and ``no_access``."""
        self._landed(self._ask_session(R.Restored, M.Restore, timeout, file=os.path.abspath(path)))

    def restore(self, data: bytes) -> None:
        """Return to a ``snapshot`` of the same bundle. ``values`` and the seed are those of the snapshot.

        DreamError ``bad_snapshot``, ``session_failed``, ``daemon_gone``.
        """
        self._landed(self._ask_session(R.Restored, M.Restore, data=data))

    def record(self, *, views: bool = False, digests: bool = True, replace: bool = False) -> Recording:
        """Record what happens from now on as a take (protocol/TAKE.md), until ``Recording.stop``.

        ``views`` : also the pictures of an attached view. ``digests`` : also a digest of each frame, to compare a replay with
        (0.2 ms for 256 x 256 pixels, 6 ms for 1920 x 1080). DreamError ``bad_state`` if it is recorded already; with ``replace``
        the other recording ends, and what was not read of it is lost.
        """
        return Recording(self._ask_session, views, digests, replace)

    def stats(self) -> R.StreamStats:
        """The session's statistics: frames, fps, step times in ms, missed deadlines. DreamError ``daemon_gone``."""
        return self._ask_session(R.StreamStats, M.Stats)

    def close(self) -> None:
        """End the session and remove its ring. ``poll`` returns None from then on."""
        self._ended = True
        self._closed(self)  # first, so that the daemon's return does not open it again
        with contextlib.suppress(DreamError):
            self._ask_session(R.Closed, M.Close, 2.0)
        self._reader.close()
        if self._view:
            self._view.close()
        self._state(State.CLOSED, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
