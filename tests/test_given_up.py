"""Opens without a waiting client cost nothing: their owner went away, said goodbye or ran out of patience."""

import contextlib
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import pytest
import zmq
from conftest import PATIENCE, soon
from dreambridge.daemon.server import Server
from dreambridge.engine.levels import Levels
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.codec import encode, read_message
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.runner import StreamRunner

from devtools.slow_bundle import in_the_bundle_path


class Wire:
    """A client that can leave without a word."""

    def __init__(self, server: Server) -> None:
        c = server.connection
        self.socket: Any = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.plain_username, self.socket.plain_password = b"dreambridge", c.token.encode()
        self.socket.connect(c.endpoint)
        self.say(M.Hello(id=1, protocol=PROTOCOL_VERSION, client="wire"))
        assert isinstance(self.hear(), R.Welcome)

    def say(self, m: M.Request) -> None:
        self.socket.send(encode(m))

    def hear(self) -> Any:
        assert self.socket.poll(int(PATIENCE * 1000)), "no answer"
        return read_message(self.socket.recv())


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with in_the_bundle_path(tmp_path_factory.mktemp("given-up")) as folder:
        yield folder


@pytest.fixture
def server(request: pytest.FixtureRequest, bundles: Path) -> Iterator[Server]:
    """In this process, so that what it loads can be counted."""
    s = Server(f"given-up-{abs(hash(request.node.name))}", "cpu")
    thread = threading.Thread(target=s.run)
    thread.start()
    gc.disable()  # what was given up goes at once, not when the collector comes
    yield s
    gc.enable()
    s.stop()
    thread.join(PATIENCE)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many models were loaded, and how many steps were made, in this process."""
    count = {"loads": 0, "steps": 0}
    make, step = StreamRunner.__init__, StreamRunner.step

    def counting_make(self: StreamRunner, *a: Any, **k: Any) -> None:
        count["loads"] += 1
        make(self, *a, **k)

    def counting_step(self: StreamRunner, *a: Any, **k: Any) -> None:
        count["steps"] += 1
        step(self, *a, **k)

    monkeypatch.setattr(StreamRunner, "__init__", counting_make)
    monkeypatch.setattr(StreamRunner, "step", counting_step)
    return count


@pytest.mark.parametrize("how", ["leave", "bye"])
def test_twenty_opens_whose_owners_are_gone(server: Server, counted: dict[str, int], how: str) -> None:
    """None of their loads continues, not one step is made for them, and the next client does not wait."""
    for _ in range(20):
        w = Wire(server)
        w.say(M.Open(id=2, bundle="hanging", threads=1))
        if how == "bye":
            w.say(M.Bye(id=3))
            while not isinstance(w.hear(), R.Goodbye):
                pass
        w.socket.close(0)
    w = Wire(server)
    w.say(M.Open(id=2, bundle="slow", threads=1, paused=True))
    opened = w.hear()
    assert isinstance(opened, R.Opened) and counted["steps"] == 0, counted
    soon(lambda: len(server.running) == 1, PATIENCE)
    # The control: a step for somebody is counted.
    w.say(M.Step(id=3, session=opened.session))
    assert isinstance(w.hear(), R.Stepped) and counted["steps"] == 1
    w.socket.close(0)


def test_opens_that_wait_in_line_never_begin_when_their_owner_goes(server: Server, counted: dict[str, int]) -> None:
    first = Wire(server)
    for k in range(2):
        first.say(M.Open(id=2 + k, bundle="hanging", threads=1))
    soon(lambda: counted["loads"] == 2, PATIENCE)
    other = Wire(server)
    for k in range(6):
        other.say(M.Open(id=2 + k, bundle="slow", threads=1))
    soon(lambda: len(server.loads._waiting) == 6, PATIENCE)
    other.socket.close(0)
    soon(lambda: not server.loads._waiting, PATIENCE)
    assert counted == {"loads": 2, "steps": 0}
    first.socket.close(0)
    soon(lambda: not server.running, PATIENCE)


def test_an_open_that_is_cancelled_is_answered(server: Server) -> None:
    w = Wire(server)
    w.say(M.Open(id=7, bundle="hanging", threads=1))
    soon(lambda: server.loads._begun, PATIENCE)
    w.say(M.Cancel(id=8, request=7))
    w.say(M.Cancel(id=9, request=999))  # of nothing: answered, and nothing happens
    answers = {m.id: m for m in (w.hear(), w.hear(), w.hear())}
    assert answers[7].code == "cancelled" and isinstance(answers[8], R.Ok) and isinstance(answers[9], R.Ok)
    soon(lambda: not server.running, PATIENCE)
    w.say(M.Open(id=10, bundle="slow", threads=1))
    opened = w.hear()
    w.say(M.Cancel(id=11, request=10))  # it was answered, so it stays
    while not isinstance(m := w.hear(), R.Ok):
        pass
    w.say(M.Stats(id=12, session=opened.session))
    while not isinstance(m := w.hear(), R.StreamStats):
        assert not isinstance(m, R.ErrorReply)
    w.socket.close(0)


def test_the_python_client_gives_up_what_it_does_not_wait_for(server: Server) -> None:
    with dreambridge.connect(server.name) as d:
        begun = time.monotonic()
        with pytest.raises(DreamError) as e:
            d.open("hanging", threads=1, timeout=0.5)
        assert e.value.code == "timeout" and time.monotonic() - begun < PATIENCE
        soon(lambda: not server.running and not server.loads._begun, PATIENCE)
        s = d.open("slow", threads=1)
        s.frame(PATIENCE)


def test_a_goodbye_is_read_before_the_end_of_its_connection(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """A client that says goodbye and is gone at once was not cut off; one that only goes was."""
    for _ in range(20):
        w = Wire(server)
        w.socket.linger = 1000
        w.say(M.Bye(id=2))
        w.socket.close()
    soon(lambda: not server.clients and not server._connected, PATIENCE)
    assert "cut off" not in caplog.text
    w = Wire(server)
    w.socket.close(0)
    soon(lambda: "cut off" in caplog.text, PATIENCE)


def test_a_reply_does_not_come_on_another_connection(server: Server) -> None:
    """There its number may be that of another request."""
    w = Wire(server)
    key = next(iter(server.clients))
    w.say(M.Open(id=2, bundle="hanging", threads=1))
    soon(lambda: server.loads._begun, PATIENCE)
    again = Wire.__new__(Wire)
    again.socket = zmq.Context.instance().socket(zmq.DEALER)
    again.socket.linger = 0
    again.socket.plain_username, again.socket.plain_password = b"dreambridge", server.connection.token.encode()
    again.socket.connect(server.connection.endpoint)
    again.say(M.Hello(id=1, protocol=PROTOCOL_VERSION, client_key=key))
    assert isinstance(again.hear(), R.Welcome)
    soon(lambda: not server.running, PATIENCE)  # the open was given up with its connection
    again.say(M.Ping(id=2))
    assert isinstance(again.hear(), R.Pong)
    with contextlib.suppress(zmq.ZMQError):
        w.socket.close(0)
    again.socket.close(0)


def test_a_session_that_still_opens_takes_no_requests(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client can guess its number. Its model is there before its state is."""
    begin, loaded, go = Levels.begin, threading.Event(), threading.Event()

    def late(*of: Any) -> None:
        loaded.set()
        assert go.wait(PATIENCE)
        begin(*of)

    monkeypatch.setattr(Levels, "begin", late)
    wire = Wire(server)
    wire.say(M.Open(id=2, bundle="testcard", threads=1))
    assert loaded.wait(PATIENCE)
    number = server.requests.count
    for k, ask in enumerate((M.Stats(session=number, id=3), M.Pause(session=number, id=4))):
        wire.say(ask)
        answer = wire.hear()
        assert isinstance(answer, R.ErrorReply) and (answer.id, answer.code) == (3 + k, "unknown_session")
    go.set()
    opened = wire.hear()
    assert isinstance(opened, R.Opened) and opened.session == number
    wire.say(M.Stats(session=number, id=5))
    assert isinstance(wire.hear(), R.StreamStats)
