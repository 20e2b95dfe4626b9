"""A bundle that uses each kind of tensor, and its pictures on a provider beside those of the CPU.

As a program: ``device_steps.py FOLDER PROVIDER`` makes the bundle there, compares 60 steps, and prints what it found as JSON. A
process that uses WebGPU must have been started with the variables of devtools/webgpu_testbed.py.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.runtime import tensors
from dreambridge.runtime.runner import StreamRunner
from onnx import TensorProto as T
from onnx import helper as h

SIDE, STEPS = 8, 60
SHAPE = [1, 3, SIDE, SIDE]


def tensors_of_all_kinds(out: Path, cuda_graph: bool = False) -> Path:
    """The bundle ``kinds``: state as numbers and as a count, a constant state, conditions, presence, noise, meta and a view.

    A frame depends on all of them, and on those of the steps before.
    """
    out.mkdir()
    value, node = h.make_tensor_value_info, h.make_node
    graphs = {}
    for name in ("step", "over"):
        viewed = name == "over"
        ins = [
            value("cond.x", T.FLOAT, [1, 1]),
            value("pres.x", T.FLOAT, [1, 1]),
            value("cond.v", T.FLOAT, [1, 3]),
            value("noise", T.FLOAT, SHAPE),
            value("time", T.DOUBLE, [1]),
            value("index", T.INT64, [1]),
            value("state.s", T.FLOAT, SHAPE),
            value("state.k", T.FLOAT, SHAPE),
            value("state.n", T.INT64, [1]),
            *([value("label", T.UINT8, [1, SIDE, SIDE, 4])] if viewed else []),
        ]
        outs = [value("frame", T.UINT8, [1, SIDE, SIDE, 4]), value("next.s", T.FLOAT, SHAPE), value("next.n", T.INT64, [1])]
        numbers = {"0.9": 0.9, "0.1": 0.1, "0.3": 0.3, "60": 60.0, "128": 128.0, "0": 0.0, "255": 255.0, "1/255": 1 / 255}
        consts = [h.make_tensor(n, T.FLOAT, [], [v]) for n, v in numbers.items()] + [
            h.make_tensor("one", T.INT64, [1], [1]),
            h.make_tensor("as_channels", T.INT64, [4], [1, 3, 1, 1]),
            h.make_tensor("as_scalar", T.INT64, [4], [1, 1, 1, 1]),
            h.make_tensor("alpha", T.FLOAT, [1, 1, SIDE, SIDE], [255.0] * SIDE * SIDE),
        ]
        nodes = [
            node("Add", ["state.n", "one"], ["next.n"]),
            node("Cast", ["time"], ["seconds"], to=T.FLOAT),
            node("Add", ["state.n", "index"], ["count"]),
            node("Cast", ["count"], ["counted"], to=T.FLOAT),
            node("Mul", ["counted", "0.1"], ["slower"]),
            node("Add", ["seconds", "slower"], ["phase"]),
            node("Sin", ["phase"], ["wave"]),
            node("Mul", ["cond.x", "pres.x"], ["set"]),
            node("Mul", ["set", "wave"], ["waved"]),
            node("Reshape", ["waved", "as_scalar"], ["x"]),
            node("Reshape", ["cond.v", "as_channels"], ["v"]),
            node("Mul", ["noise", "0.3"], ["grain"]),
            node("Add", ["x", "v"], ["a"]),
            node("Add", ["a", "grain"], ["b"]),
            node("Mul", ["state.k", "0.1"], ["k"]),
            node("Add", ["b", "k"], ["c"]),
            node("Mul", ["state.s", "0.9"], ["kept"]),
            node("Mul", ["c", "0.3"], ["new"]),
            node("Add", ["kept", "new"], ["plain" if viewed else "next.s"]),
        ]
        if viewed:
            nodes += [
                node("Cast", ["label"], ["drawn"], to=T.FLOAT),
                node("Transpose", ["drawn"], ["planes"], perm=[0, 3, 1, 2]),
                node("Slice", ["planes", "zero_i", "three_i", "one"], ["rgb"]),
                node("Mul", ["rgb", "1/255"], ["shade"]),
                node("Add", ["plain", "shade"], ["next.s"]),
            ]
            consts += [h.make_tensor("zero_i", T.INT64, [1], [0]), h.make_tensor("three_i", T.INT64, [1], [3])]
        nodes += [
            node("Mul", ["next.s", "60"], ["scaled"]),
            node("Add", ["scaled", "128"], ["moved"]),
            node("Clip", ["moved", "0", "255"], ["clipped"]),
            node("Concat", ["clipped", "alpha"], ["rgba"], axis=1),
            node("Transpose", ["rgba"], ["picture"], perm=[0, 2, 3, 1]),
            node("Cast", ["picture"], ["frame"], to=T.UINT8),
        ]
        model = h.make_model(h.make_graph(nodes, name, ins, outs, consts), opset_imports=[h.make_opsetid("", 18)], ir_version=9)
        onnx.checker.check_model(model, full_check=True)
        data = model.SerializeToString()
        (out / f"{name}.onnx").write_bytes(data)
        graphs[name] = {"file": f"{name}.onnx", "sha256": hashlib.sha256(data).hexdigest()}
    manifest = {
        "format": "1.0", "name": "kinds", "version": "1.0.0", "license": "Apache-2.0", "description": "All kinds of tensors.",
        "frame": {"width": SIDE, "height": SIDE, "fps": 24}, "graphs": graphs,
        "step": {
            "graph": "step", "frame": "frame", "noise": {"input": "noise", "shape": SHAPE},
            "meta": {"time": "time", "frame_index": "index"}, "cuda_graph": cuda_graph,
            "conditions": {"x": {"input": "cond.x", "present": "pres.x"}, "v": {"input": "cond.v"}},
            "state": {
                "s": {"input": "state.s", "output": "next.s", "dtype": "float32", "shape": SHAPE},
                "k": {"input": "state.k", "output": None, "dtype": "float32", "shape": SHAPE, "initial": 0.5},
                "n": {"input": "state.n", "output": "next.n", "dtype": "int64", "shape": [1]},
            },
        },
        "view": {"graph": "over", "inputs": {"label": {"input": "label"}},
                 "palette": {"a": {"colour": [0, 0, 0], "depth": 0}, "b": {"colour": [99, 0, 0], "depth": 1}}},
        "conditions": {
            "x": {"kind": "number", "description": "x", "range": [-1, 1], "default": 0, "over": 0},
            "v": {"kind": "vector", "description": "v", "size": 3, "range": [-1, 1], "over": 0},
        },
    }  # fmt: skip
    (out / "bundle.json").write_text(json.dumps(manifest))
    return out


def pictures(runner: StreamRunner, steps: int = STEPS) -> list[Any]:
    """The frames of that many steps; all conditions change at each, and the last third is made over a view that changes too."""
    rng = np.random.default_rng(3)
    slots = [np.zeros(runner.frame_shape, np.uint8) for _ in range(3)]
    runner.load_view()
    out = []
    for i in range(steps):
        viewed = 3 * i >= 2 * steps
        values = {
            n: (rng.uniform(-1, 1, c.shape).astype(np.float32), float(rng.uniform()))
            for n, c in runner.bundle.manifest.conditions.items()
        }
        if viewed:
            runner.view["label"][...] = rng.integers(0, 255, runner.view["label"].shape)
        runner.step(slots[i % 3].ctypes.data, i, i, i / 24, 1 / 24, 0, values, viewed)
        out.append(slots[i % 3].copy())
    return out


def difference(a: list[Any], b: list[Any]) -> int:
    """The largest of any pixel, of 255."""
    return max(int(np.abs(x.astype(int) - y.astype(int)).max()) for x, y in zip(a, b, strict=True))


class OldBinder(tensors.Binder):
    """As inputs were bound once: from the CPU's memory, on a device too."""

    def input(self, name: str, array: Any, dtype: str = "") -> None:
        if name in self._used:
            self._from_cpu(name, array, dtype)


def _old(bundle: Bundle, provider: str) -> list[Any]:
    real, where = tensors.Binder, sys.modules[StreamRunner.__module__]
    where.Binder = OldBinder  # type: ignore[attr-defined]
    try:
        return pictures(StreamRunner(bundle, provider, 1, 7))
    finally:
        where.Binder = real  # type: ignore[attr-defined]


def compare(bundle: Bundle, provider: str) -> dict[str, Any]:
    """60 steps on the provider, beside those of the CPU and those of a runner that binds its inputs only once.

    CUDA graphs have no such binding.
    """
    cpu = pictures(StreamRunner(bundle, "cpu", 1, 7))
    runner = StreamRunner(bundle, provider, 1, 7)
    ours = pictures(runner)
    copies = runner.copies_of_steps, runner.copies.frames
    kept = runner.get_state()
    other = runner.twin()
    again = [pictures(r, 6) for r in (runner, other)]
    runner.reset()
    runner.turn, back = 0, runner.get_state()
    for name, state in kept.items():
        runner.set_state(name, state)
    put_back = all((runner.get_state()[n] == state).all() for n, state in kept.items())
    old = None if runner.weights.captured else _old(bundle, provider)
    return {
        "difference": difference(cpu, ours),
        "difference_of_the_old_binding": old and difference(cpu, old),
        "moves": difference(cpu[:-1], cpu[1:]),
        "operators": runner.operators,
        "places": {n: t.device for n, t in runner.state.items()},
        "state_copies_of_steps": copies[0],
        "frame_copies": copies[1],
        "twin": difference(*again),
        "reset": bool((back["s"] == 0).all() and back["n"][0] == 0),
        "put_back": put_back,
    }


if __name__ == "__main__":
    print(json.dumps(compare(load_bundle(tensors_of_all_kinds(Path(sys.argv[1]))), sys.argv[2])))
