"""Records a session as a take: each direction with the frame before which it applied, and each step's stream time."""

import hashlib
import platform
from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dreambridge import __version__
from dreambridge.engine import snapshots
from dreambridge.engine.part import PartOf
from dreambridge.engine.view import SessionView
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_TAKE_BYTES
from dreambridge.protocol.replies import Recorded
from dreambridge.protocol.requests import Open
from dreambridge.rules.rules import StreamRules
from dreambridge.system.onnx_runtime import import_onnxruntime
from dreambridge.take import lines as T
from dreambridge.take.packing import packed, packed_picture, without_bytes

PIECE = 2**20  # characters of one reply: at most 4 MiB
MAX_RUN = 240  # steps in one line
DIGITS = 16


class Owner(snapshots.Owner, Protocol):
    """What a recorder needs of its session."""

    ask: Open
    view: SessionView
    rules: StreamRules
    applied_revision: int


class Recorder(PartOf[Owner]):
    """All methods belong to the session's thread, except ``text`` of a session that has failed.

    A recording without room (``MAX_TAKE_BYTES`` unread) ends with an `end` line that says so, and the session goes on.
    """

    def __init__(self, session: Owner, views: bool, digests: bool, most: int = MAX_TAKE_BYTES) -> None:
        super().__init__(session)
        self.views, self.digests, self.most = views, digests, most
        self.recording, self.steps = True, 0
        self._lines: deque[str] = deque()
        self._rest, self._size = "", 0
        self._files = set[str]()
        # First frame, dt and quality level of the steps that make the next `frames` line.
        self._run: tuple[int, float, int] | None = None
        self._count, self._digests = 0, list[str]()
        self._view = 0
        self._begin()

    def _begin(self) -> None:
        s = self.session
        assert s.runner
        f = s.bundle.manifest.frame
        self._put(
            T.Head(
                format=f"{T.FORMAT[0]}.{T.FORMAT[1]}",
                bundle=s.bundle.name,
                bundle_version=s.bundle.manifest.version,
                bundle_sha256=s.bundle.digest,
                seed=s.runner.seed,
                width=f.width,
                height=f.height,
                frames_per_step=f.per_step,
                fps=s.pace.fps or 0.0,
                provider=s.runner.provider,
                threads=s.runner.threads,
                dreambridge=__version__,
                onnxruntime=import_onnxruntime().__version__,
                machine=f"{platform.system()} {platform.machine()}",
                views=self.views,
                events_off=sorted(s.rules.masks),
            )
        )
        player = s.cutscene.player
        untouched = s.number_of_step == 0 and s.index == 0 and s.flags == 0 and s.applied_revision == bool(s.ask.values)
        if untouched and player is None:
            self._put(T.Begin(frame=0, values=self._plain(s.ask.values), revision=s.applied_revision))
        else:
            made: dict[str, Any] = {}
            if player:
                document, files = s.cutscene.source
                made = {"document": document, "sha256": s.cutscene.digest, "files": self._kept(files)}
            data = packed(snapshots.snapshot(s))
            self._put(T.FromSnapshot(frame=s.index, data=data, revision=s.applied_revision, **made))

    # -- what happens ------------------------------------------------------------------------------------------------
    def note(self, kind: type[T.Event], fields: Mapping[str, Any]) -> None:
        """Something was applied before the next frame. ``fields`` as in the request; bytes become files."""
        if self.recording:
            self._put(kind(frame=self.session.index, **self._plain(dict(fields))))

    def document(self, kind: type[T.CutsceneLoad] | type[T.CutsceneReplace]) -> None:
        """The session's cutscene was loaded or replaced."""
        if self.recording:
            s = self.session
            document, files = s.cutscene.source
            self._put(kind(frame=s.index, document=document, sha256=s.cutscene.digest, files=self._kept(files)))

    def jumped(self, why: Any, frame: int, asked: Mapping[str, Any]) -> None:
        """The session went elsewhere before its frame ``frame`` was made: it is there already.

        A snapshot is recorded, not the way there: what the session could go back to lies in part before the recording.
        `adopt` calls this too, after the swap.
        """
        if self.recording:
            s = self.session
            fields = {k: v for k, v in asked.items() if v is not None}
            self._put(
                T.Jump(
                    frame=frame,
                    to=s.index,
                    why=why,
                    data=packed(snapshots.snapshot(s)),
                    asked=fields,
                    revision=s.applied_revision,
                )
            )

    def before_step(self) -> None:
        """The session has taken the view for the next step."""
        s = self.session
        if not self.recording or s.view.number == self._view:
            return
        # Without pictures, only that there is a view, and that there is none any more.
        if self.views or not (self._view and s.view.number):
            layers = self._layers(s) if self.views else {}
            self._put(T.view(s.index, s.view.number, layers))
        self._view = s.view.number

    def _layers(self, s: Owner) -> dict[str, str]:
        if not s.view.viewing or s.runner is None:
            return {}
        inputs = s.runner.view
        return {layer: packed_picture(inputs[layer][0]) for layer in s.view.given}

    def stepped(self, index: int, dt: float, frames: NDArray[np.uint8], level: int = 0) -> None:
        """A step was made at a quality level: ``frames`` uint8 [N, H, W, 4], the first of index ``index``, each ``dt`` seconds
        long."""
        if not self.recording:
            return
        if self._run is None or self._run[1:] != (dt, level) or self._count >= MAX_RUN:
            self._close_run()
            self._run = index, dt, level
        self._count += 1
        self.steps += 1
        if self.digests:
            self._digests += [hashlib.sha256(f.data).hexdigest()[:DIGITS] for f in frames]

    # -- text --------------------------------------------------------------------------------------------------------
    def stop(self, reason: Any = "stopped") -> None:
        if self.recording:
            frame = self.session.index
            self._close_run()
            if self.recording:  # else it was too large just now
                self.recording = False
                self._keep(T.encoded(T.End(frame=frame, reason=reason)))

    def text(self) -> Recorded:
        """The next piece of the take, which is forgotten then."""
        self._close_run()
        pieces = [self._rest]
        length = len(self._rest)
        while self._lines and length < PIECE:
            pieces.append(self._lines.popleft())
            length += len(pieces[-1])
        whole = "".join(pieces)
        piece, self._rest = whole[:PIECE], whole[PIECE:]
        self._size -= len(piece)
        return Recorded(recording=self.recording, text=piece, more=bool(self._rest or self._lines), steps=self.steps)

    def follow(self, before: "Recorder") -> None:
        """The unread text of the take ``before``, which has ended, is read before that of this one."""
        self._rest, self._lines = before._rest, before._lines + self._lines
        self._size += before._size

    def _put(self, line: T.Line) -> None:
        self._close_run()
        self._push(T.encoded(line))

    def _push(self, text: str) -> None:
        if self.recording:
            self._keep(text)
            if self._size > self.most:
                self.stop("too_large")

    def _keep(self, text: str) -> None:
        self._lines.append(text)
        self._size += len(text)

    def _close_run(self) -> None:
        if self._run and self._count:
            (frame, dt, level), count, digests = self._run, self._count, self._digests
            self._run, self._count, self._digests = None, 0, []
            self._push(T.encoded(T.Frames(frame=frame, count=count, dt=dt, quality=level, digests=digests)))

    def _plain(self, fields: dict[str, Any]) -> dict[str, Any]:
        plain: dict[str, Any] = without_bytes(fields, self._file)
        return plain

    def _kept(self, files: Mapping[str, bytes]) -> dict[str, str]:
        for data in files.values():
            self._file(hashlib.sha256(data).hexdigest(), data)
        return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}

    def _file(self, digest: str, data: bytes) -> None:
        if digest not in self._files:
            self._files.add(digest)
            self._put(T.File(sha256=digest, data=packed(data)))


def restart(session: Owner, recorder: Recorder, views: bool, digests: bool) -> Recorder:
    """Another take from the next frame on; ``recorder`` ends before it, if it has not ended yet."""
    recorder.stop()
    new = Recorder(session, views, digests)
    new.follow(recorder)
    return new


def start(session: Owner, recorder: Recorder | None, views: bool, digests: bool) -> Recorder:
    """DreamError ``bad_state`` if the session is recorded already."""
    if recorder and recorder.recording:
        raise DreamError("bad_state", "The session is being recorded already.", "Stop the recording first.")
    return Recorder(session, views, digests)
