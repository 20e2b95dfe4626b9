"""Fifty steps of a written bundle beside PyTorch: frames and states, with conditions that change on the way.

Both run for themselves from the same start: an error in a state would grow. A second run in PyTorch without the change is the
control: a network that does not hear its conditions is equal in both, and proves nothing.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dreambridge.bundle.dtypes import from_bfloat16
from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Condition, start_of, weight_of
from dreambridge.conditioning.timeline import Timeline
from dreambridge.conditioning.values import encode
from dreambridge.engine.sentence_encoders import SentenceEncoders
from dreambridge.export.source import Graph, Source
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.noise import Noise
from dreambridge.runtime.roles import META
from dreambridge.runtime.runner import StreamRunner

STEPS = 50
FRAME = {"float32": 1, "float16": 2, "bfloat16": 8}  # of 255
STATE = {"float32": 2e-3, "float16": 5e-2, "bfloat16": 2e-1}  # of the state's own spread
SENTENCES = ("a storm over the coast at night", "a calm meadow in spring")


@dataclass(frozen=True)
class Parity:
    """How far the bundle's frames (of 255) and states (of their spread) are from PyTorch's; ``heard``: what the change does."""

    steps: int
    frame: int
    states: Mapping[str, float] = field(default_factory=dict)
    heard: int = 0
    moves: float = 0.0


def values(c: Condition, which: int) -> Any:
    """Two values of a condition that are far from each other."""
    rng = np.random.default_rng(17 + which)
    if c.kind == "number":
        lo, hi = c.range or (0.0, 1.0)
        number = lo + (hi - lo) * (0.2, 0.8)[which]
        return round(number) if c.discrete else number
    if c.kind == "choice":
        return c.options[-which]
    if c.kind == "text":
        return SENTENCES[which]
    if c.kind == "event":
        return {o: 1.0 for o in c.options[: 1 + which]} if c.options else 1.0
    if c.kind == "image":
        rgb = rng.integers(0, 256, (16, 16, 3), np.uint8)
        return {"width": 16, "height": 16, "rgb": rgb.tobytes()}
    if c.kind == "pose":
        return [rng.random((17, 2)).tolist()]
    lo, hi = (0.0, 1.0) if c.kind == "audio" else c.range or (-1.0, 1.0)
    return (lo + (hi - lo) * rng.random(17 if c.kind == "audio" else c.size)).tolist()


class TorchStream:
    """The modules of a source, stepped as the runner steps the graphs."""

    def __init__(self, bundle: Bundle, source: Source, seed: int, module: Any = None) -> None:
        """``module`` : in place of the source's step, such as a compiled one."""
        self.m, self.source, self.seed = bundle.manifest, source, seed
        self._step = source.step if module is None else replace(source.step, module=module)
        self.noise = Noise(self.m.step.noises, overlapping=self.m.minor == 0)
        self.state = {n: _tensor(bundle.initial(s), s.dtype) for n, s in self.m.step.state.items()}
        self.conditions: dict[str, Any] = {}
        self._before: dict[str, Any] = {}

    def step(self, number: int, given: Mapping[str, tuple[Any, float]]) -> Any:
        """The frames of a step; uint8 [N, H, W, 4]."""
        import torch

        s = self.m.step
        self.conditions |= {n: torch.from_numpy(np.array(v, np.float32)) for n, (v, _) in given.items()}
        present = {n: torch.full((1, 1), p) for n, (_, p) in given.items()}
        self._encode(present)
        feed = {st.input: self.state[n] for n, st in s.state.items()}
        for n, c in s.conditions.items():
            feed[c.input] = self.conditions[n]
            if c.start and c.weight:
                feed |= {c.start: self.conditions[start_of(n)], c.weight: self.conditions[weight_of(n)]}
            if c.present:
                feed[c.present] = present.get(n, torch.ones(1, 1))
        self.noise.draw(self.seed, number)
        feed |= {n.input: _tensor(self.noise.arrays[n.input], n.dtype) for n in s.noises}
        per, fps = self.m.frame.per_step, self.m.frame.fps
        meta = {"time": number * per / fps, "dt": 1 / fps, "frame_index": number * per, "revision": 0}
        feed |= {name: torch.from_numpy(np.array([meta[k]], META[k])) for k, name in s.meta.items()}
        made = _call(self._step, feed)
        for n, st in s.state.items():
            if st.output:
                self.state[n] = made[st.output]
        return made[s.frame].numpy()

    def _encode(self, present: Mapping[str, Any]) -> None:
        import torch

        for spec in self.m.encoders:
            feed = {
                t: torch.tensor([self.seed]) if i.seed else present[i.present] if i.present else self.conditions[str(i.condition)]
                for t, i in spec.inputs.items()
            }
            key = {t: v.clone() for t, v in feed.items()}
            before = self._before.get(spec.graph)
            if before is not None and all(torch.equal(before[t], v) for t, v in key.items()):
                continue
            self._before[spec.graph] = key
            made = _call(self.source.graphs[spec.graph], feed)
            for tensor, o in spec.outputs.items():
                if o.state:
                    self.state[o.state] = made[tensor]
                else:
                    self.conditions[str(o.condition)] = made[tensor]


def _tensor(array: Any, dtype: str) -> Any:
    import torch

    return torch.from_numpy(from_bfloat16(array)).to(torch.bfloat16) if dtype == "bfloat16" else torch.from_numpy(array.copy())


def _call(g: Graph, feed: Mapping[str, Any]) -> dict[str, Any]:
    made = g.module(*(feed[n] for n in g.inputs))
    return dict(zip(g.outputs, made if isinstance(made, (tuple, list)) else [made], strict=True))


def _numbers(array: Any, dtype: str = "") -> Any:
    """As float64."""
    if hasattr(array, "detach"):
        array = array.detach().float().numpy()
    elif dtype == "bfloat16":
        array = from_bfloat16(array)
    return np.asarray(array, np.float64)


def way(bundle: Bundle, steps: int, changed: bool) -> list[dict[str, tuple[Any, float]]]:
    """The conditions of each step: from half-way on they are others, after a transition of three steps."""
    m, encoders = bundle.manifest, SentenceEncoders()
    timeline = Timeline(m.directed, m.step.blended)
    timeline.begin(bundle.defaults())
    timeline.dt = 1 / m.frame.fps
    span = m.frame.per_step / m.frame.fps

    def text(name: str, sentence: str) -> Any:
        return encoders.encode(bundle, m.directed[name], sentence)

    coded = [{n: encode(n, c, values(c, which), text) for n, c in m.directed.items()} for which in (0, 1)]
    timeline.direct(coded[0], 0.0, 0.0)
    out = []
    for k in range(steps):
        if k == steps // 2 and changed:
            timeline.direct(coded[1], k * span, 3 * span, "linear")
        out.append(timeline.at(k * span))
        timeline.spend()
    return out


def compare(bundle: Bundle, source: Source, steps: int = STEPS, provider: str = "cpu", seed: int = 7) -> Parity:
    """Step both. DreamError ``bad_bundle`` if frames or states are too far from PyTorch's, or no condition is heard."""
    import torch

    m, given = bundle.manifest, way(bundle, steps, True)
    with torch.inference_mode():
        source.prepare()
        reference = TorchStream(bundle, source, seed)
        wanted = [reference.step(k, v) for k, v in enumerate(given)]
        source.prepare()
        deaf = TorchStream(bundle, source, seed)
        control = [deaf.step(k, v) for k, v in enumerate(way(bundle, steps, False))] if m.directed else wanted
    runner = StreamRunner(bundle, provider, 1, seed, values=given[0])
    per, fps, frame = m.frame.per_step, m.frame.fps, np.zeros(runner.frame_shape, np.uint8)
    worst = 0
    for k, v in enumerate(given):
        runner.step(frame.ctypes.data, k, k * per, k * per / fps, 1 / fps, 0, v)
        worst = max(worst, _off(frame, wanted[k]))
    states, final = {}, runner.get_state()
    for n, spec in m.step.state.items():
        if spec.output:
            a, b = _numbers(final[n], spec.dtype), _numbers(reference.state[n])
            states[n] = float(np.abs(a - b).max() / max(1.0, float(b.std())))
    heard = max((_off(a, b) for a, b in zip(wanted[steps // 2 :], control[steps // 2 :], strict=True)), default=0)
    moves = float(np.mean([np.abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(wanted)]))
    found = Parity(steps, worst, states, heard, moves)
    _check(found, source.dtype, bool(m.directed) and source.must_hear)
    return found


def _off(a: Any, b: Any) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def _check(p: Parity, dtype: str, must_hear: bool) -> None:
    if p.frame > FRAME[dtype]:
        raise DreamError(
            "bad_bundle",
            f"The bundle's frames differ from PyTorch's by up to {p.frame} of 255 within {p.steps} steps; "
            f"{FRAME[dtype]} is allowed for {dtype}.",
            "Avoid operators whose result differs in ONNX, or export in float32.",
        )
    far = {n: off for n, off in p.states.items() if not off <= STATE[dtype]}
    if far:
        name, off = max(far.items(), key=lambda item: item[1])
        raise DreamError(
            "bad_bundle",
            f"The state {name!r} differs from PyTorch's by {off:.2g} of its spread after {p.steps} steps; "
            f"{STATE[dtype]:g} is allowed.",
            "Its error grows: look for an operator whose result differs in ONNX.",
        )
    if must_hear and p.heard <= FRAME[dtype]:
        raise DreamError(
            "bad_bundle",
            f"Other conditions change the picture by {p.heard} of 255 at most: the model does not hear them.",
            "Connect the conditions to the picture. A network with random weights may need larger ones.",
        )
