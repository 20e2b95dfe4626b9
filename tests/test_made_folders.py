"""Nothing of a user's is removed or overwritten by a command that writes a folder (issue 13, T24)."""

import os
import runpy
from pathlib import Path
from typing import Any

import pytest
from dreambridge.commands import cli
from dreambridge.protocol.errors import DreamError
from dreambridge.system import made_folders
from dreambridge.system.made_folders import MARKER, claim_files, new_folder

ROOT = Path(__file__).resolve().parent.parent
ME = "dreambridge export"


def everything(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def make(out: Path, **files: str) -> None:
    with new_folder(out, ME) as part:
        for name, text in files.items():
            (part / name).write_text(text)


STEP = """
import torch

class Step(torch.nn.Module):
    def forward(self, x):
        return torch.ones(1, 8, 8, 4, dtype=torch.uint8) * x.to(torch.uint8).reshape(1, 1, 1, 1)

step, inputs = Step(), {"cond.x": torch.ones(1, 1)}
schema = {
    "name": "plain", "version": "1", "license": "CC0-1.0", "description": "one colour",
    "frame": {"width": 8, "height": 8, "fps": 8},
    "step": {"frame": "frame", "conditions": {"x": {"input": "cond.x"}}},
    "conditions": {"x": {"kind": "number", "range": [0, 1], "default": 0, "description": "how bright"}},
}
"""


def test_export_keeps_what_it_did_not_make(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The input of T24, its neighbours (``X.part`` too was removed), and the control: its own bundle is replaced."""
    (tmp_path / "step.py").write_text(STEP)
    words = ["export", str(tmp_path / "step.py"), "--out"]
    thesis, other, mine = tmp_path / "thesis", tmp_path / "other", tmp_path / "mine"
    for folder in (thesis, other, tmp_path / "fresh.part"):
        folder.mkdir()
        (folder / "chapter.txt").write_text("years of work")
    (other / "bundle.json").write_text("{}")  # by hand: a user's bundle is a user's
    before = everything(tmp_path)
    for folder in (thesis, other):
        assert cli.main([*words, str(folder)]) == 1
        said = capsys.readouterr().err
        assert f"{folder} exists" in said and "did not make it" in said and "move" in said
        assert cli.main(["export", "vista", "--out", str(folder)]) == 1
        assert "did not make it" in capsys.readouterr().err
    assert everything(tmp_path) == before
    assert cli.main([*words, str(tmp_path / "fresh")]) == 0
    assert everything(tmp_path / "fresh.part") == {"chapter.txt": b"years of work"}
    assert sorted(p.name for p in (tmp_path / "fresh").iterdir()) == [MARKER, "bundle.json", "step.onnx"]
    (tmp_path / "step.py").write_text(STEP.replace("one colour", "another"))
    assert cli.main([*words, str(tmp_path / "fresh")]) == 0
    assert "another" in (tmp_path / "fresh" / "bundle.json").read_text()
    mine.mkdir()
    assert cli.main([*words, str(mine)]) == 0, "an empty folder"
    capsys.readouterr()
    for name, words_ in (("notes.txt", "notes.txt in it was not written"), ("bundle.json", "bundle.json in it was changed")):
        (mine / name).write_text("mine")
        assert cli.main([*words, str(mine)]) == 1
        assert words_ in capsys.readouterr().err and (mine / name).read_text() == "mine"
        (mine / name).unlink()
    assert not [p.name for p in tmp_path.iterdir() if ".part-" in p.name]


def test_what_fails_halfway_leaves_all_as_it_was(tmp_path: Path) -> None:
    make(tmp_path / "a", one="1")
    before = everything(tmp_path)
    with pytest.raises(RuntimeError), new_folder(tmp_path / "a", ME) as part:
        (part / "two").write_text("2")
        raise RuntimeError
    assert everything(tmp_path) == before and [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_file_that_comes_in_the_last_moment_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    """Between the check and the exchange: what is removed is what the marker lists, and never a whole tree."""
    make(tmp_path / "a", one="1")
    real = made_folders._exchange

    def exchange(part: Path, out: Path) -> bool:
        (out / "sub").mkdir()
        (out / "sub" / "save game").write_text("precious")
        return real(part, out) if at_once else False

    monkeypatch.setattr(made_folders, "_exchange", exchange)
    make(tmp_path / "a", two="2")
    assert everything(tmp_path / "a").keys() == {MARKER, "two"}
    assert [p.read_text() for p in tmp_path.rglob("save game")] == ["precious"]


def test_leftovers_are_removed_only_when_they_are_ours(tmp_path: Path) -> None:
    """A folder that only has the name of a half-made one is a user's."""
    for name, marked in ((".a.part-999999-1", True), (".a.part-999998-1", False)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("")
        if marked:
            (tmp_path / name / MARKER).write_text('{"made_by": "dreambridge export", "files": null}')
    make(tmp_path / "a")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".a.part-999998-1", "a"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path / "a", one="1")
    os.symlink(tmp_path / "a", tmp_path / "link")
    with pytest.raises(DreamError, match="did not make it"):
        make(tmp_path / "link", two="2")
    (tmp_path / "a" / "one").unlink()
    os.symlink("/etc/hostname", tmp_path / "a" / "one")
    with pytest.raises(DreamError, match="was changed since"):
        make(tmp_path / "a", two="2")


def test_demo_and_training_keep_files_that_they_did_not_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stream.mp4").write_text("a wedding")
    assert cli.main(["demo", "--headless", "--bundle", "testcard", "--seconds", "1", "--out", str(tmp_path)]) == 1
    assert "stream.mp4 exists" in capsys.readouterr().err and (tmp_path / "stream.mp4").read_text() == "a wedding"
    (tmp_path / "run").mkdir()
    for name, words in (("ema.pt", ["vista"]), ("prompt_encoder.pt", ["prompts"])):
        (tmp_path / "run" / name).write_text("weights")
        assert cli.main(["train", *words, "--threads", "1", "--minutes", "0", "--run", str(tmp_path / "run")]) == 1
        assert f"{name} exists" in capsys.readouterr().err and (tmp_path / "run" / name).read_text() == "weights"
    claim_files(tmp_path / "tour", ["stream.mp4"], "dreambridge demo")
    (tmp_path / "tour" / "stream.mp4").write_text("of the first run")
    claim_files(tmp_path / "tour", ["stream.mp4"], "dreambridge demo")  # the control: its own it may overwrite


@pytest.mark.parametrize("pip", [True, False])
def test_dev_py_keeps_a_virtual_environment_that_it_did_not_make(tmp_path: Path, pip: bool) -> None:
    dev: dict[str, Any] = runpy.run_path(str(ROOT / "dev.py"))["clean"].__globals__
    venv = tmp_path / ".venv"
    python = venv / "bin" / "python"
    dev.update({"VENV": venv, "PYTHON": python})
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\nexit {0 if pip else 1}\n")
    python.chmod(0o755)
    if pip:
        dev["environment"]()  # used, but not owned
    else:
        with pytest.raises(SystemExit):
            dev["environment"]()
    with pytest.raises(SystemExit):
        dev["clean"]([])
    assert python.exists()
    (venv / MARKER).write_text("{}")
    assert dev["MARKER"] == MARKER and dev["clean"]([]) == 0 and not venv.exists()  # the control


def test_whole_trees_are_removed_in_one_place_only() -> None:
    """Whatever makes folders for users asks `made_folders`, which knows what is ours; the other is a temporary folder."""
    package = ROOT / "python" / "dreambridge"
    found = {p.relative_to(package).as_posix() for p in package.rglob("*.py") if "rmtree" in p.read_text()}
    fetchers = {"commands/bundles.py", "commands/bundles_oci.py"}
    assert found == {"system/made_folders.py", "conformance/run.py", "bake/work_folder.py"} | fetchers
    for name in fetchers:
        assert 'place = cache_folder() / "downloads"' in (package / name).read_text(), "what it has fetched itself"
    assert "read_marker" in (package / "bake" / "work_folder.py").read_text(), "a folder of a bake, which has our marker"
    assert "mkdtemp" in (package / "conformance" / "run.py").read_text()
