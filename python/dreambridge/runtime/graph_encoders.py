"""A bundle's encoder graphs: they run when one of their inputs changed, and write state or conditions."""

from collections.abc import Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import EncoderInput, EncoderSpec
from dreambridge.protocol.errors import DreamError, short_of_memory
from dreambridge.runtime.memory_left import no_memory_for
from dreambridge.runtime.runs import Runs
from dreambridge.runtime.state_check import has_nan
from dreambridge.runtime.weights import Weights, placed, shared

Array = NDArray[Any]


class GraphEncoders:
    """The encoders of a bundle, in the order of bundle.json. DreamError ``bad_bundle`` if a tensor does not match it."""

    def __init__(self, bundle: Bundle, runs: Runs, provider: str = "cpu") -> None:
        self.name, self.manifest, self.runs = bundle.manifest.name, bundle.manifest, runs
        self._runs: list[tuple[EncoderSpec, Any]] = []
        self.weights: list[Weights] = []  # each holds the graphs of one provider
        for spec in self.manifest.encoders:
            self.weights.append(shared(bundle, placed(bundle, spec.graph, provider)))
            session = self.weights[-1].session(spec.graph, runs)
            self._check(spec, session)
            self._runs.append((spec, session))
        # The inputs to watch: an encoder runs only when one of its own inputs changed.
        self.conditions = {i.condition for spec in self.manifest.encoders for i in spec.inputs.values() if i.condition}
        self.presences = {i.present for spec in self.manifest.encoders for i in spec.inputs.values() if i.present}
        for spec in self.manifest.encoders:
            if any(o.condition for o in spec.outputs.values()):
                self.presences |= self._sources(spec)

    @staticmethod
    def _sources(spec: EncoderSpec) -> set[str]:
        return {str(i.condition or i.present) for i in spec.inputs.values() if not i.seed}

    def _shape(self, i: EncoderInput) -> list[int]:
        if i.seed:
            return [1]
        return [1, 1] if i.present else list(self.manifest.conditions[str(i.condition)].shape)

    def _check(self, spec: EncoderSpec, session: Any) -> None:
        """Check the names on both sides and the input shapes.

        Outputs are checked when they arrive, because exporters leave them open.
        """
        for side, have, want in (
            ("input", {i.name: i.shape for i in session.get_inputs()}, spec.inputs),
            ("output", {o.name: o.shape for o in session.get_outputs()}, spec.outputs),
        ):
            for tensor in want:
                if tensor not in have:
                    raise self._bad(spec, f"has no {side} {tensor!r}; it has {sorted(have)}")
        for i in session.get_inputs():
            if i.name not in spec.inputs:
                raise self._bad(spec, f"has an input {i.name!r} without a source in bundle.json")
            wanted = self._shape(spec.inputs[i.name])
            if len(i.shape) != len(wanted) or any(isinstance(a, int) and a != b for a, b in zip(i.shape, wanted, strict=True)):
                raise self._bad(spec, f"takes {i.name!r} as {i.shape}; bundle.json gives {wanted}")

    def _bad(self, spec: EncoderSpec, what: str) -> DreamError:
        return DreamError(
            "bad_bundle", f"{self.name}: the encoder {spec.graph!r} {what}.", "Correct bundle.json or export the graph again."
        )

    def run(
        self,
        changed: Set[str] | None,
        presences: Set[str],
        seed: int,
        conditions: Mapping[str, Array],
        present: Mapping[str, Array],
    ) -> dict[str, Array]:
        """Run the encoders with a changed input, or all of them (``changed`` None); the states to set, by name.

        ``conditions`` and ``present`` are the step's own buffers, to which an encoder writes its conditions. The presence of a
        written condition is the largest presence of its source conditions.
        """
        states: dict[str, Array] = {}
        moved = None if changed is None else set(changed)
        for spec, session in self._runs:
            inputs = spec.inputs.values()
            for out in spec.outputs.values():
                if out.condition:
                    present[out.condition][...] = max((float(present[s][0, 0]) for s in self._sources(spec)), default=1.0)
            if moved is not None and not any(i.condition in moved or i.present in presences for i in inputs):
                continue
            feed = {n: self._value(i, seed, conditions, present) for n, i in spec.inputs.items()}
            try:
                values = self.runs.run(session, list(spec.outputs), feed)
            except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
                if short_of_memory(e):
                    raise no_memory_for(f"an encoder of {self.manifest.name!r}", e) from e
                raise self._bad(spec, f"fails: {e}") from e
            for (tensor, target), value in zip(spec.outputs.items(), values, strict=True):
                if target.state:
                    wanted = self.manifest.step.state[target.state]
                    shape, dtype = tuple(wanted.shape), wanted.dtype
                else:
                    shape, dtype = self.manifest.conditions[str(target.condition)].shape, "float32"
                if value.shape != shape or value.dtype != dtype:
                    raise self._bad(
                        spec, f"gives {tensor!r} as {value.dtype} {list(value.shape)}; bundle.json needs {dtype} {list(shape)}"
                    )
                if has_nan(value):
                    raise self._bad(spec, f"gives NaN as {tensor!r}")
                if target.state:
                    states[target.state] = value
                else:
                    if moved is not None and not np.array_equal(conditions[str(target.condition)], value):
                        moved.add(str(target.condition))  # a later encoder may read it
                    conditions[str(target.condition)][...] = value
        return states

    @staticmethod
    def _value(i: EncoderInput, seed: int, conditions: Mapping[str, Array], present: Mapping[str, Array]) -> Array:
        if i.seed:
            return np.array([seed], np.int64)
        return present[i.present] if i.present else conditions[str(i.condition)]
