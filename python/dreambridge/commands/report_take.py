"""The take in a ``dreambridge report``: without names and paths, and still one that can be replayed."""

import hashlib
import json
from pathlib import Path
from typing import Any

from dreambridge.commands.redact import Redactor
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable
from dreambridge.take.lines import rows

MAX_TAKE_BYTES = 32 * 2**20
SUFFIX = ".take.jsonl"
# Base64 and hexadecimal digits: a name in them is none.
BYTES = {"data", "label", "depth", "digests", "sha256", "bundle_sha256", "$file"}


def last_take(folder: Path) -> Path | None:
    """The newest ``*.take.jsonl`` in the folder."""
    try:
        found = [(p.stat().st_mtime, p) for p in folder.glob(f"*{SUFFIX}") if p.is_file()]
    except OSError:
        return None
    return max(found, default=(0.0, None))[1]


def read_take(path: Path, redactor: Redactor) -> str:
    """Its text without private names.

    DreamError ``bad_argument`` if it cannot be read, ``too_large`` above ``MAX_TAKE_BYTES``.
    """
    try:
        size = path.stat().st_size
        if size > MAX_TAKE_BYTES:
            said = f"The take {path} has {size:,} bytes; at most {MAX_TAKE_BYTES:,} go into a report."
            raise DreamError("too_large", said, "Attach it to the report yourself, or record a shorter one.")
        text = path.read_text("utf-8", errors="replace")
    except OSError as e:
        raise DreamError(
            "bad_argument", f"The take {path} cannot be read: {e.strerror}.", "Name another file with --take."
        ) from e
    return "".join(_line(line, redactor) + "\n" for line in rows(text))


def _line(line: str, redactor: Redactor) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        return redactor.text(printable(line))
    cleaned = _cleaned(value, redactor)
    if isinstance(value, dict) and isinstance(value.get("document"), str) and value["document"] != cleaned["document"]:
        cleaned["sha256"] = hashlib.sha256(cleaned["document"].encode()).hexdigest()
    return json.dumps(cleaned, ensure_ascii=False)


def _cleaned(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, list):
        return [_cleaned(v, redactor) for v in value]
    if isinstance(value, dict):
        return {redactor.text(k): v if k in BYTES else _cleaned(v, redactor) for k, v in value.items()}
    return value
