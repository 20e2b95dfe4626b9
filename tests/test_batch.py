"""Streams of a bundle with a batch axis step together: the same pictures as apart, and nobody disturbs another."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from bundle_edits import change, refused
from conftest import PATIENCE, soon
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.engine.session import Session
from dreambridge.engine.spare import SpareTime
from dreambridge.protocol.replies import Opened
from dreambridge.protocol.requests import Open
from dreambridge.runtime import batch as batches
from dreambridge.runtime.batch import Batch, _Row
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.runs import Runs, Stopped
from dreambridge.runtime.weights import Weights
from onnx import TensorProto as T
from onnx import helper as h

from devtools.batch_bundle import batched


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(batched(tmp_path_factory.mktemp("batch") / "tiny-batch", 4, dim=32, kept=12, layers=2))


def play(runner: StreamRunner, steps: int, before: Callable[[int], object] = lambda i: None) -> list[np.ndarray]:
    """Frames of a stream whose condition depends on its seed and on the step."""
    frame, out = np.zeros(runner.frame_shape, np.uint8), []
    for i in range(steps):
        before(i)
        x = np.full((1, 1), np.sin(runner.seed + 0.3 * i), np.float32)
        runner.step(frame.ctypes.data, i, i, i / 24, 1 / 24, 0, {"x": (x, 1.0)})
        out.append(frame.copy())
    return out


def in_threads(*work: Callable[[], object]) -> None:
    failed: list[BaseException] = []

    def run(one: Callable[[], object]) -> None:
        try:
            one()
        except BaseException as e:
            failed.append(e)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for t in threads:
        t.start()
    for t in threads:
        t.join(PATIENCE)
    assert not failed and not any(t.is_alive() for t in threads), failed


class Sizes(list[int]):
    """How many streams stepped in each run that several shared; ``who``: the Runs of each."""

    who: list[list[Runs]]


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Sizes:
    sizes = Sizes()
    sizes.who = []
    run = Batch._together

    def counted(self: Batch, rows: Any) -> None:
        sizes.append(len(rows))
        sizes.who.append([r.runs for r in rows])
        run(self, rows)

    monkeypatch.setattr(Batch, "_together", counted)
    return sizes


def test_the_same_pictures_together_as_alone(bundle: Bundle, together: Sizes) -> None:
    """Also while streams come and go: they make different numbers of steps. Six of them, of which four fit into a run."""
    alone = [play(StreamRunner(bundle, "cpu", 2, seed), 20 + 5 * seed) for seed in range(6)]
    assert not together, "the control: a stream alone runs alone"
    runners = [StreamRunner(bundle, "cpu", 2, seed) for seed in range(6)]
    assert len({id(r.session) for r in runners}) == 1, "they share the weights, with several threads too"
    begin, frames = threading.Barrier(6), dict[int, list[np.ndarray]]()

    def go(k: int) -> None:
        begin.wait()
        frames[k] = play(runners[k], 20 + 5 * k)

    in_threads(*(lambda k=k: go(k) for k in range(6)))  # type: ignore[misc]
    assert max(together) == 4 and sum(together) > 60, together
    for k in range(6):
        worst = max(int(np.abs(a.astype(int) - b.astype(int)).max()) for a, b in zip(alone[k], frames[k], strict=True))
        assert worst <= 1, (k, worst)
    assert max(int(np.abs(a.astype(int) - b.astype(int)).max()) for a, b in zip(alone[0], alone[1], strict=False)) > 5


class Held:
    """An ONNX Runtime session whose runs last until they are let go."""

    def __init__(self, session: Any) -> None:
        self.session, self.go_on, self.inside = session, threading.Event(), threading.Semaphore(0)
        self.fails: Exception | None = None
        self.runs = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def run_with_iobinding(self, binding: Any, options: Any = None) -> None:
        self.runs += 1
        self.inside.release()
        while not self.go_on.wait(0.01):
            if options.terminate:
                raise RuntimeError("Exiting due to terminate flag being set to true")
        if self.fails and self.runs == 2:
            raise self.fails
        self.session.run_with_iobinding(binding, options)


def held(bundle: Bundle, streams: int) -> tuple[Held, list[StreamRunner]]:
    runners = [StreamRunner(bundle, "cpu", 1, k, runs=Runs()) for k in range(streams)]
    session = Held(runners[0].session)
    for r in runners:
        r._steps_of[0] = session
        r._bindings.clear()
    batch = Batch(session, bundle.manifest.step.batch)
    for r in runners:
        r.weights.batch = lambda graph, session, priority: batch  # type: ignore[method-assign]
    return session, runners


def test_who_waits_is_in_the_next_run_in_order(bundle: Bundle, together: Sizes) -> None:
    session, runners = held(bundle, 6)
    threads = [threading.Thread(target=play, args=(r, 1)) for r in runners]
    threads[0].start()
    session.inside.acquire()
    batch = runners[0]._batches[0, False]
    assert batch
    for k in range(1, 6):
        threads[k].start()
        soon(lambda k=k: len(batch._waiting) == k)
    session.go_on.set()
    for t in threads:
        t.join(PATIENCE)
    assert together == [4] and session.runs == 3, "one alone, four together, and the last one alone"
    assert together.who == [[r.runs for r in runners[1:5]]]


def test_a_stream_that_is_ended_leaves_the_others_alone(bundle: Bundle) -> None:
    """While it waits, it ends at once. In a run with others, the run goes on for them; it ends when all are ended."""
    session, runners = held(bundle, 4)
    ended = dict[int, bool]()

    def go(k: int) -> None:
        try:
            play(runners[k], 1)
            ended[k] = False
        except Stopped:
            ended[k] = True

    threads = [threading.Thread(target=go, args=(k,)) for k in range(4)]
    threads[0].start()
    session.inside.acquire()
    batch = runners[0]._batches[0, False]
    assert batch
    for k in range(1, 4):
        threads[k].start()
        soon(lambda k=k: len(batch._waiting) == k)
    runners[3].runs.stop()
    threads[3].join(PATIENCE)
    assert ended == {3: True} and len(batch._waiting) == 2
    session.go_on.set()
    threads[0].join(PATIENCE)
    for t in threads[1:3]:
        t.join(PATIENCE)
    assert ended == {0: False, 1: False, 2: False, 3: True}

    session.go_on.clear()
    session.inside = threading.Semaphore(0)
    threads = [threading.Thread(target=go, args=(k,)) for k in range(3)]
    for t in threads:
        t.start()
    session.inside.acquire()
    soon(lambda: session.runs > 2)
    runners[1].runs.stop()
    time.sleep(0.05)
    for k in (0, 2):
        runners[k].runs.stop()
    for t in threads:
        t.join(PATIENCE)
    assert [ended[k] for k in range(3)] == [True] * 3


def test_a_run_that_fails_together_is_made_apart(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    session, runners = held(bundle, 3)
    session.fails = RuntimeError("Failed to allocate memory for requested buffer of size 123456789")
    frames = dict[int, list[np.ndarray]]()
    threads = [threading.Thread(target=lambda k=k: frames.update({k: play(runners[k], 1)})) for k in range(3)]
    threads[0].start()
    session.inside.acquire()
    batch = runners[0]._batches[0, False]
    assert batch
    for k in (1, 2):
        threads[k].start()
        soon(lambda k=k: len(batch._waiting) == k)
    session.go_on.set()
    for t in threads:
        t.join(PATIENCE)
    alone = [play(StreamRunner(load_bundle(bundle.folder), "cpu", 1, k), 1) for k in range(3)]
    assert all((frames[k][0] == alone[k][0]).all() for k in range(3))
    assert "at most 1 run together for 30 s" in caplog.text


def rows_of(runners: list[StreamRunner]) -> list[_Row]:
    """A step of each, with frames that stay."""
    frames = [np.zeros(r.frame_shape, np.uint8) for r in runners]
    rows = [_Row(r._bind(0, f.ctypes.data), r.runs) for r, f in zip(runners, frames, strict=True)]
    for row, f in zip(rows, frames, strict=True):
        row.frames = f  # type: ignore[attr-defined]
        row.bound.prepare()
    return rows


def failing(session: Held, says: str) -> None:
    session.runs, session.fails = 1, RuntimeError(says)  # the next run fails


@pytest.mark.parametrize(
    ("says", "allowed"), [("Failed to allocate memory for requested buffer of size 12", [2, 4]), ("a shape is wrong", [4, 1, 4])]
)
def test_streams_run_together_again_after_a_failure(
    bundle: Bundle, says: str, allowed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory may be free later. Another error may be one stream's: it ends this only if it comes twice in a row."""
    session, runners = held(bundle, 4)
    session.go_on.set()
    batch = Batch(session, 4)
    now = [1000.0]
    monkeypatch.setattr(batches, "time", SimpleNamespace(monotonic=lambda: now[0]))
    for most in allowed[:-1]:
        failing(session, says)
        rows = rows_of(runners)
        batch._together(rows)
        assert batch._allowed() == most and [r.together for r in rows] == [None] * 4
    now[0] += batches.AGAIN - 1
    assert batch._allowed() == allowed[-2]
    now[0] += 2
    assert batch._allowed() == allowed[-1]
    rows = rows_of(runners)
    batch._together(rows)
    assert [r.together for r in rows] == [4] * 4
    failing(session, "a shape is wrong")
    batch._together(rows_of(runners))
    assert batch._allowed() == 4, "the run between them did not fail"


def test_who_goes_late_does_not_end_the_next_run(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that is ended says so outside of its lock, so perhaps when the run that it was in is over."""
    session, runners = held(bundle, 2)
    session.go_on.set()
    batch, hooks, when = Batch(session, 4), list[Callable[[], None]](), Runs.when_stopped

    def noted(self: Runs, hook: Callable[[], None]) -> Callable[[], None]:
        hooks.append(hook)
        return when(self, hook)

    monkeypatch.setattr(Runs, "when_stopped", noted)
    batch._together(rows_of(runners))
    session.inside.acquire()
    session.go_on.clear()
    rows = rows_of(runners)
    thread = threading.Thread(target=batch._together, args=(rows,))
    thread.start()
    session.inside.acquire()
    for hook in hooks[:2]:
        hook()
    time.sleep(0.05)
    session.go_on.set()
    thread.join(PATIENCE)
    assert [r.together for r in rows] == [2, 2]


def test_nobody_waits_for_a_thread_of_lower_priority(bundle: Bundle) -> None:
    """Those that share a run have one priority, and a twin, which a fork steps in a thread of the lowest one, runs alone."""
    weights = Weights(bundle)
    kept = [weights.batch("step", weights.session("step"), priority) for priority in ("normal", "idle", "normal")]
    assert kept[0] is kept[2] and kept[0] is not kept[1]
    session, (runner,) = held(bundle, 1)
    twin = runner.twin()
    threads = [threading.Thread(target=play, args=(r, 1)) for r in (twin, runner)]
    for t in threads:
        t.start()
        assert session.inside.acquire(timeout=PATIENCE), "the stream waits for its twin"
    session.go_on.set()
    for t in threads:
        t.join(PATIENCE)
    assert twin._batches == {(0, False): None} and runner._batches[0, False]


def test_sessions_step_together(bundle: Bundle, together: Sizes) -> None:
    """In the engine, with all threads for all of them."""
    cores, said = SpareTime(), [list[Any]() for _ in range(3)]
    sessions = [
        Session(k + 1, bundle, Open(bundle="tiny-batch", fps=0, seed=k), "cpu", k + 1, None, said[k].append, spare=cores)
        for k in range(3)
    ]
    try:
        for s, heard in zip(sessions, said, strict=True):
            s.start(heard.append)
        soon(lambda: all(said), PATIENCE)
        assert all(isinstance(heard[0], Opened) for heard in said), said
        soon(lambda: len(together) > 20 and all(s.index > 20 for s in sessions), PATIENCE)
        assert len({id(s.runner.session) for s in sessions if s.runner}) == 1
        assert {s.runner.priority for s in sessions if s.runner} == {"below_normal"}
    finally:
        for s in sessions:
            s.close()
        for s in sessions:
            s.join(PATIENCE)


def test_what_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    for k, (edit, says) in enumerate(
        [
            (lambda m: m["step"].update(batch=0), "`step.batch` is 0"),
            (lambda m: m["step"].update(batch=65), "`step.batch` is 65"),
            (lambda m: m["step"]["state"]["k0"].update(shape=[]), "has no axis"),
            (lambda m: m["step"].update(batch=1), "bundle.json needs"),
        ]
    ):
        folder = tmp_path / str(k)
        shutil.copytree(bundle.folder, folder)
        change(folder, edit)
        error = refused(folder)
        assert error.code == "bad_bundle" and says in error.message, error.message
    plain = batched(tmp_path / "plain", 1, dim=16, kept=4, layers=1)
    change(plain, lambda m: m["step"].update(batch=4))
    assert "is float32 [1, 4, 16]; bundle.json needs float32 [None, 4, 16]" in refused(plain).message


def test_bfloat16_state_together(tmp_path: Path, together: Sizes, caplog: pytest.LogCaptureFixture) -> None:
    """Its type is none of NumPy's: the state of each stream counts in it."""
    ins = [h.make_tensor_value_info("x", T.FLOAT, ["b", 1]), h.make_tensor_value_info("s", T.BFLOAT16, ["b", 1])]
    outs = [h.make_tensor_value_info("frame", T.UINT8, ["b", 1, 1, 4]), h.make_tensor_value_info("t", T.BFLOAT16, ["b", 1])]
    nodes = [
        h.make_node("Cast", ["s"], ["before"], to=T.FLOAT),
        h.make_node("Add", ["before", "x"], ["sum"]),
        h.make_node("Cast", ["sum"], ["t"], to=T.BFLOAT16),
        h.make_node("Cast", ["sum"], ["byte"], to=T.UINT8),
        h.make_node("Reshape", ["byte", "as_pixel"], ["pixel"]),
        h.make_node("Expand", ["pixel", "four"], ["frame"]),
    ]
    consts = [h.make_tensor("as_pixel", T.INT64, [4], [-1, 1, 1, 1]), h.make_tensor("four", T.INT64, [4], [1, 1, 1, 4])]
    model = h.make_model(h.make_graph(nodes, "g", ins, outs, consts), opset_imports=[h.make_opsetid("", 18)], ir_version=9)
    data = model.SerializeToString()
    (tmp_path / "g.onnx").write_bytes(data)
    state = {"s": {"input": "s", "output": "t", "dtype": "bfloat16", "shape": [1, 1]}}
    manifest = {
        "format": "1.1", "name": "b", "version": "1", "license": "Apache-2.0", "description": "Counts.",
        "frame": {"width": 1, "height": 1, "fps": 24}, "graphs": {"g": {"file": "g.onnx", "sha256": sha256(data).hexdigest()}},
        "step": {"graph": "g", "frame": "frame", "batch": 2, "conditions": {"x": {"input": "x"}}, "state": state},
        "conditions": {"x": {"kind": "number", "description": "x", "range": [0, 9], "default": 0, "over": 0}},
    }  # fmt: skip
    (tmp_path / "bundle.json").write_text(json.dumps(manifest))
    counts = load_bundle(tmp_path)
    runners, frames = [StreamRunner(counts, "cpu", 1, k) for k in range(2)], [np.zeros((1, 1, 1, 4), np.uint8) for _ in range(2)]
    begin = threading.Barrier(2)

    def count(k: int) -> None:
        for i in range(30):
            begin.wait()
            runners[k].step(frames[k].ctypes.data, i, i, 0.0, 1 / 24, 0, {"x": (np.full((1, 1), k + 1, np.float32), 1.0)})

    in_threads(lambda: count(0), lambda: count(1))
    assert [int(f[0, 0, 0, 0]) for f in frames] == [30, 60] and together, together
    assert "together failed" not in caplog.text, "they would be made apart"
