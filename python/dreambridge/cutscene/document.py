"""``*.dream.json`` as typed structs (protocol/CUTSCENE.md); the published JSON Schema is generated from them."""

from typing import Any, Literal

import msgspec

FORMAT = (1, 0)
Easing = Literal["linear", "smooth", "in", "out", "hold"]
VariableType = Literal["bool", "number", "text"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A misspelt field must be told, or a writer looks for hours why it does nothing."""


class Variable(Strict, frozen=True):
    """What branches ask; the game sets it, or a choice or a shot does."""

    type: VariableType
    default: bool | float | str | None = None
    description: str = ""


class Character(Strict, frozen=True):
    """Stands in prompts as ``[name]``: its phrase is put there, and its picture directs the reference condition."""

    phrase: str
    reference: str | None = None


class Key(Strict, frozen=True):
    """At ``at`` seconds of its shot the lane has reached ``value``.

    The move from the key before takes ``over`` seconds, all of the time between the two when left out. ``None`` unsets the
    condition. In the lane of an event condition a key triggers the event and nothing moves.
    """

    at: float
    value: Any = 1.0
    easing: Easing = "smooth"
    over: float | None = None


class Lane(Strict, frozen=True):
    """The keys of one condition. ``game``: what the game has directed by hand is never taken back from it."""

    keys: list[Key]
    game: bool = False


class Audio(Strict, frozen=True):
    """Sound that the client plays while the shot runs; ``condition`` is directed by it."""

    file: str
    offset: float = 0.0
    condition: str | None = None


class Framing(Strict, frozen=True):
    """How the shot is filmed, in words that a bundle may map to its conditions (BUNDLE.md, ``framing``)."""

    size: str | None = None
    camera: str | None = None


class Transition(Strict, frozen=True):
    """The values of the shot before fade to those of this one."""

    seconds: float = 0.0
    easing: Literal["linear", "smooth", "in", "out"] = "smooth"


class Meanwhile(Strict, frozen=True):
    """What the picture does during a wait or a choice; holding still when nothing is given.

    ``loop`` repeats this part of the shot (seconds from, to). ``drift`` moves numbers gently around their values: condition to
    amplitude, each with a period of ``seconds``.
    """

    loop: tuple[float, float] | None = None
    drift: dict[str, float] = {}
    seconds: float = 8.0


class Next(Strict, frozen=True):
    """What follows a shot: exactly one of ``shot``, ``wait``, ``choice``, ``branch``, ``end``.

    ``shot`` goes on with ``transition``, or with a ``cut`` (and a new ``seed``). ``wait`` is the name of a signal, after which
    ``then`` follows; after ``limit`` seconds without it ``otherwise`` does. ``choice`` waits for one of its options; after
    ``limit`` seconds the option ``default`` is taken. ``branch`` takes the first case that holds.
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
    """One option of a choice. ``id`` names it for the game and for translations, ``text`` is what the player reads."""

    id: str
    text: str = ""
    then: Next | str | None = None
    only_if: str | None = msgspec.field(default=None, name="if")
    set: dict[str, bool | float | str] = {}


class Case(Strict, frozen=True):
    """One case of a branch; the last one may be without ``if``."""

    then: Next | str | None = None
    only_if: str | None = msgspec.field(default=None, name="if")


class Shot(Strict, frozen=True):
    """A piece of the cutscene: ``length`` is the time of its last key when left out."""

    lanes: dict[str, Lane] = {}
    marks: dict[str, float] = {}
    length: float | None = None
    audio: Audio | None = None
    framing: Framing | None = None
    set: dict[str, bool | float | str] = {}
    next: Next | str | None = None

    @property
    def seconds(self) -> float:
        """How long it runs before what follows it is asked."""
        if self.length is not None:
            return self.length
        return max([k.at for lane in self.lanes.values() for k in lane.keys] + list(self.marks.values()), default=0.0)


class Document(Strict, frozen=True):
    """A whole cutscene. ``start`` is the first shot; the only one when there is one."""

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
