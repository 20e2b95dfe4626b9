"""A tiny random transformer with a KV cache and a batch axis, for tests and benchmarks of streams that step together."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

SIDE = 16


def batched(out: Path, batch: int = 8, dim: int = 96, kept: int = 48, layers: int = 4, heads: int = 4) -> Path:
    """The bundle ``tiny-batch``: a token from a condition, noise and the frame's index; ``kept`` earlier ones in the cache.

    With ``batch`` 1 the same network has fixed shapes.
    """
    out.mkdir(parents=True)
    rng = np.random.default_rng(11)
    axis: int | str = "batch" if batch > 1 else 1
    width = dim // heads
    nodes, consts, count = list[onnx.NodeProto](), list[onnx.TensorProto](), 0

    def const(value: np.ndarray) -> str:
        consts.append(numpy_helper.from_array(value, f"c{len(consts)}"))
        return consts[-1].name

    def weight(*shape: int) -> str:
        return const((rng.normal(size=shape) / np.sqrt(shape[0])).astype(np.float32))

    def do(op: str, *inputs: str, to: str = "", **attributes: object) -> str:
        nonlocal count
        count += 1
        name = to or f"n{count}"
        nodes.append(h.make_node(op, list(inputs), [name], **attributes))
        return name

    def heads_of(x: str) -> str:
        split = do("Reshape", x, const(np.array([0, -1, heads, width], np.int64)))
        return do("Transpose", split, perm=[0, 2, 1, 3])

    value = h.make_tensor_value_info
    ins = [
        value("x", T.FLOAT, [axis, 1]),
        value("there", T.FLOAT, [axis, 1]),
        value("noise", T.FLOAT, [axis, 3]),
        value("index", T.INT64, [axis]),
    ]
    outs = [value("frame", T.UINT8, [axis, SIDE, SIDE, 4])]
    angle = do("Mul", _cast(nodes, "index"), const(np.float32(0.2)))
    place = do("Unsqueeze", do("Sin", angle), const(np.array([1], np.int64)))
    token = do("Concat", do("Mul", "x", "there"), do("Mul", "noise", const(np.float32(0.1))), place, axis=1)
    y = do("Unsqueeze", do("MatMul", token, weight(5, dim)), const(np.array([1], np.int64)))
    state = {}
    for k in range(layers):
        qkv = []
        for part in "qkv":
            p = do("MatMul", y, weight(dim, dim))
            if part != "q":
                cache, name = f"state.{part}{k}", f"next.{part}{k}"
                ins.append(value(cache, T.FLOAT, [axis, kept, dim]))
                outs.append(value(name, T.FLOAT, [axis, kept, dim]))
                of = [const(np.array([n], np.int64)) for n in (1, 10**6, 1)]
                later = do("Slice", cache, *of)
                p = do("Concat", later, p, to=name, axis=1)
                state[f"{part}{k}"] = {"input": cache, "output": name, "dtype": "float32", "shape": [1, kept, dim]}
            qkv.append(heads_of(p))
        q, keys, values = qkv
        score = do("Mul", do("MatMul", q, do("Transpose", keys, perm=[0, 1, 3, 2])), const(np.float32(width**-0.5)))
        mixed = do("Transpose", do("MatMul", do("Softmax", score, axis=3), values), perm=[0, 2, 1, 3])
        flat = do("Reshape", mixed, const(np.array([0, -1, dim], np.int64)))
        y = do("Add", y, do("MatMul", flat, weight(dim, dim)))
        hidden = do("Relu", do("MatMul", y, weight(dim, 4 * dim)))
        y = do("Add", y, do("MatMul", hidden, weight(4 * dim, dim)))
        y = do("Tanh", y)
    painted = do("Sigmoid", do("MatMul", y, weight(dim, SIDE * SIDE * 4)))
    picture = do("Reshape", do("Mul", painted, const(np.float32(255.0))), const(np.array([-1, SIDE, SIDE, 4], np.int64)))
    nodes.append(h.make_node("Cast", [picture], ["frame"], to=T.UINT8))
    model = h.make_model(h.make_graph(nodes, "step", ins, outs, consts), opset_imports=[h.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString()
    (out / "step.onnx").write_bytes(data)
    manifest = {
        "format": "1.1", "name": "tiny-batch", "version": "1.0.0", "license": "Apache-2.0", "description": "For tests.",
        "frame": {"width": SIDE, "height": SIDE, "fps": 24},
        "graphs": {"step": {"file": "step.onnx", "sha256": hashlib.sha256(data).hexdigest()}},
        "step": {
            "graph": "step", "frame": "frame", "batch": batch, "state": state, "noise": {"input": "noise", "shape": [1, 3]},
            "conditions": {"x": {"input": "x", "present": "there"}}, "meta": {"frame_index": "index"},
        },
        "conditions": {"x": {"kind": "number", "description": "x", "range": [-1, 1], "default": 0, "over": 0}},
    }  # fmt: skip
    (out / "bundle.json").write_text(json.dumps(manifest))
    return out


def _cast(nodes: list[onnx.NodeProto], name: str) -> str:
    nodes.append(h.make_node("Cast", [name], [f"{name}.float"], to=T.FLOAT))
    return f"{name}.float"
