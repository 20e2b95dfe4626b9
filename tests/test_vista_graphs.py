"""The export gives the committed graphs, and the painter the committed pictures: cleaning the code must change neither.

``python tests/test_vista_graphs.py`` paints the committed pictures again, after a change of the painter that is meant.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from dreambridge.bundle.find import find_bundles
from dreambridge.vista.export import ENCODERS, HEAD, PAINTERS, WIDTHS, load_step, step_graphs, write_bundle, write_step
from dreambridge.vista.prompt.head import load_head
from dreambridge.vista.training.layouts import draw
from dreambridge.vista.training.truth import Truth
from dreambridge.vista.world.names import BIOMES, MOMENTS, SEASONS, STYLES, WEATHERS
from dreambridge.vista.world.tables import World
from dreambridge.vista.world.walker import walker
from numpy.typing import NDArray
from onnx import numpy_helper

# Each size, and with and without a view: what is the same code in two of them is exported once.
STEPS = {"vista": ("step",), "vista-wide": ("step_view",)}
PICTURES = Path(__file__).parent / "vista_pictures.png"
THINNED = 8  # every 8th row and column of a picture is kept
COLUMNS = 8
SAME = 0.03  # of 255, mean difference: what another processor rounds otherwise is less


def tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """All numbers of a graph and of the branches in it."""
    yield from graph.initializer
    for node in graph.node:
        for a in node.attribute:
            if a.HasField("t"):
                yield a.t
            if a.HasField("g"):
                yield from tensors(a.g)


def split(model: onnx.ModelProto) -> tuple[bytes, list[NDArray[Any]]]:
    """The structure (operators, names, shapes, types, integers) and the numbers, which a processor may round in its own way."""
    held, numbers = onnx.ModelProto(), []
    held.CopyFrom(model)
    for t in tensors(held.graph):
        if t.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.UINT8):
            numbers.append(numpy_helper.to_array(t).astype(np.float64))
            t.ClearField("raw_data")
            t.ClearField("float_data")
    return held.SerializeToString(deterministic=True), numbers


def difference(one: onnx.ModelProto, two: onnx.ModelProto) -> str:
    """What differs, in words; "" for nothing."""
    (a, mine), (b, theirs) = split(one), split(two)
    if a != b:
        return "the structure"
    off = [float(np.abs(x - y).max(initial=0) / max(1.0, np.abs(y).max(initial=0))) for x, y in zip(mine, theirs, strict=True)]
    worst = max(off, default=0.0)
    return "" if worst < 1e-5 else f"numbers, by {worst}"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "graph"), [(name, graph) for name, graphs in STEPS.items() for graph in graphs])
@pytest.mark.timeout(600)
def test_export_gives_the_committed_step_graphs(name: str, graph: str, tmp_path: Path) -> None:
    level, view = step_graphs()[graph]
    tables = World().eval()(torch.tensor([7]), torch.ones(1, 1), torch.ones(1, 1))
    write_step(tmp_path, graph, WIDTHS[name], load_step(PAINTERS[level], view, WIDTHS[name], level), tables)
    same(tmp_path / f"{graph}.onnx", find_bundles()[name] / f"{graph}.onnx")


def same(mine: Path, theirs: Path) -> None:
    if mine.read_bytes() != theirs.read_bytes():
        assert not difference(onnx.load(mine), onnx.load(theirs)), mine.stem


def test_export_gives_the_committed_encoders_and_manifest(tmp_path: Path) -> None:
    for name, width in WIDTHS.items():
        (tmp_path / name).mkdir()
        committed = find_bundles()[name]
        for graph in step_graphs():  # what the test above compares
            shutil.copy(committed / f"{graph}.onnx", tmp_path / name)
        write_bundle(tmp_path / name, name, width, load_head(HEAD), {})
        for graph in (*ENCODERS, "pool"):
            same(tmp_path / name / f"{graph}.onnx", committed / f"{graph}.onnx")
        mine, theirs = (json.loads((folder / "bundle.json").read_text()) for folder in (tmp_path / name, committed))
        for m in (mine, theirs):
            for g in m["graphs"].values():
                g.pop("sha256")  # another processor rounds otherwise, which ``same`` allows
        assert mine == theirs


def test_a_changed_graph_is_seen() -> None:
    """The control: a number, an operator and a name that are others."""
    committed = onnx.load(find_bundles()["vista"] / "look.onnx")
    assert difference(committed, committed) == ""
    for what in ("number", "operator", "name"):
        other = onnx.ModelProto()
        other.CopyFrom(committed)
        if what == "number":
            t = next(t for t in tensors(other.graph) if t.data_type == onnx.TensorProto.FLOAT)
            t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(t) + np.float32(0.01), t.name))
        elif what == "operator":
            other.graph.node[-1].op_type = "Identity"
        else:
            other.graph.node[0].name += "x"
        assert difference(other, committed), what


def painted() -> NDArray[np.uint8]:
    """The painter's pictures of all styles and weathers, biomes, seasons, hours, figures, moments, a reference, and of views;
    thinned out.
    """
    truth, random, out = Truth(11), np.random.default_rng(9), []
    figures = [walker(0.7, 110, 228, 26, 0.3).tolist(), walker(2.7, 190, 220, 20, 0.0, -1).tolist()]
    red = {"width": 2, "height": 2, "rgb": bytes([230, 60, 40] * 2 + [40, 60, 200] * 2)}
    for k in range(18):
        values: dict[str, Any] = {
            "style": STYLES[k % 6],
            "weather": WEATHERS[(k + k // 6) % 6],
            "biome": BIOMES[k % 4],
            "season": SEASONS[k // 4 % 4],
            "time_of_day": 7.3 * k % 24,
            "camera_x": 0.7 * k - 9,
            "camera_zoom": (1.0, 0.75, 2.0)[k % 3],
            "energy": k % 5 / 4,
            "pose": (None, figures[:1], figures)[k % 3],
            "audio": (None, [k / 20] * 17)[k % 2],
            "event": (None, *MOMENTS)[k % 5],
            "seed_world": (None, 7)[k % 2],
            "reference": red if k % 4 == 0 else None,
        }
        out.append(truth.picture(values, 1.0 + 3.3 * k))
    for k in range(6):
        label, depth, in_depth = draw(random)
        truth.view(label, depth if in_depth else None)
        out.append(truth.picture({"style": STYLES[k]}))
    return np.stack([p[::THINNED, ::THINNED] for p in out])


def sheet(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    n, h, w, _ = pictures.shape
    return pictures.reshape(n // COLUMNS, COLUMNS, h, w, 3).swapaxes(1, 2).reshape(n // COLUMNS * h, COLUMNS * w, 3)


@pytest.mark.slow
def test_painter_gives_the_committed_pictures() -> None:
    from PIL import Image

    kept, now = np.asarray(Image.open(PICTURES)).astype(np.int16), sheet(painted())
    assert np.abs(now - kept).mean() < SAME
    moved = now.copy()
    moved[::THINNED, :, 0] += 1  # the control: one colour of each eighth row
    assert np.abs(moved - kept).mean() > SAME


if __name__ == "__main__":
    from PIL import Image

    Image.fromarray(sheet(painted())).save(PICTURES, optimize=True)
