"""Forks in the Python client: copies of a stream that are directed and made ahead, and one of which the stream becomes."""

import asyncio
import math
from collections.abc import Callable
from typing import Any, Protocol, Self

from dreambridge.client.values import plain
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_FORK_STEPS

Ask = Callable[..., Any]


class Stream(Protocol):
    """The interface of the stream that its forks need."""

    session: int
    info: R.Opened
    conditions: dict[str, Any]

    @property
    def _ask_session(self) -> Ask: ...

    def _landed(self, reply: R.Adopted) -> R.Adopted: ...


class Fork:
    """A paused copy of a stream, made by ``Stream.fork``. All methods may be called from any thread.

    It stands before the frame that was next when it was made: what is directed holds from there on. In a ``with`` block it is
    dropped at the end, if it was not adopted.

    ``number`` : the daemon's number of the fork.
    ``frame_index``, ``time`` : the frame before which it stands, and its stream time in seconds.
    ``steps`` : steps that were made ahead, when the daemon last told.
    ``bytes``, ``total_bytes`` : its size; that of all places and forks of the stream.
    ``status``, ``shot`` : where its cutscene stands; empty: it has none.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream, self._session = stream, (stream.info.epoch, stream.session)
        self._over = False
        self._told(stream._ask_session(R.ForkStatus, M.Fork))

    def _told(self, s: R.ForkStatus) -> R.ForkStatus:
        self.number, self.frame_index, self.time = s.fork, s.frame_index, s.time
        self.steps, self.bytes, self.total_bytes, self.status, self.shot = s.steps, s.bytes, s.total_bytes, s.status, s.shot
        return s

    def _ask(self, answer: type[R.Reply], kind: type[M.ForkRequest], timeout: float = 10.0, **fields: Any) -> Any:
        if self._gone:
            raise DreamError("bad_argument", f"The fork {self.number} ended with its session.", "Fork the stream again.")
        return self._stream._ask_session(answer, kind, timeout, fork=self.number, **fields)

    @property
    def _gone(self) -> bool:
        """Whether a restarted daemon has opened the stream again."""
        return self._session != (self._stream.info.epoch, self._stream.session)

    def direct(self, *, over: float | None = None, easing: str | None = None, **values: Any) -> None:
        """Change conditions of the fork, as ``Stream.direct`` does. What was made ahead is made again."""
        self._direct(values, over=over, easing=easing)

    def cut(self, *, seed: int | None = None, **values: Any) -> None:
        """Change conditions of the fork at once, and reset its model's state, as ``Stream.cut`` does."""
        self._direct(values, cut=True, seed=seed)

    def _direct(self, values: dict[str, Any], **fields: Any) -> None:
        sent = plain(values, self._stream.conditions)
        self._told(self._ask(R.ForkStatus, M.ForkDirect, values=sent, **fields))

    def choose(self, option: str) -> None:
        """Select an option in the fork's cutscene. DreamError ``bad_state`` without an open choice, ``bad_argument``."""
        self._told(self._ask(R.ForkStatus, M.ForkChoose, option=option))

    def run_out(self) -> None:
        """Let the time limit of the fork's open wait or choice run out. DreamError ``bad_state`` if there is none."""
        self._told(self._ask(R.ForkStatus, M.ForkChoose))

    def signal(self, name: str) -> bool:
        """Signal to the fork's cutscene. Returns whether its shot waits for it. DreamError ``bad_state`` without a cutscene."""
        return bool(self._told(self._ask(R.ForkStatus, M.ForkSignal, name=name)).waited)

    def prepare(self, seconds: float = 1.0, timeout: float = 10.0) -> int:
        """Make the fork's first ``seconds`` of stream time ahead, in the daemon's spare time, and wait for it.

        Returns the number of steps that are made, after ``timeout`` seconds at the latest: fewer than asked when the machine is
        busy, the memory is full (``max_shelf_bytes``), or the game's own view is attached. The daemon goes on making them. At
        most 240 steps.
        """
        info = self._stream.info
        fps = info.fps or 24.0
        steps = min(math.ceil(max(seconds, 0.0) * fps / info.frames_per_step - 1e-6), MAX_FORK_STEPS)
        return self._told(self._ask(R.ForkStatus, M.ForkPrepare, timeout + 10.0, steps=steps, within=timeout)).steps

    async def prepared(self, seconds: float = 1.0, timeout: float = 10.0) -> int:
        """``prepare`` for ``async`` code."""
        return await asyncio.to_thread(self.prepare, seconds, timeout)

    def adopt(self) -> R.Adopted:
        """Let the stream go on as the fork, which ends. The picture cuts; frame index, stream time and publications go on.

        The steps that were made ahead are shown at the stream's rate. A direction meanwhile counts from the frame that is shown.
        The reply has the ``revision`` of the fork's conditions, for ``Stream.wait_shown``. It also has the ``frame_index`` and
        ``time`` of the first frame, whose flags have 1 and 8.
        """
        adopted: R.Adopted = self._ask(R.Adopted, M.Adopt)
        self._over = True
        return self._stream._landed(adopted)

    def drop(self) -> None:
        """End the fork and free its memory."""
        self._ask(R.Ok, M.Drop)
        self._over = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._over and not self._gone:
            try:
                self.drop()
            except DreamError as e:
                if e.code not in ("bad_argument", "daemon_gone", "session_failed", "cancelled", "unknown_session"):
                    raise
