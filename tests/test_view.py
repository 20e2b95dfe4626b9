"""The view: the game's own picture into the model. The second step graph, the daemon, the Python client."""

import functools
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import PATIENCE, rings, serve, soon, without_view
from counting_bundle import counting
from dreambridge.bundle.load import load_bundle
from dreambridge.bundle.palette import PALETTE
from dreambridge.commands import testcard
from dreambridge.commands.export import export_file
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.depth import pack_depth
from dreambridge.ring.view_layers import pack_motion, pack_normal
from dreambridge.runtime.runner import StreamRunner
from numpy.typing import NDArray

SIDE = testcard.SIZE
PACK = {"normal": pack_normal, "motion": pack_motion}


def scene(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A picture of palette colours in blocks of odd sizes, none like its mirror image, and a depth for each pixel."""
    rng = np.random.default_rng(seed)
    colours = np.array([p["colour"] for p in PALETTE.values()], np.uint8)
    blocks = rng.integers(0, len(colours), (SIDE // 4, SIDE // 4)).repeat(4, 0).repeat(4, 1)
    label = np.dstack([colours[blocks], np.full((SIDE, SIDE), 255, np.uint8)])
    return label, rng.random((SIDE, SIDE), np.float32)


# -- the second step graph -----------------------------------------------------------------------------------------------


def test_both_graphs_share_one_state(tmp_path: Path) -> None:
    r = StreamRunner(load_bundle(counting(tmp_path / "c")), "cpu", 1)
    r.load_view()
    frame, wanted = np.zeros(r.frame_shape, np.uint8), 0
    for k in range(40):  # at any step, in any order: the state continues
        viewed = bool(np.random.default_rng(k).integers(2))
        r.view["label"][...] = k
        r.step(frame.ctypes.data, k, k, 0.0, 0.1, 0, {"x": (np.full((1, 1), 3, np.float32), 1.0)}, viewed)
        wanted += 10 if viewed else 1
        assert r.get_state()["n"][0] == wanted and (frame == (wanted + 3 + (k if viewed else 0)) % 256).all(), k
    r.reset()
    r.step(frame.ctypes.data, 0, 0, 0.0, 0.1, 0, None, True)
    assert r.get_state()["n"][0] == 10


WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no such input": (lambda m: m["view"]["inputs"]["label"].update(input="view.lable"), "'view.lable'"),
    "wrong role": (lambda m: m["view"]["inputs"].update(label={"input": "state.n"}), "'view.label'|state.n"),
    "graph missing": (lambda m: m["view"].update(graph="paint"), "'paint'"),
    "neither label nor colour": (lambda m: m["view"].update(inputs={}), "label.*colour"),
    "depth alone": (lambda m: m["view"]["inputs"].update(depth={"input": "view.depth"}), "has_depth"),
    "unknown role": (lambda m: m["view"]["inputs"].update(smell={"input": "view.smell"}), "smell"),
    "normal alone": (lambda m: m["view"]["inputs"].update(normal={"input": "view.normal"}), "has_normal"),
    "a flag alone": (lambda m: m["view"]["inputs"].update(has_colour={"input": "view.has_colour"}), "none for `colour`"),
    "labels optional, and no colours": (lambda m: m["view"]["inputs"].update(has_label={"input": "view.has"}), "only one"),
    "colours alike": (lambda m: m["view"]["palette"]["a"].update(colour=[90, 5, 5]), "differ by less"),
    "colour out of range": (lambda m: m["view"]["palette"]["a"].update(colour=[256, 0, 0]), "256"),
    "depth out of range": (lambda m: m["view"]["palette"]["a"].update(depth=1.5), "1.5"),
    "one label": (lambda m: m["view"]["palette"].pop("a"), "1 labels"),
    "a label's name": (lambda m: m["view"]["palette"].update({"A b": {"colour": [0, 0, 200], "depth": 0}}), "'A b'"),
    "another sha256": (lambda m: m["graphs"]["step_view"].update(sha256="0" * 64), "sha256"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_view_is_refused_by_name(tmp_path: Path, name: str) -> None:
    change, says = WRONG[name]
    with pytest.raises(DreamError, match=says) as e:
        StreamRunner(load_bundle(counting(tmp_path / "c", change)), "cpu", 1).load_view()
    assert e.value.code == "bad_bundle" and e.value.hint


VIEW_STEP = """
from torch import Tensor, full, nn, uint8, zeros


class Step(nn.Module):
    def forward(self, x: Tensor, n: Tensor):
        return (zeros(1, 4, 4, 4) + n + 50 * x).to(uint8), n + 1


class Over(nn.Module):
    def forward(self, x: Tensor, n: Tensor, label: Tensor):
        return (label.float() * 0.5 + n + 50 * x).to(uint8), n + 1


step, step_view = Step(), Over()
inputs = {"cond.x": full((1, 1), 0.5), "state.n": full((1, 1, 1, 1), 7.0)}
view_inputs = inputs | {"view.label": zeros(1, 4, 4, 4, dtype=uint8) + 90}
schema = {
    "name": "over", "version": "0.0.1", "license": "Apache-2.0", "description": "For tests.",
    "frame": {"width": 4, "height": 4, "fps": 24},
    "step": {"frame": "frame", "conditions": {"x": {"input": "cond.x"}},
             "state": {"n": {"input": "state.n", "output": "next.n", "dtype": "float32", "shape": [1, 1, 1, 1]}}},
    "view": {"inputs": {"label": {"input": "view.label"}},
             "palette": {"a": {"colour": [0, 0, 0], "depth": 0}, "b": {"colour": [99, 0, 0], "depth": 1}}},
    "conditions": {"x": {"kind": "number", "description": "x", "range": [0, 1], "default": 0, "over": 0}},
}
"""


def test_export_of_a_step_and_of_one_over_a_view(tmp_path: Path) -> None:
    (tmp_path / "over.py").write_text(VIEW_STEP)
    r = StreamRunner(load_bundle(export_file(tmp_path / "over.py", tmp_path / "over")), "cpu", 1)
    r.load_view()
    r.view["label"][...] = 90
    frame = np.zeros(r.frame_shape, np.uint8)
    for k in range(4):
        r.step(frame.ctypes.data, k, k, 0.0, 0.1, 0, None, k % 2 == 1)
        assert (frame == k + (45 if k % 2 else 0)).all()
    (tmp_path / "less.py").write_text(VIEW_STEP.replace("view_inputs =", "other ="))
    with pytest.raises(DreamError, match="view_inputs"):
        export_file(tmp_path / "less.py", tmp_path / "less")


def test_a_view_graph_that_keeps_the_state_to_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DreamError, match=r"'step_view' has no output 'next.n'"):
        StreamRunner(load_bundle(counting(tmp_path / "c", state_in_view=False)), "cpu", 1).load_view()


# -- through the daemon --------------------------------------------------------------------------------------------------


def shows(pixels: NDArray[np.uint8], label: NDArray[np.uint8] | None, depth: NDArray[np.float32] | None, **layers: Any) -> bool:
    packed = {n: a if n == "colour" else PACK[n](a) for n, a in layers.items()}
    wanted = testcard.view_quarters(label, None if depth is None else pack_depth(depth), **packed)
    return bool((pixels[: 2 * testcard.QUARTER] == wanted).all())


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[dreambridge.Stream]:
    s = daemon.open("testcard", paused=True)
    yield s
    s.close()


def test_bytes_rows_and_depth_are_exact(stream: dreambridge.Stream) -> None:
    label, depth = scene(1)
    before = stream.step()[0]
    assert before.view == 0 and (before.pixels[: testcard.LEVEL_ROW] == testcard.background()).all()
    t = time.monotonic()
    number = stream.view(label, depth)
    f = stream.step()[0]
    assert f.view == number == testcard.read_bars(f.pixels, testcard.PUBLICATION_ROW) and t <= f.view_time <= time.monotonic()
    assert testcard.read_bars(f.pixels, testcard.INDEX_ROW) == f.index == 1
    assert shows(f.pixels, label, depth)
    # the controls: upside down, red and blue swapped, another depth
    assert not shows(f.pixels, label[::-1], depth) and not shows(f.pixels, label[..., [2, 1, 0, 3]], depth)
    assert not shows(f.pixels, label, depth[::-1])
    # without a depth the palette's counts, from the nearest colour
    other, _ = scene(2)
    off = other.copy()
    off[..., :3] = np.clip(other[..., :3].astype(int) + np.random.default_rng(3).integers(-9, 10, (SIDE, SIDE, 3)), 0, 255)
    assert stream.view(off[..., :3]) == number + 1, "numbers go on in the next ring"
    f = stream.step()[0]
    assert shows(f.pixels, off, None) and f.view == number + 1
    grey, same = f.pixels[testcard.QUARTER : 2 * testcard.QUARTER, testcard.HALF :], testcard.view_quarters(other, None)
    assert (grey == same[testcard.QUARTER :, testcard.HALF :]).all()
    assert stream.stats().view == number + 1
    # the last picture stays, until it is taken away
    assert shows(stream.step()[0].pixels, off, None)
    assert stream.view(None) == 0
    f = stream.step()[0]
    assert f.view == 0 and f.view_time == 0 and (f.pixels[: testcard.LEVEL_ROW] == testcard.background()).all()
    assert stream.view(None) == 0, "twice is no error"
    assert stream.view(label) == number + 2 and shows(stream.step()[0].pixels, label, None)


def layers(seed: int) -> dict[str, NDArray[Any]]:
    """Random colours with alpha, normals, and motion with unknown places; each picture once."""
    rng = np.random.default_rng(seed)
    motion = rng.normal(0, 40, (SIDE, SIDE, 2)).astype(np.float32)
    motion[rng.random((SIDE, SIDE)) < 0.1] = np.nan
    colour = rng.integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    return {"colour": colour, "normal": rng.normal(size=(SIDE, SIDE, 3)), "motion": motion}


def test_further_layers_are_exact_and_neutral_when_they_are_gone(stream: dreambridge.Stream) -> None:
    label, depth = scene(21)
    assert stream.info.view and stream.info.view.layers == ["label", "colour", "depth", "normal", "motion"]
    assert stream.info.view.required == []
    for k, names in enumerate((("colour", "normal", "motion"), ("normal",), ("colour",), ("motion",), ())):
        given = {n: a for n, a in layers(22 + k).items() if n in names}
        number = stream.view(label, depth, **given)
        f = stream.step()[0]
        assert f.view == number and shows(f.pixels, label, depth, **given), names
    # the controls: another picture of each layer
    whole = layers(30)
    stream.view(label, depth, **whole)
    pixels = stream.step()[0].pixels
    for name, other in layers(31).items():
        assert not shows(pixels, label, depth, **(whole | {name: other})), name
    # without labels, and without depth
    stream.view(None, colour=whole["colour"], motion=whole["motion"])
    assert shows(stream.step()[0].pixels, None, None, colour=whole["colour"], motion=whole["motion"])
    assert stream.view(None) == 0 and stream.step()[0].view == 0


def test_a_playing_stream_takes_the_latest_and_never_waits(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("testcard", fps=60)
    pictures = [scene(k)[0] for k in range(8)]
    sent = {s.view(pictures[0]): 0}
    seen, until = set[int](), time.monotonic() + 60
    while len(seen) < 30 and time.monotonic() < until:
        n = len(sent)
        sent[s.view(pictures[n % 8])] = n % 8
        f = s.poll()
        if f and f.view:
            seen.add(f.view)
            assert shows(f.pixels, pictures[sent[f.view]], None), f.view
        time.sleep(0.004)
    assert len(seen) >= 30
    s.close()


def test_a_silent_writer_is_told_of_once_and_its_last_picture_stays(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("testcard", fps=30)
    label, _ = scene(5)
    number = s.view(label)
    soon(lambda: (f := s.poll()) and f.view == number)
    soon(lambda: "no new view" in s.reason)
    assert s.state in ("playing", "slowed") and shows(s.frame(10).pixels, label, None)
    s.view(label)
    soon(lambda: "back" in s.reason)
    s.close()


def test_snapshots_know_nothing_of_the_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counting(tmp_path / "counting")
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    with dreambridge.start() as d:
        s = d.open("counting", paused=True)
        assert s.palette["b"].colour == [99, 0, 0]
        s.view(np.full((2, 2, 3), 50, np.uint8))
        assert s.step(2)[-1].pixels[0, 0, 0] == 20 + 50
        saved = s.snapshot()
        s.view(None)
        assert s.step()[0].pixels[0, 0, 0] == 21
        s.restore(saved)
        assert s.step()[0].pixels[0, 0, 0] == 21
        s.view(np.full((2, 2, 3), 50, np.uint8))
        s.restore(saved)
        assert s.step()[0].pixels[0, 0, 0] == 30 + 50
        s.cut()
        assert s.step()[0].pixels[0, 0, 0] == 10 + 50, "the view outlives a cut, the state does not"
        with pytest.raises(DreamError) as e:
            s.view(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.float32))
        assert e.value.code == "not_supported" and "depth" in e.value.message and "label" in e.value.hint
        assert s.view(np.full((2, 2, 3), 51, np.uint8)) > 0 and s.step()[0].pixels[0, 0, 0] == 20 + 51


GREY = np.zeros((SIDE, SIDE, 3), np.uint8)
FLAT = np.zeros((SIDE, SIDE), np.float32)
BAD: dict[str, tuple[tuple[Any, ...], str]] = {
    "floats": ((GREY.astype(np.float32),), "float32"),
    "size": ((GREY[:100],), "[100, 256, 3]"),
    "grey": ((GREY[..., 0],), "[256, 256]"),
    "a word": (("sky",), "dtype"),
    "a list of lists": (([[1, 2], [3, 4]],), "int64"),
    "depth of bytes": ((GREY, GREY[..., 0]), "uint8"),
    "depth of a size": ((GREY, FLAT[1:]), "[255, 256]"),
    "depth of 2": ((GREY, FLAT + 2), "2.0"),
    "depth below 0": ((GREY, FLAT - 0.5), "-0.5"),
    "depth of NaN": ((GREY, FLAT * np.nan), "nan"),
    "HDR colours": ((GREY, None, {"colour": np.full((SIDE, SIDE, 3), 4.0)}), "float64"),
    "colours of a size": ((GREY, None, {"colour": GREY[:9]}), "[9, 256, 3]"),
    "normal of bytes": ((GREY, None, {"normal": GREY}), "uint8"),
    "normal of a size": ((GREY, None, {"normal": GREY[..., :2] * 1.0}), "[256, 256, 2]"),
    "normal of NaN": ((GREY, None, {"normal": GREY * np.nan}), "nan"),
    "motion of whole numbers": ((GREY, None, {"motion": np.zeros((SIDE, SIDE, 2), int)}), "int64"),
    "motion of a size": ((GREY, None, {"motion": GREY * 1.0}), "[256, 256, 3]"),
    "endless motion": ((GREY, None, {"motion": np.full((SIDE, SIDE, 2), np.inf)}), "inf"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_refused_and_changes_nothing(stream: dreambridge.Stream, name: str) -> None:
    words, says = BAD[name]
    good, _ = scene(6)
    number = stream.view(good)
    with pytest.raises(DreamError) as e:
        stream.view(*words[:2], **(words[2] if len(words) > 2 else {}))
    assert e.value.code == "bad_value" and says in e.value.message and e.value.hint, e.value
    f = stream.step()[0]
    assert f.view == number and shows(f.pixels, good, None)


def test_what_cannot_be_attached(daemon: dreambridge.Daemon, stream: dreambridge.Stream, tmp_path: Path) -> None:
    def ask(**fields: Any) -> DreamError:
        with pytest.raises(DreamError) as e:
            stream._ask_session(R.Attached, M.AttachView, **fields)
        assert e.value.message and e.value.hint
        return e.value

    assert ask(layers=["depth"]).code == "bad_argument" and ask(layers=[]).code == "bad_argument"
    for wrong, says in (
        (["normal", "label"], "another order"),
        (["label", "label"], "twice"),
        (["depth", "motion"], "neither label nor colour"),
        (["label", "smell"], "'smell'"),
    ):
        refused = ask(layers=wrong)
        assert refused.code == "bad_argument" and says in refused.message and "label, colour" in refused.hint, refused
    with pytest.raises(DreamError, match="neither label nor colour") as e:
        stream.view(None, FLAT)
    assert e.value.code == "bad_argument"
    assert ask(layers=["label"] * 1000).code == "bad_argument" and ask(layers=[1]).code == "bad_message"
    testcard = next(b for b in daemon.bundles() if b.name == "testcard")
    assert testcard.view and testcard.view.layers == ["label", "colour", "depth", "normal", "motion"]
    assert list(stream.palette) == list(PALETTE)


def test_a_bundle_without_a_view_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_view(tmp_path / "plain")
    counting(tmp_path / "broken", lambda m: m["view"]["inputs"]["label"].update(input="view.lable"))
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    with dreambridge.start() as d:
        s = d.open("plain", fps=60)
        assert s.palette == {} and s.info.view is None
        with pytest.raises(DreamError) as e:
            s.view(GREY)
        assert e.value.code == "not_supported" and "'plain'" in e.value.message and "bundles" in e.value.hint
        assert s.frame(30).view == 0
        b = d.open("broken", fps=60)
        with pytest.raises(DreamError, match=r"view\.lable") as e:
            b.view(np.zeros((2, 2, 3), np.uint8))
        assert e.value.code == "bad_bundle" and b.frame(30).view == 0, "the stream goes on without"


def test_rings_go_with_the_view_the_session_and_the_daemon() -> None:
    p = serve("viewing")
    try:
        with dreambridge.connect("viewing") as d:
            epoch = d._channel.connection.epoch
            views = functools.partial(rings, epoch, "*-view-*")
            s = d.open("testcard", fps=60)
            s.view(GREY)
            first = views()
            assert len(first) == 1 and first[0].stat().st_mode & 0o777 == 0o600
            s.view(GREY, FLAT)
            assert len(views()) == 1 and views() != first
            s.view(None)
            assert not views()
            s.view(GREY)
            s.close()
            soon(lambda: not views())
            s = d.open("testcard", fps=60)
            label, depth = scene(9)
            s.view(label, depth)
            soon(lambda: (f := s.poll()) and f.view)
            p.send_signal(signal.SIGKILL)
            p.communicate()
            assert len(views()) == 1, "a killed daemon leaves it behind"
            soon(lambda: s.state == "lost")
            s.view(label, depth)  # a game draws on; nothing is raised in its loop
            old, p = views()[0], serve("viewing")
            assert not old.exists(), "the next one removes it"
            # attached again by itself, with the last picture in it
            soon(lambda: s.info.epoch != epoch and (f := s.poll()) and f.view > 0)
            assert shows(s.frame(30).pixels, label, depth)
            epoch = s.info.epoch
            number = s.view(depth=None, label=label)
            soon(lambda: (f := s.poll()) and f.view == number and shows(f.pixels, label, None))
            p.send_signal(signal.SIGSTOP)
            soon(lambda: s.state == "lost")
            with pytest.raises(DreamError) as e:
                s.view(None)
            assert e.value.code == "daemon_gone"
            p.send_signal(signal.SIGCONT)
            soon(lambda: s.state == "playing")
            assert s.view(None) == 0, "what failed can be asked again"
            soon(lambda: (f := s.poll()) and f.view == 0 and not views())
            p.terminate()
            p.communicate(timeout=PATIENCE)
            assert not views()
    finally:
        p.kill()
        p.communicate()
