"""What commands say to wrong or incomplete options and files: each error has a way out that can be pasted."""

import json
import re
import shlex
import sys
import wave
from pathlib import Path

import pytest
from conftest import ROOT
from dreambridge.bake.content_credentials import signer_of
from dreambridge.commands import cli

ARRIVAL = ROOT / "examples" / "arrival.dream.json"


def failed(capsys: pytest.CaptureFixture[str], *words: "str | Path") -> list[str]:
    """The lines of the error."""
    assert cli.main([*map(str, words)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert all(line.strip() for line in lines), lines
    return lines


def test_an_import_or_export_without_out_names_its_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited, scene = tmp_path / "an edit.otio", tmp_path / "quay.dream.json"
    said = {
        "import": failed(capsys, "cutscene", "import", edited)[1].removeprefix("  Run: "),
        "export": failed(capsys, "cutscene", "export", ARRIVAL)[1].removeprefix("  Run: "),
        "into": failed(capsys, "cutscene", "import", "keys.csv", "--into", scene)[1].removeprefix("  Run: "),
    }
    words = {k: shlex.split(v) for k, v in said.items()}
    assert words["import"][1:] == ["cutscene", "import", str(edited), "--out", str(tmp_path / "an edit.dream.json")]
    assert words["export"][1:] == ["cutscene", "export", str(ARRIVAL), "--out", str(ARRIVAL.with_name("arrival.otio"))]
    assert words["into"][1:] == ["cutscene", "import", "keys.csv", "--into", str(scene), "--out", str(scene)]


def test_the_help_of_cutscene_has_an_example_of_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["cutscene", "--help"])
    shown = capsys.readouterr().out
    examples = re.findall(r"^ *(?:Example: )?dreambridge (.*)$", shown, re.M)
    assert {e.split()[1] for e in examples} == {"check", "import", "export", "sound"}
    for e in examples:
        cli._parser().parse_args(shlex.split(e))


def test_an_error_without_a_hint_has_no_empty_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("opentimelineio", reason="OpenTimelineIO is not installed (extra dev)")
    (tmp_path / "e.otio").write_text("")
    assert (
        "the file is not JSON" in failed(capsys, "cutscene", "import", tmp_path / "e.otio", "--out", tmp_path / "o.dream.json")[0]
    )


@pytest.mark.parametrize("dataset", [[], ["--dataset", "webdataset"]], ids=["films", "dataset"])
def test_options_of_bake(tmp_path: Path, capsys: pytest.CaptureFixture[str], dataset: list[str]) -> None:
    out = tmp_path / "films"
    assert "--jobs 0 is out of range" in failed(capsys, "bake", ARRIVAL, "--out", out, "--jobs", "0", *dataset)[0]
    assert "--path" in failed(capsys, "bake", ARRIVAL, "--out", out, "--path", "pay", "--all", *dataset)[0]
    assert not out.exists()


@pytest.mark.parametrize("name", ["rain.wav", "rain.ogg"])
def test_a_sound_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    pytest.importorskip("av", reason="PyAV is not installed (extra demo)")
    shot = {"length": 1, "audio": {"file": name, "features": "rain.npy"}}
    scene = tmp_path / "s.dream.json"
    scene.write_text(json.dumps({"format": "1.0", "name": "s", "shots": {"a": shot}}))
    assert "cannot be read: No such file or directory" in failed(capsys, "cutscene", "sound", scene)[0], "the control: no file"
    (tmp_path / name).write_bytes(b"")
    said = failed(capsys, "cutscene", "sound", scene)
    assert "is not a sound file" in said[0] and "Errno" not in said[0] and len(said) == 2


def test_credentials_that_are_missing_have_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    assert "pip install 'dreambridge[c2pa]'" in signer_of(None, "mp4").said


def test_one_frame_is_not_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("av", reason="PyAV is not installed (extra demo)")
    scene = tmp_path / "one.dream.json"
    scene.write_text(json.dumps({"format": "1.0", "name": "one", "bundle": "testcard", "shots": {"a": {"length": 0.01}}}))
    assert cli.main(["bake", str(scene), "--out", str(tmp_path / "films"), "--format", "png"]) == 0
    assert ": 1 frame, " in capsys.readouterr().out


def test_the_page_on_cutscenes_is_a_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its file with the character and the shot of the page: the sound is worked out, and the check has nothing to say."""
    page = (ROOT / "docs" / "cutscenes.md").read_text()
    text, character, shot = re.findall(r"^```json\n(.*?)^```", page, re.M | re.S)
    document = json.loads(text) | json.loads(f"{{{character.strip().rstrip(',')}}}")
    document["shots"] |= json.loads(f"{{{shot}}}")
    scene = tmp_path / "harbour.dream.json"
    scene.write_text(json.dumps(document))
    with wave.open(str(tmp_path / document["shots"]["rain"]["audio"]["file"]), "wb") as sound:
        sound.setparams((1, 2, 48_000, 0, "NONE", ""))
        sound.writeframes(b"\1\2" * 24_000)
    assert cli.main(["cutscene", "sound", str(scene)]) == 0
    with pytest.raises(SystemExit) as e:
        cli.main(["cutscene", "check", str(scene)])
    assert e.value.code == 0 and "0 errors, 0 warnings" in capsys.readouterr().err
