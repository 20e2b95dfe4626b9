"""Checks a cutscene for the page, by the rules of ``dreambridge cutscene check``."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dreambridge.bundle.find import open_bundle
from dreambridge.bundle.manifest import Condition, CutsceneSpec
from dreambridge.cutscene.checks import check
from dreambridge.cutscene.read import read
from dreambridge.protocol.errors import DreamError


def check_document(text: str, conditions: Mapping[str, Any] | None, bundle: str) -> list[dict[str, Any]]:
    """All problems of the document ``text``: message, hint, line, column, severity, and the path of the invalid value.

    ``conditions`` is the public schema of the open ``bundle``, from ``opened``; without it values are not checked.
    """
    document, problems, text = read(text)
    if document is not None:
        schema = None if conditions is None else {name: msgspec.convert(c, Condition) for name, c in conditions.items()}
        problems = check(document, text, schema, bundle, _spec(bundle) if schema is not None else None)
    return [msgspec.to_builtins(p) for p in problems]


def _spec(bundle: str) -> CutsceneSpec | None:
    """What the bundle maps framing and characters to. None if its files are gone: then this is not checked."""
    try:
        return open_bundle(bundle).manifest.cutscene or CutsceneSpec()
    except DreamError:
        return None
