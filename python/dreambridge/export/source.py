"""What a bundle is made of: modules with their tensors, texts, and the schema."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Graph:
    """A module to export.

    Parameters
    ----------
    module : its ``forward`` takes the tensors of ``inputs`` in their order
    inputs : example tensors by name; their shapes are the graph's
    outputs : names of what it returns, in order
    dynamic : by input, the axes that may have any length, with a name for each: ``{"input_ids": {1: "n"}}``
    provider : where it runs (protocol/BUNDLE.md); None: on the CPU
    """

    module: Any
    inputs: Mapping[str, Any]
    outputs: list[str]
    dynamic: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    provider: str | None = None


@dataclass(frozen=True)
class Text:
    """The tokens of a text condition: how its ``encoder`` in bundle.json is made, or one part of it.

    Parameters
    ----------
    graph : takes ``input_ids`` int64 [1, pad_to], and ``attention_mask`` if it has such an input
    tokenizer : the content of a ``tokenizer.json``
    width : of a token's row
    output : of the graph; None: its first
    pooled : the output is one row for the whole text, [1, width]
    """

    graph: Graph
    tokenizer: bytes
    pad_to: int
    width: int
    pad_id: int = 0
    zero_padding: bool = False
    provider: str | None = None
    output: str | None = None
    pooled: bool = False

    @property
    def numbers(self) -> int:
        """Of the part."""
        return self.width * (1 if self.pooled else self.pad_to)


@dataclass(frozen=True)
class Source:
    """Everything that ``export_bundle`` needs.

    Parameters
    ----------
    schema : bundle.json without `graphs`. States may have a NumPy array as ``initial``: it becomes a file
    step : the step graph; its outputs are the frame, then the states in the order of the schema
    view : the view graph, if the schema has a view
    graphs : those of `encoders`, by name
    texts : by condition; several parts are joined one after the other, [1, size], and may share a graph
    dtype : "float32", "float16" or "bfloat16", in which the weights are. It says how close to PyTorch the bundle must be
    prepare : called before each run in PyTorch, to reset what the modules keep
    must_hear : refuse a model whose picture other conditions do not change
    """

    schema: dict[str, Any]
    step: Graph
    view: Graph | None = None
    graphs: Mapping[str, Graph] = field(default_factory=dict)
    texts: Mapping[str, Text | Sequence[Text]] = field(default_factory=dict)
    dtype: str = "float32"
    prepare: Callable[[], None] = lambda: None
    must_hear: bool = True

    @property
    def all(self) -> dict[str, Graph]:
        """Every graph by its name in the bundle."""
        out = {"step": self.step} | ({"step_view": self.view} if self.view else {}) | dict(self.graphs)
        return out | {name: t.graph for n in self.texts for name, t in self.parts(n)}

    def parts(self, condition: str) -> list[tuple[str, Text]]:
        """The parts of a text condition, each with the name of its graph."""
        given = self.texts[condition]
        found = [given] if isinstance(given, Text) else list(given)
        graphs = list({id(t.graph): None for t in found})
        names = {g: f"text_{condition}" + (f"_{k + 1}" if k else "") for k, g in enumerate(graphs)}
        return [(names[id(t.graph)], t) for t in found]
