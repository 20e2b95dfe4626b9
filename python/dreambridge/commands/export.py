"""``dreambridge export FILE``: converts a developer's own PyTorch step module and schema to a checked bundle.

The file is the developer's own program and is run. A *bundle* is data, and loading one never runs code.
It defines ``step`` (a torch.nn.Module), ``schema`` (bundle.json without graphs and sha256; see protocol/BUNDLE.md) and
``inputs`` (example tensors by name, in the order of the module's arguments). If the schema has a ``view``, it also defines
``step_view`` and ``view_inputs``, the same for the graph that paints over a game's own picture.
"""

import hashlib
import json
import runpy
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.bundle.load import load_bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.runner import StreamRunner
from dreambridge.system.made_folders import check_place, new_folder

MADE_BY = "dreambridge export"
HINT = "See examples/export_step.py for a complete example."
CLOSE = 1.5  # of 255: the difference that rounding may cause between PyTorch and ONNX Runtime


def read_file(path: Path) -> dict[str, Any]:
    """Run the developer's file. DreamError ``bad_argument`` if it lacks a part."""
    if not path.is_file():
        raise DreamError("bad_argument", f"The file {path} does not exist.", "Give the path of a Python file, or 'vista'.")
    found = runpy.run_path(str(path), run_name="dreambridge_export")
    viewed = isinstance(found.get("schema"), dict) and "view" in found["schema"]
    wanted = ("step", "schema", "inputs", *(("step_view", "view_inputs") if viewed else ()))
    missing = [n for n in wanted if n not in found]
    if missing:
        raise DreamError("bad_argument", f"{path} does not define: {', '.join(missing)}.", HINT)
    return found


def outputs_of(schema: dict[str, Any]) -> list[str]:
    """The order of the module's returned tensors: the frame, then each state with an output, as in the schema."""
    return [schema["step"]["frame"], *(s["output"] for s in schema["step"].get("state", {}).values() if s.get("output"))]


def export_file(path: Path, out: Path) -> Path:
    """Export, write, load and run the bundle once, and compare its frame with PyTorch's.

    DreamError ``bad_argument`` (the file; or ``out`` exists and was not made by an export, or was changed since),
    ``bad_bundle`` (schema and graph do not fit, or the results differ). An existing bundle at ``out`` is replaced only by one
    that passed.
    """
    check_place(out, MADE_BY)  # check this before the file is run
    found = read_file(path)
    schema = found["schema"]
    graphs = {"step": (found["step"].eval(), found["inputs"])}
    if "view" in schema:
        graphs["step_view"] = (found["step_view"].eval(), found["view_inputs"])
    with new_folder(out, MADE_BY) as part:
        frames, files = {}, {}
        for n, (step, inputs) in graphs.items():
            before = set(part.iterdir())
            frames[n] = _write(step, inputs, outputs_of(schema), part / f"{n}.onnx")
            # The exporter's other files are external data: large graphs keep their weights in separate files.
            data = sorted(set(part.iterdir()) - before - {part / f"{n}.onnx"})
            files[n] = _about(part / f"{n}.onnx") | ({"data": [_about(d) for d in data]} if data else {})
        manifest = {"format": "1.1" if any("data" in f for f in files.values()) else "1.0"} | schema | {"graphs": files}
        manifest["step"] = {"graph": "step"} | manifest["step"]
        if "view" in schema:
            manifest["view"] = {"graph": "step_view"} | schema["view"]
        (part / "bundle.json").write_text(json.dumps(manifest, indent=1) + "\n")
        for name, frame in frames.items():
            compare(part, graphs[name][1], frame, name == "step_view")
    return out


def _about(path: Path) -> dict[str, Any]:
    with path.open("rb") as f:
        return {"file": path.name, "sha256": hashlib.file_digest(f, "sha256").hexdigest()}


def _write(step: Any, inputs: dict[str, Any], outputs: list[str], path: Path) -> Any:
    """Write one graph. Returns PyTorch's frame for the example inputs."""
    import torch

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            step,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=outputs,
            opset_version=18,
            dynamo=False,
        )
        made = step(*inputs.values())
    return made[0] if isinstance(made, tuple) else made


def compare(folder: Path, inputs: dict[str, Any], wanted: Any, viewed: bool = False) -> None:
    """Run the written graph on the example inputs, and compare with PyTorch's frame."""
    runner = StreamRunner(load_bundle(folder), "cpu", 1)
    if viewed:
        runner.load_view()
    session = runner.view_session if viewed else runner.session
    frame = session.run([runner.bundle.manifest.step.frame], {n: t.numpy() for n, t in inputs.items()})[0]
    off = float(np.abs(frame.astype(np.float32) - wanted.numpy().astype(np.float32)).max())
    if off > CLOSE:
        raise DreamError(
            "bad_bundle",
            f"The exported graph's frame differs from PyTorch's by up to {off:g} of 255.",
            "Avoid operators whose result differs in ONNX.",
        )
