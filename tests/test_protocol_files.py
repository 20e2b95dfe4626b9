"""One source: what is generated is what generate.py makes, and the vectors hold for Python's codec and ring reader too."""

import json
import re
import struct
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import msgpack
import msgspec
import numpy as np
import pytest
from conftest import Engine
from dreambridge.protocol import requests as M
from dreambridge.protocol.codec import decode_plain, encode, read_message, read_request, too_deep
from dreambridge.protocol.conditions import MOMENTARY
from dreambridge.protocol.errors import ERRORS, DreamError
from dreambridge.protocol.events import EVENTS, StateChanged
from dreambridge.protocol.fields import about
from dreambridge.protocol.limits import Range
from dreambridge.protocol.replies import ANSWERS, REPLIES, BundleList
from dreambridge.protocol.states import Reason, State
from dreambridge.ring.reader import RingReader
from dreambridge.system.paths import runtime_dir, runtime_folder

from devtools import generate

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "protocol" / "vectors"


def vectors(name: str) -> dict[str, Any]:
    return dict(json.loads((VECTORS / f"{name}.json").read_text()))


def test_nothing_generated_is_stale() -> None:
    assert not [str(p.relative_to(ROOT)) for p in generate.stale()], "run devtools/generate.py"


def test_stale_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ERRORS, "new_code", "The control: a code that no file has yet.")
    names = {p.name for p in generate.stale()}
    assert {"errors.json", "messages.gd"} <= names


def test_momentary_kinds_stand_once() -> None:
    """No client has a list of its own, except the example of a whole client in one file, which has the same."""
    pair = re.compile(r"""(["'])event\1(?:,| \|\| .*?== )\s*\1delta\1|Kind\.Event \|\| .*Kind\.Delta""")
    suffixes = (".gd", ".cs", ".js", ".py")
    made = {p for p in generate.files() if p.suffix in suffixes} | {ROOT / "python/dreambridge/protocol/conditions.py"}
    folders = ("godot_addon/addons", "unity_plugin", "narrative_plugins", "protocol/examples", "python/dreambridge")
    sources = [p for f in folders for p in (ROOT / f).rglob("*.*") if p.suffix in suffixes and "node_modules" not in p.parts]
    found = [p for p in sources if p not in made and pair.search(p.read_text())]
    assert len(sources) > 300 and any(pair.search(p.read_text()) for p in made), "the control"
    example = ROOT / "protocol" / "examples" / "node-client" / "dreambridge.js"
    assert found == [example] and json.dumps(MOMENTARY) in example.read_text()


def untag(v: Any) -> Any:
    if not isinstance(v, dict):
        return v
    (kind, x), *_ = v.items()
    return {
        "int": lambda: int(x),
        "float": lambda: float(x),
        "bin": lambda: bytes.fromhex(x),
        "array": lambda: [untag(i) for i in x],
        "map": lambda: {untag(k): untag(w) for k, w in x},
    }[kind]()


def test_codec_on_the_vectors() -> None:
    got = vectors("msgpack")
    assert len(got["cases"]) > 60
    for case in got["cases"]:
        value, data = untag(case["value"]), bytes.fromhex(case["bytes"])
        mine = msgspec.msgpack.decode(data)
        assert mine == value and type(mine) is type(value) and msgpack.unpackb(data, strict_map_key=False) == value, case
        if not case.get("decode_only"):
            assert encode(value) == data, case
    for case in got["bad"]:
        data = bytes.fromhex(case["bytes"])
        with pytest.raises((msgspec.DecodeError, msgspec.ValidationError, RecursionError)):
            if too_deep(data):
                raise msgspec.DecodeError("too deep")
            decode_plain(data)


def test_messages_against_the_independent_package() -> None:
    asked = {"type": "direct", "id": 7, "session": 3, "values": {"weather": "storm", "hour": None, "b": b"\x00"}, "over": 1.5}
    number, r = read_request(msgpack.packb(asked))
    assert number == 7 and isinstance(r, M.Direct) and r.values == asked["values"] and r.over == 1.5 and r.easing is None
    assert msgpack.unpackb(encode(r)) == asked
    _, o = read_request(msgpack.packb({"type": "open", "bundle": "vista"}))
    assert isinstance(o, M.Open) and o.fps is None
    _, o = read_request(msgpack.packb({"type": "open", "bundle": "vista", "fps": 0, "whatever": 1}))
    assert isinstance(o, M.Open) and o.fps == 0


def test_ring_reader_on_the_vector(tmp_path: Path) -> None:
    v = vectors("ring")
    data = bytearray(v["size"])
    for at, block in v["blocks_of_512"].items():
        data[int(at) : int(at) + 512] = bytes.fromhex(block)
    (tmp_path / "v.ring").write_bytes(data)
    r = RingReader(tmp_path / "v.ring")
    f = r.read()
    assert f is not None and r.layout.epoch == int(v["epoch"]) and r.layout.fps == v["fps"]
    assert (f.publication, f.index, f.revision, f.time, f.step_ms, f.dropped) == tuple(
        v[k] for k in ("publication", "index", "revision", "time", "step_ms", "dropped")
    )
    assert f.pixels.tobytes().hex() == v["pixels"] and f.pixels.shape == (v["height"], v["width"], 4)
    r.close()


def test_published_tables() -> None:
    assert json.loads((ROOT / "protocol" / "schema" / "errors.json").read_text()) == ERRORS
    ring = json.loads((ROOT / "protocol" / "schema" / "ring.json").read_text())
    text = (ROOT / "protocol" / "PROTOCOL.md").read_text()
    sizes = {"u32": 4, "u64": 8, "f64": 8}
    for part in ("header", "slot"):
        end = 0
        for name, field in ring[part].items():
            assert f"| {field['offset']} | {field['type']} |" in text, name
            assert field["offset"] % sizes[field["type"]] == 0, f"{name} is not aligned"
            assert field["offset"] >= end
            end = field["offset"] + sizes[field["type"]]
    schema = json.loads((ROOT / "protocol" / "schema" / "bundle.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)


def test_messages_are_described_as_they_are() -> None:
    """The published schema has each request, reply and event with each field, and the document has a table for each."""
    published = json.loads((ROOT / "protocol" / "schema" / "messages.json").read_text())
    text = (ROOT / "protocol" / "PROTOCOL.md").read_text()
    for kind, structs in (("requests", M.REQUESTS), ("replies", REPLIES), ("events", EVENTS)):
        assert list(published[kind]) == list(structs)
        for name, shape in structs.items():
            rows = {f["name"]: f for f in published[kind][name]["fields"]}
            assert list(rows) == list(shape.__struct_fields__) and f"#### `{name}`\n" in text, name
            for field, row in rows.items():
                assert row["meaning"].endswith(".") and (field == "id" or f"| `{field}` | {row['type']} |" in text), (name, field)
    assert {r["reply"] for r in published["requests"].values()} < set(published["replies"])
    assert set(published["states"]) == set(State) and set(published["reasons"]) == set(Reason)
    seed = next(f for f in published["requests"]["open"]["fields"] if f["name"] == "seed")
    assert seed["range"] == f"0 to {2**63 - 1}" and seed["default"] == 0 and not seed["required"]


def test_a_field_that_is_not_in_the_document_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the generated tables: a new field, state or limit makes the document and the copies stale."""

    class Dance(M.SessionRequest, tag="dance"):
        """Dances."""

        tempo: Annotated[float, about("Beats.", unit="1/min", within=Range(20, 200))] = 120.0

    monkeypatch.setitem(M.REQUESTS, "dance", Dance)
    monkeypatch.setitem(ANSWERS, "dance", "ok")
    names = {p.name for p in generate.stale()}
    assert {"PROTOCOL.md", "messages.json", "Messages.cs"} <= names
    assert "| `tempo` | float | 1/min; 20 to 200 | `120.0` | Beats. |" in generate.files()[ROOT / "protocol" / "PROTOCOL.md"]


def test_clients_of_today_read_a_newer_daemon() -> None:
    """Unknown types are nothing, unknown fields are ignored, nil is absent, and a state keeps a name that is not known."""
    assert read_message(msgpack.packb({"type": "sparkle", "session": 3})) is None
    said = {"type": "state", "session": 3, "state": "dreaming", "code": "asleep", "reason": "", "fps": 0, "mood": [1], "id": None}
    m = read_message(msgpack.packb(said))
    assert isinstance(m, StateChanged) and m.state == "dreaming" and m.fps == 0
    view = {
        "width": 2.0,
        "height": 2,
        "layers": ["label", "normals"],
        "palette": {"a": {"colour": [1.0, 2, 3], "depth": 1, "description": None}},
    }
    bundle = {
        "name": "b",
        "version": "1",
        "description": "",
        "width": 2,
        "height": 2.0,
        "fps": 24,
        "conditions": {},
        "view": view,
    }
    m = read_message(msgpack.packb({"type": "bundles", "id": 4.0, "bundles": [bundle]}))
    assert isinstance(m, BundleList) and m.id == 4 and m.bundles[0].view and m.bundles[0].view.palette["a"].colour == [1, 2, 3]
    for wrong in (b"", b"\xc1", msgpack.packb([1]), msgpack.packb({"type": "state", "session": "x"}), b"\x91" * 9999 + b"\xc0"):
        with pytest.raises(DreamError) as e:
            read_message(wrong)
        assert e.value.code == "bad_message"


def test_zmtp_vectors_are_what_libzmq_sends() -> None:
    """The greeting of a real libzmq DEALER with PLAIN, byte for byte up to the filler, and its HELLO."""
    import socket
    import threading

    import zmq

    v = {k: bytes.fromhex(x) for k, x in vectors("zmtp").items()}
    server = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def take() -> None:
        peer, _ = server.accept()
        with peer:
            peer.settimeout(5)
            peer.sendall(v["greeting"][:32] + b"\x01" + v["greeting"][33:])  # as-server
            data = b""
            while len(data) < 64 + len(v["hello"]):
                data += peer.recv(4096)
            got.append(data)

    thread = threading.Thread(target=take)
    thread.start()
    s = zmq.Context.instance().socket(zmq.DEALER)
    s.linger = 0
    s.plain_username, s.plain_password = b"dreambridge", b"key"
    s.connect(f"tcp://127.0.0.1:{server.getsockname()[1]}")
    thread.join(60)
    s.close()
    server.close()
    theirs = got[0]
    assert theirs[0] == 0xFF and theirs[9] == 0x7F and theirs[10] == 3
    assert theirs[12:32] == v["greeting"][12:32], "the mechanism"
    assert theirs[64:] == v["hello"]
    assert struct.unpack(">Q", v["long_head"][1:])[0] == 300


@pytest.mark.parametrize("case", vectors("runtime_folder")["cases"], ids=lambda c: str(c["name"]))
def test_runtime_folder_on_the_vectors(case: dict[str, Any]) -> None:
    found = runtime_folder(case["system"], case["env"], case["uid"], case["folders"].__contains__)
    assert found.replace("\\", "/") == case["folder"]


@pytest.mark.godot
@pytest.mark.parametrize(
    "variables",
    [{"DREAMBRIDGE_RUNTIME_DIR": "/a b/ü"}, {"XDG_RUNTIME_DIR": "HERE"}, {"TMPDIR": "HERE"}, {"TMPDIR": "/missing"}, {}],
)
def test_python_and_godot_look_in_the_same_folder(
    engine: Engine, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DREAMBRIDGE_RUNTIME_DIR", "XDG_RUNTIME_DIR", "TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("HERE", str(tmp_path)))
    script = engine.project / "folder.gd"
    script.write_text(
        "extends SceneTree\n\n\nfunc _initialize() -> void:\n"
        '\tprint(JSON.stringify({"folder": preload("res://addons/dreambridge/system/connection_file.gd").folder()}))\n\tquit()\n'
    )
    assert engine.run("folder.gd", screen=False)["folder"] == str(runtime_dir())


def test_ring_vector_can_fail() -> None:
    v = vectors("ring")
    assert len(set(bytes.fromhex(v["pixels"]))) > 20 and np.ptp(np.frombuffer(bytes.fromhex(v["pixels"]), np.uint8)) > 20
