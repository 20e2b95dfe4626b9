"""Where a cutscene stands: its shot, what it waits for, and its variables; kept, copied and moved in stream time."""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import msgspec
import numpy as np

from dreambridge.bundle.manifest import Condition
from dreambridge.cutscene.checks import EMPTY, TYPES, misfit
from dreambridge.cutscene.document import Document, Next, Option, Transition
from dreambridge.cutscene.expressions import Value, parse
from dreambridge.cutscene.follows import conditions, parts, steps
from dreambridge.cutscene.lanes import Pair, Return, ShotLanes
from dreambridge.cutscene.problems import listed
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import describe

NO_FADE = Transition()
Status = Literal["playing", "waiting", "choosing", "ended"]


@dataclass(frozen=True)
class Happening:
    """One of ``shot``, ``mark``, ``waiting``, ``choice``, ``ended``, at stream time ``time`` and ``at`` seconds of the shot.

    ``sound`` : second of the shot's sound at ``time``; None: the shot has none. ``fade`` : how the shot begins.
    ``left`` : what the lanes of the shot before left, as `direct` takes it.
    """

    kind: Literal["shot", "mark", "waiting", "choice", "ended"]
    time: float
    shot: str
    name: str = ""
    options: tuple[tuple[str, str], ...] = ()
    limit: float | None = None
    at: float = 0.0
    sound: float | None = None
    fade: Transition = NO_FADE
    left: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Position:
    """Of one document in one stream; ``player.Player`` moves it.

    ``lanes`` are the document's, encoded for ``schema`` (``lanes.encode_lanes``).
    """

    document: Document
    lanes: dict[str, ShotLanes]
    schema: Mapping[str, Condition]
    status: Status = "ended"
    shot: str = ""
    began: float = 0.0  # stream time of the shot's second 0
    since: float = 0.0  # stream time at which the wait or choice began
    variables: dict[str, Value] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)  # directed by the game; the lanes leave them alone
    early: str = ""  # the option that the next choice of this shot takes
    cut: bool = False  # the next frame begins a new picture
    seed: int | None = None
    _next: Next = field(default_factory=lambda: Next(end=True))
    _seen: float = -1.0  # marks and triggers up to this second of the shot are done
    _signals: set[str] = field(default_factory=set)
    _entering: dict[str, Pair] = field(default_factory=dict)
    _fade: Transition = field(default_factory=Transition)
    _returns: dict[str, Return] = field(default_factory=dict)
    _happened: list[Happening] = field(default_factory=list)

    def __post_init__(self) -> None:
        types = {n: TYPES[v.type] for n, v in self.document.variables.items()}
        self._types = types
        self._parsed = {text: parse(text, types) for text in conditions(self.document)}
        if not self.variables:
            for name, v in self.document.variables.items():
                self.variables[name] = _as_value(v.type, EMPTY[v.type] if v.default is None else v.default)

    def set(self, values: Mapping[str, Any]) -> None:
        """Set variables, either all or none of them. DreamError ``bad_value``."""
        new = {}
        for name, value in values.items():
            v = self.document.variables.get(name)
            if v is None:
                raise DreamError(
                    "bad_value",
                    f"The cutscene has no variable {str(name)[:80]!r}.",
                    f"It has: {listed(self.document.variables)}.",
                )
            if why := misfit(v.type, value):
                raise DreamError("bad_value", f"{name} = {describe(value)} {why}.", f"{name} is a {v.type}.")
            new[name] = _as_value(v.type, value)
        self.variables |= new

    def local(self, time: float) -> float:
        """Seconds into the shot at stream time ``time``; during a wait, the time of its picture."""
        if self.status == "playing":
            return max(0.0, time - self.began)
        end = self.document.shots[self.shot].seconds if self.shot else 0.0
        loop = self._next.meanwhile.loop if self._next.meanwhile else None
        if self.status == "ended" or loop is None:
            return end
        return loop[0] + (time - self.since) % (loop[1] - loop[0])

    def sound(self, time: float) -> float | None:
        """Second of the shot's sound at stream time ``time``; it goes on during a wait. None: there is no sound."""
        audio = self.document.shots[self.shot].audio if self.shot and self.status != "ended" else None
        return None if audio is None else audio.offset + max(0.0, time - self.began)

    def stands(self, time: float) -> Happening:
        """Where it is at ``time``, as what happened there: for clients, after it was put elsewhere."""
        limit = self._next.limit
        rest = None if limit is None else max(0.0, limit - (time - self.since))
        at, sound = self.local(time), self.sound(time)
        if self.status == "waiting":
            return Happening("waiting", time, self.shot, self._next.wait or "", limit=rest, at=at, sound=sound)
        if self.status == "choosing":
            options = tuple((o.id, o.text) for o in self.offered())
            return Happening("choice", time, self.shot, options=options, limit=rest, at=at, sound=sound)
        if self.status == "playing":
            return Happening("shot", time, self.shot, at=at, sound=sound, fade=self._fade)
        return Happening("ended", time, self.shot, at=at, sound=sound)

    def stands_in(self, shot: str) -> bool:
        """Whether it is in that shot, and has not ended."""
        return self.shot == shot and self.status != "ended"

    def offered(self, n: Next | None = None) -> list[Option]:
        """The options of the open choice, or of ``n``, whose ``if`` holds."""
        return [o for o in (n or self._next).choice or () if o.only_if is None or self._holds(o.only_if)]

    def dump(self) -> dict[str, Any]:
        """Plain values for a snapshot."""
        entering = {n: [v.tobytes(), present] for n, (v, present) in self._entering.items()}
        return {
            "status": self.status, "shot": self.shot, "began": self.began, "since": self.since, "variables": dict(self.variables),
            "held": sorted(self.held), "seen": self._seen, "signals": sorted(self._signals), "entering": entering,
            "fade": [self._fade.seconds, self._fade.easing], "next": msgspec.to_builtins(self._next),
            "returns": {n: [r.start[0].tobytes(), r.start[1], r.begun, r.over] for n, r in self._returns.items()},
            "cut": [self.cut, self.seed], "early": self.early,
        }  # fmt: skip

    def load(self, data: Mapping[str, Any]) -> None:
        """Restore the result of ``dump``. For other data: KeyError, ValueError or TypeError, and nothing is changed."""
        # One that was never played has no shot.
        known = data["shot"] in self.document.shots or (data["shot"] == "" and data["status"] == "ended")
        if not known or data["status"] not in ("playing", "waiting", "choosing", "ended"):
            raise ValueError(f"the cutscene has no shot {data['shot']!r}")
        entering = {n: self._pair(n, v, present) for n, (v, present) in data["entering"].items()}
        returns = {n: Return(self._pair(n, v, p), float(t), float(o)) for n, (v, p, t, o) in data["returns"].items()}
        cut, seed = data["cut"]
        if not isinstance(cut, bool) or not (seed is None or (isinstance(seed, int) and 0 <= seed < 2**63)):
            raise ValueError("its cut is damaged")
        seconds, easing = data["fade"]
        fade, follows = Transition(seconds=float(seconds), easing=easing), msgspec.convert(data["next"], Next)
        began, since, seen = (float(data[k]) for k in ("began", "since", "seen"))
        times = (began, since, seen, fade.seconds, *(t for r in returns.values() for t in (r.begun, r.over)))
        if not all(math.isfinite(x) for x in times):
            raise ValueError("a time is not finite")
        whole = all(
            np.isfinite(v).all() and math.isfinite(present)
            for v, present in (*entering.values(), *(r.start for r in returns.values()))
        )
        if not whole or (data["shot"] and entering.keys() != self.schema.keys()):
            raise ValueError("what held when the shot began is incomplete")
        if data["status"] in ("waiting", "choosing") and follows not in parts(steps(self.document.shots[data["shot"]].next)):
            raise ValueError("the shot does not wait for this")
        self.set(data["variables"])
        self.status, self.shot, self.began, self.since, self._seen = data["status"], data["shot"], began, since, seen
        self.held, self._signals, self._entering = set(data["held"]), set(data["signals"]), entering
        self._fade, self._next = fade, follows
        self._returns, self.cut, self.seed = returns, cut, seed
        self.early = str(data.get("early", ""))
        self._happened.clear()

    def _pair(self, name: str, tensor: bytes, presence: object) -> Pair:
        return np.frombuffer(tensor, np.float32).reshape(self.schema[name].shape).copy(), float(presence)  # type: ignore[arg-type]

    def copied(self) -> Self:
        """Another one at the same place, which moves by itself."""
        other = copy.copy(self)
        other.variables, other.held, other._signals = dict(self.variables), set(self.held), set(self._signals)
        other._entering, other._returns, other._happened = dict(self._entering), dict(self._returns), list(self._happened)
        return other

    def shift(self, seconds: float) -> None:
        """Stand at the same place, but ``seconds`` later in stream time."""
        self.began += seconds
        self.since += seconds
        self._returns = {n: replace(r, begun=r.begun + seconds) for n, r in self._returns.items()}
        self._happened = [replace(h, time=h.time + seconds) for h in self._happened]

    @property
    def news(self) -> bool:
        """Whether something has happened that ``advance`` has not told yet."""
        return bool(self._happened)

    def _holds(self, text: str) -> bool:
        return bool(self._parsed[text].evaluate(self.variables))


def _as_value(kind: str, value: Any) -> Value:
    return float(value) if kind == "number" else value
