"""The lines of a ``*.take.jsonl`` as typed structs (protocol/TAKE.md); the published JSON Schema is generated from them."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from dreambridge.protocol.view_layers import VIEW_LAYERS

FORMAT = (1, 0)
FILE_KEY = "$file"  # {"$file": sha256} stands for bytes, which a `file` line before it holds
EASINGS = Literal["linear", "smooth", "in", "out"]


class Line(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Unknown fields are errors, because a misspelt field would otherwise have no effect."""


class Head(Line, frozen=True, kw_only=True, tag="take"):
    """The first line. ``fps``: the requested rate, 0: as fast as possible, absent: the bundle's own.

    ``threads``: of a step, 0: not recorded. ``views``: pictures of views are recorded.
    ``events_off``: conditions of which the daemon's rules left events out.
    """

    format: str
    bundle: str
    bundle_version: str = ""
    bundle_sha256: str = ""
    seed: int = 0
    width: int = 0
    height: int = 0
    frames_per_step: int = 1
    fps: float | None = None
    provider: str = ""
    threads: int = 0
    dreambridge: str = ""
    onnxruntime: str = ""
    machine: str = ""
    views: bool = False
    events_off: list[str] = []


class File(Line, frozen=True, kw_only=True, tag="file"):
    """Bytes (base64) that a later line names by their SHA-256."""

    sha256: str
    data: str


class Event(Line, frozen=True, kw_only=True):
    """It applies before the frame of index ``frame``, or in a take that was written by hand, of stream time ``time``."""

    frame: int | None = None
    time: float | None = None


class Begin(Event, frozen=True, kw_only=True, tag="open"):
    """The take begins with a fresh stream, opened with these values."""

    values: dict[str, Any] = {}
    revision: int = 0


class FromSnapshot(Event, frozen=True, kw_only=True, tag="snapshot"):
    """The take begins in a stream that ran already: its snapshot (base64) and revision, and the cutscene that was loaded."""

    data: str
    revision: int
    document: str | None = None
    sha256: str = ""
    files: dict[str, str] = {}


class Direct(Event, frozen=True, kw_only=True, tag="direct"):
    """A direction."""

    values: dict[str, Any] = {}
    over: float | None = None
    easing: EASINGS | None = None
    real_time: bool = False


class Drop(Event, frozen=True, kw_only=True, tag="drop"):
    """Frames of ``seconds`` were dropped: transitions in real time are further on by them."""

    seconds: float


class Cut(Event, frozen=True, kw_only=True, tag="cut"):
    """A cut."""

    values: dict[str, Any] = {}
    seed: int | None = None


class CutsceneLoad(Event, frozen=True, kw_only=True, tag="cutscene_load"):
    """The text of a cutscene, its digest, and the SHA-256 of its pictures by their names."""

    document: str
    sha256: str = ""
    files: dict[str, str] = {}


class CutsceneReplace(Event, frozen=True, kw_only=True, tag="cutscene_replace"):
    """The same, in mid-run."""

    document: str
    sha256: str = ""
    files: dict[str, str] = {}


class CutscenePlay(Event, frozen=True, kw_only=True, tag="cutscene_play"):
    """The cutscene was played."""

    shot: str | None = None
    mark: str | None = None
    at: float = 0.0
    variables: dict[str, Any] = {}
    held: list[str] = []


class CutsceneSeek(Event, frozen=True, kw_only=True, tag="cutscene_seek"):
    """The cutscene went to another position."""

    shot: str | None = None
    mark: str | None = None
    at: float = 0.0


class CutsceneSignal(Event, frozen=True, kw_only=True, tag="cutscene_signal"):
    """A signal."""

    name: str
    shot: str | None = None


class CutsceneSet(Event, frozen=True, kw_only=True, tag="cutscene_set"):
    """Variables were set."""

    values: dict[str, Any]


class CutsceneChoose(Event, frozen=True, kw_only=True, tag="cutscene_choose"):
    """An option was selected."""

    option: str
    shot: str | None = None


class CutsceneSkip(Event, frozen=True, kw_only=True, tag="cutscene_skip"):
    """The cutscene skipped to the next choice, or to its end."""


class CutsceneRelease(Event, frozen=True, kw_only=True, tag="cutscene_release"):
    """Conditions went back to their lanes; absent: all."""

    conditions: list[str] | None = None
    over: float = 0.5


class CutsceneStop(Event, frozen=True, kw_only=True, tag="cutscene_stop"):
    """The cutscene was ended."""


class Keep(Event, frozen=True, kw_only=True, tag="keep"):
    """A place was kept under a name. A replay needs nothing of it."""

    name: str


class Jump(Event, frozen=True, kw_only=True, tag="jump"):
    """The stream went elsewhere: the next frame has the index ``to``, and ``data`` is the snapshot (base64) there.

    ``why`` is what the client asked for, with its fields in ``asked``. ``revision`` is that of the conditions there; absent: it
    stays.
    """

    why: Literal["restore", "rewind", "adopt"]
    to: int
    data: str
    asked: dict[str, Any] = {}
    revision: int | None = None


class View(Event, frozen=True, kw_only=True, tag="view"):
    """From here on frames are painted over this picture of a view; publication 0: over no view.

    ``label`` to ``motion``: the layers uint8 [height, width, 4], packed with zlib, in base64; absent: not recorded, or not a part
    of the picture.
    """

    publication: int
    label: str | None = None
    colour: str | None = None
    depth: str | None = None
    normal: str | None = None
    motion: str | None = None

    @property
    def layers(self) -> dict[str, str]:
        """The layers that were recorded, in the order of a slot."""
        held = {name: getattr(self, name) for name in VIEW_LAYERS}
        return {name: data for name, data in held.items() if data is not None}


def view(frame: int, publication: int, layers: Mapping[str, str]) -> View:
    """The line of a picture of a view, of the packed ``layers`` that are recorded."""
    return msgspec.convert({"type": "view", "frame": frame, "publication": publication, **layers}, View)


class Frames(Line, frozen=True, kw_only=True, tag="frames"):
    """``count`` steps in a row, of which each frame took ``dt`` seconds of stream time.

    ``quality``: the quality level of the steps, 0: full. ``digests``: for each frame, the first 16 hexadecimal digits of the
    SHA-256 of its pixels.
    """

    frame: int
    count: int
    dt: float
    quality: int = 0
    digests: list[str] = []


class End(Event, frozen=True, kw_only=True, tag="end"):
    """The last line: the index of the frame that would have been next, and why the take ends."""

    reason: Literal["stopped", "too_large", "failed", "closed"] = "stopped"


AnyLine = (
    Head
    | File
    | Begin
    | FromSnapshot
    | Direct
    | Drop
    | Cut
    | CutsceneLoad
    | CutsceneReplace
    | CutscenePlay
    | CutsceneSeek
    | CutsceneSignal
    | CutsceneSet
    | CutsceneChoose
    | CutsceneSkip
    | CutsceneRelease
    | CutsceneStop
    | Keep
    | Jump
    | View
    | Frames
    | End
)
LINES: dict[str, type[Line]] = {str(t.__struct_config__.tag): t for t in AnyLine.__args__}


def encoded(line: Line) -> str:
    """One line of JSON, with its newline."""
    return msgspec.json.encode(line).decode() + "\n"


def rows(text: str) -> list[str]:
    """The lines of a take, without their newlines.

    Only a line feed ends one: a text in it may hold U+2028, U+2029 and U+0085, where ``str.splitlines`` would cut it.
    """
    found = text.split("\n")
    return found if found[-1] else found[:-1]


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of one line of a ``*.take.jsonl``."""
    title = "One line of a *.take.jsonl"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title} | msgspec.json.schema(AnyLine)
