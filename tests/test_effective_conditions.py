"""What a restored, rewound or adopted stream tells of its conditions: with these a restarted daemon opens it again."""

from collections.abc import Iterator

import dreambridge
import pytest
from conftest import end, serve, soon
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import load_bundle
from dreambridge.client.course import Course
from dreambridge.client.stream import Stream
from dreambridge.conditioning.timeline import Timeline
from dreambridge.engine.places import told
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.limits import MAX_TOLD_VALUES
from test_cutscene_stream import level


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1, seed=4)
    yield s
    s.close()


def test_a_snapshot_brings_its_conditions_and_seed(daemon: dreambridge.Daemon) -> None:
    """Also to a stream that never directed them; events are not among them."""
    with daemon.open("vista", paused=True, threads=1, seed=4) as s, daemon.open("vista", paused=True, threads=1, seed=9) as other:
        s.direct(weather="rain", prompt="a harbour at dawn")
        s.direct(event="lightning")
        s.direct(time_of_day=19.5, weather=None, over=2.0)
        held = {"weather": None, "prompt": "a harbour at dawn", "time_of_day": 19.5}
        s.step()
        save = s.snapshot()
        s.cut(seed=77, weather="snow", season="winter")
        s.step()
        s.restore(save)
        assert s.values == held and s.info.seed == 4 and s._ask.seed == 4
        other.direct(season="autumn")
        other.restore(save)
        assert other.values == held and other.info.seed == 4


def test_the_conditions_of_a_snapshot_hold_when_the_daemon_restarts() -> None:
    process = serve("restored")
    try:
        with dreambridge.connect("restored") as daemon, daemon.open("testcard", paused=True, threads=1) as s:
            s.direct(level=0.25)
            save = s.snapshot()
            s.direct(level=1)
            s.restore(save)
            epoch = s.info.epoch
            end(process)
            process = serve("restored")
            soon(lambda: s.state == "paused" and s.info.epoch != epoch, 60)
            assert level(s.step()[0]) == pytest.approx(0.25, abs=0.01)
    finally:
        end(process)


def test_a_place_and_a_fork_bring_theirs(stream: Stream) -> None:
    stream.direct(level=0.2)
    stream.keep("here")
    with stream.fork() as fork:
        fork.direct(level=0.7)
        stream.cut(seed=8, level=0.9)
        stream.step()
        assert stream.values == {"level": 0.9}
        landed = stream.rewind(name="here")
        assert landed.values == stream.values == {"level": 0.2} and landed.seed == stream.info.seed == stream._ask.seed == 4
        adopted = fork.adopt()
        assert adopted.values == stream.values == {"level": 0.7} and stream.info.seed == 4
    assert stream.rewind(name="here").values == stream.values == {"level": 0.2}, "a place of before the adoption"


def test_a_direction_that_came_after_the_restore_holds_besides(stream: Stream) -> None:
    """Its reply may come before that of the restore. The revisions tell which came first."""
    stream.direct(level=0.2)
    save = stream.snapshot()
    asked = [M.Restore(session=stream.session, data=save), M.Direct(session=stream.session, values={"level": 0.6})]
    restored, directed = [f.result(60) for f in [stream._channel.send(m) for m in asked]]
    assert isinstance(restored, R.Restored) and restored.values == {"level": 0.2} and restored.revision == 1
    assert isinstance(directed, R.Directed) and directed.revision == 2
    course = Course({})
    course.directed(1, 0.0, {"level": 0.2})
    course.directed(2, 0.0, {"level": 0.6})
    course.went({"level": 0.2}, revision=2, time=0.0)
    assert course.values == {"level": 0.2}, "the control: it came before"
    course.directed(3, 0.5, {"level": 0.6}, over=2.0)
    course.went({"level": 0.2, "other": 1}, revision=2, time=0.0)
    assert course.values == {"level": 0.6, "other": 1}
    assert course.directions()[-1] == {"time": 0.5, "values": {"level": 0.6}, "over": 2.0, "easing": None}
    course.went(None, revision=3, time=0.0)
    assert course.values == {"level": 0.6, "other": 1}, "the daemon does not say: they stay"


def test_values_that_no_message_could_hold_are_not_told() -> None:
    timeline = Timeline(load_bundle(find_bundles()["vista"]).manifest.conditions)
    timeline.remember({"reference": b"x" * (MAX_TOLD_VALUES - 100)})
    assert told(timeline)
    timeline.remember({"prompt": "x" * 200})
    assert told(timeline) is None
    timeline.remember({"reference": None})
    assert told(timeline) == {"reference": None, "prompt": "x" * 200}
