"""Streams of one bundle share its graphs in memory, and nothing else."""

import contextlib
import gc
import json
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import PATIENCE, ROOT, python_env, soon
from dreambridge.bundle.find import open_bundle
from dreambridge.bundle.load import load_bundle
from dreambridge.engine.watchdog import Limits, Watchdog
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime import arena, weights
from dreambridge.runtime.runner import StreamRunner
from dreambridge.runtime.runs import Runs, Stopped
from test_watchdog import session, states

from devtools.slow_bundle import FOR_EVER, slow

STREAMS = """
import hashlib, json, sys, threading
import numpy as np
from dreambridge.bundle.find import open_bundle
from dreambridge.runtime import arena, weights
from dreambridge.system.malloc import release_memory
from dreambridge.runtime.runner import StreamRunner

count, apart = int(sys.argv[1]), sys.argv[2] == "apart"
if apart:
    weights.SHARING = ()
runners = [StreamRunner(open_bundle("vista"), "cpu", 1, seed) for seed in range(count)]
digests = [""] * count
together = threading.Barrier(count)

def play(k):
    frame, digest, r = np.zeros(runners[k].frame_shape, np.uint8), hashlib.sha256(), runners[k]
    for i in range(6):
        together.wait()
        r.step(frame.ctypes.data, i, i, i / 24, 1 / 24, 0, {"time_of_day": (np.full((1, 1), 3.0 * k + i, np.float32), 1.0)})
        digest.update(frame.tobytes())
    digests[k] = digest.hexdigest()

threads = [threading.Thread(target=play, args=(k,)) for k in range(count)]
[t.start() for t in threads]
[t.join() for t in threads]
# What their steps took together is given back after a while of steps that do not meet, here at once.
arena.WINDOW = 0.0
for r in runners:
    r.weights._arenas[r.session]._ends, frame = 0.0, np.zeros(r.frame_shape, np.uint8)
    for i in range(6, 10):
        r.step(frame.ctypes.data, i, i, i / 24, 1 / 24, 0)
release_memory()
rss = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
print(json.dumps({"rss": rss / 1024, "digests": digests}))
"""


def streams(count: int, how: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", STREAMS, str(count), how], capture_output=True, text=True, env=python_env(), cwd=ROOT, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident memory is read from /proc")
def test_four_streams_take_little_more_memory_than_one_and_make_the_same_pixels() -> None:
    one, four, apart = streams(1, "shared"), streams(4, "shared"), streams(4, "apart")
    assert four["digests"] == apart["digests"] and len(set(four["digests"])) == 4 and four["digests"][0] == one["digests"][0]
    assert four["rss"] <= 2.2 * one["rss"] and four["rss"] < 0.9 * apart["rss"], (one["rss"], four["rss"], apart["rss"])


OVERLAP = """
import json, threading
import numpy as np
from dreambridge.bundle.find import open_bundle
from dreambridge.runtime import arena
from dreambridge.system.malloc import release_memory
from dreambridge.runtime.runner import StreamRunner

own = StreamRunner(open_bundle("vista"), "cpu", 1, 7)
runners = [own, own.twin()]  # a stream, and what makes its steps ahead
together, number = threading.Barrier(2), 0

def play(k, count, alone=True):
    global number
    frame = np.zeros(own.frame_shape, np.uint8)
    for _ in range(count):
        if not alone:
            together.wait()
        runners[k].step(frame.ctypes.data, number, number, number / 24, 1 / 24, 0)
        number += 1

def overlap():
    threads = [threading.Thread(target=play, args=(k, 4, False)) for k in range(2)]
    [t.start() for t in threads]
    [t.join() for t in threads]

def memory(window):
    arena.WINDOW = window
    own.weights._arenas[own.session]._ends = 0.0
    play(0, 4)
    release_memory()
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) / 1024

play(0, 4)
alone = memory(1e9)
overlap()
kept = memory(1e9)
given_back = memory(0.0)
overlap()
print(json.dumps([alone, kept, given_back, memory(0.0)]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident memory is read from /proc")
def test_steps_that_overlapped_once_do_not_keep_their_memory() -> None:
    """In an hour of the desk a daemon grew by 60 MB at one moment, and stayed there: ONNX Runtime's arena never shrinks."""
    done = subprocess.run([sys.executable, "-c", OVERLAP], capture_output=True, text=True, env=python_env(), cwd=ROOT, check=True)
    alone, kept, given_back, again = json.loads(done.stdout)
    assert kept > alone + 4, "the control: without it they do"
    assert max(given_back, again) < (alone + kept) / 2, (alone, kept, given_back, again)


def test_the_memory_of_runs_at_once_stays_while_there_are_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(arena.time, "monotonic", lambda: now[0])
    a = arena.Arena()

    def run(at: float, others: int = 0) -> bool:
        now[0] = at
        with contextlib.ExitStack() as stack:
            for _ in range(others):
                stack.enter_context(a.run())
            return stack.enter_context(a.run())

    assert run(0) and not run(1), "the first run takes more than the others"
    assert not run(2, others=1) and not run(11, others=1) and not run(22, others=1), "two at once, again and again"
    assert not run(23) and not run(33) and not run(44), "in this window or in the one before there were two"
    assert run(60) and not run(61) and not run(75), "given back once"


def test_an_onnx_runtime_without_arenas_steps_too(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bound, refused = Runs.run_bound, list[bool]()

    def no_arena(self: Runs, session: Any, binding: Any, graph: int | None = None, shrinks: bool = False) -> None:
        refused.append(shrinks)
        if shrinks:
            raise RuntimeError("Did not find an arena based allocator registered for device-id combination cpu:0")
        bound(self, session, binding, graph)

    monkeypatch.setattr(Runs, "run_bound", no_arena)
    monkeypatch.setattr(arena, "WINDOW", 0.0)
    runner = StreamRunner(load_bundle(bundles / "slow"), "cpu", 1, 99)
    frame = np.zeros(runner.frame_shape, np.uint8)
    for i in range(3):
        runner.step(frame.ctypes.data, i, i, 0.1 * i, 0.1, 0)
    assert refused == [True, False, False, False], "asked once, and never again"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("shared")
    slow(folder / "slow")
    slow(folder / "hanging", loading=FOR_EVER)
    yield folder


def test_a_stream_that_the_watchdog_ends_leaves_the_other_alone(bundles: Path) -> None:
    short = Watchdog(Limits(stuck=0.1, step=0.7))
    with session(bundles / "slow", short) as (a, of_a), session(bundles / "slow") as (b, of_b):
        soon(lambda: a.index > 5 and b.index > 5, PATIENCE)
        assert a.runner and b.runner and a.runner.session is b.runner.session and a.runs is not b.runs
        a.direct({"millions": float(FOR_EVER)}, None, None, 0, of_a.append)
        soon(lambda: a.state == "failed", PATIENCE)
        frames = b.index
        soon(lambda: b.index > frames + 5, PATIENCE)
        assert states(of_a) == ["stuck", "failed"] and "failed" not in states(of_b)


def test_a_graph_is_freed_with_its_last_stream(bundles: Path) -> None:
    bundle = load_bundle(bundles / "slow")
    a, b = StreamRunner(bundle), StreamRunner(load_bundle(bundles / "slow"))
    held = weakref.ref(a.session)
    assert b.session is a.session and b.weights is a.weights
    frame = np.zeros(a.frame_shape, np.uint8)
    a.step(frame.ctypes.data, 0, 0, 0.0, 0.1, 0)
    del a
    gc.collect()
    b.step(frame.ctypes.data, 0, 0, 0.0, 0.1, 0)
    assert held() is b.session
    key = next(k for k, w in weights._known.items() if w is b.weights)
    del b
    gc.collect()
    assert held() is None and key not in weights._known


def test_what_is_not_shared(bundles: Path) -> None:
    bundle = load_bundle(bundles / "slow")
    assert weights.shared(bundle) is not weights.shared(bundle, spin=True)
    one, two = weights.shared(bundle, threads=2), weights.shared(bundle, threads=2)
    assert one is not two, "each stream of several threads has a pool of its own"
    assert weights.shared(bundle, "directml") is not weights.shared(bundle, "directml")
    assert weights.shared(load_bundle(bundles / "hanging")) is not weights.shared(bundle)


def test_streams_that_open_at_once_load_once(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, make = list[str](), weights.make_session

    def counted(graph: Any, *words: Any) -> Any:
        loaded.append(graph.name)
        return make(graph, *words)

    monkeypatch.setattr(weights, "make_session", counted)
    runners = list[StreamRunner]()
    threads = [threading.Thread(target=lambda: runners.append(StreamRunner(open_bundle("testcard")))) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(PATIENCE)
    assert len(runners) == 4 and len(loaded) == len(set(loaded)) and len({id(r.session) for r in runners}) == 1
    for r in runners:
        r.load_view()
    assert len(loaded) == len(set(loaded)) and len({id(r.view_session) for r in runners}) == 1


def test_who_waits_for_the_load_of_another_can_be_ended_and_can_load_it_then(
    bundles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, ended = list[Runs](), list[str]()

    def slowly(graph: Any, provider: str, threads: int, spin: bool, runs: Runs, captured: bool) -> None:
        loading.append(runs)
        soon(lambda: runs.stopped, PATIENCE)
        raise Stopped

    monkeypatch.setattr(weights, "make_session", slowly)
    w = weights.Weights(load_bundle(bundles / "slow"))
    of = {name: Runs() for name in ("first", "waits", "then")}

    def load(name: str) -> None:
        try:
            w.session("step", of[name])
        except Stopped:
            ended.append(name)

    threads = [threading.Thread(target=load, args=(name,)) for name in of]
    for t in threads:
        t.start()
        soon(lambda: loading == [of["first"]], PATIENCE)
    of["waits"].stop()
    soon(lambda: ended == ["waits"], PATIENCE)
    of["first"].stop()
    soon(lambda: loading == [of["first"], of["then"]], PATIENCE)
    of["then"].stop()
    for t in threads:
        t.join(PATIENCE)
    assert ended == ["waits", "first", "then"]


def test_a_file_that_was_changed_is_refused_also_where_its_graph_is_loaded(copy: Path) -> None:
    first = StreamRunner(load_bundle(copy))
    file = copy / (load_bundle(copy).manifest.graphs["step"].file or "")
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(DreamError, match="sha256"):
        StreamRunner(load_bundle(copy))
    assert first.session
