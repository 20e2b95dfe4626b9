"""A bare connection to a daemon: it sends any message, also invalid ones, and keeps what it receives."""

import contextlib
import time
from collections import deque
from typing import Any

import msgspec
import zmq
from zmq.utils.monitor import recv_monitor_message

from dreambridge.protocol.codec import decode_plain, encode
from dreambridge.protocol.limits import PING_INTERVAL

EVENTS = ("state", "ring", "view_silent", "view_back", "bye")


class Probe:
    """Sends ``ping`` each second unless ``silent``. One thread only: call ``pump`` often."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", endpoint: str, token: str) -> None:
        self._socket = context.socket(zmq.DEALER)
        self._socket.linger = 200
        self._socket.plain_username, self._socket.plain_password = b"dreambridge", token.encode()
        self._socket.reconnect_ivl = -1
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_DISCONNECTED)
        self._socket.connect(endpoint)
        self.replies: deque[dict[str, Any]] = deque()
        self.events: deque[dict[str, Any]] = deque()
        self.silent = True  # until it has sent hello
        self.refused = self.ended = False
        self._pinged = time.monotonic()

    def send(self, message: dict[str, Any]) -> None:
        self.send_bytes(encode(message))

    def send_bytes(self, data: bytes) -> None:
        with contextlib.suppress(zmq.Again):
            self._socket.send(data, zmq.NOBLOCK)

    def pump(self, seconds: float) -> None:
        """Receive for ``seconds``, and sort messages into replies and events; pongs of its own pings are dropped."""
        now = time.monotonic()
        if not self.silent and now - self._pinged >= PING_INTERVAL:
            self._pinged = now
            self.send({"type": "ping", "id": -1})
        self._socket.poll(int(seconds * 1000))
        while True:
            try:
                data = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            try:
                m = decode_plain(data)
            except (msgspec.DecodeError, msgspec.ValidationError) as e:
                m = {"type": f"(not a message: {e})"}
            event = m.get("id") is None and (m.get("type") in EVENTS or (m.get("type") == "error" and "session" in m))
            if m.get("id") != -1:
                (self.events if event else self.replies).append(m)
        while self._monitor.poll(0):
            kind = recv_monitor_message(self._monitor)["event"]
            self.ended = True
            self.refused = self.refused or kind == zmq.EVENT_HANDSHAKE_FAILED_AUTH

    def close(self) -> None:
        self._socket.disable_monitor()
        self._monitor.close(0)
        self._socket.close()
