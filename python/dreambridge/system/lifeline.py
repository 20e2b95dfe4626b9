"""A connection by which a daemon notices the end of the program that started it, in whatever PID namespace that runs.

The parent listens on a port of 127.0.0.1 and does nothing with it. The daemon connects. When the parent ends, however it ends,
the system ends the connection. A process number would mean another process in another namespace, or be given to another later.
"""

import atexit
import contextlib
import os
import socket

PATIENCE = 5.0
BACKLOG = 8

_open = set["Lifeline"]()


class Lifeline:
    """The parent's side, for one daemon. It lasts until ``close``, or until this process ends.

    Nobody accepts its connections, so one that has ended stays in its queue: a port for all daemons would refuse later ones.
    ``port`` : 0 if there can be none.
    """

    def __init__(self) -> None:
        self.port = 0
        self._server: socket.socket | None = None
        with contextlib.suppress(OSError):
            self._server = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
            self.port = int(self._server.getsockname()[1])
        _open.add(self)

    def close(self) -> None:
        """For a daemon that has ended. One that is running ends."""
        _open.discard(self)
        if self._server:
            self._server.close()


def _close_all() -> None:
    """At the end; and in a child that was forked, which must not keep the daemons of its parent alive."""
    for line in tuple(_open):
        line.close()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all)


class Held:
    """The daemon's side.

    ConnectionError if the parent has ended already; another OSError, such as TimeoutError, does not tell whether it has.
    """

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
