"""JSON from anywhere: what Python's parser lets pass, and what would fail later."""

import json
import re
from collections import Counter
from typing import Any


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For ``json.loads(object_pairs_hook=...)``. ValueError names the field that appears twice in one object."""
    out = dict(pairs)
    if len(out) != len(pairs):
        twice = Counter(k for k, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"The name {twice[:80]!r} appears twice in one object.")
    return out


def no_constant(word: str) -> Any:
    """For ``json.loads(parse_constant=...)``: NaN and Infinity are ValueErrors."""
    raise ValueError(f"{word} is not a JSON number.")


def nested_deeper(plain: Any, most: int) -> bool:
    """Whether more than ``most`` objects and lists are inside each other. It does not recurse, as what follows may."""
    level = [plain] if isinstance(plain, (dict, list)) else []
    for _ in range(most + 1):
        if not level:
            return False
        inside = (part.values() if isinstance(part, dict) else part for part in level)
        level = [v for part in inside for v in part if isinstance(v, (dict, list))]
    return True


def encodable(plain: Any) -> bool:
    """Whether it can be sent: JSON can write half of a surrogate pair, which no message can carry."""
    try:
        json.dumps(plain, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def too_new(version: Any, major: int) -> bool:
    """Whether the ``major.minor`` of a format is beyond the major that this release reads. What is no version is not."""
    first = str(version).split(".")[0]
    return re.fullmatch("[0-9]{1,9}", first) is not None and int(first) > major
