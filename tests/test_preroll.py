"""Pre-roll: what a cutscene shows when a wait or choice ends is the same, and it is there at once."""

from collections.abc import Iterator
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import PATIENCE, soon
from dreambridge.client.cutscene import Cutscene
from dreambridge.client.stream import Stream
from dreambridge.commands.replay import replay
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L
from dreambridge.ring.reader import Frame
from level_cutscenes import document, ramp
from test_cutscene_stream import level

FIRST = L.FLAG_CUT | L.FLAG_ADOPTED
CHOICE: dict[str, Any] = {
    "choice": [
        {"id": "up", "then": "up"},
        {"id": "down", "set": {"went": "down"}, "then": {"shot": "down", "transition": {"seconds": 0.4}}},
        {"id": "cut", "then": {"shot": "down", "cut": True, "seed": 5}},
        {"id": "over", "then": {"end": True}},
    ]
}
STORY: dict[str, Any] = document(
    start=ramp((0, 0), (0.2, 0.5), next=CHOICE),
    up=ramp((0.5, 1), length=0.6, next={"wait": "bell", "limit": 0.5, "then": "down", "otherwise": "start"}),
    down=ramp((0, 0.9), (0.5, 0.1), length=0.6, next={"shot": "up", "cut": True, "seed": 9}),
) | {"variables": {"went": {"type": "text"}}}


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1)
    yield s
    s.close()


def ready(s: Stream, steps: int) -> None:
    soon(lambda: s.stats().ahead >= steps, PATIENCE)


def at_choice(s: Stream, preroll: float = 0.5, story: dict[str, Any] = STORY) -> Cutscene:
    scene = s.cutscene(story)
    scene.play(preroll=preroll)
    s.step(9)
    scene.wait("choice")
    return scene


@pytest.mark.parametrize("option", ["up", "down", "cut"])
@pytest.mark.parametrize("thinking", [0, 11])
def test_each_way_shows_the_same_conditions_at_each_stream_time(daemon: dreambridge.Daemon, option: str, thinking: int) -> None:
    """In the pixels, and in what the daemon tells of the tensors."""
    shown: list[dict[float, tuple[float, Any]]] = []
    for preroll in (0.0, 0.5):
        with daemon.open("testcard", paused=True, fps=30, threads=1, seed=3) as s:
            scene = at_choice(s, preroll)
            if preroll:
                ready(s, 45)
            s.step(thinking)
            scene.choose(option)
            frames, seen = [], {}
            for k in range(50):
                if k == 19:
                    scene.signal("bell")
                frame, values = s.step_telling(("level",))
                frames.append(frame)
                seen[round(frame.time, 6)] = level(frame), values["level"]
            assert bool(frames[0].flags & L.FLAG_ADOPTED) is (preroll > 0)
            assert bool(frames[0].flags & L.FLAG_CUT) is (preroll > 0 or option == "cut")
            assert sum(f.flags & L.FLAG_ADOPTED > 0 for f in frames[1:12]) == 0
            shown.append(seen)
    assert shown[0].keys() == shown[1].keys()
    for time, (seen_level, (tensor, present)) in shown[0].items():
        other_level, (other, other_present) = shown[1][time]
        assert seen_level == pytest.approx(other_level, abs=1 / 255) and present == pytest.approx(other_present, abs=1e-6), time
        np.testing.assert_allclose(tensor, other, atol=1e-6)


def test_the_steps_made_ahead_are_shown(stream: Stream) -> None:
    """The testcard draws the frame index of the model, which tells when a frame was made."""
    scene = at_choice(stream)
    ready(stream, 45)
    stream.step(20)
    scene.choose("up")
    first = stream.step()[0]
    assert first.flags & FIRST == FIRST and drawn(first) == 7, "it was made where the picture held still"
    assert [drawn(f) for f in stream.step(20)] == list(range(8, 28)), "and so was all that follows"
    stream.direct(level=0.3, over=0)
    f = stream.step()[0]
    assert level(f) == pytest.approx(0.3, abs=0.01) and not f.flags & FIRST


def drawn(f: Frame) -> int:
    from dreambridge.commands.testcard import CELL, INDEX_ROW

    bits = f.pixels[INDEX_ROW + CELL // 2, CELL // 2 :: CELL, 0] > 127
    return sum(int(b) << k for k, b in enumerate(bits))


def test_without_it_nothing_is_made_ahead(stream: Stream) -> None:
    scene = at_choice(stream, preroll=0.0)
    stream.step(5)
    assert stream.stats().ahead == 0
    scene.choose("up")
    assert not stream.step()[0].flags & FIRST


def test_a_limit_that_runs_out_is_one_of_the_ways(stream: Stream) -> None:
    """A limit ends on a frame, or between two: then what was made ahead does not fit, and the cutscene goes on as without it."""
    for limit, fits in ((0.5, True), (0.51, False)):
        wait = {"wait": "bell", "limit": limit, "then": "b", "otherwise": "c"}
        story = document(a=ramp((0, 0.5), length=0.2, next=wait), b=ramp((0, 0.1), length=1), c=ramp((0.4, 0.8), length=1))
        scene = stream.cutscene(story)
        scene.play(preroll=0.3)
        stream.step(8)
        scene.wait("waiting")
        ready(stream, 18)
        frames = stream.step(25)
        flags = [bool(f.flags & L.FLAG_ADOPTED) for f in frames]
        assert sum(flags) == fits and scene.wait("shot", "c").variables == {}
        assert level(frames[-1]) == pytest.approx(0.8, abs=0.01) or level(frames[-1]) > 0.6


def test_what_the_game_directs_meanwhile_holds(stream: Stream) -> None:
    """The condition is the game's then; the branches are made again with it."""
    scene = at_choice(stream)
    ready(stream, 45)
    stream.direct(level=0.33, over=0)
    stream.step(3)
    ready(stream, 45)
    scene.choose("up")
    frames = stream.step(10)
    assert frames[0].flags & FIRST == FIRST
    assert all(level(f) == pytest.approx(0.33, abs=0.01) for f in frames), "it wins over the lane"


def test_a_picture_that_moves_is_not_made_ahead(stream: Stream) -> None:
    story = document(
        a=ramp((0, 0.5), length=0.2, next={**CHOICE, "meanwhile": {"drift": {"level": 0.2}, "seconds": 2}}),
        up=ramp((0.5, 1), length=0.6),
        down=ramp((0, 0.9), (0.5, 0.1), length=0.6),
    ) | {"variables": {"went": {"type": "text"}}}
    scene = at_choice(stream, story=story)
    stream.step(10)
    assert stream.stats().ahead == 0
    scene.choose("up")
    assert not stream.step()[0].flags & FIRST


@pytest.mark.parametrize("what", ["seek", "play", "stop", "replace", "rewind", "load", "skip"])
def test_a_cutscene_that_goes_elsewhere_shows_no_branch(stream: Stream, what: str) -> None:
    stream.step(3)
    stream.keep("before")
    scene = at_choice(stream)
    ready(stream, 45)
    other = {**STORY, "shots": {**STORY["shots"], "start": ramp((0, 0.5), length=0.2)}}
    {
        "seek": lambda: scene.seek("down", at=0.1),
        "play": lambda: scene.play("down", at=0.1),
        "stop": scene.stop,
        "replace": lambda: scene.replace(other),
        "rewind": lambda: stream.rewind(name="before"),
        "load": lambda: stream.cutscene(STORY),
        "skip": scene.skip,
    }[what]()
    frames = stream.step(3)
    assert not any(f.flags & FIRST for f in frames)
    if what in ("seek", "play"):
        assert level(frames[0]) == pytest.approx(0.9 - 0.1 / 0.5 * 0.8, abs=0.01)


@pytest.mark.usefixtures("warm_ovens")
def test_a_take_of_it_has_the_same_pixels(daemon: dreambridge.Daemon, tmp_path: Any) -> None:
    story = document(
        a={"lanes": {"weather": {"keys": [{"at": 0, "value": "clear"}]}}, "length": 0.2, "next": {"wait": "go", "then": "b"}},
        b={"lanes": {"weather": {"keys": [{"at": 0.4, "value": "rain"}]}}, "length": 1},
    )
    with daemon.open("vista", paused=True, fps=24, threads=1, seed=3) as s:
        s.step(2)
        with s.record() as recording:
            scene = s.cutscene(story)
            scene.play(preroll=0.5)
            s.step(8)
            scene.wait("waiting", timeout=PATIENCE)
            ready(s, 12)
            scene.signal("go")
            assert s.step()[0].flags & FIRST == FIRST
            s.step(15)
        recording.stop(tmp_path / "a.take.jsonl")
    result = replay(tmp_path / "a.take.jsonl", quiet=True)
    assert result["frames"] == result["compared"] == result["equal"] == 24


def test_how_much(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    for preroll in (-0.1, 10.5, float("nan")):
        with pytest.raises(DreamError) as e:
            scene.play(preroll=preroll)
        assert e.value.code == "bad_argument" and "preroll" in e.value.message
