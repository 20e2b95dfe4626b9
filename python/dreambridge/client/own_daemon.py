"""A daemon that this process started: its process, and the last lines of its log for error texts."""

import contextlib
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from typing import IO

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable
from dreambridge.system.connection_file import read
from dreambridge.system.lifeline import Lifeline
from dreambridge.system.processes import this_python
from dreambridge.system.terminal import command_line, serve_command

MAX_LINES = 12
MAX_LINE = 400  # characters
MAX_READ = 65536


class LogEnd:
    """Reads a log in a thread until it ends, so that its pipe never fills up, and keeps the last ``MAX_LINES`` lines."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lines: deque[bytes] = deque(maxlen=MAX_LINES)
        self._thread = threading.Thread(target=self._read, name="dreambridge-log", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            while line := self._pipe.readline(MAX_READ):
                if line.strip():
                    self._lines.append(line)

    def quoted(self, wait: float = 0.0) -> str:
        """The lines for the end of a message, printable; empty if there are none.

        ``wait`` : up to so many seconds for the end of the log, for a daemon that has just ended.
        """
        self._thread.join(wait)
        lines = [printable(line.decode(errors="replace").rstrip())[:MAX_LINE] for line in tuple(self._lines)]
        return "\n".join([" Its log ends with:", *lines]) if lines else ""

    def close(self) -> None:
        """For a daemon that has ended."""
        self._thread.join(1.0)
        if not self._thread.is_alive():  # else another process holds the other end, and closing would wait for it
            self._pipe.close()


class OwnDaemon:
    """Starts a daemon that ends with this process. Parameters as of ``dreambridge.start``."""

    def __init__(self, name: str, provider: str) -> None:
        self.name, self._nonce, self._lifeline = name, secrets.token_hex(16), Lifeline()
        command = [
            *(*this_python(), "-m", "dreambridge", "serve", "--name", name, "--provider", provider),
            *("--parent-pid", str(os.getpid()), "--parent-port", str(self._lifeline.port), "--nonce", self._nonce),
        ]
        null, pipe = subprocess.DEVNULL, subprocess.PIPE
        try:
            self.process = subprocess.Popen(command, stdin=null, stdout=null, stderr=pipe)
        except BaseException:
            self._lifeline.close()
            raise
        assert self.process.stderr
        self._log = LogEnd(self.process.stderr)

    def wait_until_there(self, timeout: float) -> None:
        """Wait until it listens. DreamError ``not_running`` if it ended, ``timeout``."""
        until = time.monotonic() + timeout
        while (c := read(self.name)) is None or c.nonce != self._nonce:
            if self.process.poll() is not None:
                said = f"The daemon ended during its start (exit code {self.process.returncode}).{self._log.quoted(1.0)}"
                raise DreamError("not_running", said, f"Run: {command_line(sys.executable, '-m', 'dreambridge', 'doctor')}")
            if time.monotonic() > until:
                said = f"The daemon did not start within {timeout:g} s.{self._log.quoted()}"
                raise DreamError("timeout", said, f"Run it by hand to see why: {serve_command(self.name)}")
            time.sleep(0.01)

    def gone(self) -> DreamError | None:
        """``daemon_gone`` with its exit code and the last lines of its log; None while it is running."""
        try:
            code = self.process.wait(0.2)  # its connection ends a moment before it does
        except subprocess.TimeoutExpired:
            return None
        self._lifeline.close()
        again = f"start it again with dreambridge.start({self.name!r})"
        said = f"The daemon that this process started has ended (exit code {code}); {again}.{self._log.quoted(1.0)}"
        return DreamError("daemon_gone", said, f"The log shows why it ended; {again}.")

    def end(self, patience: float = 3.0) -> None:
        """End it, and wait until it has ended; it is killed after ``patience`` seconds."""
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._lifeline.close()
        self._log.close()
