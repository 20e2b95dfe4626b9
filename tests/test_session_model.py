"""Random lives of a session against a model of it: whatever is asked in whatever order, replies and pixels are the model's.

Hypothesis makes the same lives in each run. ``DREAMBRIDGE_LIVES=1000`` makes more of them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import dreambridge
import hypothesis.strategies as st
import pytest
from conftest import PATIENCE
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_FORKS, MAX_NAMED_PLACES
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

pytestmark = pytest.mark.timeout(1800)

FPS = 20.0
LEVELS = st.integers(0, 255)
NAMES = st.sampled_from([f"place {k}" for k in range(MAX_NAMED_PLACES + 2)])
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("unknown_condition", {"nope": 1}),
    ("bad_value", {"level": "high"}),
    ("bad_value", {"level": float("nan")}),
]


@dataclass
class Place:
    """What holds before the next frame."""

    level: int = 0
    index: int = 0
    time: float = 0.0
    seed: int = 0


class Life(RuleBasedStateMachine):
    daemon: dreambridge.Daemon
    made = 0

    @initialize(seed=st.integers(0, 2**40), level=LEVELS)
    def opens(self, seed: int, level: int) -> None:
        self.stream = self.daemon.open("testcard", seed=seed, paused=True, fps=FPS, threads=1, values={"level": level / 255})
        self.now = Place(level, seed=seed)
        self.newest = self.stream.info.revision
        self.kept: dict[str, Place] = {}
        self.saves: list[tuple[bytes, Place]] = []
        self.forks: list[tuple[dreambridge.Fork, Place]] = []
        Life.made += 1

    def teardown(self) -> None:
        self.stream.close()

    def known(self, revision: int) -> None:
        assert revision >= self.newest, "revisions never go back"
        self.newest = revision

    def refused(self, code: str, what: Any, **fields: Any) -> None:
        with pytest.raises(DreamError) as e:
            what(**fields)
        assert e.value.code == code and e.value.hint, (e.value.code, e.value)

    @rule(count=st.integers(1, 4))
    def steps(self, count: int) -> None:
        frames = self.stream.step(count, timeout=PATIENCE)
        assert [f.index for f in frames] == list(range(self.now.index, self.now.index + count))
        for f in frames:
            assert int(f.pixels[220, 10, 0]) == self.now.level and f.revision >= self.newest
            assert f.time == pytest.approx(self.now.time, abs=1e-6)
            self.now.time += 1 / FPS
        self.now.index += count

    @rule(level=LEVELS)
    def directs(self, level: int) -> None:
        revision = self.stream.direct(level=level / 255, over=0)
        assert revision > self.newest
        self.newest, self.now.level = revision, level

    @rule(level=LEVELS, seed=st.integers(0, 2**62))
    def cuts(self, level: int, seed: int) -> None:
        self.known(self.stream.cut(level=level / 255, seed=seed))
        self.now.level, self.now.seed = level, seed

    @rule(wrong=st.sampled_from(WRONG))
    def directs_what_cannot_be(self, wrong: tuple[str, dict[str, Any]]) -> None:
        self.refused(wrong[0], self.stream.direct, **wrong[1])

    @rule(name=NAMES)
    def keeps(self, name: str) -> None:
        if name not in self.kept and len(self.kept) == MAX_NAMED_PLACES:
            return self.refused("bad_state", self.stream.keep, name=name)
        assert self.stream.keep(name).frame_index == self.now.index
        self.kept[name] = replace(self.now)
        return None

    @rule(name=NAMES)
    def rewinds(self, name: str) -> None:
        if name not in self.kept:
            code = "bad_argument" if self.kept or self.now.index else "bad_state"
            with pytest.raises(DreamError) as e:
                self.stream.rewind(name=name)
            assert e.value.code in ("bad_argument", code)
            return
        reply = self.stream.rewind(name=name)
        self.now = replace(self.kept[name])
        assert (reply.frame_index, reply.seed) == (self.now.index, self.now.seed)
        self.known(reply.revision)

    @precondition(lambda self: len(self.saves) < 3)
    @rule()
    def saves_it(self) -> None:
        self.saves.append((self.stream.snapshot(), replace(self.now)))

    @precondition(lambda self: self.saves)
    @rule(data=st.data())
    def restores(self, data: st.DataObject) -> None:
        saved, place = data.draw(st.sampled_from(self.saves))
        self.stream.restore(saved)
        self.now = replace(place)
        self.newest = max(self.newest, self.stream.direct(level=self.now.level / 255, over=0))

    @rule()
    def forks_it(self) -> None:
        if len(self.forks) == MAX_FORKS:
            return self.refused("bad_state", self.stream.fork)
        fork = self.stream.fork()
        assert fork.frame_index == self.now.index
        self.forks.append((fork, replace(self.now)))
        return None

    @precondition(lambda self: self.forks)
    @rule(level=LEVELS, data=st.data())
    def directs_a_fork(self, level: int, data: st.DataObject) -> None:
        fork, place = data.draw(st.sampled_from(self.forks))
        fork.direct(level=level / 255, over=0)
        place.level = level

    @precondition(lambda self: self.forks)
    @rule(data=st.data(), adopts=st.booleans())
    def ends_a_fork(self, data: st.DataObject, adopts: bool) -> None:
        k = data.draw(st.integers(0, len(self.forks) - 1))
        fork, place = self.forks.pop(k)
        if not adopts:
            fork.drop()
            return self.refused("bad_argument", fork.adopt)
        reply = fork.adopt()
        self.known(reply.revision)
        # Index and time go on; what is shown, and by which seed, is the fork's.
        assert (reply.frame_index, reply.seed) == (self.now.index, place.seed)
        self.now.level, self.now.seed = place.level, place.seed
        return None

    @rule()
    def plays_a_moment(self) -> None:
        self.stream.resume()
        self.stream.frame(PATIENCE)
        self.refused("bad_state", self.stream.step)
        self.stream.pause()
        frame = self.stream.step(1, timeout=PATIENCE)[-1]
        assert frame.index > self.now.index and int(frame.pixels[220, 10, 0]) == self.now.level
        self.now.index, self.now.time = frame.index + 1, frame.time + 1 / FPS

    @invariant()
    def tells_what_holds(self) -> None:
        s = self.stream
        assert s.state == "paused" and s.info.seed == self.now.seed
        assert round(s.values["level"] * 255) == self.now.level


@pytest.fixture
def lives(daemon: dreambridge.Daemon) -> Iterator[settings]:
    Life.daemon, Life.made = daemon, 0
    count = int(os.environ.get("DREAMBRIDGE_LIVES", "40"))
    yield settings(
        max_examples=count, stateful_step_count=40, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    assert Life.made > 0 and not daemon._streams


def test_any_life_of_a_session_is_that_of_the_model(lives: settings) -> None:
    run_state_machine_as_test(Life, settings=lives)


class Forgetful(Life):
    """The control: its model misses that a rewind brings back the level."""

    @rule(name=NAMES)
    def rewinds(self, name: str) -> None:
        level = self.now.level
        Life.rewinds(self, name)
        self.now.level = level


def test_a_model_that_is_wrong_is_found(lives: settings) -> None:
    with pytest.raises(AssertionError, match="level"):
        run_state_machine_as_test(Forgetful, settings=settings(lives, phases=[Phase.generate]))
