#!/usr/bin/env python3
"""Generates the files that derive from the protocol's single source; ``--check`` only compares them.

    .venv/bin/python devtools/generate.py [--check]

protocol/schema/*.json, the addon's protocol/messages.gd and protocol/ring_layout.gd and Unity's Runtime/Core/Protocol are
generated from the Python package, and so are modules of the Ren'Py plugin; dream.js from it and from the parts in
narrative_plugins; protocol/vectors/*.json from the msgpack package (an independent implementation) and the ring's writer.
"""

import json
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
from dreambridge.bundle.manifest import schema
from dreambridge.cutscene.document import schema as cutscene_schema
from dreambridge.protocol.errors import ERRORS
from dreambridge.ring import layout as L
from dreambridge.ring.depth import pack_depth, unpack_depth
from dreambridge.ring.writer import RingWriter, Stamp
from dreambridge.take.lines import schema as take_schema

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from devtools import generate_dream, generate_renpy
from devtools.generate_fields import gd_fields
from devtools.generate_messages import (
    cs_errors,
    cs_file,
    cs_messages,
    cs_reasons,
    cs_states,
    document,
    gd,
    gd_messages,
    messages,
    pascal,
    states_vectors,
)
from devtools.generate_view_layers import view_layer_vectors

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "dreambridge"
ADDON = ROOT / "godot_addon" / "addons" / "dreambridge"
CORE = ROOT / "unity_plugin" / "Runtime" / "Core"
HEADER_FIELDS = (
    "layout_version",
    "header_size",
    "epoch",
    "writer_pid",
    "writer_start",
    "slot_count",
    "frames_per_slot",
    "slot_stride",
    "slot_header_size",
    "width",
    "height",
    "row_stride",
    "pixel_format",
    "colour_space",
    "row_order",
    "alpha",
    "fps",
)
SLOT_FIELDS = (
    "frames",
    "flags",
    "first_index",
    "revision",
    "time",
    "step_ms",
    "bytes",
    "published_ns",
    "received_ns",
    "applied_ns",
    "begun_ns",
    "ended_ns",
    "dropped",
    "view",
    "view_time",
)
TYPES = {"I": "u32", "Q": "u64", "d": "f64"}


def offsets(form: struct.Struct, names: tuple[str, ...], begin: int) -> dict[str, dict[str, Any]]:
    out, at = {}, begin
    for name, code in zip(names, form.format.lstrip("<"), strict=True):
        out[name] = {"offset": at, "type": TYPES[code]}
        at += struct.calcsize("<" + code)
    return out


def ring() -> dict[str, Any]:
    word = {"type": "u64"}
    return {
        "magic": L.MAGIC.decode(),
        "layout_version": L.VERSION,
        "header_size": L.HEADER,
        "slot_header_size": L.SLOT_HEADER,
        "header": offsets(L.FIXED, HEADER_FIELDS, 8)
        | {
            "crc": {"offset": L.CRC, "type": "u32"},
            "heartbeat": {"offset": L.HEARTBEAT, **word},
            "state": {"offset": L.STATE, **word},
            "latest": {"offset": L.LATEST, **word},
        },
        "slot": {"sequence": {"offset": L.SLOT_SEQUENCE, **word}}
        | offsets(L.SLOT, SLOT_FIELDS, L.SLOT_FIELDS)
        | {"sequence_again": {"offset": L.SLOT_SEQUENCE_AGAIN, **word}},
        "states": {"live": L.LIVE, "superseded": L.SUPERSEDED, "closed": L.CLOSED},
        "flags": {"cut": L.FLAG_CUT, "stepped": L.FLAG_STEPPED, "restored": L.FLAG_RESTORED, "adopted": L.FLAG_ADOPTED},
        "level": {"shift": L.LEVEL_SHIFT, "mask": L.LEVEL_MASK},
    }


def gd_ring() -> str:
    r = ring()

    def table(name: str, fields: dict[str, dict[str, Any]]) -> str:
        return f"const {name} := {{" + "".join(f"\n\t{gd(k)}: {v['offset']}," for k, v in fields.items()) + "\n}\n"

    constants = {
        "MAGIC": r["magic"],
        "VERSION": r["layout_version"],
        "HEADER": r["header_size"],
        "SLOT_HEADER": r["slot_header_size"],
        **{k.upper(): v for k, v in r["states"].items()},
        **{f"FLAG_{k.upper()}": v for k, v in r["flags"].items()},
        **{f"LEVEL_{k.upper()}": v for k, v in r["level"].items()},
    }
    return (
        "extends RefCounted\n## Offsets and constants of the ring. Made by devtools/generate.py; do not edit.\n\n"
        + "".join(f"const {k} := {gd(v)}\n" for k, v in constants.items())
        + table("FIELDS", r["header"])
        + table("SLOT", r["slot"])
    )


def cs_ring() -> str:
    r = ring()

    def constants(prefix: str, table: dict[str, Any]) -> list[str]:
        return [f"public const int {prefix}{pascal(k)} = {v['offset'] if isinstance(v, dict) else v};" for k, v in table.items()]

    rows = [
        f"public const string Magic = {gd(r['magic'])};",
        f"public const int Version = {r['layout_version']};",
        f"public const int Header = {r['header_size']};",
        f"public const int SlotHeader = {r['slot_header_size']};",
        "",
        *constants("Is", r["states"]),
        *constants("Flag", r["flags"]),
        *constants("Level", r["level"]),
        "",
        *constants("", r["header"]),
        "",
        *constants("Slot", r["slot"]),
    ]
    return cs_file("Offsets and constants of the ring.", "RingLayout", rows)


def tagged(value: Any) -> Any:
    """JSON that preserves msgpack's types: bytes as {"bin": hex}, integers as {"int": text} (JSON has floats only)."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": value}
    if isinstance(value, bytes):
        return {"bin": value.hex()}
    if isinstance(value, list):
        return {"array": [tagged(v) for v in value]}
    return {"map": [[tagged(k), tagged(v)] for k, v in value.items()]}


def msgpack_vectors() -> dict[str, Any]:
    ints = [
        0,
        1,
        127,
        128,
        255,
        256,
        65535,
        65536,
        2**31,
        2**32 - 1,
        2**32,
        2**53 + 1,
        2**63 - 1,
        -1,
        -32,
        -33,
        -128,
        -129,
        -32768,
        -32769,
        -(2**31),
        -(2**31) - 1,
        -(2**63),
    ]
    values: list[Any] = [
        None,
        True,
        False,
        *ints,
        0.0,
        -1.5,
        1e300,
        3.141592653589793,
        "",
        "a",
        "Ä€😀",
        "x" * 31,
        "x" * 32,
        "x" * 255,
        "x" * 256,
        b"",
        b"\x00\xff",
        b"\x07" * 255,
        b"\x07" * 256,
        [],
        [1, "two", None],
        list(range(15)),
        list(range(16)),
        {},
        {"a": 1, "b": [True, {"c": 2.5}]},
        {str(i): i for i in range(15)},
        {str(i): i for i in range(16)},
        {"type": "direct", "session": 3, "values": {"weather": "storm", "time_of_day": None}, "over": 2.0, "id": 7},
    ]
    cases = [{"value": tagged(v), "bytes": msgpack.packb(v, use_bin_type=True).hex()} for v in values]
    long = [
        {"kind": kind, "length": n, "head": msgpack.packb(one * n).hex()[: 2 * head]}
        for kind, one in (("text", "x"), ("bin", b"x"))
        for n, head in ((65535, 3), (65536, 5))
    ]
    # valid encodings that our encoders never write: wider than needed, float32
    other = {
        "cc01": 1,
        "cd0001": 1,
        "ce00000001": 1,
        "cf0000000000000001": 1,
        "d001": 1,
        "d3ffffffffffffffff": -1,
        "ca3fc00000": 1.5,
        "d90161": "a",
        "da000161": "a",
        "db0000000161": "a",
        "c50001aa": b"\xaa",
        "dc0001c0": [None],
        "dd00000001c0": [None],
        "de0001a16101": {"a": 1},
        "df00000001a16101": {"a": 1},
    }
    for code, value in other.items():
        assert msgpack.unpackb(bytes.fromhex(code)) == value
        cases.append({"value": tagged(value), "bytes": code, "decode_only": True})
    bad = {
        "empty": "",
        "reserved byte": "c1",
        "text cut short": "a568656c",
        "map cut short": "82a16101",
        "bin of 4 GiB": "c6ffffffff00",
        "array of 4 billion": "ddffffffff",
        "map of 4 billion": "dfffffffff",
        "something after it": "0102",
        "nested 10,000 deep": "91" * 10000 + "c0",
    }
    return {"cases": cases, "long": long, "bad": [{"name": k, "bytes": v} for k, v in bad.items()]}


def ring_vector() -> dict[str, Any]:
    """A small ring with two frames a slot after three publications, byte for byte (heartbeat and clocks set to fixed values)."""
    fixed = L.Layout(1732424000123456, 4711, 987654, 4, 2, 4, 2, L.STRAIGHT, 24.0)
    with tempfile.TemporaryDirectory() as folder:
        ring_ = RingWriter(Path(folder) / "r.ring", fixed)
        for n in range(3):
            pixels = (np.arange(2 * fixed.frame_bytes).reshape(2, 2, 4, 4) + 64 * n) % 256
            ring_.publish(
                pixels.astype(np.uint8),
                Stamp(2, 2 * n, n + 1, 2 * n / 24, 1.25 + n, L.FLAG_CUT if n == 0 else 0, 10, 20, 30, 40, 5, 60 + n, 7.5 + n),
            )
        data = bytearray(ring_.path.read_bytes())
        ring_.close()
    data[L.HEARTBEAT : L.HEARTBEAT + 8] = (77).to_bytes(8, "little")
    for slot in range(4):
        at = L.HEADER + slot * fixed.stride + 56
        data[at : at + 8] = (50 if slot < 3 else 0).to_bytes(8, "little")
    last = (np.arange(64).reshape(2, 2, 4, 4) + 128) % 256
    blocks = {str(i): bytes(data[i : i + 512]).hex() for i in range(0, len(data), 512) if any(data[i : i + 512])}
    return {
        "size": len(data),
        "blocks_of_512": blocks,
        "width": 4,
        "height": 2,
        "frames_per_slot": 2,
        "epoch": str(fixed.epoch),
        "fps": 24.0,
        "publication": 3,
        "index": 5,
        "revision": 3,
        "time": 4 / 24,
        "step_ms": 3.25,
        "dropped": 5,
        "view": 62,
        "view_time": 9.5,
        "pixels": last[1].astype(np.uint8).tobytes().hex(),
    }


def depth_vectors() -> dict[str, Any]:
    """Depths, their three bytes, and the unpacked values."""
    depths = [0.0, 1.0, 0.5, 0.25, 1 / 3, 0.1, 0.9, 1 / 255, 1 / 256, 254.5 / 255, 1e-7, 0.123456789, 2.0, -1.0]
    packed = pack_depth([depths])[0]
    return {
        "cases": [
            {"depth": d, "bytes": row[:3].tobytes().hex(), "unpacked": float(unpack_depth(row[None, None])[0, 0])}
            for d, row in zip(depths, packed, strict=True)
        ]
    }


def zmtp_vectors() -> dict[str, str]:
    """Bytes of the handshake, built from the grammar of ZMTP 3.0 (ZeroMQ RFC 23 and 24)."""
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"PLAIN".ljust(20, b"\0") + bytes(32)
    hello = b"\x05HELLO" + b"\x0bdreambridge" + b"\x03key"
    meta = b"\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER" + b"\x08Identity" + bytes(4)
    initiate = b"\x08INITIATE" + meta
    return {
        "greeting": greeting.hex(),
        "hello": (bytes([4, len(hello)]) + hello).hex(),
        "initiate": (bytes([4, len(initiate)]) + initiate).hex(),
        "short": (b"\x00\x02hi").hex(),
        "long_head": (b"\x02" + (300).to_bytes(8, "big")).hex(),
    }


def files() -> dict[Path, str]:
    def pretty(value: Any) -> str:
        return json.dumps(value, indent=1, ensure_ascii=False) + "\n"

    p = ROOT / "protocol"
    return generate_dream.files() | {
        p / "PROTOCOL.md": document((p / "PROTOCOL.md").read_text()),
        p / "schema" / "errors.json": pretty(ERRORS),
        p / "schema" / "messages.json": pretty(messages()),
        p / "schema" / "ring.json": pretty(ring()),
        p / "schema" / "bundle.schema.json": pretty(schema()),
        p / "schema" / "cutscene.schema.json": pretty(cutscene_schema()),
        p / "schema" / "take.schema.json": pretty(take_schema()),
        p / "vectors" / "msgpack.json": pretty(msgpack_vectors()),
        p / "vectors" / "ring.json": pretty(ring_vector()),
        p / "vectors" / "depth.json": pretty(depth_vectors()),
        p / "vectors" / "view_layers.json": pretty(view_layer_vectors()),
        p / "vectors" / "zmtp.json": pretty(zmtp_vectors()),
        p / "vectors" / "states.json": pretty(states_vectors()),
        # The command `dreambridge conformance` needs them if only the package is installed.
        PACKAGE / "conformance" / "session.json": (p / "vectors" / "session.json").read_text(encoding="utf-8"),
        PACKAGE / "conformance" / "daemon.json": (p / "vectors" / "daemon.json").read_text(encoding="utf-8"),
        ADDON / "protocol" / "messages.gd": gd_messages(),
        ADDON / "protocol" / "message_fields.gd": gd_fields(),
        ADDON / "protocol" / "ring_layout.gd": gd_ring(),
        CORE / "Protocol" / "Messages.cs": cs_messages(),
        CORE / "Protocol" / "ErrorCodes.cs": cs_errors(),
        CORE / "Protocol" / "ReasonCodes.cs": cs_reasons(),
        CORE / "Protocol" / "StreamState.cs": cs_states(),
        CORE / "Protocol" / "RingLayout.cs": cs_ring(),
        **generate_renpy.files(),
    }


def stale(made: dict[Path, str] | None = None) -> list[Path]:
    return [path for path, text in (made or files()).items() if not path.exists() or path.read_text() != text]


if __name__ == "__main__":
    made = files()
    behind = stale(made)
    if "--check" in sys.argv:
        print("\n".join(f"{p.relative_to(ROOT)} differs from the output of generate.py" for p in behind))
        raise SystemExit(bool(behind))
    for path in behind:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path])
        print(path.relative_to(ROOT))
