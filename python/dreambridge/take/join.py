"""Two takes of one stream, of which the second begins with the frame before which the first ended, as one."""

import json
from typing import Any

from dreambridge.protocol.errors import DreamError
from dreambridge.take.lines import rows

BEGINNINGS = ("take", "open", "snapshot")
SAME = ("format", "bundle_sha256", "width", "height", "frames_per_step", "provider", "threads")


def join_takes(first: str, second: str) -> str:
    """The text of one take with what happened in both. A file that both hold is kept once.

    DreamError ``bad_take`` if the second one does not follow the first.
    """
    before, after = _lines(first), _lines(second)
    if [before[0][1].get(f) for f in SAME] != [after[0][1].get(f) for f in SAME]:
        raise _apart("They are takes of different streams")
    end, begin = before[-1][1], next((line for _, line in after if line["type"] in ("open", "snapshot")), {})
    if end["type"] != "end" or end.get("frame") != begin.get("frame"):
        raise _apart(f"The first one ends before the frame {end.get('frame')}, the second one begins with {begin.get('frame')}")
    files = {line["sha256"] for _, line in before if line["type"] == "file"}
    out = [text for text, _ in before[:-1]]
    out += [t for t, line in after if line["type"] not in BEGINNINGS and not (line["type"] == "file" and line["sha256"] in files)]
    return "".join(f"{text}\n" for text in out)


def _lines(text: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        found = [(row, json.loads(row)) for row in rows(text) if row.strip()]
        if found and found[0][1]["type"] == "take" and all(isinstance(line["type"], str) for _, line in found):
            return found
    except (ValueError, KeyError, TypeError):
        pass
    raise DreamError("bad_take", "The text is not a take.", "Give the text that `Recording` returned.")


def _apart(said: str) -> DreamError:
    return DreamError("bad_take", f"{said}.", "Join takes that `Recording.restart` has separated.")
