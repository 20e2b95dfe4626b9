"""Quality levels: chosen by the trial and the pace, fixed by `open`, told by frames, kept by takes and snapshots."""

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dreambridge
import numpy as np
import pytest
from bundle_edits import change
from conftest import PATIENCE, soon
from counting_bundle import counting
from dreambridge.bundle.load import load_bundle
from dreambridge.commands.replay import replay
from dreambridge.daemon.bundle_list import row
from dreambridge.engine import levels
from dreambridge.engine import pace as paces
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import StateChanged
from dreambridge.runtime import level_trial, weights
from dreambridge.runtime.runner import StreamRunner
from dreambridge.take.read import parse_take
from test_watchdog import session

from devtools.slow_bundle import slow

SLOW = 4  # of the condition `pool`: at least 10 ms on any machine


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("levels")
    slow(folder / "slow", pool=SLOW, light=True)
    counting(folder / "counting", light=True)
    counting(folder / "plain")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(level_trial, "_meanwhile", {})


def test_the_trial_takes_the_best_level_that_holds_the_rate(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_trial, "busy", lambda: False)
    bundle = load_bundle(bundles / "slow")
    values = {n: (np.full((1, 1), c.default, np.float32), 1.0) for n, c in bundle.manifest.conditions.items()}
    for interval, level in ((1e-3, 1), (100.0, 0)):
        assert level_trial.remembered_level(bundle, "cpu", interval) is None
        runner = StreamRunner(bundle, values=values)
        level_trial.take_best_level(runner, "cpu", interval)
        assert runner.level == level
        frame = np.zeros(runner.frame_shape, np.uint8)
        runner.step(frame.ctypes.data, 0, 0, 0.0, 0.1, 0)
        assert frame[0, 0, 0, 0] == (101 if level else 1), "the trial's steps left nothing behind"
        assert level_trial.remembered_level(bundle, "cpu", interval) == level
    monkeypatch.setattr(level_trial, "busy", lambda: True)
    assert level_trial.remembered_level(bundle, "cpu", 1e-3) is None, "a busy machine is another one"
    monkeypatch.setattr(level_trial, "busy", lambda: False)
    assert level_trial.remembered_level(bundle, "cpu", 1e-3) == 1
    monkeypatch.setattr(level_trial, "machine", lambda: "another")
    assert level_trial.remembered_level(bundle, "cpu", 1e-3) is None, "another machine has the same home folder"


def test_a_level_that_is_known_is_loaded_alone(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_trial, "busy", lambda: False)
    loaded, make = list[str](), weights.make_session

    def noted(graph: Any, *words: Any) -> Any:
        loaded.append(graph.name)
        return make(graph, *words)

    monkeypatch.setattr(weights, "make_session", noted)
    with session(bundles / "slow", fps=1000.0) as (s, said):
        soon(lambda: said, PATIENCE)
        assert said[0].level == "light" and loaded == ["step", "encoder", "step_light"]
    loaded.clear()
    with session(bundles / "slow", fps=1000.0) as (s, said):
        soon(lambda: s.index > 2, PATIENCE)
        assert said[0].level == "light" and loaded == ["step_light", "encoder"]
    loaded.clear()
    with session(bundles / "slow", level="light", paused=True) as (s, said):
        soon(lambda: said, PATIENCE)
        assert loaded == ["step_light", "encoder"]


def told(said: list[Any]) -> list[tuple[str, str]]:
    return [(m.level, m.code) for m in said if isinstance(m, StateChanged)]


def test_the_level_goes_down_before_the_rate_and_up_again(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "LEVEL_HOLD", (0.2, 0.4))
    monkeypatch.setattr(level_trial, "SPARE", 0.0)  # the trial finds that the full level is good enough
    with session(bundles / "slow", fps=100.0) as (s, said):
        soon(lambda: s.runner and s.runner.level == 1, PATIENCE)
        assert s.stats().level == "light" and told(said)[0] == ("light", "deadlines_missed")
        assert s.pace.slower == 0, "the rate is as it was"
        s.direct({"pool": 0.0}, 0.0, None, 0, said.append)
        soon(lambda: ("full", "room_again") in told(said), PATIENCE)
        assert s.stats().level == "full"


def test_a_level_that_cannot_be_loaded_is_left_out(bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_trial, "SPARE", 0.0)
    broken = slow(tmp_path / "broken", pool=SLOW, light=True)
    change(broken, lambda m: m["levels"][0].update(step="encoder"))
    with session(broken, fps=100.0) as (s, said):
        soon(lambda: s.pace.slower > 0, PATIENCE)
        assert s.runner and s.runner.level == 0 and s.pace.costs == [1.0] and s.state == "slowed"
        assert {level for level, _ in told(said)} == {"full"}


@pytest.mark.parametrize("view", [False, True])
def test_a_level_that_is_loaded_while_the_threads_change_gets_the_new_ones(
    bundles: Path, monkeypatch: pytest.MonkeyPatch, view: bool
) -> None:
    runner, late = StreamRunner(load_bundle(bundles / "counting")), "step_view_light" if view else "step_light"
    if view:
        runner.load_view()
    begun, go_on, make = threading.Event(), threading.Event(), weights.make_session

    def slowly(graph: Any, *words: Any) -> Any:
        if graph.name == late:
            begun.set()
            assert go_on.wait(PATIENCE)
        return make(graph, *words)

    monkeypatch.setattr(weights, "make_session", slowly)
    loader = threading.Thread(target=runner.load_level, args=(1,), daemon=True)
    loader.start()
    assert begun.wait(PATIENCE)
    other = weights.shared(runner.bundle, "cpu", 2)
    before = {graph: other.session(graph) for graph in runner.graphs}
    assert runner.use(other, before) and runner.threads == 2
    go_on.set()
    loader.join(PATIENCE)
    assert runner.has_level(1)
    loaded = [*runner._steps_of.values(), *runner._views_of.values()]
    assert [session.get_session_options().intra_op_num_threads for session in loaded] == [2] * (4 if view else 2)
    assert not runner.use(weights.shared(runner.bundle, "cpu", 3), before) and runner.threads == 2, "one of them is missing"


def three(folder: Path) -> Path:
    """Of its levels `full`, `light` and `least`, the second one cannot be loaded."""
    level = {"name": "least", "step": "step_light", "view": "step_view_light", "cost": 0.2}
    return counting(folder, lambda m: m["levels"].append(level) or m["levels"][0].update(step="step_view_light"), light=True)


def test_a_level_that_fails_on_the_way_up_leaves_the_one_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(paces, "LEVEL_HOLD", (0.0, 0.0))
    monkeypatch.setattr(levels, "remembered_level", lambda *of: 2)
    with session(three(tmp_path / "three"), fps=200.0) as (s, said):
        soon(lambda: "level 'light' cannot be loaded" in caplog.text, PATIENCE)
        index = s.index
        soon(lambda: s.index > index + 4 * paces.WINDOW, PATIENCE)
        assert s.runner and s.runner.level == s.pace.level == 2 and len(s.pace.costs) == 3 and s.state == "playing"
        assert caplog.text.count("cannot be loaded") == 1, "it is tried once"
        assert not told(said)


def test_a_trial_goes_on_without_a_level_that_cannot_be_loaded(tmp_path: Path) -> None:
    runner = StreamRunner(load_bundle(three(tmp_path / "three")))
    level_trial.take_best_level(runner, "cpu", 1e-9)
    assert runner.level == 0


def test_what_is_late_while_a_level_loads_decides_nothing(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_trial, "SPARE", 0.0)
    begun, go_on, make = threading.Event(), threading.Event(), weights.make_session

    def slowly(graph: Any, *words: Any) -> Any:
        if graph.name == "step_light":
            begun.set()
            assert go_on.wait(PATIENCE)
        return make(graph, *words)

    monkeypatch.setattr(weights, "make_session", slowly)
    with session(bundles / "slow", fps=100.0) as (s, said):
        assert begun.wait(PATIENCE)
        index = s.index
        soon(lambda: s.index > index + 2 * paces.WINDOW, PATIENCE)
        assert s.pace.slower == 0, "the rate is as it was"
        seen, switch = list[int](), paces.Pace.level_begins
        monkeypatch.setattr(paces.Pace, "level_begins", lambda self: switch(self) or seen.append(len(self.late)))
        go_on.set()
        soon(lambda: ("light", "deadlines_missed") in told(said), PATIENCE)
        assert seen == [0], "the late steps of the full level do not count"


class Clock:
    """A stream of a machine whose steps take ``cost`` seconds at the full level, on a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(paces, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.pace = paces.Pace(24.0, 24.0, 1)
        self.pace.choose_among([1.0, 0.4], 0)
        self.switches, self.rates = list[float](), list[float]()

    def run(self, seconds: float, cost: Callable[[], float]) -> None:
        p, until = self.pace, self.now + seconds
        while self.now < until:
            self.now += max(0.0, p.wait())
            spent = cost() * p.costs[p.level]
            self.now += spent
            what = p.done(spent)
            if what is not paces.Change.NONE:
                (self.switches if what is paces.Change.LEVEL else self.rates).append(self.now)


def test_the_pace_prefers_the_rate_to_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    c = Clock(monkeypatch)
    c.run(60, lambda: 0.030)
    assert not c.switches and not c.rates and c.pace.level == 0, "the control: there is room"
    c.run(60, lambda: 0.060)
    assert len(c.switches) == 1 and not c.rates and c.pace.level == 1
    c.run(60, lambda: 0.040)
    assert c.pace.level == 1, "it would hold without a reserve, so it stays"
    c.run(60, lambda: 0.150)
    assert c.rates and c.pace.level == 1, "no level is left: the rate goes down"
    c.run(60, lambda: 0.020)
    assert c.pace.level == 0 and c.pace.slower == 0 and len(c.switches) == 2


@pytest.mark.parametrize("period", [3.0, 12.0, 40.0])
def test_the_level_changes_at_most_four_times_a_minute(monkeypatch: pytest.MonkeyPatch, period: float) -> None:
    c, chance = Clock(monkeypatch), random.Random(4)
    for heavy in itertools.islice(itertools.cycle((True, False)), int(1800 / period)):
        c.run(period, lambda: (0.070 if heavy else 0.012) * chance.uniform(0.9, 1.1))  # noqa: B023 - called at once
    assert len(c.switches) >= 10, "the control: it changes"
    assert all(b - a >= 60.0 for a, b in zip(c.switches, c.switches[4:], strict=False)), c.switches


@pytest.fixture(scope="module")
def opened(bundles: Path, daemon: dreambridge.Daemon) -> Iterator[Callable[..., dreambridge.Stream]]:
    streams = list[dreambridge.Stream]()

    def open_(name: str = "counting", **how: Any) -> dreambridge.Stream:
        streams.append(daemon.open(str(bundles / name), threads=1, **({"paused": True} | how)))
        return streams[-1]

    yield open_
    for s in streams:
        s.close()


def counts(stream: dreambridge.Stream, steps: int) -> list[tuple[int, int]]:
    return [(int(f.pixels[0, 0, 0]), f.level) for f in stream.step(steps)]


def test_open_names_a_level(opened: Callable[..., dreambridge.Stream]) -> None:
    for level, wanted in (("light", [(2, 1), (4, 1)]), ("full", [(1, 0), (2, 0)]), ("", [(1, 0), (2, 0)])):
        s = opened(level=level)
        assert s.info.levels == ["full", "light"] and s.level == s.info.level == s.stats().level == (level or "full")
        assert counts(s, 2) == wanted
    s = opened(level="light")
    s.view(np.zeros((2, 2, 4), np.uint8))
    assert [int(f.pixels[0, 0, 0]) for f in s.step(2)] == [20, 40], "over a view too"
    s.view(None)
    assert counts(s, 1) == [(42, 1)]
    one = opened("plain", level="full")
    assert one.info.levels == [] and one.level == one.stats().level == "" and counts(one, 1) == [(1, 0)]


def test_an_unknown_level_is_refused(opened: Callable[..., dreambridge.Stream]) -> None:
    for name, level, known in (("counting", "ultra", "full, light"), ("plain", "light", "full"), ("counting", "x" * 300, "256")):
        with pytest.raises(DreamError) as e:
            opened(name, level=level)
        assert e.value.code == "bad_argument" and known in e.value.hint, e.value.hint
        assert len(level) > 80 or level in e.value.message


def test_the_list_of_bundles_names_levels(bundles: Path) -> None:
    assert {n: row(n, load_bundle(bundles / n)).levels for n in ("counting", "plain")} == {
        "counting": ["full", "light"],
        "plain": [],
    }


def test_a_replay_has_the_levels_of_the_take(bundles: Path, opened: Callable[..., dreambridge.Stream], tmp_path: Path) -> None:
    s = opened()
    recording = s.record()
    shown = counts(s, 2)
    for level in ("light", "full"):
        s._step(10.0, None, level=level)
        shown += counts(s, 2)
    path = tmp_path / "levels.take.jsonl"
    path.write_text(recording.stop())
    assert [v for v, _ in shown] == [1, 2, 6, 8, 10, 11], "the steps between them count too"
    qualities = [(line.count, line.quality) for _, line in parse_take(path.read_bytes()).items if hasattr(line, "quality")]
    assert qualities == [(2, 0), (3, 1), (3, 0)]
    got = replay(path, bundle=str(bundles / "counting"), quiet=True)
    assert got["compared"] == got["equal"] == 8 and got["told"] == []
    other = path.read_text().replace('"quality":1', '"quality":7')
    path.write_text(other)
    got = replay(path, bundle=str(bundles / "counting"), quiet=True)
    assert got["equal"] < 8 and "quality level" in got["told"][0]
    path.write_text(other.replace('"quality":7', '"quality":16'))
    with pytest.raises(DreamError, match="quality"):
        replay(path, bundle=str(bundles / "counting"), quiet=True)


def test_snapshots_and_forks_keep_the_level(opened: Callable[..., dreambridge.Stream]) -> None:
    s, other, fixed = opened(), opened(), opened(level="full")
    s._step(10.0, None, level="light")
    saved = s.snapshot()
    other.restore(saved)
    assert counts(other, 1) == [(4, 1)] and other.stats().level == "light"
    fixed.restore(saved)
    assert counts(fixed, 1) == [(3, 0)], "a level that the client named stays"
    fork = s.fork()
    assert fork.prepare(2 / 30, timeout=PATIENCE) == 2
    fork.adopt()
    assert counts(s, 2) == [(4, 1), (6, 1)]


DAMAGE: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda m: m["levels"][0].update(name="full"), "level name 'full'"),
    (lambda m: m["levels"][0].update(name="Light!"), "level name 'Light!'"),
    (lambda m: m["levels"].append(m["levels"][0] | {"cost": 0.1}), "two levels"),
    (lambda m: m["levels"][0].update(step="none"), "graph 'none'"),
    (lambda m: m["levels"][0].update(view="none"), "graph 'none'"),
    (lambda m: m["levels"][0].pop("view"), "needs a `view` graph"),
    (lambda m: m["levels"][0].update(cost=1.0), "cost 1"),
    (lambda m: m["levels"][0].update(cost=0), "cost 0"),
    (lambda m: m["graphs"]["step_light"].update(provider="stream"), "graph 'step_light' names a provider"),
    (lambda m: m["graphs"]["step_view_light"].update(provider="cuda"), "graph 'step_view_light' names a provider"),
    (lambda m: m.update(levels=[m["levels"][0] | {"name": f"l{k}", "cost": 0.9 - k / 50} for k in range(16)]), "16 levels"),
]


@pytest.mark.parametrize(("damage", "says"), DAMAGE)
def test_a_manifest_with_wrong_levels_is_refused(tmp_path: Path, damage: Callable[[dict[str, Any]], Any], says: str) -> None:
    with pytest.raises(DreamError) as e:
        load_bundle(counting(tmp_path / "b", damage, light=True))
    assert e.value.code == "bad_bundle" and says in e.value.message, e.value.message


def test_a_level_with_other_tensors_is_refused(tmp_path: Path, daemon: dreambridge.Daemon) -> None:
    folder = counting(tmp_path / "b", lambda m: m["levels"][0].update(step="step_view_light"), light=True)
    with pytest.raises(DreamError) as e:
        daemon.open(str(folder), threads=1, paused=True, level="light")
    assert e.value.code == "bad_bundle" and "'step_view_light'" in e.value.message and "view.label" in e.value.message
