"""``bundle.json`` as typed structs (protocol/BUNDLE.md); the published JSON Schema is generated from them."""

from typing import Any, Literal

import msgspec

from dreambridge.bundle.licences import Licences
from dreambridge.bundle.remote_spec import RemoteSpec
from dreambridge.bundle.view_spec import ViewSpec
from dreambridge.protocol.conditions import MOMENTARY
from dreambridge.protocol.replies import PaletteEntry, ViewInfo

FORMAT = (1, 1)
Kind = Literal["number", "choice", "vector", "text", "pose", "event", "audio", "image", "delta", "per_frame"]
Dtype = Literal["float16", "bfloat16", "float32", "float64"]
FULL = "full"  # the name of the level that `step` and `view` are
AUDIO = 17  # 16 band levels and the onset
IMAGE = 64  # height and width of an image's tensor, unless the bundle says its `size`
Easing = Literal["linear", "smooth", "in", "out"]


def start_of(condition: str) -> str:
    """The name of the tensor from which a transition of this condition starts, beside those of conditions."""
    return f"{condition}/start"


def weight_of(condition: str) -> str:
    """The name of the tensor, [1, 1], that says how far it is on its way, from 0 to 1."""
    return f"{condition}/weight"


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
    """A file of the bundle (``file``), or of an installed distribution (``distribution`` and ``resource``).

    ``provider`` : where a graph runs that is not the step's or the view's; "stream": where the step runs. Default: the CPU.
    """

    sha256: str
    file: str | None = None
    distribution: str | None = None
    resource: str | None = None
    data: list[DataFile] = []
    provider: str | None = None

    @property
    def label(self) -> str:
        """Its name in messages."""
        return self.file or f"{self.resource} of {self.distribution}"


class RingSpec(msgspec.Struct, frozen=True):
    """A state that is written entry by entry along ``axis``, round and round: a cache of keys and values.

    ``index`` names the state, int64 [1], that counts the entries written since the reset; the next one goes to that number modulo
    the length of the axis.
    """

    axis: int
    index: str


class StateSpec(msgspec.Struct, frozen=True):
    """``initial``: a number that fills the tensor, a list of its values, or a file of them (little-endian, row by row).

    ``in_place``: the output is written to the memory of the input, instead of to a second buffer.
    """

    input: str
    output: str | None
    dtype: str
    shape: list[int]
    initial: float | list[float] | DataFile = 0.0
    in_place: bool = False
    ring: RingSpec | None = None


class ConditionInput(msgspec.Struct, frozen=True):
    """``start`` and ``weight``: the graph gets both ends of a transition, and blends them itself."""

    input: str
    present: str | None = None
    start: str | None = None
    weight: str | None = None


class NoiseSpec(msgspec.Struct, frozen=True):
    """``once``: drawn once for each seed, and the same at each step."""

    input: str
    shape: list[int]
    dtype: Dtype = "float32"
    once: bool = False


class StepSpec(msgspec.Struct, frozen=True):
    """``seconds``: the time after which the daemon ends a step."""

    graph: str
    frame: str
    state: dict[str, StateSpec] = {}
    conditions: dict[str, ConditionInput] = {}
    noise: NoiseSpec | list[NoiseSpec] | None = None
    meta: dict[Literal["time", "dt", "frame_index", "revision"], str] = {}
    cuda_graph: bool = False
    batch: int = 1
    seconds: float | None = None

    @property
    def noises(self) -> list[NoiseSpec]:
        if self.noise is None:
            return []
        return self.noise if isinstance(self.noise, list) else [self.noise]

    @property
    def blended(self) -> list[str]:
        """The conditions whose transitions the graph blends itself."""
        return [n for n, c in self.conditions.items() if c.start]


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


class SentenceSpec(msgspec.Struct, frozen=True, tag_field="type", tag="sentence"):
    """One embedding for a whole text."""

    graph: str
    tokenizer: Resource
    max_tokens: int = 128
    pooling: tuple[Literal["mean", "max", "min"], ...] = ("mean",)
    pool: str | None = None

    @property
    def graphs(self) -> list[str]:
        return [self.graph, *([self.pool] if self.pool else [])]

    @property
    def tokenizers(self) -> list[Resource]:
        return [self.tokenizer]


class TokensPart(msgspec.Struct, frozen=True):
    """One transformer of a ``tokens`` encoder: its output ``output`` (default: the first), float32 [1, pad_to, width].

    ``pad_id`` fills up the ids. ``zero_padding``: the rows of the padding are zeros. ``pooled``: the output is [1, width].
    """

    graph: str
    tokenizer: Resource
    pad_to: int
    width: int
    pad_id: int = 0
    output: str | None = None
    zero_padding: bool = False
    pooled: bool = False

    @property
    def rows(self) -> int:
        return 1 if self.pooled else self.pad_to


class TokensSpec(msgspec.Struct, frozen=True, tag_field="type", tag="tokens"):
    """A row for each token. ``join``: how the parts of several transformers become one tensor.

    ``empty``: the embedding of the empty text, which the condition also has before it is directed; None: zeros.
    """

    parts: list[TokensPart]
    join: Literal["tokens", "width", "flat"] = "tokens"
    normalise: bool = False
    empty: DataFile | None = None
    seconds: float = 10.0

    @property
    def graphs(self) -> list[str]:
        return [p.graph for p in self.parts]

    @property
    def tokenizers(self) -> list[Resource]:
        return [p.tokenizer for p in self.parts]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the embedding, as its parts make it."""
        if self.join == "tokens":
            return (1, sum(p.rows for p in self.parts), self.parts[0].width)
        if self.join == "width":
            return (1, self.parts[0].rows, sum(p.width for p in self.parts))
        return (1, sum(p.rows * p.width for p in self.parts))


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
    tokens: int = 0
    frames: int = 0
    max_chars: int = 2000
    encoder: SentenceSpec | TokensSpec | None = None
    figures: int = 1
    decay: float = 0.5
    over: float = 0.5
    easing: Easing = "smooth"

    @property
    def shape(self) -> tuple[int, ...]:
        if self.kind == "choice" or (self.kind == "event" and self.options):
            return (1, len(self.options))
        if self.kind == "text" and self.tokens:
            return (1, self.tokens, self.size)
        if self.kind == "per_frame":
            return (self.frames, self.size)
        if self.kind in ("vector", "text", "delta"):
            return (1, self.size)
        if self.kind == "audio":
            return (1, AUDIO)
        if self.kind == "image":
            return (1, 3, self.side, self.side)
        return (1, self.figures, 17, 3) if self.kind == "pose" else (1, 1)

    @property
    def side(self) -> int:
        """Height and width of an image's tensor."""
        return self.size or IMAGE

    @property
    def momentary(self) -> bool:
        """Whether it is of its moment: it is not directed again when a stream is opened again."""
        return self.kind in MOMENTARY

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


class LevelSpec(msgspec.Struct, frozen=True):
    """A quality level below the full one: cheaper step graphs with the same inputs, outputs and state.

    ``cost``: about the share of the full level's time that a step takes.
    """

    name: str
    step: str
    cost: float
    view: str | None = None


NO_STEP = StepSpec(graph="", frame="")


class Manifest(msgspec.Struct, frozen=True):
    """``model_card``: the name under which the weights were published, such as "stabilityai/sd-turbo"."""

    format: str
    name: str
    version: str
    license: str
    description: str
    frame: FrameSpec
    graphs: dict[str, Resource] = {}
    step: StepSpec = NO_STEP
    conditions: dict[str, Condition] = {}
    encoders: list[EncoderSpec] = []
    view: ViewSpec | None = None
    cutscene: CutsceneSpec | None = None
    licences: Licences | None = None
    model_card: str = ""
    levels: list[LevelSpec] = []
    remote: RemoteSpec | None = None

    @property
    def minor(self) -> int:
        """The second number of the format."""
        return int((self.format.split(".") + ["0"])[1])

    @property
    def level_names(self) -> list[str]:
        """All quality levels, the best one first; a frame names its level by the place in this list."""
        return [FULL, *(level.name for level in self.levels)]

    @property
    def level_costs(self) -> list[float]:
        """The time of a step at each of ``level_names``, as a share of the full level's."""
        return [1.0, *(level.cost for level in self.levels)]

    def step_graph(self, level: int) -> str:
        """The step graph of a place in ``level_names``."""
        return self.levels[level - 1].step if level else self.step.graph

    def view_graph(self, level: int) -> str | None:
        """The view graph of a place in ``level_names``; None if the bundle takes no view."""
        if level:
            return self.levels[level - 1].view
        return self.view.graph if self.view else None

    def public_view(self) -> ViewInfo | None:
        """What a client needs to draw a view; None if the bundle takes no view."""
        if self.view is None:
            return None
        entries = self.view.palette.items()
        palette = {n: PaletteEntry(colour=list(e.colour), depth=e.depth, description=e.description) for n, e in entries}
        return ViewInfo(
            width=self.frame.width,
            height=self.frame.height,
            layers=self.view.layers,
            required=self.view.required,
            palette=palette,
        )

    @property
    def worked_out(self) -> set[str]:
        """The states that encoders alone write: they follow from seed and conditions."""
        written = {o.state for e in self.encoders for o in e.outputs.values()}
        return {n for n, s in self.step.state.items() if n in written and not s.output}

    @property
    def directed(self) -> dict[str, Condition]:
        """The conditions that clients direct: all except those that an encoder writes."""
        written = {o.condition for e in self.encoders for o in e.outputs.values()}
        return {n: c for n, c in self.conditions.items() if n not in written}


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of ``bundle.json``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "bundle.json"} | msgspec.json.schema(Manifest)
