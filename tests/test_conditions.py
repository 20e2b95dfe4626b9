"""The wider condition kinds through the real daemon: a bundle that shows its conditions as pixels."""

import io
import json
import math
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import probe_bundle
import pytest
from conftest import PATIENCE, serve
from dreambridge.bundle.load import load_bundle
from dreambridge.conditioning import audio
from dreambridge.conditioning.timeline import Timeline
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.runner import StreamRunner
from encoder_runs import counted
from numpy.typing import NDArray
from PIL import Image


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
    before = s.direct()
    with pytest.raises(DreamError) as e:
        s.direct(**values)
    assert s.direct() == before + 1 and e.value.hint and len(str(e.value)) < 600
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
    [
        ("lightnin", "'lightning'"),
        (["birds", "bird"], "'bird'"),
        ({"birds": 1.5}, "1.5"),
        ({"birds": math.nan}, "finite"),
        ([], "no event"),
        (3, "got a number"),
        ([["birds"]], "birds"),
        ({"birds": "loud"}, "'loud'"),
    ],
)
def test_events_that_are_none(stream: dreambridge.Stream, value: Any, says: str) -> None:
    e = refused(stream, event=value)
    assert e.code == "bad_value" and says in str(e) and "event" in e.hint, e


def world(s: dreambridge.Stream) -> int:
    return round(float(step(s, "state.world")[0, 0]) * 255)


def test_a_discrete_number_is_there_at_once_and_its_encoder_knows_whether_it_is_set(stream: dreambridge.Stream) -> None:
    assert world(stream) == 7, "the session's seed"
    stream.direct(seed_world=0)
    assert world(stream) == 0, "0 is a world like any other, and is not 'unset'"
    stream.direct(seed_world=500_000, over=10.0)
    assert world(stream) == 500_000 % 251
    stream.direct(seed_world=12.0)
    saved = stream.snapshot()
    assert world(stream) == 12
    stream.direct(seed_world=None, over=10.0)
    assert world(stream) == 7
    stream.cut(seed=99)
    assert world(stream) == 99
    stream.restore(saved)
    assert world(stream) == 12
    stream.direct(seed_world=None)
    assert world(stream) == 7, "a snapshot brings its own seed"


@pytest.mark.parametrize(
    ("value", "says"),
    [(1.5, "whole"), (-1, "range"), (1_000_001, "range"), (math.nan, "finite"), ("7", "a text"), (True, "bool")],
)
def test_discrete_numbers_that_are_none(stream: dreambridge.Stream, value: Any, says: str) -> None:
    e = refused(stream, seed_world=value)
    assert e.code == "bad_value" and says in e.message and "whole number from 0 to 1000000" in e.hint


def test_encoders_run_when_an_input_changed_and_not_else(bundles: Path) -> None:
    runner = StreamRunner(load_bundle(bundles / "probe"), "cpu", 1, 5)
    ran = counted(runner)
    timeline = Timeline(runner.bundle.manifest.directed)
    frame = np.zeros(runner.frame_shape, np.uint8)

    def steps(count: int = 3) -> list[str]:
        ran.clear()
        for _ in range(count):
            steps.n += 1  # type: ignore[attr-defined]
            now = steps.n / 20  # type: ignore[attr-defined]
            runner.step(frame.ctypes.data, steps.n, steps.n, now, 1 / 20, 0, timeline.at(now))  # type: ignore[attr-defined]
        return list(ran)

    def direct(**values: float | None) -> None:
        coded = {n: None if v is None else np.full((1, 1), v, np.float32) for n, v in values.items()}
        timeline.direct(coded, (steps.n + 1) / 20)  # type: ignore[attr-defined]

    steps.n = 0  # type: ignore[attr-defined]
    assert "world" not in steps(), "it ran at open; nothing changed since"
    direct(seed_world=0)  # the value that it has unset too: only the presence changes
    assert steps().count("world") == 1
    direct(seed_world=4)
    assert steps().count("world") == 1
    direct(seed_world=4)
    assert steps().count("world") == 0
    direct(seed_world=None)
    assert steps().count("world") == 1


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("encoders", 0, "inputs", "number"), {"condition": "seed_word"}, "'number'"),
        (("encoders", 0, "inputs", "given"), {"present": "nobody"}, "'given'"),
        (("encoders", 0, "inputs", "given"), {"present": "seed_world", "seed": True}, "needs one of"),
        (("encoders", 0, "inputs", "given"), {}, "needs one of"),
        (("encoders", 0, "inputs", "number"), {"condition": "event"}, "[1, 4]"),
        (("encoders", 0, "inputs", "more"), {"seed": True}, "'more'"),
        (("encoders", 0, "outputs", "world"), {"state": "nowhere"}, "'nowhere'"),
        (("encoders", 0, "outputs", "world"), {"condition": "event"}, "[1, 4]"),
        (("encoders", 0, "outputs"), {"land": {"state": "world"}}, "'land'"),
        (("conditions", "seed_world", "range"), [0, 2**25], "16777216"),
        (("conditions", "seed_world", "range"), None, "discrete"),
        (("conditions", "event", "options"), ["birds", "birds"], "birds"),
        (("conditions", "event", "decay"), 0, "decay"),
    ],
)
def test_bundles_that_break_the_contract(bundles: Path, tmp_path: Path, place: tuple[Any, ...], value: Any, says: str) -> None:
    shutil.copytree(bundles / "probe", tmp_path / "broken")
    path = tmp_path / "broken" / "bundle.json"
    manifest = json.loads(path.read_text())
    at = manifest
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    path.write_text(json.dumps(manifest))
    with pytest.raises(DreamError) as e:
        StreamRunner(load_bundle(tmp_path / "broken"), "cpu", 1)
    assert e.value.code == "bad_bundle" and says in e.value.message and e.value.hint, e.value


def test_audio_levels_cross_over_and_are_checked(stream: dreambridge.Stream) -> None:
    levels = [k / 17 for k in range(17)]
    assert step(stream, "cond.audio").max() == 0 and step(stream, "present.audio") == 0
    stream.direct(audio=levels)
    assert step(stream, "cond.audio")[0] == pytest.approx(levels, abs=0.003) and step(stream, "present.audio") == 1
    stream.direct(audio=np.zeros(17, np.float32), over=0.1, easing="linear")  # two frames
    step(stream, "cond.audio")
    assert step(stream, "cond.audio")[0] == pytest.approx([v / 2 for v in levels], abs=0.003)
    stream.direct(audio=np.array(levels, "<f4").tobytes())
    assert step(stream, "cond.audio")[0] == pytest.approx(levels, abs=0.003)
    stream.direct(audio=None)
    assert step(stream, "present.audio") == 0


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([0.1] * 16, "16 numbers"),
        ([0.1] * 18, "18 numbers"),
        ([math.nan] * 17, "finite"),
        ([1.01] + [0] * 16, "range"),
        ([-0.01] + [0] * 16, "range"),
        ("loud", "loud"),
        (0.5, "1 numbers"),
        ([[0.1] * 17] * 2, "34 numbers"),
        (b"abc", "expected 17 numbers"),
    ],
)
def test_audio_that_is_none(stream: dreambridge.Stream, value: Any, says: str) -> None:
    e = refused(stream, audio=value)
    assert e.code == "bad_value" and says in e.message, e


def test_sound_is_directed_as_it_sounds(own: dreambridge.Daemon) -> None:
    """Half a second of a tone, then of silence, at once: the stream gets frame after frame at its own rate, in real time."""
    rate = 22050
    tone = np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate).astype(np.float32)
    band = int(np.searchsorted(audio.edges(), 440) - 1)
    with_sound = own.open("probe", threads=1)
    begun = time.monotonic()
    assert with_sound.audio(np.concatenate([tone, 0 * tone]), rate) == 20
    took = time.monotonic() - begun
    assert 0.9 < took < 30, took
    with_sound.wait_shown(with_sound.direct())
    assert probe_bundle.seen(with_sound.frame(30).pixels, "cond.audio").max() < 0.05, "silence at last"
    with_sound.pause()
    assert sum(with_sound.audio(tone[k : k + 500], rate) for k in range(0, 4000, 500)) in (3, 4), "piece by piece"
    levels = step(with_sound, "cond.audio")[0]
    assert levels[band] > 0.9 and levels[band + 3 : 16].max() < 0.3
    with pytest.raises(DreamError, match="finite"):
        with_sound.audio(np.full(100, np.nan), rate)
    with pytest.raises(DreamError, match="rate"):
        with_sound.audio(tone, 0)
    with pytest.raises(DreamError, match="event"):
        with_sound.audio(tone, rate, "event")
    with_sound.close()
    card = own.open("testcard", paused=True)
    with pytest.raises(DreamError) as e:
        card.audio(tone, rate)
    assert e.value.code == "unknown_condition"
    card.close()


RED, BLUE = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])


def halves(height: int = 30, width: int = 50) -> NDArray[np.uint8]:
    """Red on the left, blue on the right."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2, 0], picture[:, width // 2 :, 2] = 255, 255
    return picture


def test_a_reference_fades_over_and_its_encoder_writes_a_condition(stream: dreambridge.Stream, tmp_path: Path) -> None:
    assert step(stream, "present.palette") == 0
    stream.direct(reference=halves(), over=0)
    corners = step(stream, "cond.reference")[0]
    assert (corners[:, :, 0] == RED[:, None]).all() and (corners[:, :, 1] == BLUE[:, None]).all()
    assert step(stream, "cond.palette")[0] == pytest.approx([0.5, 0, 0.5], abs=0.003) and step(stream, "present.palette") == 1
    Image.fromarray(halves()[:, ::-1]).save(tmp_path / "turned.png")
    stream.direct(reference=str(tmp_path / "turned.png"))  # in 0.1 s, two frames, linear
    step(stream, "cond.reference")
    half = step(stream, "cond.reference")[0]
    assert half == pytest.approx(np.broadcast_to(((RED + BLUE) / 2)[:, None, None], (3, 2, 2)), abs=0.003)
    assert (step(stream, "cond.reference")[0][:, :, 0] == BLUE[:, None]).all()
    stream.direct(reference=Image.new("RGBA", (1, 1), (0, 255, 0, 0)), over=0)
    assert step(stream, "cond.palette")[0] == pytest.approx([0.5] * 3, abs=0.003), "what is transparent is grey"
    stream.direct(reference={"width": 2, "height": 1, "rgba": bytes([255, 0, 0, 255, 0, 0, 255, 255])}, over=0)
    assert step(stream, "cond.palette")[0] == pytest.approx([0.5, 0, 0.5], abs=0.003)
    saved = stream.snapshot()
    stream.direct(reference=None, over=0)
    assert step(stream, "present.palette") == 0 and step(stream, "present.reference") == 0
    stream.cut(reference=tmp_path / "turned.png")
    assert step(stream, "present.palette") == 1
    stream.direct(reference=np.zeros((4, 4, 3), np.uint8), over=0)
    assert step(stream, "cond.palette").max() == 0
    stream.restore(saved)
    assert step(stream, "cond.palette")[0] == pytest.approx([0.5, 0, 0.5], abs=0.003), "what an encoder wrote comes back too"
    assert "palette" not in stream.conditions
    assert refused(stream, palette=[0.1, 0.2, 0.3]).code == "unknown_condition"


def test_a_reference_that_is_none_leaves_the_one_before(stream: dreambridge.Stream, tmp_path: Path) -> None:
    stream.direct(reference=halves(), over=0)
    whole = io.BytesIO()
    Image.fromarray(halves(300, 500)).save(whole, "JPEG")
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    wrong: list[tuple[Any, str]] = [
        (whole.getvalue()[: len(whole.getvalue()) // 2], "damaged"),
        (bomb.getvalue(), "too large"),
        (b"", "0 bytes"),
        (b"GIF89a", "not a PNG"),
        (7, "got a number"),
        ([1, 2], "list"),
        ({}, "nothing"),
        ({"width": 2, "height": 2, "rgb": b"123"}, "3 bytes for 2 x 2"),
        ({"width": 0, "height": 0, "rgb": b""}, "0 x 0"),
        ({"width": 1, "height": 1, "rgb": "red"}, "text"),
        (np.zeros((4, 4)), "float64"),
        (tmp_path / "none.png", "none.png"),
    ]
    for value, says in wrong:
        e = refused(stream, reference=value)
        assert e.code == "bad_value" and says in e.message, e
    assert step(stream, "cond.palette")[0] == pytest.approx([0.5, 0, 0.5], abs=0.003)


def test_a_large_file_is_made_small_by_the_client(stream: dreambridge.Stream, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1700, 1700, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png", compress_level=0)
    assert (tmp_path / "noise.png").stat().st_size > 8 * 2**20
    stream.direct(reference=tmp_path / "noise.png", over=0)
    assert step(stream, "cond.palette")[0] == pytest.approx([0.5] * 3, abs=0.01)
    stream.direct(reference=noise[:, :, :1].repeat(3, 2), over=0)
    assert step(stream, "present.reference") == 1


def test_two_figures(stream: dreambridge.Stream) -> None:
    a = np.random.default_rng(4).uniform(0.1, 0.9, (17, 3)).astype(np.float32)
    b = 1 - a
    stream.direct(pose=a, over=0)
    shown = step(stream, "cond.pose")[0]
    assert shown[0] == pytest.approx(a, abs=0.003) and (shown[1, :, 2] == 0).all()
    stream.direct(pose=[a, b])
    step(stream, "cond.pose")
    shown = step(stream, "cond.pose")[0, 1]
    assert shown[:, :2] == pytest.approx(b[:, :2], abs=0.003) and shown[:, 2] == pytest.approx(b[:, 2] / 2, abs=0.003)
    assert step(stream, "cond.pose")[0, 1] == pytest.approx(b, abs=0.003)
    assert "[3, 17, 3]" in refused(stream, pose=[a, b, a]).message


def test_an_event_is_not_played_again_when_the_daemon_is_back(bundles: Path) -> None:
    """What lasts is directed again, what happened is not."""
    first = serve("eventful")
    second = None
    try:
        with dreambridge.connect("eventful") as d:
            s = d.open("probe", threads=1, values={"event": "birds"})
            assert probe_bundle.seen(s.frame(30).pixels, "present.event") == 1
            s.direct(event={"lightning": 0.9})
            epoch = s.info.epoch
            first.kill()
            first.wait()
            second = serve("eventful")
            until = time.monotonic() + 60
            while s.info.epoch == epoch or s.state != "playing":
                assert time.monotonic() < until, s.state
                time.sleep(0.02)
            f = s.frame(30)
            assert f.index < 60 and probe_bundle.seen(f.pixels, "present.event") == 0
            assert probe_bundle.seen(f.pixels, "cond.event").max() == 0
    finally:
        for p in (first, second):
            if p:
                p.terminate()
                p.communicate(timeout=PATIENCE)
