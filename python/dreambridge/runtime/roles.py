"""Which tensors a step graph must have, as bundle.json says: its inputs and outputs by role."""

from typing import Any

from dreambridge.bundle.manifest import Manifest
from dreambridge.protocol.errors import DreamError

META = {"time": "float64", "dt": "float32", "frame_index": "int64", "revision": "int64"}
Tensors = dict[str, tuple[str, list[Any]]]  # dtype and shape by name


def inputs_of(m: Manifest) -> Tensors:
    """Of the step graph."""
    s = m.step
    out: Tensors = {st.input: (st.dtype, st.shape) for st in s.state.values()}
    for name, c in s.conditions.items():
        out[c.input] = ("float32", list(m.conditions[name].shape))
        if c.start and c.weight:
            out |= {c.start: out[c.input], c.weight: ("float32", [1, 1])}
        if c.present:
            out[c.present] = ("float32", [1, 1])
    out |= {noise.input: (noise.dtype, noise.shape) for noise in s.noises}
    return out | {name: (META[k], [1]) for k, name in s.meta.items()}


def outputs_of(m: Manifest) -> Tensors:
    """Of the step graph, and of the view graph."""
    out: Tensors = {st.output: (st.dtype, st.shape) for st in m.step.state.values() if st.output}
    return out | {m.step.frame: ("uint8", [m.frame.per_step, m.frame.height, m.frame.width, 4])}


def check(m: Manifest, called: str, side: str, have: Tensors, want: Tensors) -> None:
    """Raise DreamError ``bad_bundle`` if a tensor is missing, or has another dtype or shape. ``called``: the graph.

    With a batch axis, the first dimension of ``have`` is None where the graph leaves it open.
    """
    for name, (dtype, of_one) in want.items():
        if name not in have:
            raise DreamError(
                "bad_bundle", f"{m.name}: {called} has no {side} {name!r}; it has {sorted(have)}.", "Correct bundle.json."
            )
        wanted = [None, *of_one[1:]] if m.step.batch > 1 else list(of_one)
        if have[name] != (dtype, wanted):
            raise DreamError(
                "bad_bundle",
                f"{m.name}: the {side} {name!r} of {called} is {have[name][0]} {have[name][1]}; "
                f"bundle.json needs {dtype} {wanted}.",
                "Correct bundle.json or export the graph again.",
            )
