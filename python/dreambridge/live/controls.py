"""Controls: what arrives becomes values of conditions, with range, dead band and rate. Knows no clock, socket or stream."""

import math
import numbers
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dreambridge.live.map_file import Entry, kind_of_source, near_of

Said = Callable[[str], object]
NOTHING: Any = object()  # "direct nothing"; None is a value that unsets
# Of sources that say nothing else: the numbers that they send.
GIVEN = {"osc": (0.0, 1.0), "midi": (0.0, 127.0), "sound": (0.0, 1.0), "pose": (0.0, 1.0)}
BENT, TEMPO = (-8192.0, 8191.0), (60.0, 180.0)
REARM = 0.4  # of the range: a trigger fires at 0.5, and again after the value was below this
MAX_PRESSES = 32  # of one button that wait for their turn; of more, the oldest are dropped
WHOLE = ("pose", "audio", "vector", "image")  # kinds that take all numbers of a message at once


def given_range(source: str) -> tuple[float, float]:
    if source.startswith("midi:pitch"):
        return BENT
    return TEMPO if source == "sound:tempo" else GIVEN[kind_of_source(source)]


def split_index(source: str) -> tuple[str, int | None]:
    """``osc:/xy[1]`` → ``osc:/xy`` and 1."""
    found = re.fullmatch(r"(.+)\[(\d{1,4})\]", source)
    return (found[1], int(found[2])) if found else (source, None)


def kind(value: object) -> str:
    """What arrived, for a person."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, numbers.Real):
        return "a number" if math.isfinite(float(value)) else "a number that is not finite"
    if isinstance(value, str):
        return "a text"
    return {"bytes": "a blob", "NoneType": "nothing", "list": "a list", "tuple": "a list"}.get(
        type(value).__name__, "another type"
    )


class Wrong(Exception):
    """What arrived has the wrong type: it is said once, and ignored."""


class Control:
    """One entry of the map. ``take`` gets what arrives; ``due`` gives the value to direct now, or NOTHING.

    ``condition`` : the schema of its condition. ``say`` : gets each new kind of problem once.
    """

    def __init__(self, entry: Entry, condition: Mapping[str, Any], say: Said) -> None:
        self.entry, self._say = entry, say
        self.source, self._index = split_index(entry.source)
        self.name, _, option = entry.to.partition(".")
        self._kind, self._schema = str(condition["kind"]), condition
        self._option = option
        low, high = entry.given or given_range(self.source)
        self._low, self._span = low, high - low
        self.out = entry.out or tuple(condition.get("range") or (0.0, 1.0))
        self._options: Sequence[str] = entry.options or condition.get("options") or []
        # A button: it directs a fixed value, or lets an event happen.
        self.fires = entry.value is not None or self._kind == "event"
        self._ready = True
        self._waiting: Any = NOTHING
        self._presses: deque[Any] = deque(maxlen=MAX_PRESSES)  # each of them counts, so that none replaces another
        self._sent: Any = NOTHING
        self._last = -math.inf
        self._said = set[str]()
        self.ignored = 0

    # -- what arrives --------------------------------------------------------------------------------------------------
    def take(self, values: Sequence[Any]) -> None:
        """``values``: the parts of the message, in order. Never raises for what a device sends."""
        try:
            wanted = self._fired(values) if self.fires else self._value(values)
        except Wrong as e:
            self.ignored += 1
            self.problem(str(e))
            return
        if wanted is not NOTHING and self.fires:
            self._presses.append(wanted)
        elif wanted is not NOTHING:
            self._waiting = wanted

    def go_on_from(self, before: "Control") -> None:
        """This is the control ``before`` of a map that was read again."""
        self._sent, self._waiting, self._last, self._ready = before._sent, before._waiting, before._last, before._ready
        self._presses = before._presses

    def problem(self, text: str) -> None:
        """Tell each problem once."""
        if text not in self._said and len(self._said) < 64:
            self._said.add(text)
            self._say(f"{self.entry.source} → {self.entry.to}: {text}")

    def _one(self, values: Sequence[Any]) -> Any:
        at = self._index or 0
        if at >= len(values):
            raise Wrong(f"the message has {len(values)} values, so there is no [{at}]. It is ignored.")
        return values[at]

    def _number(self, value: Any) -> float:
        if not isinstance(value, numbers.Real):
            raise Wrong(f"expected a number, got {kind(value)}. It is ignored.")
        if isinstance(value, bool):
            return self._low + self._span * value
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise Wrong("the number is not finite. It is ignored.")
        return number

    def _share(self, value: Any) -> float:
        """Where the number lies in the range ``in``, 0 to 1."""
        return min(1.0, max(0.0, (self._number(value) - self._low) / self._span))

    def _fired(self, values: Sequence[Any]) -> Any:
        """The value of a button that was pressed, or of a level that rose above the middle of its range."""
        share = self._share(self._one(values)) if values else 1.0
        value = values[self._index or 0] if values else True
        # An OSC message with a whole number (or none), or a MIDI note, is a press of its own; what slides must fall first.
        press = (kind_of_source(self.source) == "osc" and not isinstance(value, float)) or self.source.startswith("midi:note")
        if share < REARM:
            self._ready = True
        if share < 0.5 or not (press or self._ready):
            return NOTHING
        self._ready = False
        if self.entry.value is not None:
            return self.entry.value
        low, high = self.entry.out or (1.0, 1.0)
        strength = low + (high - low) * share
        return {self._option: strength} if self._option else strength

    def _value(self, values: Sequence[Any]) -> Any:
        if self._kind in WHOLE and self._index is None:
            return self._whole(values)
        value = self._one(values)
        if self._kind == "text":
            if not isinstance(value, str):
                raise Wrong(f"expected a text, got {kind(value)}. It is ignored.")
            return value
        if self._kind == "choice":
            if isinstance(value, str):
                known = self._schema.get("options") or []
                if value in known:
                    return value
                raise Wrong(f"there is no option {value[:80]!r}. {near_of(value, known)} It is ignored.")
            return self._options[min(len(self._options) - 1, int(self._share(value) * len(self._options)))]
        if self._kind != "number":
            raise Wrong(f"one number does not direct a {self._kind}. It is ignored.")
        low, high = self.out
        number = low + (high - low) * self._share(value)
        return float(round(number)) if self._schema.get("discrete") else number

    def _whole(self, values: Sequence[Any]) -> Any:
        """All numbers of a message: a vector, the 17 levels of a sound, or a pose."""
        if len(values) == 1 and isinstance(values[0], (list, tuple)):
            return values[0]  # an input of ours; the daemon checks its shape
        if self._kind == "image":
            raise Wrong("an image cannot be directed from here. It is ignored.")
        return [self._number(v) for v in values]

    # -- what is directed ----------------------------------------------------------------------------------------------
    def due(self, now: float) -> Any:
        """The next press, or the newest value if it differs enough from the last one, if the rate allows it; else NOTHING."""
        if now - self._last < 1 / self.entry.rate:
            return NOTHING
        if self._presses:
            self._last = now
            return self._presses.popleft()
        if self._waiting is NOTHING:
            return NOTHING
        value = self._waiting
        if self._is_same(value):
            self._waiting = NOTHING
            return NOTHING
        self._waiting, self._sent, self._last = NOTHING, value, now
        return value

    def back(self, value: Any) -> None:
        """The value could not be sent: it is tried again, unless another one has arrived. A press that is too late is none."""
        self._sent = NOTHING
        if self._waiting is NOTHING and not self.fires:
            self._waiting = value

    def _is_same(self, value: Any) -> bool:
        if self._sent is NOTHING:
            return False
        if self._kind != "number":
            return bool(value == self._sent)
        low, high = sorted(self.out)
        if value in (low, high):  # a fader at its end means the end
            return bool(value == self._sent)
        return bool(abs(value - self._sent) <= self.entry.dead_band * (high - low))
