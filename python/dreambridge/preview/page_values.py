"""What comes from a page as JSON, for the Python client: bytes are {"base64": text}.

A page cannot name files of this machine: the client would read them.
"""

import base64
import json
from typing import Any

from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError

BYTES = "base64"


def bytes_of(value: Any) -> bytes:
    """ValueError if it is not base64."""
    return base64.b64decode(value[BYTES], validate=True)


def unpacked(values: Any, stream: Stream | None = None) -> dict[str, Any]:
    """The page's values, with pictures as bytes. ValueError if one is not base64; DreamError ``bad_value`` for a path."""
    out = {k: bytes_of(v) if isinstance(v, dict) and set(v) == {BYTES} else v for k, v in dict(values or {}).items()}
    for name, value in out.items():
        if stream and isinstance(value, str) and stream.conditions.get(name, {}).get("kind") == "image":
            raise DreamError("bad_value", f"{name}: a page cannot name a file.", "Send the bytes of a PNG, JPEG or WebP file.")
    return out


def to_page(value: bytes) -> dict[str, str]:
    return {BYTES: base64.b64encode(value).decode()}


def document(text: Any) -> str:
    """A cutscene from a page. DreamError ``bad_cutscene`` for what the client would take for a path."""
    if not isinstance(text, str) or not text.lstrip("\ufeff \t\r\n").startswith("{"):
        raise DreamError("bad_cutscene", "The document is not a JSON object.", "Send the text of a *.dream.json.")
    return text.lstrip("\ufeff")


def slot(text: Any, stream: Stream) -> str:
    """A save slot from a page; the same checks for what is in it. What is damaged otherwise, `restore_slot` refuses."""
    if not isinstance(text, str):
        raise DreamError("bad_snapshot", "The save is damaged: it is not a text.", "Send what save_slot gave, unchanged.")
    try:
        there = json.loads(text)
        scene = there.get("cutscene")
        directions = [d["values"] for d in there["directions"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return text
    if isinstance(scene, dict):
        document(scene.get("document"))
    for values in directions:
        if isinstance(values, dict):
            unpacked({k: v for k, v in values.items() if isinstance(v, str)}, stream)
    return text
