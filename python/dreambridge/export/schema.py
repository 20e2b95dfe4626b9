"""Checks a schema against its modules before minutes of export: names, shapes and dtypes, by one run in PyTorch."""

from typing import Any

import msgspec

from dreambridge.bundle.checks import check_manifest
from dreambridge.bundle.manifest import Manifest
from dreambridge.export.failures import told
from dreambridge.export.source import Graph, Source
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.graph_check import view_roles
from dreambridge.runtime.roles import Tensors, check, inputs_of, outputs_of

NOT_YET = "0" * 64  # in place of hashes, before there are files


def frame_and_states(schema: dict[str, Any]) -> list[str]:
    """The outputs of the step: the frame, then each state with an output, in the order of the schema."""
    step = schema["step"]
    return [step["frame"], *(s["output"] for s in step.get("state", {}).values() if s.get("output"))]


def tokenizer_of(graph: str) -> str:
    """The file of the tokenizer of a text's graph."""
    return f"tokenizer_{graph.removeprefix('text_')}.json"


def named(schema: dict[str, Any], source: Source, files: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """bundle.json: the schema with its graphs, texts and ``files`` (name to entry). ``made``: the entries of `graphs`."""
    out = {"format": "1.1"} | schema | {"graphs": made, "step": {"graph": "step"} | schema["step"]}
    if source.view:
        out["view"] = {"graph": "step_view"} | schema["view"]
    states = schema["step"].get("state", {})
    out["step"] = out["step"] | {
        "state": {n: s | ({"initial": files[f"state_{n}.bin"]} if f"state_{n}.bin" in files else {}) for n, s in states.items()}
    }
    conditions = dict(schema.get("conditions", {}))
    for n in source.texts:
        found = source.parts(n)
        parts = [
            {
                "graph": name, "tokenizer": files[tokenizer_of(name)], "pad_to": t.pad_to, "width": t.width, "pad_id": t.pad_id,
                "zero_padding": t.zero_padding, "output": t.output or t.graph.outputs[0], "pooled": t.pooled,
            }
            for name, t in found
        ]  # fmt: skip
        encoder = {"type": "tokens", "parts": parts, "empty": files[f"empty_{n}.bin"], "seconds": 60.0}
        if len(found) == 1:
            size = {"tokens": found[0][1].pad_to, "size": found[0][1].width}
        else:
            encoder["join"], size = "flat", {"size": sum(t.numbers for _, t in found)}
        conditions[n] = size | conditions[n] | {"encoder": encoder}
    return out | {"conditions": conditions}


def _of(tensor: Any) -> tuple[str, list[int]]:
    return str(tensor.dtype).removeprefix("torch."), list(tensor.shape)


def ran(name: str, g: Graph) -> list[Any]:
    """What a module returns for its example tensors. DreamError ``bad_bundle``: it fails, or returns another number of them."""
    import torch

    try:
        with torch.inference_mode():
            made = g.module(*g.inputs.values())
    except Exception as e:  # the module may raise any exception
        raise told(name, e) from e
    out = list(made) if isinstance(made, (tuple, list)) else [made]
    if len(out) != len(g.outputs):
        raise DreamError(
            "bad_bundle",
            f"The module of {name!r} returns {len(out)} tensors, but {len(g.outputs)} are named: {', '.join(g.outputs)}.",
            "Return the frame, then each state with an output, in the order of the schema.",
        )
    return out


def check_source(source: Source) -> Manifest:
    """Raise DreamError ``bad_bundle`` if schema and modules do not fit; the manifest, with hashes that are not right yet."""
    names = {tokenizer_of(name) for n in source.texts for name, _ in source.parts(n)} | {f"empty_{n}.bin" for n in source.texts}
    states = source.schema["step"].get("state", {})
    names |= {f"state_{n}.bin" for n, s in states.items() if hasattr(s.get("initial"), "tobytes")}
    files = {n: {"file": n, "sha256": NOT_YET} for n in names}
    graphs = {n: {"file": f"{n}.onnx", "sha256": NOT_YET} for n in source.all}
    try:
        manifest = msgspec.convert(named(source.schema, source, files, graphs), Manifest)
    except msgspec.ValidationError as e:
        raise DreamError("bad_bundle", f"The schema: {e}.", "See protocol/BUNDLE.md.") from e
    except KeyError as e:
        raise DreamError("bad_bundle", f"The schema has no {e}.", "See protocol/BUNDLE.md.") from e
    check_manifest(manifest)
    for name, g in {"step": source.step, "step_view": source.view}.items():
        if g is None:
            continue
        have = {n: _of(t) for n, t in g.inputs.items()}
        want = _wanted(manifest, have, name)
        check(manifest, f"the module of {name!r}", "input", have, want)
        for n in have:
            if n not in want:
                raise DreamError(
                    "bad_bundle", f"The input {n!r} of {name!r} has no role in the schema.", "Give it one, or remove it."
                )
        made = dict(zip(g.outputs, map(_of, ran(name, g)), strict=True))
        check(manifest, f"the module of {name!r}", "output", made, outputs_of(manifest))
    return manifest


def _wanted(m: Manifest, have: Tensors, name: str) -> Tensors:
    want = inputs_of(m)
    if name == "step" or m.view is None:
        return want
    roles = view_roles(m)
    return {n: w for n, w in want.items() if n in have} | {i.input: roles[role] for role, i in m.view.inputs.items()}
