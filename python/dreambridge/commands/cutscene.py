"""``dreambridge cutscene check FILE``: prints all problems of a ``*.dream.json``, with line and column."""

import json
import sys
from pathlib import Path

import msgspec

from dreambridge.bundle.find import open_bundle
from dreambridge.cutscene.checks import check
from dreambridge.cutscene.problems import Problem
from dreambridge.cutscene.read import read
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable


def problems_of(path: Path, bundle: str | None) -> list[Problem]:
    """The problems of one file, for the bundle that it names (or ``bundle``). DreamError ``no_access`` if it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path.") from e
    document, problems, text = read(data)
    if document is None:
        return problems
    name = bundle or document.bundle
    if not name:
        unchecked = "The document names no bundle: its conditions were not checked."
        return [*check(document, text), Problem(unchecked, "Name it in `bundle`, or use --bundle.", severity="warning")]
    try:
        opened = open_bundle(name)
    except DreamError as e:
        return [*check(document, text), Problem(e.message, e.hint, severity="error" if bundle else "warning")]
    return check(document, text, opened.manifest.directed, name)


def check_files(paths: list[Path], bundle: str | None, as_json: bool) -> int:
    """Print the problems of each file. Returns the exit code: 1 if any file has an error."""
    found = [(path, p) for path in paths for p in problems_of(path, bundle)]
    errors = sum(p.severity == "error" for _, p in found)
    if as_json:
        print(json.dumps([{"file": str(path), **msgspec.to_builtins(p)} for path, p in found]))
    else:
        for path, p in found:
            print(printable(f"{path}:{p}"))
        counts = (len(paths), "file"), (errors, "error"), (len(found) - errors, "warning")
        files, *rest = [f"{n} {word}" if n == 1 else f"{n} {word}s" for n, word in counts]
        print(f"{files}: {', '.join(rest)}", file=sys.stderr)
    return 1 if errors else 0
