"""``dreambridge serve``: the daemon as a process."""

import json
import logging
import signal
import sys
import threading
import time

from dreambridge.connection import process_alive, start_time
from dreambridge.daemon.server import Server

log = logging.getLogger("dreambridge")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"time": record.created, "level": record.levelname.lower(), "message": record.getMessage()})


def set_up_log(form: str, verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines() if form == "json" else logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
    )
    log.addHandler(handler)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    log.propagate = False


def serve(name: str, provider: str, parent: int = 0, log_format: str = "text", verbose: bool = False) -> None:
    """Run until SIGINT, SIGTERM or the end of process ``parent`` (0 = nobody's). DreamError from ``Server``."""
    set_up_log(log_format, verbose)
    # A thread beside a busy one would otherwise wait up to 5 ms for the interpreter.
    sys.setswitchinterval(0.0005)
    server = Server(name, provider)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    if parent:
        begun = start_time(parent)

        def watch() -> None:
            while process_alive(parent, begun):
                time.sleep(0.5)
            log.info("process %d, for which this daemon ran, is gone: ending", parent)
            server.stop()

        threading.Thread(target=watch, name="parent-watch", daemon=True).start()
    log.info("the daemon %r listens on %s; connection file %s", name, server.connection.endpoint, server.file)
    server.run()
    log.info("ended")
