"""A bundle with Vista's words whose picture shows their values, so that programs can read what a story has made of it.

    python3 devtools/readable_bundle.py FOLDER       # writes FOLDER/bundles/readable and FOLDER/readable.json

A frame has one row. The grey of each pixel is a number of a condition as a share of its range (the weight of an option, the
strength of an event), or the presence of a condition. ``readable.json`` says where:
{name: {"kind", "at", "presence", "options" or "range"}}. A step takes no time, so that a thousand walks through a story do not
either. Nothing of Vista's graphs is in it but that of its sentences.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

VISTA = Path(__file__).resolve().parent.parent / "python" / "dreambridge" / "bundles" / "vista"
NAME = "readable"
LEFT_OUT = ("pose", "audio", "reference", "seed_world")
SENTENCE = 4  # numbers of a sentence that are shown


def layout(conditions: dict[str, Any]) -> dict[str, Any]:
    """Where the picture shows each condition."""
    out, at = dict[str, Any](), 0
    for name, c in conditions.items():
        size = SENTENCE if c["kind"] == "text" else len(c.get("options", [0]))
        out[name] = {"kind": c["kind"], "at": at, "presence": at + size, **{k: c[k] for k in ("options", "range") if k in c}}
        at += size + 1
    return out


def step_graph(conditions: dict[str, Any]) -> bytes:
    """The graph: its conditions one after the other, each followed by its presence, as greys."""
    inputs, nodes, parts, consts = [], [], list[str](), list[Any]()

    def const(name: str, value: Any) -> str:
        consts.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    for name, c in conditions.items():
        size = c["size"] if c["kind"] == "text" else len(c.get("options", [0]))
        inputs += [h.make_tensor_value_info(f"{kind}.{name}", T.FLOAT, [1, n]) for kind, n in (("cond", size), ("present", 1))]
        shown = f"cond.{name}"
        if c["kind"] == "text":
            ends = [const(f"{name}.{k}", np.array([v])) for k, v in (("from", 0), ("to", SENTENCE), ("axis", 1))]
            nodes += [
                h.make_node("Slice", [shown, *ends], [f"{name}.part"]),
                h.make_node("Abs", [f"{name}.part"], [f"{name}.share"]),
            ]
            shown = f"{name}.share"
        elif c["kind"] == "number":
            low, high = c["range"]
            nodes.append(h.make_node("Sub", [shown, const(f"{name}.low", np.float32(low))], [f"{name}.above"]))
            nodes.append(h.make_node("Div", [f"{name}.above", const(f"{name}.span", np.float32(high - low))], [f"{name}.share"]))
            shown = f"{name}.share"
        parts += [shown, f"present.{name}"]
    width = sum(len(c.get("options", [0])) if c["kind"] != "text" else SENTENCE for c in conditions.values()) + len(conditions)
    opaque = np.full((1, 1, width, 1), 255, np.uint8)
    nodes += [
        h.make_node("Concat", parts, ["all"], axis=1),
        h.make_node("Clip", ["all", const("zero", np.float32(0)), const("one", np.float32(1))], ["shares"]),
        h.make_node("Mul", ["shares", const("white", np.float32(255))], ["greys"]),
        h.make_node("Round", ["greys"], ["round"]),
        h.make_node("Cast", ["round"], ["bytes"], to=T.UINT8),
        h.make_node("Reshape", ["bytes", const("row", np.array([1, 1, width, 1]))], ["grey"]),
        h.make_node("Concat", ["grey", "grey", "grey", const("alpha", opaque)], ["frame"], axis=3),
    ]
    frame = h.make_tensor_value_info("frame", T.UINT8, [1, 1, width, 4])
    graph = h.make_graph(nodes, NAME, inputs, [frame], consts)
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def build(folder: Path) -> dict[str, Any]:
    """Write the bundle and its layout into ``folder``; the layout."""
    vista = json.loads((VISTA / "bundle.json").read_text("utf-8"))
    inner = {o["condition"] for e in vista["encoders"] for o in e["outputs"].values() if "condition" in o}  # nobody directs them
    conditions = {n: c for n, c in vista["conditions"].items() if n not in LEFT_OUT and n not in inner}
    places, data = layout(conditions), step_graph(conditions)
    out = folder / "bundles" / NAME
    out.mkdir(parents=True)
    (out / "step.onnx").write_bytes(data)
    shutil.copy(VISTA / "pool.onnx", out)
    graphs = {n: g for n, g in vista["graphs"].items() if n in ("pool", "text")}
    manifest = {
        "format": vista["format"],
        "name": NAME,
        "version": "1.0.0",
        "license": "Apache-2.0",
        "description": "Vista's words, and a picture that shows their values.",
        "frame": {"width": max(p["presence"] for p in places.values()) + 1, "height": 1, "fps": 24},
        "graphs": {"step": {"file": "step.onnx", "sha256": hashlib.sha256(data).hexdigest()}} | graphs,
        "step": {
            "graph": "step",
            "frame": "frame",
            "conditions": {n: {"input": f"cond.{n}", "present": f"present.{n}"} for n in conditions},
        },
        "conditions": conditions,
    }
    (out / "bundle.json").write_text(json.dumps(manifest))
    (folder / f"{NAME}.json").write_text(json.dumps(places))
    return places


if __name__ == "__main__":
    build(Path(sys.argv[1]))
