"""A connection by which a daemon notices the end of the program that started it, in whatever PID namespace that runs.

The parent listens on a port of 127.0.0.1 and does nothing with it. The daemon connects. When the parent ends, however it ends,
the system ends the connection. A process number would mean another process in another namespace, or be given to another later.
"""

import atexit
import contextlib
import os
import socket
import threading

PATIENCE = 5.0

_lock = threading.Lock()
_server: socket.socket | None = None


def lifeline_port() -> int:
    """The port of this process's lifeline, which lasts until the process ends; 0 if there can be none."""
    global _server
    with _lock:
        if _server is None:
            try:
                _server = socket.create_server(("127.0.0.1", 0), backlog=128)
            except OSError:
                return 0
            atexit.register(_forget)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=_forget)
        return int(_server.getsockname()[1])


def _forget() -> None:
    """At the end; and in a child that was forked, which must not keep the daemons of its parent alive."""
    global _server
    if _server:
        _server.close()
    _server = None


class Held:
    """The daemon's side. ConnectionError or another OSError if the parent has ended already."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.settimeout(None)

    def wait(self) -> None:
        """Return when the parent has ended."""
        with self._socket, contextlib.suppress(OSError):
            while self._socket.recv(64):
                pass


def holds(pid: int, port: int) -> bool:
    """Whether this process listens on the port, so that the number means this process here."""
    import psutil

    try:
        return any(c.status == psutil.CONN_LISTEN and c.laddr[1] == port for c in psutil.Process(pid).net_connections("tcp4"))
    except (psutil.Error, AttributeError):
        return False
