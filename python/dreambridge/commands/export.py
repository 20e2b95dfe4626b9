"""``dreambridge export FILE``: converts a developer's own PyTorch step module and schema to a checked bundle.

The file is the developer's own program and is run. A *bundle* is data, and loading one never runs code.
It defines ``step`` (a torch.nn.Module), ``schema`` (bundle.json without graphs and sha256; see protocol/BUNDLE.md) and
``inputs`` (example tensors by name, in the order of the module's arguments). If the schema has a ``view``, it also defines
``step_view`` and ``view_inputs``, the same for the graph that paints over a game's own picture. Optional: ``graphs``,
``texts`` (``Graph`` and ``Text`` of ``dreambridge.export`` by name), ``dtype``. Or it defines ``source``, a ``Source`` of that.
"""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dreambridge.export.schema import frame_and_states
from dreambridge.export.source import Graph, Source
from dreambridge.export.write import MADE_BY, Exported, export_bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.system.made_folders import check_place

HINT = "See examples/export_step.py for a complete example."


def read_file(path: Path) -> Source:
    """Run the developer's file. DreamError ``bad_argument`` if it lacks a part."""
    if not path.is_file():
        raise DreamError(
            "bad_argument",
            f"The file {path} does not exist.",
            "Give the path of a Python file, 'vista', or a family: see --help.",
        )
    found = runpy.run_path(str(path), run_name="dreambridge_export")
    if isinstance(found.get("source"), Source):
        return found["source"]
    schema: Any = found.get("schema")
    viewed = isinstance(schema, dict) and "view" in schema
    wanted = ("step", "schema", "inputs", *(("step_view", "view_inputs") if viewed else ()))
    missing = [n for n in wanted if n not in found]
    if missing:
        raise DreamError("bad_argument", f"{path} does not define: {', '.join(missing)}.", HINT)
    try:
        outputs = frame_and_states(schema)
    except (KeyError, TypeError, AttributeError) as e:
        raise DreamError("bad_argument", f"The schema of {path} has no step with a frame: {e}.", HINT) from e
    view = Graph(found["step_view"].eval(), found["view_inputs"], outputs) if viewed else None
    step = Graph(found["step"].eval(), found["inputs"], outputs)
    more = {k: found[k] for k in ("graphs", "texts", "dtype") if k in found}
    # A file's model may hear its conditions only at values that the check does not try: the command tells it.
    return Source(schema, step, view, must_hear=False, **more)


def export_file(path: Path, out: Path, say: Callable[[str], None] = lambda text: None) -> Path:
    """Export what the file defines, and check it: 50 steps beside PyTorch. Errors as ``export_bundle``, and ``bad_argument``."""
    return export_file_told(path, out, say).folder


def export_file_told(path: Path, out: Path, say: Callable[[str], None] = lambda text: None) -> Exported:
    """The same, with what the check found."""
    check_place(out, MADE_BY)  # check this before the file is run
    return export_bundle(read_file(path), out, say=say)
