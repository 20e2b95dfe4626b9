"""The command ``dreambridge cutscene check``."""

import json
from pathlib import Path

import pytest
from dreambridge.commands import cli
from test_cutscene import document, lane


def test_the_command_names_file_line_and_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.dream.json", tmp_path / "bad.dream.json"
    good.write_text(json.dumps(document(a={"lanes": {"weather": lane((0, "rain"))}, "length": 1})))
    bad.write_text(
        '{"format": "1.0", "name": "x", "bundle": "vista",\n "shots": '
        '{"a": {"lanes": {"weather": {"keys": [{"at": 0, "value": "strom"}]}}}}}'
    )
    with pytest.raises(SystemExit) as e:
        cli.main(["cutscene", "check", str(good)])
    assert e.value.code == 0
    with pytest.raises(SystemExit) as e:
        cli.main(["cutscene", "check", str(good), str(bad)])
    said = capsys.readouterr().out
    assert e.value.code == 1 and f"{bad}:2:68: error:" in said and "'storm'" in said and str(good) not in said
    assert cli.main(["cutscene", "check", str(tmp_path / "none")]) == 1
    with pytest.raises(SystemExit):
        cli.main(["cutscene", "check", "--json", str(bad)])
    (told,) = json.loads(capsys.readouterr().out)
    assert told["file"] == str(bad) and told["line"] == 2 and told["severity"] == "error"
    out = tmp_path / "problems.json"
    with pytest.raises(SystemExit) as e:
        cli.main(["cutscene", "check", "--json", str(bad), "--out", str(out)])
    assert e.value.code == 1 and json.loads(out.read_text()) == [told] and capsys.readouterr().out == ""
    assert cli.main(["cutscene", "check", str(bad), "--out", str(bad)]) == 1 and "strom" in bad.read_text(), "it stays"
    assert f"{bad} exists" in capsys.readouterr().err
    good.write_text('{"format": "1.0", "name": "x", "shots": {"a": {"lanes": {"wether": {"keys": [{"at": 0}]}}}}}')
    with pytest.raises(SystemExit) as e:
        cli.main(["cutscene", "check", str(good)])
    out = capsys.readouterr()
    assert e.value.code == 0 and "names no bundle" in out.out and out.err == "1 file: 0 errors, 1 warning\n"
