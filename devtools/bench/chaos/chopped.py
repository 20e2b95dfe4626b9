"""ZMTP streams that are cut at each byte, and that come byte by byte."""

import itertools
import socket
import time
from typing import Any

from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol.codec import encode

from devtools.bench.chaos.stage import Process
from devtools.bench.chaos.wire import GREETING, INITIATE, Ended, Wire, credentials, framed

PATIENCE = 10.0
PAUSE = 0.002


def stages(token: str) -> list[tuple[bytes, bytes]]:
    """What a client sends until it has asked for the bundles, and what each part is answered with."""
    hello = {"type": "hello", "id": 1, "protocol": PROTOCOL_VERSION, "client": "chopped"}
    asks = framed(encode(hello)) + framed(encode({"type": "bundles", "id": 2}))
    return [(GREETING, b"PLAIN"), (credentials(token), b"WELCOME"), (INITIATE, b"READY"), (asks, b"testcard")]


def _until(s: socket.socket, marker: bytes) -> bool:
    got, end = bytearray(), time.monotonic() + PATIENCE
    while marker not in got and time.monotonic() < end:
        try:
            more = s.recv(65536)
        except OSError:
            return False
        if not more:
            return False
        got += more
    return marker in got


def _talk(p: Process, cuts: set[int]) -> bool:
    """The whole conversation, with a pause at each cut; whether all of it was answered."""
    host, port = p.connection.endpoint.removeprefix("tcp://").split(":")
    done = 0
    with socket.create_connection((host, int(port)), PATIENCE) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data, marker in stages(p.connection.token):
            places = sorted({0, len(data), *(c - done for c in cuts if done < c < done + len(data))})
            for a, b in itertools.pairwise(places):
                s.sendall(data[a:b])
                time.sleep(PAUSE if b < len(data) else 0)
            done += len(data)
            if not _until(s, marker):
                return False
    return True


def to_the_daemon(p: Process, quick: bool) -> dict[str, Any]:
    """Each beginning of a conversation, then the end of the connection; each split of it in two; and all of it byte by byte."""
    size = sum(len(data) for data, _ in stages(p.connection.token))
    step = 16 if quick else 1
    failed, cuts = 0, 0
    for at in range(0, size, step):
        cuts += 2
        failed += not _cut_off(p, at)
        failed += not _talk(p, {at})
    failed += not _talk(p, set(range(size)))
    try:
        Wire(p.connection).bye()
    except Ended:
        failed += 1
    return {"cuts": cuts + 1, "failed": failed, "bytes": size}


def _cut_off(p: Process, at: int) -> bool:
    """The connection ends at this byte."""
    host, port = p.connection.endpoint.removeprefix("tcp://").split(":")
    done = 0
    with socket.create_connection((host, int(port)), PATIENCE) as s:
        for data, marker in stages(p.connection.token):
            s.sendall(data[: max(0, at - done)])
            if at <= done + len(data):
                return True
            done += len(data)
            if not _until(s, marker):
                return False
    return True
