"""A remote model as a session uses it: conditions go out as events, pictures come in."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Resource
from dreambridge.bundle.remote_spec import RemoteSpec
from dreambridge.protocol.errors import DreamError
from dreambridge.remote import messages as P
from dreambridge.remote.access import Access
from dreambridge.remote.backlog import Backlog
from dreambridge.remote.conditions import Array, Conditions, Values
from dreambridge.remote.jitter import JitterBuffer
from dreambridge.remote.link import Link, Patience
from dreambridge.remote.pictures import Decoder, Picture, Pixels, Pool
from dreambridge.remote.shown import Shown

log = logging.getLogger("dreambridge")
MAX_BUFFERED_BYTES = 256 * 2**20
# Frames: two batches of a server. More would only be older when they are shown; the server is made to wait.
BUFFERED = 32


class RemoteStream:
    """Made by a session for a bundle with `remote`. Its methods are for the session's thread unless they say otherwise.

    Parameters
    ----------
    fps : of the pictures that are asked for
    come : called in another thread when a picture may be due
    news : called in another thread: why the connection broke, "" when pictures come again
    failed : called in another thread; then nothing more comes
    """

    def __init__(
        self,
        bundle: Bundle,
        access: Access,
        seed: int,
        fps: float,
        come: Callable[[], None],
        news: Callable[[str], None],
        failed: Callable[[DreamError], None],
        patience: Patience | None = None,
    ) -> None:
        m = bundle.manifest
        assert m.remote
        self._m, self.spec = m, m.remote
        self.seed, self._fps = seed, fps
        at = access.check(bundle.name, self.spec.endpoint)
        first = self.spec.first_frame
        self._first_frame = bundle.read(Resource(sha256=first.sha256, file=first.file)) if first else b""
        self._conditions = Conditions(m.directed, self.spec.events)
        self._values: Values = {}
        self._first = 0  # the revision of the stream's first connection; 0: it has been made
        self.shown = Shown()
        self._event = 0
        self._pool = Pool(m.frame.width, m.frame.height)
        size = 4 * m.frame.width * m.frame.height
        most = max(4, min(max(BUFFERED, int(2 * self.spec.buffer * fps)), MAX_BUFFERED_BYTES // size))
        self._buffer = JitterBuffer(self.spec.buffer, fps, most, come)
        self._backlog, self._skipped = Backlog(fps), False
        # The conditions are read by the thread that connects, too.
        self._lock = threading.Lock()
        self._decoder: tuple[int, Decoder] | None = None
        self._generation, self._begun = 0, 0  # of the last picture taken, and of the connection
        self.news, self.failed = news, failed
        self._link = Link(at, lambda: access.token(at), self, patience)

    def number_of(self, text: str) -> Array:
        """The tensor that stands for a text, float32 [1, 1]. Thread-safe."""
        return self._conditions.number_of(text)

    def connect(self, values: Values, revision: int) -> None:
        """With the conditions of that revision. DreamError ``remote_unavailable``, ``remote_refused``."""
        self._values, self._first = values, revision
        self._link.connect()

    def direct(self, values: Values, revision: int, at_once: bool) -> None:
        """Send what has changed. ``at_once``: somebody directed; else it may wait for its turn."""
        with self._lock:
            self._values = values
            for kind, payload in self._conditions.changed(values, at_once):
                self._event += 1
                self.shown.sent(revision, self._event)
                self._link.send(self._begun, P.event(kind, payload, self._event))
            self.shown.passed(revision)

    def take(self) -> tuple[Picture, bool] | None:
        """The picture that is due, and whether it does not continue the last one; None: there is none.

        It does not if it is the first of another connection, or pictures before it were skipped.
        """
        picture = self._buffer.take()
        if picture is None:
            return None
        with self._lock:
            if picture.generation == self._begun:
                self.shown.obeyed(picture.event or 0)
        first, self._generation = picture.generation != self._generation or self._skipped, picture.generation
        self._skipped = False
        return picture, first

    def revision(self) -> int:
        """What the picture that was taken last shows."""
        with self._lock:
            return self.shown.revision()

    def give_back(self, pixels: Pixels) -> None:
        """They are shown, and not needed any more."""
        self._pool.put(pixels)

    def reset(self, seed: int | None) -> None:
        """Another world: the server begins again."""
        self.seed = self.seed if seed is None else seed
        self._buffer.restart(-1, True)
        self._link.again()

    def close(self) -> None:
        self._buffer.end()
        self._link.close()

    # -- in the connection's thread ----------------------------------------------------------------------------------
    def reader(self) -> P.Reader:
        return P.Reader(self._m.frame.width, self._m.frame.height, self.spec.format)

    def begin(self, generation: int) -> tuple[bytes, list[bytes]]:
        f = self._m.frame
        with self._lock:
            fields, events = self._conditions.all(self._values)
            numbered = []
            for kind, payload in events:
                self._event += 1
                numbered.append(P.event(kind, payload, self._event))
            self.shown.again(self._event if events else 0)
            if events:
                self.shown.sent(self._first, self._event)
            self._first = 0
            self._begun = generation
        self._decoder = generation, Decoder(f.width, f.height, self._pool)
        self._buffer.restart(generation, False)
        self._backlog.restart()
        return P.init(_fields(self.spec, f.width, f.height, self._fps, self.seed, self._first_frame) | fields), numbered

    def batch(self, b: P.Batch, generation: int) -> None:
        assert self._decoder and self._decoder[0] == generation
        if self._backlog.skips:
            if not self._backlog.ends(b):
                return
            self._buffer.restart(generation, True)
            self._skipped = True
        for picture in self._decoder[1].pictures(b, generation):
            if not self._backlog.skips:
                self._backlog.waited(self._buffer.put(picture), b)


def _fields(spec: RemoteSpec, width: int, height: int, fps: float, seed: int, first_frame: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "prompt": "",
        "size": f"{width}x{height}",
        # Frames come at the rate of the stream, and not as fast as the server can.
        "realtime_output_pacing": True,
    }
    fields |= spec.init
    fields |= {"seed": seed, "fps": round(fps), "realtime_output_format": spec.format}
    return fields | ({"first_frame": first_frame} if first_frame else {})
