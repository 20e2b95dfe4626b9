"""Messages that are nearly right: those of the vectors, the scenarios and the schema, each changed in one to three places."""

import copy
import json
import math
import random
import struct
from collections.abc import Iterator
from typing import Any

import msgspec
from dreambridge.protocol.codec import MESSAGES, encode
from dreambridge.protocol.requests import REQUESTS

from devtools.bench.chaos.stage import ROOT

VECTORS = ROOT / "protocol" / "vectors"
NUMBERS = (0, 1, -1, 2, 15, 16, 17, 255, 1000, 1001, 2**31 - 1, 2**31, 2**53, 2**63 - 1, -(2**63), 2**64 - 1,
           0.0, -0.0, 0.5, 1.0, 1e-9, 1e308, -1e308, math.nan, math.inf, -math.inf)  # fmt: skip
TEXTS = (
    "",
    " ",
    "testcard",
    "../testcard",
    "/dev/zero",
    "\0",
    "\x1b[2J",
    "é" * 40,
    "x" * 300,
    "x" * 5000,
    "‮",
    "playing",
    "level",
)
ODD: tuple[Any, ...] = (
    None, True, False, [], {}, [[]], [None], {"": None}, {1: 2}, b"", b"\xff" * 20, b"DRMRING1",
    msgspec.msgpack.Ext(7, b"ext"), {"level": {"level": {}}}, [0.5] * 17, ["a"] * 50,
)  # fmt: skip
ONE_IN = 8  # of so many messages one is changed in its bytes instead of its values


def _sample(kind: Any) -> Any:
    """A value that a field of this type may have."""
    i = msgspec.inspect
    if isinstance(kind, i.Metadata):
        return _sample(kind.type)
    if isinstance(kind, i.UnionType):
        return _sample(next(t for t in kind.types if not isinstance(t, i.NoneType)))
    if isinstance(kind, (i.EnumType, i.LiteralType)):
        return kind.values[0] if isinstance(kind, i.LiteralType) else next(iter(kind.cls)).value
    if isinstance(kind, i.StructType):
        return {f.encode_name: _sample(f.type) for f in kind.fields}
    if isinstance(kind, (i.ListType, i.VarTupleType)):
        return [_sample(kind.item_type)]
    if isinstance(kind, i.DictType):
        return {"level": _sample(kind.value_type)}
    simple = {i.IntType: 1, i.FloatType: 0.5, i.BoolType: True, i.StrType: "level", i.BytesType: b"\0\1\2"}
    return next((v for t, v in simple.items() if isinstance(kind, t)), 0.25)


def _of_schema(structs: dict[str, Any]) -> list[dict[str, Any]]:
    out = []
    for name, s in structs.items():
        kind = msgspec.inspect.type_info(s)
        assert isinstance(kind, msgspec.inspect.StructType)
        whole = {f.encode_name: _sample(f.type) for f in kind.fields}
        out += [{"type": name} | whole, {"type": name} | {f.encode_name: whole[f.encode_name] for f in kind.fields if f.required}]
    return out


def _found(node: Any, verbs: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The messages in the steps of scenarios."""
    if isinstance(node, dict):
        for verb in verbs:
            if verb in node:
                head = node[verb]
                rest = {k: v for k, v in node.items() if k not in (verb, "if", "why", "to", "as", "without", "within", "with")}
                yield dict(head) if isinstance(head, dict) else {"type": head} | rest | dict(node.get("with", {}))
        for value in node.values():
            yield from _found(value, verbs)
    elif isinstance(node, list):
        for value in node:
            yield from _found(value, verbs)


def requests() -> list[dict[str, Any]]:
    """Requests of the vectors, and each request of the schema; what ends the connection is left out."""
    scenarios = [json.loads((VECTORS / f"{n}.json").read_text()) for n in ("daemon", "session")]
    there = [*_found(scenarios, ("ask", "client_sends")), *_of_schema(REQUESTS)]
    return [m for m in there if m.get("type") not in ("bye", "hello")]


def replies() -> list[dict[str, Any]]:
    """Replies and events of the scenarios, and each one of the schema; what ends the connection is left out."""
    scenarios = json.loads((VECTORS / "session.json").read_text())
    there = [*_found(scenarios, ("daemon_replies", "daemon_sends")), *_of_schema(dict(MESSAGES))]
    return [m for m in there if m.get("type") != "bye"]


class Mutator:
    """The same seed makes the same messages. ``known`` are values for fields that a message must have right to go far."""

    def __init__(self, seed: int, messages: list[dict[str, Any]]) -> None:
        self.random, self.messages = random.Random(seed), messages

    def message(self, number: int, known: dict[str, Any]) -> bytes:
        """One message with the id ``number``, most of the time."""
        r = self.random
        m = dict(r.choice(self.messages)) | {"id": number}
        for field, value in known.items():
            if field in m and r.random() < 0.9:
                m[field] = value() if callable(value) else value
        m = msgspec.to_builtins(m, builtin_types=(bytes, msgspec.msgpack.Ext))
        for _ in range(r.choice((1, 1, 1, 2, 3))):
            self._change(m)
        try:
            data = encode(m)
        except (OverflowError, ValueError, UnicodeError):
            data = encode({"type": m.get("type", ""), "id": number})
        return self._bytes(data) if r.randrange(ONE_IN) == 0 else data

    def _odd(self) -> Any:
        r = self.random
        return r.choice((r.choice(NUMBERS), r.choice(TEXTS), copy.deepcopy(r.choice(ODD))))

    def _change(self, m: Any) -> None:
        """Change a value somewhere inside."""
        r = self.random
        while isinstance(m, (dict, list)) and m:
            key = r.choice(list(m)) if isinstance(m, dict) else r.randrange(len(m))
            if isinstance(m[key], (dict, list)) and m[key] and r.random() < 0.6:
                m = m[key]
                continue
            what = r.randrange(8)
            if what == 0:
                del m[key]
            elif what == 1 and isinstance(m, dict):
                m[r.choice(("news", "session", "id", "values", "type", "", "x" * 300))] = self._odd()
            elif what == 2:
                deep: Any = m[key]
                for _ in range(r.choice((1, 2, 30, 31, 32, 33, 200))):
                    deep = [deep] if r.random() < 0.5 else {"a": deep}
                m[key] = deep
            elif what == 3 and isinstance(m[key], (int, float)) and not isinstance(m[key], bool):
                m[key] = m[key] + r.choice((1, -1, 0.5)) if abs(m[key]) < 2**53 else self._odd()
            else:
                m[key] = self._odd()
            return

    def _bytes(self, data: bytes) -> bytes:
        """Cut it, flip bits, insert bytes, lie about a length, or write a key twice."""
        r, b = self.random, bytearray(data)
        what = r.randrange(6)
        at = r.randrange(len(b))
        if what == 0:
            return bytes(b[:at])
        if what == 1:
            for _ in range(r.choice((1, 2, 8))):
                b[r.randrange(len(b))] ^= 1 << r.randrange(8)
        elif what == 2:
            b[at:at] = r.randbytes(r.choice((1, 2, 9, 100)))
        elif what == 3:
            b[at : at + 1] = bytes([r.choice((0xC6, 0xDB, 0xDD, 0xDF, 0xC9))]) + struct.pack(
                ">I", r.choice((0, 10**6, 2**32 - 1))
            )
        elif what == 4 and b[0] & 0xF0 == 0x80 and b[0] < 0x8F:
            return (
                bytes([b[0] + 1])
                + bytes(b[1:])
                + encode(r.choice(("type", "id", "session")))
                + encode(r.choice((1, "ping", None)))
            )
        else:
            return bytes(b) + r.randbytes(3)
        return bytes(b)
