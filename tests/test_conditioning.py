"""Conditions and the timeline against values worked out by hand."""

import math

import numpy as np
import pytest
from dreambridge.bundle.manifest import Condition, Resource, SentenceSpec
from dreambridge.conditioning.timeline import Timeline, eased
from dreambridge.conditioning.values import default, encode
from dreambridge.protocol.errors import DreamError

R = Resource(sha256="0", file="x")
SCHEMA = {
    "hour": Condition("number", "h", range=(0, 24), period=24, default=10.0, over=1.0),
    "x": Condition("number", "x", range=(-10, 10), default=2.0, over=0.5, easing="linear"),
    "weather": Condition("choice", "w", options=["clear", "rain", "snow"], default="clear", over=2.0, easing="linear"),
    "wind": Condition("vector", "v", size=3, range=(-1, 1), default=[0.0, 0.5, 1.0], easing="linear"),
    "prompt": Condition("text", "t", size=2, encoder=SentenceSpec("text", R), easing="linear"),
    "pose": Condition("pose", "p", easing="linear"),
    "pair": Condition("pose", "p", figures=2, easing="linear"),
    "flash": Condition("event", "e", decay=0.5),
    "moment": Condition("event", "m", options=["birds", "lamp", "star"], decay=0.5),
}


def at(t: Timeline, name: str, time: float) -> np.ndarray:
    return t.at(time)[name][0].reshape(-1)


def go(t: Timeline, time: float, over: float | None = None, easing: str | None = None, **values: object) -> None:
    words = {"up": np.array([[0, 1]], np.float32), "right": np.array([[1, 0]], np.float32)}
    coded = {n: None if v is None else encode(n, SCHEMA[n], v, lambda _, s: words[s]) for n, v in values.items()}
    t.direct(coded, time, over, easing)


def test_easings() -> None:
    for name in ("linear", "smooth", "in", "out"):
        assert (eased(name, -1), eased(name, 0), eased(name, 1), eased(name, 2)) == (0, 0, 1, 1)
    assert eased("linear", 0.25) == 0.25 and eased("in", 0.5) == 0.25 and eased("out", 0.5) == 0.75
    assert eased("smooth", 0.25) == pytest.approx(0.15625) and eased("smooth", 0.5) == 0.5


def test_number_moves_from_where_it_is() -> None:
    t = Timeline(SCHEMA)
    assert at(t, "x", 0) == [2] and t.at(0)["x"][1] == 0
    go(t, 1.0, 0.0, x=4)
    assert at(t, "x", 1.0) == [4] and t.at(1.0)["x"][1] == 1
    go(t, 2.0, 2.0, x=8)
    assert at(t, "x", 2.0) == [4] and at(t, "x", 3.0) == [6] and at(t, "x", 5.0) == [8]
    go(t, 3.0, 1.0, x=0)  # in mid-transition: from 6, not from 4 or 8
    assert at(t, "x", 3.0) == [6] and at(t, "x", 3.5) == [3] and at(t, "x", 4.0) == [0]


def test_each_condition_has_its_own_time_and_easing() -> None:
    t = Timeline(SCHEMA)
    go(t, 0, 0, x=0, hour=0)
    go(t, 10, x=1, hour=6)
    assert at(t, "x", 10.25)[0] == 0.5 and at(t, "x", 10.5)[0] == 1
    assert at(t, "hour", 10.25)[0] == pytest.approx(6 * 0.15625) and at(t, "hour", 11)[0] == 6
    go(t, 20, 1.0, "in", x=2)
    assert at(t, "x", 20.5)[0] == 1.25


def test_times_of_day_go_the_short_way_round() -> None:
    t = Timeline(SCHEMA)
    go(t, 0, 0, hour=22)
    go(t, 0, 1, "linear", hour=2)
    assert at(t, "hour", 0.25)[0] == pytest.approx(23) and at(t, "hour", 0.75)[0] == pytest.approx(1)
    assert at(t, "hour", 1)[0] == pytest.approx(2)
    go(t, 2, 1, "linear", hour=23)
    assert at(t, "hour", 2.5)[0] == pytest.approx(0.5) and at(t, "hour", 3)[0] == pytest.approx(23)
    go(t, 3, 1, "linear", hour=24)  # the same as 0
    assert at(t, "hour", 4)[0] % 24 == pytest.approx(0)


def test_choices_cross_fade_and_can_be_mixed() -> None:
    t = Timeline(SCHEMA)
    go(t, 0, 0, weather="clear")
    go(t, 0, 2, weather="snow")
    assert at(t, "weather", 0.5) == pytest.approx([0.75, 0, 0.25]) and at(t, "weather", 2) == pytest.approx([0, 0, 1])
    go(t, 1.0, 1, weather="rain")  # from half clear and half snow
    assert at(t, "weather", 1.5) == pytest.approx([0.25, 0.5, 0.25])
    go(t, 3, 0, weather={"clear": 1, "rain": 3})
    assert at(t, "weather", 3) == pytest.approx([0.25, 0.75, 0])


def test_texts_cross_fade_on_the_sphere() -> None:
    t = Timeline(SCHEMA)
    go(t, 0, 0, prompt="up")
    go(t, 0, 1, prompt="right")
    half = math.sqrt(0.5)
    assert at(t, "prompt", 0.5) == pytest.approx([half, half], abs=1e-6) and at(t, "prompt", 1) == pytest.approx([1, 0])


def test_unset_fades_out_and_what_was_absent_appears_where_it_is_directed() -> None:
    t = Timeline(SCHEMA)
    go(t, 0, 1, x=-4)
    assert at(t, "x", 0.5) == [-4] and t.at(0.5)["x"][1] == pytest.approx(0.5), "no slide from the default"
    go(t, 2, 1, x=None)
    assert at(t, "x", 2.5) == [-4] and t.at(2.5)["x"][1] == pytest.approx(0.5) and t.at(3)["x"][1] == 0


def test_poses_joint_by_joint_and_in_two_forms() -> None:
    t = Timeline(SCHEMA)
    a, b = np.zeros((17, 3)), np.ones((17, 3))
    a[0, 2] = 0.5  # one visible joint: the figure is present
    b[:, 0] = np.arange(17) / 16
    go(t, 0, 0, pose=a)
    go(t, 0, 1, pose=b.tolist())
    now = t.at(0.5)["pose"][0]
    assert now.shape == (1, 1, 17, 3) and now[0, 0, 16].tolist() == [0.5, 0.5, 0.5] and now[0, 0, 8, 0] == 0.25
    two = encode("pose", SCHEMA["pose"], b[:, :2])
    assert (two[0, 0, :, 2] == 1).all() and (two[0, 0, :, :2] == b[:, :2].astype(np.float32)).all()
    flat = encode("pose", SCHEMA["pose"], b.astype("<f4").tobytes())
    assert (flat == encode("pose", SCHEMA["pose"], b)).all()


def test_two_figures_each_come_and_go_where_they_are() -> None:
    c = SCHEMA["pair"]
    a, b = np.full((17, 3), 0.2, np.float32), np.full((17, 3), 0.8, np.float32)
    a[:, 2] = b[:, 2] = 1
    one = encode("pair", c, a)
    assert one.shape == (1, 2, 17, 3) and (one[0, 0] == a).all() and (one[0, 1] == 0).all()
    for value in (
        [a, b],
        np.stack([a, b]),
        np.stack([a, b]).tobytes(),
        [a.tobytes(), b.tobytes()],
        np.stack([a, b]).ravel().tolist(),
    ):
        both = encode("pair", c, value)
        assert (both[0, 0] == a).all() and (both[0, 1] == b).all()
    assert (encode("pair", c, a.tobytes()) == one).all() and (encode("pair", c, [a.tobytes()]) == one).all()
    for wrong in ([a, b, a], np.stack([a, b, a]).tobytes(), [a.tobytes()[:8]], [], b""):
        with pytest.raises(DreamError, match="17 joints"):
            encode("pair", c, wrong)
    t = Timeline(SCHEMA)
    go(t, 0, 0, pair=a)
    go(t, 0, 1, pair=[a, b])
    now = t.at(0.5)["pair"][0][0]
    assert (now[0] == a).all() and now[1, :, :2] == pytest.approx(0.8) and now[1, :, 2] == pytest.approx(0.5), (
        "no slide from the corner"
    )
    go(t, 1, 1, pair=[b])
    now = t.at(1.5)["pair"][0][0]
    assert now[0, :, :2] == pytest.approx(0.5) and now[1, :, :2] == pytest.approx(0.8) and now[1, :, 2] == pytest.approx(0.5)
    assert (t.at(2)["pair"][0][0, 1, :, 2] == 0).all()


def test_events_strike_and_fade() -> None:
    t = Timeline(SCHEMA)
    assert at(t, "flash", 5) == [0]
    go(t, 1.0, flash=0.8)
    assert at(t, "flash", 1.0)[0] == pytest.approx(0.8) and at(t, "flash", 1.5)[0] == pytest.approx(0.8 / math.e)
    go(t, 2.0, flash=1.0)
    assert at(t, "flash", 2.0)[0] == pytest.approx(1)


def test_named_events_are_apart_and_begin_anew_when_triggered_again() -> None:
    t = Timeline(SCHEMA)
    e = math.e
    assert at(t, "moment", 5).tolist() == [0, 0, 0] and t.at(5)["moment"][1] == 0
    go(t, 1.0, moment="birds")
    go(t, 1.5, moment={"star": 0.5})
    assert at(t, "moment", 1.5) == pytest.approx([1 / e, 0, 0.5]) and at(t, "moment", 2.0) == pytest.approx(
        [1 / e**2, 0, 0.5 / e]
    )
    go(t, 2.0, moment=["birds", "lamp"])
    assert at(t, "moment", 2.0) == pytest.approx([1, 1, 0.5 / e]) and at(t, "moment", 2.5) == pytest.approx(
        [1 / e, 1 / e, 0.5 / e**2]
    )
    go(t, 2.5, moment={"lamp": 0})  # a strength of 0 ends one
    assert at(t, "moment", 2.5) == pytest.approx([1 / e, 0, 0.5 / e**2])
    assert at(t, "moment", 60).tolist() == [0, 0, 0] and t.at(60)["moment"] is t.at(61)["moment"], "what is over costs nothing"
    go(t, 70, moment="lamp", flash=1)
    t.calm()
    assert at(t, "moment", 70).tolist() == [0, 0, 0] and at(t, "flash", 70) == [0] and t.at(70)["moment"][1] == 0
    go(t, 80, moment="lamp")
    go(t, 80, moment=None)
    assert at(t, "moment", 80).tolist() == [0, 0, 0] and t.at(80)["moment"][1] == 0


def test_vectors_and_defaults() -> None:
    assert default(SCHEMA["wind"]).tolist() == [[0, 0.5, 1]] and default(SCHEMA["weather"]).tolist() == [[1, 0, 0]]
    t = Timeline(SCHEMA)
    go(t, 0, 0, wind=[0, 0, 0])
    go(t, 0, 1, wind=(1, -1, 0.5))
    assert at(t, "wind", 0.5) == pytest.approx([0.5, -0.5, 0.25])


def test_dump_and_load_in_mid_transition() -> None:
    a, b = Timeline(SCHEMA), Timeline(SCHEMA)
    go(a, 0, 0, hour=3, weather="rain")
    go(a, 1, 2, hour=5, weather="snow", x=3, moment="birds")
    b.load(a.dump())
    for time in (1.0, 1.7, 3.5):
        for name, (value, present) in a.at(time).items():
            assert (b.at(time)[name][0] == value).all() and b.at(time)[name][1] == present
    with pytest.raises((KeyError, ValueError, TypeError)):
        b.load({"x": [b"abc"]})
    assert at(b, "x", 9) == [3]


def test_sentences_near_in_meaning_are_near() -> None:
    from dreambridge.bundle.find import open_bundle
    from dreambridge.engine.sentence_encoders import SentenceEncoders

    bundle = open_bundle("vista")
    e = SentenceEncoders()
    c = bundle.manifest.conditions["prompt"]
    night, dark, desert = (
        e.encode(bundle, c, s) for s in ("a storm at night", "thunder in the dark hours", "a sunny desert at noon")
    )
    assert np.linalg.norm(night) == pytest.approx(1, abs=1e-5) and night @ dark > night @ desert + 0.1
    assert (e.encode(bundle, c, " a storm at night ") == night).all()
    assert e.encode(bundle, c, "word " * 390).shape == (c.size,) == (1152,)
