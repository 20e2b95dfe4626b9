"""The client under test: a process that gets commands and answers with its status, one JSON object per line."""

import contextlib
import json
import queue
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO, Any

from dreambridge.protocol.errors import DreamError

START_SECONDS = 60.0
ANSWER_SECONDS = 30.0
PORT_VARIABLE = "DREAMBRIDGE_CONFORMANCE_PORT"


class ClientProcess:
    """Starts ``command`` and talks to it over its standard input and output.

    With ``tcp`` the client connects to 127.0.0.1 and the port in DREAMBRIDGE_CONFORMANCE_PORT instead (for engines that use their
    standard output). ``while_waiting`` is called repeatedly until an answer arrives. DreamError ``not_running`` or ``timeout``.
    """

    def __init__(self, command: Sequence[str], env: dict[str, str], tcp: bool, while_waiting: Callable[[], None]) -> None:
        self.command, self.while_waiting = list(command), while_waiting
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._connection: socket.socket | None = None
        server = socket.create_server(("127.0.0.1", 0)) if tcp else None
        if server:
            env = env | {PORT_VARIABLE: str(server.getsockname()[1])}
        pipe = None if tcp else subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL if tcp else pipe, stdout=pipe, env=env, text=True
            )
        except OSError as e:
            if server:
                server.close()
            raise DreamError("not_running", f"{self.command[0]} cannot be started: {e.strerror}.", "Check the command.") from e
        try:
            source, sink = self._accept(server) if server else (self._process.stdout, self._process.stdin)
            assert source and sink
            self._source: IO[str] = source
            self._sink: IO[str] = sink
            threading.Thread(target=self._read, daemon=True).start()
            hello = self._answer(START_SECONDS)
            self.name, self.cannot = str(hello.get("client", self.command[0])), set(map(str, hello.get("cannot", [])))
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def _accept(self, server: socket.socket) -> tuple[Any, Any]:
        with server:
            server.settimeout(0.2)
            until = time.monotonic() + START_SECONDS
            while time.monotonic() < until and self._process.poll() is None:
                try:
                    self._connection, _ = server.accept()
                    self._connection.settimeout(None)
                    return self._connection.makefile("r", encoding="utf-8"), self._connection.makefile("w", encoding="utf-8")
                except TimeoutError:
                    continue
        raise DreamError("not_running", f"{self.command[0]} did not connect to {PORT_VARIABLE}.", "See its output.")

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in self._source:
                if line.startswith("{"):
                    self._lines.put(line)
        self._lines.put(None)

    def _answer(self, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.while_waiting()
            with contextlib.suppress(queue.Empty):
                line = self._lines.get(timeout=0.002)
                if line is None:
                    raise DreamError("not_running", f"The client {self.command[0]} ended.", "See its output.")
                try:
                    return dict(json.loads(line, strict=False))  # Godot writes control characters as they are
                except ValueError as e:
                    raise DreamError(
                        "bad_message", f"The client said {line[:200]!r}.", "Answer with one JSON object per line."
                    ) from e
        raise DreamError("timeout", f"The client did not answer within {seconds:g} s.", "It must answer each line at once.")

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Send a command. Returns the answer, one JSON object."""
        try:
            self._sink.write(json.dumps({"do": do, **fields}) + "\n")
            self._sink.flush()
        except OSError as e:
            raise DreamError("not_running", f"The client {self.command[0]} ended.", "See its output.") from e
        return self._answer(ANSWER_SECONDS)

    def close(self) -> None:
        """Ask the client to end, and kill it if it does not."""
        with contextlib.suppress(OSError, ValueError):
            self._sink.write('{"do": "quit"}\n')
            self._sink.flush()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for file in (self._sink, self._source, self._connection):
            if file:
                with contextlib.suppress(OSError):
                    file.close()
