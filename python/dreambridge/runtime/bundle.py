"""Finds, reads and checks bundles. Nothing of a bundle is ever imported, unpickled or executed but ONNX graphs."""

import hashlib
import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.manifest import FORMAT, Manifest, Resource, ViewSpec
from dreambridge.runtime.resources import find_resource

WHOLE = 2**24  # up to here float32 holds every whole number
MOST_LABELS, NEAREST_COLOURS = 64, 24


@dataclass(frozen=True)
class Bundle:
    """A bundle whose ``bundle.json`` was read and whose structure was checked; graphs are read on demand."""

    folder: Path
    manifest: Manifest
    digest: str

    def file(self, r: Resource) -> Path:
        """The checked path of a file of the bundle or of a distribution."""
        if r.distribution is not None:
            return find_resource(r.distribution, r.resource or "", r.sha256)
        if not r.file:
            raise DreamError("bad_bundle", f"A graph of {self.manifest.name!r} names no file.", "Give `file`, or `distribution`.")
        path = (self.folder / r.file).resolve()
        if not path.is_relative_to(self.folder.resolve()) or Path(r.file).is_absolute():
            raise DreamError(
                "bad_bundle", f"The path {r.file!r} leaves the bundle's folder.", "A bundle may use its own files only."
            )
        if not path.is_file():
            raise DreamError(
                "bad_bundle", f"The file {r.file!r} of {self.manifest.name!r} is missing.", "Install the bundle again."
            )
        return path

    def graph(self, name: str) -> bytes:
        """The bytes of a graph, after its sha256 was checked."""
        if name not in self.manifest.graphs:
            raise DreamError(
                "bad_bundle",
                f"bundle.json uses the graph {name!r} but `graphs` has only {sorted(self.manifest.graphs)}.",
                "Add it.",
            )
        r = self.manifest.graphs[name]
        path = self.file(r)
        data = path.read_bytes()
        found = hashlib.sha256(data).hexdigest()
        if found != r.sha256:
            raise DreamError(
                "bad_bundle",
                f"{path.name} has the sha256 {found[:12]}…, bundle.json states {r.sha256[:12]}….",
                "The file was changed or damaged: install the bundle again, or export it anew.",
            )
        return data


def load_bundle(folder: Path) -> Bundle:
    """Read and check ``folder/bundle.json``; DreamError ``bad_bundle`` or ``bundle_too_new``."""
    try:
        raw = (folder / "bundle.json").read_bytes()
    except OSError as e:
        raise DreamError("bad_bundle", f"{folder / 'bundle.json'} cannot be read: {e.strerror}.", "Check the path.") from e
    try:
        version = str(msgspec.json.decode(raw).get("format", ""))
        major = int(version.split(".")[0])
    except (msgspec.DecodeError, AttributeError, ValueError) as e:
        raise DreamError("bad_bundle", f"{folder.name}/bundle.json is no bundle manifest: {e}.", "See protocol/BUNDLE.md.") from e
    if major > FORMAT[0]:
        raise DreamError(
            "bundle_too_new",
            f"The bundle {folder.name!r} has format {version}; this daemon reads {FORMAT[0]}.x.",
            "Update dreambridge (pip install -U dreambridge), or export the bundle for the older format.",
        )
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as e:
        raise DreamError("bad_bundle", f"{folder.name}/bundle.json: {e}.", "See protocol/BUNDLE.md.") from e
    bundle = Bundle(folder, manifest, hashlib.sha256(raw).hexdigest())
    _check(bundle)
    return bundle


def _check(b: Bundle) -> None:
    m = b.manifest

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
    f = m.frame
    if not (1 <= f.width <= 8192 and 1 <= f.height <= 8192 and 1 <= f.per_step <= 64 and 0 < f.fps <= 1000):
        raise bad(f"the frame {f.width} x {f.height}, {f.per_step} a step at {f.fps} fps is out of range.")
    if m.view:
        _check_view(m.view, m, bad)


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
            raise bad(f"{name!r} is no name for a label: use a-z, 0-9 and _, beginning with a letter.")
        if not all(0 <= c <= 255 for c in label.colour) or not 0 <= label.depth <= 1:
            raise bad(f"the label {name!r} has the colour {list(label.colour)} and the depth {label.depth}; one is out of range.")
        for other, o in labels[:k]:
            # so that a picture whose colours are a little off is still read right
            if max(abs(a - b) for a, b in zip(label.colour, o.colour, strict=True)) < NEAREST_COLOURS:
                raise bad(f"the colours of the labels {other!r} and {name!r} are nearer than {NEAREST_COLOURS}.")


def folders() -> list[Path]:
    """Where bundles are looked for: DREAMBRIDGE_BUNDLES (a path list), then those that the package brings."""
    named = [Path(p) for p in os.environ.get("DREAMBRIDGE_BUNDLES", "").split(os.pathsep) if p]
    return [*named, Path(__file__).parent.parent / "bundles"]


def find_bundles() -> dict[str, Path]:
    """Name (of the folder) to folder, of all bundles that can be found."""
    found: dict[str, Path] = {}
    for root in folders():
        for path in sorted(root.glob("*/bundle.json")):
            found.setdefault(path.parent.name, path.parent)
    return found


def open_bundle(name: str) -> Bundle:
    """A bundle by name, or by the path of its folder; DreamError ``unknown_bundle`` lists those there are."""
    found = find_bundles()
    if name in found:
        return load_bundle(found[name])
    if os.sep in name and (Path(name) / "bundle.json").is_file():
        return load_bundle(Path(name))
    known = ", ".join(sorted(found)) or "none"
    raise DreamError(
        "unknown_bundle", f"There is no bundle {name!r}. There are: {known}.", "Pass one of these, or set DREAMBRIDGE_BUNDLES."
    )
