"""One rule for nil, numbers, ids and ranges in every request, and an error that names the value (PROTOCOL.md, part 2)."""

import json
import math
from collections.abc import Iterator
from typing import Any

import dreambridge
import msgpack
import msgspec
import pytest
from conftest import ROOT
from dreambridge.daemon.clients import Client
from dreambridge.daemon.requests import Requests
from dreambridge.daemon.server import check_version
from dreambridge.protocol import requests as M
from dreambridge.protocol.codec import _skip, read_request, recover_id
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import describe
from dreambridge.protocol.limits import MAX_DEPTH, MAX_SESSIONS
from dreambridge.rules.rules import Rules
from test_messages import Raw, raw

SCHEMA = json.loads((ROOT / "protocol" / "schema" / "messages.json").read_text())["requests"]
OF_TYPE: dict[str, Any] = {
    "int": 3,
    "float": 0.5,
    "str": "vista",
    "bin": b"x",
    "bool": True,
    "any": 1,
    "list": ["label"],
    "map": {"a": 1},
}
LONG = "x" * 70_000


def smallest(name: str) -> dict[str, Any]:
    """A request with its required fields only."""
    required = [f for f in SCHEMA[name]["fields"] if f["required"]]
    return {"type": name} | {f["name"]: f["choices"][0] if "choices" in f else OF_TYPE[f["type"].split()[0]] for f in required}


def read(message: Any) -> tuple[int | None, M.Request]:
    number, request = read_request(message if isinstance(message, bytes) else msgpack.packb(message))
    if isinstance(request, DreamError):
        raise request
    return number, request


def refused(message: Any) -> tuple[int | None, DreamError]:
    number, e = read_request(message if isinstance(message, bytes) else msgpack.packb(message))
    assert isinstance(e, DreamError), e
    return number, e


FIELDS = [(name, f) for name, body in SCHEMA.items() for f in body["fields"]]


@pytest.mark.parametrize("name", SCHEMA)
def test_nil_is_absent(name: str) -> None:
    """For each optional field of each request; a required one that is nil is missing."""
    plain = read(smallest(name))[1]
    optional = {f["name"]: None for f in SCHEMA[name]["fields"] if not f["required"]}
    assert read(smallest(name) | optional)[1] == plain
    for field in smallest(name):
        if field != "type":
            _, e = refused(smallest(name) | {field: None})
            assert e.code == "bad_message" and field in e.message


def test_nil_among_the_values_unsets_and_stays() -> None:
    r = read(smallest("direct") | {"values": {"weather": None, "energy": 1.0}})[1]
    assert isinstance(r, M.Direct) and r.values == {"weather": None, "energy": 1.0}


@pytest.mark.parametrize(
    ("name", "field"), [(n, f) for n, f in FIELDS if f["type"] == "int"], ids=lambda v: v if isinstance(v, str) else v["name"]
)
def test_whole_numbers_may_be_floats(name: str, field: dict[str, Any]) -> None:
    whole = read(smallest(name) | {field["name"]: 5.0})[1]
    assert getattr(whole, field["name"]) == 5 and isinstance(getattr(whole, field["name"]), int)
    for wrong in (5.5, math.nan, math.inf, "5", True):
        _, e = refused(smallest(name) | {field["name"]: wrong})
        assert e.code == "bad_message" and field["name"] in e.message, wrong


@pytest.mark.parametrize(
    ("name", "field"), [(n, f) for n, f in FIELDS if "range" in f], ids=lambda v: v if isinstance(v, str) else v["name"]
)
def test_ranges(name: str, field: dict[str, Any]) -> None:
    """Each number is refused outside of the range that the document states, by an error that names value and range."""
    words = field["range"].replace("0, or ", "").replace("above ", "").split(" to ")
    low, high = (int(w) if w.isdigit() else float(w) for w in words)
    outside = (
        [low - 1, high + 1]
        + ([math.nan, math.inf] if field["type"] == "float" else [])
        + ([low] if "above" in field["range"] else [])
    )
    for value in outside:
        number, e = refused({"id": 7} | smallest(name) | {field["name"]: value})
        assert e.code == "bad_argument" and f"{field['name']} = {value!r}" in e.message and field["range"] in e.hint, value
        assert number == (value if field["name"] == "id" else 7)
    inside = [high, *([] if "above" in field["range"] else [low]), *([0] if "0, or" in field["range"] else [])]
    for value in inside:
        assert getattr(read(smallest(name) | {field["name"]: value})[1], field["name"]) == value


@pytest.mark.parametrize(
    ("name", "field"), [(n, f) for n, f in FIELDS if "choices" in f], ids=lambda v: v if isinstance(v, str) else v["name"]
)
def test_choices(name: str, field: dict[str, Any]) -> None:
    _, e = refused(smallest(name) | {field["name"]: "bouncy"})
    assert e.code == "bad_argument" and "bouncy" in e.message and all(c in e.hint for c in field["choices"])
    for choice in field["choices"]:
        read(smallest(name) | {field["name"]: choice})


def test_kinds_of_wrong_messages_are_told_apart() -> None:
    said = {
        "not msgpack": b"\xc1\xc1",
        "not a map": msgpack.packb([1]),
        "no type": msgpack.packb({}),
        "not a text": msgpack.packb({"type": 7}),
        "The request 'dance' is unknown": msgpack.packb({"type": "dance"}),
        "bundle": msgpack.packb({"type": "open", "bundle": 7}),
    }
    for words, data in said.items():
        _, e = refused(data)
        assert words in e.message and e.code == ("unknown_type" if "unknown" in words else "bad_message"), e


@pytest.mark.parametrize("number", [0, 1, 2**40, 2**63 - 1])
def test_id_is_recovered_from_what_cannot_be_decoded(number: int) -> None:
    whole = msgpack.packb({"type": "direct", "id": number, "session": 1, "values": {"weather": "rain"}})
    assert recover_id(whole) == number and refused(whole[:-1])[0] == number and refused(whole + b"\x01")[0] == number
    deep: Any = 1
    for _ in range(MAX_DEPTH):
        deep = [deep]
    got, e = refused({"values": deep, "id": number, "type": "direct"})
    assert got == number and e.code == "too_large"
    late = msgpack.packb({"values": {"a": 1}, "id": number})
    for cut in range(len(late)):
        assert recover_id(late[:cut]) is None  # it comes after the damage


def test_what_is_no_id() -> None:
    for value in ("7", 1.5, [1], {"a": 1}, None, True, b"7"):
        assert recover_id(msgpack.packb({"id": value})) is None
    for data in (
        b"",
        b"\x81",
        b"\x91\xa2id",
        b"\xdf\xff\xff\xff\xff",
        b"\x81\xa2id" + b"\x91" * 9000 + b"\xc0",
        msgpack.packb([1, 2]),
    ):
        assert recover_id(data) is None
    assert recover_id(msgpack.packb({"id": 4.0})) == 4


def test_lengths_are_read_as_msgpack_writes_them() -> None:
    """What looks for depth and id finds the end of each value of the vectors, and of each ext."""
    cases = [bytes.fromhex(c["bytes"]) for c in json.loads((ROOT / "protocol" / "vectors" / "msgpack.json").read_text())["cases"]]
    cases += [msgpack.packb(msgpack.ExtType(5, b"x" * n)) for n in (1, 2, 3, 4, 8, 16, 17, 256, 70_000)]
    for data in cases:
        assert _skip(data + b"\xc0", 0) == (len(data), 0), data[:20].hex()
        assert _skip(data[:-1], 0) != (len(data) - 1, 0) or len(data) == 1


def test_depth_counts_the_map_of_the_message() -> None:
    def nested(depth: int) -> Any:
        return 1 if depth == 0 else {"a": nested(depth - 1)}

    for depth, code in ((MAX_DEPTH - 1, "unknown_type"), (MAX_DEPTH, "too_large")):
        assert refused({"type": "dance", "values": nested(depth)})[1].code == code


@pytest.mark.parametrize("version", ["", "1", "1.", ".0", "0.", "v1.0", "1.0.0", "1,0", "-1.0", " 1.0", "1.0\n", "1.x"])
def test_what_is_no_version(version: str) -> None:
    with pytest.raises(DreamError) as e:
        check_version(version)
    assert e.value.code == "bad_message" and repr(version) in e.value.message and "1.0" in e.value.hint


@pytest.mark.parametrize("version", ["0.9", "2.0", "11.0"])
def test_another_major(version: str) -> None:
    with pytest.raises(DreamError) as e:
        check_version(version)
    assert e.value.code == "protocol_mismatch" and version in e.value.message
    check_version("1.999")


def test_a_client_has_16_sessions_at_most() -> None:
    server = type("S", (), {"post": lambda *_: None, "epoch": 1, "rules": Rules()})()
    with pytest.raises(DreamError) as e:
        Requests(server).handle(
            Client("key", b"", "test", 0.0, sessions=dict.fromkeys(range(MAX_SESSIONS))), M.Open(bundle="testcard"), 0
        )
    assert e.value.code == "too_many_sessions" and str(MAX_SESSIONS) in e.value.message and "Close" in e.value.hint


# -- against the daemon itself -------------------------------------------------------------------------------------------
@pytest.fixture()
def dealer(daemon: dreambridge.Daemon) -> Iterator[Raw]:
    r = raw(daemon.name)
    yield r
    r.socket.close()


def test_zero_is_an_id_like_others(dealer: Raw) -> None:
    assert dealer.ask({"type": "ping", "id": 0})["id"] == 0
    assert dealer.ask({"type": "pause", "session": 99, "id": 0})["id"] == 0
    assert "id" not in dealer.ask({"type": "ping"}) and "id" not in dealer.ask({"type": "ping", "id": None})
    broken = msgpack.packb({"type": "ping", "id": 41, "more": "text"})[:-1]
    assert dealer.ask(broken)["id"] == 41


def test_long_names_are_cut(dealer: Raw, daemon: dreambridge.Daemon) -> None:
    """In each error that names what a client sent, and each has the request's id."""
    s = dealer.ask({"type": "open", "bundle": "testcard", "paused": True, "id": 1})["session"]
    v = dealer.ask({"type": "open", "bundle": "vista", "paused": True, "id": 1})["session"]
    sent: list[dict[str, Any]] = [
        {"type": LONG},
        {"type": "open", "bundle": LONG},
        {"type": "open", "bundle": LONG[:4000]},
        {"type": "hello", "protocol": LONG},
        {"type": "hello", "protocol": "1.0", "client": LONG},
        {"type": "hello", "protocol": "1.0", "client_key": LONG},
        {"type": "direct", "session": s, "values": {LONG: 1}},
        {"type": "direct", "session": s, "easing": LONG},
        {"type": "direct", "session": v, "values": {"weather": LONG}},
        {"type": "direct", "session": v, "values": {"weather": {LONG: 1}}},
        {"type": "direct", "session": v, "values": {"moment": {LONG: 2}}},
        {"type": "direct", "session": v, "values": {"event": [LONG]}},
        {"type": "direct", "session": v, "values": {"pose": LONG}},
        {"type": "attach_view", "session": s, "layers": [LONG]},
        {"type": "open", "bundle": "vista", "priority": LONG},
        {"type": "open", "bundle": "testcard", "values": {LONG: LONG}},
    ]
    for message in sent:
        e = dealer.ask(message | {"id": 6})
        assert e["type"] == "error" and e["id"] == 6 and len(e["message"]) < 400 and len(e["hint"]) < 900, (message["type"], e)
    for session in (s, v):
        dealer.ask({"type": "close", "session": session})


def test_describe() -> None:
    assert (
        describe(None) == "nil" and describe("rain") == "'rain'" and describe(b"abc") == "3 bytes" and len(describe(LONG)) < 100
    )
    assert describe("\x1b[2J\n") == r"'\x1b[2J\n'", "no control codes in a log"


def test_ranges_hold_in_process_too() -> None:
    """A session that is made without the wire checks what it is asked for, too."""
    from dreambridge.bundle.find import open_bundle
    from dreambridge.engine.session import Session

    for wrong in ({"fps": 0.01}, {"slots": 3}, {"max_cpu": 0.0}, {"seed": -1}, {"priority": "high"}):
        with pytest.raises(DreamError) as e:
            Session(
                1,
                open_bundle("testcard"),
                msgspec.structs.replace(M.Open(bundle="testcard"), **wrong),
                "cpu",
                1,
                None,
                lambda _: None,
            )
        assert e.value.code == "bad_argument" and next(iter(wrong)) in e.value.message
