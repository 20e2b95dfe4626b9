"""When a direction has settled, and transitions that keep to real time."""

import time
from pathlib import Path

import dreambridge
import pytest
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import load_bundle
from dreambridge.commands.cli import main
from dreambridge.conditioning.timeline import Timeline
from dreambridge.engine import settling
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import Settled


def test_settles_with_the_last_frame_of_its_transition(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", fps=10, paused=True) as s:
        revision = s.direct(level=1.0, over=1.0)
        s.step(10)
        with pytest.raises(DreamError) as e:
            s.wait_settled(revision, 0.3)
        assert e.value.code == "timeout" and "paused" in e.value.message
        s.step(1)
        assert s.wait_settled(revision) is True
        at_once = s.direct(level=0.5, over=0.0)
        s.step(1)
        assert s.wait_settled(at_once) is True


def test_what_is_directed_again_is_replaced(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", fps=10, paused=True) as s:
        first, second = s.direct(level=1.0, over=1.0), s.direct(level=0.0, over=0.3)
        s.step(6)
        assert s.wait_settled(first) is False and s.wait_settled(second) is True
        cut_off = s.direct(level=1.0, over=5.0)
        s.step(1)
        s.cut(level=0.2)
        s.step(1)
        assert s.wait_settled(cut_off) is False


def test_a_stream_that_came_back_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    from conftest import end, serve, soon

    first, second = serve("settles"), None
    try:
        d = dreambridge.connect("settles")
        s = d.open("testcard")
        revision = s.direct(level=1.0, over=600.0)
        s.wait_shown(revision)
        first.kill()
        first.wait()
        second = serve("settles")
        soon(lambda: s.state == "playing" and s._ring[1] >= revision)
        assert s.wait_settled(revision) is True
        s.close()
        d.close()
    finally:
        end(first, second)


def test_a_paused_session_that_is_directed_on_and_on_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = load_bundle(find_bundles()["testcard"]).manifest.directed
    timeline, told = Timeline(schema), list[Settled]()
    moving = settling.Settling(1, timeline, told.append)
    for revision in range(1, 2001):
        timeline.direct({"level": timeline.at(0.0)["level"][0]}, 0.0, 1.0)
        moving.begin(revision, ["level"], 0.0, 0)
    assert len(moving._moving) <= settling.MAX_MOVING
    moving.look(1.0, 30)
    replaced = [r for m in told for r in m.replaced]
    assert replaced == list(range(1, 2000)) and told[-1].reached == [2000]


def test_real_time_keeps_to_the_clock_on_a_slow_machine(daemon: dreambridge.Daemon) -> None:
    """With the control: the same transition in stream time takes longer, since no machine makes 1000 frames a second."""
    with daemon.open("vista", fps=1000.0, threads=1) as s:
        s.frame(30)

        def seconds(real_time: bool, hour: float) -> float:
            begun = time.monotonic()
            revision = s.direct(time_of_day=hour, over=0.5, real_time=real_time)
            assert s.wait_settled(revision, 120)
            return time.monotonic() - begun

        kept, control = seconds(True, 20.0), seconds(False, 6.0)
        assert kept >= 0.45 and control > 1.4 * kept, (kept, control)


def test_real_time_is_part_of_a_snapshot(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", paused=True) as s:
        s.direct(level=1.0, over=10.0, real_time=True)
        s.step(2)
        saved = s.snapshot()
        s.restore(saved)
        assert s.step(1)[-1].time == pytest.approx(2 / 30)


def test_a_take_keeps_what_was_dropped(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """A transition in real time gives the same pixels again, although its replay drops no frame."""
    path = tmp_path / "slow.take.jsonl"
    with daemon.open("vista", fps=1000.0, threads=1) as s, s.record(digests=True) as recording:
        s.frame(30)
        assert s.wait_settled(s.direct(time_of_day=20.0, over=1.0, real_time=True), 120)
        recording.stop(path)
    assert '"type":"drop"' in path.read_text()
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(path)])
    assert ended.value.code == 0, "the pixels differ"
