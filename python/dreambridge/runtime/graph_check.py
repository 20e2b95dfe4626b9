"""Compares the tensors of a step or view graph with the roles that bundle.json gives them."""

from collections.abc import Mapping
from typing import Any

from dreambridge.bundle.manifest import Manifest
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.view_layers import VIEW_LAYERS
from dreambridge.runtime.roles import check, inputs_of, outputs_of
from dreambridge.runtime.tensors import DTYPES

Role = tuple[str, list[int]]  # dtype and shape


def view_roles(m: Manifest) -> dict[str, Role]:
    """The additional inputs that a view graph may have."""
    picture = [1, m.frame.height, m.frame.width, 4]
    return {
        **{layer: ("uint8", picture) for layer in VIEW_LAYERS},
        **{f"has_{layer}": ("float32", [1, 1]) for layer in VIEW_LAYERS},
        "publication": ("int64", [1]),
    }


def check_graph(m: Manifest, session: Any, graph: str, view: Mapping[str, Role] | None = None) -> None:
    """Check that every tensor of the graph has one role, and every role a tensor of the right shape and dtype.

    The view graph may omit inputs of the step graph that it does not need, but has all of its outputs.
    """
    called = "the step graph" if graph == m.step.graph else f"the graph {graph!r}"

    def shape(of: Any) -> list[Any]:
        """With a batch axis, the first dimension is any number of what one stream has."""
        return of.shape if m.step.batch <= 1 or not of.shape or isinstance(of.shape[0], int) else [None, *of.shape[1:]]

    inputs = {i.name: (DTYPES.get(i.type, i.type), shape(i)) for i in session.get_inputs()}
    outputs = {o.name: (DTYPES.get(o.type, o.type), shape(o)) for o in session.get_outputs()}
    want_in = inputs_of(m)
    if view:
        want_in = {n: w for n, w in want_in.items() if n in inputs} | dict(view)
    check(m, called, "input", inputs, want_in)
    check(m, called, "output", outputs, outputs_of(m))
    for name in inputs:
        if name not in want_in:
            raise DreamError(
                "bad_bundle", f"{m.name}: the input {name!r} of {called} has no role in bundle.json.", "Give it one."
            )
