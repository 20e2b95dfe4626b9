"""ZMTP 3.0 as a DEALER with PLAIN, over a socket that never blocks (PROTOCOL.md, part 2, Transport)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

from dreambridge_renpy import msgpack

GREETING = bytes.fromhex("ff00000000000000007f0300504c41494e").ljust(64, b"\0")  # version 3.0, "PLAIN"
INITIATE = b"\x08INITIATE\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"
MAX_FRAME = 64 * 1024 * 1024  # what a client takes; a daemon sends at most a snapshot
MAX_UNSENT = 32 * 1024 * 1024
LONG, COMMAND = 2, 4
CONNECT_SECONDS = 2.0


class Peer:
    """One connection. ``live``: the handshake is over. All methods are called under the lock of the stream."""

    def __init__(self, host: str, port: int, token: str) -> None:
        """OSError: nobody listens."""
        self.socket = socket.create_connection((host, port), CONNECT_SECONDS)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unsent = bytearray(GREETING)  # without waiting for the daemon's
        self.live = self.ended = False
        self._token = token
        self._input = bytearray()
        self._greeted = False
        self.flush()

    def send(self, message: dict[str, Any]) -> None:
        self._frame(0, msgpack.encode({k: v for k, v in message.items() if v is not None}))

    def _frame(self, flags: int, body: bytes) -> None:
        head = struct.pack(">BQ", flags | LONG, len(body)) if len(body) > 255 else bytes((flags, len(body)))
        self.unsent += head + body
        self.flush()

    def flush(self) -> None:
        """Send what fits now; the rest waits in ``unsent``."""
        try:
            while self.unsent and not self.ended:
                del self.unsent[: self.socket.send(self.unsent)]
        except (BlockingIOError, InterruptedError):
            if len(self.unsent) > MAX_UNSENT:
                self.close()
        except OSError:
            self.unsent.clear()  # `receive` notices the end

    def close(self) -> None:
        self.ended = True
        try:
            self.socket.close()
        except OSError:
            pass

    def receive(self) -> Iterator[tuple[str, Any]]:
        """What came: ``("live", None)``, ``("message", map)``, and ``("end", (code, reason))`` at last."""
        try:
            data = self.socket.recv(1 << 20)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            yield "end", ("daemon_gone", "The daemon closed the connection.")
            return
        self._input += data
        if not self._greeted:
            if len(self._input) < 64:
                return
            del self._input[:64]
            self._greeted = True
            token = self._token.encode()
            self._frame(COMMAND, b"\x05HELLO\x0bdreambridge" + bytes((len(token),)) + token)
        while not self.ended:
            part = self._next()
            if part is None:
                return
            flags, body = part
            if not flags & COMMAND:
                try:
                    message = msgpack.decode(body)
                except msgpack.BadMessage:
                    continue
                if isinstance(message, dict):
                    yield "message", message
            elif body.startswith(b"\x07WELCOME"):
                self._frame(COMMAND, INITIATE)
            elif body.startswith(b"\x05READY"):
                self.live = True
                yield "live", None
            elif b"RROR" in body[:6]:  # libzmq 4.3 writes ^RROR
                yield "end", ("wrong_token", "The daemon refused the token.")
                return

    def _next(self) -> tuple[int, bytes] | None:
        """Flags and body of the next whole frame."""
        data = self._input
        if len(data) < 2:
            return None
        head = 9 if data[0] & LONG else 2
        if len(data) < head:
            return None
        size = struct.unpack_from(">Q", data, 1)[0] if head == 9 else data[1]
        if size > MAX_FRAME:
            self._input.clear()
            self.close()
            return None
        if len(data) < head + size:
            return None
        flags, body = data[0], bytes(data[head : head + size])
        del data[: head + size]
        return flags, body
