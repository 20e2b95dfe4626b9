"""Encodes and decodes messages. Input from a peer is not trusted: its nesting depth is checked before it is decoded."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import msgspec

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import EVENTS, AnyEvent
from dreambridge.protocol.fields import check_arguments, describe
from dreambridge.protocol.limits import MAX_DEPTH
from dreambridge.protocol.replies import REPLIES, AnyReply
from dreambridge.protocol.requests import REQUESTS, Request

SEE = "See protocol/PROTOCOL.md."
MESSAGES: dict[str, type[msgspec.Struct]] = {**EVENTS, **REPLIES}
MAX_NUMBER_BYTES = 9
Message = TypeVar("Message", bound=msgspec.Struct)
_plain = msgspec.msgpack.Decoder()
_encoder = msgspec.msgpack.Encoder()


def encode(message: Any) -> bytes:
    return _encoder.encode(message)


def decode_plain(data: bytes) -> dict[str, Any]:
    """Any message as a map. msgspec.DecodeError when it is not msgpack, msgspec.ValidationError when it is not a map."""
    out = _plain.decode(data)
    if not isinstance(out, dict):
        raise msgspec.ValidationError(f"not a map but {type(out).__name__}")
    return out


# For each first byte: the number of bytes to the next value and the number of nested values. None: the length follows the byte.
_WIDTHS = {
    0xCA: 5,
    0xCB: 9,
    0xCC: 2,
    0xCD: 3,
    0xCE: 5,
    0xCF: 9,
    0xD0: 2,
    0xD1: 3,
    0xD2: 5,
    0xD3: 9,
    0xD4: 3,
    0xD5: 4,
    0xD6: 6,
    0xD7: 10,
    0xD8: 18,
}


def _head(b: int) -> tuple[int, int] | None:
    if 0x80 <= b <= 0x9F:
        return 1, (b & 15) * (2 if b <= 0x8F else 1)
    if 0xA0 <= b <= 0xBF:
        return 1 + (b & 31), 0
    return None if 0xC4 <= b <= 0xC9 or 0xD9 <= b <= 0xDF else (_WIDTHS.get(b, 1), 0)


_HEADS = [_head(b) for b in range(256)]
_NO_CONTAINERS = bytes(b for b in range(256) if not (0x80 <= b <= 0x9F or 0xDC <= b <= 0xDF))


def _end_of(data: bytes, i: int) -> tuple[int, int]:
    """Where the value at ``i`` ends (without its nested values), and the number of its nested values."""
    b = data[i]
    known = _HEADS[b]
    if known:
        return i + known[0], known[1]
    width = 1 << ((b - 0xC4) % 3 if b < 0xCA else (b - 0xD9) if b < 0xDC else 1 + (b & 1))
    length = int.from_bytes(data[i + 1 : i + 1 + width], "big")
    i += 1 + width
    if b >= 0xDC:  # arrays 16 and 32, maps 16 and 32
        return i, length * (2 if b >= 0xDE else 1)
    return i + length + (0xC7 <= b <= 0xC9), 0  # an ext has one byte more, for its type


def too_deep(data: bytes, max_depth: int = MAX_DEPTH) -> bool:
    """Is the msgpack nested deeper than ``max_depth``? Reads only lengths and builds no objects."""
    if len(data.translate(None, _NO_CONTAINERS)) <= max_depth:
        return False  # fewer bytes that could begin a map or an array than levels are allowed
    i, n, heads = 0, len(data), _HEADS
    left: list[int] = []
    while i < n:
        known = heads[data[i]]
        if known:
            i, children = i + known[0], known[1]
        else:
            i, children = _end_of(data, i)
        if children:
            left.append(children)
            if len(left) > max_depth:
                return True
            continue
        while left:
            left[-1] -= 1
            if left[-1] > 0:
                break
            left.pop()
    return False


def recover_id(data: bytes) -> int | None:
    """The id of a message that cannot be decoded, if it comes before the damage; else None."""
    i, n = 0, len(data)
    if not n or not (0x80 <= data[0] <= 0x8F or data[0] in (0xDE, 0xDF)):
        return None
    i, entries = _end_of(data, 0)
    for _ in range(entries // 2):
        key = i
        i, open_values = _skip(data, i)
        if open_values:
            return None
        value = i
        i, open_values = _skip(data, i)
        if open_values or i > n:
            return None
        if data[key:value] == b"\xa2id" and i - value <= MAX_NUMBER_BYTES:
            try:
                return _id(_plain.decode(data[value:i]))
            except msgspec.DecodeError:
                return None
    return None


def _skip(data: bytes, i: int) -> tuple[int, int]:
    """The offset after the value at ``i``, and the number of values that are missing at the end."""
    left = 1
    while left and i < len(data):
        i, children = _end_of(data, i)
        left += children - 1
    return i, left


def _whole(value: Any) -> Any:
    """A whole float as an integer, if msgpack has an integer of that size; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**63 else value


def _id(value: Any) -> int | None:
    value = _whole(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def read_request(data: bytes) -> tuple[int | None, Request | DreamError]:
    """The id, if it can be read, and the request or the error."""
    if too_deep(data):
        return recover_id(data), DreamError(
            "too_large", f"The message is nested deeper than {MAX_DEPTH}.", "Send flatter values."
        )
    try:
        plain = _plain.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        return recover_id(data), DreamError("bad_message", f"The message is not msgpack: {e}.", SEE)
    if not isinstance(plain, dict):
        return None, DreamError("bad_message", f"The message is not a map but {type(plain).__name__}.", SEE)
    number = _id(plain.get("id"))
    try:
        return number, _request(plain)
    except DreamError as e:
        return number, e


def _request(plain: Mapping[Any, Any]) -> Request:
    kind = plain.get("type")
    if not isinstance(kind, str):
        said = "has no type" if kind is None else f"has the type {describe(kind)}, which is not a text"
        raise DreamError("bad_message", f"The message {said}.", SEE)
    if kind not in REQUESTS:
        raise DreamError("unknown_type", f"The request {describe(kind)} is unknown.", f"Requests: {', '.join(sorted(REQUESTS))}.")
    struct = REQUESTS[kind]
    try:
        request = _convert(plain, struct)
    except msgspec.ValidationError as e:
        raise DreamError("bad_message", f"{kind}: {e}.", SEE) from e
    check_arguments(request)
    return request


def _tidied(kind: msgspec.inspect.Type) -> Callable[[Any], Any] | None:
    """A function that tidies a plain value of this type before conversion; None if it needs no change.

    It drops nil, which means absent, and turns whole floats into integers, because some languages have only one number type.
    """
    if isinstance(kind, msgspec.inspect.Metadata):
        return _tidied(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return next((tidy for tidy in map(_tidied, kind.types) if tidy), None)
    if isinstance(kind, msgspec.inspect.IntType):
        return _whole
    if isinstance(kind, msgspec.inspect.StructType):
        fields = {f.encode_name: _tidied(f.type) for f in kind.fields}
        return lambda v: _tidied_map(v, fields)
    if isinstance(kind, msgspec.inspect.ListType) and (item := _tidied(kind.item_type)):
        return lambda v: [item(x) for x in v] if isinstance(v, list) else v
    if isinstance(kind, msgspec.inspect.DictType) and (value := _tidied(kind.value_type)):
        return lambda v: {k: value(x) for k, x in v.items()} if isinstance(v, dict) else v
    return None


def _tidied_map(value: Any, fields: Mapping[str, Callable[[Any], Any] | None]) -> Any:
    if not isinstance(value, dict):
        return value
    out = {}
    for k, v in value.items():
        if isinstance(k, str) and v is not None:
            tidy = fields.get(k)
            out[k] = tidy(v) if tidy else v
    return out


TIDY = {s: _tidied(msgspec.inspect.type_info(s)) for s in (*REQUESTS.values(), *MESSAGES.values())}


def _convert(plain: Mapping[Any, Any], struct: type[Message]) -> Message:
    tidy = TIDY[struct]
    assert tidy
    return msgspec.convert(tidy(plain), struct, builtin_types=(bytes,))


def read_message(data: bytes) -> AnyReply | AnyEvent | None:
    """A reply or an event, for clients;

    None for a type that this client does not know, from a newer daemon. DreamError ``bad_message``.
    """
    try:
        plain = decode_plain(data)
        struct = MESSAGES.get(str(plain.get("type")))
        if struct is None:
            return None
        return cast(AnyReply | AnyEvent, _convert(plain, struct))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise DreamError("bad_message", f"The daemon sent an invalid message: {e}.", "Update the client or the daemon.") from e
