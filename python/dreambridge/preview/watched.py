"""A stream that somebody else has opened and directs: pages show it, and can do nothing else with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream
from dreambridge.preview.game_requests import GAME_REQUESTS
from dreambridge.preview.shared_stream import SharedStream
from dreambridge.preview.takes import KeptTakes
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame

WATCHING = {name: GAME_REQUESTS[name] for name in ("frames",)}


@dataclass
class Watched:
    """``newest``: the stream's newest frame, if it was not returned before. ``key``: the secret in the page's address."""

    stream: Stream
    newest: Callable[[], Frame | None]
    key: str


class _Reading:
    """The stream, whose frames come from elsewhere: a second reader of the same stream would take them away."""

    def __init__(self, watched: Watched) -> None:
        self._stream, self.poll = watched.stream, watched.newest

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class WatchedStream(SharedStream):
    """It ends with its owner, not with its pages."""

    def __init__(self, name: str, daemon: Daemon, watched: Watched) -> None:
        super().__init__(name, daemon, watched.stream.info.bundle, 0.0, KeptTakes(), lambda: None)
        self.stream = cast(Stream, _Reading(watched))
        self._shown = self._session(self.stream)

    async def open(self, **fields: Any) -> None:
        raise DreamError("not_allowed", "This page only shows the stream.", "Direct it from the program that opened it.")

    async def end(self) -> None:
        self.stream = None
