"""Bad input on the control channel: each gets a clear error, the daemon continues, and nothing is left behind."""

import math
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dreambridge
import msgpack
import pytest
import zmq
from conftest import PATIENCE, serve
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.codec import too_deep
from dreambridge.protocol.errors import ERRORS, DreamError
from dreambridge.protocol.limits import MAX_DEPTH, MAX_MESSAGE
from dreambridge.system.connection_file import read
from dreambridge.system.secret import Secret

DEEP = b"\x91" * 10_000 + b"\xc0"


@dataclass
class Raw:
    """A DEALER without the client's good manners; talks through the msgpack package, not through our codec."""

    socket: Any

    def send(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, bytes) else msgpack.packb(message))

    def receive(self, timeout: float = 30.0) -> dict[str, Any]:
        assert self.socket.poll(timeout * 1000), "no answer"
        return dict(msgpack.unpackb(self.socket.recv()))

    def ask(self, message: Any) -> dict[str, Any]:
        """The reply. Skips state events of silence: on a busy machine this client, which sends no pings, may be silent."""
        self.send(message)
        while (m := self.receive())["type"] == "state" and m["code"] in ("client_silent", "client_back"):
            pass
        return m


def raw(name: str, token: str | None = None, hello: bool = True) -> Raw:
    c = read(name)
    assert c
    s = zmq.Context.instance().socket(zmq.DEALER)
    s.linger = 0
    s.plain_username, s.plain_password = b"dreambridge", (token or c.token).encode()
    s.connect(c.endpoint)
    r = Raw(s)
    if hello:
        assert r.ask({"type": "hello", "id": 1, "protocol": PROTOCOL_VERSION, "client": "test"})["type"] == "welcome"
    return r


@pytest.fixture()
def dealer(daemon: dreambridge.Daemon) -> Iterator[Raw]:
    r = raw(daemon.name)
    yield r
    r.socket.close()


@pytest.fixture(scope="module")
def stream(daemon: dreambridge.Daemon) -> dreambridge.Stream:
    return daemon.open("vista", paused=True)


BAD = {
    "not msgpack": (b"\xc1\xc1\xc1", "bad_message"),
    "text": (b"GET / HTTP/1.1\r\n\r\n", "bad_message"),
    "empty": (b"", "bad_message"),
    "1 GB by its own length": (b"\xc6" + struct.pack(">I", 10**9) + b"x", "bad_message"),
    "map of 1 GB": (b"\xdf" + struct.pack(">I", 10**9), "bad_message"),
    "10,000 deep": (DEEP, "too_large"),
    "10,000 deep inside": (msgpack.packb({"type": "ping"})[:-1] + b"", "bad_message"),
    "a list": (msgpack.packb([1, 2]), "bad_message"),
    "no type": ({"id": 5}, "bad_message"),
    "unknown type": ({"type": "dance", "id": 5}, "unknown_type"),
    "field of a wrong type": ({"type": "open", "bundle": 7, "id": 5}, "bad_message"),
    "a text for bytes": ({"type": "put_file", "data": "abcd", "id": 5}, "bad_message"),
    "missing field": ({"type": "direct", "id": 5}, "bad_message"),
    "unknown session": ({"type": "pause", "session": 99, "id": 5}, "unknown_session"),
    "session of another": ({"type": "pause", "session": 1, "id": 5}, "unknown_session"),
    "unknown bundle": ({"type": "open", "bundle": "vistaa", "id": 5}, "unknown_bundle"),
    "fps": ({"type": "open", "bundle": "testcard", "fps": -1, "id": 5}, "bad_argument"),
    "fps NaN": ({"type": "open", "bundle": "testcard", "fps": math.nan, "id": 5}, "bad_argument"),
    "seed": ({"type": "open", "bundle": "testcard", "seed": -1, "id": 5}, "bad_argument"),
    "seed beyond": ({"type": "open", "bundle": "testcard", "seed": 2**64 - 1, "id": 5}, "bad_argument"),
    "slots": ({"type": "open", "bundle": "testcard", "slots": 2, "id": 5}, "bad_argument"),
    "values at open": ({"type": "open", "bundle": "testcard", "values": {"x": 1}, "id": 5}, "unknown_condition"),
    "bake": ({"type": "bake", "id": 5}, "unknown_type"),
    "attach_view": ({"type": "attach_view", "id": 5}, "bad_message"),
    "attach_view of another": ({"type": "attach_view", "session": 1, "layers": ["label"], "id": 5}, "unknown_session"),
    "detach_view of none": ({"type": "detach_view", "session": 99, "id": 5}, "unknown_session"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_message(dealer: Raw, stream: dreambridge.Stream, name: str) -> None:
    sent, code = BAD[name]
    e = dealer.ask(sent)
    assert e["type"] == "error" and e["code"] == code and e["message"] and e["hint"], e
    if isinstance(sent, dict):
        assert e["id"] == 5
    assert dealer.ask({"type": "ping", "id": 6})["type"] == "pong", "the connection must go on"
    assert stream.stats().state == "paused"


def test_unknown_bundle_lists_those_there_are(dealer: Raw) -> None:
    e = dealer.ask({"type": "open", "bundle": "vistaa", "id": 5})
    assert "'vistaa'" in e["message"] and "testcard, vista" in e["message"]


def test_errors_name_the_value_and_have_a_known_code(dealer: Raw) -> None:
    for sent, code in BAD.values():
        e = dealer.ask(sent)
        assert e["code"] in ERRORS and code in ERRORS
    assert "dance" in dealer.ask({"type": "dance"})["message"]


def test_hello_comes_first_and_the_major_counts(daemon: dreambridge.Daemon) -> None:
    r = raw(daemon.name, hello=False)
    assert r.ask({"type": "bundles", "id": 2})["code"] == "hello_first"
    e = r.ask({"type": "hello", "id": 3, "protocol": "7.1"})
    assert e["code"] == "protocol_mismatch" and "7.1" in e["message"] and PROTOCOL_VERSION in e["message"] and e["hint"]
    for odd in ("", "x", "0", "1", "0.", "1.0 "):
        assert r.ask({"type": "hello", "id": 4, "protocol": odd})["code"] == "bad_message"
    major = PROTOCOL_VERSION.split(".")[0]
    assert r.ask({"type": "hello", "id": 5, "protocol": f"{major}.999", "news": [1]})["type"] == "welcome"
    r.socket.close()


GOOD_POSE = [[0.5, 0.5, 1.0]] * 17
WRONG = {
    "number of another kind": ({"time_of_day": "noon"}, "'noon'"),
    "bool": ({"time_of_day": True}, "true"),
    "out of range": ({"time_of_day": 25.0}, "25.0"),
    "NaN": ({"camera_x": math.nan}, "nan"),
    "infinity": ({"energy": math.inf}, "inf"),
    "no such option": ({"weather": "sunny"}, "'sunny'"),
    "choice as a number": ({"weather": 3}, "3"),
    "choice as a list": ({"weather": ["rain"]}, "rain"),
    "weights of 0": ({"weather": {"rain": 0}}, "0"),
    "weight below 0": ({"weather": {"rain": -1}}, "-1"),
    "a pose of 5 joints": ({"pose": GOOD_POSE[:5]}, "[1, 5, 3]"),
    "three figures": ({"pose": [GOOD_POSE] * 3}, "[3, 17, 3]"),
    "a pose with NaN": ({"pose": [[math.nan, 0, 1]] * 17}, "finite"),
    "a pose in words": ({"pose": "standing"}, "standing"),
    "ragged pose": ({"pose": [[1, 2, 3], [1]]}, "pose"),
    "empty prompt": ({"prompt": ""}, "empty"),
    "prompt of spaces": ({"prompt": "  \n"}, "empty"),
    "100,000 characters": ({"prompt": "a" * 100_000}, "100000 characters"),
    "prompt as a number": ({"prompt": 5}, "5"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_value(stream: dreambridge.Stream, name: str) -> None:
    values, says = WRONG[name]
    before = stream.direct(energy=0.4)
    with pytest.raises(DreamError) as e:
        stream.direct(**values, biome="coast")
    assert e.value.code == "bad_value" and says in e.value.message and e.value.hint, e.value
    assert len(str(e.value)) < 500, "a long value must not be echoed whole"
    assert stream.direct(energy=0.4) == before + 1, "a refused direction changes nothing, revisions included"


def test_unknown_condition_suggests_the_near_one(stream: dreambridge.Stream) -> None:
    with pytest.raises(DreamError, match="wether") as e:
        stream.direct(wether="rain")
    assert e.value.code == "unknown_condition" and "'weather'" in e.value.hint
    for over in (-1, math.nan, 1e9):
        with pytest.raises(DreamError) as e:
            stream.direct(energy=0.1, over=over)
        assert e.value.code == "bad_argument" and "over" in e.value.message
    with pytest.raises(DreamError) as e:
        stream.direct(energy=0.1, easing="bouncy")
    assert e.value.code == "bad_argument" and "bouncy" in e.value.message and "smooth" in e.value.hint


def test_states_and_snapshots(daemon: dreambridge.Daemon, stream: dreambridge.Stream) -> None:
    playing = daemon.open("testcard")
    with pytest.raises(DreamError) as e:
        playing.step()
    assert e.value.code == "bad_state" and "playing" in e.value.message
    playing.pause()
    for wrong in (b"", b"nonsense", playing.snapshot()[:40], playing.snapshot()[:8] + b"\0" * 20):
        with pytest.raises(DreamError) as e:
            playing.restore(wrong)
        assert e.value.code == "bad_snapshot"
    with pytest.raises(DreamError) as e:
        stream.restore(playing.snapshot())
    assert e.value.code == "bad_snapshot" and "another bundle" in e.value.message
    assert len(playing.step(2)) == 2
    for count in (0, 1001):
        with pytest.raises(DreamError) as e:
            playing._ask_session(R.Stepped, M.Step, count=count)
        assert e.value.code == "bad_argument"
    playing.close()
    with pytest.raises(DreamError) as e:
        playing.stats()
    assert e.value.code == "unknown_session"


def test_too_large_for_the_client(stream: dreambridge.Stream) -> None:
    with pytest.raises(DreamError) as e:
        stream.restore(b"x" * (MAX_MESSAGE + 1))
    assert e.value.code == "too_large" and str(MAX_MESSAGE) in e.value.message
    assert stream.stats().state == "paused"


def test_oversized_frame_is_cut_off_with_a_log_line_and_a_wrong_token_without_an_echo() -> None:
    p = serve("rude")
    with dreambridge.connect("rude") as d:
        s = d.open("testcard")
        r = raw("rude")
        r.send(b"\xc6" + struct.pack(">I", MAX_MESSAGE) + b"x" * MAX_MESSAGE)
        assert not r.socket.poll(700), "what is too large gets no answer"
        secret = "a-wrong-token-of-mine"
        c = read("rude")
        assert c
        wrong = raw("rude", secret, hello=False)
        wrong.send({"type": "hello", "protocol": PROTOCOL_VERSION})
        assert not wrong.socket.poll(500)
        before = s.frame(30).index
        assert s.frame(30).index > before, "the others' streams go on"
        r.socket.close()
        wrong.socket.close()
    p.terminate()
    said = p.communicate(timeout=PATIENCE)[1]
    assert f"limit of {MAX_MESSAGE} bytes" in said and "wrong token" in said, said
    assert secret not in said and c.token not in said, "a token is never echoed"
    assert "Traceback" not in said, said


@pytest.mark.parametrize("number", [1e308, 2.0**64, -1e300, 2**64 - 1])
def test_an_id_that_is_too_large_is_no_id(dealer: Raw, number: float) -> None:
    """Msgpack has no integers of that size, so that no reply could carry it: such a request was never answered."""
    reply = dealer.ask({"type": "ping", "id": number})
    assert reply["code"] in ("bad_message", "bad_argument"), reply
    assert reply.get("id") == (number if isinstance(number, int) else None)
    wrong = dealer.ask({"type": "pause", "session": number, "id": 5})
    assert wrong["id"] == 5 and wrong["code"] in ("bad_message", "unknown_session")


def test_client_with_a_wrong_token(daemon: dreambridge.Daemon) -> None:
    import msgspec
    from dreambridge.client.channel import Channel

    c = read(daemon.name)
    assert c
    bad = msgspec.structs.replace(c, token="not-the-token")
    begun = time.monotonic()
    with pytest.raises(DreamError) as e:
        Channel(bad, lambda: None, lambda m: None, lambda: None, lambda m: None)
    assert e.value.code == "wrong_token" and "not-the-token" not in str(e.value) and time.monotonic() - begun < 10


def test_too_deep_reads_lengths_only() -> None:
    begun = time.perf_counter()
    assert too_deep(DEEP) and too_deep(b"\x81\xa1a" * 40 + b"\xc0")
    assert not too_deep(msgpack.packb({"a": [{"b": [1, 2, {"c": b"x" * 70000}]}, [[]] * 1000]}))
    nested: Any = 1
    for _ in range(MAX_DEPTH):
        nested = [nested]
    assert not too_deep(msgpack.packb(nested)) and too_deep(msgpack.packb([nested]))
    assert time.perf_counter() - begun < 10


def test_random_bytes_never_end_the_daemon(daemon: dreambridge.Daemon, dealer: Raw) -> None:
    import random

    rng = random.Random(5)
    for _ in range(300):
        dealer.send(bytes(rng.randrange(256) for _ in range(rng.randrange(1, 60))))
    seen = 0
    while seen < 300:
        assert dealer.receive()["type"] == "error"
        seen += 1
    assert daemon.pid and os.path.exists(f"/proc/{daemon.pid}")


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """On either side of ``==``, as pyzmq's authenticator has it on the right."""
    import hmac

    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: (compared.append((a, b)), real(a, b))[1])
    good = Secret("token-é")
    assert "token-é" == good and good == "token-é" and not "token" == good and good != "x" and not good != "token-é"  # noqa: SIM201, SIM202, SIM300
    assert good != None and good != b"token" and good != "\ud800"  # noqa: E711
    assert len(compared) == 6 and hash(good) == hash("token-é")
