"""Checks of a bundle's manifest beyond the types of its fields."""

import math
import re
from collections.abc import Callable

import msgspec

from dreambridge.bundle.budgets import BUNDLE
from dreambridge.bundle.manifest import CutsceneSpec, Manifest, ViewSpec
from dreambridge.protocol.errors import DreamError

WHOLE = 2**24  # float32 represents every whole number up to this one
DTYPE_BYTES = {"float16": 2, "float32": 4, "int32": 4, "int64": 8, "uint8": 1, "int8": 1, "bool": 1}
MAX_TOLD_BYTES = 256 * 1024
MAX_BATCH = 64
MAX_LABELS, MIN_COLOUR_DISTANCE = 64, 24


def check_manifest(m: Manifest) -> None:
    """Raise DreamError ``bad_bundle`` if a field contradicts another, or is out of range."""

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
                    f"the output {tensor!r} of the encoder {spec.graph!r} goes to {o.state or o.condition!r}, which is missing."
                )
    _check_data(m, bad)
    f = m.frame
    if not (1 <= f.width <= 8192 and 1 <= f.height <= 8192 and 1 <= f.per_step <= 64 and 0 < f.fps <= 1000):
        raise bad(f"the frame {f.width} x {f.height}, {f.per_step} a step at {f.fps} fps is out of range.")
    if m.view:
        _check_view(m.view, m, bad)
    if m.cutscene:
        _check_cutscene(m.cutscene, m, bad)
    _check_size(m, bad)
    # The part of it that clients get: the list of all bundles is one message.
    told = len(msgspec.json.encode((m.name, m.version, m.description, m.conditions, m.view)))
    if told > MAX_TOLD_BYTES:
        raise bad(f"its description, conditions and view have {told:,} bytes; at most {MAX_TOLD_BYTES:,} are allowed.")
    _check_batch(m, bad)
    _check_roles(m, bad)


def _check_data(m: Manifest, bad: Callable[[str], DreamError]) -> None:
    for name, r in m.graphs.items():
        if r.data and not r.file:
            raise bad(f"the graph {name!r} comes from a distribution: it cannot have `data`.")
        names = [d.file for d in r.data]
        if len(set(names)) != len(names):
            raise bad(f"the `data` of the graph {name!r} names a file twice: {', '.join(names)}.")
    for name, c in m.conditions.items():
        if c.encoder and c.encoder.tokenizer.data:
            raise bad(f"the tokenizer of {name!r} cannot have `data`.")


def _check_size(m: Manifest, bad: Callable[[str], DreamError]) -> None:
    """Check the tensors that the daemon creates for the step, before it creates any."""
    for what, name, shape in (
        *(("state", n, s.shape) for n, s in m.step.state.items()),
        *((("noise", m.step.noise.input, m.step.noise.shape),) if m.step.noise else ()),
        *(("condition", n, c.shape) for n, c in m.conditions.items()),
    ):
        if any(side < 1 for side in shape):
            raise bad(f"the shape of the {what} {name!r} is {list(shape)}: each side must be 1 or more.")
    states = sum(math.prod(s.shape) * DTYPE_BYTES.get(s.dtype, 8) * (2 if s.output else 1) for s in m.step.state.values())
    others = sum(math.prod(c.shape) for c in m.conditions.values()) + (math.prod(m.step.noise.shape) if m.step.noise else 0)
    frame = 4 * m.frame.width * m.frame.height * (m.frame.per_step + (2 if m.view else 0))
    BUNDLE.check(states + 4 * others + frame, "bad_bundle", f"The tensors of the bundle {m.name!r} take")


def _check_batch(m: Manifest, bad: Callable[[str], DreamError]) -> None:
    if not 1 <= m.step.batch <= MAX_BATCH:
        raise bad(f"`step.batch` is {m.step.batch}; it is 1 to {MAX_BATCH}.")
    if m.step.batch > 1:
        for name, state in m.step.state.items():
            if not state.shape:
                raise bad(f"the state {name!r} has no axis for `step.batch`: its shape is [].")


def _check_roles(m: Manifest, bad: Callable[[str], DreamError]) -> None:
    """Check that no tensor of a graph has two roles: the last binding would win."""
    step = m.step
    inputs = [(s.input, f"state {n!r}") for n, s in step.state.items()]
    for n, c in step.conditions.items():
        inputs += [(c.input, f"condition {n!r}"), *([(c.present, f"presence of {n!r}")] if c.present else [])]
    inputs += [(step.noise.input, "noise")] if step.noise else []
    inputs += [(tensor, f"meta {n!r}") for n, tensor in step.meta.items()]
    viewed = [(i.input, f"view {n!r}") for n, i in m.view.inputs.items()] if m.view else []
    outputs = [(step.frame, "frame"), *((s.output, f"state {n!r}") for n, s in step.state.items() if s.output)]
    for side, roles in (("input", inputs + viewed), ("output", outputs)):
        seen: dict[str, str] = {}
        for tensor, role in roles:
            if tensor in seen:
                raise bad(f"the {side} {tensor!r} has two roles: {seen[tensor]} and {role}.")
            seen[tensor] = role
    for spec in m.encoders:
        targets = [(f"state {o.state!r}" if o.state else f"condition {o.condition!r}", t) for t, o in spec.outputs.items()]
        for k, (target, tensor) in enumerate(targets):
            for other, first in targets[:k]:
                if other == target:
                    raise bad(f"the outputs {first!r} and {tensor!r} of the encoder {spec.graph!r} both go to the {target}.")


def _check_cutscene(c: CutsceneSpec, m: Manifest, bad: Callable[[str], DreamError]) -> None:
    """Check that the map of a cutscene's words directs numbers within their ranges, and a picture."""
    for part, words in (("size", c.framing.size), ("camera", c.framing.camera)):
        for word, moves in words.items():
            for name, value in moves.items():
                where = f"`cutscene.framing.{part}` maps {word!r} to {name!r}"
                known = m.directed.get(name)
                if known is None or known.kind != "number" or known.discrete:
                    raise bad(f"{where}, which is not a continuous number that clients direct.")
                ends = value if isinstance(value, tuple) else (value,)
                lo, hi = known.range or (-math.inf, math.inf)
                relative = part == "camera" and not isinstance(value, tuple)
                if not all(math.isfinite(v) and (relative or lo <= v <= hi) for v in ends):
                    raise bad(f"{where} with {value!r}; its range is {lo:g} to {hi:g}.")
    if c.reference is not None and (c.reference not in m.directed or m.directed[c.reference].kind != "image"):
        raise bad(f"`cutscene.reference` names {c.reference!r}, which is not an image that clients direct.")


def _check_view(v: ViewSpec, m: Manifest, bad: Callable[[str], DreamError]) -> None:
    if v.graph not in m.graphs:
        raise bad(f"the view uses the graph {v.graph!r} but `graphs` has only {sorted(m.graphs)}.")
    if "label" not in v.inputs:
        raise bad("the view needs an input for `label`.")
    if ("depth" in v.inputs) != ("has_depth" in v.inputs):
        raise bad("the view needs both inputs `depth` and `has_depth`, or neither.")
    if not 2 <= len(v.palette) <= MAX_LABELS:
        raise bad(f"the palette has {len(v.palette)} labels; it needs 2 to {MAX_LABELS}.")
    labels = list(v.palette.items())
    for k, (name, label) in enumerate(labels):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name):
            raise bad(f"the label {name!r} is invalid: use a-z, 0-9 and _, beginning with a letter.")
        if not all(0 <= c <= 255 for c in label.colour) or not 0 <= label.depth <= 1:
            raise bad(f"the label {name!r} has the colour {list(label.colour)} and the depth {label.depth}; one is out of range.")
        for other, o in labels[:k]:
            # so that a picture with slightly different colours is still read correctly
            if max(abs(a - b) for a, b in zip(label.colour, o.colour, strict=True)) < MIN_COLOUR_DISTANCE:
                raise bad(f"the colours of the labels {other!r} and {name!r} differ by less than {MIN_COLOUR_DISTANCE}.")
