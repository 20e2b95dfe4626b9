"""A bundle that counts, made for the tests: by 1 in a step, by 10 in one over a view; at a lower quality level by 2 and 20."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto as T
from onnx import helper as h


def counting(
    out: Path,
    change: Callable[[dict[str, Any]], None] = lambda m: None,
    state_in_view: bool = True,
    light: bool = False,
) -> Path:
    """A bundle whose state counts: by 1 in a step, by 10 in one over a view. The frame's pixels are the state.

    ``light``: with a second quality level of this name, which counts by 2 and 20.
    """
    out.mkdir()
    value = h.make_tensor_value_info
    digests = {}
    for name, by in (("step", 1), ("step_view", 10), *((("step_light", 2), ("step_view_light", 20)) if light else ())):
        viewed = name.startswith("step_view")
        ins = [value("state.n", T.FLOAT, [1]), value("cond.x", T.FLOAT, [1, 1])]
        if viewed:
            ins += [value("view.label", T.UINT8, [1, 2, 2, 4])]
        outs = [value("frame", T.UINT8, [1, 2, 2, 4])] + ([value("next.n", T.FLOAT, [1])] if state_in_view or not viewed else [])
        nodes = [
            h.make_node("Add", ["state.n", "by"], ["next.n"]),
            h.make_node("Add", ["next.n", "cond.x"], ["sum"]),
            h.make_node("Cast", ["sum"], ["byte"], to=T.UINT8),
            h.make_node("Expand", ["byte", "size"], ["plain"]),
            h.make_node("Add", ["plain", "view.label"], ["frame"]) if viewed else h.make_node("Identity", ["plain"], ["frame"]),
        ]
        consts = [h.make_tensor("by", T.FLOAT, [1], [by]), h.make_tensor("size", T.INT64, [4], [1, 2, 2, 4])]
        model = h.make_model(h.make_graph(nodes, name, ins, outs, consts), opset_imports=[h.make_opsetid("", 18)], ir_version=9)
        onnx.checker.check_model(model, full_check=True)
        (out / f"{name}.onnx").write_bytes(model.SerializeToString())
        digests[name] = {"file": f"{name}.onnx", "sha256": hashlib.sha256(model.SerializeToString()).hexdigest()}
    manifest = {
        "format": "1.0", "name": "counting", "version": "1.0.0", "license": "Apache-2.0", "description": "Counts.",
        "frame": {"width": 2, "height": 2, "fps": 30}, "graphs": digests,
        "step": {"graph": "step", "frame": "frame", "conditions": {"x": {"input": "cond.x"}},
                 "state": {"n": {"input": "state.n", "output": "next.n", "dtype": "float32", "shape": [1]}}},
        "view": {"graph": "step_view", "inputs": {"label": {"input": "view.label"}},
                 "palette": {"a": {"colour": [0, 0, 0], "depth": 0}, "b": {"colour": [99, 0, 0], "depth": 1}}},
        "conditions": {"x": {"kind": "number", "description": "x", "range": [0, 100], "default": 0, "over": 0}},
    }  # fmt: skip
    if light:
        manifest |= {
            "format": "1.1",
            "levels": [{"name": "light", "step": "step_light", "view": "step_view_light", "cost": 0.5}],
        }
    change(manifest)
    (out / "bundle.json").write_text(json.dumps(manifest))
    return out
