"""Bundles: what is damaged is refused by name, three of different structure run, and exporting makes a checked one."""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import dreambridge
import jsonschema
import numpy as np
import pytest
from bundle_edits import change, prompted, refused
from dreambridge.bundle.find import find_bundles, open_bundle
from dreambridge.bundle.load import load_bundle
from dreambridge.bundle.palette import PALETTE
from dreambridge.commands.export import export_file
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.runner import StreamRunner
from dreambridge.vista.prompt.head import EMBEDDING

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = json.loads((ROOT / "protocol" / "schema" / "bundle.schema.json").read_text())


def test_copy_runs_as_long_as_nothing_is_changed(copy: Path) -> None:
    StreamRunner(load_bundle(copy), "cpu", 1)  # the control of all tests below


def test_wrong_hash(copy: Path) -> None:
    data = bytearray((copy / "step.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (copy / "step.onnx").write_bytes(data)
    e = refused(copy)
    found = hashlib.sha256(bytes(data)).hexdigest()
    assert e.code == "bad_bundle" and found[:12] in e.message and "step.onnx" in e.message


def test_missing_tensor_and_wrong_dtype_and_shape(copy: Path) -> None:
    def rename(m: dict[str, Any]) -> None:
        m["step"]["frame"] = "picture"

    change(copy, rename)
    e = refused(copy)
    assert e.code == "bad_bundle" and "'picture'" in e.message and "frame" in e.message


def test_wrong_shape(copy: Path) -> None:
    change(copy, lambda m: m["frame"].update(width=128))
    e = refused(copy)
    assert e.code == "bad_bundle" and "128" in e.message and "256" in e.message


def test_wrong_dtype(tmp_path: Path) -> None:
    path = tmp_path / "float.py"
    path.write_text((ROOT / "tests" / "transformer_step.py").read_text().replace('"dtype": "int64"', '"dtype": "float32"'))
    with pytest.raises(DreamError) as e:
        export_file(path, tmp_path / "out")
    assert e.value.code == "bad_bundle" and "int64" in e.value.message and "float32" in e.value.message
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.part").exists()


def test_input_without_a_role(copy: Path) -> None:
    change(copy, lambda m: m["step"]["conditions"].popitem())
    e = refused(copy)
    assert e.code == "bad_bundle" and "no role" in e.message


@pytest.mark.parametrize(
    ("where", "key", "value", "says"),
    [
        ("inputs", "sead", {"seed": True}, "'sead'"),
        ("inputs", None, {"condition": "camera_x"}, "[1, 1]"),
        ("inputs", None, {"condition": "nothing"}, "names no condition"),
        ("outputs", "hills", None, "'hills'"),
        ("outputs", None, {"state": "nothing"}, "'nothing'"),
        ("outputs", None, {"condition": "camera_x"}, "[1, 1]"),
    ],
)
def test_encoder_graph_is_checked_as_the_step_graph_is(
    tmp_path: Path, where: str, key: str | None, value: dict[str, Any] | None, says: str
) -> None:
    shutil.copytree(find_bundles()["vista"], tmp_path / "v")
    StreamRunner(load_bundle(tmp_path / "v"), "cpu", 1)  # the control

    def edit(m: dict[str, Any]) -> None:
        part = m["encoders"][0][where]
        name = next(iter(part))
        old = part.pop(name)
        part[key or name] = value or old
        del m["cutscene"]  # its words direct camera_x, which an encoder may not write then

    change(tmp_path / "v", edit)
    e = refused(tmp_path / "v")
    assert e.code == "bad_bundle" and says in e.message and "world" in e.message, e.message


@pytest.mark.parametrize(
    ("key", "graph", "says"),
    [("pool", "said", "not tokens and embedding"), ("pool", "nothing", "pools with"), ("graph", "nothing", "is encoded by")],
)
def test_graphs_of_a_sentence_are_checked(tmp_path: Path, key: str, graph: str, says: str) -> None:
    shutil.copytree(find_bundles()["vista"], tmp_path / "v")
    assert prompted(tmp_path / "v").shape == (EMBEDDING,)  # the control
    change(tmp_path / "v", lambda m: m["conditions"]["prompt"]["encoder"].update({key: graph}))
    with pytest.raises(DreamError, match=says) as e:
        prompted(tmp_path / "v")
    assert e.value.code == "bad_bundle" and f"'{graph}'" in e.value.message and e.value.hint
    if graph == "nothing":  # already as the bundle is opened
        assert refused(tmp_path / "v").message == e.value.message


def test_tokenizer_that_is_none_is_not_laid_on_the_pool(tmp_path: Path) -> None:
    shutil.copytree(find_bundles()["vista"], tmp_path / "v")
    for pool in ("pool", None):
        digest = hashlib.sha256((tmp_path / "v" / "world.onnx").read_bytes()).hexdigest()
        other = {"tokenizer": {"file": "world.onnx", "sha256": digest}, "pool": pool}
        change(tmp_path / "v", lambda m: m["conditions"]["prompt"]["encoder"].update(other))  # noqa: B023 - called at once
        with pytest.raises(DreamError, match="'text' or its tokenizer") as e:
            prompted(tmp_path / "v")
        assert e.value.code == "bad_bundle"


TOKENS, EMBEDDED = "float[1,n,384] tokens", "float[1,1152] embedding"
OPEN = "float[a,b] embedding"
THRICE = "one = ReduceMean<keepdims=0>(tokens, axis) all = Concat<axis=1>(one, one, one) n = Shape<start=1, end=2>(tokens)"


def pooled(folder: Path, takes: str, gives: str, does: str) -> Path:
    """A copy of Vista with another pooling graph: the mean of the tokens, three times, and what is done with it."""
    import onnx.parser

    held = "int64[1] axis = {1}, int64[1] many = {1152}, float none = {0.0}"
    model = onnx.parser.parse_model(
        f'<ir_version: 9, opset_import: ["": 18]> pool ({takes}) => ({gives}) <{held}> {{ {THRICE} {does} }}'
    )
    shutil.copytree(find_bundles()["vista"], folder)
    (folder / "pool.onnx").write_bytes(model.SerializeToString())
    digest = hashlib.sha256(model.SerializeToString()).hexdigest()
    change(folder, lambda m: m["graphs"]["pool"].update(sha256=digest))
    return folder


@pytest.mark.parametrize(
    ("takes", "gives", "does", "says"),
    [
        (
            "float[1,n,200] tokens",
            "float[1,600] embedding",
            "embedding = Identity(all)",
            "[1, 'n', 200], not tensor(float) [1, n, 384]",
        ),
        ("float[1,6,384] tokens", EMBEDDED, "embedding = Identity(all)", "its tensor 'tokens' is tensor(float) [1, 6, 384]"),
        ("float[2,n,384] tokens", "float[2,1152] embedding", "embedding = Identity(all)", "[2, 'n', 384]"),
        (
            TOKENS,
            "float[1,1,1152] embedding",
            "embedding = Unsqueeze(all, axis)",
            "its tensor 'embedding' is tensor(float) [1, 1, 1152]",
        ),
        (TOKENS, "double[1,1152] embedding", "embedding = Cast<to=11>(all)", "its tensor 'embedding' is tensor(double)"),
        (TOKENS, "float[1,384] embedding", "embedding = Identity(one)", "gives 384 numbers"),
        (TOKENS, OPEN, "embedding = Identity(one)", "gives 384 numbers"),
        (
            TOKENS,
            EMBEDDED,
            "far = Mul(n, many) x = Gather<axis=1>(all, far) embedding = Expand(x, many)",
            "'pool': it fails at 6 tokens",
        ),
        (
            TOKENS,
            OPEN,
            "two = Concat<axis=0>(all, all) k = Concat<axis=0>(n, n) which = Greater(k, axis) "
            "embedding = Compress<axis=0>(two, which)",
            "its embedding is [2, 1152], not [1, size]",
        ),
        (TOKENS, EMBEDDED, "embedding = Div(all, none)", "not finite for 'a storm at night'"),
    ],
)
def test_pool_that_does_not_do_what_it_should(tmp_path: Path, takes: str, gives: str, does: str, says: str) -> None:
    folder = pooled(tmp_path / "v", takes, gives, does)
    with pytest.raises(DreamError) as e:
        prompted(folder)
    assert e.value.code == "bad_bundle" and says in e.value.message and "None" not in e.value.message and e.value.hint


@pytest.mark.parametrize(
    ("takes", "gives"), [(TOKENS, EMBEDDED), (TOKENS, OPEN), ("float[a,b,c] tokens", "float[d,e] embedding")]
)
def test_pool_whose_metadata_leave_sides_open(tmp_path: Path, takes: str, gives: str) -> None:
    folder = pooled(tmp_path / "v", takes, gives, "embedding = Identity(all)")
    assert np.linalg.norm(prompted(folder)) == pytest.approx(1, abs=1e-5)
    assert not prompted(folder, "").any()


@pytest.mark.parametrize("path", ["../step.onnx", "/etc/passwd", "a/../../x", "link"])
def test_path_that_leaves_the_folder(copy: Path, path: str) -> None:
    (copy / "link").symlink_to(find_bundles()["vista"] / "step.onnx")
    change(copy, lambda m: m["graphs"]["step"].update(file=path))
    e = refused(copy)
    assert e.code == "bad_bundle" and path in e.message and "leaves" in e.message


def test_missing_file(copy: Path) -> None:
    (copy / "step.onnx").unlink()
    e = refused(copy)
    assert e.code == "bad_bundle" and "step.onnx" in e.message


def test_newer_format(copy: Path) -> None:
    change(copy, lambda m: m.update(format="2.0", what_is_this={}))
    e = refused(copy)
    assert e.code == "bundle_too_new" and "2.0" in e.message and "Update" in e.hint
    change(copy, lambda m: m.update(format="1.9"))
    load_bundle(copy)  # a newer minor may bring fields; the known ones still hold


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "one"}', '{"format": "1.0", "name": 3}', "\xff"])
def test_manifest_that_is_none(copy: Path, text: str) -> None:
    (copy / "bundle.json").write_text(text, encoding="latin-1")
    assert refused(copy).code == "bad_bundle"


def test_unknown_bundle_and_one_by_path(copy: Path) -> None:
    with pytest.raises(DreamError) as e:
        open_bundle("nothing")
    assert e.value.code == "unknown_bundle" and "'nothing'" in e.value.message and "vista" in e.value.message
    assert open_bundle("broken").folder == copy


def test_graph_that_is_no_graph(copy: Path) -> None:
    (copy / "step.onnx").write_bytes(b"import os; os.system('true')")
    change(copy, lambda m: m["graphs"]["step"].update(sha256=hashlib.sha256((copy / "step.onnx").read_bytes()).hexdigest()))
    assert refused(copy).code == "bad_bundle"


@pytest.mark.parametrize("name", ["vista", "testcard"])
def test_bundles_keep_the_published_schema(name: str) -> None:
    m = json.loads((find_bundles()[name] / "bundle.json").read_text())
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.validate(m)
    m["frame"]["width"] = "wide"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(m)


def test_document_names_each_label_of_the_palette() -> None:
    text = (
        (ROOT / "protocol" / "BUNDLE.md")
        .read_text()
        .split("Games rely on these names")[1]
        .split("palette.py`):", 1)[1]
        .split(". ")[0]
    )
    assert re.findall(r"`(\w+)`", text) == list(PALETTE)
    for name in ("vista", "testcard"):
        view = load_bundle(find_bundles()[name]).manifest.view
        assert view and list(view.palette) == list(PALETTE)


def test_a_bundle_is_small() -> None:
    size = sum(p.stat().st_size for p in find_bundles()["vista"].iterdir())
    assert size <= 40 * 2**20, size


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_file(ROOT / "tests" / "transformer_step.py", tmp_path_factory.mktemp("bundles") / "tiny-transformer")


def test_transformer_with_a_cache_equals_the_one_without(tiny: Path) -> None:
    """14 steps of 3 frames through the daemon, past the cache's length, against the whole sequence at once in PyTorch."""
    import torch
    from transformer_step import Tiny

    model, xs = Tiny(), list[float]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_BUNDLES", str(tiny.parent))
        with dreambridge.start() as d, torch.no_grad():
            s = d.open("tiny-transformer", paused=True)
            assert s.info.frames_per_step == 3
            pictures = []
            for k in range(14):
                s.direct(x=0.1 * (k % 5) - 0.2)
                frame = s.step()[0]
                xs += [0.1 * (k % 5) - 0.2] * 3
                assert frame.index == 3 * k + 2 and frame.frames.shape == (3, 16, 16, 4)
                wanted = model.whole(torch.tensor([xs])).numpy().astype(int)
                assert np.abs(frame.frames.astype(int) - wanted).max() <= 1, k
                pictures.append(frame.frames)
            assert len({p.tobytes() for batch in pictures for p in batch}) > 40, "the frames must differ"
            # the control: without the cache (a cut resets it) the next frames are others
            s.cut(x=-0.2)
            assert np.abs(s.step()[0].frames.astype(int) - model.whole(torch.tensor([[*xs, -0.2, -0.2, -0.2]])).numpy()).max() > 3
            saved = s.snapshot()
            after = s.step()[0].frames
            s.step(3)
            s.restore(saved)
            assert (s.step()[0].frames == after).all(), "a snapshot holds the cache"


def test_export_of_the_example_and_of_what_is_wrong(tmp_path: Path) -> None:
    assert len((ROOT / "examples" / "export_step.py").read_text().splitlines()) <= 50
    out = export_file(ROOT / "examples" / "export_step.py", tmp_path / "ink")
    r = StreamRunner(load_bundle(out), "cpu", 1)
    frame = np.zeros(r.frame_shape, np.uint8)
    for k in range(20):
        r.step(frame.ctypes.data, k, k, k / 30, 1 / 30, 0, {"x": (np.full((1, 1), 0.5, np.float32), 1.0)})
    assert frame[..., :3].max() > 100 and (frame[..., 3] == 255).all()
    with pytest.raises(DreamError, match="does not exist"):
        export_file(tmp_path / "none.py", tmp_path / "x")
    (tmp_path / "empty.py").write_text("step = 1\n")
    with pytest.raises(DreamError, match="schema, inputs") as e:
        export_file(tmp_path / "empty.py", tmp_path / "x")
    assert "examples" in e.value.hint


def test_no_provider_of_that_name() -> None:
    bundle = load_bundle(find_bundles()["testcard"])
    with pytest.raises(DreamError) as e:
        StreamRunner(bundle, "abacus", 1)
    assert e.value.code == "no_provider" and "'abacus'" in e.value.message and "cuda" in e.value.hint
    import onnxruntime as ort

    if "DmlExecutionProvider" not in ort.get_available_providers():
        with pytest.raises(DreamError) as e:
            StreamRunner(bundle, "directml", 1)
        assert e.value.code == "no_provider" and "directml" in e.value.message and "cpu" in e.value.message


def test_a_thread_trial_is_remembered_by_how_busy_the_machine_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dreambridge.runtime import thread_trial as threads

    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path))
    monkeypatch.setattr(threads, "_meanwhile", {})
    bundle = load_bundle(find_bundles()["testcard"])
    found = {}
    for busy in (True, False):
        monkeypatch.setattr(threads, "busy", lambda busy=busy: busy)
        found["busy" if busy else "quiet"] = threads.best_runner(bundle, "cpu", 1).threads
    known = json.loads((tmp_path / "threads.json").read_text())
    assert {key.rsplit("/", 1)[1]: n for key, n in known.items()} == found and set(found.values()) <= set(
        range(1, threads.cores() + 1)
    )
    assert all(key.startswith(f"{threads.machine()}/{bundle.digest[:16]}/cpu/") for key in known)
    first = threads.best_runner(bundle, "cpu", 1)
    monkeypatch.setattr(threads, "_take", None)  # a second trial would fail
    assert threads.best_runner(bundle, "cpu", 1).threads == first.threads
    (tmp_path / "threads.json").write_text("no json")
    assert threads.best_runner(bundle, "cpu", 1).threads == first.threads
