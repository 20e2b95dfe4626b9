"""Forks of a stream: what they show when they are adopted, what they cost, and what ends them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import PATIENCE, end, serve, soon
from counting_bundle import counting
from dreambridge.client.stream import Stream
from dreambridge.commands.replay import replay
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_FORK_STEPS, MAX_FORKS
from dreambridge.ring import layout as L
from dreambridge.ring.reader import Frame
from test_cutscene_stream import STORY, level

FIRST = L.FLAG_CUT | L.FLAG_ADOPTED


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1)
    yield s
    s.close()


def vista(daemon: dreambridge.Daemon) -> Stream:
    return daemon.open("vista", paused=True, fps=20, threads=1, seed=4, values={"prompt": "a harbour at dawn"})


def pixels(frames: list[Frame]) -> list[bytes]:
    return [f.pixels.tobytes() for f in frames]


def test_the_game_sees_a_cut_and_nothing_else(stream: Stream) -> None:
    before = stream.step(5)[-1]
    fork = stream.fork()
    assert (fork.frame_index, fork.time) == (5, pytest.approx(5 / 30))
    fork.direct(level=0.9, over=0)
    assert fork.prepare(0.5, timeout=PATIENCE) == 15 == fork.steps
    other = stream.direct(level=0.2, over=0)
    assert level(stream.step(10)[-1]) == pytest.approx(0.2, abs=0.01), "the fork has not changed the stream"
    adopted = fork.adopt()
    assert (adopted.frame_index, adopted.steps, adopted.revision) == (15, 15, other + 1)
    frames = stream.step(25)  # beyond those that were made ahead
    assert [f.index for f in frames] == list(range(15, 40))
    assert [f.publication for f in frames] == list(range(before.publication + 11, before.publication + 36))
    assert [f.time for f in frames] == pytest.approx([k / 30 for k in range(15, 40)])
    assert [f.flags & FIRST for f in frames] == [FIRST] + 24 * [0]
    assert {f.revision for f in frames} == {adopted.revision} and stream.is_shown(adopted.revision)
    assert all(level(f) == pytest.approx(0.9, abs=0.01) for f in frames)


@pytest.mark.parametrize("steps", [0, 10])
def test_the_fork_shows_what_the_stream_would_have_shown(daemon: dreambridge.Daemon, steps: int) -> None:
    """In the pixels of Vista, whose graph knows the time: made ahead or not, with the stream somewhere else meanwhile or not."""
    with vista(daemon) as s, vista(daemon) as straight:
        for one in (s, straight):
            one.direct(time_of_day=19.0, over=1.0)  # a transition that is under way at the place
            one.step(12)
        straight.direct(weather="rain", prompt="a village in the rain", over=0.5)
        wanted = pixels(straight.step(24))
        with s.fork() as fork:
            fork.direct(weather="rain", prompt="a village in the rain", over=0.5)
            assert fork.prepare(steps / 20, timeout=60) == steps
            s.direct(biome="coast", over=0)
            s.step(7)
            fork.adopt()
        kept = s.step(12)
        s.keep("middle")
        saved = s.snapshot()
        rest = s.step(12)
        assert pixels(kept + rest) == wanted
        s.rewind(name="middle")
        assert pixels(s.step(12)) == wanted[12:], "a place keeps the model's own time"
        straight.restore(saved)
        assert pixels(straight.step(12)) == wanted[12:], "and so does a snapshot"


def test_a_direction_goes_on_from_the_frame_that_is_shown(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """The frames of this bundle are the number of steps that its state has counted."""
    with daemon.open(str(counting(tmp_path / "c")), paused=True, threads=1) as s:
        s.step(5)
        fork = s.fork()
        assert fork.prepare(100.0, timeout=PATIENCE) == MAX_FORK_STEPS
        s.step(50)
        fork.adopt()
        assert [int(f.pixels[0, 0, 0]) for f in s.step(4)] == [6, 7, 8, 9]
        s.direct(x=100.0, over=0)
        assert [int(f.pixels[0, 0, 0]) for f in s.step(3)] == [110, 111, 112]
        assert s.stats().ahead == 0, "what was made ahead is gone"


def test_what_the_stream_does_after_a_fork_or_before_an_adoption_is_not_in_it(stream: Stream) -> None:
    stream.step(5)
    first, second = stream.fork(), stream.fork()
    first.direct(level=0.7, over=0)
    second.prepare(0.2, timeout=PATIENCE)
    second.direct(level=0.1, over=0)  # what was made ahead is made again
    first.cut(level=0.4, seed=99)
    first.adopt()
    assert level(stream.step(2)[-1]) == pytest.approx(0.4, abs=0.01) and stream.info.seed == 99
    second.adopt()
    frames = stream.step(9)
    assert frames[0].flags & FIRST == FIRST and all(level(f) == pytest.approx(0.1, abs=0.01) for f in frames)
    assert stream._course.values == {"level": 0.1}, "what a restarted daemon is told"


@pytest.mark.parametrize("what", ["cut", "rewind", "restore"])
def test_a_stream_that_goes_elsewhere_shows_nothing_that_was_made_ahead(
    daemon: dreambridge.Daemon, tmp_path: Path, what: str
) -> None:
    with daemon.open(str(counting(tmp_path / "c")), paused=True, threads=1) as s:
        s.step(2)
        s.keep("here")
        saved = s.snapshot()
        fork = s.fork()
        fork.prepare(1.0, timeout=PATIENCE)
        fork.adopt()
        s.step(3)
        {"cut": s.cut, "rewind": lambda: s.rewind(name="here"), "restore": lambda: s.restore(saved)}[what]()
        first = 1 if what == "cut" else 3
        assert [int(f.pixels[0, 0, 0]) for f in s.step(2)] == [first, first + 1]


def test_steps_go_on_while_those_made_ahead_are_shown_at_the_streams_rate(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", paused=True, fps=30, threads=1) as s:
        fork = s.fork()
        fork.direct(level=0.6, over=0)
        fork.prepare(1.0, timeout=PATIENCE)
        fork.adopt()
        s.step(5)
        soon(lambda: s.stats().ahead == 30, PATIENCE)
        s.resume()
        frames = [s.frame(PATIENCE) for _ in range(2)]
        while frames[-1].index < 45:
            frames.append(s.frame(PATIENCE))
        # Never faster than its rate; how much slower depends on the machine.
        first, last = frames[0], frames[-1]
        assert (last.published_ns - first.published_ns) / 1e9 > 0.8 * (last.index - first.index) / 30
        assert all(level(f) == pytest.approx(0.6, abs=0.01) for f in frames)


def test_a_view_stays_attached_and_no_step_over_it_is_made_ahead(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", paused=True, fps=30, threads=1) as s:
        fork = s.fork()
        fork.prepare(0.5, timeout=PATIENCE)
        number = s.view(np.zeros((256, 256, 3), np.uint8))
        s.step(2)
        assert s.fork().prepare(0.5, timeout=PATIENCE) == 0, "its frames would show the view as it was"
        fork.adopt()
        frame = s.step()[0]
        assert frame.view == number and frame.flags & FIRST == FIRST and not frame.pixels[:100, :100, :3].any()


def test_a_cutscene_goes_on_in_the_fork(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    scene.play("room", at=0.2)
    stream.step(2)
    scene.wait("choice")
    left, right = stream.fork(), stream.fork()
    left.choose("left")
    right.choose("right")
    with pytest.raises(DreamError, match="no open choice"):
        left.choose("right")
    assert (left.status, left.shot, right.status, scene.status) == ("playing", "hall", "playing", "choosing")
    assert left.signal("open") is False
    left.prepare(0.05, timeout=PATIENCE)
    stream.step(30)
    adopted = left.adopt()
    assert (adopted.shot, adopted.at, adopted.frame_index) == ("hall", 0, 32)
    frames = stream.step(4)
    assert level(frames[0]) == pytest.approx(0.25, abs=0.01)
    shot = scene.wait("shot", "hall")
    assert shot.frame_index == 32 and shot.time == pytest.approx(32 / 30) and shot.variables == {"went": "left"}
    assert scene.wait("ended").frame_index == 35
    right.adopt()  # a cut of the document, with a seed
    stream.step()
    assert scene.wait("shot", "hall").variables == {"went": ""}


def test_the_time_limit_of_a_fork_runs_out(stream: Stream) -> None:
    """Of a wait, and of a choice, whose default is taken; the stream goes on waiting."""
    scene = stream.cutscene(LIMITS)
    scene.play()
    stream.step(8)
    assert scene.wait("waiting").limit == 5
    late, again = stream.fork(), stream.fork()
    late.run_out()
    assert (late.status, late.shot, scene.status) == ("playing", "late", "waiting")
    with pytest.raises(DreamError, match="no wait or choice with a time limit") as e:
        late.run_out()
    assert e.value.code == "bad_state"
    late.adopt()
    assert level(stream.step(4)[-1]) == pytest.approx(0.9, abs=0.01)
    again.signal("bell")
    again.adopt()
    stream.step(8)
    assert scene.wait("choice").limit == 5
    default, endless = stream.fork(), stream.fork()
    default.run_out()
    endless.choose("other")
    assert (default.shot, endless.shot) == ("late", "endless")
    endless.adopt()
    stream.step(8)
    with stream.fork() as fork, pytest.raises(DreamError, match="no wait or choice with a time limit"):
        fork.run_out()


LIMITS: dict[str, Any] = {
    "format": "1.0", "name": "limits", "bundle": "testcard", "start": "gate",
    "shots": {
        "gate": {"length": 0.2, "next": {"wait": "bell", "then": "hall", "limit": 5, "otherwise": "late"}},
        "hall": {
            "length": 0.2,
            "next": {
                "choice": [{"id": "stay", "then": "late"}, {"id": "other", "then": "endless"}], "limit": 5, "default": "stay",
            },
        },
        "late": {"lanes": {"level": {"keys": [{"at": 0.1, "value": 0.9}]}}, "length": 60},
        "endless": {"length": 0.2, "next": {"wait": "bell", "then": "late"}},
    },
}  # fmt: skip


def test_a_fork_tells_where_its_cutscene_stands(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    scene.play()
    stream.step(20)
    fork = stream.fork()
    scene.signal("open")
    stream.step(30)
    assert scene.wait("choice")
    fork.adopt()
    waiting = scene.wait("waiting")
    assert (waiting.name, waiting.frame_index) == ("open", 50) and waiting.limit == pytest.approx(9 - 5 / 30, abs=0.01)
    before = stream.fork()
    scene.stop()
    stream.step()
    assert scene.wait("ended")
    before.adopt()
    assert scene.wait("waiting").limit == pytest.approx(waiting.limit, abs=0.04)


def ask(s: Stream, kind: type[M.SessionRequest], answer: type[R.Reply] = R.ForkStatus, **fields: Any) -> Any:
    return s._ask_session(answer, kind, **fields)


REFUSED: list[tuple[type[M.SessionRequest], dict[str, Any], str, str]] = [
    *(
        (kind, {"fork": 7} | more, "bad_argument", "no fork 7; it has: 1")
        for kind, more in (
            (M.ForkDirect, {}),
            (M.ForkChoose, {"option": "a"}),
            (M.ForkSignal, {"name": "a"}),
            (M.ForkPrepare, {"steps": 1}),
            (M.Adopt, {}),
            (M.Drop, {}),
        )
    ),
    (M.ForkPrepare, {"fork": 1, "steps": MAX_FORK_STEPS + 1}, "bad_argument", "steps = 241"),
    (M.ForkPrepare, {"fork": 1, "steps": 1, "within": -1.0}, "bad_argument", "within = -1"),
    (M.ForkDirect, {"fork": 1, "values": {"nope": 1}}, "unknown_condition", "nope"),
    (M.ForkDirect, {"fork": 1, "values": {"level": 9.0}}, "bad_value", "level"),
    (M.ForkDirect, {"fork": 1, "over": -1.0}, "bad_argument", "over = -1"),
    (M.ForkDirect, {"fork": 1, "cut": True, "seed": -1}, "bad_argument", "seed = -1"),
    (M.ForkChoose, {"fork": 1, "option": "a"}, "bad_state", "no cutscene"),
    (M.ForkSignal, {"fork": 1, "name": "a"}, "bad_state", "no cutscene"),
    (M.Adopt, {"fork": 0}, "bad_argument", "fork = 0"),
]


@pytest.mark.parametrize(("kind", "fields", "code", "says"), REFUSED)
def test_what_is_refused_says_why_and_changes_nothing(
    stream: Stream, kind: type[M.SessionRequest], fields: dict[str, Any], code: str, says: str
) -> None:
    fork = stream.fork()
    with pytest.raises(DreamError) as e:
        ask(stream, kind, **fields)
    assert e.value.code == code and says in e.value.message and e.value.hint
    fork.prepare(0.1, timeout=PATIENCE)
    assert fork.adopt().steps == 3


def test_too_many_and_those_that_have_ended(daemon: dreambridge.Daemon, stream: Stream) -> None:
    made = [stream.fork() for _ in range(MAX_FORKS)]
    with pytest.raises(DreamError) as e:
        stream.fork()
    assert e.value.code == "bad_state" and "8" in e.value.message and "1, 2, 3" in e.value.hint
    made[0].drop()
    with stream.fork() as last:
        assert last.number == MAX_FORKS + 1, "numbers are not used again"
        assert stream.stats().forks == MAX_FORKS
    assert stream.stats().forks == MAX_FORKS - 1, "dropped at the end of its block"
    with pytest.raises(DreamError, match="no fork 1;"):
        made[0].adopt()
    made[1].adopt()
    with pytest.raises(DreamError, match="no fork 2;"):
        made[1].direct(level=0.1)
    stream.close()
    with pytest.raises(DreamError) as e:
        made[2].prepare()
    assert e.value.code in ("unknown_session", "daemon_gone")


def test_who_waits_for_steps_is_told_when_the_fork_ends(daemon: dreambridge.Daemon) -> None:
    """A stream as fast as possible has no spare time."""
    with daemon.open("testcard", fps=None, threads=1) as s:
        assert s.fork().prepare(1.0, timeout=0.2) == 0
        for how in ("adopt", "drop", "close"):
            fork = s.fork()
            waits = s._channel.send(M.ForkPrepare(session=s.session, fork=fork.number, steps=9, within=600.0))
            s.stats()
            {"adopt": fork.adopt, "drop": fork.drop, "close": s.close}[how]()
            with pytest.raises(DreamError) as e:
                answer = waits.result(PATIENCE)
                raise answer.error() if isinstance(answer, R.ErrorReply) else AssertionError(answer)
            assert e.value.code == "cancelled", how


def test_async_code_can_prepare_several(stream: Stream) -> None:
    async def story() -> list[int]:
        made = [stream.fork() for _ in range(3)]
        return list(await asyncio.gather(*(f.prepared(0.3, timeout=PATIENCE) for f in made)))

    assert asyncio.run(story()) == [9, 9, 9]


def test_forks_do_not_outlive_the_daemon() -> None:
    first, second = serve("forks"), None
    try:
        with dreambridge.connect("forks") as daemon:
            stream = daemon.open("testcard", paused=True, fps=30, threads=1)
            fork = stream.fork()
            first.kill()
            first.communicate()
            soon(lambda: stream.state == "lost")
            second = serve("forks")
            soon(lambda: stream.state == "paused", 60)
            assert stream.fork().number == fork.number, "another daemon counts from 1 again"
            with pytest.raises(DreamError) as e:
                fork.adopt()
            assert e.value.code == "bad_argument" and "ended" in e.value.message
            stream.close()
    finally:
        end(first, second)


@pytest.mark.usefixtures("warm_ovens")
@pytest.mark.parametrize("bundle", ["vista", "testcard"])
def test_a_take_repeats_an_adoption(daemon: dreambridge.Daemon, tmp_path: Path, bundle: str) -> None:
    """In each pixel; the testcard also draws frame index and revision."""
    with daemon.open(bundle, paused=True, fps=24, threads=1, seed=3) as s:
        name, value = ("level", 0.9) if bundle == "testcard" else ("weather", "rain")
        s.step(3)
        with s.record() as recording:
            fork = s.fork()
            fork.direct(over=0.4, **{name: value})
            fork.prepare(0.5, timeout=60)
            s.direct(over=0.1, **{name: None})
            s.step(4)
            fork.adopt()
            s.step(9)
            s.direct(over=0.2, **{name: None})
            s.step(5)
        recording.stop(tmp_path / "a.take.jsonl")
    result = replay(tmp_path / "a.take.jsonl", quiet=True)
    assert result["frames"] == result["compared"] == result["equal"] == 18 and not result["told"]
