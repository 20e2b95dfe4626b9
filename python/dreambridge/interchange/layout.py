"""The layout in which this program writes a ``*.dream.json``: whatever fits stands on one line, so that a key is a line."""

import json
from typing import Any

WIDTH = 110


def layout(value: Any, width: int = WIDTH) -> str:
    """JSON text with a final newline. The order of the fields is kept."""
    return _part(value, 0, width) + "\n"


def _part(value: Any, indent: int, room: int) -> str:
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(flat) <= room - indent or not isinstance(value, (dict, list)) or not value:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        # The name of a field takes room from the first line of its value.
        rows = []
        for k, v in value.items():
            name = json.dumps(k, ensure_ascii=False) + ": "
            rows.append(f"{pad}{name}{_part(v, indent + 2, room - len(name))}")
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(f"{pad}{_part(v, indent + 2, room)}" for v in value) + "\n" + " " * indent + "]"
