"""Converts the text of a ``*.dream.json`` to a document, or to all problems of its shape."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from dreambridge.cutscene.document import FORMAT, Document, Key, Lane, Shot, Variable
from dreambridge.cutscene.json_faults import HALF, json_fault
from dreambridge.cutscene.locate import Path, parse_path
from dreambridge.cutscene.problems import Problem, Problems, TooMany
from dreambridge.protocol.limits import MAX_DOCUMENT, too_long
from dreambridge.protocol.strict_json import encodable, nested_deeper, no_constant, too_new, without_duplicates

MAX_NESTING = 64


def read(data: bytes | str) -> tuple[Document | None, list[Problem], str]:
    """The document (None if its shape is invalid), the problems, and the text.

    Only the shape is checked here; ``checks.check`` checks the meaning.
    """
    if len(data) > MAX_DOCUMENT:
        return None, [Problem(*too_long(len(data)))], ""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        return None, [Problem(f"The document is not UTF-8: byte {e.start} is {data[e.start]:#04x}.", "Save it as UTF-8.")], ""
    problems = Problems(text)
    try:
        plain = json.loads(text, object_pairs_hook=without_duplicates, parse_constant=no_constant)
    except json.JSONDecodeError as e:
        return None, [Problem(f"The document is not JSON: {e.msg}.", "", e.lineno, e.colno)], text
    except (RecursionError, ValueError) as e:
        return None, [json_fault(text, MAX_NESTING) or Problem(str(e), "")], text
    if nested_deeper(plain, MAX_NESTING) or (HALF.search(text) and not encodable(plain)):
        return None, [json_fault(text, MAX_NESTING) or Problem("The document cannot be read.", "")], text
    if not isinstance(plain, dict):
        return None, [Problem("The document is not a JSON object.", 'It begins with {"format": "1.0", ...}.')], text
    if too_new(plain.get("format"), FORMAT[0]):
        problems.add(
            ("format",), f"The document has format {plain['format']!r}; this release reads {FORMAT[0]}.x.", "Update dreambridge."
        )
        return None, problems.found, text
    try:
        return msgspec.convert(plain, Document), [], text
    except msgspec.ValidationError as e:
        with contextlib.suppress(TooMany):
            _explain(problems, plain)
        if not problems.found:
            problems.add(parse_path(str(e).strip("`")), f"{str(e).split(' - at ')[0]}.")
        return None, problems.found, text


def _explain(problems: Problems, plain: Mapping[str, Any]) -> None:
    """Convert part by part, because msgspec reports only the first problem, without the map keys in its path."""
    shots = plain.get("shots")
    head = {k: v for k, v in plain.items() if k not in ("shots", "variables")} | {"shots": {}}
    if "shots" not in plain:
        problems.add((), "The document has no `shots`.", "Give at least one.")
    _convert(problems, (), head, Document)
    for name, v in _items(problems, ("variables",), plain.get("variables", {})):
        _convert(problems, ("variables", name), v, Variable)
    for name, shot in _items(problems, ("shots",), shots if shots is not None else {}):
        where = ("shots", name)
        if not isinstance(shot, dict):
            _convert(problems, where, shot, Shot)
            continue
        _convert(problems, where, {k: v for k, v in shot.items() if k != "lanes"}, Shot)
        for condition, lane in _items(problems, (*where, "lanes"), shot.get("lanes", {})):
            _lane(problems, (*where, "lanes", condition), lane)


def _lane(problems: Problems, where: Path, lane: Any) -> None:
    keys = lane.get("keys") if isinstance(lane, dict) else None
    if not isinstance(keys, list):
        _convert(problems, where, lane, Lane)
        return
    _convert(problems, where, {**lane, "keys": []}, Lane)
    for k, key in enumerate(keys):
        _convert(problems, (*where, "keys", k), key, Key)


def _items(problems: Problems, where: Path, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    problems.add(where, f"`{where[-1]}` is not an object.")
    return []


def _convert(problems: Problems, where: Path, value: Any, kind: Any) -> None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as e:
        said, _, at = str(e).partition(" - at ")
        problems.add((*where, *parse_path(at.strip("`"))), f"{said}.")
