"""``dreambridge serve``: the daemon as a process."""

import contextlib
import faulthandler
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreambridge.daemon.server import Server
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable
from dreambridge.remote.access import Access
from dreambridge.rules.rules import Rules
from dreambridge.runtime.providers import NAMES
from dreambridge.system.connection_file import file_of
from dreambridge.system.lifeline import Held, holds
from dreambridge.system.processes import process_alive, process_name, start_time

if TYPE_CHECKING:
    from dreambridge.preview import Preview

log = logging.getLogger("dreambridge")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"time": record.created, "level": record.levelname.lower(), "message": record.getMessage()})


class TextLines(logging.Formatter):
    """Formats a message as one line without control characters, whatever text it contains; a traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = printable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        return printable(super().formatException(ei), lines=True)


def log_into(path: Path) -> None:
    """Send the error output of this process to ``path``, which is replaced. DreamError ``no_access`` if it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8", buffering=1)
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be written: {e.strerror}.", "Use another path for --log-file.") from e
    # What native code writes goes there too.
    os.dup2(file.fileno(), 2)
    sys.stderr = file


def set_up_log(form: str, level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    log.addHandler(handler)
    log.setLevel(level.upper())
    log.propagate = False
    if sys.stderr:
        # If a fault in native code ends the process, the log ends with the stacks of its threads.
        faulthandler.enable(sys.stderr)


def wait_for_the_end(parent: int, port: int) -> None:
    """Return when the program that started this daemon has ended; one that has a ``port`` is not known by its number.

    Unless the port can neither be reached nor is closed: then by its number, and without a number the port is tried again.
    """
    while port:
        try:
            Held(port).wait()
            return
        except ConnectionError:
            return
        except OSError as e:
            log.warning("the port %d of the parent process cannot be reached: %s", port, e)
            if parent:
                break
            time.sleep(1.0)
    begun = start_time(parent)
    while process_alive(parent, begun):
        time.sleep(0.5)


def serve(
    name: str,
    provider: str,
    parent: int = 0,
    parent_port: int = 0,
    log_format: str = "text",
    log_level: str = "info",
    preview_port: int | None = None,
    nonce: str = "",
    rules: Path | None = None,
    remote: Sequence[str] = (),
) -> None:
    """Run until SIGINT, SIGTERM or the end of the process ``parent`` (0: none).

    ``parent_port``, its lifeline, tells that end instead of its number, which may mean another process here (0: none).

    The preview page is on ``preview_port`` (0: any free port; None: no page). ``rules`` is a `rules.toml`.
    ``remote`` are the hosts from which bundles may stream.
    DreamError from ``Rules``, ``Access``, ``Server`` and ``Preview``.
    """
    if provider not in ("auto", *NAMES):
        raise DreamError("no_provider", f"The provider {provider!r} is unknown.", f"Use auto or one of: {', '.join(NAMES)}.")
    given, access = Rules.given(rules), Access(remote)
    set_up_log(log_format, log_level)
    for said in given.missing_bundles():
        log.warning("%s", said)
    # Otherwise a thread would wait up to 5 ms for the GIL while another one is busy.
    sys.setswitchinterval(0.0005)
    if preview_port is not None:
        import websockets  # noqa: F401 - a missing package is reported before anything starts
    servers, pages = list[Server](), list["Preview"]()
    ending, failed = threading.Event(), list[DreamError]()

    def end() -> None:
        ending.set()
        for page in pages:
            page.close()  # it is a client: it must say goodbye while the server still runs
        for server in servers:
            server.stop()

    # A handler may interrupt another one, so it takes no lock, and a thread does the rest. The handlers are installed before
    # anything that must be cleaned up exists.
    bell, ear = socket.socketpair()
    bell.setblocking(False)

    def ring_the_bell(*_: object) -> None:
        with contextlib.suppress(OSError):
            bell.send(b"x")

    def wait_for_the_bell() -> None:
        ear.recv(1)
        end()

    threading.Thread(target=wait_for_the_bell, name="signals", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ring_the_bell)
    known = parent and (not parent_port or holds(parent, parent_port))
    server = Server(name, provider, nonce, f"started by {process_name(parent)} {parent}" if known else "", given, access)
    servers.append(server)
    if ending.is_set():
        server.stop()
    log.info("the daemon %r listens on %s; connection file %s", name, server.connection.endpoint, file_of(name))
    if parent or parent_port:

        def watch() -> None:
            wait_for_the_end(parent, parent_port)
            log.info("stopping: the parent process %d has ended", parent)
            end()

        threading.Thread(target=watch, name="parent-watch", daemon=True).start()

    def open_preview(port: int) -> None:
        from dreambridge.preview import Preview

        try:
            page = Preview(name, port, renewed=lambda url: log.info("the preview was opened; for another page: %s", url))
            page.start()
        except DreamError as e:
            failed.append(e)
            server.stop()
            return
        pages.append(page)
        if ending.is_set():
            page.close()
        log.info("the preview page, for one browser: %s", page.url)

    if preview_port is not None:
        threading.Thread(target=open_preview, args=(preview_port,), name="preview-start", daemon=True).start()
    server.run()
    if failed:
        raise failed[0]
    log.info("ended")
    # A sentence encoder that is still loading in its thread would crash the interpreter's shutdown.
    logging.shutdown()
    os._exit(0)
