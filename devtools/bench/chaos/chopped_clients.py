"""ZMTP streams to a client that are cut at each byte, that come in two parts, and that come byte by byte: through a proxy."""

import contextlib
import selectors
import socket
import threading
import time
from typing import Any

from devtools.bench.chaos.rude_daemon import Rude, Victim
from devtools.bench.chaos.stage import Stage

PAUSE = 0.002
EVERY_BYTE = -1  # instead of a place: a pause after each byte


class Proxy:
    """Forwards connections to ``port`` of this machine. What the daemon sends by the next one is cut or held up as told."""

    def __init__(self) -> None:
        self.port, self.carried = 0, 0
        self._cut: int | None = None
        self._pause: int | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.own_port: int = self._listener.getsockname()[1]
        self._open = list[socket.socket]()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def next(self, cut: int | None = None, pause: int | None = None) -> None:
        """End all connections. The one that comes next ends after ``cut`` bytes, or rests after ``pause`` of them."""
        with self._lock:
            self._cut, self._pause = cut, pause
            opened, self._open = self._open, []
        for s in opened:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                daemon = socket.create_connection(("127.0.0.1", self.port), 5.0)
            except OSError:
                client.close()
                continue
            for s in (client, daemon):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                plan, self._cut, self._pause = (self._cut, self._pause), None, None
                self._open += [client, daemon]
            self._threads.append(threading.Thread(target=self._forward, args=(client, daemon, *plan)))
            self._threads[-1].start()

    def _forward(self, client: socket.socket, daemon: socket.socket, cut: int | None, pause: int | None) -> None:
        with client, daemon, selectors.DefaultSelector() as both, contextlib.suppress(OSError):
            both.register(client, selectors.EVENT_READ)
            both.register(daemon, selectors.EVENT_READ)
            carried = 0
            while True:
                for key, _ in both.select():
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    if key.fileobj is client:
                        daemon.sendall(data)
                        continue
                    if cut is not None and carried + len(data) >= cut:
                        client.sendall(data[: cut - carried])
                        return
                    parts = [data]
                    if pause == EVERY_BYTE:
                        parts = [data[k : k + 1] for k in range(len(data))]
                    elif pause is not None and carried < pause < carried + len(data):
                        parts = [data[: pause - carried], data[pause - carried :]]
                    for part in parts:
                        client.sendall(part)
                        time.sleep(PAUSE if len(parts) > 1 else 0)
                    carried += len(data)
                    self.carried = carried

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        self.next()
        for t in self._threads:
            t.join()


class Behind(Rude):
    """Its connection file names the proxy."""

    proxy: Proxy

    def write_file(self, *words: str) -> None:
        self.proxy.port, self._port = self._port, self.proxy.own_port
        try:
            super().write_file(*words)
        finally:
            self._port = self.proxy.port


def to_a_client(stage: Stage, client: str, step: int) -> dict[str, Any]:
    """Each beginning of what a daemon sends until the client plays, each split of it in two, and all of it byte by byte."""
    Behind.proxy = proxy = Proxy()
    v = None
    failed, cuts = list[str](), 0
    try:
        v = Victim(stage, client, 5001, Behind)
        size = proxy.carried
        plans: list[tuple[int | None, int | None]] = [(None, EVERY_BYTE)]
        for at in range(0, size, step):
            plans += [(at, None), (None, at)]
        for cut, pause in plans:
            cuts += 1
            proxy.next(cut, pause)
            v.daemon.rings_away()
            if not v.plays(1):
                failed.append(f"cut {cut}, pause {pause}: {v.look()[0]}")
                break
    finally:
        if v:
            v.close()
        proxy.close()
    return {"cuts": cuts, "bytes": size, "failed": failed}
