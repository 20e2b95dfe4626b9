"""From a session's conditions to the events of a server."""

import struct
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import Condition
from dreambridge.bundle.remote_spec import RemoteEvent

Array = NDArray[np.float32]
Values = Mapping[str, tuple[Array, float]]
SAME = 1e-3  # of a number's range
STRUCK = 0.05  # an event condition that rose by so much was triggered
MAX_TEXTS = 4096


class Conditions:
    """Knows what was sent last. For one thread, except ``number_of``.

    A text has no embedding here: its tensor is its number.
    """

    def __init__(self, schema: Mapping[str, Condition], events: Mapping[str, RemoteEvent]) -> None:
        self._schema, self._events = schema, events
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._texts: dict[int, str] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._sent: dict[str, Any] = {}
        self._strength: dict[str, Array] = {}
        self._at: dict[str, float] = {}

    def number_of(self, text: str) -> Array:
        """float32 [1, 1]. The number of a text that was not used for the longest time may be forgotten."""
        with self._lock:
            if text not in self._numbers:
                self._numbers[text] = self._count
                self._texts[self._count] = text
                self._count = (self._count + 1) % 2**24
                if len(self._numbers) > MAX_TEXTS:
                    del self._texts[self._numbers.popitem(last=False)[1]]
            self._numbers.move_to_end(text)
            return np.full((1, 1), self._numbers[text], np.float32)

    def changed(self, values: Values, at_once: bool) -> Iterator[tuple[str, Any]]:
        """Kind and payload of each event that is due; ``at_once`` even if the last one of that condition is not long ago."""
        now = time.monotonic()
        for name, rule in self._events.items():
            tensor, present = values[name]
            if self._schema[name].kind == "event":
                yield from ((rule.kind, payload) for payload in self._struck(name, rule, tensor))
                continue
            if present < 0.5 or (not at_once and now - self._at.get(name, -1e9) < rule.every):
                continue
            value = self._value(name, tensor)
            if not self._same(name, value):
                self._sent[name], self._at[name] = value, now
                yield rule.kind, self._payload(name, rule, value)

    def all(self, values: Values) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        """For a new connection: fields of `init`, and events for the conditions that have none."""
        self._sent.clear()
        fields = dict[str, Any]()
        for name, rule in self._events.items():
            tensor, present = values[name]
            if rule.field and present >= 0.5 and self._schema[name].kind != "event":
                value = self._value(name, tensor)
                self._sent[name] = value
                fields[rule.field] = self._payload(name, rule, value)
        return fields, list(self.changed(values, True))

    def _value(self, name: str, tensor: Array) -> Any:
        c = self._schema[name]
        if c.kind == "text":
            with self._lock:
                text = self._texts.get(round(float(tensor[0, 0])), "")
                if text:
                    self._numbers.move_to_end(text)
            return text
        if c.kind == "choice":
            return c.options[int(tensor[0].argmax())]
        return tensor.copy()

    def _payload(self, name: str, rule: RemoteEvent, value: Any) -> Any:
        """What is sent for a text, an option or a tensor."""
        if isinstance(value, str):
            return rule.values.get(value, value)
        kind = self._schema[name].kind
        if kind == "number":
            return float(value[0, 0])
        if kind == "pose":  # the figures that are there
            return [[[float(v) for v in point] for point in figure] for figure in value[0] if (figure[:, 2] > 0).any()]
        if kind == "image":
            return png((value[0].transpose(1, 2, 0) * 255 + 0.5).clip(0, 255).astype(np.uint8))
        return [float(v) for v in value.reshape(-1)]

    def _same(self, name: str, value: Any) -> bool:
        if name not in self._sent:
            return False
        last, c = self._sent[name], self._schema[name]
        if isinstance(value, str):
            return bool(value == last)
        lo, hi = c.range or (0.0, 1.0)
        return bool(np.allclose(value, last, rtol=0, atol=SAME * (hi - lo)))

    def _struck(self, name: str, rule: RemoteEvent, tensor: Array) -> Iterator[Any]:
        before = self._strength.get(name)
        self._strength[name] = tensor
        rose = tensor - (np.zeros_like(tensor) if before is None else before) > STRUCK
        options = self._schema[name].options or [""]
        for option, now in zip(options, rose[0].tolist(), strict=True):
            if now:
                yield rule.values.get(option, option or True)


def png(rgb: NDArray[np.uint8]) -> bytes:
    """A PNG file of uint8 [H, W, 3]."""
    height, width, _ = rgb.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with the number of its filter: none
    rows[:, 1:] = rgb.reshape(height, -1)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)) + chunk(b"IEND", b"")
