"""A recording of a stream: the text of a take, read from the daemon piece by piece."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Recorded

HEAD = '{"type":"take"'  # begins the first line of a take


class Recording:
    """A recording that goes on until ``stop``, made by ``Stream.record``. All methods may be called from any thread.

    ``steps`` : steps recorded so far. ``recording`` : False after ``stop``, and when the recording ended by itself.

    After a DreamError ``timeout`` or ``daemon_gone`` a piece of the text may be missing, which the daemon has given away. Further
    calls raise ``bad_state``, ``text`` has what was read before, and ``Stream.record(replace=True)`` begins another recording.
    """

    def __init__(self, ask: Callable[..., Recorded], views: bool, digests: bool, replace: bool = False) -> None:
        self._ask_daemon = ask
        self._text: list[str] = []
        self._lock = threading.Lock()
        self._torn = False
        try:
            self._take(self._ask("start", views=views, digests=digests))
        except DreamError as e:
            if e.code != "bad_state" or not replace:
                raise
            self._drop_other()
            self._take(self._ask("start", views=views, digests=digests))

    def _ask(self, action: str, **fields: Any) -> Recorded:
        if self._torn:
            raise DreamError(
                "bad_state",
                "A part of the take is lost: the daemon did not answer in time.",
                "`text` has what was read before. Record again with `replace=True`.",
            )
        try:
            return self._ask_daemon(Recorded, M.Record, action=action, **fields)
        except DreamError as e:
            self._torn = e.code in ("timeout", "daemon_gone")  # it may have given its reply away
            raise

    def _drop_other(self) -> None:
        """End the session's recording, whose reader has lost it."""
        try:
            more = self._ask("stop").more
            while more:
                more = self._ask("read").more
        except DreamError as e:
            if e.code != "bad_state":  # it has ended by itself
                raise

    def _take(self, reply: Recorded) -> None:
        self._text.append(reply.text)
        self.steps, self.recording, self._more = reply.steps, reply.recording, reply.more

    def _drain(self) -> None:
        while self._more:
            self._take(self._ask("read"))

    def read(self) -> str:
        """The text of the take so far. It takes what is there from the daemon, which keeps at most 64 MiB unread.

        DreamError ``daemon_gone``, ``timeout``, ``bad_state`` (the daemon was restarted meanwhile, or a request timed out).
        ``text`` has what was read until then.
        """
        with self._lock:
            if self.recording:
                self._take(self._ask("read"))
                self._drain()
            return self.text

    def restart(self, *, views: bool = False, digests: bool = True) -> str:
        """End the take, and begin another with the same frame: none is missing between the two. Returns the text of the first.

        ``views``, ``digests`` : of the second, as in ``Stream.record``. ``join_takes`` makes one of two that follow each other.
        Errors as in ``read``; ``bad_state`` also when ``stop`` was called.
        """
        with self._lock:
            self._take(self._ask("restart", views=views, digests=digests))
            self._drain()
            text = self.text
            at = text.rindex(HEAD)
            self._text = [text[at:]]
            return text[:at]

    @property
    def text(self) -> str:
        """What was read so far."""
        return "".join(self._text)

    def stop(self, path: "str | os.PathLike[str] | None" = None) -> str:
        """End the recording, write the take to ``path`` (``*.take.jsonl``) if one is given, and return its text.

        Further calls return the same text. Errors as in ``read``, ``no_access``, and ``bad_argument`` if the file exists: a take
        cannot be made again.
        """
        with self._lock:
            if self.recording or self._more:
                self._take(self._ask("stop"))
                self._drain()
            text = self.text
        if path is not None:
            try:
                with Path(path).open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError as e:
                raise DreamError("bad_argument", f"{path} exists.", "Choose a new name; `stop` can be called again.") from e
            except OSError as e:
                raise DreamError("no_access", f"{path} cannot be written: {e.strerror}.", "Choose another path.") from e
        return text

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
