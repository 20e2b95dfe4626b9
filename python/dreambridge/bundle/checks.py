"""What must hold in a bundle's manifest beyond the types of its fields."""

import math
import re
from collections.abc import Callable

from dreambridge.bundle.manifest import Manifest, ViewSpec
from dreambridge.protocol.errors import DreamError

WHOLE = 2**24  # up to here float32 holds every whole number
MOST_LABELS, NEAREST_COLOURS = 64, 24


def check_manifest(m: Manifest) -> None:
    """DreamError ``bad_bundle`` when a field contradicts another, or is out of range."""

    def bad(text: str, hint: str = "See protocol/BUNDLE.md.") -> DreamError:
        return DreamError("bad_bundle", f"{m.name}: {text}", hint)

    for name, c in m.step.conditions.items():
        if name not in m.conditions:
            raise bad(f"the step uses the condition {name!r}, which `conditions` does not describe ({c.input}).")
    for name, condition in m.conditions.items():
        if condition.discrete:
            lo, hi = condition.range or (math.inf, math.inf)
            if condition.kind != "number" or condition.period or max(abs(lo), abs(hi)) > WHOLE:
                raise bad(f"{name!r} is discrete: it must be a number with a range within ±{WHOLE} and no period.")
        if condition.kind == "choice" and (not condition.options or condition.default not in condition.options):
            raise bad(f"the choice {name!r} needs options and a default among them.")
        if len(set(condition.options)) != len(condition.options):
            raise bad(f"the options of {name!r} are not all different: {', '.join(condition.options)}.")
        if condition.kind == "event" and not 0 < condition.decay <= 3600:
            raise bad(f"the decay of {name!r} is {condition.decay:g} s.", "Give seconds above 0, at most 3600.")
        if condition.kind == "text" and (condition.encoder is None or condition.size < 1):
            raise bad(f"the text {name!r} needs an encoder and a size.")
        if condition.encoder:
            for does, graph in (("is encoded by", condition.encoder.graph), ("pools with", condition.encoder.pool)):
                if graph not in {None, *m.graphs}:
                    raise bad(f"the text {name!r} {does} the graph {graph!r} but `graphs` has only {sorted(m.graphs)}.")
        if condition.kind == "vector" and condition.size < 1:
            raise bad(f"the vector {name!r} needs a size.")
    for spec in m.encoders:
        for tensor, i in spec.inputs.items():
            if (i.seed, bool(i.condition), bool(i.present)).count(True) != 1:
                raise bad(f"the input {tensor!r} of the encoder {spec.graph!r} needs one of: seed, condition, present.")
            if not i.seed and (i.condition or i.present) not in m.conditions:
                raise bad(f"the input {tensor!r} of the encoder {spec.graph!r} names no condition that `conditions` describes.")
        for tensor, o in spec.outputs.items():
            if (o.state is None) == (o.condition is None):
                raise bad(f"the output {tensor!r} of the encoder {spec.graph!r} needs one of: state, condition.")
            if o.state not in {None, *m.step.state} or o.condition not in {None, *m.conditions}:
                raise bad(
                    f"the output {tensor!r} of the encoder {spec.graph!r} goes to {o.state or o.condition!r}, which is not there."
                )
    _check_data(m, bad)
    f = m.frame
    if not (1 <= f.width <= 8192 and 1 <= f.height <= 8192 and 1 <= f.per_step <= 64 and 0 < f.fps <= 1000):
        raise bad(f"the frame {f.width} x {f.height}, {f.per_step} a step at {f.fps} fps is out of range.")
    if m.view:
        _check_view(m.view, m, bad)


def _check_data(m: Manifest, bad: Callable[[str], DreamError]) -> None:
    for name, r in m.graphs.items():
        if r.data and not r.file:
            raise bad(f"the graph {name!r} is of a distribution: it cannot have `data`.")
        names = [d.file for d in r.data]
        if len(set(names)) != len(names):
            raise bad(f"the `data` of the graph {name!r} names a file twice: {', '.join(names)}.")
    for name, c in m.conditions.items():
        if c.encoder and c.encoder.tokenizer.data:
            raise bad(f"the tokenizer of {name!r} cannot have `data`.")


def _check_view(v: ViewSpec, m: Manifest, bad: Callable[[str], DreamError]) -> None:
    if v.graph not in m.graphs:
        raise bad(f"the view uses the graph {v.graph!r} but `graphs` has only {sorted(m.graphs)}.")
    if "label" not in v.inputs:
        raise bad("the view needs an input for `label`.")
    if ("depth" in v.inputs) != ("has_depth" in v.inputs):
        raise bad("the view's inputs `depth` and `has_depth` come together.")
    if not 2 <= len(v.palette) <= MOST_LABELS:
        raise bad(f"the palette has {len(v.palette)} labels; it needs 2 to {MOST_LABELS}.")
    labels = list(v.palette.items())
    for k, (name, label) in enumerate(labels):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name):
            raise bad(f"the label {name!r} is invalid: use a-z, 0-9 and _, beginning with a letter.")
        if not all(0 <= c <= 255 for c in label.colour) or not 0 <= label.depth <= 1:
            raise bad(f"the label {name!r} has the colour {list(label.colour)} and the depth {label.depth}; one is out of range.")
        for other, o in labels[:k]:
            # so that a picture whose colours are a little off is still read right
            if max(abs(a - b) for a, b in zip(label.colour, o.colour, strict=True)) < NEAREST_COLOURS:
                raise bad(f"the colours of the labels {other!r} and {name!r} are nearer than {NEAREST_COLOURS}.")
