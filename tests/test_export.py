"""The Python API under `dreambridge export`: checks before the export, faults in a few lines, 50 steps beside PyTorch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dreambridge.bundle.load import load_bundle
from dreambridge.export import Graph, Source, export_bundle, graphs, parity, write
from dreambridge.export.in_place import check_in_place
from dreambridge.export.parity import Parity
from dreambridge.protocol.errors import DreamError
from torch import Tensor, nn

ROWS, WIDTH = 6, 4


class Cache(nn.Module):
    """A ring of six entries in place; each step writes the condition's value, and the picture is the sum of all."""

    def __init__(self, reads_late: bool = False, deaf: bool = False) -> None:
        super().__init__()
        self.reads_late, self.deaf = reads_late, deaf
        self.mix = nn.Sequential(nn.Linear(WIDTH, 64, bias=False), nn.Linear(64, WIDTH, bias=False))
        nn.init.constant_(self.mix[0].weight, 0.25)
        nn.init.constant_(self.mix[1].weight, 1 / 16)  # each number of an entry is the tone's sum

    def forward(self, tone: Tensor, count: Tensor, keys: Tensor) -> tuple[Tensor, ...]:
        place = torch.remainder(count, ROWS)[:, None].expand(-1, WIDTH)
        new = self.mix(tone * (0.0 if self.deaf else 1.0))
        kept = keys.scatter(0, place, new)
        summed = torch.sigmoid(kept.mean() + (keys.mean() if self.reads_late else 0.0))
        frame = (summed * 255 + 0.5).to(torch.uint8).expand(1, 2, 2, 4).contiguous()
        return frame, count + 1, kept


def source(module: nn.Module | None = None, **more: Any) -> Source:
    torch.manual_seed(3)
    schema: dict[str, Any] = {
        "name": "cache", "version": "1.0.0", "license": "Apache-2.0", "description": "A ring.",
        "frame": {"width": 2, "height": 2, "fps": 10},
        "step": {
            "frame": "frame",
            "state": {
                "count": {"input": "count", "output": "next.count", "dtype": "int64", "shape": [1]},
                "keys": {
                    "input": "keys", "output": "next.keys", "dtype": "float32", "shape": [ROWS, WIDTH], "in_place": True,
                    "ring": {"axis": 0, "index": "count"}, "initial": np.linspace(0, 1, ROWS * WIDTH, dtype=np.float32),
                },
            },
            "conditions": {"tone": {"input": "tone"}},
        },
        "conditions": {"tone": {"kind": "vector", "size": WIDTH, "range": [-3, 3], "default": 0.0, "description": "A tone."}},
    }  # fmt: skip
    for key, value in more.pop("state", {}).items():
        schema["step"]["state"]["keys"][key] = value
    inputs = {"tone": torch.zeros(1, WIDTH), "count": torch.zeros(1, dtype=torch.int64), "keys": torch.zeros(ROWS, WIDTH)}
    return Source(schema, Graph((module or Cache()).eval(), inputs, ["frame", "next.count", "next.keys"]), **more)


def test_a_bundle_is_written_and_compared(tmp_path: Path) -> None:
    said: list[str] = []
    made = export_bundle(source(), tmp_path / "cache", say=said.append)
    assert made.parity.steps == 50 and made.parity.frame <= 1 and made.parity.heard > 1
    assert made.parity.states["keys"] < 2e-3 and made.parity.states["count"] == 0
    m = load_bundle(tmp_path / "cache").manifest
    assert m.step.state["keys"].in_place and m.format == "1.1"
    assert (tmp_path / "cache" / "state_keys.bin").stat().st_size == 4 * ROWS * WIDTH
    assert any("50 steps" in line for line in said) and json.dumps(made.told())


def test_the_schema_is_checked_before_the_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults that would show after minutes are told at once: nothing is exported."""

    def never(*words: Any) -> None:
        raise AssertionError("it was exported")

    monkeypatch.setattr(write, "write_graph", never)
    for change, told in (
        ({"dtype": "float16"}, "the input 'keys' of the module of 'step' is float32 [6, 4]; bundle.json needs float16"),
        ({"shape": [ROWS, 5]}, "bundle.json needs float32 [6, 5]"),
        ({"input": "cache"}, "has no input 'cache'"),
        ({"ring": {"axis": 7, "index": "count"}}, "a ring along the axis 7"),
        ({"dtype": 3}, "The schema"),
    ):
        with pytest.raises(DreamError) as e:
            export_bundle(source(state=change), tmp_path / "x")
        assert told in e.value.message and e.value.hint, e.value.message
    wrong = source()
    short = Source(wrong.schema, Graph(wrong.step.module, wrong.step.inputs, ["frame", "next.count"]))
    with pytest.raises(DreamError, match="returns 3 tensors, but 2 are named"):
        export_bundle(short, tmp_path / "x")
    assert not (tmp_path / "x").exists()


class Sorted(nn.Module):
    def forward(self, tone: Tensor, count: Tensor, keys: Tensor) -> tuple[Tensor, ...]:
        if float(keys.sum()) > 100:  # a value decides which operators run
            keys = keys + 1
        return torch.zeros(1, 2, 2, 4, dtype=torch.uint8), count + 1, keys


class Fails(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3)

    def forward(self, tone: Tensor, count: Tensor, keys: Tensor) -> tuple[Tensor, ...]:
        return torch.zeros(1, 2, 2, 4, dtype=torch.uint8), count + 1, self.inner(keys)


@pytest.mark.parametrize(("module", "told"), [(Sorted(), "if float(keys.sum()) > 100"), (Fails(), "self.inner(keys)")])
def test_faults_are_told_in_ten_lines(tmp_path: Path, module: nn.Module, told: str) -> None:
    with pytest.raises(DreamError) as e:
        export_bundle(source(module), tmp_path / "x")
    lines = f"{e.value.message}\n{e.value.hint}".splitlines()
    assert len(lines) <= 10 and all(len(line) <= 240 for line in lines), e.value.message
    assert "test_export.py:" in e.value.message and told in e.value.message and "reason:" in e.value.message, e.value.message
    assert not (tmp_path / "x").exists()


def test_a_state_that_is_read_after_it_was_written_is_not_in_place(tmp_path: Path) -> None:
    with pytest.raises(DreamError, match="'keys' cannot be `in_place`"):
        export_bundle(source(Cache(reads_late=True)), tmp_path / "x")
    export_bundle(source(Cache(reads_late=True), state={"in_place": False}), tmp_path / "x")  # the control
    check_in_place(tmp_path / "x" / "step.onnx", {"keys": {"input": "keys", "output": "next.keys"}})


def test_a_network_that_does_not_hear_is_refused(tmp_path: Path) -> None:
    """Its frames are equal to PyTorch's, which proves nothing."""
    with pytest.raises(DreamError, match="does not hear them"):
        export_bundle(source(Cache(deaf=True)), tmp_path / "x")


def test_frames_and_states_that_differ_are_refused() -> None:
    good = Parity(50, 1, {"keys": 1e-4}, heard=20)
    parity._check(good, "float32", True)
    for bad, dtype, told in (
        (Parity(50, 2, {}, 20), "float32", "by up to 2 of 255"),
        (Parity(50, 3, {}, 20), "float16", "by up to 3 of 255"),
        (Parity(50, 0, {"keys": 0.01}, 20), "float32", "The state 'keys' differs"),
        (Parity(50, 0, {"keys": float("nan")}, 20), "float32", "The state 'keys' differs"),
    ):
        with pytest.raises(DreamError, match=told):
            parity._check(bad, dtype, True)
    parity._check(Parity(50, 2, {"keys": 0.01}, 20), "float16", True)


def test_large_weights_are_one_hashed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "MAX_INSIDE", 16)
    folder = export_bundle(source(), tmp_path / "large").folder
    data = load_bundle(folder).manifest.graphs["step"].data
    assert [d.file for d in data] == ["step.onnx.data"]
    content = bytearray((folder / "step.onnx.data").read_bytes())
    content[0] ^= 1
    (folder / "step.onnx.data").write_bytes(content)
    with pytest.raises(DreamError, match=r"step\.onnx\.data has the sha256"):
        load_bundle(folder).check_files()


def test_opsets_that_providers_lack_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DreamError, match="The opset 23 is not supported"):
        export_bundle(source(), tmp_path / "x", opset=23)
