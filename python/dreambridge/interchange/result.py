"""What an import or export gives, and the errors that all formats share."""

import json
from dataclasses import dataclass, field
from typing import Any

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.strict_json import nested_deeper, no_constant

MAX_BYTES = 16 * 1024 * 1024  # of a file to import
MAX_SECONDS = 86_400.0
MAX_NESTING = 200  # a library in C++ would overflow its stack


@dataclass
class Imported:
    """A cutscene document as plain JSON values; each note names something that the import could not keep."""

    document: dict[str, Any]
    notes: list[str] = field(default_factory=list)


@dataclass
class Exported:
    """The text of the exported file; each note names something that the format cannot hold."""

    text: str
    notes: list[str] = field(default_factory=list)


def refused(name: str, why: str, hint: str = "") -> DreamError:
    """DreamError ``bad_argument`` for the file ``name``."""
    return DreamError("bad_argument", f"{name}: {why}", hint)


def json_of(name: str, data: bytes) -> Any:
    """The JSON value in ``data``. DreamError ``bad_argument`` with line and column."""
    if len(data) > MAX_BYTES:
        raise refused(name, f"the file has {len(data) / 2**20:.1f} MiB; the limit is {MAX_BYTES // 2**20} MiB.", "Split it.")
    try:
        value = json.loads(text_of(name, data), parse_constant=no_constant)
        if nested_deeper(value, MAX_NESTING):
            raise RecursionError
        return value
    except json.JSONDecodeError as e:
        raise refused(f"{name}:{e.lineno}:{e.colno}", f"the file is not JSON: {e.msg}.", "Save or export it again.") from e
    except (RecursionError, ValueError) as e:
        said = str(e) if isinstance(e, ValueError) else f"the file is nested deeper than {MAX_NESTING}."
        raise refused(name, said, "Save or export it again.") from e


def text_of(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise refused(name, f"the file is not UTF-8: byte {e.start} is {data[e.start]:#04x}.", "Save it as UTF-8.") from e
