"""What the lanes of a cutscene leave, and what goes on when the daemon was restarted."""

from collections.abc import Iterator

import dreambridge
import numpy as np
import pytest
from conftest import end, serve, soon
from dreambridge.client.stream import Stream
from dreambridge.conditioning.timeline import Timeline
from dreambridge.conditioning.values import encode
from level_cutscenes import document as levels
from level_cutscenes import ramp
from test_cutscene import FPS, SCHEMA, document, lane, player, sentence
from test_cutscene_stream import level


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1)
    yield s
    s.close()


def test_what_the_lanes_leave_can_be_directed_again() -> None:
    d = document(
        a={
            "lanes": {
                "time_of_day": lane((0, 23), (2, 1, {"easing": "linear"})),  # past midnight
                "prompt": lane((0, "[mira] waits")),
                "weather": lane((0, "rain"), (1, "storm", {"easing": "hold"})),
                "style": lane((0, "ink"), (1, None, {"easing": "hold"})),
                "event": lane((0.5, "lightning")),
                "energy": lane((0, 0.3)),
            },
            "length": 2,
            "next": "b",
        },
        b={"length": 1},
    ) | {"characters": {"mira": {"phrase": "a girl"}}}
    for until, weather, style in ((0.5, "rain", "ink"), (2.0, "storm", None)):
        p, timeline = player(d)
        p.play(0.0, timeline)
        p.hold({"energy"})
        for k in range(round(until * FPS) + (until < 2)):
            p.advance(k / FPS, timeline)
        if until < 2:
            p.stop(until, timeline)
        (last,) = p.advance(until, timeline)
        left = dict(last.left)
        assert left.pop("time_of_day") == pytest.approx((23 + until) % 24, abs=1e-5)
        assert left == {"prompt": "a girl waits", "weather": weather, "style": style}, left
        assert timeline.directed == last.left
        again = Timeline(SCHEMA)
        again.direct({n: None if v is None else encode(n, SCHEMA[n], v, sentence) for n, v in last.left.items()}, 0.0, over=0)
        for name in last.left:
            (now, present), (before, was) = again.at(0.0)[name], timeline.at(until)[name]
            assert present == was and (present == 0 or np.allclose(now, before, atol=1e-5)), name


def test_what_the_lanes_leave_is_an_effective_condition(stream: Stream) -> None:
    """A stream that is opened again begins with them, so the picture stays when the daemon restarts."""
    scene = stream.cutscene(levels(a=ramp((0, 0.2), (1, 0.8))))
    stream.direct(level=0.1)
    scene.play()
    stream.step(15)
    assert stream.values == {"level": 0.1}, "the lane moves it still"
    stopped = scene.stop()
    assert stopped.status == "ended"
    stream.step()
    told = scene.wait("ended").values
    assert told == stream.values and told["level"] == pytest.approx(0.5, abs=0.03)
    scene.play()
    stream.step(15)
    stream.direct(level=0.4)
    stream.step(30)
    assert scene.wait("ended").values == {} and stream.values == {"level": 0.4}, "it is the game's"
    stream.keep("here")
    scene.play()
    stream.step(40)
    assert stream.values == {"level": 0.8}
    assert stream.rewind(name="here").values == {"level": 0.4} == stream.values


def test_it_goes_on_at_the_same_place_when_the_daemon_is_back() -> None:
    first, second = serve("scene"), None
    try:
        with dreambridge.connect("scene") as daemon:
            stream = daemon.open("testcard", fps=30, threads=1)
            scene = stream.cutscene(levels(a=ramp((0, 0), (60, 1))) | {"variables": {"n": {"type": "number"}}})
            scene.play(n=3)
            rest = daemon.open("testcard", fps=30, threads=1)  # its shot has no lane: the picture is what the shot before left
            shots = {"a": ramp((0, 0), (0.1, 0.9), next="b"), "b": {"length": 60, "set": {"n": 1}}}
            still = rest.cutscene(levels(**shots) | {"variables": {"n": {"type": "number"}}})
            still.play()
            still.wait("shot", "b", timeout=60)
            still.set(n=5)
            epoch = rest.info.epoch
            soon(lambda: level(rest.frame(timeout=10)) > 0.89)
            soon(lambda: 0.01 < level(stream.frame(timeout=10)) < 0.4, 60)  # not the default, 0.5
            before = level(stream.frame(timeout=10))
            first.kill()
            first.communicate()
            soon(lambda: stream.state == "lost")
            second = serve("scene")
            soon(lambda: scene.status == "playing" and stream.state in ("playing", "slowed") and scene._began < 0, 60)
            now = level(stream.frame(timeout=10))
            assert before - 0.001 <= now < before + 0.25, (before, now)
            soon(lambda: scene.variables == {"n": 3})
            soon(lambda: rest.info.epoch != epoch and rest.state in ("playing", "slowed"), 60)
            assert level(rest.frame(timeout=10)) == pytest.approx(0.9, abs=0.01) and rest.values == {"level": 0.9}
            assert still.variables == {"n": 5} and still.shot == "b"
            stream.close()
            rest.close()
    finally:
        end(first, second)
