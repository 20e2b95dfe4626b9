"""Parts of Vista against slow and simple versions of themselves, and the exported stage against the one that made its training
data.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dreambridge.vista import export
from dreambridge.vista.network.painter_network import PainterNetwork, Residual
from dreambridge.vista.network.step import COUNT, DIRECTED, INPUTS, Step, example_inputs
from dreambridge.vista.painter.slow import UNKNOWN, present_slow, slow_step
from dreambridge.vista.world.grey import last_of
from dreambridge.vista.world.names import CLEAR, SNOW, SNOW_COVER, STORM, WETNESS
from dreambridge.vista.world.phases import columns_first, folded, unfolded
from dreambridge.vista.world.rows import cut, set_in
from dreambridge.vista.world.tables import World


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.mark.parametrize("columns", [True, False])
@pytest.mark.parametrize("often", [0.0, 0.004, 0.3, 1.0])
def test_last_change_is_the_last_one(columns: bool, often: float) -> None:
    change = (torch.rand(1, 64, 112, generator=torch.Generator().manual_seed(5)) < often).float()
    dim = 2 if columns else 1
    line = torch.arange(change.shape[dim], dtype=torch.float32).reshape((1, 1, -1) if columns else (1, -1, 1))
    assert torch.equal(last_of(change, columns), torch.cummax(change * line, dim).values)
    far = (change * line.flip(dim)).flip(dim)
    assert torch.equal(last_of(change, columns, back=True), torch.cummax(far, dim).values.flip(dim))


def test_folding_is_pixel_unshuffle() -> None:
    x = torch.rand(1, 3, 8, 12)
    assert torch.equal(folded(x), torch.nn.functional.pixel_unshuffle(x, 2))
    y = torch.rand(12, 4, 6)
    assert torch.equal(unfolded(columns_first(y)[None]), torch.nn.functional.pixel_shuffle(y[None], 2))


def test_rows_are_cut_and_set_in() -> None:
    x, two, five = torch.rand(1, 4, 8, 3), torch.tensor([2]), torch.tensor([5])
    assert torch.equal(cut(x, two, five), x[:, :, 2:5])
    assert torch.equal(set_in(cut(x, two, five), two, torch.tensor([3]))[:, :, 2:5], x[:, :, 2:5])
    assert set_in(cut(x, two, five), two, torch.tensor([3])).shape == x.shape


class Planes(torch.nn.Module):
    """The stage with the conditions' merging before it: one tensor of planes."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return torch.cat(self.step.planes(self.step.controls(inputs), inputs), 1)


def scene(rng: np.random.Generator, tables: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    """Step inputs at random: any biome, zoom, figures, none."""
    inputs = list(example_inputs(*tables))
    for n, size in (("biome", 4), ("season", 4), ("weather", 6)):
        weights = np.eye(size)[rng.integers(size)] if rng.random() < 0.6 else rng.dirichlet([0.5] * size)
        inputs[DIRECTED.index(n)] = torch.tensor(weights, dtype=torch.float32)[None]
    for n, low, high in (("camera_x", -9.0, 9.0), ("camera_zoom", 0.75, 2.2), ("time_of_day", 0.0, 24.0)):
        inputs[DIRECTED.index(n)] = torch.tensor([[rng.uniform(low, high)]], dtype=torch.float32)
    pose = torch.rand(1, 2, 17, 3, generator=torch.Generator().manual_seed(int(rng.integers(1000))))
    pose[:, :, :, :2] = pose[:, :, :, :2] * 0.3 + torch.tensor([0.3, rng.uniform(-0.2, 0.6)])
    pose[0, 1, :, 2] *= float(rng.random() < 0.5)
    inputs[DIRECTED.index("pose")] = pose
    inputs[COUNT + DIRECTED.index("pose")] = torch.tensor([[float(rng.random() < 0.6)]])
    return inputs


def test_exported_stage_makes_the_same_planes(tmp_path: Path) -> None:
    import onnxruntime

    step = Planes(Step().eval())
    tables = World().eval()(torch.tensor([7]), torch.ones(1, 1), torch.ones(1, 1))
    rng = np.random.default_rng(8)
    export._write(step, tuple(scene(rng, tables)), tmp_path / "stage.onnx", INPUTS, ("planes",))
    session = onnxruntime.InferenceSession(str(tmp_path / "stage.onnx"), providers=["CPUExecutionProvider"])
    taken = {i.name for i in session.get_inputs()}
    off, apart, before = [], [], None
    for _ in range(16):
        inputs = scene(rng, tables)
        feeds: dict[str, Any] = {n: v.numpy() for n, v in zip(INPUTS, inputs, strict=True) if n in taken}
        mine, theirs = session.run(None, feeds)[0], step(*inputs).numpy()
        off.append(float(np.abs(mine - theirs).mean()))
        apart += [] if before is None else [float(np.abs(before - theirs).mean())]
        before = theirs
    # single pixels at a shelf of needles may fall to either side
    assert max(off) < 1e-4, off
    assert min(apart) > 1e-2, "the control: two scenes differ"


def test_no_part_of_the_network_is_dead() -> None:
    """Blocks with unused output cost time and paint nothing; this has happened, and no quality figure showed it."""
    painter = PainterNetwork().eval()
    painter.load_state_dict(torch.load(export.PAINTER, weights_only=True))
    step = Planes(Step().eval())
    tables = World().eval()(torch.tensor([7]), torch.ones(1, 1), torch.ones(1, 1))
    inputs = scene(np.random.default_rng(2), tables)
    vector, planes = step.step.controls(inputs).vector, step(*inputs)
    rest = (torch.zeros(1, 2, 32, 32), torch.full((1, 1), 1 / 24))
    whole = painter(vector, planes, *rest)[0]
    assert torch.equal(painter(vector, planes, *rest)[0], whole), "the control: nothing is changed"
    for name, part in painter.named_modules():
        if isinstance(part, torch.nn.Conv2d | Residual):
            convolution = part.b if isinstance(part, Residual) else part
            kept = convolution.weight.clone()
            convolution.weight.mul_(0.5)
            changed = (painter(vector, planes, *rest)[0] - whole).abs()
            convolution.weight.copy_(kept)
            assert changed.std() > 1e-4, name


def test_the_slow_state_begins_as_the_weather_leaves_it() -> None:
    weather = torch.eye(6)
    unset, zero = torch.full((6, 2), UNKNOWN), torch.zeros(6, 2)
    begun = present_slow(unset, weather, zero, zero)
    later = torch.zeros(6, 2)
    for _ in range(24 * 60):
        later = slow_step(later, weather, 1 / 24)
    assert (begun - later).abs().max() < 0.05, "as after a minute of that weather"
    assert begun[SNOW, SNOW_COVER] > 0.8 and begun[STORM, WETNESS] > 0.9 and begun[CLEAR].max() == 0
    there = torch.full((6, 2, 4, 4), 0.3)
    assert torch.equal(present_slow(there, weather, zero, zero), there), "what there is goes on"
    told = present_slow(there, weather, torch.tensor([[0.9, 0.1]] * 6), torch.tensor([[1.0, 0.5]] * 6))
    assert torch.allclose(told[:, SNOW_COVER], torch.tensor(0.9)) and torch.allclose(told[:, WETNESS], torch.tensor(0.2))
