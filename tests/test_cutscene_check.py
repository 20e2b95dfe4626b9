"""The command ``dreambridge cutscene check``."""

import json
from pathlib import Path

import pytest
from dreambridge.commands import cli
from dreambridge.commands.cutscene import problems_of
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
    with (tmp_path / "film").open("wb") as film:
        film.truncate(10 * 2**30)  # it is not read into memory
    assert cli.main(["cutscene", "check", str(tmp_path / "film")]) == 1 and "more than 64 MiB" in capsys.readouterr().err
    good.write_text('{"format": "1.0", "name": "x", "shots": {"a": {"lanes": {"wether": {"keys": [{"at": 0}]}}}}}')
    with pytest.raises(SystemExit) as e:
        cli.main(["cutscene", "check", str(good)])
    out = capsys.readouterr()
    assert e.value.code == 0 and "names no bundle" in out.out and out.err == "1 file: 0 errors, 1 warning\n"


def test_the_files_that_it_names_are_looked_at(tmp_path: Path) -> None:
    """A cutscene plays without its sound, and not without its pictures and features."""
    (tmp_path / "odd.wav").write_bytes(b"no sound")
    (tmp_path / "odd.npy").write_bytes(b"no features")
    shots = {
        "gone": {"audio": {"file": "gone.wav", "condition": "audio", "features": "gone.npy"}, "length": 1, "next": "odd"},
        "odd": {"audio": {"file": "odd.wav", "condition": "audio", "features": "odd.npy"}, "length": 1, "next": "away"},
        "away": {"audio": {"file": "../away.wav"}, "length": 1},
    }
    picture = {"lanes": {"reference": lane((0, "gone.png"))}, "length": 1}
    file = tmp_path / "a.dream.json"
    file.write_text(json.dumps(document(**shots) | {"start": "gone"}, indent=1))
    found = problems_of(file, "vista")
    lines = file.read_text().splitlines()
    for p, (name, severity, says) in zip(
        found,
        [
            ("gone.wav", "warning", "not in the folder"),
            ("gone.npy", "error", "cutscene sound"),
            ("odd.wav", "warning", "not a sound file"),
            ("odd.npy", "error", "not a table of sound features"),
            ("../away.wav", "warning", "outside the folder"),
        ],
        strict=True,
    ):
        assert lines[p.line - 1][p.column - 1 :].strip(",") == f'"{name}"' and p.severity == severity and says in str(p), str(p)
    assert [p.severity for p in problems_of(file, "vista", "error")] == ["error"] * 5
    assert len(problems_of(file, "vista", None)) == 2, "a silent film needs no sounds"
    file.write_text(json.dumps(document(a=picture)))
    (missing,) = problems_of(file, None)
    assert "'gone.png' is not in the folder" in missing.message and missing.severity == "error"
    (tmp_path / "gone.png").write_bytes(b"any")
    assert problems_of(file, None) == []
