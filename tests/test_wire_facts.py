"""The statements of PROTOCOL.md about handshake, time, cut and restore, checked against the daemon."""

import json
import socket
from urllib.parse import urlsplit

import dreambridge
import pytest
from conftest import ROOT
from dreambridge.ring import layout as L
from dreambridge.system.connection_file import read

ZMTP = {k: bytes.fromhex(v) for k, v in json.loads((ROOT / "protocol" / "vectors" / "zmtp.json").read_text()).items()}


def take(s: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := s.recv(count - len(data))):
        data += more
    return data


def silent(s: socket.socket) -> bool:
    """Does the other end neither speak nor close for a while?"""
    s.settimeout(0.4)
    try:
        return not s.recv(1) and False
    except TimeoutError:
        return True
    finally:
        s.settimeout(10)


def test_greeting_and_a_wrong_token(daemon: dreambridge.Daemon) -> None:
    """Ten bytes come first, the rest when the client has spoken; after a wrong token the connection stays open."""
    c = read(daemon.name)
    assert c
    with socket.create_connection(("127.0.0.1", urlsplit(c.endpoint).port or 0), 10) as s:
        assert len(take(s, 10)) == 10 and silent(s)
        s.sendall(ZMTP["greeting"])
        assert len(take(s, 54)) == 54
        s.sendall(ZMTP["hello"])  # with the token "key"
        head = take(s, 2)
        assert head[0] == 4 and b"400" in take(s, head[1]) and silent(s)


@pytest.fixture(scope="module")
def stream(daemon: dreambridge.Daemon) -> dreambridge.Stream:
    return daemon.open("testcard", paused=True, seed=3)


def test_cut(stream: dreambridge.Stream) -> None:
    before = stream.step(2)[-1]
    revision = stream.cut(level=0.25, seed=5)
    after = stream.step(2)
    assert [f.index for f in after] == [before.index + 1, before.index + 2] and after[0].time > before.time
    assert [f.publication for f in after] == [before.publication + 1, before.publication + 2]
    assert revision == before.revision + 1 == after[0].revision
    assert [f.flags & L.FLAG_CUT for f in (before, *after)] == [0, L.FLAG_CUT, 0], "the first step after it only"


def test_restore_in_its_session_and_in_another(daemon: dreambridge.Daemon, stream: dreambridge.Stream) -> None:
    stream.direct(level=0.75, over=0)
    stream.step()
    data = stream.snapshot()
    wanted = stream.step()[0]
    newest = stream.direct(level=0.1, over=0)
    last = stream.step(3)[-1]
    stream.restore(data)
    again = stream.step()[0]
    assert (again.index, again.time) == (wanted.index, wanted.time) < (last.index, last.time), "index and time go back"
    assert again.publication == last.publication + 1, "publications do not"
    assert again.revision == newest > wanted.revision and again.flags == L.FLAG_RESTORED | L.FLAG_STEPPED
    assert again.pixels[220, 10, 0] == wanted.pixels[220, 10, 0] == round(0.75 * 255), "the conditions of the snapshot"
    other = daemon.open("testcard", paused=True, seed=77)
    other.restore(data)
    elsewhere = other.step()[0]
    assert (elsewhere.index, elsewhere.time, elsewhere.revision, elsewhere.publication) == (wanted.index, wanted.time, 0, 1)
    assert elsewhere.pixels[220, 10, 0] == round(0.75 * 255)
    assert other.stats().state == "paused"
    other.close()


def test_stream_time(daemon: dreambridge.Daemon, stream: dreambridge.Stream) -> None:
    """It stands still while no frames are made; each frame that `step` makes adds 1 / (requested fps), or the bundle's."""
    at = stream.stats().stream_time
    assert stream.stats().stream_time == at
    a, b = stream.step(2)
    assert b.time - a.time == pytest.approx(1 / stream.info.fps)
    free = daemon.open("testcard", paused=True, fps=None)
    a, b = free.step(2)
    own = next(x.fps for x in daemon.bundles() if x.name == "testcard")
    assert free.info.fps == 0 and b.time - a.time == pytest.approx(1 / own)
    free.close()
