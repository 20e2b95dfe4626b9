"""What clients are told when a client is silent, ends or returns: a connection that is given up is told first."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import dreambridge
import pytest
from conftest import python_env, rings, soon
from dreambridge.daemon import server as daemon_server
from dreambridge.daemon.server import Server
from dreambridge.protocol.states import Reason
from test_messages import Raw, raw

Start = Callable[..., Server]
HELLO = {"type": "hello", "id": 1, "protocol": "1.0"}


@pytest.fixture()
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """A daemon in this process, with times of one's own."""
    running: list[tuple[Server, threading.Thread]] = []

    def begin(name: str, orphan: float = 1000.0, close: float = 2000.0) -> Server:
        monkeypatch.setattr(daemon_server, "ORPHAN_AFTER", orphan)
        monkeypatch.setattr(daemon_server, "CLOSE_AFTER", close)
        s = Server(name)
        thread = threading.Thread(target=s.run)
        thread.start()
        running.append((s, thread))
        return s

    yield begin
    for s, thread in running:
        s.stop()
        thread.join(60)


def until(r: Raw, kind: str) -> dict[str, Any]:
    """The next message of that type; others are passed over."""
    while (m := r.receive(20))["type"] != kind:
        pass
    return m


def test_a_client_that_is_forgotten_is_told(start: Start) -> None:
    s = start("forgetful", orphan=0.3, close=1.0)
    r = raw("forgetful")
    session = r.ask({"type": "open", "bundle": "testcard", "paused": True, "id": 2})
    assert until(r, "state")["code"] == Reason.CLIENT_SILENT
    bye = until(r, "bye")
    assert bye["code"] == Reason.CLIENT_SILENT and bye["reason"] and "id" not in bye
    soon(lambda: not rings(session["epoch"]))
    assert r.ask({"type": "ping", "id": 3})["code"] == "hello_first"
    assert r.ask(HELLO)["sessions"] == [] and len(s.clients) == 1, "the connection still stands, for a new client"
    r.socket.close()


def test_the_python_client_opens_its_streams_again_when_it_was_forgotten(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    s = start("dropper")
    with dreambridge.connect("dropper") as d:
        stream = d.open("testcard", values={"level": 0.6})
        old = stream.session
        client = next(iter(s.clients.values()))
        s.call(lambda: s.drop(client, Reason.CLIENT_SILENT, "the test says so"))
        soon(lambda: stream.session != old and stream.state == "playing")
        assert stream.frame(10).pixels[220, 10, 0] == round(0.6 * 255)


def test_a_key_that_is_taken(start: Start) -> None:
    """The old connection is told, and loses its sessions to the connection that has sent the key."""
    start("keys")
    a, b = raw("keys"), raw("keys", hello=False)
    key = a.ask(HELLO)["client_key"]
    session = a.ask({"type": "open", "bundle": "testcard", "paused": True, "id": 2})["session"]
    assert [o["session"] for o in b.ask(HELLO | {"client_key": key})["sessions"]] == [session]
    bye = until(a, "bye")
    assert bye["code"] == Reason.KEY_TAKEN and "id" not in bye
    assert a.ask({"type": "stats", "session": session, "id": 3})["code"] == "hello_first"
    assert b.ask({"type": "stats", "session": session, "id": 3})["state"] == "paused"
    fresh = a.ask(HELLO)
    assert fresh["client_key"] != key and fresh["sessions"] == []
    a.socket.close()
    b.socket.close()


def test_a_client_whose_key_was_taken_becomes_a_new_one(start: Start) -> None:
    """It does not take the key back, or both would go on for ever."""
    s = start("thief")
    with dreambridge.connect("thief") as d:
        stream = d.open("testcard", paused=True)
        old, key = stream.session, d._channel.key
        thief = raw("thief", hello=False)
        assert thief.ask(HELLO | {"client_key": key})["sessions"][0]["session"] == old
        soon(lambda: stream.session != old and stream.state == "paused")
        assert d._channel.key != key and len(s.clients) == 2
        assert thief.ask({"type": "stats", "session": old, "id": 5})["state"] == "paused"
        thief.socket.close()


def test_a_second_hello_is_the_same_client(start: Start) -> None:
    s = start("twice")
    r = raw("twice")
    first = r.ask(HELLO)
    opened = r.ask({"type": "open", "bundle": "testcard", "paused": True, "id": 2})
    again = r.ask(HELLO | {"id": 3})
    assert again["client_key"] == first["client_key"] and [o["session"] for o in again["sessions"]] == [opened["session"]]
    assert len(s.clients) == 1
    other = r.ask(HELLO | {"client_key": "of nobody"})
    assert other["client_key"] != first["client_key"] and other["sessions"] == []
    assert r.ask({"type": "ping", "id": 4})["id"] == 4
    r.socket.close()


def test_a_process_that_ended_counts_at_once(start: Start) -> None:
    """Not after some seconds of silence: here nobody is orphaned within 1000 s."""
    s = start("mortal")
    script = "import dreambridge\nd = dreambridge.connect('mortal')\nd.open('testcard')\nprint('on', flush=True)\ninput()\n"
    words = [sys.executable, "-c", script]
    client = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=python_env())
    assert client.stdout and client.stdout.readline() == "on\n" and rings(s.epoch)
    client.kill()
    client.communicate()
    soon(lambda: not s.clients and not rings(s.epoch))


def test_a_connection_that_ended_is_no_ended_process(start: Start) -> None:
    """The control: a client that lives and lost its connection only keeps its sessions."""
    import os

    s = start("alive")
    r = raw("alive", hello=False)
    key = r.ask(HELLO | {"pid": os.getpid()})["client_key"]
    session = r.ask({"type": "open", "bundle": "testcard", "paused": True, "id": 2})["session"]
    r.socket.close()
    soon(lambda: s.clients[key].cut_off)
    looked = s._looked
    soon(lambda: s._looked > looked + 0.5)
    back = raw("alive", hello=False)
    assert [o["session"] for o in back.ask(HELLO | {"client_key": key})["sessions"]] == [session] and not s.clients[key].cut_off
    back.socket.close()


def test_welcome_tells_the_state_that_a_session_goes_on_in(start: Start) -> None:
    start("returning", orphan=0.5)
    r = raw("returning", hello=False)
    key = r.ask(HELLO)["client_key"]
    states = {}
    for paused in (True, False):
        states[r.ask({"type": "open", "bundle": "testcard", "paused": paused, "id": 2})["session"]] = (
            "paused" if paused else "playing"
        )
    assert all(until(r, "state")["state"] == "orphaned" for _ in states)
    back = raw("returning", hello=False)
    welcome = back.ask(HELLO | {"client_key": key})
    assert {o["session"]: o["state"] for o in welcome["sessions"]} == states
    assert {m["session"]: m["state"] for m in (until(back, "state") for _ in states)} == states
    r.socket.close()
    back.socket.close()


def test_closed_is_told_before_the_reply(start: Start) -> None:
    start("closing")
    r = raw("closing")
    session = r.ask({"type": "open", "bundle": "testcard", "paused": True, "id": 2})["session"]
    state = r.ask({"type": "close", "session": session, "id": 3})
    assert (state["type"], state["state"], state["code"]) == ("state", "closed", Reason.ASKED)
    assert r.receive() == {"type": "closed", "id": 3, "session": session}
    r.socket.close()
