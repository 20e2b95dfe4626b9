"""``dreambridge cutscene``: checks documents, imports them from files of other programs, and exports them."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from dreambridge.bundle.find import open_bundle
from dreambridge.bundle.manifest import CutsceneSpec
from dreambridge.commands.cutscene_files import file_problems
from dreambridge.commands.sound import write_sounds
from dreambridge.cutscene.checks import check
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.locate import line_and_column, locate
from dreambridge.cutscene.named_files import named_files
from dreambridge.cutscene.problems import Problem, Severity, as_error
from dreambridge.cutscene.read import read
from dreambridge.interchange.files import export_file, import_file
from dreambridge.interchange.layout import layout
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import counted, printable
from dreambridge.system.whole_file import write_whole

MAX_FILE = 64 * 1024 * 1024  # of a file to check or import; the formats have smaller limits


def bytes_of(path: Path) -> bytes:
    """DreamError ``no_access`` if the file cannot be read, ``too_large`` if no cutscene can be so large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path.") from e
    if len(data) > MAX_FILE:
        said = f"{path} has more than {MAX_FILE // 2**20} MiB, which no cutscene has."
        raise DreamError("too_large", said, "Check the path.")
    return data


def problems_of(path: Path, bundle: str | None, sounds: Severity | None = "warning") -> list[Problem]:
    """The problems of one file, for the bundle that it names (or ``bundle``), and of the files in its folder that it names.

    ``sounds`` : what a sound is that cannot be played; None: sounds are not looked at. DreamError ``no_access`` if ``path``
    cannot be read.
    """
    return problems_in(bytes_of(path), bundle, path.parent, sounds)


def problems_in(
    data: bytes, bundle: str | None, folder: Path | None = None, sounds: Severity | None = "warning"
) -> list[Problem]:
    """Of a document; with ``folder``, of its files too."""
    document, problems, text = read(data)
    if document is None:
        return problems
    name, schema, spec, unchecked = bundle or document.bundle, None, None, list[Problem]()
    if not name:
        said = "The document names no bundle: its conditions were not checked."
        unchecked = [Problem(said, "Name it in `bundle`, or use --bundle.", severity="warning")]
    else:
        try:
            manifest = open_bundle(name).manifest
            schema, spec = manifest.directed, manifest.cutscene or CutsceneSpec()
        except DreamError as e:
            at = (1, 1) if bundle else line_and_column(text, locate(text, ("bundle",)))
            unchecked = [Problem(e.message, e.hint, *at, severity="error" if bundle else "warning")]
    problems = check(document, text, schema, name or "" if schema else "", spec)
    if folder is not None:
        files = [f for f in named_files(document, schema or {}, spec) if sounds or f.kind != "sound"]
        problems += file_problems(files, text, folder, sounds or "warning")
    return [*sorted(problems, key=lambda p: (p.line, p.column)), *unchecked]


def check_files(paths: list[Path], bundle: str | None, as_json: bool, out: Path | None = None) -> int:
    """Print the problems of each file, or write them as JSON to the new file ``out``. Returns 1 if any has an error.

    DreamError ``no_access`` if a file cannot be read or written, ``bad_argument`` if ``out`` exists.
    """
    found = [(path, p) for path in paths for p in problems_of(path, bundle)]
    errors = sum(p.severity == "error" for _, p in found)
    rows = json.dumps([{"file": str(path), **msgspec.to_builtins(p)} for path, p in found])
    if out is not None:
        _write(out, rows + "\n")
    elif as_json:
        print(rows)
    else:
        for path, p in found:
            print(printable(f"{path}:{p}"))
        counts = (len(paths), "file"), (errors, "error"), (len(found) - errors, "warning")
        files, *rest = [counted(n, word) for n, word in counts]
        print(f"{files}: {', '.join(rest)}", file=sys.stderr)
    return 1 if errors else 0


def import_to(
    path: Path, out: Path, *, into: Path | None, bundle: str | None, condition: str = "prompt", step_seconds: float = 0.25
) -> None:
    """Write the cutscene in ``path`` as ``out``, and print what could not be kept and what the check finds.

    DreamError ``bad_argument``, ``bad_cutscene``, ``no_access``, ``missing_package``.
    """
    if not 0 <= step_seconds <= 60:
        raise DreamError("bad_argument", f"--step-seconds {step_seconds:g} is out of range.", "It is from 0 to 60.")
    base = _document(into)[1] if into is not None else None
    found = import_file(path, bytes_of(path), into=base, condition=condition, step_seconds=step_seconds)
    if bundle is not None:
        found.document["bundle"] = bundle
    text = layout(found.document)
    problems = problems_in(text.encode(), None)
    # A table is imported back into its own document; any other file stays as it is.
    _write(out, text, replaces=into)
    for note in found.notes:
        print(printable(f"{path}: {note}"), file=sys.stderr)
    for p in problems:
        print(printable(f"{out}:{p}"), file=sys.stderr)
    print(out)
    if any(p.severity == "error" for p in problems):
        raise SystemExit(1)


def export_to(path: Path, out: Path, *, bundle: str | None, fps: float, choices: list[str]) -> None:
    """Write ``path`` in the format of ``out``'s suffix, and print what it cannot hold. DreamError as `import_to`."""
    if not 1 <= fps <= 240:
        raise DreamError("bad_argument", f"--fps {fps:g} is out of range.", "It is from 1 to 240.")
    document, plain = _document(path)
    schema, notes = None, []
    if out.suffix.lower() == ".otio":
        try:
            schema = open_bundle(bundle or document.bundle or "vista").manifest.directed
        except DreamError as e:
            notes = [f"{e.message} {e.hint}"]
    made = export_file(document, plain, out, fps=fps, choices=choices, schema=schema)
    _write(out, made.text)
    for note in [*notes, *made.notes]:
        print(printable(f"{path}: {note}"), file=sys.stderr)
    print(out)


def sound(paths: list[Path]) -> None:
    """Write the features of the sounds of each cutscene, and print the files. DreamError as `write_sounds`."""
    for path in paths:
        for made in write_sounds(_document(path)[0], path.parent):
            print(made)


def _document(path: Path) -> tuple[Document, dict[str, Any]]:
    """A document without errors, and the same as JSON values."""
    document, problems, text = read(bytes_of(path))
    if document is not None:
        problems = [p for p in check(document, text) if p.severity == "error"]
    if document is None or problems:
        raise as_error(str(path), problems)
    return document, json.loads(text)


def _write(out: Path, text: str, replaces: Path | None = None) -> None:
    """A new file. DreamError ``bad_argument`` if ``out`` exists and is not ``replaces``."""
    if os.path.lexists(out) and not (replaces is not None and out.exists() and out.samefile(replaces)):
        raise DreamError("bad_argument", f"{out} exists.", "Choose a new name, or remove the file first.")
    write_whole(out, text.encode())
