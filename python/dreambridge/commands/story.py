"""``dreambridge story check FILE``: prints all problems of a story's directions, with line and column."""

import json
import sys
from pathlib import Path

import msgspec

from dreambridge.bundle.find import open_bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import counted, printable
from dreambridge.story.check import names_in, problems_of
from dreambridge.story.reading import read


def folders_of(path: Path, cutscenes: list[Path]) -> list[Path]:
    """Where the cutscenes of a story are: in ``cutscenes``, in its own folder, and in a folder ``cutscenes`` there."""
    return [*cutscenes, path.parent, path.parent / "cutscenes"]


def check_files(paths: list[Path], bundle: str | None, cutscenes: list[Path], as_json: bool) -> int:
    """Print the problems of each story. Returns the exit code: 1 if any story has an error.

    DreamError ``no_access`` for a folder of ``cutscenes`` that does not exist.
    """
    for folder in cutscenes:
        if not folder.is_dir():
            raise DreamError("no_access", f"--cutscenes {folder} is not a folder.", "Check the path, or leave it out.")
    schema = open_bundle(bundle).manifest.directed if bundle else None
    found = [(path, p) for path in paths for p in problems_of(path, read(path), schema, names_in(folders_of(path, cutscenes)))]
    errors = sum(p.severity == "error" for _, p in found)
    if as_json:
        print(json.dumps([{"file": str(path), **msgspec.to_builtins(p)} for path, p in found]))
        return 1 if errors else 0
    for path, p in found:
        print(printable(f"{path}:{p}"))
    counts = (len(paths), "file"), (errors, "error"), (len(found) - errors, "warning")
    files, *rest = [counted(n, word) for n, word in counts]
    print(f"{files}: {', '.join(rest)}", file=sys.stderr)
    if schema is None:
        print("Conditions and their values were not checked: name the bundle with --bundle.", file=sys.stderr)
    return 1 if errors else 0
