"""A client of the control channel that is nothing but a socket: it can be killed, flood, stay silent and send what it likes."""

import contextlib
import socket
import struct
import time
from typing import Any

from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol.codec import decode_plain, encode
from dreambridge.protocol.events import EVENTS
from dreambridge.system.connection_file import Connection

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"PLAIN".ljust(20, b"\0") + b"\0" + bytes(31)
SHORT, LARGE, COMMAND = 0, 2, 4
PATIENCE = 30.0


def framed(body: bytes, flags: int = 0) -> bytes:
    """One ZMTP frame."""
    if len(body) < 256:
        return bytes([flags, len(body)]) + body
    return bytes([flags | LARGE]) + struct.pack(">Q", len(body)) + body


def command(name: bytes, data: bytes) -> bytes:
    return framed(bytes([len(name)]) + name + data, COMMAND)


def credentials(token: str, user: str = "dreambridge") -> bytes:
    name, secret = user.encode(), token.encode()
    return command(b"HELLO", bytes([len(name)]) + name + bytes([len(secret)]) + secret)


INITIATE = command(b"INITIATE", b"\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER")


class Ended(Exception):
    """The daemon has ended the connection."""


class Wire:
    """A connection that says hello unless told otherwise. Messages are maps or bytes; nothing is sent unasked."""

    def __init__(self, c: Connection, hello: bool = True, key: str = "", pid: int = 0, token: str | None = None) -> None:
        host, port = c.endpoint.removeprefix("tcp://").split(":")
        self.socket = socket.create_connection((host, int(port)), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = bytearray()
        self.events: list[dict[str, Any]] = []
        self.key = ""
        self._next = 1
        self.write(GREETING)
        self._take(64)
        secret = c.token if token is None else token
        for sent, wanted in ((credentials(secret), b"WELCOME"), (INITIATE, b"READY")):
            self.write(sent)
            flags, body = self.frame()
            if not flags & COMMAND or body[1 : 1 + body[0]] != wanted:
                self.close()
                raise Ended(f"instead of {wanted!r} came {body[:40]!r}")
        if hello:
            welcome = self.ask({"type": "hello", "protocol": PROTOCOL_VERSION, "client": "wire", "client_key": key, "pid": pid})
            self.key = str(welcome["client_key"])

    def write(self, data: bytes) -> None:
        """Raw bytes, in the middle of whatever."""
        try:
            self.socket.sendall(data)
        except OSError as e:
            raise Ended(str(e)) from e

    def send(self, message: dict[str, Any] | bytes) -> None:
        self.write(framed(message if isinstance(message, bytes) else encode(message)))

    def _take(self, size: int) -> bytes:
        while len(self._got) < size:
            try:
                more = self.socket.recv(1 << 16)
            except OSError as e:
                raise Ended(str(e)) from e
            if not more:
                raise Ended("the daemon closed the connection")
            self._got += more
        out = bytes(self._got[:size])
        del self._got[:size]
        return out

    def frame(self) -> tuple[int, bytes]:
        """The next frame: flags and body."""
        flags = self._take(1)[0]
        size = struct.unpack(">Q", self._take(8))[0] if flags & LARGE else self._take(1)[0]
        return flags, self._take(size)

    def receive(self) -> dict[str, Any]:
        """The next message. ``Ended`` when there is none within ``PATIENCE``."""
        while True:
            flags, body = self.frame()
            if not flags & COMMAND:
                return decode_plain(body)

    def reply(self) -> dict[str, Any]:
        """The next message that answers a request; events are put aside."""
        while True:
            m = self.receive()
            if not is_event(m):
                return m
            self.events.append(m)

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send it with an id of its own, and wait for the reply with this id."""
        number, self._next = self._next, self._next + 1
        self.send(message | {"id": number})
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            m = self.reply()
            if m.get("id") == number:
                return m
        raise Ended(f"no reply to {message['type']!r}")

    def open(self, bundle: str, **fields: Any) -> dict[str, Any]:
        """The reply to ``open``."""
        return self.ask({"type": "open", "bundle": bundle, "threads": 1, **fields})

    def bye(self) -> None:
        self.ask({"type": "bye"})
        self.close()

    def bye_without_waiting(self) -> None:
        """Say goodbye, and end the connection; a thread that listens on it ends too."""
        with contextlib.suppress(Ended, OSError):
            self.send({"type": "bye"})
            self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End the connection without a word."""
        self.socket.close()


def is_event(m: dict[str, Any]) -> bool:
    """Whether a message of the daemon answers no request."""
    kind = m.get("type")
    if kind == "bye":
        return "id" not in m
    return (kind in EVENTS and kind != "error") or (kind == "error" and "session" in m)
