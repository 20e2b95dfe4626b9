"""The connection to a server: one at a time, made again when it breaks. Two threads receive and send."""

import contextlib
import logging
import queue
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_INVALID_TOLD
from dreambridge.protocol.text import printable
from dreambridge.remote import messages as P
from dreambridge.remote.access import TOKENS, Endpoint

log = logging.getLogger("dreambridge")
MAX_AWAY = 120.0  # seconds without a connection, or a place on the server, after which the session fails
MAX_SILENCE = 60.0  # seconds without any message
MAX_BAD = 3  # connections in a row whose server sent something invalid
MAX_UNSENT = 256  # events
HEARTBEAT = 10.0  # seconds: a server ends sessions whose client says nothing
WAITS = (0.1, 0.5, 1.0, 2.0, 4.0, 5.0)


@dataclass(frozen=True)
class Patience:
    """Seconds; of tests."""

    open: float = 10.0
    away: float = MAX_AWAY
    silence: float = MAX_SILENCE
    heartbeat: float = HEARTBEAT


class Owner(Protocol):
    """What a connection needs of its stream. ``begin`` and ``batch`` raise what ``messages`` raises."""

    def begin(self, generation: int) -> tuple[bytes, list[bytes]]:
        """`init`, and the events that come after it."""

    def reader(self) -> P.Reader: ...

    def batch(self, b: P.Batch, generation: int) -> None: ...

    def news(self, said: str) -> None:
        """The connection broke, and is being made again; "": it is back."""

    def failed(self, e: DreamError) -> None: ...


def _shut(ws: Any) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(ws.socket, socket.SHUT_RDWR)  # that of ssl would let a sender go on without TLS


class Link:
    """``connect`` makes the first connection. ``send``, ``again`` and ``close`` may be called from any thread."""

    def __init__(self, at: Endpoint, token: Callable[[], str], owner: Owner, patience: Patience | None = None) -> None:
        """``token`` is asked when it connects: a keyring may let it wait."""
        self._at, self._ask_token, self._owner = at, token, owner
        self._token = ""
        self.patience = patience or Patience()
        self._ws: Any = None
        self.generation = 0
        # Nothing is sent over a new connection before its `init`. Who hangs up does not wait for it.
        self._sending = threading.Lock()
        self._told = 0  # lines of the log that the server caused
        self._served, self._served_of = 0, -1
        self._again = threading.Event()
        self._closing = threading.Event()
        self._out: queue.Queue[tuple[int, bytes] | None] = queue.Queue(MAX_UNSENT)
        self._threads = [
            threading.Thread(target=self._receive, name="remote", daemon=True),
            threading.Thread(target=self._send_all, name="remote-send", daemon=True),
        ]

    # -- from any thread ---------------------------------------------------------------------------------------------
    def connect(self) -> None:
        """DreamError ``remote_unavailable`` or ``remote_refused``."""
        self._token = self._ask_token()
        try:
            self._open()
        except P.Refused as e:
            if not e.again:
                raise self._refused(str(e)) from e
            raise self._unavailable(str(e)) from e
        except P.Broken as e:
            raise self._unavailable(str(e)) from e
        if self._closing.is_set():  # nobody waits for it any more
            self._drop()
            return
        for thread in self._threads:
            thread.start()

    def send(self, generation: int, data: bytes) -> None:
        """Soon, in order; not at all if that connection is gone by then."""
        try:
            self._out.put_nowait((generation, data))
        except queue.Full:
            self._tell(logging.WARNING, "it does not read its events; connecting again")
            self.again()

    def again(self) -> None:
        """End this connection, and begin another one at once."""
        self._again.set()
        self._hang_up()

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(queue.Full):
            self._out.put_nowait(None)
        self._hang_up()

    def _tell(self, level: int, said: str) -> None:
        """In the log, but not for ever: a server decides how often this happens."""
        self._told += 1
        if self._told <= MAX_INVALID_TOLD:
            more = " More of this server is not logged." if self._told == MAX_INVALID_TOLD else ""
            log.log(level, "%s: %s.%s", self._at.name, printable(said), more)

    def _hang_up(self) -> None:
        # Without the farewell of a WebSocket, which a server that stalls would make us wait for.
        ws = self._ws
        if ws is not None:
            _shut(ws)

    # -- connecting --------------------------------------------------------------------------------------------------
    def _unavailable(self, said: str) -> DreamError:
        return DreamError(
            "remote_unavailable", f"The server {self._at.name} is unavailable: {said}.", "Is it running? Try again."
        )

    def _refused(self, said: str) -> DreamError:
        hint = f"See the server's log. A token comes from the keyring, or from {TOKENS} (docs/remote.md)."
        return DreamError("remote_refused", f"The server {self._at.name} cannot be used: {said}.", hint)

    def _open(self) -> None:
        """``Refused`` or ``Broken``."""
        import ssl

        from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
        from websockets.sync.client import connect

        at, seconds = self._at, self.patience.open
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        reader = self._owner.reader()
        try:
            # A socket of our own: with it, no proxy is asked and no redirect is followed to another host.
            sock = socket.create_connection((at.host, at.port), timeout=seconds)
            sock.settimeout(None)  # websockets has a limit for the handshake; later, a server may be silent for longer
            try:
                ws = connect(
                    at.url,
                    sock=sock,
                    ssl=ssl.create_default_context() if at.secure else None,
                    additional_headers=headers,
                    compression=None,  # a small message could become any size
                    open_timeout=seconds,
                    ping_interval=None,  # a paused stream reads nothing, and no answer either
                    close_timeout=0.5,
                    max_size=reader.most_bytes,
                    max_queue=4,
                )
                ws.__enter__()  # as websockets wants it; `_drop` ends it, in whichever thread
            except BaseException:
                sock.close()
                raise
        except ssl.SSLCertVerificationError as e:
            raise P.Refused(f"its certificate is not trusted: {e.verify_message}") from e
        except InvalidStatus as e:
            status = e.response.status_code
            if status in (401, 403):
                raise P.Refused(f"HTTP status {status}: it wants {'another' if self._token else 'a'} token") from e
            if 300 <= status < 400:
                raise P.Refused("it redirects to another address, which is not followed") from e
            raise (P.Refused if status in (400, 404) else P.Broken)(f"HTTP status {status}") from e
        except (InvalidHandshake, WebSocketException, ValueError) as e:
            if isinstance(e.__cause__, InvalidStatus):
                raise P.Refused("it redirects to another address, which is not followed") from e
            raise P.Refused(f"it does not speak WebSocket: {type(e).__name__}") from e
        except OSError as e:
            raise P.Broken(e.strerror or str(e) or type(e).__name__) from e
        with self._sending:
            self.generation += 1
            self._ws = ws
            first, events = self._owner.begin(self.generation)
            try:
                for data in (first, *events):
                    ws.send(data)
            except (WebSocketException, OSError) as e:
                raise P.Broken(f"the connection broke: {e}") from e

    # -- the two threads ---------------------------------------------------------------------------------------------
    def _send_all(self) -> None:
        from websockets.exceptions import WebSocketException

        while not self._closing.is_set():
            try:
                item = self._out.get(timeout=self.patience.heartbeat)
            except queue.Empty:
                item = self.generation, P.event("heartbeat", None)
            if item is None:
                return
            generation, data = item
            with self._sending:
                ws = self._ws  # None: the connection broke, and the next one begins with what holds then
                if ws is not None and generation == self.generation:
                    with contextlib.suppress(WebSocketException, OSError):  # the other thread notices
                        ws.send(data)

    def _receive(self) -> None:
        bad, tries, away = 0, 0, 0.0
        while not self._closing.is_set():
            self._again.clear()
            fault: DreamError | None = None
            wait: float | None = None
            try:
                if self._ws is None:
                    self._open()
                self._serve(lambda: self._owner.news(""))
            except P.Invalid as e:
                bad = 1 if self.frames_of(self.generation) > P.MAX_FRAMES else bad + 1
                said = f"The server {self._at.name} sent {e}."
                fault = DreamError("bad_remote", said, "Does it speak SGLang's realtime video protocol (docs/remote.md)?")
                fault = fault if bad >= MAX_BAD else None
                broke = str(e)
            except P.Refused as e:
                broke, wait = str(e), e.after
                fault = None if e.again else self._refused(broke)
            except P.Broken as e:
                broke = str(e)
            except Exception as e:
                log.exception("a remote stream failed")
                broke, fault = "", DreamError("internal", f"{type(e).__name__}: {e}", "See the daemon's log and report it.")
            else:
                bad, broke = 0, ""
            served = self.frames_of(self.generation)
            self._drop()
            if self._closing.is_set():
                return
            if fault:
                self._owner.failed(fault)
                return
            if self._again.is_set():
                away = 0.0
                continue
            now = time.monotonic()
            if served or not away:
                away, tries = now, 0
            if now - away > self.patience.away:
                self._owner.failed(self._unavailable(broke))
                return
            self._owner.news(f"{self._at.name}: {broke}")
            self._tell(logging.INFO, f"{broke}; connecting again")
            pause = WAITS[min(tries, len(WAITS) - 1)] * random.uniform(0.8, 1.2)
            tries += 1
            self._closing.wait(min(30.0, wait) if wait else pause)

    def frames_of(self, generation: int) -> int:
        """Frames that came over that connection."""
        return self._served if self._served_of == generation else 0

    def _drop(self) -> None:
        ws, self._ws = self._ws, None
        if ws is not None:
            if self._sending.locked():  # a send may wait for a server that reads nothing, and a farewell would wait for it
                _shut(ws)
            with contextlib.suppress(Exception):
                ws.close()

    def _serve(self, good: Callable[[], None]) -> None:
        """Receive until the connection ends. ``Invalid``, ``Refused`` or ``Broken``."""
        from websockets.exceptions import ConnectionClosed

        ws, generation, reader = self._ws, self.generation, self._owner.reader()
        while not (self._closing.is_set() or self._again.is_set()):
            try:
                data = ws.recv(timeout=self.patience.silence)
            except TimeoutError as e:
                raise P.Broken(f"it has said nothing for {self.patience.silence:g} s") from e
            except ConnectionClosed as e:
                sent, got = e.sent, e.rcvd
                if sent is not None and sent.code == 1009:
                    raise P.Invalid(f"a message that is larger than {reader.most_bytes:,} bytes") from e
                if got is not None and got.code == 1008:
                    raise P.Refused(got.reason or "its policy", any(r in got.reason for r in P.RETRY)) from e
                raise P.Broken((got.reason if got else "") or "the connection broke") from e
            found = reader.read(data, time.monotonic_ns())
            if isinstance(found, P.Batch):
                self._owner.batch(found, generation)
                if self._served_of != generation:
                    self._served, self._served_of = 0, generation
                    good()
                self._served += found.frames
            elif found is not None and found.type == "error":
                P.raise_error(found)
                self._tell(logging.WARNING, f"it did not understand an event: {found.content[:300]}")
