"""A link between a client and its daemon. It breaks when the daemon has carried a request out, before the client hears of it."""

import contextlib
import os
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec
from dreambridge.system.connection_file import file_of, load, write
from dreambridge.system.processes import start_time

ANSWER = b"cutscene_status"  # the type of each lost answer; msgpack has texts as they are


class LossyLink:
    """Clients find it as the daemon ``name``; it passes everything on to the daemon ``behind``.

    ``lose`` : types of requests, each lost at its first time: the connection ends when the daemon has answered. ``then`` : called
    after each loss, before clients can come back. ``lost`` : what was lost.
    """

    def __init__(self, name: str, behind: str, lose: list[bytes], then: Callable[[], None] = lambda: None) -> None:
        self.name, self.behind, self.left, self.then, self.lost = name, behind, list(lose), then, list[bytes]()
        self._selector = selectors.DefaultSelector()
        self._other = dict[socket.socket, socket.socket]()
        self._clients, self._muted = set[socket.socket](), set[socket.socket]()
        self._over = threading.Event()
        self._publish()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _publish(self) -> None:
        """Listen, with a connection file that names this process, and the daemon's token and epoch."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self._selector.register(self._server, selectors.EVENT_READ)
        c = load(file_of(self.behind))
        assert c
        self._address = urlsplit(c.endpoint)
        mine = {"name": self.name, "endpoint": f"tcp://127.0.0.1:{self._server.getsockname()[1]}"}
        write(msgspec.structs.replace(c, pid=os.getpid(), start_time=start_time(os.getpid()), **mine))

    def _run(self) -> None:
        while not self._over.is_set():
            for key, _ in self._selector.select(0.05):
                s = key.fileobj
                assert isinstance(s, socket.socket)
                if s is self._server:
                    self._join()
                elif s in self._other:
                    self._pass_on(s)

    def _join(self) -> None:
        client, _ = self._server.accept()
        try:
            daemon = socket.create_connection((self._address.hostname or "", self._address.port or 0))
        except OSError:
            client.close()
            return
        self._other |= {client: daemon, daemon: client}
        self._clients.add(client)
        for s in (client, daemon):
            self._selector.register(s, selectors.EVENT_READ)

    def _pass_on(self, s: socket.socket) -> None:
        other, data = self._other[s], b""
        with contextlib.suppress(OSError):
            data = s.recv(65536)
        if not data:
            self._end(s)
        elif s in self._clients:
            loses = next((kind for kind in self.left if kind in data), None)
            if loses:
                self.left.remove(loses)
                self.lost.append(loses)
                self._muted.add(s)
            with contextlib.suppress(OSError):
                other.sendall(data)
        elif other in self._muted:
            if ANSWER in data:
                self._selector.unregister(self._server)
                self._server.close()
                self._end(s)
                self.then()
                self._publish()
        else:
            with contextlib.suppress(OSError):
                other.sendall(data)

    def _end(self, s: socket.socket) -> None:
        for one in (s, self._other[s]):
            self._selector.unregister(one)
            self._other.pop(one)
            self._clients.discard(one)
            self._muted.discard(one)
            one.close()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        for s in [*self._other, self._server]:
            s.close()
        self._selector.close()
        # The file names this very process, which goes on.
        file_of(self.name).unlink(missing_ok=True)


@contextmanager
def lossy_link(name: str, behind: str, lose: list[bytes], then: Callable[[], None] = lambda: None) -> Iterator[LossyLink]:
    link = LossyLink(name, behind, lose, then)
    try:
        yield link
    finally:
        link.close()
