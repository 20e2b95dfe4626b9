"""The messages of SGLang's realtime video protocol, as far as a client needs them.

What the server sends is checked here: nothing that it says about sizes is believed.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

MAX_FRAMES = 64  # of a batch; a server sends at most 16 raw frames, or 6 pictures
RETRY = ("CAPACITY_EXHAUSTED", "USER_SESSION_LIMIT", "LEASE_LOST")


class Invalid(Exception):
    """The server sent something that the protocol does not allow; the text says what."""


class Refused(Exception):
    """The server does not want this session. ``again``: it may later; ``after`` seconds, if it said so."""

    def __init__(self, said: str, again: bool = False, after: float | None = None) -> None:
        super().__init__(said)
        self.again, self.after = again, after


class Broken(Exception):
    """The server ended its generation, or the connection broke; the text says why."""


class Message(msgspec.Struct):
    """Every field that is read, of any message; the others are ignored."""

    type: str
    content_type: str = ""
    encoding: str | None = None
    num_frames: int = 0
    total_size: int = 0
    width: int = 0
    height: int = 0
    channels: int = 3
    bytes_per_frame: int = 0
    payload_lengths: list[int] = []
    event_id: int | None = None
    payload: bytes = b""
    content: str = ""
    retry_after_s: float | None = None
    scheduler_forward_ms: float = 0.0
    chunk_total_ms: float = 0.0


_DECODER = msgspec.msgpack.Decoder(Message)


@dataclass(frozen=True)
class Batch:
    """Frames as they came. ``kind``: raw, h264, jpeg or webp. ``event``: the last event that they obey; None: none yet."""

    kind: str
    frames: int
    lengths: list[int]
    event: int | None
    payload: bytes
    arrived: int  # CLOCK_MONOTONIC ns


class Reader:
    """Puts the messages of one connection together. Frames of ``width`` x ``height``; ``format`` is what was asked for."""

    def __init__(self, width: int, height: int, format: str) -> None:
        self._size, self._format = (width, height), format
        self._header: Message | None = None

    @property
    def most_bytes(self) -> int:
        """A message may not be larger: 16 raw frames and a header."""
        return 16 * 3 * self._size[0] * self._size[1] + 64 * 1024

    def read(self, data: bytes | str, now: int) -> Batch | Message | None:
        """A batch of frames, `chunk_stats`, `error`, or nothing. ``Invalid``."""
        if isinstance(data, str):
            raise Invalid("a text message, where the protocol has binary ones")
        if self._header is not None:
            header, self._header = self._header, None
            return self._batch(header, data, now)
        try:
            m = _DECODER.decode(data)
        except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as e:
            raise Invalid(f"a message of {len(data):,} bytes that cannot be read: {e}") from e
        if m.type == "frame_batch_header":
            self._check(m)
            self._header = m
            return None
        if m.type == "frame_batch":
            self._check(m)
            return self._batch(m, m.payload, now)
        return m if m.type in ("chunk_stats", "error") else None

    def _kind(self, m: Message) -> str:
        kinds = {"application/x-raw-rgb": "raw", "image/jpeg": "jpeg", "image/webp": "webp"}
        kind = "h264" if "h264" in f"{m.content_type} {m.encoding}".lower() else kinds.get(m.content_type, "")
        if not kind:
            raise Invalid(f"frames of the type {m.content_type[:80]!r}")
        return kind

    def _check(self, m: Message) -> None:
        """Before the payload comes."""
        kind, (width, height) = self._kind(m), self._size
        if (m.width, m.height) != (width, height):
            said = f"it sends frames of {m.width} x {m.height}, but `frame` in bundle.json is {width} x {height}"
            raise Refused(said)
        if not 0 <= m.num_frames <= MAX_FRAMES:
            raise Invalid(f"a batch of {m.num_frames} frames")
        if not 0 <= m.total_size <= self.most_bytes:
            raise Invalid(f"a batch of {m.total_size:,} bytes; at most {self.most_bytes:,} are allowed")
        if kind == "raw" and (m.channels != 3 or m.total_size != m.num_frames * 3 * width * height):
            raise Invalid(f"{m.num_frames} raw frames with {m.channels} channels in {m.total_size:,} bytes")

    def _batch(self, m: Message, payload: bytes, now: int) -> Batch:
        if len(payload) != m.total_size:
            raise Invalid(f"a batch of {len(payload):,} bytes, after {m.total_size:,} were announced")
        kind = self._kind(m)
        lengths = m.payload_lengths or [len(payload)]
        if kind in ("jpeg", "webp") and (len(lengths) != m.num_frames or min(lengths) < 0 or sum(lengths) != len(payload)):
            raise Invalid(f"{m.num_frames} pictures of {lengths[:8]} bytes in {len(payload):,} bytes")
        return Batch(kind, m.num_frames, lengths, m.event_id, payload, now)


def raise_error(m: Message) -> None:
    """What an `error` means: ``Refused`` or ``Broken``; nothing is raised for an event that was not understood."""
    said = m.content[:300]
    if "admission rejected" in said:
        raise Refused(said, any(reason in said for reason in RETRY), m.retry_after_s)
    if "invalid generate request" in said:
        raise Refused(f"{said}: `remote.init` in bundle.json does not fit this server")
    if "invalid event" not in said:
        raise Broken(said)


def init(fields: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode({**fields, "type": "init"})


def event(kind: str, payload: Any, number: int | None = None) -> bytes:
    return msgspec.msgpack.encode(
        {"type": "event", "kind": kind, "payload": payload} | ({} if number is None else {"event_id": number})
    )
