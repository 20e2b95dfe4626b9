"""A bundle of any size for measurements: eight bands, six of conditions and two of the frame's index."""

import hashlib
import json
from pathlib import Path
from typing import Any

BANDS = 8
NUMBERS = ("a", "b", "c", "d")
LEVELS = {"low": 0.0, "middle": 0.5, "high": 1.0}  # of the choice
INDEX_MOD = 251


def bands(out: Path, width: int, height: int, fps: float) -> Path:
    """Write a bundle whose frame, RGBA [height, width, 4], has eight grey bands from top to bottom; ``height`` in eighths.

    The first four show the numbers a to d (0 to 1), then the choice e (low, middle, high) and the first entry of the vector f,
    each times 255; the last two show the frame's index modulo 251. The package ``onnx`` is needed.
    """
    import onnx
    from onnx import TensorProto as T
    from onnx import helper as h

    value = h.make_tensor_value_info
    ins = [value(f"cond.{n}", T.FLOAT, [1, 1]) for n in NUMBERS]
    ins += [value("cond.e", T.FLOAT, [1, 3]), value("cond.f", T.FLOAT, [1, 2]), value("meta.frame_index", T.INT64, [1])]
    consts = [
        h.make_tensor("levels", T.FLOAT, [3, 1], list(LEVELS.values())),
        h.make_tensor("first", T.FLOAT, [2, 1], [1.0, 0.0]),
        h.make_tensor("most", T.FLOAT, [1], [255.0]),
        h.make_tensor("none", T.FLOAT, [1], [0.0]),
        h.make_tensor("mod", T.INT64, [1], [INDEX_MOD]),
        h.make_tensor("one", T.INT64, [2], [1, 1]),
        h.make_tensor("column", T.INT64, [5], [1, BANDS, 1, 1, 1]),
        h.make_tensor("colour", T.INT64, [5], [1, BANDS, 1, 1, 3]),
        h.make_tensor("solid", T.UINT8, [1, BANDS, 1, 1, 1], [255] * BANDS),
        h.make_tensor("whole", T.INT64, [5], [1, BANDS, height // BANDS, width, 4]),
        h.make_tensor("picture", T.INT64, [4], [1, height, width, 4]),
    ]
    nodes = [
        h.make_node("MatMul", ["cond.e", "levels"], ["e"]),
        h.make_node("MatMul", ["cond.f", "first"], ["f"]),
        h.make_node("Concat", [*(f"cond.{n}" for n in NUMBERS), "e", "f"], ["six"], axis=1),
        h.make_node("Mul", ["six", "most"], ["scaled"]),
        h.make_node("Mod", ["meta.frame_index", "mod"], ["rest"]),
        h.make_node("Cast", ["rest"], ["rest_float"], to=T.FLOAT),
        h.make_node("Reshape", ["rest_float", "one"], ["index"]),
        h.make_node("Concat", ["scaled", "index", "index"], ["all"], axis=1),
        h.make_node("Round", ["all"], ["round"]),
        h.make_node("Clip", ["round", "none", "most"], ["bytes_float"]),
        h.make_node("Cast", ["bytes_float"], ["bytes"], to=T.UINT8),
        h.make_node("Reshape", ["bytes", "column"], ["grey"]),
        h.make_node("Expand", ["grey", "colour"], ["rgb"]),
        h.make_node("Concat", ["rgb", "solid"], ["rgba"], axis=4),
        h.make_node("Expand", ["rgba", "whole"], ["wide"]),
        h.make_node("Reshape", ["wide", "picture"], ["frame"]),
    ]
    # Scalars for Clip.
    for c in consts:
        if c.name in ("none", "most"):
            del c.dims[:]
    outs = [value("frame", T.UINT8, [1, height, width, 4])]
    model = h.make_model(h.make_graph(nodes, "step", ins, outs, consts), opset_imports=[h.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString()
    number: dict[str, Any] = {"kind": "number", "range": [0, 1], "default": 0.5, "over": 0.0}
    conditions: dict[str, Any] = {n: number | {"description": f"Band {n}."} for n in NUMBERS}
    conditions["e"] = {"kind": "choice", "options": list(LEVELS), "default": "low", "over": 0.0, "description": "Band e."}
    conditions["f"] = {"kind": "vector", "size": 2, "range": [0, 1], "default": 0, "over": 0.0, "description": "Band f."}
    manifest = {
        "format": "1.0",
        "name": out.name,
        "version": "1.0.0",
        "license": "Apache-2.0",
        "description": "Eight bands, for measurements.",
        "frame": {"width": width, "height": height, "fps": fps},
        "graphs": {"step": {"file": "step.onnx", "sha256": hashlib.sha256(data).hexdigest()}},
        "step": {
            "graph": "step",
            "frame": "frame",
            "conditions": {n: {"input": f"cond.{n}"} for n in conditions},
            "meta": {"frame_index": "meta.frame_index"},
        },
        "conditions": conditions,
    }
    out.mkdir()
    (out / "step.onnx").write_bytes(data)
    (out / "bundle.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return out
