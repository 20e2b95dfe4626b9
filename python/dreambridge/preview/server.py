"""The preview's web server: only on 127.0.0.1, in its own thread, and an ordinary client of the daemon."""

import asyncio
import errno
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from dreambridge.client.daemon import Daemon, connect
from dreambridge.preview.folder import Folder
from dreambridge.preview.page_requests import GAME, REQUESTS, Handler
from dreambridge.preview.page_server import PageServer, origin_of
from dreambridge.preview.shared_stream import SharedStream
from dreambridge.preview.takes import KeptTakes
from dreambridge.preview.viewer import Viewer
from dreambridge.preview.watched import WATCHING, Watched, WatchedStream
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_MESSAGE

log = logging.getLogger("dreambridge.preview")
MAX_VIEWERS = 8
MAX_PAGE_MESSAGE = MAX_MESSAGE * 3 // 2  # a file of MAX_MESSAGE bytes in base64
MAX_NAME = 64
MAIN = "main"  # the stream that every page opens with
GRACE_S = 5.0  # a page that is reloaded finds its stream again


class Preview:
    """Serves the preview page of the daemon ``name`` from ``start`` to ``close``.

    ``port`` 0 uses any free port. ``renewed(url)`` is called in the preview's thread each time the one-time address was used;
    ``url`` is the next one. With ``site`` it serves the pages of a game instead of the desk; ``allowed`` are origins of pages
    that others serve (page_server.py). With ``watched`` it serves the bare page of a show. DreamError
    ``port_taken``, ``not_running``.
    """

    def __init__(
        self,
        name: str = "default",
        port: int = 0,
        bundle: str = "vista",
        renewed: Callable[[str], None] | None = None,
        site: Folder | None = None,
        allowed: Sequence[str] = (),
        watched: Watched | None = None,
    ) -> None:
        if not 0 <= port <= 65535:
            raise DreamError("bad_argument", f"The port {port} is out of range.", "Use 1 to 65535, or 0 for any free port.")
        self.name, self.asked_port, self.bundle = name, port, bundle
        self._renewed = renewed or (lambda url: None)
        self._watched = watched
        self._site, self._allowed = site, tuple(origin_of(o) for o in allowed)
        self._daemon: Daemon | None = None
        self._pages: PageServer | None = None
        self._viewers = 0
        self._streams: dict[str, SharedStream] = {}
        self._takes = KeptTakes()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="dreambridge-preview", daemon=True)

    @property
    def url(self) -> str:
        """The one-time address of the page."""
        assert self._pages
        return self._pages.url

    @property
    def foreign_urls(self) -> list[str]:
        """For each allowed origin the address of its pages, with the door's place and their key in the fragment."""
        assert self._pages
        return self._pages.foreign_urls

    @property
    def port(self) -> int:
        assert self._pages
        return self._pages.port

    @property
    def show_url(self) -> str:
        """The lasting address of the bare page of a show."""
        assert self._pages
        return f"http://127.0.0.1:{self.port}/obs?key={self._pages.show_key}"

    def start(self) -> None:
        self._daemon = connect(self.name)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._daemon.close()
            failure = self._failure
            if isinstance(failure, OSError) and failure.errno in (errno.EADDRINUSE, errno.EACCES):
                raise DreamError(
                    "port_taken",
                    f"The preview's port {self.asked_port} is in use, or needs more rights.",
                    "Choose another one with --preview-port (`web`: --port); 0 takes any free port.",
                ) from failure
            raise failure

    def close(self) -> None:
        if self._loop and self._end and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(2.0)
        if self._daemon:
            self._daemon.close()
            self._daemon = None

    # -- in the preview's thread -------------------------------------------------------------------------------------
    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as e:
            self._failure = e
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        # Frames do not compress well, and the connection is local.
        server = await serve(
            self._serve_viewer,
            "127.0.0.1",
            self.asked_port,
            process_request=self._decide,
            compression=None,
            max_size=MAX_PAGE_MESSAGE,
            server_header=None,
            close_timeout=0.3,
            ping_interval=20,
            ping_timeout=60,
            logger=_quiet(),
        )
        key = self._watched.key if self._watched else ""
        self._pages = PageServer(_port(server), self._renewed, self._site, self._allowed, key)
        self._ready.set()
        await self._end.wait()
        server.close(code=1001, reason="the daemon is stopping")
        try:
            await asyncio.wait_for(server.wait_closed(), 1.0)
        except TimeoutError:
            log.debug("a page did not say goodbye")

    async def _decide(self, socket: ServerConnection, request: Request) -> Response | None:
        assert self._pages
        return await self._pages.decide(request)

    async def _serve_viewer(self, socket: ServerConnection) -> None:
        assert self._daemon and socket.request
        if self._viewers >= MAX_VIEWERS:
            await socket.close(1013, f"at most {MAX_VIEWERS} pages may be open")
            return
        name = parse_qs(urlsplit(socket.request.path).query).get("session", [MAIN])[0][:MAX_NAME]
        name = MAIN if self._watched else name
        if name not in self._streams:
            self._streams[name] = self._stream_of(name)
        shared = self._streams[name]
        self._viewers += 1
        shared.pages += 1
        try:
            await Viewer(socket, shared, self._requests()).serve()
        finally:
            self._viewers -= 1
            shared.pages -= 1
            await self._left(shared)

    def _stream_of(self, name: str) -> SharedStream:
        assert self._daemon
        if self._watched:
            return WatchedStream(name, self._daemon, self._watched)
        grace = GRACE_S if name == MAIN or self._of_games else 0.0
        return SharedStream(name, self._daemon, self.bundle, grace, self._takes, self._main)

    def _requests(self) -> Mapping[str, Handler]:
        return WATCHING if self._watched else GAME if self._of_games else REQUESTS

    @property
    def _of_games(self) -> bool:
        return self._site is not None or bool(self._allowed)

    def _main(self) -> SharedStream | None:
        return None if self._of_games else self._streams.get(MAIN)

    async def _left(self, shared: SharedStream) -> None:
        """Close a stream that no page watches any more."""
        if not shared.pages and shared.grace:
            await asyncio.sleep(shared.grace)
        if not shared.pages and self._streams.get(shared.name) is shared:
            del self._streams[shared.name]
            await shared.close()


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


def _quiet() -> logging.Logger:
    """Drops the tracebacks that websockets logs for each refused request; useful errors are logged elsewhere."""
    quiet = logging.getLogger("dreambridge.preview.websockets")
    quiet.setLevel(logging.CRITICAL)
    return quiet
