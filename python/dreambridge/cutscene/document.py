"""``*.dream.json`` as typed structs (protocol/CUTSCENE.md); the published JSON Schema is generated from them."""

from typing import Any, Literal

import msgspec

FORMAT = (1, 0)
Easing = Literal["linear", "smooth", "in", "out", "hold"]
VariableType = Literal["bool", "number", "text"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Unknown fields are errors, because a misspelt field would otherwise have no effect."""


class Variable(Strict, frozen=True):
    """A variable for branches; the game, a choice or a shot sets it."""

    type: VariableType
    default: bool | float | str | None = None
    description: str = ""


class Character(Strict, frozen=True):
    """A character. Its phrase replaces ``[name]`` in prompts, and its picture directs the reference condition."""

    phrase: str
    reference: str | None = None


class Key(Strict, frozen=True):
    """At ``at`` seconds of its shot the lane has reached ``value``.

    The transition from the previous key takes ``over`` seconds; the default is all the time between the two. ``None`` unsets the
    condition. In the lane of an event condition a key triggers the event.
    """

    at: float
    value: Any = 1.0
    easing: Easing = "smooth"
    over: float | None = None


class Lane(Strict, frozen=True):
    """The keys of one condition. ``game``: the lane never overrides what the game has directed."""

    keys: list[Key]
    game: bool = False


class Audio(Strict, frozen=True):
    """Sound that the client plays during the shot.

    ``features`` is a file that ``dreambridge cutscene sound`` worked out from it; with it the daemon directs ``condition``.
    """

    file: str
    offset: float = 0.0
    condition: str | None = None
    features: str | None = None


class Framing(Strict, frozen=True):
    """The framing of the shot, in words. A bundle may map them to its conditions."""

    size: str | None = None
    camera: str | None = None


class Transition(Strict, frozen=True):
    """The values of the previous shot change to those of this one."""

    seconds: float = 0.0
    easing: Literal["linear", "smooth", "in", "out"] = "smooth"


class Meanwhile(Strict, frozen=True):
    """The motion of the picture during a wait or a choice; by default it holds still.

    ``loop`` repeats this part of the shot (seconds from, to). ``drift`` moves numbers slowly around their values: condition to
    amplitude, with a period of ``seconds``.
    """

    loop: tuple[float, float] | None = None
    drift: dict[str, float] = {}
    seconds: float = 8.0


class Next(Strict, frozen=True):
    """The successor of a shot: exactly one of ``shot``, ``wait``, ``choice``, ``branch``, ``end``.

    ``shot`` continues with ``transition``, or with a ``cut`` (and a new ``seed``). ``wait`` is the name of a signal, after which
    ``then`` follows; after ``limit`` seconds without it, ``otherwise`` follows. ``choice`` waits for one of its options; after
    ``limit`` seconds, the option ``default`` is selected. ``branch`` takes the first case that holds.
    """

    shot: str | None = None
    transition: Transition | None = None
    cut: bool = False
    seed: int | None = None
    wait: str | None = None
    then: "Next | str | None" = None
    otherwise: "Next | str | None" = None
    choice: "list[Option] | None" = None
    default: str | None = None
    limit: float | None = None
    meanwhile: Meanwhile | None = None
    branch: "list[Case] | None" = None
    end: bool = False


class Option(Strict, frozen=True):
    """One option of a choice. ``id`` identifies it for the game and for translations, ``text`` is for the player."""

    id: str
    text: str = ""
    then: Next | str | None = None
    only_if: str | None = msgspec.field(default=None, name="if")
    set: dict[str, bool | float | str] = {}


class Case(Strict, frozen=True):
    """One case of a branch; the last one may omit ``if``."""

    then: Next | str | None = None
    only_if: str | None = msgspec.field(default=None, name="if")


class Shot(Strict, frozen=True):
    """A piece of the cutscene: the default of ``length`` is the time of its last key."""

    lanes: dict[str, Lane] = {}
    marks: dict[str, float] = {}
    length: float | None = None
    audio: Audio | None = None
    framing: Framing | None = None
    set: dict[str, bool | float | str] = {}
    next: Next | str | None = None

    @property
    def seconds(self) -> float:
        """The time before its `next` is evaluated."""
        if self.length is not None:
            return self.length
        return max([k.at for lane in self.lanes.values() for k in lane.keys] + list(self.marks.values()), default=0.0)


class Document(Strict, frozen=True):
    """A whole cutscene. ``start`` is the first shot; a document with one shot may omit it."""

    format: str
    name: str
    shots: dict[str, Shot]
    bundle: str = ""
    seed: int = 0
    start: str | None = None
    title: str = ""
    variables: dict[str, Variable] = {}
    characters: dict[str, Character] = {}

    @property
    def first(self) -> str:
        return self.start if self.start is not None else next(iter(self.shots))


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of ``*.dream.json``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "*.dream.json"} | msgspec.json.schema(Document)
