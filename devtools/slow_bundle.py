"""Bundles whose step takes as long as their conditions say, for the tests of the watchdog and for `bench chaos`."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

KERNEL = 1000
FOR_EVER = 2**24  # turns in millions: half a year


def _write(model: onnx.ModelProto, path: Path) -> dict[str, str]:
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _loop(name: str, turns: str, out: str) -> onnx.NodeProto:
    """``out`` = ``turns`` int64 [], counted one by one: many operators, one after the other."""
    value = h.make_tensor_value_info
    body = h.make_graph(
        [h.make_node("Identity", ["go"], ["go_on"]), h.make_node("Add", ["n", "one"], ["n_next"])],
        f"{name}_body",
        [value("i", T.INT64, []), value("go", T.BOOL, []), value("n", T.FLOAT, [1])],
        [value("go_on", T.BOOL, []), value("n_next", T.FLOAT, [1])],
        [h.make_tensor("one", T.FLOAT, [1], [1.0])],
    )
    return h.make_node("Loop", [turns, "", "zero"], [out], body=body)


def _step() -> onnx.ModelProto:
    """cond.millions [1, 1]: turns of a loop, in millions. cond.pool [1, 1]: a single operator, of about 2 (pool + 1)² ms."""
    value = h.make_tensor_value_info
    nodes = [
        h.make_node("Mul", ["cond.millions", "million"], ["many"]),
        h.make_node("Reshape", ["many", "scalar"], ["turns_f"]),
        h.make_node("Cast", ["turns_f"], ["turns"], to=T.INT64),
        _loop("step", "turns", "counted"),
        h.make_node("Reshape", ["cond.pool", "one_side"], ["more_f"]),
        h.make_node("Cast", ["more_f"], ["more"], to=T.INT64),
        h.make_node("Add", ["more", "kernel"], ["side"]),
        h.make_node("Concat", ["ones", "side", "side"], ["picture_size"], axis=0),
        h.make_node("Expand", ["zero", "picture_size"], ["picture"]),
        h.make_node("MaxPool", ["picture"], ["pooled"], kernel_shape=[KERNEL, KERNEL]),
        h.make_node("ReduceMax", ["pooled"], ["most"], keepdims=0),
        h.make_node("Add", ["counted", "most"], ["sum"]),
        h.make_node("Add", ["state.n", "by"], ["next.n"]),
        h.make_node("Mul", ["sum", "zero"], ["nothing"]),
        h.make_node("Add", ["next.n", "nothing"], ["shown"]),
        h.make_node("Cast", ["shown"], ["byte"], to=T.UINT8),
        h.make_node("Expand", ["byte", "frame_size"], ["frame"]),
    ]
    constants = {
        "million": np.full((1, 1), 1e6, np.float32),
        "scalar": np.array([], np.int64),
        "one_side": np.array([1], np.int64),
        "kernel": np.array([KERNEL], np.int64),
        "ones": np.array([1, 1], np.int64),
        "zero": np.zeros(1, np.float32),
        "by": np.ones(1, np.float32),
        "frame_size": np.array([1, 2, 2, 4], np.int64),
    }
    graph = h.make_graph(
        nodes,
        "step",
        [value("state.n", T.FLOAT, [1]), value("cond.millions", T.FLOAT, [1, 1]), value("cond.pool", T.FLOAT, [1, 1])],
        [value("frame", T.UINT8, [1, 2, 2, 4]), value("next.n", T.FLOAT, [1])],
        [nh.from_array(v, n) for n, v in constants.items()],
    )
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9)


def _light_step() -> onnx.ModelProto:
    """The same inputs and outputs, always at once; the frame shows 100 more."""
    value = h.make_tensor_value_info
    nodes = [
        h.make_node("Add", ["cond.millions", "cond.pool"], ["all"]),
        h.make_node("Mul", ["all", "zero"], ["nothing"]),
        h.make_node("Add", ["state.n", "by"], ["next.n"]),
        h.make_node("Add", ["next.n", "more"], ["lighter"]),
        h.make_node("Add", ["lighter", "nothing"], ["shown"]),
        h.make_node("Cast", ["shown"], ["byte"], to=T.UINT8),
        h.make_node("Expand", ["byte", "frame_size"], ["frame"]),
    ]
    constants = {
        "zero": np.zeros(1, np.float32),
        "by": np.ones(1, np.float32),
        "more": np.full(1, 100, np.float32),
        "frame_size": np.array([1, 2, 2, 4], np.int64),
    }
    graph = h.make_graph(
        nodes,
        "step_light",
        [value("state.n", T.FLOAT, [1]), value("cond.millions", T.FLOAT, [1, 1]), value("cond.pool", T.FLOAT, [1, 1])],
        [value("frame", T.UINT8, [1, 2, 2, 4]), value("next.n", T.FLOAT, [1])],
        [nh.from_array(v, n) for n, v in constants.items()],
    )
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9)


def _encoder(millions: float) -> onnx.ModelProto:
    """A state [1] from the seed [1], after ``millions`` of turns in a loop."""
    value = h.make_tensor_value_info
    nodes = [
        h.make_node("Mul", ["seed", "no"], ["no_more"]),
        h.make_node("Add", ["no_more", "many"], ["turns_1"]),
        h.make_node("Reshape", ["turns_1", "scalar"], ["turns"]),
        _loop("encoder", "turns", "counted"),
        h.make_node("Mul", ["counted", "zero"], ["n"]),
    ]
    constants = {
        "no": np.zeros(1, np.int64),
        "many": np.array([millions * 1e6], np.int64),
        "scalar": np.array([], np.int64),
        "zero": np.zeros(1, np.float32),
    }
    graph = h.make_graph(
        nodes,
        "encoder",
        [value("seed", T.INT64, [1])],
        [value("n", T.FLOAT, [1])],
        [nh.from_array(v, n) for n, v in constants.items()],
    )
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9)


def slow(out: Path, millions: float = 0, loading: float = 0, pool: float = 0, light: bool = False) -> Path:
    """A bundle that counts its steps. Conditions: ``millions`` of turns in a loop (by default the argument) and ``pool``, the
    size of a single operator. ``loading``: millions of turns in an encoder, which runs while the bundle is loaded. ``light``: it
    has a quality level of this name, which takes no time and shows 100 more.
    """
    out.mkdir()
    graphs = {"step": _write(_step(), out / "step.onnx"), "encoder": _write(_encoder(loading), out / "encoder.onnx")}
    number = {"kind": "number", "range": [0, FOR_EVER], "over": 0, "description": "How long it takes."}
    manifest = {
        "format": "1.0",
        "name": out.name,
        "version": "1.0.0",
        "license": "Apache-2.0",
        "description": "Takes its time.",
        "frame": {"width": 2, "height": 2, "fps": 30},
        "graphs": graphs,
        "step": {
            "graph": "step",
            "frame": "frame",
            "conditions": {"millions": {"input": "cond.millions"}, "pool": {"input": "cond.pool"}},
            "state": {"n": {"input": "state.n", "output": "next.n", "dtype": "float32", "shape": [1]}},
        },
        "encoders": [{"graph": "encoder", "inputs": {"seed": {"seed": True}}, "outputs": {"n": {"state": "n"}}}],
        "conditions": {"millions": number | {"default": millions}, "pool": number | {"default": pool}},
    }
    if light:
        graphs["step_light"] = _write(_light_step(), out / "step_light.onnx")
        manifest |= {"format": "1.1", "levels": [{"name": "light", "step": "step_light", "cost": 0.5}]}
    (out / "bundle.json").write_text(json.dumps(manifest))
    return out


@contextmanager
def in_the_bundle_path(folder: Path) -> Iterator[Path]:
    """``slow``, and ``hanging``, whose encoder never ends, are made in ``folder`` and can be opened by name."""
    slow(folder / "slow")
    slow(folder / "hanging", loading=FOR_EVER)
    before = os.environ.get("DREAMBRIDGE_BUNDLES")
    os.environ["DREAMBRIDGE_BUNDLES"] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop("DREAMBRIDGE_BUNDLES")
        if before is not None:
            os.environ["DREAMBRIDGE_BUNDLES"] = before
