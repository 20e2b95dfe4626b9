"""The client's socket. One background thread owns it, sends pings, matches replies to requests and delivers events."""

import contextlib
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

import msgspec
import zmq
from zmq.utils.monitor import recv_monitor_message

from dreambridge import __version__
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.codec import decode_plain, encode, read_message
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import AnyEvent
from dreambridge.protocol.limits import DAEMON_SILENT, MAX_INVALID_TOLD, MAX_MESSAGE, PING_INTERVAL
from dreambridge.protocol.states import Reason
from dreambridge.system.connection_file import Connection, not_answering

log = logging.getLogger("dreambridge.client.daemon")
STALL_S = 0.6
MAX_AT_ONCE = 256  # messages that are received before requests, pings and the end have their turn again
UNAVAILABLE = DreamError(
    "daemon_gone", "The daemon is unavailable.", "The client is reconnecting; start the daemon if it was stopped."
)
Answer = TypeVar("Answer", bound=R.Reply)


def expect(reply: R.Reply, kind: type[Answer]) -> Answer:
    """The reply as its expected type; DreamError ``bad_message`` if the daemon sent another one."""
    if not isinstance(reply, kind):
        said, wanted = reply.__struct_config__.tag, kind.__struct_config__.tag
        raise DreamError("bad_message", f"The daemon replied {said!r} instead of {wanted!r}.", "Update the client or the daemon.")
    return reply


class Channel:
    """A live control channel. ``find`` reads the connection file again after the daemon was lost.

    ``on_event`` gets messages without an id, ``on_lost`` and ``on_back(welcome)`` report the loss and the return of the daemon.
    All three are called on the channel's thread. ``explain`` may know at the loss why the daemon is gone.
    """

    def __init__(
        self,
        connection: Connection,
        find: Callable[[], Connection | None],
        on_event: Callable[[AnyEvent], None],
        on_lost: Callable[[], None],
        on_back: Callable[[R.Welcome], None],
        explain: Callable[[], DreamError | None] | None = None,
    ) -> None:
        self._explain, self._gone_because = explain, UNAVAILABLE
        self._find, self._on_event, self._on_lost, self._on_back = find, on_event, on_lost, on_back
        self.connection = connection
        self._context = zmq.Context()
        self._waiting: dict[int, Future[R.Reply]] = {}
        self._out: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._next = 0
        # Counts the connections: a message with a session of one connection must not go out on another, which may be another
        # daemon's.
        self.number = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.key = ""
        self.lost = self._bye = False
        self._told = 0
        self._first: Future[R.Welcome] = Future()
        self._thread = threading.Thread(target=self._run, name="dreambridge-channel", daemon=True)
        self._thread.start()
        try:
            self.welcome = self._first.result(5.0)
        except FutureTimeout:
            self.close()
            raise self._unanswered("did not answer in 5 s") from None
        except DreamError:
            self.close()
            raise

    @property
    def up(self) -> bool:
        """Whether the daemon is available, as far as is known."""
        return not self.lost and not self._stop.is_set()

    def gone(self) -> DreamError:
        """Why requests fail while the daemon is unavailable."""
        e = self._gone_because
        return DreamError(e.code, e.message, e.hint)

    # -- from any thread ---------------------------------------------------------------------------------------------
    def send(self, message: M.Request, number: int | None = None) -> Future[R.Reply]:
        """Send a request; the future gives the reply, or raises the daemon's error. With ``number``: only on that connection."""
        future: Future[R.Reply] = Future()
        if self._stop.is_set():
            future.set_exception(DreamError("daemon_gone", "The connection is closed.", "Call dreambridge.connect() again."))
            return future
        with self._lock:
            # Under the lock, so that a request at the moment of the loss does not wait forever.
            if self.lost or number not in (None, self.number):
                future.set_exception(self.gone())
                return future
            self._next += 1
            data = encode(msgspec.structs.replace(message, id=self._next))
            if len(data) > MAX_MESSAGE:
                raise DreamError(
                    "too_large", f"The message has {len(data)} bytes; at most {MAX_MESSAGE} are allowed.", "Send less at once."
                )
            self._waiting[self._next] = future
            self._out.put(data)
        with contextlib.suppress(OSError):
            self._wake_in.send(b"x")
        return future

    def ask(self, message: M.Request, timeout: float = 10.0, number: int | None = None) -> R.Reply:
        """``send`` and wait; DreamError of the daemon, or ``timeout``. An ``open`` that times out is cancelled."""
        future = self.send(message, number)
        try:
            return future.result(timeout)
        except BaseException as e:  # Ctrl-C too
            if not future.done() and isinstance(message, M.Open):
                self._give_up(future)
            future.cancel()
            if not isinstance(e, FutureTimeout):
                raise
            raise DreamError(
                "timeout",
                f"No answer to {message.__struct_config__.tag!r} within {timeout:g} s.",
                "The daemon may be loading a model; raise the timeout.",
            ) from None

    def _give_up(self, future: Future[R.Reply]) -> None:
        with self._lock:
            number = next((n for n, f in self._waiting.items() if f is future), None)
        if number is not None:
            self.send(M.Cancel(request=number))

    def close(self) -> None:
        if not self._stop.is_set():
            self._stop.set()
            with contextlib.suppress(OSError):
                self._wake_in.send(b"x")
        if threading.current_thread() is not self._thread:
            self._thread.join(2.0)

    # -- on the channel's thread -------------------------------------------------------------------------------------
    def _open(self) -> tuple[Any, Any]:
        s = self._context.socket(zmq.DEALER)
        s.linger = 200
        s.sndhwm = 0  # a daemon that hangs must not block this thread in send()
        s.maxmsgsize = 64 * 1024 * 1024
        s.plain_username, s.plain_password = b"dreambridge", self.connection.token.encode()
        s.reconnect_ivl = -1
        monitor = s.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_DISCONNECTED)
        s.connect(self.connection.endpoint)
        return s, monitor

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._live()
                if self._stop.is_set():
                    break
                self._refuse(self._unanswered("dropped the connection before it answered"))
                if self._first.exception():
                    break
                self._gone()
                self._wait_for_daemon()
        finally:
            self._fail(DreamError("daemon_gone", "The connection was closed.", "Call dreambridge.connect() again."))
            self._wake_in.close()
            self._wake_out.close()
            self._context.term()

    def _live(self) -> None:
        """Serve one connection until it ends."""
        s, monitor = self._open()
        self._bye = False
        poller = zmq.Poller()
        for sock in (s, monitor, self._wake_out):
            poller.register(sock, zmq.POLLIN)
        heard = pinged = turned = time.monotonic()
        hello = M.Hello(id=0, protocol=PROTOCOL_VERSION, client=f"python {__version__}", client_key=self.key, pid=os.getpid())
        try:
            s.send(encode(hello), zmq.NOBLOCK)
            while not self._stop.is_set():
                events = dict(poller.poll(200))
                late = time.monotonic() - turned
                if late > STALL_S:
                    # This process was suspended itself (a debugger, a paused machine): the daemon was not silent.
                    heard += late
                    pinged = 0.0
                turned = time.monotonic()
                ended = monitor in events and self._ended(monitor)
                if ended and self._first.done():
                    return
                if self._wake_out.fileno() in events:
                    self._wake_out.recv(65536)
                with contextlib.suppress(queue.Empty):
                    while True:
                        s.send(self._out.get_nowait(), zmq.NOBLOCK)
                for _ in range(MAX_AT_ONCE):
                    try:
                        data = s.recv(zmq.NOBLOCK)
                    except zmq.Again:
                        break
                    heard = time.monotonic()
                    self._receive(data)
                if self._bye or ended:
                    return
                now = time.monotonic()
                if now - pinged >= PING_INTERVAL:
                    pinged = now
                    s.send(encode(M.Ping()), zmq.NOBLOCK)
                if now - heard > DAEMON_SILENT:
                    self._refuse(self._unanswered(f"did not answer in {DAEMON_SILENT:g} s"))
                    return
        except zmq.Again:
            # The daemon has just ended, and its event was not read yet: a socket without a peer would block in send() forever.
            self._ended(monitor)
        finally:
            s.disable_monitor()
            monitor.close(0)
            s.close()

    def _ended(self, monitor: Any) -> bool:
        """Read the monitor's events. Returns whether the connection has ended. A refused token fails the wait for the welcome."""
        ended = False
        while monitor.poll(0):
            ended = True
            if recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                said = f"The daemon at {self.connection.endpoint} refused the token."
                self._refuse(DreamError("wrong_token", said, "Read the daemon's connection file again."))
        return ended

    def _unanswered(self, what: str) -> DreamError:
        return not_answering(self.connection, " Its log may say more.", what)

    def _refuse(self, e: DreamError) -> None:
        """Fail the wait for the welcome; the first error counts."""
        if not self._first.done():
            self._first.set_exception(e)

    def _receive(self, data: bytes) -> None:
        try:
            m = read_message(data)
        except DreamError as e:
            self._invalid(data, e)
            return
        if isinstance(m, R.Welcome):
            self._welcomed(m)
        elif m is None or isinstance(m, R.Pong):
            pass
        elif isinstance(m, R.Goodbye) and m.id is None:
            self._bye = True
            if m.code == Reason.KEY_TAKEN:
                self.key = ""  # the other connection has the sessions now
        elif isinstance(m, R.Reply) and m.id is not None:
            self._answered(m)
        elif isinstance(m, R.ErrorReply) and not self._first.done():
            self._first.set_exception(m.error())
        elif isinstance(m, AnyEvent):
            self._on_event(m)

    def _invalid(self, data: bytes, e: DreamError) -> None:
        """An invalid reply fails its request. Of other messages only the first of a connection are logged."""
        number = None
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            number = decode_plain(data).get("id")
        future = self._waiting.pop(number, None) if type(number) is int else None
        if future:
            with contextlib.suppress(InvalidStateError):
                future.set_exception(e)
            return
        self._told += 1
        if self._told <= MAX_INVALID_TOLD:
            log.warning("%s%s", e, " More of them are ignored in silence." if self._told == MAX_INVALID_TOLD else "")

    def _welcomed(self, m: R.Welcome) -> None:
        self.key = m.client_key
        self._told = 0
        with self._lock:
            self.number += 1
            self.lost, self._gone_because = False, UNAVAILABLE
        if not self._first.done():
            self._first.set_result(m)
        else:
            self._on_back(m)

    def _answered(self, m: R.Reply) -> None:
        future = self._waiting.pop(m.id or 0, None)
        if isinstance(m, R.Opened) and (future is None or future.done()):
            # The caller has given up: close the session, because no stream uses it.
            self._out.put(encode(M.Close(session=m.session)))
        elif future:
            with contextlib.suppress(InvalidStateError):  # given up
                if isinstance(m, R.ErrorReply):
                    future.set_exception(m.error())
                else:
                    future.set_result(m)
        elif isinstance(m, R.ErrorReply) and not self._first.done():
            self._refuse(m.error())  # the answer to hello

    def _fail(self, e: DreamError) -> None:
        with self._lock:
            waiting, self._waiting = list(self._waiting.values()), {}
        for f in waiting:
            with contextlib.suppress(InvalidStateError):  # given up
                f.set_exception(e)
        self._refuse(e)

    def _gone(self) -> None:
        because = (self._explain() if self._explain else None) or UNAVAILABLE
        with self._lock:
            self.lost, self._gone_because = True, because
            while not self._out.empty():
                self._out.get_nowait()
        # A goodbye means that the daemon was ended on purpose; silence is worth a warning.
        log.log(
            logging.INFO if self._bye else logging.WARNING,
            "the daemon at %s is unavailable; reconnecting",
            self.connection.endpoint,
        )
        self._fail(self.gone())
        self._on_lost()

    def _wait_for_daemon(self) -> None:
        pause = 0.1
        while not self._stop.wait(pause):
            found = self._find()
            if found:
                if found.epoch != self.connection.epoch:
                    self.key = ""
                self.connection = found
                return
            pause = min(pause * 1.5, 1.0)
