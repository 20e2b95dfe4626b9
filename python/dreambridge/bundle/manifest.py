"""``bundle.json`` as typed structs (protocol/BUNDLE.md); the published JSON Schema is generated from them."""

from typing import Any, Literal

import msgspec

from dreambridge.protocol.replies import PaletteEntry, ViewInfo

FORMAT = (1, 1)
Kind = Literal["number", "choice", "vector", "text", "pose", "event", "audio", "image"]
AUDIO = 17  # 16 band levels and the onset
IMAGE = 64  # height and width of an image's tensor
Easing = Literal["linear", "smooth", "in", "out"]


class FrameSpec(msgspec.Struct, frozen=True):
    width: int
    height: int
    fps: float
    per_step: int = 1
    alpha: Literal["opaque", "straight", "premultiplied"] = "opaque"


class DataFile(msgspec.Struct, frozen=True):
    """A file of ONNX external data: ``file`` as the graph names it, relative to the bundle's folder."""

    file: str
    sha256: str

    @property
    def label(self) -> str:
        """Its name in messages."""
        return self.file


class Resource(msgspec.Struct, frozen=True):
    """A file of the bundle (``file``), or of an installed distribution (``distribution`` and ``resource``)."""

    sha256: str
    file: str | None = None
    distribution: str | None = None
    resource: str | None = None
    data: list[DataFile] = []

    @property
    def label(self) -> str:
        """Its name in messages."""
        return self.file or f"{self.resource} of {self.distribution}"


class StateSpec(msgspec.Struct, frozen=True):
    input: str
    output: str | None
    dtype: str
    shape: list[int]
    initial: float | list[float] = 0.0


class ConditionInput(msgspec.Struct, frozen=True):
    input: str
    present: str | None = None


class NoiseSpec(msgspec.Struct, frozen=True):
    input: str
    shape: list[int]


class StepSpec(msgspec.Struct, frozen=True):
    graph: str
    frame: str
    state: dict[str, StateSpec] = {}
    conditions: dict[str, ConditionInput] = {}
    noise: NoiseSpec | None = None
    meta: dict[Literal["time", "dt", "frame_index", "revision"], str] = {}
    cuda_graph: bool = False
    batch: int = 1


class ViewInput(msgspec.Struct, frozen=True):
    input: str


class Label(msgspec.Struct, frozen=True):
    """One label of the palette: its colour in the grey-box (sRGB bytes) and its default depth (0 near, 1 far)."""

    colour: tuple[int, int, int]
    depth: float
    description: str = ""


class ViewSpec(msgspec.Struct, frozen=True):
    """The second step graph, which paints over the game's own grey-box picture."""

    graph: str
    inputs: dict[Literal["label", "depth", "has_depth", "publication"], ViewInput]
    palette: dict[str, Label]

    @property
    def layers(self) -> list[str]:
        return [n for n in ("label", "depth") if n in self.inputs]


class EncoderInput(msgspec.Struct, frozen=True):
    """One of: the session's seed, a condition's tensor, a condition's presence."""

    seed: bool = False
    condition: str | None = None
    present: str | None = None


class EncoderOutput(msgspec.Struct, frozen=True):
    state: str | None = None
    condition: str | None = None


class EncoderSpec(msgspec.Struct, frozen=True):
    graph: str
    inputs: dict[str, EncoderInput]
    outputs: dict[str, EncoderOutput]


class TextEncoderSpec(msgspec.Struct, frozen=True):
    type: Literal["sentence"]
    graph: str
    tokenizer: Resource
    max_tokens: int = 128
    pooling: tuple[Literal["mean", "max", "min"], ...] = ("mean",)
    pool: str | None = None


class Condition(msgspec.Struct, frozen=True, omit_defaults=True):
    """One condition of the schema; the relevant fields depend on ``kind``."""

    kind: Kind
    description: str
    range: tuple[float, float] | None = None
    period: float | None = None
    discrete: bool = False
    unit: str = ""
    default: float | str | list[float] | None = None
    options: list[str] = []
    size: int = 0
    max_chars: int = 2000
    encoder: TextEncoderSpec | None = None
    figures: int = 1
    decay: float = 0.5
    over: float = 0.5
    easing: Easing = "smooth"

    @property
    def shape(self) -> tuple[int, ...]:
        if self.kind == "choice" or (self.kind == "event" and self.options):
            return (1, len(self.options))
        if self.kind in ("vector", "text"):
            return (1, self.size)
        if self.kind == "audio":
            return (1, AUDIO)
        if self.kind == "image":
            return (1, 3, IMAGE, IMAGE)
        return (1, self.figures, 17, 3) if self.kind == "pose" else (1, 1)

    def public(self) -> dict[str, Any]:
        """The schema that clients get: without the encoder."""
        d: dict[str, Any] = msgspec.to_builtins(self)
        d.pop("encoder", None)
        return d


class FramingSpec(msgspec.Struct, frozen=True):
    """The words of a shot's framing as directions.

    ``size``: word to condition to value, which holds from the shot's start. ``camera``: word to condition to its move over the
    whole shot, either from one value to another, or by a number, from where it stands.
    """

    size: dict[str, dict[str, float]] = {}
    camera: dict[str, dict[str, float | tuple[float, float]]] = {}


class CutsceneSpec(msgspec.Struct, frozen=True):
    """What a cutscene's data means for this bundle. ``reference``: the image condition that takes a character's picture."""

    framing: FramingSpec = FramingSpec()
    reference: str | None = None


class Manifest(msgspec.Struct, frozen=True):
    format: str
    name: str
    version: str
    license: str
    description: str
    frame: FrameSpec
    graphs: dict[str, Resource]
    step: StepSpec
    conditions: dict[str, Condition] = {}
    encoders: list[EncoderSpec] = []
    view: ViewSpec | None = None
    cutscene: CutsceneSpec | None = None

    def public_view(self) -> ViewInfo | None:
        """What a client needs to draw a view; None if the bundle takes no view."""
        if self.view is None:
            return None
        entries = self.view.palette.items()
        palette = {n: PaletteEntry(colour=list(e.colour), depth=e.depth, description=e.description) for n, e in entries}
        return ViewInfo(width=self.frame.width, height=self.frame.height, layers=self.view.layers, palette=palette)

    @property
    def directed(self) -> dict[str, Condition]:
        """The conditions that clients direct: all except those that an encoder writes."""
        written = {o.condition for e in self.encoders for o in e.outputs.values()}
        return {n: c for n, c in self.conditions.items() if n not in written}


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of ``bundle.json``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "bundle.json"} | msgspec.json.schema(Manifest)
