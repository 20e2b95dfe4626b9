"""A scripted daemon: a real socket, a real connection file and real rings, but no model."""

import contextlib
import os
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import zmq
from zmq.auth.thread import ThreadAuthenticator

from dreambridge import __version__
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol.codec import decode_plain, encode
from dreambridge.ring import layout as L
from dreambridge.ring.view_ring import ViewReader
from dreambridge.ring.writer import RingWriter, Stamp
from dreambridge.system.connection_file import Connection, file_of, write
from dreambridge.system.owners import make_runtime_dir
from dreambridge.system.processes import start_time

SIDE = 16  # pixels, of each frame's width and height
TOKEN = "token"
BIND_SECONDS = 10.0
NUMBER = {"kind": "number", "range": [0, 1], "default": 0.0, "over": 0.0, "description": "Brightness."}
CONDITIONS: dict[str, Any] = {
    "level": NUMBER,
    "warmth": NUMBER | {"description": "Colour."},
    "flash": {"kind": "event", "options": ["bang"], "description": "One moment."},
}
VIEW: dict[str, Any] = {
    "width": SIDE,
    "height": SIDE,
    "layers": ["label", "depth"],
    "palette": {"ground": {"colour": [0, 0, 0], "depth": 0.5, "description": "Ground."}},
}


@dataclass
class Received:
    """A message of the client, and its ROUTER address."""

    identity: bytes
    message: dict[str, Any]


def as_floats(value: Any) -> Any:
    """Each integer as a float of the same value, as written by languages with only one number type."""
    if isinstance(value, dict):
        return {k: as_floats(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_floats(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class ScriptedDaemon:
    """Answers ``ping`` and ``bye`` by itself; everything else goes into ``inbox``, and the script answers it.

    ``folder`` is for the rings. With ``floats`` each number on the wire is a float. One thread only: call ``pump`` often.
    """

    def __init__(self, name: str, folder: Path, floats: bool = False) -> None:
        self.name, self.folder, self.floats = name, folder, floats
        self.inbox: deque[Received] = deque()
        self.pings = 0
        self.silent = False
        self.epoch = 0
        self.peer = b""
        self.rings: dict[int, RingWriter] = {}
        self._view_rings: list[ViewReader] = []
        self._made = 0
        self._port = 0
        make_runtime_dir()
        self._context = zmq.Context()
        self._auth = ThreadAuthenticator(self._context)
        self._auth.start()
        self._auth.configure_plain(domain="dreambridge", passwords={"dreambridge": TOKEN})
        self._router: zmq.Socket[bytes] | None = None

    # -- the daemon's life -------------------------------------------------------------------------------------------
    def start(self, epoch: int, token: str = TOKEN) -> None:
        """Listen, and write the connection file with ``token``. A new epoch means a new daemon, on another port."""
        if epoch != self.epoch:
            self._port = 0
            self.rings_away()
        self.epoch, self.silent = epoch, False
        self._listen()
        self.write_file(token)

    def write_file(self, token: str = TOKEN) -> None:
        pid = os.getpid()
        write(
            Connection(
                PROTOCOL_VERSION,
                __version__,
                self.name,
                f"tcp://127.0.0.1:{self._port}",
                token,
                pid,
                max(start_time(pid), 0),
                self.epoch,
            )
        )

    def drop(self) -> None:
        """End all connections; the daemon keeps running."""
        self._hang_up()
        self._listen()

    def die(self) -> None:
        """End all connections and remove the connection file."""
        with contextlib.suppress(OSError):
            file_of(self.name).unlink()
        self._hang_up()

    def close(self) -> None:
        self.die()
        self.rings_away()
        self._auth.stop()
        self._context.term()

    def rings_away(self) -> None:
        for ring in self.rings.values():
            ring.close()
        for view in self._view_rings:
            view.close()
        self.rings.clear()
        self._view_rings.clear()

    def _hang_up(self) -> None:
        if self._router:
            self._router.close(0)
            self._router = None

    def _listen(self) -> None:
        router = self._context.socket(zmq.ROUTER)
        router.plain_server = True
        router.zap_domain = b"dreambridge"
        router.linger = 0
        router.rcvhwm = router.sndhwm = 0
        if not self._port:
            self._port = router.bind_to_random_port("tcp://127.0.0.1")
        else:
            # The port becomes free a moment after the old socket was closed, because a thread of the library closes it.
            until = time.monotonic() + BIND_SECONDS
            while True:
                try:
                    router.bind(f"tcp://127.0.0.1:{self._port}")
                    break
                except zmq.ZMQError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.005)
        self._router = router

    # -- messages ----------------------------------------------------------------------------------------------------
    def pump(self, seconds: float) -> None:
        """Receive for up to ``seconds``; returns after the first messages."""
        if not self._router:
            time.sleep(seconds)
            return
        if not self._router.poll(int(seconds * 1000)):
            return
        while True:
            try:
                parts = self._router.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._receive(parts[0], parts[-1])

    def _receive(self, identity: bytes, data: bytes) -> None:
        try:
            message = decode_plain(data)
        except (msgspec.DecodeError, msgspec.ValidationError) as e:
            message = {"type": f"(not a message: {e})"}
        if message.get("type") != "ping":
            self.inbox.append(Received(identity, message))
            if message.get("type") == "bye" and "id" in message and not self.silent:
                self.send({"type": "bye", "id": message["id"], "code": "asked", "reason": "the client asked"}, identity)
            return
        self.pings += 1
        if not self.silent:
            pong = {"type": "pong", "epoch": self.epoch, "time_ns": time.monotonic_ns()}
            self.send(pong | ({"id": message["id"]} if "id" in message else {}), identity)

    def send(self, message: dict[str, Any], identity: bytes = b"") -> None:
        """Send to the client of the last message, or to ``identity``."""
        if self._router:
            with contextlib.suppress(zmq.ZMQError):
                self._router.send_multipart([identity or self.peer, encode(as_floats(message) if self.floats else message)])

    # -- rings -------------------------------------------------------------------------------------------------------
    def _path(self) -> Path:
        self._made += 1
        return self.folder / f"dreambridge-conformance-{os.getpid()}-{self.name}-{self._made}.ring"

    def _layout(self, slots: int, frames: int, fps: float) -> L.Layout:
        return L.Layout(self.epoch, os.getpid(), max(start_time(os.getpid()), 0), slots, frames, SIDE, SIDE, L.OPAQUE, fps)

    def opened(self, session: int, ask: dict[str, Any]) -> dict[str, Any]:
        """The body of ``opened`` for a session, with its ring, which is created if missing."""
        if session not in self.rings:
            self.rings[session] = RingWriter(self._path(), self._layout(6, 1, 24.0))
        return {
            "session": session,
            "bundle": ask.get("bundle", "card"),
            "version": "1.0.0",
            "ring": str(self.rings[session].path),
            "epoch": self.epoch,
            "width": SIDE,
            "height": SIDE,
            "frames_per_step": 1,
            "fps": 24.0,
            "seed": ask.get("seed", 0),
            "threads": 1,
            "provider": "CPUExecutionProvider",
            "revision": 1,
            "conditions": CONDITIONS,
            "state": "paused" if ask.get("paused") else "playing",
            "view": VIEW,
        }

    def replace_ring(self, session: int) -> str:
        """Create another ring for a session, as after damage. Returns its path."""
        self.rings.pop(session).close(L.SUPERSEDED)
        self.rings[session] = RingWriter(self._path(), self._layout(6, 1, 24.0))
        return str(self.rings[session].path)

    def attached(self, session: int, layers: list[str]) -> dict[str, Any]:
        """The body of ``attached``, with a ring for the client's pictures."""
        ring = ViewReader(self._path(), self._layout(4, max(len(layers), 1), 0.0))
        self._view_rings.append(ring)
        return {
            "session": session,
            "ring": str(ring.path),
            "epoch": self.epoch,
            "width": SIDE,
            "height": SIDE,
            "frames_per_slot": len(layers),
            "layers": layers,
            "palette": VIEW["palette"],
        }

    def publish(self, session: int, revision: int) -> None:
        """Publish one frame made with the conditions of ``revision``."""
        ring = self.rings[session]
        pixels = np.full((1, SIDE, SIDE, 4), revision % 256, np.uint8)
        index = ring.published
        ring.publish(pixels, Stamp(1, index, revision, index / 24.0, 1.0))
