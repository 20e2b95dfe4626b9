"""Format 1.1 of a bundle: what real families need, each part in a graph that shows what it got."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_edits import change, refused
from dreambridge.bundle.dtypes import bfloat16, from_bfloat16
from dreambridge.bundle.load import load_bundle
from dreambridge.engine.session import Session
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.noise import Noise
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.state_check import has_nan, newest
from made_bundle import asked, constants, direct, directed, graph, named, opened, shown, told, write
from onnx import TensorProto as T
from onnx import helper as h


class Steps:
    """A bundle's runner, and the greys of each frame it makes, 0-1."""

    def __init__(self, folder: Path, seed: int = 7) -> None:
        self.runner, self.count = StreamRunner(load_bundle(folder), "cpu", 1, seed), 0

    def __call__(self, runner: StreamRunner | None = None) -> np.ndarray:
        r = runner or self.runner
        frame = np.zeros(r.frame_shape, np.uint8)
        r.step(frame.ctypes.data, self.count, self.count, 0.0, 0.1, 0)
        self.count += 1
        return frame[0, 0, :, 0] / 255


# -- state -------------------------------------------------------------------------------------------------------------
def cache(folder: Path, in_place: bool = True, dtype: int = T.FLOAT) -> Path:
    """A ring of four entries, in which each step writes its number + 1, times 0.1."""
    folder.mkdir()
    nodes = [
        h.make_node("Add", ["state.count", "one"], ["next.count"]),
        h.make_node("Mod", ["state.count", "four"], ["place"]),
        h.make_node("Cast", ["next.count"], ["number"], to=T.FLOAT),
        h.make_node("Mul", ["number", "tenth"], ["entry32"]),
        h.make_node("Cast", ["entry32"], ["entry"], to=dtype),
        h.make_node("Reshape", ["place", "cell"], ["cells"]),
        h.make_node("ScatterND", ["state.keys", "cells", "entry"], ["next.keys"]),
        h.make_node("Cast", ["next.keys"], ["keys32"], to=T.FLOAT),
        *shown("keys32", 4),
    ]
    graphs = {
        "step": graph(
            folder / "step.onnx",
            nodes,
            {"state.keys": (dtype, [4]), "state.count": (T.INT64, [1])},
            {"frame": (T.UINT8, [1, 1, 4, 4]), "next.keys": (dtype, [4]), "next.count": (T.INT64, [1])},
            **constants(4, one=np.int64(1), four=np.int64(4), tenth=np.float32(0.1), cell=np.array([1, 1], np.int64)),
        )
    }
    name = {T.FLOAT: "float32", T.FLOAT16: "float16", T.BFLOAT16: "bfloat16"}[dtype]
    keys = {"input": "state.keys", "output": "next.keys", "dtype": name, "shape": [4], "in_place": in_place}
    keys |= {"ring": {"axis": 0, "index": "count"}}
    count = {"input": "state.count", "output": "next.count", "dtype": "int64", "shape": [1]}
    return write(folder, graphs, {"state": {"keys": keys, "count": count}}, 4)


@pytest.mark.parametrize("dtype", [T.FLOAT, T.FLOAT16, T.BFLOAT16])
def test_a_ring_is_written_in_place(tmp_path: Path, dtype: int) -> None:
    """The same pictures as with two buffers, in one; a twin and a restored state have their own."""
    in_place, doubled = Steps(cache(tmp_path / "one", dtype=dtype)), Steps(cache(tmp_path / "two", False, dtype))
    assert [len(s.runner.state["keys"].arrays) for s in (in_place, doubled)] == [1, 2]
    for k in range(6):
        wanted = np.array([max((i + 1 + 4 * j) * 0.1 for j in range(-1, 2) if i + 4 * j <= k) if i <= k else 0 for i in range(4)])
        assert np.allclose(in_place(), wanted, atol=0.006) and np.allclose(doubled(), wanted, atol=0.006)
    at = in_place.runner.get_state()
    twin = in_place.runner.twin()
    assert len(twin.state["keys"].arrays) == 1
    first = in_place()
    assert np.array_equal(in_place(twin), first)  # it was not moved by the other's step
    for name, value in at.items():
        in_place.runner.set_state(name, value)
    assert np.array_equal(in_place(), first)
    in_place.runner.reset()
    assert in_place()[0] == pytest.approx(0.1, abs=0.003)


def test_only_new_entries_of_a_ring_are_looked_at(tmp_path: Path) -> None:
    keys = np.arange(8.0).reshape(1, 8)
    assert newest(keys, 1, 6, 9).tolist() == [[6, 7, 0]]
    assert newest(keys, 1, 0, 8) is keys and newest(keys, 1, 9, 3) is keys  # all of it: it went round, or back
    steps = Steps(cache(tmp_path / "ring"))
    for _ in range(16):
        steps()
    steps.runner.state["keys"].arrays[0][2] = np.nan
    steps.runner._check_state(False)  # it was looked at when it was new, at the 16th step
    steps()
    steps.runner._counted["keys"] = 14  # as if the last look had been at the 14th: entry 14 is the third one
    with pytest.raises(DreamError, match="NaN to the state 'keys'"):
        steps.runner._check_state(False)


def test_bfloat16_bits() -> None:
    """Rounded to the nearest, ties to even; what torch says."""
    import torch

    values = np.concatenate([np.random.default_rng(1).normal(0, 100, 4096), [0, -0.0, 1, 1.00390625, 1.01171875, 3e38, np.inf]])
    values = values.astype(np.float32)
    wanted = torch.from_numpy(values).to(torch.bfloat16)
    assert np.array_equal(bfloat16(values), wanted.view(torch.uint16).numpy())
    assert np.array_equal(from_bfloat16(bfloat16(values)), wanted.float().numpy())
    assert has_nan(bfloat16(np.array([1, np.nan])), "bfloat16") and not has_nan(bfloat16(np.array([1, np.inf])), "bfloat16")


def state_of(folder: Path, initial: Any, dtype: int = T.FLOAT16) -> Path:
    """A bundle whose frame shows a state [1, 3] that it only reads."""
    folder.mkdir()
    nodes = [h.make_node("Cast", ["s"], ["s32"], to=T.FLOAT), *shown("s32", 3)]
    g = graph(folder / "step.onnx", nodes, {"s": (dtype, [1, 3])}, {"frame": (T.UINT8, [1, 1, 3, 4])}, **constants(3))
    if isinstance(initial, bytes):
        (folder / "first.bin").write_bytes(initial)
        initial = named(folder / "first.bin")
    state = {"input": "s", "output": None, "dtype": "float16", "shape": [1, 3], "initial": initial}
    return write(folder, {"step": g}, {"state": {"s": state}}, 3)


def test_a_state_begins_as_a_file_says(tmp_path: Path) -> None:
    values = np.array([0.2, 0.4, 1.0], np.float16)
    folder = state_of(tmp_path / "begun", values.tobytes())
    assert np.allclose(Steps(folder)(), values, atol=0.003)
    load_bundle(folder).check_files()
    (folder / "first.bin").write_bytes(values[::-1].tobytes())  # another content
    with pytest.raises(DreamError, match=r"first\.bin has the sha256"):
        load_bundle(folder).check_files()
    assert "first.bin has the sha256" in refused(folder).message
    assert "has 4 bytes; float16 [1, 3] needs 6" in refused(state_of(tmp_path / "short", b"1234")).message


# -- noise -------------------------------------------------------------------------------------------------------------
def test_noise_is_a_list(tmp_path: Path) -> None:
    """Each tensor has numbers of its own at each step, or once a seed; and no step has another step's."""
    folder = tmp_path / "noisy"
    folder.mkdir()
    kinds = {"a": (T.FLOAT, "float32"), "b": (T.FLOAT16, "float16"), "c": (T.BFLOAT16, "bfloat16")}
    nodes = [h.make_node("Cast", [n], [f"{n}32"], to=T.FLOAT) for n in kinds]
    nodes += [
        h.make_node("Concat", [f"{n}32" for n in kinds], ["all"], axis=0),
        h.make_node("Sigmoid", ["all"], ["share"]),
        *shown("share", 24),
    ]
    g = graph(
        folder / "step.onnx",
        nodes,
        {n: (t, [8]) for n, (t, _) in kinds.items()},
        {"frame": (T.UINT8, [1, 1, 24, 4])},
        **constants(24),
    )
    specs = [{"input": n, "shape": [8], "dtype": d, "once": n == "b"} for n, (_, d) in kinds.items()]
    write(folder, {"step": g}, {"noise": specs}, 24)
    steps = Steps(folder)
    made = [steps().reshape(3, 8) for _ in range(3)]
    assert len({row.tobytes() for m in made for row in m}) == 3 + 1 + 3
    assert np.array_equal(made[0][1], made[2][1])
    steps.runner.seed = 8
    assert not np.array_equal(steps()[8:16], made[0][1])
    steps.count, steps.runner.seed = 0, 7
    assert np.array_equal(steps().reshape(3, 8), made[0])  # the seed and the step's number say all


def test_noise_of_a_step_is_not_that_of_the_last_one_moved() -> None:
    """Philox counts up the first word for each four numbers: as the step's number there, format 1.0 repeats its noise."""
    from dreambridge.bundle.manifest import NoiseSpec

    for overlapping in (True, False):
        noise = Noise([NoiseSpec("n", [4096])], overlapping)
        noise.draw(3, 5)
        before = noise.arrays["n"].copy()
        noise.draw(3, 6)
        alike = np.isin(noise.arrays["n"], before).mean()
        assert alike > 0.9 if overlapping else alike < 0.01


# -- conditions --------------------------------------------------------------------------------------------------------
def test_movement_is_summed_and_spent_by_a_step(tmp_path: Path) -> None:
    mouse = {"kind": "delta", "size": 2, "range": [-9, 9], "description": "The mouse's movement."}
    with opened(directed(tmp_path / "mouse", {"mouse": mouse}, {"mouse": 2})) as s:
        assert told(s, "mouse")[0].tolist() == [0, 0]
        for moved in ([0.25, 0.5], [0.25, -0.125], [0, 0.125]):
            direct(s, over=3.0, mouse=moved)  # a transition has no meaning for it
        assert told(s, "mouse")[0].tolist() == [0.5, 0.5]
        assert told(s, "mouse")[0].tolist() == [0, 0]
        direct(s, mouse=[1, 1])
        direct(s, mouse=None)
        assert told(s, "mouse")[0].tolist() == [0, 0]
        direct(s, mouse=[1, 1])
        asked(s.direct, {}, None, None, 0, cut=True)
        assert told(s, "mouse")[0].tolist() == [0, 0]  # the movement before a cut is not of the new picture
        direct(s, mouse=[0.5, 0])
        assert "mouse" not in s.timeline.directed  # it is not directed again when a stream is opened again
        kept = s.timeline.twin()
        kept.spend()
        assert told(s, "mouse")[0].tolist() == [0.5, 0]
        with pytest.raises(DreamError, match="has 3 numbers"):
            direct(s, mouse=[1, 2, 3])


def test_each_frame_of_a_step_has_its_value(tmp_path: Path) -> None:
    camera = {"kind": "per_frame", "size": 1, "frames": 4, "range": [0, 1], "description": "Where the camera is."}
    folder = directed(tmp_path / "camera", {"camera": camera}, {"camera": 4}, 4, shapes={"camera": [4, 1]})
    with opened(folder) as s:
        assert told(s, "camera")[0].tolist() == [0, 0, 0, 0]
        direct(s, over=0.0, camera=[0.5])
        assert told(s, "camera")[0].tolist() == [0.5] * 4
        direct(s, over=0.5, camera=[1.0])  # five frames: four of this step, and one of the next
        assert np.allclose(told(s, "camera")[0], [0.5, 0.6, 0.7, 0.8])
        assert np.allclose(told(s, "camera")[0], [0.9, 1, 1, 1])
        direct(s, over=9.0, camera=[[0.1], [0.2], [0.3], [0.4]])
        assert np.allclose(told(s, "camera")[0], [0.1, 0.2, 0.3, 0.4])
        assert np.allclose(told(s, "camera")[0], [0.4] * 4)  # the last one stays
        with pytest.raises(DreamError, match="has 3 numbers"):
            direct(s, camera=[1, 1, 1])
    change(folder, lambda m: m["conditions"]["camera"].update(frames=2))
    with pytest.raises(DreamError, match="has `frames` 2, but a step makes 4"):
        load_bundle(folder)


def test_an_image_has_the_size_that_the_bundle_says(tmp_path: Path) -> None:
    picture = {"kind": "image", "size": 32, "description": "A picture."}
    folder = directed(tmp_path / "picture", {"picture": picture}, {"picture": 3072}, shapes={"picture": [1, 3, 32, 32]})
    with opened(folder) as s:
        halves = np.zeros((64, 48, 3), np.uint8)
        halves[:, 24:] = 255
        direct(s, over=0.0, picture={"width": 48, "height": 64, "rgb": halves.tobytes()})
        seen = told(s, "picture")[0].reshape(3, 32, 32)
        assert seen[:, :, :16].max() == 0 and seen[:, :, 16:].min() == 1
    change(folder, lambda m: m["conditions"]["picture"].update(size=4096))
    with pytest.raises(DreamError, match="has the size 4096"):
        load_bundle(folder)


def test_the_graph_blends_a_transition(tmp_path: Path) -> None:
    """It gets both ends and the weight; and both ends stay the same arrays all the way, so that nothing large is copied."""
    folder = tmp_path / "blended"
    folder.mkdir()
    nodes = [
        h.make_node("Concat", ["from", "to", "weight"], ["all"], axis=1),
        *shown("all", 5),
    ]
    g = graph(
        folder / "step.onnx",
        nodes,
        {"from": (T.FLOAT, [1, 2]), "to": (T.FLOAT, [1, 2]), "weight": (T.FLOAT, [1, 1])},
        {"frame": (T.UINT8, [1, 1, 5, 4])},
        **constants(5),
    )
    step = {"conditions": {"tone": {"input": "to", "start": "from", "weight": "weight"}}}
    tone = {"kind": "vector", "size": 2, "default": 0.0, "over": 0.4, "easing": "linear", "description": "A tone."}
    write(folder, {"step": g}, step, 5, conditions={"tone": tone})

    def seen(s: Session) -> list[float]:
        asked(s.step, 1)
        return [round(float(v), 2) for v in s.output.frames[0, 0, :, 0] / 255]

    with opened(folder) as s:
        assert seen(s) == [0, 0, 0, 0, 1]
        direct(s, over=0.0, tone=[0.2, 0.4])
        assert seen(s) == [0.2, 0.4, 0.2, 0.4, 1]
        direct(s, tone=[1.0, 0.0])
        assert [seen(s) for _ in range(2)] == [[0.2, 0.4, 1, 0, 0], [0.2, 0.4, 1, 0, 0.25]]
        ends = [s.timeline.at(s.time)[n][0] for n in ("tone", "tone/start")]
        assert all(x is y for x, y in zip(ends, [s.timeline.at(s.time + 0.1)[n][0] for n in ("tone", "tone/start")], strict=True))
        direct(s, tone=[0.0, 0.0])  # in the middle of the way: it begins where it was
        assert [round(float(v), 2) for v in s.timeline.values(s.time)["tone"][0][0]] == [0.6, 0.2]  # what a cutscene fades from
        assert seen(s) == [0.6, 0.2, 0, 0, 0]
        for _ in range(4):
            last = seen(s)
        assert last == [0.6, 0.2, 0, 0, 1]
        assert s.timeline.at(9.0)["tone/start"] is s.timeline.at(9.0)["tone/start"]
    change(folder, lambda m: m["step"]["conditions"]["tone"].pop("weight"))
    with pytest.raises(DreamError, match="needs both `start` and `weight`"):
        load_bundle(folder)


# -- the rest ----------------------------------------------------------------------------------------------------------
def test_a_step_may_take_the_seconds_that_the_bundle_says(tmp_path: Path) -> None:
    """The watchdog ends it then, and not after its own minute."""
    from dreambridge.engine.watchdog import Limits

    folder = directed(tmp_path / "timed", {"x": {"kind": "vector", "size": 1, "description": "x"}}, {"x": 1})
    limits = Limits(stuck=2.0, step=60.0)
    for seconds, spent, ended in ((None, 5.0, False), (4.0, 5.0, True), (90.0, 61.0, False), (90.0, 91.0, True)):
        change(folder, lambda m, s=seconds: m["step"].update(seconds=s))  # type: ignore[misc]
        with opened(folder) as s:
            now = time.monotonic()
            s._begun = now - spent
            s.look(now, limits)
            s._begun = 0.0
            assert s.runs.stopped == ended, (seconds, spent)
    change(folder, lambda m: m["step"].update(seconds=1e9))
    with pytest.raises(DreamError, match="a step may take 1e"):
        load_bundle(folder)


WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "dtype": (lambda m: m["step"]["state"]["keys"].update(dtype="float8"), "has the dtype 'float8'"),
    "in place": (lambda m: m["step"]["state"]["keys"].update(output=None), "no step writes it"),
    "axis": (lambda m: m["step"]["state"]["keys"]["ring"].update(axis=1), "needs an output and that axis"),
    "index": (lambda m: m["step"]["state"]["keys"]["ring"].update(index="keys"), "must be a state int64 [1]"),
    "two noises": (lambda m: m["step"].update(noise=[{"input": "n", "shape": [1]}] * 2), "'n' has two roles: noise and noise"),
    "noise of bytes": (lambda m: m["step"].update(noise={"input": "n", "shape": [1], "dtype": "uint8"}), "bundle.json"),
    "a state that grows": (lambda m: m["step"]["state"]["keys"].update(shape=["n"]), "bundle.json"),
    "outside": (
        lambda m: m["step"]["state"]["keys"].update(initial={"file": "../x", "sha256": "0"}),
        "leaves the bundle's folder",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_contradicts_itself_is_refused(tmp_path: Path, name: str) -> None:
    folder = cache(tmp_path / "wrong")
    StreamRunner(load_bundle(folder), "cpu", 1)  # the control
    change(folder, WRONG[name][0])
    assert WRONG[name][1] in refused(folder).message


def test_licences_and_the_model_card_are_read(tmp_path: Path) -> None:
    folder = cache(tmp_path / "named")
    assert load_bundle(folder).manifest.licences is None and load_bundle(folder).manifest.model_card == ""
    licences = {"weights": "openrail++", "code": "Apache-2.0", "url": "https://example.org/licence"}
    change(folder, lambda m: m.update(licences=licences, model_card="acme/turbo"))
    m = load_bundle(folder).manifest
    assert m.licences and (m.licences.weights, m.licences.code, m.model_card) == ("openrail++", "Apache-2.0", "acme/turbo")
