"""Parts of Vista against slow and simple versions of themselves, and the exported stage against the one that made its training
data.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dreambridge.bundle.find import open_bundle
from dreambridge.runtime.runner import StreamRunner
from dreambridge.vista import export
from dreambridge.vista.network.encoders import merged_parts
from dreambridge.vista.network.merge import DIRECTED, MOVING, Merge, moved
from dreambridge.vista.network.painter_network import PainterNetwork, Residual
from dreambridge.vista.network.reference import LOOK
from dreambridge.vista.network.step import INPUTS, Step, example_conditions, step_inputs
from dreambridge.vista.painter.slow import UNKNOWN, present_slow, slow_step
from dreambridge.vista.prompt.head import OUTPUTS as SAID
from dreambridge.vista.world.branch import MIN_WEIGHT
from dreambridge.vista.world.grey import last_of
from dreambridge.vista.world.names import CLEAR, SNOW, SNOW_COVER, STORM, WETNESS
from dreambridge.vista.world.phases import columns_first, folded, unfolded
from dreambridge.vista.world.rows import cut, set_in
from dreambridge.vista.world.seen import laid_out
from dreambridge.vista.world.stage import Stage
from dreambridge.vista.world.tables import World
from encoder_runs import counted


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


Conditions = tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]
WORLD = World().eval()(torch.tensor([7]), torch.ones(1, 1), torch.ones(1, 1))


class Planes(torch.nn.Module):
    """The stage with the conditions' merging before it: one tensor of planes, of the inputs of a step."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        given = dict(zip(INPUTS, inputs, strict=True))
        merged = merged_parts(given["state.merged"])
        values, presences = ([given[f"{part}.{c}"] for c in MOVING] for part in ("cond", "present"))
        c = moved(merged.still, values, presences, given["meta.time"])
        return self.step.laid(c, merged.breeze, given).whole()


def scene(rng: np.random.Generator) -> Conditions:
    """Conditions at random: any biome, zoom, figures, moments, none."""
    values, presences = example_conditions()
    for n, size in (("biome", 4), ("season", 4), ("weather", 6)):
        weights = np.eye(size)[rng.integers(size)] if rng.random() < 0.6 else rng.dirichlet([0.5] * size)
        values[n] = torch.tensor(weights, dtype=torch.float32)[None]
    for n, low, high in (("camera_x", -9.0, 9.0), ("camera_zoom", 0.75, 2.2), ("time_of_day", 0.0, 24.0)):
        values[n] = torch.tensor([[rng.uniform(low, high)]], dtype=torch.float32)
    pose = torch.rand(1, 2, 17, 3, generator=torch.Generator().manual_seed(int(rng.integers(1000))))
    pose[:, :, :, :2] = pose[:, :, :, :2] * 0.3 + torch.tensor([0.3, rng.uniform(-0.2, 0.6)])
    pose[0, 1, :, 2] *= float(rng.random() < 0.5)
    values["pose"] = pose
    presences |= {n: torch.tensor([[float(rng.random() < 0.6)]]) for n in MOVING}
    return values, presences


def at_once(stage: Stage, given: Conditions, time: float) -> torch.Tensor:
    """The planes without encoders: merged, laid out and composed at once."""
    nothing = torch.zeros(1, SAID), torch.zeros(1, LOOK)
    values, presences = ([part[c] for c in DIRECTED] for part in given)
    c = Merge()(values, presences, torch.tensor([time], dtype=torch.float64), *nothing)
    sky = (c.audio, c.heard, c.event, c.flash)
    storm = c.weather[:, STORM : STORM + 1]
    return stage(c.biome, c.season, c.camera, c.turn, c.time, storm, c.energy, *sky, c.pose, c.posed, *WORLD).whole()


def test_what_encoders_lay_out_makes_the_same_planes() -> None:
    """The land as packed states against the whole stage at once; the control is another scene."""
    step, rng, before = Step().eval(), np.random.default_rng(4), None
    planes = Planes(step)
    for k in range(6):
        given = scene(rng)
        mine, wanted = planes(*step_inputs(*given, WORLD, 1.0 + 3 * k)), at_once(step.stage, given, 1.0 + 3 * k)
        assert (mine - wanted).abs().max() < 1e-5
        assert before is None or (before - wanted).abs().mean() > 1e-2
        before = wanted


def test_rare_planes_are_made_when_they_are_there() -> None:
    """Water, figures and moments: where there are none, the products without their planes give what those with them give."""
    step, (values, presences) = Step().eval(), example_conditions()
    step.painter.load_state_dict(torch.load(export.PAINTER, weights_only=True))
    presences |= {n: torch.zeros(1, 1) for n in MOVING}
    for biome, there in ((0, False), (3, True)):
        values["biome"] = torch.eye(4)[biome : biome + 1]
        inputs = step_inputs(values, presences, WORLD)
        given = dict(zip(INPUTS, inputs, strict=True))
        merged = merged_parts(given["state.merged"])
        c = moved(merged.still, [values[n] for n in MOVING], [presences[n] for n in MOVING], given["meta.time"])
        laid = step.laid(c, merged.breeze, given)
        assert (float(laid.weight) > MIN_WEIGHT) == there == (laid.rare.shape[2] > 1)
        painted = []
        for planes in (laid, laid_out(laid.whole())):  # the second one has all planes, and no weight
            seen, glow = step.painter.see(merged.known, planes)
            painted.append(step.painter.paint(c.vector, seen, glow, given["state.slow"], torch.full((1, 1), 1 / 24))[0])
        assert (painted[0] - painted[1]).abs().max() < 1e-5


def test_encoders_run_for_what_they_depend_on() -> None:
    """The land is laid out again when the camera moves, and not for a change of the weather; nothing for a pose."""
    bundle = open_bundle("vista")
    runner = StreamRunner(bundle)
    ran = counted(runner)
    now: dict[str, Any] = {n: (np.zeros(c.shape, np.float32), 1.0) for n, c in bundle.manifest.directed.items()}
    now["camera_zoom"] = np.ones((1, 1), np.float32), 1.0
    runner.take(now)
    for name, wanted in (
        ("weather", ["merge"]), ("camera_x", ["merge", "place"]), ("seed_world", ["world", "place"]), ("pose", []), ("event", []),
        ("reference", ["look", "merge"]), ("wetness", ["merge"]),
    ):  # fmt: skip
        ran.clear()
        now = now | {
            name: (np.full(bundle.manifest.conditions[name].shape, 3.0 if name == "seed_world" else 0.5, np.float32), 1.0)
        }
        runner.take(now)
        assert ran == wanted, name


def test_exported_stage_makes_the_same_planes(tmp_path: Path) -> None:
    import onnxruntime

    step = Planes(Step().eval())
    rng = np.random.default_rng(8)
    export._write(step, step_inputs(*scene(rng), WORLD), tmp_path / "stage.onnx", INPUTS, ("planes",))
    session = onnxruntime.InferenceSession(str(tmp_path / "stage.onnx"), providers=["CPUExecutionProvider"])
    taken = {i.name for i in session.get_inputs()}
    off, apart, before = [], [], None
    for _ in range(16):
        inputs = step_inputs(*scene(rng), WORLD)
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
    given = scene(np.random.default_rng(2))
    values, presences = ([part[c] for c in DIRECTED] for part in given)
    nothing = torch.zeros(1, SAID), torch.zeros(1, LOOK)
    vector = Merge()(values, presences, torch.tensor([1.5], dtype=torch.float64), *nothing).vector
    planes = at_once(Stage(), given, 1.5)
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
