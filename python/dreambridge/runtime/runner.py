"""Runs a bundle step by step: frames straight into the given memory, state handed on without a copy."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.bundle import Bundle
from dreambridge.runtime.manifest import EncoderSpec, StateSpec
from dreambridge.runtime.providers import make_session

DTYPES = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16", "tensor(int64)": "int64",
    "tensor(int32)": "int32", "tensor(uint8)": "uint8", "tensor(bool)": "bool",
}  # fmt: skip
MOST_BINDINGS = 64
META = {"time": "float64", "dt": "float32", "frame_index": "int64", "revision": "int64"}


def fits(have: list[Any], want: list[int]) -> bool:
    """Is the shape of a graph's tensor the wanted one, where the graph says it? (An encoder's may have names for sizes.)"""
    return len(have) == len(want) and all(h == w or not isinstance(h, int) for h, w in zip(have, want, strict=True))


class StreamRunner:
    """One stream's graphs, buffers and state.

    Parameters
    ----------
    bundle : the checked bundle
    provider : "auto" or a name of ``providers.NAMES``
    threads : intra-op threads of the step graph, 1 or more
    seed : of the noise and of the encoders that take it
    """

    def __init__(self, bundle: Bundle, provider: str = "auto", threads: int = 1, seed: int = 0) -> None:
        self.bundle, self.seed, self.threads = bundle, seed, threads
        m = bundle.manifest
        self.session, self.provider = make_session(bundle.graph(m.step.graph), provider, threads, bundle.folder)
        self.device = "cuda" if self.provider in ("cuda", "tensorrt") else "cpu"
        self.frame_shape = (m.frame.per_step, m.frame.height, m.frame.width, 4)
        self._check()
        self.encoders = [(e, make_session(bundle.graph(e.graph), "cpu", 1, bundle.folder)[0]) for e in m.encoders]
        for e, session in self.encoders:
            self._check_encoder(e, session)
        self.conditions = {n: np.zeros(c.shape, np.float32) for n, c in m.conditions.items()}
        self.present = {n: np.zeros((1, 1), np.float32) for n in m.conditions}
        self.meta = {k: np.zeros(1, META[k]) for k in m.step.meta}
        self.noise = np.zeros(m.step.noise.shape, np.float32) if m.step.noise else None
        self.state = {n: (self._fresh(s), self._fresh(s) if s.output else None) for n, s in m.step.state.items()}
        self.turn = 0
        self._values: list[dict[str, Any]] = [{}, {}]
        # by turn and by the address that the frame goes to: a ring has a handful, and binding anew costs at each step
        self._bindings: dict[tuple[int, int], Any] = {}
        self._taken: dict[str, Any] = {}
        self.reset(seed)

    # -- checks ------------------------------------------------------------------------------------------------------
    def _check(self) -> None:
        """Every tensor of the graph has one role, and every role its tensor of the right shape and dtype."""
        m, s = self.bundle.manifest, self.bundle.manifest.step
        inputs = {i.name: (DTYPES.get(i.type, i.type), i.shape) for i in self.session.get_inputs()}
        outputs = {o.name: (DTYPES.get(o.type, o.type), o.shape) for o in self.session.get_outputs()}
        want_in: dict[str, tuple[str, list[int]]] = {}
        for st in s.state.values():
            want_in[st.input] = (st.dtype, st.shape)
        for name, c in s.conditions.items():
            want_in[c.input] = ("float32", list(m.conditions[name].shape))
            if c.present:
                want_in[c.present] = ("float32", [1, 1])
        if s.noise:
            want_in[s.noise.input] = ("float32", s.noise.shape)
        for k, name in s.meta.items():
            want_in[name] = (META[k], [1])
        want_out = {st.output: (st.dtype, st.shape) for st in s.state.values() if st.output}
        want_out[s.frame] = ("uint8", list(self.frame_shape))
        for side, have, want in (("input", inputs, want_in), ("output", outputs, want_out)):
            for name, (dtype, shape) in want.items():
                if name not in have:
                    raise DreamError(
                        "bad_bundle",
                        f"{m.name}: the step graph has no {side} {name!r}; it has {sorted(have)}.",
                        "Correct bundle.json.",
                    )
                if have[name] != (dtype, list(shape)):
                    raise DreamError(
                        "bad_bundle",
                        f"{m.name}: the {side} {name!r} is {have[name][0]} {have[name][1]}; bundle.json needs {dtype} {list(shape)}.",
                        "Correct bundle.json or export the graph again.",
                    )
        for name in inputs:
            if name not in want_in:
                raise DreamError(
                    "bad_bundle", f"{m.name}: the graph's input {name!r} has no role in bundle.json.", "Give it one."
                )

    def _check_encoder(self, e: EncoderSpec, session: Any) -> None:
        """The same for an encoder graph: tensors, shapes and dtypes of what it reads and fills."""
        m = self.bundle.manifest
        want: dict[str, dict[str, tuple[str, list[int]]]] = {"input": {}, "output": {}}
        for name, i in e.inputs.items():
            if not i.seed and i.condition not in m.conditions:
                raise DreamError(
                    "bad_bundle", f"{m.name}: the encoder {e.graph!r} reads the condition {i.condition!r}, which there is not.", "Correct bundle.json."
                )  # fmt: skip
            want["input"][name] = ("int64", [1]) if i.seed else ("float32", list(m.conditions[str(i.condition)].shape))
        for name, o in e.outputs.items():
            if o.state in m.step.state:
                want["output"][name] = (m.step.state[o.state].dtype, m.step.state[o.state].shape)
            elif o.condition in m.conditions:
                want["output"][name] = ("float32", list(m.conditions[o.condition].shape))
            else:
                raise DreamError(
                    "bad_bundle", f"{m.name}: the encoder {e.graph!r} fills {o.state or o.condition!r}, which there is not.", "Correct bundle.json."
                )  # fmt: skip
        for side, tensors in (("input", session.get_inputs()), ("output", session.get_outputs())):
            have = {t.name: (DTYPES.get(t.type, t.type), t.shape) for t in tensors}
            missing = sorted(set(want[side]) - set(have)) or (sorted(set(have) - set(want[side])) if side == "input" else [])
            if missing:
                raise DreamError(
                    "bad_bundle", f"{m.name}: the encoder {e.graph!r} and bundle.json disagree on the {side} {missing[0]!r}; the graph has {sorted(have)}.", "Correct bundle.json."
                )  # fmt: skip
            for name, (dtype, shape) in want[side].items():
                if have[name][0] != dtype or not fits(have[name][1], shape):
                    raise DreamError(
                        "bad_bundle", f"{m.name}: the {side} {name!r} of the encoder {e.graph!r} is {have[name][0]} {have[name][1]}; bundle.json needs {dtype} {list(shape)}.",
                        "Correct bundle.json or export the graph again.",
                    )  # fmt: skip

    # -- buffers -----------------------------------------------------------------------------------------------------
    @staticmethod
    def _fresh(s: StateSpec) -> NDArray[Any]:
        if isinstance(s.initial, list):
            if len(s.initial) != math.prod(s.shape):
                raise DreamError(
                    "bad_bundle", f"The initial value of {s.input!r} has {len(s.initial)} numbers.", "Give one for each."
                )
            return np.array(s.initial, s.dtype).reshape(s.shape)
        return np.full(s.shape, s.initial, s.dtype)

    def _bind(self, turn: int, address: int) -> Any:
        """A binding for even or odd steps (what one writes, the other reads) that puts the frame at ``address``."""
        import onnxruntime as ort

        binding, s = self.session.io_binding(), self.bundle.manifest.step
        used = {i.name for i in self.session.get_inputs()}

        def bind(name: str, array: NDArray[Any]) -> None:
            if name in used:
                binding.bind_input(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)

        for name, c in s.conditions.items():
            bind(c.input, self.conditions[name])
            if c.present:
                bind(c.present, self.present[name])
        for k, name in s.meta.items():
            bind(name, self.meta[k])
        if s.noise and self.noise is not None:
            bind(s.noise.input, self.noise)
        for name, spec in s.state.items():
            a, b = self.state[name]
            if self.device == "cpu":
                source, target = (a, b) if turn == 0 or b is None else (b, a)
                bind(spec.input, source)
                if spec.output and target is not None:
                    binding.bind_output(spec.output, "cpu", 0, target.dtype, target.shape, target.ctypes.data)
            else:
                values = self._values[0].setdefault(
                    name, [ort.OrtValue.ortvalue_from_numpy(v, self.device, 0) for v in (a, b) if v is not None]
                )
                binding.bind_ortvalue_input(spec.input, values[turn if spec.output else 0])
                if spec.output:
                    binding.bind_ortvalue_output(spec.output, values[1 - turn])
        binding.bind_output(s.frame, "cpu", 0, np.uint8, self.frame_shape, address)
        return binding

    # -- running -----------------------------------------------------------------------------------------------------
    def reset(self, seed: int | None = None) -> None:
        """State back to its initial values; encoders run anew."""
        self.seed = self.seed if seed is None else seed
        for name, spec in self.bundle.manifest.step.state.items():
            self.set_state(name, self._fresh(spec))
        self.run_encoders(None)

    def set_state(self, name: str, value: NDArray[Any]) -> None:
        a, b = self.state[name]
        target = a if self.turn == 0 or b is None else b
        target[...] = value
        if self.device != "cpu":
            self._values[0][name][self.turn if b is not None else 0].update_inplace(target)

    def get_state(self) -> dict[str, NDArray[Any]]:
        """Copies of the state tensors as the next step will read them."""
        out = {}
        for name, (a, b) in self.state.items():
            if self.device != "cpu":
                out[name] = self._values[0][name][self.turn if b is not None else 0].numpy()
            else:
                out[name] = (a if self.turn == 0 or b is None else b).copy()
        return out

    def run_encoders(self, changed: set[str] | None) -> None:
        """Run the encoders whose inputs are among the ``changed`` conditions, or all of them (None)."""
        for spec, session in self.encoders:
            if changed is not None and not any(i.condition in changed for i in spec.inputs.values()):
                continue
            feed = {
                n: np.array([self.seed], np.int64) if i.seed else self.conditions[str(i.condition)]
                for n, i in spec.inputs.items()
            }
            for (_, target), value in zip(spec.outputs.items(), session.run(list(spec.outputs), feed), strict=True):
                if target.state:
                    self.set_state(target.state, value)
                elif target.condition:
                    self.conditions[target.condition][...] = value

    def step(
        self, address: int, number: int, frame_index: int, time: float, dt: float, revision: int,
        values: Mapping[str, tuple[NDArray[np.float32], float]] | None = None,
    ) -> None:  # fmt: skip
        """Run one step and write its frames uint8 [N, H, W, 4] to ``address``.

        ``number`` counts the steps (for the noise); ``values`` gives each condition's tensor and presence.
        """
        if values:
            for name, pair in values.items():
                if self._taken.get(name) is not pair:  # a condition that rests is the very same pair at each step
                    self._taken[name] = pair
                    self.conditions[name][...] = pair[0]
                    self.present[name][0, 0] = pair[1]
        for k, v in (("time", time), ("dt", dt), ("frame_index", frame_index), ("revision", revision)):
            if k in self.meta:
                self.meta[k][0] = v
        if self.noise is not None:
            rng = np.random.Generator(np.random.Philox(key=self.seed & (2**64 - 1), counter=number))
            rng.standard_normal(out=self.noise, dtype=np.float32)
        binding = self._bindings.get((self.turn, address))
        if binding is None:
            if len(self._bindings) >= MOST_BINDINGS:
                self._bindings.clear()
            binding = self._bindings[self.turn, address] = self._bind(self.turn, address)
        self.session.run_with_iobinding(binding)
        if any(b is not None for _, b in self.state.values()):
            self.turn = 1 - self.turn
