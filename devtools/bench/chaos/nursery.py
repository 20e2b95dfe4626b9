"""Makes clients that are processes of their own within a millisecond, so that hundreds can be killed: a small process that forks.

Run as a program with the daemon's connection file; each line on standard input is a command, each line of output the answer.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from devtools.bench.chaos.stage import ROOT


def _child(file: Path, bundle: str, fields: dict[str, Any], ending: str) -> None:
    from dreambridge.system.connection_file import load

    from devtools.bench.chaos.wire import Wire

    c = load(file)
    assert c
    w = Wire(c, pid=os.getpid())
    opened = w.open(bundle, **fields)
    print(json.dumps({"pid": os.getpid(), "ring": opened["ring"], "session": opened["session"]}), flush=True)
    signal.pause()  # until it is killed, or told to end
    if ending == "bye":
        w.bye()


def main() -> None:
    file = Path(sys.argv[1])
    # before the fork, so that no child imports it again
    import devtools.bench.chaos.wire  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no child is waited for
    for line in sys.stdin:
        ask = json.loads(line)
        if os.fork() == 0:
            signal.signal(signal.SIGUSR1, lambda *_: None)
            try:
                _child(file, ask["bundle"], ask["fields"], ask["ending"])
            finally:
                os._exit(0)


class Nursery:
    """The other side. ``ending``: ``bye``, or ``nothing`` for one that only ends."""

    def __init__(self, file: Path) -> None:
        command = [sys.executable, "-m", "devtools.bench.chaos.nursery", str(file)]
        path = os.pathsep.join([str(ROOT), *sys.path])
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}
        )

    def born(self, bundle: str = "testcard", ending: str = "bye", **fields: Any) -> dict[str, Any]:
        """A client whose stream is open: its pid, its ring and its session."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"bundle": bundle, "fields": fields, "ending": ending}) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


if __name__ == "__main__":
    main()
