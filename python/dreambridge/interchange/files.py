"""Which format a file has, by its suffix, and the two ways: ``import_file`` and ``export_file``."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dreambridge.bundle.manifest import Condition
from dreambridge.cutscene.document import Document
from dreambridge.interchange.keys_csv import from_csv, to_csv
from dreambridge.interchange.names import as_name
from dreambridge.interchange.otio_export import to_otio
from dreambridge.interchange.otio_import import from_otio
from dreambridge.interchange.result import Exported, Imported, json_of, refused
from dreambridge.interchange.scope import from_scope

IN, OUT = (".otio", ".csv", ".json"), (".otio", ".csv")


def import_file(
    path: Path, data: bytes, *, into: dict[str, Any] | None = None, condition: str = "prompt", step_seconds: float = 0.25
) -> Imported:
    """The document in ``data``: OpenTimelineIO (`.otio`), keys (`.csv`), or Scope's timeline (`.json`).

    ``into`` is a document as JSON values that takes the keys of a table. DreamError ``bad_argument``, ``missing_package``.
    """
    kind = path.suffix.lower()
    if path.name.endswith(".dream.json"):
        found = json_of(str(path), data)
        if isinstance(found, dict) and "shots" in found:
            raise refused(str(path), "it is a cutscene already.", "Check it with `dreambridge cutscene check`.")
        hint = f"Name it by its own format: {', '.join(IN)}."
        raise refused(str(path), "its name is that of a cutscene, but it has no `shots`.", hint)
    if kind not in IN:
        raise refused(str(path), f"files {kind or 'without a suffix'} cannot be imported.", f"Use one of: {', '.join(IN)}.")
    if into is not None and kind != ".csv":
        raise refused("--into", f"only a table of keys (.csv) goes into a document, not {kind}.", "Leave out --into.")
    title = as_name(path.name.split(".")[0], "imported")
    readers: dict[str, Callable[[], Imported]] = {
        ".otio": lambda: from_otio(str(path), data, title),
        ".csv": lambda: from_csv(str(path), data, title, into),
        ".json": lambda: from_scope(str(path), data, title, condition, step_seconds),
    }
    return readers[kind]()


def export_file(
    d: Document,
    plain: dict[str, Any],
    out: Path,
    *,
    fps: float = 24.0,
    choices: Sequence[str] = (),
    schema: Mapping[str, Condition] | None = None,
) -> Exported:
    """The text for ``out``, whose suffix is one of ``OUT``. DreamError ``bad_argument``, ``missing_package``."""
    kind = out.suffix.lower()
    if kind == ".otio":
        return to_otio(d, plain, fps, choices, schema)
    if kind == ".csv":
        return to_csv(plain)
    raise refused(
        str(out), f"cutscenes cannot be exported to {kind or 'a file without a suffix'}.", f"Use one of: {', '.join(OUT)}."
    )
