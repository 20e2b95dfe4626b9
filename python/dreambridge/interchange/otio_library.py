"""The optional library OpenTimelineIO, and our part of its metadata."""

import json
from typing import Any

from dreambridge.protocol.errors import DreamError

OURS = "dreambridge"


def library() -> Any:
    """DreamError ``missing_package`` without the extra ``otio``."""
    try:
        import opentimelineio
    except ImportError as e:
        said = "OpenTimelineIO is not installed in this Python environment."
        raise DreamError("missing_package", said, "Run: pip install 'dreambridge[otio]'") from e
    return opentimelineio


def own(thing: Any) -> dict[str, Any]:
    """Our part of the metadata of a clip or a timeline, as plain JSON values; empty if there is none."""
    part = thing.metadata.get(OURS)
    if part is None:
        return {}
    found = json.loads(library().core.serialize_json_to_string(part))  # the library's own containers become plain ones
    return found if isinstance(found, dict) else {}
