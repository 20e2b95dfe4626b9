"""The desk's check of a cutscene is that of the command, with a path for each problem."""

import json
from pathlib import Path

import pytest
from conftest import ROOT
from dreambridge.bundle.find import open_bundle
from dreambridge.commands.cutscene import problems_of
from dreambridge.preview.check import check_document

ARRIVAL = (ROOT / "examples" / "arrival.dream.json").read_text()
VISTA = {name: c.public() for name, c in open_bundle("vista").manifest.directed.items()}
BAD = (
    (ARRIVAL, []),
    (ARRIVAL.replace('"weather"', '"wether"'), [["shots", "calm", "lanes", "wether"], ["shots", "storm", "lanes", "wether"]]),
    (ARRIVAL.replace('"value": 12', '"value": 99'), [["shots", "crossing", "lanes", "time_of_day", "keys", 0, "value"]]),
    (ARRIVAL.replace('"then": "crossing"}', '"then": "crosing"}', 1), [["shots", "dawn", "next", "choice", 0, "then"]]),
    (ARRIVAL.replace('"if": "paid"', '"if": "payed"'), [["shots", "crossing", "next", "branch", 0, "if"]]),
    (ARRIVAL.replace('"at": 3.2', '"att": 3.2'), [["shots", "storm", "lanes", "event", "keys", 1]]),
    (ARRIVAL.replace('"at": 3.2', '"at": 2.5'), [["shots", "storm", "lanes", "event", "keys", 1, "at"]]),
    (ARRIVAL.replace('"marks"', '"framing": {"size": "huge"}, "marks"'), [["shots", "dawn", "framing", "size"]]),
    (ARRIVAL[:-4], [[]]),
)


@pytest.mark.parametrize(("text", "paths"), BAD)
def test_as_the_command(text: str, paths: list[list[str | int]], tmp_path: Path) -> None:
    file = tmp_path / "a.dream.json"
    file.write_text(text)
    told = check_document(text, VISTA, "vista")
    expected = problems_of(file, None)
    assert [(p["line"], p["column"], p["message"], p["hint"], p["severity"]) for p in told] == [
        (p.line, p.column, p.message, p.hint, p.severity) for p in expected
    ]
    found = [p["path"][: len(path)] for p, path in zip(told, paths, strict=True)]
    assert [list(p) for p in found] == paths
    json.dumps(told)


def test_without_a_bundle_values_are_not_checked() -> None:
    assert check_document(ARRIVAL.replace('"weather"', '"wether"'), None, "") == []
