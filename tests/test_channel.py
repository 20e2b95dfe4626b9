"""A connection that ends before the daemon's welcome."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dreambridge
import msgspec
import pytest
import zmq
from conftest import soon
from dreambridge.client import channel
from dreambridge.conformance.scripted_daemon import ScriptedDaemon
from dreambridge.protocol import requests
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import AnyEvent
from dreambridge.system.connection_file import Connection, read

from devtools import impostor

# A moment in which the channel's thread slept: what came meanwhile it has not read when it sends its ping.
ASLEEP = channel.STALL_S + 0.2


class Asleep(zmq.Poller):
    def poll(self, timeout: float | None = None) -> list[Any]:
        time.sleep(ASLEEP)
        return []


@contextmanager
def closing(answer: bytes) -> Iterator[Connection]:
    """What takes every connection and ends it after ``answer``."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def talk() -> None:
            while not over.is_set():
                try:
                    peer, _ = server.accept()
                except TimeoutError:
                    continue
                with peer:
                    peer.sendall(answer)

        thread = threading.Thread(target=talk)
        thread.start()
        yield Connection("0.9", "0.1.0", "x", f"tcp://127.0.0.1:{server.getsockname()[1]}", "x", 1, 1, 7)
        over.set()
        thread.join()


def refused(connection: Connection) -> DreamError:
    lost: list[str] = []
    begun = time.monotonic()
    with pytest.raises(DreamError) as e:
        channel.Channel(
            connection, lambda: connection, lambda m: None, lambda: lost.append("lost"), lambda m: lost.append("back")
        )
    assert time.monotonic() - begun < 4.5, "it waits for nothing once the connection has ended"
    assert not lost, "who never joined has lost nothing"
    return e.value


@pytest.mark.parametrize("asleep", [False, True])
@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", impostor.refusal()[:64]], ids=["nothing", "web", "zmtp"]
)
def test_endpoint_that_drops_the_connection(monkeypatch: pytest.MonkeyPatch, answer: bytes, asleep: bool) -> None:
    """A stranger, or a daemon that dies during hello."""
    if asleep:
        monkeypatch.setattr(zmq, "Poller", Asleep)
    with closing(answer) as there:
        e = refused(there)
    assert e.code == "not_answering" and f"{there.endpoint} dropped the connection" in e.message and "log" in e.hint, e


@pytest.mark.parametrize("asleep", [False, True])
def test_refused_token_is_told_whenever_it_comes(
    daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch, asleep: bool
) -> None:
    there = read(daemon.name)
    assert there
    if asleep:
        monkeypatch.setattr(zmq, "Poller", Asleep)
    e = refused(msgspec.structs.replace(there, token="not-the-token"))
    assert e.code == "wrong_token" and "not-the-token" not in str(e), e


def test_a_flood_of_messages_does_not_hold_up_requests(tmp_path: Path) -> None:
    """What is asked in the middle of it goes out long before its end."""
    count = 20_000
    d = ScriptedDaemon("flood", tmp_path)
    d.start(1)
    sent, seen, out_after = threading.Event(), list[int](), list[int]()

    def on_event(m: AnyEvent) -> None:
        if not seen:
            sent.wait(60)
            c.send(requests.Bundles())
        seen.append(1)
        if not out_after and c._out.empty():
            out_after.append(len(seen))

    found = read("flood")
    assert found
    with ThreadPoolExecutor() as pool:
        made = pool.submit(channel.Channel, found, lambda: None, on_event, lambda: None, lambda m: None)
        soon(lambda: (d.pump(0.05), d.inbox)[1])
        hello = d.inbox.popleft()
        d.peer = hello.identity
        welcome = {"type": "welcome", "protocol": "1.0", "version": "0.1.0", "epoch": 1, "client_key": "k", "sessions": []}
        d.send(welcome | {"id": hello.message["id"]})
        c = made.result(60)
    try:
        event = {"type": "state", "session": 1, "state": "playing", "code": "opened", "reason": "", "fps": 24.0}
        for _ in range(count):
            d.send(event)
        sent.set()
        soon(lambda: len(seen) == count, 60)
        assert out_after and out_after[0] < count / 10, out_after
        soon(lambda: (d.pump(0.05), any(r.message["type"] == "bundles" for r in d.inbox))[1])
    finally:
        c.close()
        d.close()
