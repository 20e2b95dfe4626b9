"""The wider condition kinds through the real daemon: a bundle that shows its conditions as pixels."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import probe_bundle
import pytest
from conftest import serve
from dreambridge.protocol.errors import DreamError
from numpy.typing import NDArray


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    probe_bundle.build(folder / "probe")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_BUNDLES", str(folder))
        yield folder


@pytest.fixture(scope="module")
def own(bundles: Path) -> Iterator[dreambridge.Daemon]:
    with dreambridge.start() as d:
        yield d


@pytest.fixture()
def stream(own: dreambridge.Daemon) -> Iterator[dreambridge.Stream]:
    s = own.open("probe", seed=7, threads=1, paused=True)
    yield s
    s.close()


def step(s: dreambridge.Stream, name: str, count: int = 1) -> NDArray[np.float32]:
    """The tensor ``name`` that the last of ``count`` steps ran with."""
    return probe_bundle.seen(s.step(count)[-1].pixels, name)


def refused(s: dreambridge.Stream, **values: Any) -> DreamError:
    """The error of a direction that must change nothing."""
    before = s.stats()["revision"]
    with pytest.raises(DreamError) as e:
        s.direct(**values)
    s.step()
    assert s.stats()["revision"] == before and e.value.hint and len(str(e.value)) < 600
    return e.value


def test_named_events_strike_and_fade_each_by_itself(stream: dreambridge.Stream) -> None:
    assert step(stream, "cond.event").tolist() == [[0, 0, 0, 0]]
    stream.direct(event="lamp", over=30.0)  # a transition does not slow an event
    assert step(stream, "cond.event").tolist() == [[0, 0, 0, 1]]
    stream.direct(event={"lightning": 0.6})
    later = step(stream, "cond.event")[0]
    assert later == pytest.approx([0.6, 0, 0, math.exp(-1 / 20 / 0.5)], abs=0.005)
    assert step(stream, "present.event") == 1
    stream.cut()
    assert step(stream, "cond.event").tolist() == [[0, 0, 0, 0]] and step(stream, "present.event") == 0
    stream.cut(event=["birds", "falling_star"])
    assert step(stream, "cond.event").tolist() == [[0, 1, 1, 0]], "what comes with a cut happens after it"


@pytest.mark.parametrize(
    ("value", "says"),
    [("lightnin", "'lightning'"), (["birds", "bird"], "'bird'"), ({"birds": 1.5}, "1.5"), ({"birds": math.nan}, "finite"), ([], "no event"),
     (3, "int"), ([["birds"]], "birds"), ({"birds": "loud"}, "'loud'")],
)  # fmt: skip
def test_events_that_are_none(stream: dreambridge.Stream, value: Any, says: str) -> None:
    e = refused(stream, event=value)
    assert e.code == "bad_value" and says in str(e) and "event" in e.hint, e


def test_an_event_is_not_played_again_when_the_daemon_is_back(bundles: Path) -> None:
    """What lasts is directed again, what happened is not."""
    import time

    first = serve("eventful")
    second = None
    try:
        with dreambridge.connect("eventful") as d:
            s = d.open("probe", threads=1, values={"event": "birds"})
            assert probe_bundle.seen(s.frame(5.0).pixels, "present.event") == 1
            s.direct(event={"lightning": 0.9})
            epoch = s.opened["epoch"]
            first.kill()
            first.wait()
            second = serve("eventful")
            until = time.monotonic() + 20
            while s.opened["epoch"] == epoch or s.state != "playing":
                assert time.monotonic() < until, s.state
                time.sleep(0.02)
            f = s.frame(5.0)
            assert f.index < 60 and probe_bundle.seen(f.pixels, "present.event") == 0
            assert probe_bundle.seen(f.pixels, "cond.event").max() == 0
    finally:
        for p in (first, second):
            if p:
                p.terminate()
                p.communicate(timeout=10)
