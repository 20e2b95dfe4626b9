"""Writes a bundle: checks the schema, exports the graphs, and runs both sides beside each other."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.bundle.dtypes import stored
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.export import parity
from dreambridge.export.graphs import OPSET, about, write_graph
from dreambridge.export.in_place import check_in_place
from dreambridge.export.schema import check_source, named, ran, tokenizer_of
from dreambridge.export.source import Graph, Source, Text
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.weights import shared
from dreambridge.system.made_folders import check_place, new_folder

MADE_BY = "dreambridge export"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Exported:
    """A bundle that passed; ``parity`` of its steps, and how far each other graph is from PyTorch, of its output's spread."""

    folder: Path
    parity: parity.Parity
    graphs: dict[str, float]

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return {"bundle": str(self.folder), "parity": asdict(self.parity), "graphs": self.graphs}


def export_bundle(
    source: Source, out: Path, steps: int = parity.STEPS, opset: int = OPSET, say: Say = lambda text: None
) -> Exported:
    """Write a bundle to ``out`` and check it. A bundle that is there is replaced only by one that passed.

    ``say`` gets a line before each thing that takes time. DreamError ``bad_argument`` (``out`` exists and was not made by an
    export, or was changed since), ``bad_bundle`` (schema and modules do not fit; a module cannot be exported; results differ).
    """
    check_place(out, MADE_BY)
    say("checking the schema, and running each module once")
    check_source(source)
    with new_folder(out, MADE_BY) as part:
        files = _files(source, part)
        made = {}
        for name, g in source.all.items():
            say(f"exporting the graph {name!r}")
            source.prepare()
            made[name] = write_graph(name, g, part, opset)
        check_in_place(part / "step.onnx", source.schema["step"].get("state", {}))
        (part / "bundle.json").write_text(json.dumps(named(_plain(source.schema), source, files, made), indent=1) + "\n")
        bundle = load_bundle(part)
        say("comparing the other graphs with PyTorch")
        apart = {n: _apart(bundle, n, g, source.dtype) for n, g in source.all.items() if n not in ("step", "step_view")}
        if source.view:
            _compare_view(bundle, source.view, source.dtype)
        say(f"running {steps} steps here and in PyTorch")
        found = parity.compare(bundle, source, steps)
    return Exported(out, found, apart)


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the arrays, which are files."""
    states = {n: {k: v for k, v in s.items() if not hasattr(v, "tobytes")} for n, s in schema["step"].get("state", {}).items()}
    return schema | {"step": schema["step"] | {"state": states}}


def _files(source: Source, part: Path) -> dict[str, Any]:
    """Write the tensors and tokenizers; name to entry."""
    import torch

    for n, s in source.schema["step"].get("state", {}).items():
        if hasattr(s.get("initial"), "tobytes"):
            (part / f"state_{n}.bin").write_bytes(np.ascontiguousarray(stored(s["initial"], s["dtype"])).tobytes())
    for n in source.texts:
        empty = [_empty(name, t, part) for name, t in source.parts(n)]
        (part / f"empty_{n}.bin").write_bytes(torch.cat([e.reshape(-1) for e in empty]).numpy().astype("<f4").tobytes())
    found = sorted(p for p in part.iterdir() if p.suffix in (".bin", ".json") and not p.name.startswith("."))
    return {p.name: about(p, part) for p in found}


def _empty(name: str, t: Text, folder: Path) -> Any:
    """Write the tokenizer of a text's part; what the part makes of the empty text."""
    import torch
    from tokenizers import Tokenizer

    (folder / tokenizer_of(name)).write_bytes(t.tokenizer)
    ids = Tokenizer.from_buffer(t.tokenizer).encode("").ids[: t.pad_to]
    padded = torch.full((1, t.pad_to), t.pad_id)
    padded[0, : len(ids)] = torch.tensor(ids, dtype=torch.int64)
    mask = (torch.arange(t.pad_to) < len(ids)).long()[None]
    feed = {"input_ids": padded, "attention_mask": mask}
    with torch.inference_mode():
        given = t.graph.module(*(feed[n] for n in t.graph.inputs))
    made = dict(zip(t.graph.outputs, given if isinstance(given, (tuple, list)) else [given], strict=True))
    row = made[t.output or t.graph.outputs[0]].float()
    return row * mask[..., None] if t.zero_padding else row


def _apart(bundle: Bundle, name: str, g: Graph, dtype: str) -> float:
    """How far a graph's outputs are from PyTorch's for the example tensors, of their spread. DreamError ``bad_bundle``."""
    wanted = ran(name, g)
    session = shared(bundle).session(name)
    made = session.run(list(g.outputs), {n: t.numpy() for n, t in g.inputs.items()})
    worst = 0.0
    for a, b in zip(made, wanted, strict=True):
        b = b.float().numpy()
        worst = max(worst, float(np.abs(a.astype(np.float64) - b).max() / max(1.0, float(b.std()))))
    if not worst <= parity.STATE[dtype]:
        raise DreamError(
            "bad_bundle",
            f"The graph {name!r} differs from PyTorch by {worst:.2g} of its output's spread; {parity.STATE[dtype]:g} is allowed.",
            "Avoid operators whose result differs in ONNX, or export in float32.",
        )
    return worst


def _compare_view(bundle: Bundle, view: Graph, dtype: str) -> None:
    """Run the view graph once on its example tensors."""
    runner = StreamRunner(bundle, "cpu", 1)
    runner.load_view()
    frame = runner.view_session.run([bundle.manifest.step.frame], {n: t.numpy() for n, t in view.inputs.items()})[0]
    off = int(np.abs(frame.astype(int) - ran("step_view", view)[0].numpy().astype(int)).max())
    if off > parity.FRAME[dtype]:
        raise DreamError(
            "bad_bundle",
            f"The view's frame differs from PyTorch's by up to {off} of 255; {parity.FRAME[dtype]} is allowed for {dtype}.",
            "Avoid operators whose result differs in ONNX.",
        )
