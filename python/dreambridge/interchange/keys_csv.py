"""Keys and marks as a table, for spreadsheets: a row each, ``kind,shot,lane,at,value,easing,over``."""

import copy
import csv
import io
import json
import re
from typing import Any

from dreambridge.interchange.result import Exported, Imported, refused, text_of
from dreambridge.protocol.strict_json import no_constant

COLUMNS = ("kind", "shot", "lane", "at", "value", "easing", "over")
NEEDED = ("shot", "lane", "at")


def to_csv(document: dict[str, Any]) -> Exported:
    """All keys and marks. In the column ``value`` a text stands as it is, anything else as JSON."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for shot_name, shot in document["shots"].items():
        for lane, content in shot.get("lanes", {}).items():
            for key in content["keys"]:
                rows.writerow(
                    ["key", shot_name, lane, key["at"], _cell(key.get("value", 1.0)), key.get("easing", ""), key.get("over", "")]
                )
        for mark, at in shot.get("marks", {}).items():
            rows.writerow(["mark", shot_name, mark, at, "", "", ""])
    lost = "The table holds keys and marks. What follows a shot, its length, variables and characters stay in the document: "
    return Exported(out.getvalue(), [lost + "import the table --into it."])


def from_csv(name: str, data: bytes, title: str, into: dict[str, Any] | None) -> Imported:
    """The keys of a table. With ``into``: that document, in which the lanes and marks of the table's shots are replaced.

    Without it, the shots follow each other in the order of their first rows. Rows may stand in any order, and ``,``, ``;`` or a
    tab separates the columns. DreamError ``bad_argument`` names the line.
    """
    text = text_of(name, data)
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    columns = [c.strip().lower() for c in rows.fieldnames or ()]
    rows.fieldnames = columns
    if missing := [c for c in NEEDED if c not in columns]:
        raise refused(f"{name}:1", f"the table has no column {', '.join(missing)}.", f"The columns are {','.join(COLUMNS)}.")
    if unknown := [c for c in columns if c not in COLUMNS]:
        raise refused(f"{name}:1", f"there is no column {unknown[0]!r}.", f"The columns are {','.join(COLUMNS)}.")
    shots: dict[str, Any] = {}
    try:
        for row in rows:
            _row(f"{name}:{rows.line_num}", row, shots)
    except csv.Error as e:
        raise refused(f"{name}:{rows.line_num}", f"the line is not CSV: {e}.") from e
    if not shots:
        raise refused(name, "the table has no rows.")
    for shot in shots.values():
        for lane in shot["lanes"].values():
            lane["keys"].sort(key=lambda k: k["at"])
    if into is None:
        return Imported(_in_order(title, shots))
    document = copy.deepcopy(into)
    if foreign := [s for s in shots if s not in document["shots"]]:
        raise refused(name, f"the document has no shot {foreign[0]!r}.", f"It has: {', '.join(document['shots'])}.")
    for shot_name, shot in shots.items():
        there = document["shots"][shot_name]
        for lane, content in shot["lanes"].items():
            # What the table has no column for stays.
            there.setdefault("lanes", {})[lane] = {**there.get("lanes", {}).get(lane, {}), **content}
        if shot["marks"]:
            there["marks"] = shot["marks"]
    return Imported(document)


def _in_order(title: str, shots: dict[str, Any]) -> dict[str, Any]:
    names = list(shots)
    made = {}
    for k, name in enumerate(names):
        made[name] = {field: content for field, content in shots[name].items() if content}
        if k + 1 < len(names):
            made[name]["next"] = names[k + 1]
    return {"format": "1.0", "name": title, "start": names[0], "shots": made}


def _row(where: str, row: dict[str | None, Any], shots: dict[str, Any]) -> None:
    if None in row:
        raise refused(where, "the row has more cells than the table has columns.")
    cell = {k: (v or "").strip() if k != "value" else v or "" for k, v in row.items() if k is not None}
    if not any(cell.values()):
        return
    for field in ("shot", "lane"):
        if not cell[field]:
            raise refused(where, f"the column {field} is empty.")
    kind = cell.get("kind") or "key"
    if kind not in ("key", "mark"):
        raise refused(where, f"kind = {kind!r} is neither key nor mark.")
    shot = shots.setdefault(cell["shot"], {"lanes": {}, "marks": {}})
    at = _number(where, "at", cell["at"])
    if kind == "mark":
        shot["marks"][cell["lane"]] = at
        return
    key: dict[str, Any] = {"at": at}
    if cell.get("value", "") != "":
        key["value"] = _value(cell["value"])
    if cell.get("easing"):
        key["easing"] = cell["easing"]
    if cell.get("over"):
        key["over"] = _number(where, "over", cell["over"])
    keys = shot["lanes"].setdefault(cell["lane"], {"keys": []})["keys"]
    if any(k["at"] == at for k in keys):
        raise refused(where, f"the lane {cell['lane']!r} has another key at {at:g} s.", "Times of a lane differ.")
    keys.append(key)


def _number(where: str, column: str, cell: str) -> float:
    try:
        value = float(cell.replace(",", "."))  # many spreadsheets write decimal commas
    except ValueError as e:
        raise refused(where, f"{column} = {cell[:80]!r} is not a number.") from e
    if not 0 <= value <= 86_400:
        raise refused(where, f"{column} = {cell[:80]!r} is not a time from 0 to 86400 s.")
    return int(value) if value == int(value) else value


def _cell(value: Any) -> str:
    """A text stands as it is, unless it would be read as JSON."""
    return value if isinstance(value, str) and value != "" and _value(value) == value else json.dumps(value, ensure_ascii=False)


def _value(cell: str) -> Any:
    if re.fullmatch(r"-?\d+,\d+", cell):
        return float(cell.replace(",", "."))
    try:
        return json.loads(cell, parse_constant=no_constant)
    except (RecursionError, ValueError):
        return cell
