"""What a page may ask about cutscenes of other programs: import one from a file's bytes, export one as a text."""

import asyncio
import json
from pathlib import Path
from typing import Any

from dreambridge.bundle.find import open_bundle
from dreambridge.cutscene.checks import check
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.problems import as_error
from dreambridge.cutscene.read import read
from dreambridge.interchange.files import export_file, import_file
from dreambridge.interchange.layout import layout
from dreambridge.preview.page_values import bytes_of
from dreambridge.preview.shared_stream import Page, SharedStream
from dreambridge.protocol.errors import DreamError

MAX_FPS = 240.0


def document_of(text: str, name: str) -> tuple[Document, dict[str, Any]]:
    """A document without errors, and the same as JSON values. DreamError ``bad_cutscene``."""
    document, problems, text = read(text)
    if document is not None:
        problems = [p for p in check(document, text) if p.severity == "error"]
    if document is None or problems:
        raise as_error(name, problems)
    return document, json.loads(text)


def imported(name: str, data: bytes, into: str | None, bundle: str) -> tuple[str, list[str]]:
    """The text of the cutscene in a file of another program, and what could not be kept."""
    base = None if into is None else document_of(into, "The cutscene")[1]
    found = import_file(Path(Path(name).name), data, into=base)
    if base is None and bundle:
        found.document.setdefault("bundle", bundle)
    return layout(found.document), found.notes


def exported(text: str, name: str, fps: float, choices: list[str], bundle: str) -> tuple[str, list[str]]:
    """The text of the file ``name``, whose suffix is the format, and what it cannot hold."""
    document, plain = document_of(text, "The cutscene")
    schema, notes = None, list[str]()
    if name.endswith(".otio"):
        try:
            schema = open_bundle(document.bundle or bundle).manifest.directed
        except DreamError as e:
            notes = [f"{e.message} {e.hint}"]
    made = export_file(document, plain, Path(name), fps=fps, choices=choices, schema=schema)
    return made.text, [*notes, *made.notes]


def _bundle(shared: SharedStream) -> str:
    return shared.stream.info.bundle if shared.stream else shared.bundle


async def import_cutscene(shared: SharedStream, m: dict[str, Any], page: Page) -> dict[str, Any]:
    into = None if m.get("into") is None else str(m["into"])
    data, name = bytes_of(m["data"]), str(m["name"])
    text, notes = await asyncio.to_thread(imported, name, data, into, _bundle(shared))
    return {"type": "cutscene_imported", "document": text, "notes": notes}


async def export_cutscene(shared: SharedStream, m: dict[str, Any], page: Page) -> dict[str, Any]:
    fps, choices = float(m.get("fps") or 24.0), [str(c) for c in m.get("choices") or []]
    if not 1.0 <= fps <= MAX_FPS:
        raise DreamError("bad_argument", f"fps {fps:g} is out of range.", f"Use 1 to {MAX_FPS:g}.")
    text, notes = await asyncio.to_thread(exported, str(m["document"]), str(m["name"]), fps, choices, _bundle(shared))
    return {"type": "cutscene_exported", "text": text, "notes": notes}
