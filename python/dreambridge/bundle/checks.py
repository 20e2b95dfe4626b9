"""Checks of a bundle's manifest beyond the types of its fields."""

import math
import re
from collections.abc import Callable

import msgspec

from dreambridge.bundle.budgets import BUNDLE
from dreambridge.bundle.dtypes import STORAGE, bytes_of
from dreambridge.bundle.manifest import FULL, Condition, CutsceneSpec, Manifest, TokensSpec
from dreambridge.bundle.remote_checks import check_remote
from dreambridge.bundle.view_spec import ViewSpec
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.view_layers import SURFACES, VIEW_LAYERS

WHOLE = 2**24  # float32 represents every whole number up to this one
MAX_IMAGE, MAX_TOKENS, MAX_STEP_SECONDS = 1024, 4096, 3600.0
MAX_TOLD_BYTES = 256 * 1024
MAX_BATCH = 64
MAX_LABELS, MIN_COLOUR_DISTANCE = 64, 24
MAX_LEVELS = 16  # with the full one: a frame has four bits for its level


def check_manifest(m: Manifest) -> None:
    """Raise DreamError ``bad_bundle`` if a field contradicts another, or is out of range."""

    def bad(text: str, hint: str = "See protocol/BUNDLE.md.") -> DreamError:
        return DreamError("bad_bundle", f"{m.name}: {text}", hint)

    if m.remote:
        check_remote(m, m.remote, bad)
    elif not m.step.graph:
        raise bad("it has no `step`, and no `remote`.")
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
        if condition.kind == "text" and not m.remote and (condition.encoder is None or condition.size < 1):
            raise bad(f"the text {name!r} needs an encoder and a size.")
        if condition.encoder:
            _check_encoder(name, condition, m, bad)
        if condition.kind in ("vector", "delta", "per_frame") and condition.size < 1:
            raise bad(f"the {condition.kind} {name!r} needs a size.")
        if condition.kind == "per_frame" and condition.frames != m.frame.per_step:
            raise bad(f"{name!r} has `frames` {condition.frames}, but a step makes {m.frame.per_step} frames.")
        if condition.kind == "image" and condition.size and not 16 <= condition.size <= MAX_IMAGE:
            raise bad(f"the image {name!r} has the size {condition.size}: use 16 to {MAX_IMAGE}.")
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
    _check_step(m, bad)
    f = m.frame
    if not (1 <= f.width <= 8192 and 1 <= f.height <= 8192 and 1 <= f.per_step <= 64 and 0 < f.fps <= 1000):
        raise bad(f"the frame {f.width} x {f.height}, {f.per_step} a step at {f.fps} fps is out of range.")
    if m.view:
        _check_view(m.view, m, bad)
    if m.cutscene:
        _check_cutscene(m.cutscene, m, bad)
    _check_levels(m, bad)
    _check_size(m, bad)
    # The part of it that clients get: the list of all bundles is one message.
    told = len(msgspec.json.encode((m.name, m.version, m.description, m.conditions, m.view)))
    if told > MAX_TOLD_BYTES:
        raise bad(f"its description, conditions and view have {told:,} bytes; at most {MAX_TOLD_BYTES:,} are allowed.")
    _check_batch(m, bad)
    _check_roles(m, bad)


def _check_data(m: Manifest, bad: Callable[..., DreamError]) -> None:
    for name, r in m.graphs.items():
        if r.data and not r.file:
            raise bad(f"the graph {name!r} comes from a distribution: it cannot have `data`.")
        names = [d.file for d in r.data]
        if len(set(names)) != len(names):
            raise bad(f"the `data` of the graph {name!r} names a file twice: {', '.join(names)}.")
    for name, c in m.conditions.items():
        if c.encoder and any(t.data for t in c.encoder.tokenizers):
            raise bad(f"the tokenizer of {name!r} cannot have `data`.")


def _check_encoder(name: str, c: Condition, m: Manifest, bad: Callable[..., DreamError]) -> None:
    e = c.encoder
    assert e is not None
    for k, graph in enumerate(e.graphs):
        if graph not in m.graphs:
            does = "pools with" if k and not isinstance(e, TokensSpec) else "is encoded by"
            raise bad(f"the text {name!r} {does} the graph {graph!r} but `graphs` has only {sorted(m.graphs)}.")
    if not isinstance(e, TokensSpec):
        if c.tokens:
            raise bad(f"the text {name!r} has `tokens`, but its encoder is of the type 'sentence', which gives one embedding.")
        return
    if not e.parts or not all(1 <= p.pad_to <= MAX_TOKENS and p.width >= 1 for p in e.parts):
        raise bad(f"the encoder of {name!r} needs parts, each with a `pad_to` of 1 to {MAX_TOKENS} and a `width`.")
    alike = {"tokens": {p.width for p in e.parts}, "width": {p.rows for p in e.parts}, "flat": {0}}[e.join]
    if len(alike) > 1:
        raise bad(
            f"the parts of the encoder of {name!r} cannot be joined along {e.join!r}: their other sides are {sorted(alike)}."
        )
    if e.shape != c.shape:
        raise bad(f"the encoder of {name!r} makes {list(e.shape)}, but `tokens` and `size` say {list(c.shape)}.")
    if not 0 < e.seconds <= 600:
        raise bad(f"the encoder of {name!r} may take {e.seconds:g} s.", "Give seconds above 0, at most 600.")


def _check_step(m: Manifest, bad: Callable[..., DreamError]) -> None:
    step = m.step
    for name, s in step.state.items():
        if s.dtype not in STORAGE:
            raise bad(f"the state {name!r} has the dtype {s.dtype!r}.", f"Use one of: {', '.join(STORAGE)}.")
        if s.in_place and not s.output:
            raise bad(f"the state {name!r} is `in_place`, but no step writes it: it has no output.")
        if s.ring:
            index = step.state.get(s.ring.index)
            if not s.output or not 0 <= s.ring.axis < len(s.shape):
                raise bad(
                    f"the state {name!r} has a ring along the axis {s.ring.axis} of {s.shape}; it needs an output and that axis."
                )
            if index is None or index.dtype != "int64" or index.shape != [1] or not index.output:
                raise bad(f"the ring of {name!r} is counted by {s.ring.index!r}, which must be a state int64 [1] with an output.")
    written = {o.condition for e in m.encoders for o in e.outputs.values()}
    read = {i.condition for e in m.encoders for i in e.inputs.values()}
    for name, c in step.conditions.items():
        if bool(c.start) != bool(c.weight):
            raise bad(f"the step's condition {name!r} needs both `start` and `weight`, or neither.")
        if c.start and (name in written | read or m.conditions[name].kind not in ("text", "vector", "image", "pose")):
            raise bad(f"the step cannot blend {name!r} itself: it must be a text, vector, image or pose that no encoder uses.")
    steps = [step.graph, *([m.view.graph] if m.view else [])]
    steps += [graph for level in m.levels for graph in (level.step, level.view) if graph]
    for graph in steps:
        if graph in m.graphs and m.graphs[graph].provider:
            raise bad(f"the graph {graph!r} names a provider, but steps run where the daemon says.", "Remove `provider` there.")
    if step.seconds is not None and not 1 <= step.seconds <= MAX_STEP_SECONDS:
        raise bad(f"a step may take {step.seconds:g} s.", f"Give `seconds` from 1 to {MAX_STEP_SECONDS:g}.")


def _check_size(m: Manifest, bad: Callable[..., DreamError]) -> None:
    """Check the tensors that the daemon creates for the step, before it creates any."""
    for what, name, shape in (
        *(("state", n, s.shape) for n, s in m.step.state.items()),
        *(("noise", n.input, n.shape) for n in m.step.noises),
        *(
            ("condition", n, c.shape) for n, c in m.conditions.items() if not (m.remote and c.kind == "text")
        ),  # which has no tensor here
    ):
        if any(side < 1 for side in shape):
            raise bad(f"the shape of the {what} {name!r} is {list(shape)}: each side must be 1 or more.")
    doubled = {n: 2 if s.output and not s.in_place else 1 for n, s in m.step.state.items()}
    states = sum(math.prod(s.shape) * bytes_of(s.dtype) * doubled[n] for n, s in m.step.state.items())
    twice = set(m.step.blended)
    others = sum(math.prod(c.shape) * (2 if n in twice else 1) for n, c in m.conditions.items())
    others += sum(math.prod(n.shape) for n in m.step.noises)
    frame = 4 * m.frame.width * m.frame.height * (m.frame.per_step + (len(m.view.layers) if m.view else 0))
    BUNDLE.check(states + 4 * others + frame, "bad_bundle", f"The tensors of the bundle {m.name!r} take")


def _check_batch(m: Manifest, bad: Callable[..., DreamError]) -> None:
    if not 1 <= m.step.batch <= MAX_BATCH:
        raise bad(f"`step.batch` is {m.step.batch}; it is 1 to {MAX_BATCH}.")
    if m.step.batch > 1:
        for name, state in m.step.state.items():
            if not state.shape:
                raise bad(f"the state {name!r} has no axis for `step.batch`: its shape is [].")


def _check_roles(m: Manifest, bad: Callable[..., DreamError]) -> None:
    """Check that no tensor of a graph has two roles: the last binding would win."""
    step = m.step
    inputs = [(s.input, f"state {n!r}") for n, s in step.state.items()]
    for n, c in step.conditions.items():
        parts = ((c.present, "presence"), (c.start, "start"), (c.weight, "weight"))
        inputs += [(c.input, f"condition {n!r}"), *((tensor, f"{part} of {n!r}") for tensor, part in parts if tensor)]
    inputs += [(n.input, "noise") for n in step.noises]
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


def _check_cutscene(c: CutsceneSpec, m: Manifest, bad: Callable[..., DreamError]) -> None:
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


def _check_levels(m: Manifest, bad: Callable[..., DreamError]) -> None:
    if len(m.level_names) > MAX_LEVELS:
        raise bad(f"`levels` has {len(m.levels)} levels; at most {MAX_LEVELS - 1} are allowed.")
    for k, level in enumerate(m.levels):
        if level.name == FULL or not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", level.name):
            raise bad(
                f"the level name {level.name!r} is invalid: use a-z, 0-9 and _, beginning with a letter. "
                f"{FULL!r} is the name of the level that `step` describes."
            )
        if level.name in m.level_names[: k + 1]:
            raise bad(f"two levels have the name {level.name!r}.")
        for graph in (level.step, level.view):
            if graph not in {None, *m.graphs}:
                raise bad(f"the level {level.name!r} uses the graph {graph!r} but `graphs` has only {sorted(m.graphs)}.")
        if (level.view is None) != (m.view is None):
            raise bad(f"the level {level.name!r} needs a `view` graph if the bundle takes a view, and none if it does not.")
        if not 0 < level.cost < m.level_costs[k]:
            above = m.level_costs[k]
            raise bad(f"the level {level.name!r} has the cost {level.cost:g}: it must be above 0 and below {above:g}.")


def _check_view(v: ViewSpec, m: Manifest, bad: Callable[..., DreamError]) -> None:
    if v.graph not in m.graphs:
        raise bad(f"the view uses the graph {v.graph!r} but `graphs` has only {sorted(m.graphs)}.")
    if not any(n in v.inputs for n in SURFACES):
        raise bad("the view needs an input for `label`, or one for `colour`.")
    for layer in VIEW_LAYERS:
        flag = f"has_{layer}"
        if flag in v.inputs and layer not in v.inputs:
            raise bad(f"the view has the input `{flag}`, but none for `{layer}`.")
        if layer in v.inputs and flag not in v.inputs and layer not in SURFACES:
            raise bad(f"the view needs both inputs `{layer}` and `{flag}`, or neither.")
    if len(v.required) < 1 and not all(n in v.inputs for n in SURFACES):
        raise bad("the view needs its only one of `label` and `colour` in each picture.", "Remove its input `has_…`.")
    if "label" in v.inputs and not 2 <= len(v.palette) <= MAX_LABELS:
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
