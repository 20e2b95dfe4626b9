"""msgpack: the values that the protocol uses, None, bool, int, float, str, bytes, list and dict. No extension types."""

from __future__ import annotations

import struct
from typing import Any

MAX_DEPTH = 32


class BadMessage(ValueError):
    """Bytes that are not one msgpack value of these types."""


def encode(value: Any) -> bytes:
    """One value as msgpack. BadMessage: a type that the protocol does not have, or an integer of more than 64 bits."""
    out: list[bytes] = []
    _put(out, value)
    return b"".join(out)


def _put(out: list[bytes], v: Any) -> None:
    if v is None:
        out.append(b"\xc0")
    elif isinstance(v, bool):
        out.append(b"\xc3" if v else b"\xc2")
    elif isinstance(v, int):
        out.append(_int(v))
    elif isinstance(v, float):
        out.append(struct.pack(">Bd", 0xCB, v))
    elif isinstance(v, str):
        data = v.encode("utf-8", "surrogatepass")
        out.append(_head(len(data), (0xA0, 31), 0xD9, 0xDA, 0xDB))
        out.append(data)
    elif isinstance(v, (bytes, bytearray, memoryview)):
        out.append(_head(len(v), None, 0xC4, 0xC5, 0xC6))
        out.append(bytes(v))
    elif isinstance(v, (list, tuple)):
        out.append(_head(len(v), (0x90, 15), None, 0xDC, 0xDD))
        for item in v:
            _put(out, item)
    elif isinstance(v, dict):
        out.append(_head(len(v), (0x80, 15), None, 0xDE, 0xDF))
        for key, item in v.items():
            _put(out, key)
            _put(out, item)
    else:
        raise BadMessage(f"a {type(v).__name__} cannot be sent")


def _int(v: int) -> bytes:
    if -32 <= v < 128:
        return struct.pack("b", v) if v < 0 else bytes((v,))
    kinds = (
        ((0xCC, "B"), (0xCD, "H"), (0xCE, "I"), (0xCF, "Q")) if v > 0 else ((0xD0, "b"), (0xD1, "h"), (0xD2, "i"), (0xD3, "q"))
    )
    for code, kind in kinds:
        try:
            return bytes((code,)) + struct.pack(">" + kind, v)
        except struct.error:
            continue
    raise BadMessage(f"the integer {v} has more than 64 bits")


def _head(size: int, short: tuple[int, int] | None, one: int | None, two: int, four: int) -> bytes:
    if short and size <= short[1]:
        return bytes((short[0] | size,))
    if one is not None and size < 256:
        return bytes((one, size))
    return struct.pack(">BH", two, size) if size < 65536 else struct.pack(">BI", four, size)


def decode(data: bytes) -> Any:
    """The value of these bytes. BadMessage: they are damaged, nested too deeply, or followed by others."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise BadMessage("there are bytes after the value")
    return value


_FIXED = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
_SIZED = {
    0xC4: ("bin", ">B"),
    0xC5: ("bin", ">H"),
    0xC6: ("bin", ">I"),
    0xD9: ("str", ">B"),
    0xDA: ("str", ">H"),
    0xDB: ("str", ">I"),
    0xDC: ("array", ">H"),
    0xDD: ("array", ">I"),
    0xDE: ("map", ">H"),
    0xDF: ("map", ">I"),
}


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        if len(part) != size:
            raise BadMessage("the message is cut short")
        self.at += size
        return part

    def number(self, kind: str) -> Any:
        return struct.unpack(kind, self.take(struct.calcsize(kind)))[0]

    def value(self, depth: int) -> Any:
        code = self.take(1)[0]
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 256
        if code < 0x90:
            return self.sized("map", code & 15, depth)
        if code < 0xA0:
            return self.sized("array", code & 15, depth)
        if code < 0xC0:
            return self.sized("str", code & 31, depth)
        if code in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[code]
        if code in _FIXED:
            return self.number(_FIXED[code])
        if code in _SIZED:
            kind, size = _SIZED[code]
            return self.sized(kind, self.number(size), depth)
        raise BadMessage(f"the code {code:#04x} is not one of the protocol's types")

    def sized(self, kind: str, size: int, depth: int) -> Any:
        if kind == "bin":
            return self.take(size)
        if kind == "str":
            try:
                return self.take(size).decode("utf-8")
            except UnicodeDecodeError as e:
                raise BadMessage("a text is not UTF-8") from e
        if depth >= MAX_DEPTH:
            raise BadMessage("maps and arrays are nested too deeply")
        if size > len(self.data) - self.at:  # each item takes a byte at least: nothing is allocated for a promise
            raise BadMessage("the message is cut short")
        if kind == "array":
            return [self.value(depth + 1) for _ in range(size)]
        out = {}
        for _ in range(size):
            key = self.value(depth + 1)
            if not isinstance(key, (str, int, float, bool)):
                raise BadMessage("a key is neither a text nor a number")
            out[key] = self.value(depth + 1)
        return out
