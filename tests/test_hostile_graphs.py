"""Graphs that fail, compute nonsense or ask for too much: the bundle is blamed, never the daemon, and limits have numbers (issue
13, T23).
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from bundle_edits import change, prompted, refused
from conftest import rings, soon
from dreambridge.bundle.budgets import BUNDLE, MIB, RING
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import load_bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.state_check import CHECK_EVERY, check_every, has_nan
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

value = h.make_tensor_value_info


def write(path: Path, nodes: list[Any], ins: list[Any], outs: list[Any], **consts: Any) -> dict[str, str]:
    """A graph, and its row in bundle.json."""
    graph = h.make_graph(nodes, path.stem, ins, outs, [nh.from_array(np.array(v), n) for n, v in consts.items()])
    data = h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9).SerializeToString()
    path.write_bytes(data)
    return {"file": path.name, "sha256": hashlib.sha256(data).hexdigest()}


def bundle(folder: Path, default: float, in_encoder: bool = False) -> Path:
    """The frame is the state `n`, which is (0 / x) + table[look]: NaN where x is 0, a failure where look is not 0 to 3."""
    folder.mkdir()
    look = [
        h.make_node("Reshape", ["cond.look", "one"], ["look"]),
        h.make_node("Cast", ["look"], ["index"], to=T.INT64),
        h.make_node("Gather", ["table", "index"], ["found"]),
    ]
    table = {"table": np.zeros(4, np.float32), "one": np.array([1])}
    x, look_in, found = (value(n, T.FLOAT, s) for n, s in (("cond.x", [1, 1]), ("cond.look", [1, 1]), ("found", [1])))
    nodes = [
        h.make_node("Sub", ["state.n", "state.n"], ["nothing"]),
        h.make_node("Reshape", ["cond.x", "one"], ["x"]),
        h.make_node("Div", ["nothing", "x"], ["share"]),
        *([] if in_encoder else look),
        h.make_node("Add", ["share", "found"], ["next.n"]),
        h.make_node("Cast", ["next.n"], ["byte"], to=T.UINT8),
        h.make_node("Expand", ["byte", "size"], ["frame"]),
    ]
    ins = [value("state.n", T.FLOAT, [1]), x, found if in_encoder else look_in]
    outs = [value("frame", T.UINT8, [1, 2, 2, 4]), value("next.n", T.FLOAT, [1])]
    consts = {"size": np.array([1, 2, 2, 4]), **(table if not in_encoder else {"one": np.array([1])})}
    graphs = {"step": write(folder / "step.onnx", nodes, ins, outs, **consts)}
    state = {"n": {"input": "state.n", "output": "next.n", "dtype": "float32", "shape": [1]}}
    used = {"x": {"input": "cond.x"}, "look": {"input": "cond.look"}}
    m: dict[str, Any] = {"encoders": []}
    if in_encoder:
        del used["look"]
        state["found"] = {"input": "found", "output": None, "dtype": "float32", "shape": [1]}  # type: ignore[dict-item]
        graphs["search"] = write(folder / "search.onnx", look, [look_in], [found], **table)
        encoder = {"graph": "search", "inputs": {"cond.look": {"condition": "look"}}, "outputs": {"found": {"state": "found"}}}
        m = {"encoders": [encoder]}
    number = {"kind": "number", "description": "a number", "range": [0, 100], "over": 0}
    m |= {
        "format": "1.0",
        "name": folder.name,
        "version": "1",
        "license": "CC0-1.0",
        "description": "Divides and looks up.",
        "frame": {"width": 2, "height": 2, "fps": 100},
        "graphs": graphs,
        "step": {"graph": "step", "frame": "frame", "state": state, "conditions": used},
        "conditions": {"x": number | {"default": 1}, "look": number | {"default": default}},
    }
    (folder / "bundle.json").write_text(json.dumps(m))
    return folder


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dreambridge.Daemon]:
    folder = tmp_path_factory.mktemp("bundles")
    bundle(folder / "divides", 0)
    bundle(folder / "fails", 99)
    bundle(folder / "encodes", 0, in_encoder=True)
    bundle(folder / "encodes-wrong", 99, in_encoder=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_BUNDLES", str(folder))
        with dreambridge.start() as d:
            yield d


def test_state_that_is_not_a_number_ends_the_session(daemon: dreambridge.Daemon) -> None:
    other = daemon.open("divides")  # its trial of threads runs on the default of x, which is not 0
    s = daemon.open("divides", paused=True, threads=1)
    s.step(3 * CHECK_EVERY)  # the control
    s.direct(x=0)
    with pytest.raises(DreamError) as e:
        s.step(CHECK_EVERY)
    assert e.value.code == "session_failed" and e.value.hint
    for word in ("'step'", "'divides'", "NaN", "'n'", "'next.n'"):
        assert word in e.value.message, e.value.message
    soon(lambda: s.state == "failed")
    with pytest.raises(DreamError, match="NaN"):
        s.step()
    # The same while it plays: only this session fails.
    playing = daemon.open("divides", threads=1)
    playing.direct(x=0)
    soon(lambda: playing.state == "failed")
    assert "NaN" in playing.reason and other.state == "playing" and other.frame(10)
    for stream in (s, playing, other):
        stream.close()


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_nan_is_found_and_infinity_is_not(kind: Any) -> None:
    a = np.full((3, 1000), np.finfo(kind).max, kind)  # whose sum overflows
    assert not has_nan(a)
    a[0, 3], a[1, 4] = np.inf, -np.inf
    assert not has_nan(a) and not has_nan(np.zeros(0, kind)) and not has_nan(np.full(4, 0x7E00, np.int32))
    a[2, 5] = np.nan
    assert has_nan(a) and has_nan(a.T) and has_nan(a[:, 5::7])


def test_large_states_are_looked_at_less_often() -> None:
    assert (
        check_every(8192, False) == CHECK_EVERY and CHECK_EVERY < check_every(32 * MIB, False) < check_every(2**40, False) <= 128
    )


def test_failure_of_a_graph_blames_the_bundle(daemon: dreambridge.Daemon) -> None:
    """Gather out of range, in a step and in an encoder; in a stream that runs, and at once as it is opened."""
    for name, graph, code in (("divides", "step", "session_failed"), ("encodes", "search", "bad_bundle")):
        s = daemon.open(name, paused=True, threads=1)
        s.step()  # the control
        s.direct(look=99)
        with pytest.raises(DreamError) as e:
            s.step()
        assert e.value.code == code and f"'{graph}'" in e.value.message and name in e.value.message, e.value.message
        assert "indices element out of data bounds" in e.value.message
        soon(lambda: s.state == "failed")  # noqa: B023 - called at once
        s.close()
    for name, code in (("fails", "session_failed"), ("encodes-wrong", "bad_bundle")):
        with pytest.raises(DreamError) as e:
            daemon.open(name).step()  # how many threads are tried depends on the machine
        assert e.value.code in (code, "bad_state") and "internal" not in str(e.value)
    assert not rings(daemon._channel.connection.epoch, "*-view*")


def test_failure_of_a_sentence_encoder_blames_its_graph(tmp_path: Path) -> None:
    """Its table has 2 rows: each token of a sentence is out of range."""
    shutil.copytree(find_bundles()["vista"], tmp_path / "v")
    ins, out = [value("input_ids", T.INT64, [1, "n"])], [value("out", T.FLOAT, [1, "n", 384])]
    for rows, says in ((2, "'text': it fails at"), (10**5, "")):
        table = np.zeros((rows, 384), np.float32)
        about = write(tmp_path / "v" / "t.onnx", [h.make_node("Gather", ["t", "input_ids"], ["out"])], ins, out, t=table)
        change(tmp_path / "v", lambda m: m["graphs"].update(text=about))  # noqa: B023 - called at once
        if not says:
            prompted(tmp_path / "v")  # the control
            continue
        with pytest.raises(DreamError) as e:
            prompted(tmp_path / "v")
        assert e.value.code == "bad_bundle" and says in e.value.message


def test_encoder_that_gives_nan(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "nan", 0, in_encoder=True)
    nodes = [h.make_node("Reshape", ["cond.look", "one"], ["zero"]), h.make_node("Div", ["zero", "zero"], ["found"])]
    ins, outs = [value("cond.look", T.FLOAT, [1, 1])], [value("found", T.FLOAT, [1])]
    about = write(folder / "search.onnx", nodes, ins, outs, one=np.array([1]))
    change(folder, lambda m: m["graphs"].update(search=about))
    e = refused(folder)
    assert e.code == "bad_bundle" and "gives NaN as 'found'" in e.message


ROLES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "two states": (lambda m: m["step"]["state"].update(b=m["step"]["state"]["n"] | {"output": None}), "input 'state.n'"),
    "two outputs": (
        lambda m: m["step"]["state"]["n"].update(output="frame"),
        "output 'frame' has two roles: frame and state 'n'",
    ),
    "two conditions": (lambda m: m["step"]["conditions"]["x"].update(input="cond.look"), "condition 'x' and condition 'look'"),
    "presence": (lambda m: m["step"]["conditions"]["x"].update(present="cond.x"), "condition 'x' and presence of 'x'"),
    "meta": (lambda m: m["step"].update(meta={"dt": "cond.x"}), "condition 'x' and meta 'dt'"),
    "noise": (lambda m: m["step"].update(noise={"input": "state.n", "shape": [1]}), "state 'n' and noise"),
}


@pytest.mark.parametrize("name", ROLES)
def test_two_roles_on_one_tensor_are_refused(tmp_path: Path, name: str) -> None:
    edit, says = ROLES[name]
    folder = bundle(tmp_path / "b", 0)
    load_bundle(folder)  # the control
    change(folder, edit)
    with pytest.raises(DreamError) as e:
        load_bundle(folder)
    assert e.value.code == "bad_bundle" and "has two roles" in e.value.message and says in e.value.message


def test_view_input_with_two_roles(copy: Path) -> None:
    change(copy, lambda m: m["view"]["inputs"]["depth"].update(input="view.label"))
    assert "'view.label' has two roles: view 'label' and view 'depth'" in refused(copy).message


def huge_state(m: dict[str, Any]) -> None:
    m["step"]["state"]["n"]["shape"] = [1, 2**30 * 3 // 2]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (huge_state, "The tensors of the bundle 'b' take 12,289 MiB; at most 4,096 MiB"),
        (lambda m: m["step"].update(noise={"input": "noise", "shape": [2**31, 8]}), "take 65,537 MiB"),
        (lambda m: m["conditions"]["x"].update(kind="pose", figures=2**26), "MiB; at most 4,096"),
        (lambda m: m["step"]["state"]["n"].update(shape=[1, -1]), "is [1, -1]: each side must be 1 or more"),
        (lambda m: m["step"]["state"]["n"].update(shape=[0]), "each side must be 1 or more"),
    ],
)
def test_tensors_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: Any, says: str) -> None:
    folder = bundle(tmp_path / "b", 0)
    change(folder, edit)
    with pytest.raises(DreamError) as e:
        load_bundle(folder)
    assert e.value.code == "bad_bundle" and says in e.value.message
    if "MiB" in says:
        assert BUNDLE.setting in e.value.hint
        monkeypatch.setenv(BUNDLE.setting, "100000")
        load_bundle(folder)


def test_files_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """12 GB of constants, in a sparse file that takes no room on the disk."""
    folder = bundle(tmp_path / "b", 0)
    with (folder / "big.bin").open("wb") as f:
        f.truncate(12 * 10**9)
    change(folder, lambda m: m["graphs"]["step"].update(data=[{"file": "big.bin", "sha256": ""}]))
    with pytest.raises(DreamError) as e:
        load_bundle(folder).check_files()
    assert e.value.code == "bad_bundle" and "11,445 MiB; at most 4,096 MiB are allowed" in e.value.message
    assert f"{BUNDLE.setting}=11445" in e.value.hint
    assert "at most 4,294,967,296 are allowed" in refused(folder).message, "nor is it read without that check"
    monkeypatch.setenv(BUNDLE.setting, "a lot")
    with pytest.raises(DreamError, match="'a lot'") as e:
        load_bundle(folder)
    assert e.value.code == "bad_argument" and BUNDLE.setting in e.value.message


def test_rings_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame of 8192 x 8192 in 6 slots takes 1.5 GiB of shared memory: refused before anything is loaded."""
    change(bundle(tmp_path / "wide", 0), lambda m: m["frame"].update(width=8192, height=8192))
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    for mib, code in (("", "no_space"), ("1600", "bad_bundle")):  # with room for the ring, the graph is looked at
        monkeypatch.setenv(RING.setting, mib)
        with dreambridge.start() as d:
            with pytest.raises(DreamError) as e:
                d.open("wide")
            assert e.value.code == code, e.value
            if code == "no_space":
                assert "6 slots with 1 x 8192 x 8192 pixels takes 1,537 MiB; at most 512 MiB" in e.value.message
                assert f"{RING.setting}=1537" in e.value.hint and "fewer slots" in e.value.hint
            assert not rings(d._channel.connection.epoch)
