"""Rewinding a stream: where it lands, that it makes the same frames again, what is restored, and the limits of the shelf."""

from collections.abc import Iterator
from typing import Any

import dreambridge
import pytest
from conftest import PATIENCE, soon
from dreambridge.bundle.find import find_bundles
from dreambridge.client.stream import Stream
from dreambridge.engine import shelf
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_NAMED_PLACES
from dreambridge.protocol.replies import Kept, Rewound, Stepped
from dreambridge.protocol.requests import Rewind
from dreambridge.ring import layout as L
from test_cutscene_stream import STORY, document, level, ramp
from test_watchdog import session


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1)
    yield s
    s.close()


def frames(s: Stream, count: int) -> dict[int, bytes]:
    return {f.index: f.pixels.tobytes() for f in s.step(count)}


def test_the_same_frames_again_and_without_what_was_directed_since(daemon: dreambridge.Daemon) -> None:
    with daemon.open("vista", paused=True, fps=20, threads=1, seed=4) as s:
        s.direct(time_of_day=19.0, weather="rain", over=2.0)  # a transition that is under way at the place
        before = frames(s, 45)
        newest = s.direct(weather="snow", over=0.0)
        last = s.step(10)[-1]
        landed = s.rewind(1.5)
        assert (landed.frame_index, landed.time) == (20, 1.0), "the last whole second that is 1.5 s before 2.75"
        assert landed.places == 2 and 0 < landed.total_bytes < 2**20
        again = s.step(35)
        assert {f.index: f.pixels.tobytes() for f in again[:25]} == {i: before[i] for i in range(20, 45)}
        assert again[-1].index == last.index and (again[-1].pixels != last.pixels).any(), "the snow is forgotten"
        assert [f.flags & L.FLAG_RESTORED for f in again[:3]] == [L.FLAG_RESTORED, 0, 0]
        assert again[0].publication == last.publication + 1 and again[0].revision == newest
        assert s.rewind(600).frame_index == 0 and frames(s, 1)[0] == before[0]


def test_the_client_knows_the_conditions_of_the_place(stream: Stream) -> None:
    """They are what it opens the stream with when the daemon has come back."""
    stream.direct(level=0.1)
    stream.step(60)
    stream.direct(level=0.2)
    stream.keep("late")
    stream.step(60)
    stream.direct(level=None)
    assert stream.values == {"level": None}
    assert stream.rewind(1).time > 2 and stream.values == {"level": 0.2}
    assert stream.rewind(600).time == 0 and stream.values == {"level": 0.1}
    stream.rewind(name="late")
    assert stream.values == {"level": 0.2}


def test_a_stream_that_plays_goes_on_from_there(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", fps=60, threads=1) as s:
        soon(lambda: s.stats().stream_time > 2.5)
        landed = s.rewind(1)
        soon(lambda: (f := s.poll()) is not None and f.index >= landed.frame_index + 5)
        assert s.state == "playing"


def test_what_came_after_is_forgotten_but_for_its_names(stream: Stream) -> None:
    stream.step(100)
    kept = stream.keep("late")
    assert (kept.name, kept.frame_index) == ("late", 100) and kept.time == pytest.approx(100 / 30) and kept.bytes > 0
    assert kept.places == 5 and kept.total_bytes >= kept.bytes
    stream.direct(level=0.3, over=0)
    assert stream.rewind(2).frame_index == 30
    stream.step(40)  # to 70, on another way: places at 30 and 60
    assert stream.rewind(0.5).frame_index == 30, "nothing of the old second 2 is left"
    stream.step(40)
    assert stream.rewind(name="late").frame_index == 100 and level(stream.step()[0]) == pytest.approx(0.5, abs=0.01)
    assert stream.rewind(1).frame_index == 30, "the places on the other way do not lead here"
    assert stream.rewind(name="late").frame_index == 100


def test_names(stream: Stream) -> None:
    for k in range(MAX_NAMED_PLACES):
        stream.step()
        stream.keep(f"place {k}")
    with pytest.raises(DreamError) as e:
        stream.keep("one more")
    assert e.value.code == "bad_state" and "16" in e.value.message and "'place 3'" in e.value.hint
    assert stream.keep("place 0").frame_index == 16 == stream.rewind(name="place 0").frame_index
    with pytest.raises(DreamError) as e:
        stream.keep("")
    assert e.value.code == "bad_argument"


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ({}, "bad_argument", "no place"),
        ({"seconds": 1, "name": "x"}, "bad_argument", "seconds and name"),
        ({"seconds": -1}, "bad_argument", "-1"),
        ({"seconds": 601}, "bad_argument", "601"),
        ({"name": "x" * 70}, "bad_argument", "'xxx"),
        ({"mark": "door"}, "bad_argument", "'door'"),
        ({"shot": "door", "seconds": 1}, "bad_argument", "seconds and shot"),
        ({"seconds": float("nan")}, "bad_argument", "nan"),
    ],
)
def test_places_that_are_none(stream: Stream, fields: dict[str, Any], code: str, says: str) -> None:
    before = stream.step(3)[-1]
    with pytest.raises(DreamError) as e:
        stream.rewind(**fields)
    assert e.value.code == code and says in e.value.message and e.value.hint
    assert stream.step()[0].index == before.index + 1, "nothing has changed"


def test_without_a_shelf_only_names(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", paused=True, threads=1, shelf=0) as s:
        s.step(40)
        kept = s.keep("here")
        assert kept.places == 1
        s.step(40)
        with pytest.raises(DreamError) as e:
            s.rewind(1)
        assert e.value.code == "bad_state" and "shelf" in e.value.hint
        assert s.rewind(name="here").frame_index == 40


def test_a_restored_stream_starts_a_new_shelf(stream: Stream) -> None:
    stream.step(10)
    data = stream.snapshot()
    stream.step(60)
    stream.restore(data)
    assert stream.step()[0].flags & L.FLAG_RESTORED
    assert stream.rewind(600).frame_index == 10, "places of before do not lead here"


def test_a_cutscene_goes_back_too(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    stream.step(5)
    begun = scene.play()
    stream.step(20)
    scene.wait("waiting")
    assert scene.signal("open")
    stream.step(8)
    scene.wait("choice")
    scene.choose("left")
    stream.step(8)
    scene.wait("ended")
    landed = stream.rewind(shot="room")
    assert landed.shot == "room" and landed.at == 0 and scene.wait("shot", "room").variables == {"went": ""}
    stream.step(8)
    assert scene.wait("choice").frame_index == landed.frame_index + 6
    scene.choose("right")  # and another way than before
    cut = stream.step()[0]
    assert cut.flags & L.FLAG_CUT and not cut.flags & L.FLAG_RESTORED
    landed = stream.rewind(mark="middle", shot="door")
    assert landed.frame_index == begun.frame_index + 8 and landed.at == pytest.approx(0.25, abs=0.02)
    assert level(stream.step()[0]) == pytest.approx(8 / 30 / 0.5, abs=0.01)
    assert scene.status == "playing" and scene.shot == "door"
    stream.step(10)
    waiting = scene.wait("waiting")
    stream.step(60)
    stream.rewind(1)
    again = scene.wait("waiting")
    assert again.limit is not None and waiting.limit == 9 and again.limit < 9, "what is left of the wait"
    stream.rewind(600)
    assert stream.step()[0].index == 0 and scene.wait("ended").happened == "ended", "it did not play then"
    scene.play()


def test_a_document_that_was_replaced_stays(stream: Stream) -> None:
    scene = stream.cutscene(document(only=ramp((0, 0), (2, 1), marks={"half": 1.0})))
    scene.play()
    stream.step(45)
    scene.replace(document(only=ramp((0, 0), (2, 0.5), marks={"half": 1.0})))
    stream.rewind(mark="half")
    assert level(stream.step()[0]) == pytest.approx(0.25, abs=0.01)


def test_a_snapshot_of_a_cutscene_that_was_not_played_yet(stream: Stream) -> None:
    scene = stream.cutscene(STORY)
    stream.step()
    stream.restore(stream.snapshot())
    assert scene.play().status == "playing"


def test_how_far_it_reaches_and_what_it_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = find_bundles()["testcard"]
    with session(folder, paused=True) as (s, said):
        soon(lambda: said, PATIENCE)
        assert s.shelf.seconds == 60
    monkeypatch.setattr(shelf, "SHELF_STATE", -1)
    with session(folder, paused=True) as (s, said):
        soon(lambda: said, PATIENCE)
        assert s.shelf.seconds == 0, "its state is large: only who asks for it pays"
    with session(folder, paused=True, shelf=3.0, fps=10.0) as (s, said):
        soon(lambda: said, PATIENCE)
        s.step(100, said.append)
        soon(lambda: isinstance(said[-1], Stepped), PATIENCE)
        assert [e.place.index for e in s.shelf._entries] == [60, 70, 80, 90]
        one = s.shelf._entries[0].place.bytes
        monkeypatch.setattr(shelf, "MAX_SHELF_BYTES", int(2.5 * one))
        s.step(30, said.append)
        soon(lambda: isinstance(said[-1], Stepped) and s.index == 130, PATIENCE)
        assert [e.place.index for e in s.shelf._entries] == [110, 120] and s.shelf.bytes == 2 * one
        s.shelf.keep("a", said.append)
        soon(lambda: isinstance(said[-1], Kept), PATIENCE)
        assert s.shelf.bytes <= 2.5 * one and len(s.shelf._entries) == 1
        s.shelf.keep("b", said.append)
        s.shelf.keep("c", said.append)
        soon(lambda: isinstance(said[-1], DreamError), PATIENCE)
        assert said[-1].code == "too_large" and str(2 * one) in said[-1].message
        s.shelf.rewind(Rewind(session=1, name="b"), said.append)
        soon(lambda: isinstance(said[-1], Rewound), PATIENCE)
        assert s.index == 130
