"""Every file that a bundle reads is hashed: what was changed is refused, by name, whatever reads it (issue 13, T22)."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dreambridge
import jsonschema
import numpy as np
import pytest
from bundle_edits import change, prompted, refused
from conftest import ROOT
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import load_bundle
from dreambridge.commands import doctor
from dreambridge.commands.export import export_file
from dreambridge.export import graphs
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.runner import StreamRunner

SCHEMA = json.loads((ROOT / "protocol" / "schema" / "bundle.schema.json").read_text())


def with_external_data(folder: Path, graph: str, location: str, listed: str | None = "") -> bytes:
    """Put the largest tensor of a graph into a file of external data; the bytes.

    ``listed``: the name in ``data``, None: not listed.
    """
    import onnx

    model = onnx.load(folder / f"{graph}.onnx")
    tensor = max(model.graph.initializer, key=lambda t: len(t.raw_data))
    content = tensor.raw_data
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", str(len(content)))):
        tensor.external_data.add(key=key, value=value)
    data = model.SerializeToString()
    (folder / f"{graph}.onnx").write_bytes(data)
    about: dict[str, Any] = {"sha256": hashlib.sha256(data).hexdigest()}
    if listed is not None:
        about["data"] = [{"file": listed or location, "sha256": hashlib.sha256(content).hexdigest()}]
    change(folder, lambda m: m["graphs"][graph].update(about))
    return content


@pytest.mark.parametrize("kept_in", ["memory", "folder"])
def test_external_data_is_hashed(copy: Path, monkeypatch: pytest.MonkeyPatch, kept_in: str) -> None:
    """The weights of a graph in files that `data` lists: read once and checked, whatever is done to the file then (T22)."""
    if kept_in == "folder":  # as with releases of ONNX Runtime that take none from memory
        import onnxruntime as ort

        class Older(ort.SessionOptions):  # type: ignore[misc, name-defined]
            add_external_initializers_from_files_in_memory = None

        monkeypatch.setattr(ort, "SessionOptions", Older)

    def picture() -> bytes:
        runner = StreamRunner(load_bundle(copy), "cpu", 1)
        frame = np.zeros(runner.frame_shape, np.uint8)
        runner.step(frame.ctypes.data, 0, 0, 0.0, 1 / 24, 0)
        return frame.tobytes()

    before = picture()
    (copy / "weights").mkdir()
    content = with_external_data(copy, "step", "weights/here.bin")
    (copy / "weights" / "here.bin").write_bytes(content)
    assert picture() == before  # the control
    (copy / "weights" / "here.bin").write_bytes(content[:-1] + bytes([content[-1] ^ 0x40]))
    e = refused(copy)
    assert e.code == "bad_bundle" and "weights/here.bin has the sha256" in e.message
    (copy / "weights" / "here.bin").unlink()
    assert "'weights/here.bin' is missing" in refused(copy).message


@pytest.mark.parametrize("where", ["here.bin", "../outside.bin", "{tmp}/outside.bin", "cwd.bin"])
@pytest.mark.parametrize("beside", [False, True])
def test_external_data_that_is_not_listed_is_refused(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, beside: bool
) -> None:
    """In a bundle of format 1.0, too: a change of it would go unnoticed. Nor is it read from above, or the working folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    content = with_external_data(copy, "step", where.format(tmp=tmp_path), listed=None)
    for path in (copy / "here.bin", tmp_path / "outside.bin", tmp_path / "work" / "cwd.bin"):
        path.write_bytes(content)
    if beside:  # another file is listed
        data = [{"file": "bundle.txt", "sha256": hashlib.sha256(b"x").hexdigest()}]
        (copy / "bundle.txt").write_bytes(b"x")
        change(copy, lambda m: m["graphs"]["step"].update(data=data))
    e = refused(copy)
    assert e.code == "bad_bundle"
    if where == "here.bin":
        assert "reads the file 'here.bin', which `graphs.step.data` does not list" in e.message


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda g, t: g["step"].update(data=[{"file": "../x", "sha256": ""}]), "leaves the bundle's folder"),
        (lambda g, t: g["step"].update(data=[{"file": "x", "sha256": ""}] * 2), "names a file twice"),
        (lambda g, t: g["text"].update(data=[{"file": "x", "sha256": ""}]), "cannot have `data`"),
        (lambda g, t: t.update(data=[{"file": "x", "sha256": ""}]), "the tokenizer of 'prompt' cannot have `data`"),
    ],
)
def test_data_that_cannot_be(tmp_path: Path, edit: Callable[[Any, Any], None], says: str) -> None:
    shutil.copytree(find_bundles()["vista"], tmp_path / "v")
    change(tmp_path / "v", lambda m: edit(m["graphs"], m["conditions"]["prompt"]["encoder"]["tokenizer"]))
    assert says in refused(tmp_path / "v").message


TEXT_FILES = ("text.onnx", "text.bin", "tokenizer.json", "pool.onnx", "step_view.onnx", "look.onnx")


@pytest.fixture(scope="module")
def own_text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vista with the sentence encoder, its external data and its tokenizer as files of its own."""
    folder = tmp_path_factory.mktemp("text") / "whole"
    shutil.copytree(find_bundles()["vista"], folder)
    m = load_bundle(folder)
    shutil.copy(m.file(m.manifest.graphs["text"]), folder / "text.onnx")
    shutil.copy(m.file(m.manifest.conditions["prompt"].encoder.tokenizer), folder / "tokenizer.json")  # type: ignore[union-attr]
    change(folder, lambda m: m["graphs"].update(text={"file": "text.onnx"}))
    (folder / "text.bin").write_bytes(with_external_data(folder, "text", "text.bin"))
    digest = hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest()
    tokenizer = {"file": "tokenizer.json", "sha256": digest}
    change(folder, lambda m: m["conditions"]["prompt"]["encoder"].update(tokenizer=tokenizer))
    return folder


def test_each_file_that_is_read_is_hashed_at_open(own_text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentence encoder, its external data, tokenizer, pool, and the graph over a view:

    `open` names the one that was changed (T22).
    """
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    for name in TEXT_FILES:
        shutil.copytree(own_text, tmp_path / name)
        data = bytearray((tmp_path / name / name).read_bytes())
        data[len(data) // 2] ^= 1
        (tmp_path / name / name).write_bytes(data)
    shutil.copytree(own_text, tmp_path / "whole")
    with dreambridge.start() as d:
        stream = d.open("whole", paused=True, threads=1)  # the control
        stream.direct(prompt="a storm at night")
        for name in TEXT_FILES:
            with pytest.raises(DreamError) as e:
                d.open(name, paused=True, threads=1)
            assert e.value.code == "bad_bundle" and f"{name} has the sha256" in e.value.message and e.value.hint
    assert np.array_equal(prompted(own_text), prompted(find_bundles()["vista"]))
    found = {f.text.split(":")[0].split(" ")[0]: f for f in doctor.bundles()}
    assert found["whole"].level == "ok"
    for name in TEXT_FILES:
        assert found[name].level == "fail" and f"{name} has the sha256" in found[name].text
    # Between open and the first prompt, too: what is checked is what is read.
    (tmp_path / "whole" / "tokenizer.json").write_text("{}")
    with pytest.raises(DreamError, match=r"tokenizer\.json has the sha256"):
        prompted(tmp_path / "whole")


def test_export_lists_the_files_that_a_graph_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large weights are in a file of their own; here small ones are, too."""
    monkeypatch.setattr(graphs, "MAX_INSIDE", 0)
    out = export_file(ROOT / "tests" / "transformer_step.py", tmp_path / "tiny")
    m = json.loads((out / "bundle.json").read_text())
    digest = hashlib.sha256((out / "step.onnx.data").read_bytes()).hexdigest()
    assert m["format"] == "1.1" and m["graphs"]["step"]["data"] == [{"file": "step.onnx.data", "sha256": digest}]
    jsonschema.Draft202012Validator(SCHEMA).validate(m)
    StreamRunner(load_bundle(out), "cpu", 1)
