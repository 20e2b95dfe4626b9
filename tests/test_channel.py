"""A connection that ends before the daemon's welcome."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dreambridge
import impostor
import msgspec
import pytest
import zmq
from dreambridge.client import channel
from dreambridge.protocol.errors import DreamError
from dreambridge.system.connection_file import Connection, read

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
