"""Steps of a bundle's graphs in this process, without a daemon: what costs are measured on."""

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bench.vista.grey_boxes import drawn
from dreambridge.bundle.load import Bundle
from dreambridge.conditioning.values import encode
from dreambridge.ring.depth import pack_depth
from dreambridge.runtime.runner import StreamRunner
from dreambridge.system.onnx_runtime import import_onnxruntime

Directed = Mapping[str, Any]
# What a step costs depends on what is in the picture: branches of the graph that are not needed do not run.
SCENES: dict[str, dict[str, Any]] = {
    "plain_clear": {"weather": "clear", "style": "plain", "time_of_day": 10.0},
    "oil_in_rain": {"weather": "rain", "biome": "forest", "season": "autumn", "style": "oil", "time_of_day": 18.0},
    "view": {"weather": "clear", "style": "plain", "time_of_day": 10.0},
}
MOVE_NOTHING = ("Reshape", "Squeeze", "Unsqueeze", "If", "Identity")
FLOAT = 4  # bytes


class Bare:
    """A stream of ``bundle`` that makes steps at one quality level in the scene of that name, as fast as it can."""

    def __init__(self, bundle: Bundle, scene: str, level: int = 0, threads: int = 1, seed: int = 7) -> None:
        values = {
            n: (encode(n, bundle.manifest.conditions[n], v, _no_sentence), 1.0)
            for n, v in SCENES[scene].items()
            if n in bundle.manifest.conditions
        }
        self.runner = StreamRunner(bundle, "cpu", threads, seed, values=values)
        self.viewed = scene == "view"
        if level:
            self.runner.load_level(level)
            self.runner.level = level
        if self.viewed:
            self.runner.load_view()
            label, depth = drawn(7, True, 1).frames[0]
            self.runner.view["label"][0] = _fitted(label, self.runner.view["label"].shape)
            if depth is not None and "depth" in self.runner.view:
                self.runner.view["depth"][0] = _fitted(pack_depth(depth), self.runner.view["depth"].shape)
                self.runner.view["has_depth"][...] = 1
        self._frame, self._count = np.zeros(self.runner.frame_shape, np.uint8), 0

    def step(self) -> float:
        """Make a step; returns its milliseconds."""
        k, begun = self._count, time.perf_counter()
        self.runner.step(self._frame.ctypes.data, k, k, k / 24, 1 / 24, 0, viewed=self.viewed)
        self._count += 1
        return (time.perf_counter() - begun) * 1e3

    def cost(self) -> "Cost":
        """What one step runs, counted by ONNX Runtime's profiler."""
        r, ort = self.runner, import_onnxruntime()
        self.step()
        m = r.bundle.manifest
        graph = m.view_graph(r.level) if self.viewed else m.step_graph(r.level)
        assert graph
        with tempfile.TemporaryDirectory() as folder:
            options = ort.SessionOptions()
            options.intra_op_num_threads, options.enable_profiling = 1, True
            options.profile_file_prefix = str(Path(folder) / "step")
            session = ort.InferenceSession(r.bundle.graph(graph).model, options, providers=["CPUExecutionProvider"])
            session.run([m.step.frame], self._feeds(session))
            events = json.loads(Path(session.end_profiling()).read_text())
        return counted([e for e in events if e.get("cat") == "Node" and e["name"].endswith("_kernel_time")])

    def _feeds(self, session: Any) -> dict[str, NDArray[Any]]:
        r, s = self.runner, self.runner.bundle.manifest.step
        held: dict[str, NDArray[Any]] = {st.input: r.get_state([n])[n] for n, st in s.state.items()}
        for n, c in s.conditions.items():
            held[c.input] = r.conditions[n]
            if c.present:
                held[c.present] = r.present[n]
        held |= {name: r.meta[k] for k, name in s.meta.items()}
        if self.viewed and r.bundle.manifest.view:
            held |= {i.input: r.view[role] for role, i in r.bundle.manifest.view.inputs.items()}
        return {i.name: held[i.name] for i in session.get_inputs()}


def _no_sentence(name: str, sentence: str) -> Any:
    raise AssertionError(f"{name}: {sentence!r}")


def _fitted(picture: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The picture for a frame that is wider: repeated to the right."""
    return np.tile(picture, (1, -(-shape[2] // picture.shape[1]), 1))[: shape[1], : shape[2]]


@dataclass(frozen=True)
class Cost:
    """Counts of one step that no noise can blur. ``small`` kernels write less than 32 KB; bytes are in MB."""

    gflop: float
    kernels: int
    small: int
    mb_written: float
    mb_read: float
    by_operator: dict[str, tuple[int, float]]  # count and MB written, the largest first


def counted(events: list[dict[str, Any]]) -> Cost:
    """The cost of the kernels in a profile, without those that move nothing."""
    flop = written = read = 0.0
    kernels = small = 0
    by: dict[str, list[float]] = {}
    for e in events:
        a = e["args"]
        if a["op_name"] in MOVE_NOTHING:
            continue
        out = float(a.get("output_size") or 0)
        kernels, small = kernels + 1, small + (out < 32 * 1024)
        written += out
        read += float(a.get("activation_size") or 0) + float(a.get("parameter_size") or 0)
        flop += _flop(a)
        own = by.setdefault(a["op_name"], [0, 0.0])
        own[0], own[1] = own[0] + 1, own[1] + out / 1e6
    largest = sorted(by.items(), key=lambda item: -item[1][1])
    return Cost(flop / 1e9, kernels, small, written / 1e6, read / 1e6, {n: (int(c), round(mb, 2)) for n, (c, mb) in largest[:12]})


def _flop(a: dict[str, Any]) -> float:
    """Of products and convolutions, two for each multiplication and addition; all others are 0."""
    inputs = [next(iter(t.values())) for t in a.get("input_type_shape") or []]
    outputs = [next(iter(t.values())) for t in a.get("output_type_shape") or []]
    if not inputs or not outputs:
        return 0.0
    op, out = a["op_name"], prod(outputs[0])
    if "Conv" in op and len(inputs) > 1:
        return 2.0 * out * prod(inputs[1][1:])
    if ("MatMul" in op or "Gemm" in op) and len(inputs[0]) >= 1:
        return 2.0 * out * inputs[0][-1]
    return 0.0
