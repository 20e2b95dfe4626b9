"""Gives ONNX Runtime the checked external data of a graph from memory, so that it reads no file of a bundle itself."""

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dreambridge.bundle.load import GraphFile
from dreambridge.protocol.errors import DreamError, no_memory, short_of_memory

NOWHERE = Path(__file__).parent / "no-external-data"
_FOLDER = "session.model_external_initializers_file_folder_path"
_UNLISTED = re.compile(
    r"External file: (.+?) not found from the table|does not exist: \"?[^\"]*no-external-data[/\\\\]([^\"]+?)\"?$", re.M
)


@contextlib.contextmanager
def external_data(options: Any, graph: GraphFile) -> Iterator[None]:
    """While the session is created with ``options``: provide the graph's data, and no other file."""
    # Otherwise paths in the graph would be relative to the daemon's working folder, and could leave it.
    options.add_session_config_entry(_FOLDER, str(NOWHERE))
    from_memory = getattr(options, "add_external_initializers_from_files_in_memory", None)  # of newer releases
    if not graph.data:
        yield
    elif from_memory:
        names, contents = list(graph.data), list(graph.data.values())
        from_memory(names, contents, [len(c) for c in contents])  # it copies them into the session
        yield
    else:
        # Copies in a folder that only this user can enter, so that the checked bytes are the ones that are read.
        with tempfile.TemporaryDirectory(prefix="dreambridge-", ignore_cleanup_errors=True) as folder:
            for name, content in graph.data.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            options.add_session_config_entry(_FOLDER, folder)
            yield


def not_loaded(graph: GraphFile, e: Exception) -> DreamError:
    """The error for a graph that ONNX Runtime cannot load."""
    found = _UNLISTED.search(str(e))
    if found:
        file = found.group(1) or found.group(2)
        return DreamError(
            "bad_bundle",
            f"The graph {graph.name!r} reads the file {file!r}, which `graphs.{graph.name}.data` does not list.",
            "Export the bundle again, or list the file with its sha256 (protocol/BUNDLE.md).",
        )
    if short_of_memory(e):
        return no_memory(f"the graph {graph.name!r}")
    return DreamError("bad_bundle", f"ONNX Runtime cannot load the graph {graph.name!r}: {e}", "Export the bundle again.")
