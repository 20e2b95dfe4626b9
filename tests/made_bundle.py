"""Bundles that tests make of a few ONNX operators, for what no bundle of the project has."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from bundle_edits import change
from conftest import PATIENCE, soon
from dreambridge.bundle.load import load_bundle
from dreambridge.engine.sentence_encoders import SentenceEncoders
from dreambridge.engine.session import Session
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.requests import Open
from numpy.typing import NDArray
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

Shape = Sequence[int | str]
Tensors = Mapping[str, tuple[int, Shape]]


def named(path: Path) -> dict[str, Any]:
    """A file of the bundle, as bundle.json names it."""
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def graph(path: Path, nodes: list[Any], inputs: Tensors, outputs: Tensors, **constants: NDArray[Any]) -> dict[str, Any]:
    """Write a graph; its entry in `graphs`."""
    value = h.make_tensor_value_info
    ins, outs = ([value(n, t, list(s)) for n, (t, s) in side.items()] for side in (inputs, outputs))
    inits = [nh.from_array(np.asarray(a), n) for n, a in constants.items()]
    model = h.make_model(h.make_graph(nodes, path.stem, ins, outs, inits), opset_imports=[h.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())
    return named(path)


def shown(tensor: str, count: int) -> list[Any]:
    """Nodes whose `frame` [1, 1, count, 4] shows ``count`` numbers of 0-1 as its greys; constants: ``SHOWN``."""
    return [
        h.make_node("Reshape", [tensor, "frame_row"], ["row"]),
        h.make_node("Mul", ["row", "frame_scale"], ["scaled"]),
        h.make_node("Round", ["scaled"], ["round"]),
        h.make_node("Cast", ["round"], ["bytes"], to=T.UINT8),
        h.make_node("Expand", ["bytes", "frame_shape"], ["frame"]),
    ]


def constants(count: int, **more: Any) -> dict[str, Any]:
    """Those that ``shown`` needs, and others."""
    return {
        "frame_row": np.array([1, 1, count, 1], np.int64),
        "frame_scale": np.float32(255),
        "frame_shape": np.array([1, 1, count, 4], np.int64),
    } | more


def write(folder: Path, graphs: dict[str, Any], step: dict[str, Any], width: int, **more: Any) -> Path:
    """bundle.json of a bundle whose frames are one row of pixels."""
    manifest = {
        "format": "1.1",
        "name": folder.name,
        "version": "1.0.0",
        "license": "Apache-2.0",
        "description": "For a test.",
        "frame": {"width": width, "height": 1, "fps": 10},
        "graphs": graphs,
        "step": {"graph": "step", "frame": "frame"} | step,
    } | more
    (folder / "bundle.json").write_text(json.dumps(manifest))
    return folder


def directed(folder: Path, conditions: dict[str, Any], sizes: dict[str, int], per_step: int = 1, **given: Any) -> Path:
    """A bundle whose frame shows its conditions one after the other."""
    folder.mkdir()
    shapes = {n: given.get("shapes", {}).get(n, [1, size]) for n, size in sizes.items()}
    total = sum(sizes.values())
    nodes = [h.make_node("Reshape", [f"cond.{n}", f"flat.{n}"], [f"row.{n}"]) for n in sizes]
    nodes += [h.make_node("Concat", [f"row.{n}" for n in sizes], ["all"], axis=0), *shown("all", total)]
    if per_step > 1:
        nodes[-1] = h.make_node("Expand", ["bytes", "frames"], ["frame"])
    g = graph(
        folder / "step.onnx",
        nodes,
        {f"cond.{n}": (T.FLOAT, shapes[n]) for n in sizes},
        {"frame": (T.UINT8, [per_step, 1, total, 4])},
        **constants(total, frames=np.array([per_step, 1, total, 4], np.int64)),
        **{f"flat.{n}": np.array([-1], np.int64) for n in sizes},
    )
    write(folder, {"step": g}, {"conditions": {n: {"input": f"cond.{n}"} for n in sizes}}, total, conditions=conditions)
    change(folder, lambda m: m["frame"].update(per_step=per_step))
    return folder


def with_a_large_state(folder: Path, count: int = 3 * 2**20) -> Path:
    """A bundle that counts its steps, and has a state of ``count`` float32 that cannot be compressed: too large for a message."""
    folder.mkdir()
    g = graph(
        folder / "step.onnx",
        [h.make_node("Add", ["n", "by"], ["n2"]), h.make_node("Identity", ["big"], ["big2"]), *shown("n2", 1)],
        {"n": (T.FLOAT, [1]), "big": (T.FLOAT, [count])},
        {"frame": (T.UINT8, [1, 1, 1, 4]), "n2": (T.FLOAT, [1]), "big2": (T.FLOAT, [count])},
        **constants(1, by=np.float32(1 / 255)),
    )
    (folder / "big.bin").write_bytes(np.random.default_rng(1).random(count, np.float32).tobytes())
    state = {
        "n": {"input": "n", "output": "n2", "dtype": "float32", "shape": [1]},
        "big": {"input": "big", "output": "big2", "dtype": "float32", "shape": [count], "initial": named(folder / "big.bin")},
    }
    return write(folder, {"step": g}, {"state": state}, 1)


@contextmanager
def opened(folder: Path, **ask: Any) -> Iterator[Session]:
    """A paused session in this process."""
    said: list[Any] = []
    o = Open(bundle=folder.name, **{"threads": 1, "paused": True} | ask)
    s = Session(1, load_bundle(folder), o, "cpu", time.time_ns(), SentenceEncoders(), said.append)
    s.start(said.append)
    soon(lambda: said)
    assert not isinstance(said[0], DreamError), said[0]
    try:
        yield s
    finally:
        s.close()
        s.join(PATIENCE)


def asked(call: Callable[..., None], *words: Any, **more: Any) -> Any:
    """The reply to a request; a DreamError is raised."""
    out: list[Any] = []
    call(*words, reply=out.append, **more)
    soon(lambda: out)
    if isinstance(out[0], DreamError):
        raise out[0]
    return out[0]


def direct(s: Session, over: float | None = None, **values: Any) -> None:
    asked(s.direct, values, over, "linear", 0)


def told(s: Session, *names: str) -> list[np.ndarray]:
    """The tensors of conditions in one step."""
    r = asked(s.step, 1, conditions=names)
    return [np.frombuffer(r.values[n], np.float32) for n in names]
