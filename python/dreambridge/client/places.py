"""Places in the life of a stream: keep them, go back to one, and fork the stream."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from dreambridge.client.course import Course
from dreambridge.client.fork import Fork
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M

Landed = TypeVar("Landed", R.Rewound, R.Restored, R.Adopted)


class Places:
    """The part of a ``Stream`` that goes to other places than the next frame."""

    session: int
    info: R.Opened
    conditions: dict[str, Any]
    _ask: M.Open
    _ask_session: Callable[..., Any]
    _ring: tuple[Any, int]
    _newest: int
    _course: Course

    def keep(self, name: str) -> R.Kept:
        """Keep the place before the next frame for ``rewind``, in the daemon's memory. An earlier place of this name is replaced.

        The reply has the place's ``frame_index``, ``time`` and ``bytes``, and the ``places`` of the stream with their
        ``total_bytes``. DreamError ``bad_state`` (16 places have names), ``bad_argument``, ``too_large``, ``session_failed``,
        ``daemon_gone``.
        """
        kept: R.Kept = self._ask_session(R.Kept, M.Keep, name=name)
        return kept

    def rewind(
        self, seconds: float | None = None, *, mark: str | None = None, shot: str | None = None, name: str | None = None
    ) -> R.Rewound:
        """Go back and continue from there; a paused stream stays paused. Give exactly one place:

        ``seconds`` : of stream time, 0 to 600. There is a place for each second; the stream lands on the nearest one at or before
        that time, or on the first. ``mark``, ``shot`` : of the cutscene, the last time that it passed. A mark may have its shot.
        ``name`` : the name that ``keep`` was given.

        The reply has ``frame_index`` and ``time`` of the next frame, and the cutscene's ``shot`` and second ``at``. That frame
        has the flag 4. ``Stream.values`` and the seed are those of the place again. DreamError ``bad_argument`` (no such place),
        ``bad_state`` (no place at all), ``session_failed``, ``daemon_gone``.
        """
        landed: R.Rewound = self._ask_session(R.Rewound, M.Rewind, seconds=seconds, mark=mark, shot=shot, name=name)
        return self._landed(landed, same=True)

    def fork(self) -> Fork:
        """A paused copy of the stream before its next frame: model, conditions and cutscene.

        Direct it, ``prepare`` it, ``adopt`` it. At most 8 at a time; they end with the stream.

        DreamError ``bad_state`` (too many), ``too_large`` (no memory is left), ``session_failed``, ``daemon_gone``.
        """
        return Fork(self)

    def _landed(self, reply: Landed, same: bool = False) -> Landed:
        """The stream is at another place: its conditions and seed are what a restarted daemon is told.

        ``same`` : a place of its own past.
        """
        _, before = self._ring
        revision = before + reply.revision
        self._newest = max(self._newest, revision)
        self._course.went(reply.values, revision, reply.time, same)
        self._ask.seed = reply.seed
        self.info = msgspec.structs.replace(self.info, seed=reply.seed)
        return msgspec.structs.replace(reply, revision=revision)
