"""The messages of the control channel as typed structs, and their codec (protocol/PROTOCOL.md, part 2)."""

from typing import Any, Literal

import msgspec

MAX_MESSAGE = 8 * 1024 * 1024
MAX_DEPTH = 32
Priority = Literal["normal", "below_normal", "idle"]


class Request(msgspec.Struct, tag_field="type", omit_defaults=True, kw_only=True):
    id: int = 0


class Hello(Request, tag="hello"):
    protocol: str
    client: str = ""
    client_key: str = ""
    pid: int = 0


class Bundles(Request, tag="bundles"):
    pass


class Open(Request, tag="open"):
    bundle: str
    seed: int = 0
    fps: float | None | msgspec.UnsetType = msgspec.UNSET
    threads: int = 0
    priority: Priority = "below_normal"
    max_cpu: float = 1.0
    paused: bool = False
    slots: int = 6
    values: dict[str, Any] = {}


class Direct(Request, tag="direct"):
    session: int
    values: dict[str, Any] = {}
    over: float | None = None
    easing: Literal["linear", "smooth", "in", "out"] | None = None


class Cut(Request, tag="cut"):
    session: int
    values: dict[str, Any] = {}
    seed: int | None = None


class Pause(Request, tag="pause"):
    session: int


class Resume(Request, tag="resume"):
    session: int


class Step(Request, tag="step"):
    session: int
    count: int = 1


class Snapshot(Request, tag="snapshot"):
    session: int


class Restore(Request, tag="restore"):
    session: int
    data: bytes


class Stats(Request, tag="stats"):
    session: int


class Close(Request, tag="close"):
    session: int


class Ping(Request, tag="ping"):
    pass


class Bye(Request, tag="bye"):
    pass


class Bake(Request, tag="bake"):
    pass


class AttachInput(Request, tag="attach_input"):
    session: int
    layers: list[str]
    kind: str = "view"


class DetachInput(Request, tag="detach_input"):
    session: int
    kind: str = "view"


AnyRequest = (
    Hello
    | Bundles
    | Open
    | Direct
    | Cut
    | Pause
    | Resume
    | Step
    | Snapshot
    | Restore
    | Stats
    | Close
    | Ping
    | Bye
    | Bake
    | AttachInput
    | DetachInput
)
REQUESTS = {t.__struct_config__.tag for t in AnyRequest.__args__}
_decoder = msgspec.msgpack.Decoder(AnyRequest)
_plain = msgspec.msgpack.Decoder()
_encoder = msgspec.msgpack.Encoder()


def encode(message: Any) -> bytes:
    return _encoder.encode(message)


def decode_plain(data: bytes) -> dict[str, Any]:
    """Any message as a map, for clients."""
    out = _plain.decode(data)
    if not isinstance(out, dict):
        raise msgspec.ValidationError("not a map")
    return out


def too_deep(data: bytes, most: int = MAX_DEPTH) -> bool:
    """Is the msgpack nested deeper than ``most``? Reads lengths only, so that nothing is built before it is known."""
    i, n = 0, len(data)
    left: list[int] = []
    while i < n:
        b = data[i]
        i += 1
        children = skip = 0
        if b <= 0x7F or b >= 0xE0 or b in (0xC0, 0xC2, 0xC3):
            pass
        elif b <= 0x8F:
            children = 2 * (b & 15)
        elif b <= 0x9F:
            children = b & 15
        elif b <= 0xBF:
            skip = b & 31
        elif b in (0xC4, 0xD9, 0xC7):
            skip = int.from_bytes(data[i : i + 1], "big") + 1 + (b == 0xC7)
        elif b in (0xC5, 0xDA, 0xC8):
            skip = int.from_bytes(data[i : i + 2], "big") + 2 + (b == 0xC8)
        elif b in (0xC6, 0xDB, 0xC9):
            skip = int.from_bytes(data[i : i + 4], "big") + 4 + (b == 0xC9)
        elif b in (0xDC, 0xDE):
            children, skip = int.from_bytes(data[i : i + 2], "big") * (1 + (b == 0xDE)), 2
        elif b in (0xDD, 0xDF):
            children, skip = int.from_bytes(data[i : i + 4], "big") * (1 + (b == 0xDF)), 4
        else:
            skip = {0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
                    0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}.get(b, 0)  # fmt: skip
        i += skip
        if children:
            left.append(children)
            if len(left) > most:
                return True
            continue
        while left:
            left[-1] -= 1
            if left[-1] > 0:
                break
            left.pop()
    return False


def decode_request(data: bytes) -> AnyRequest:
    """A request; msgspec.ValidationError or DecodeError when it is none."""
    return _decoder.decode(data)
