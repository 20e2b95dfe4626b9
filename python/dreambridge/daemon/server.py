"""The control channel: a ROUTER that authenticates clients, answers requests and sends events."""

import contextlib
import logging
import os
import queue
import re
import secrets
import socket
import threading
import time
import weakref
from collections.abc import Callable

import zmq
from zmq.auth.thread import ThreadAuthenticator

from dreambridge import __version__
from dreambridge.daemon.clients import Client
from dreambridge.daemon.requests import Requests
from dreambridge.engine.files import FileStore
from dreambridge.engine.output import remove_rings_left_behind
from dreambridge.engine.remote_session import Starter
from dreambridge.engine.sentence_encoders import SentenceEncoders
from dreambridge.engine.session import Session
from dreambridge.engine.spare import SpareTime
from dreambridge.engine.watchdog import LoadQueue, Watchdog
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol import requests as M
from dreambridge.protocol.codec import encode, read_request
from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.protocol.events import AnyEvent
from dreambridge.protocol.fields import describe
from dreambridge.protocol.limits import CLOSE_AFTER, MAX_MESSAGE, ORPHAN_AFTER
from dreambridge.protocol.replies import ErrorReply, Goodbye, Reply, Welcome
from dreambridge.protocol.states import Reason
from dreambridge.remote.access import Access
from dreambridge.remote.start import starter
from dreambridge.rules.rules import Rules
from dreambridge.system.connection_file import Connection, check_free, claim
from dreambridge.system.owners import make_runtime_dir
from dreambridge.system.processes import STOOD_STILL, pid_namespace, process_alive, start_time
from dreambridge.system.secret import Secret

log = logging.getLogger("dreambridge")
LOOK_EVERY = 0.25  # seconds between two looks at the clients
MAX_AT_ONCE = 64  # messages that are handled before replies, events and ended connections have their turn
LARGE = 128 * 1024  # bytes of a message that count as another one
MAX_UNREAD = 16  # messages of a client that wait in memory, each of up to MAX_MESSAGE bytes
MAX_REST = 0.05
SWEEP_EVERY = 10.0  # seconds


def check_version(version: str) -> None:
    """Raise DreamError ``bad_message`` if it is not a version, ``protocol_mismatch`` if the major versions differ."""
    if not re.fullmatch(r"[0-9]+\.[0-9]+", version):
        raise DreamError("bad_message", f"protocol = {describe(version)} is not a version.", "Send `major.minor`, such as 1.0.")
    if int(version.split(".")[0]) != int(PROTOCOL_VERSION.split(".")[0]):
        raise DreamError(
            "protocol_mismatch",
            f"The client speaks protocol {version}, the daemon {PROTOCOL_VERSION}.",
            "Update whichever is older: the plugin, or the daemon.",
        )


class Server:
    """Binds its socket when created; ``run`` serves until ``stop``. ``nonce`` goes into the connection file.

    ``owner`` says who started the daemon. ``remote`` says which servers bundles may stream from.

    DreamError ``already_running``, ``not_answering`` or ``no_access``.
    """

    def __init__(
        self, name: str = "default", provider: str = "auto", nonce: str = "", owner: str = "", rules: Rules | None = None,
        remote: Access | None = None,
    ) -> None:  # fmt: skip
        folder = make_runtime_dir()
        check_free(name)
        self.name, self.provider = name, provider
        self.rules = rules or Rules()
        self.start_remote: Starter = starter(remote or Access())
        self.epoch = time.time_ns() // 1000
        self.token = secrets.token_urlsafe(32)
        pid = os.getpid()
        self._swept = 0.0
        self._sweep()
        self.context = zmq.Context()
        self.auth = ThreadAuthenticator(self.context)
        logging.getLogger("zmq.auth").setLevel(logging.CRITICAL)
        self.auth.start()
        self.auth.configure_plain(domain="dreambridge", passwords={"dreambridge": Secret(self.token)})
        self.router = self.context.socket(zmq.ROUTER)
        self.router.plain_server = True
        self.router.zap_domain = b"dreambridge"
        self.router.maxmsgsize = MAX_MESSAGE
        self.router.linger = 200
        self.router.sndhwm = 1000
        self.router.rcvhwm = MAX_UNREAD  # what a client sends beyond that waits on its own side
        monitor = self.router.get_monitor_socket(zmq.EVENT_ACCEPTED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_DISCONNECTED)
        port = self.router.bind_to_random_port("tcp://127.0.0.1")
        began, at = max(start_time(pid), 0), f"tcp://127.0.0.1:{port}"
        self.connection = Connection(
            PROTOCOL_VERSION, __version__, name, at, self.token, pid, began, self.epoch, nonce, pid_namespace()
        )
        try:
            self._held = claim(self.connection)
        except DreamError:
            self.router.disable_monitor()
            monitor.close(0)
            self.router.close(0)
            self.auth.stop()
            self.context.term()
            raise
        self.folder = folder
        self.described = f"The daemon {name!r} (process {pid}{f', {owner}' if owner else ''})"
        self.clients: dict[str, Client] = {}
        self.by_identity: dict[bytes, Client] = {}
        # Includes sessions without a client whose step has not ended: their threads still hold them.
        self.running: weakref.WeakSet[Session] = weakref.WeakSet()
        self.encoders, self.watchdog, self.loads = SentenceEncoders(), Watchdog(), LoadQueue()
        self.files = FileStore()
        self.spare = SpareTime()
        self.outbox: queue.SimpleQueue[tuple[str, Reply | AnyEvent]] = queue.SimpleQueue()
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._stopping = threading.Event()
        self._looked = time.monotonic()
        self.requests = Requests(self)
        self._monitor = monitor
        self._open_files: set[int] = set()  # file descriptors of connections
        self._connected: dict[int, bytes] = {}  # identities by file descriptor
        self._ended: list[bytes] = []  # identities whose connection has ended

    # -- sending -----------------------------------------------------------------------------------------------------
    def post(self, client: str, message: Reply | AnyEvent) -> None:
        """Send to a client by its key; from any thread."""
        self.outbox.put((client, message))
        with contextlib.suppress(OSError):
            self._wake_in.send(b"x")

    def call(self, work: Callable[[], None]) -> None:
        """Run ``work`` soon in the server's thread; from any thread."""
        self._calls.put(work)
        with contextlib.suppress(OSError):
            self._wake_in.send(b"x")

    def send(self, identity: bytes, message: Reply | AnyEvent) -> None:
        try:
            data = encode(message)
        except Exception as e:  # a value that msgpack does not have: whoever asked must not wait for ever
            log.exception("a message could not be encoded; please report it")
            data = encode(ErrorReply.of(as_dream_error(e), message.id if isinstance(message, Reply) else None))
        with contextlib.suppress(zmq.Again):
            self.router.send_multipart([identity, data], zmq.NOBLOCK)

    def _drain(self) -> None:
        while True:
            try:
                key, message = self.outbox.get_nowait()
            except queue.Empty:
                return
            client = self.clients.get(key)
            if client and client.identity:
                self.send(client.identity, message)

    # -- the loop ----------------------------------------------------------------------------------------------------
    def run(self) -> None:
        poller = zmq.Poller()
        poller.register(self.router, zmq.POLLIN)
        poller.register(self._wake_out, zmq.POLLIN)
        poller.register(self._monitor, zmq.POLLIN)
        try:
            while not self._stopping.is_set():
                try:
                    self._turn(poller)
                except Exception:
                    # A failure for one client must not end all streams.
                    log.exception("internal error; the daemon continues; please report it")
                    time.sleep(0.05)
        finally:
            self._end()

    def _turn(self, poller: zmq.Poller) -> None:
        events = dict(poller.poll(0 if self._ended else 250))
        if self._wake_out.fileno() in events:
            self._wake_out.recv(65536)
        while not self._calls.empty():
            self._calls.get()()
        self._drain()
        self._watch()
        ended, self._ended = self._ended, []
        begun, handled = time.monotonic(), 0
        while handled < MAX_AT_ONCE:
            try:
                parts = self.router.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                break
            handled += 1 + len(parts[-1]) // LARGE
            self._receive(parts)
        else:
            self._ended, ended = ended + self._ended, []  # their last messages may still be unread
            # A client floods: it is slowed, because the steps of the others need the time.
            time.sleep(min(time.monotonic() - begun, MAX_REST))
        for identity in ended:
            self._cut_off(identity)
        self._drain()
        now = time.monotonic()
        if now - self._looked > LOOK_EVERY:
            stood, self._looked = now - self._looked - LOOK_EVERY, now
            if stood > STOOD_STILL:
                # This process was suspended, or the machine slept: clients that could not be heard were not silent.
                for client in self.clients.values():
                    client.heard = min(now, client.heard + stood)
            self._look_after(now)
            if now - self._swept > SWEEP_EVERY:
                self._sweep()

    def _sweep(self) -> None:
        """Remove rings of daemons that have ended. One that a game still holds open goes later, because .NET locks it."""
        self._swept = time.monotonic()
        for path in remove_rings_left_behind():
            log.info("removed %s, left by a daemon that has ended", path)

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._wake_in.send(b"x")

    def _watch(self) -> None:
        """Read the events of connections."""
        from zmq.utils.monitor import recv_monitor_message

        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)
            file = int(event["value"])
            if event["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                log.warning("refused a client with a wrong token; clients must read %s again", self._held.path)
            elif event["event"] == zmq.EVENT_ACCEPTED:
                self._open_files.add(file)
            elif event["event"] == zmq.EVENT_DISCONNECTED:
                self._open_files.discard(file)
                if identity := self._connected.pop(file, None):
                    self._ended.append(identity)

    def _know(self, identity: bytes, file: int) -> None:
        """Register a connection by its file descriptor, which another connection may have used before.

        Call it before the first answer, because the connection may end at any moment after that.
        """
        self._watch()
        if (before := self._connected.get(file, identity)) != identity:
            self._ended.append(before)
        if file in self._open_files:
            self._connected[file] = identity
        else:
            self._ended.append(identity)

    def _cut_off(self, identity: bytes) -> None:
        """A connection has ended and all its messages were read: cancel each ``open`` on it."""
        for client in list(self.clients.values()):
            client.give_up(lambda o: o.identity == identity)
        cut_off = self.by_identity.get(identity)
        if cut_off:  # it neither said goodbye nor reconnected
            cut_off.cut_off = True
            log.warning(
                "%s was cut off: it ended without a goodbye, or sent a message over the limit of %d bytes",
                cut_off.name,
                MAX_MESSAGE,
            )

    def _receive(self, parts: list[zmq.Frame]) -> None:
        received = time.monotonic_ns()
        identity, data = parts[0].bytes, parts[-1].bytes
        client = self.by_identity.get(identity)
        reply_to, request = read_request(data)
        try:
            if client:
                self._heard(client)
            if isinstance(request, DreamError):
                raise request
            if isinstance(request, M.Hello):
                self._know(identity, int(parts[-1].get(zmq.SRCFD)))
                self._hello(identity, request)
            elif client is None:
                raise DreamError("hello_first", "The first message must be hello.", "Send hello with your protocol version.")
            else:
                self.requests.handle(client, request, received)
        except DreamError as e:
            self.send(identity, ErrorReply.of(e, reply_to))
        except Exception as e:
            log.exception("a request failed in the daemon itself")
            self.send(identity, ErrorReply.of(as_dream_error(e), reply_to))

    def _hello(self, identity: bytes, hello: M.Hello) -> None:
        check_version(hello.protocol)
        before = self.by_identity.get(identity)
        # Without a key, a second hello on one connection is from the same client as the first.
        client = self.clients.get(hello.client_key) or (before if not hello.client_key else None)
        if client is None:
            client = Client(secrets.token_urlsafe(24), identity, "", time.monotonic())
            self.clients[client.key] = client
        elif client.identity != identity:
            if client.identity:
                self._dismiss(client, Reason.KEY_TAKEN, "another connection said hello with this client's key")
            client.identity = identity
            client.give_up(lambda o: o.identity != identity)
        if before and before is not client:
            before.identity = b""
            before.give_up(lambda o: True)
        client.name, client.cut_off = describe(hello.client) if hello.client else "a client without a name", False
        if hello.pid > 0:  # another process may return with a key
            # An unknown process id comes from another PID namespace, so it does not show that the client has ended.
            client.started = start_time(hello.pid)
            client.pid = hello.pid if client.started >= 0 else 0
        self.by_identity[identity] = client
        self._heard(client)
        opened = [s.opened() for s in list(client.sessions.values()) if s.ring and s.runner]
        log.info("hello from %s", client.name)
        self.send(
            identity,
            Welcome(
                id=hello.id,
                protocol=PROTOCOL_VERSION,
                version=__version__,
                epoch=self.epoch,
                client_key=client.key,
                sessions=opened,
            ),
        )

    def _dismiss(self, client: Client, code: Reason, reason: str) -> None:
        """Tell a client's old connection that another connection has replaced it."""
        if client.identity:
            self.send(client.identity, Goodbye(code=code, reason=reason))
        self.by_identity.pop(client.identity, None)
        client.identity = b""

    def _heard(self, client: Client) -> None:
        """The client was heard: sessions that were paused for its silence continue, on a new connection or the old one."""
        client.heard = time.monotonic()
        if client.orphaned:
            client.orphaned = False
            for s in list(client.sessions.values()):
                s.reclaim()

    def _look_after(self, now: float) -> None:
        """Orphan the sessions of silent clients, and close them after more silence."""
        for client in list(self.clients.values()):
            silent = now - client.heard
            unheard = client.cut_off or silent > ORPHAN_AFTER
            if silent > CLOSE_AFTER:
                self.drop(client, Reason.CLIENT_SILENT, f"nothing was heard from it for {CLOSE_AFTER:g} s")
            elif unheard and client.pid and not process_alive(client.pid, client.started):
                # The process has ended and cannot reclaim its sessions.
                self.drop(client, Reason.CLIENT_GONE, f"its process {client.pid} has ended")
            elif silent > ORPHAN_AFTER and not client.orphaned:
                client.orphaned = True
                sessions = list(client.sessions.values())  # a session that cannot load removes itself, in its own thread
                if sessions:
                    log.info("%s is silent: its %d session(s) are paused", client.name, len(sessions))
                for s in sessions:
                    s.orphan()

    def drop(self, client: Client, code: Reason, why: str) -> None:
        if code != Reason.ASKED:
            self._dismiss(client, code, why)
        sessions = list(client.sessions.values())
        for s in sessions:
            s.close()
        if sessions:
            log.info("closed %d session(s) of %s: %s", len(sessions), client.name, why)
        client.sessions.clear()  # they refer to their client
        self.clients.pop(client.key, None)
        self.by_identity.pop(client.identity, None)

    def _end(self) -> None:
        sessions = list(self.running)
        for c in self.clients.values():
            if c.identity:
                self.send(c.identity, Goodbye(code=Reason.DAEMON_ENDING, reason="the daemon ends"))
        for s in sessions:
            s.close()
        until = time.monotonic() + 0.7
        for s in sessions:
            s.join(max(0.0, until - time.monotonic()))
            s.remove_rings()  # of a session in the middle of a long step
        self._sweep()
        self._held.release(self.epoch)
        self.router.disable_monitor()
        self._monitor.close(0)
        self.router.close()
        self.auth.stop()
        self.context.term()
        self._wake_in.close()
        self._wake_out.close()
