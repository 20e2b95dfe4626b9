"""Texts of a bundle with a row for each token (format 1.1)."""

import gc
import hashlib
import json
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_edits import change
from conftest import soon
from dreambridge.bundle.load import load_bundle
from dreambridge.conditioning.text import TokensEncoder
from dreambridge.engine import sentence_encoders
from dreambridge.engine.sentence_encoders import SentenceEncoders
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.runs import Runs, Stopped
from made_bundle import asked, direct, directed, graph, named, opened, told
from onnx import TensorProto as T
from onnx import helper as h

WORDS = ["<pad>", "<s>", "</s>", "storm", "night", "coast"]


def tokenizer(path: Path) -> dict[str, Any]:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    t = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<pad>"))
    t.pre_tokenizer = pre_tokenizers.Whitespace()
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    t.save(str(path))
    return named(path)


def transformer(path: Path, width: int, masked: bool) -> dict[str, Any]:
    """ids [1, n] -> `tokens` [1, n, width]: each id in all numbers, times the mask; `pooled` [1, width]: their sum."""
    nodes = [h.make_node("Mul", ["input_ids", "attention_mask"], ["kept"])] if masked else []
    nodes += [
        h.make_node("Cast", ["kept" if masked else "input_ids"], ["float"], to=T.FLOAT),
        h.make_node("Unsqueeze", ["float", "last"], ["column"]),
        h.make_node("Mul", ["column", "ones"], ["tokens"]),
        h.make_node("ReduceSum", ["tokens", "first"], ["pooled"], keepdims=0),
    ]
    ins = {"input_ids": (T.INT64, [1, "n"])} | ({"attention_mask": (T.INT64, [1, "n"])} if masked else {})
    return graph(
        path, nodes, ins, {"tokens": (T.FLOAT, [1, "n", width]), "pooled": (T.FLOAT, [1, width])},
        last=np.array([2], np.int64), ones=np.ones((1, 1, width), np.float32), first=np.array([1], np.int64),
    )  # fmt: skip


def speaking(folder: Path, shape: list[int], **encoder: Any) -> Path:
    """A bundle whose prompt is made by two transformers, of 2 numbers a token."""
    size = int(np.prod(shape))
    prompt = {"kind": "text", "size": shape[-1], "description": "What to show.", "over": 0.0}
    prompt |= {"tokens": shape[1]} if len(shape) == 3 else {}
    directed(folder, {"prompt": prompt}, {"prompt": size}, shapes={"prompt": shape})
    graphs = {"a": transformer(folder / "a.onnx", 2, False), "b": transformer(folder / "b.onnx", 2, True)}
    t = tokenizer(folder / "tokenizer.json")
    parts = [{"graph": n, "tokenizer": t, "pad_to": 5, "width": 2, "pad_id": 9} for n in graphs]
    if "empty" in encoder:
        (folder / "empty.bin").write_bytes(encoder["empty"].tobytes())
        encoder["empty"] = named(folder / "empty.bin")
    for part, more in zip(parts, encoder.pop("more", [{}, {}]), strict=True):
        part |= more

    def edit(m: dict[str, Any]) -> None:
        m["graphs"] |= graphs
        m["conditions"]["prompt"]["encoder"] = {"type": "tokens", "parts": parts[: encoder.pop("count", 2)]} | encoder

    change(folder, edit)
    return folder


def said(folder: Path, text: str) -> np.ndarray:
    bundle = load_bundle(folder)
    return SentenceEncoders().encode(bundle, bundle.manifest.conditions["prompt"], text)


def test_a_text_has_a_row_for_each_token(tmp_path: Path) -> None:
    one = speaking(tmp_path / "one", [1, 5, 2], count=1)
    assert said(one, "storm night")[0, :, 0].tolist() == [1, 3, 4, 2, 9]  # begin, words, end, padding
    assert said(one, "storm night coast storm night")[0, :, 1].tolist() == [1, 3, 4, 5, 2]  # cut, with its end
    assert not said(one, " ").any()
    zeros = speaking(tmp_path / "zeros", [1, 5, 2], count=1, more=[{"zero_padding": True}, {}])
    assert said(zeros, "storm")[0, :, 0].tolist() == [1, 3, 2, 0, 0]
    with opened(one) as s:
        direct(s, prompt="coast")
        assert told(s, "prompt")[0].reshape(5, 2)[:, 1].tolist() == [1, 5, 2, 9, 9]
        direct(s, over=1.0, prompt="storm")
        asked(s.step, 5)
        assert np.allclose(told(s, "prompt")[0].reshape(5, 2)[1], 4)  # half-way in numbers, not in directions


def test_several_transformers_make_one_text(tmp_path: Path) -> None:
    rows = [1, 3, 2, 9, 9], [1, 3, 2, 0, 0]  # the second one takes the mask
    joined = said(speaking(tmp_path / "tokens", [1, 10, 2]), "storm")
    assert joined[0, :, 0].tolist() == [*rows[0], *rows[1]]
    beside = said(speaking(tmp_path / "width", [1, 5, 4], join="width"), "storm")
    assert beside[0, :, 0].tolist() == rows[0] and beside[0, :, 3].tolist() == rows[1]
    pooled = speaking(tmp_path / "flat", [1, 12], join="flat", more=[{}, {"pooled": True, "output": "pooled"}])
    assert said(pooled, "storm")[0].tolist() == [v for v in rows[0] for _ in range(2)] + [6, 6]
    unit = said(speaking(tmp_path / "unit", [1, 5, 2], count=1, normalise=True), "storm")
    assert np.allclose(np.linalg.norm(unit, axis=-1), 1)


def test_the_empty_text_is_what_the_bundle_says(tmp_path: Path) -> None:
    """Also before the first direction: for a negative prompt that nobody gave."""
    empty = np.arange(10, dtype=np.float32).reshape(1, 5, 2)
    folder = speaking(tmp_path / "empty", [1, 5, 2], count=1, empty=empty)
    with opened(folder) as s:
        assert told(s, "prompt")[0].tolist() == list(range(10))
        direct(s, prompt="storm")
        assert told(s, "prompt")[0][2] == 3
        direct(s, prompt="")
        assert told(s, "prompt")[0].tolist() == list(range(10))
    (folder / "empty.bin").write_bytes(b"1234")
    with pytest.raises(DreamError, match=r"empty\.bin has the sha256"):
        load_bundle(folder).check_files()


def test_what_does_not_fit_a_text_is_refused(tmp_path: Path) -> None:
    folder = speaking(tmp_path / "text", [1, 10, 2])

    def wrong(edit: Callable[[dict[str, Any]], Any], said: str) -> None:
        text = (folder / "bundle.json").read_text()
        change(folder, lambda m: edit(m["conditions"]["prompt"]))
        with pytest.raises(DreamError, match=said):
            load_bundle(folder)
        (folder / "bundle.json").write_text(text)

    load_bundle(folder)  # the control
    wrong(lambda c: c.update(tokens=9), r"makes \[1, 10, 2\], but `tokens` and `size` say \[1, 9, 2\]")
    wrong(lambda c: c["encoder"]["parts"][1].update(width=3), "cannot be joined along 'tokens'")
    wrong(lambda c: c["encoder"].update(join="width", parts=c["encoder"]["parts"][:1]), r"makes \[1, 5, 2\]")
    wrong(lambda c: c["encoder"].update(parts=[]), "needs parts")
    wrong(lambda c: c["encoder"]["parts"][0].update(pad_to=10**9), "`pad_to` of 1 to 4096")
    wrong(lambda c: c["encoder"]["parts"][0].update(graph="c"), "is encoded by the graph 'c'")
    wrong(lambda c: c["encoder"].update(seconds=1e9), "may take")
    wrong(lambda c: c["encoder"].update(type="words"), "bundle.json")
    change(folder, lambda m: [p.update(width=1) for p in m["conditions"]["prompt"]["encoder"]["parts"]])
    change(folder, lambda m: m["conditions"]["prompt"].update(size=1))
    with pytest.raises(DreamError, match=r"the graph 'a': it gives \[1, 5, 2\], not \[1, 5, 1\]"):
        said_ = load_bundle(folder)
        SentenceEncoders().encode(said_, said_.manifest.conditions["prompt"], "storm")


def test_embeddings_that_are_kept_take_a_limited_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = load_bundle(speaking(tmp_path / "kept", [1, 10, 2]))
    encoder = SentenceEncoders().get(bundle, bundle.manifest.conditions["prompt"])
    assert isinstance(encoder, TokensEncoder)
    monkeypatch.setattr("dreambridge.conditioning.text.MAX_CACHED_BYTES", 6 * 80)
    for k in range(20):
        encoder.encode(f"storm {k}")
    assert len(encoder.kept) == 6


def test_who_waits_for_the_encoder_of_another_has_all_of_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a text that is known does not wait; nor does a session that ends."""
    bundle = load_bundle(speaking(tmp_path / "slow", [1, 5, 2], count=1))
    prompt = bundle.manifest.conditions["prompt"]
    encoders, at_work, may_end, timed = SentenceEncoders(), threading.Event(), threading.Event(), list[Runs]()
    limit = Runs.limit
    monkeypatch.setattr(Runs, "limit", lambda runs, seconds: timed.append(runs) or limit(runs, seconds))
    encoders.encode(bundle, prompt, "coast")

    class Slow(Runs):
        def run(self, *words: Any) -> list[Any]:
            at_work.set()
            assert may_end.wait(60)
            return super().run(*words)

    first, second, third, ended = Slow(), Runs(), Runs(), Runs()
    with ThreadPoolExecutor() as pool:
        try:
            one = pool.submit(encoders.encode, bundle, prompt, "storm", first)
            assert at_work.wait(60)
            timed.clear()
            two = pool.submit(encoders.encode, bundle, prompt, "night", second)
            gone = pool.submit(encoders.encode, bundle, prompt, "storm night", ended)
            assert pool.submit(encoders.encode, bundle, prompt, " coast", third).result(60)[0, 1, 0] == 5
            ended.stop()
            with pytest.raises(Stopped):
                gone.result(60)
            assert wait([two], 0.3).not_done and not timed, "its time has not begun"
        finally:
            may_end.set()
        assert one.result(60)[0, 1, 0] == 3 and two.result(60)[0, 1, 0] == 4 and timed == [second]


def test_a_large_encoder_goes_with_its_last_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = speaking(tmp_path / "goes", [1, 5, 2], count=1)
    bundle = load_bundle(folder)
    prompt = bundle.manifest.conditions["prompt"]

    def remains(most: int, *left: Runs) -> list[bool]:
        """Whether the encoder is still loaded after each session has left, and the same one."""
        monkeypatch.setattr(sentence_encoders, "MAX_UNUSED_BYTES", most)
        encoders = SentenceEncoders()
        for runs in left:
            encoders.encode(bundle, prompt, "storm", runs)
        encoder = weakref.ref(next(iter(encoders._loaded.values())).encoder)
        out = []
        for runs in left:
            encoders.leave(runs)
            gc.collect()
            out.append(encoder() is not None)
        return out

    size = bundle.graph_bytes("a")
    assert remains(size - 1, Runs(), Runs(), Runs()) == [True, True, False]
    assert remains(size, Runs(), Runs()) == [True, True], "the control: a small one is kept"
    monkeypatch.setattr(sentence_encoders, "MAX_UNUSED_BYTES", 0)
    with opened(folder) as s:
        direct(s, prompt="storm")
        direct(s, prompt="night")
        assert len(s.encoders._loaded) == 1
    assert not s.encoders._loaded
    s.encoders.warm(bundle, s.text_runs)  # as if it had begun just before the session ended
    soon(lambda: not any(t.name == "warm-encoders" for t in threading.enumerate()))
    assert not s.encoders._loaded


def test_a_graph_says_where_it_runs(tmp_path: Path) -> None:
    folder = speaking(tmp_path / "placed", [1, 5, 2], count=1)
    change(folder, lambda m: m["graphs"]["a"].update(provider="stream"))
    assert said(folder, "storm")[0, 1, 0] == 3  # the stream's own is the CPU here
    change(folder, lambda m: m["graphs"]["a"].update(provider="warp"))
    with pytest.raises(DreamError, match="The provider 'warp' is unknown"):
        said(folder, "storm")
    change(folder, lambda m: m["graphs"]["step"].update(provider="cpu"))
    with pytest.raises(DreamError, match="steps run where the daemon says"):
        load_bundle(folder)


def test_the_files_are_all_hashed(tmp_path: Path) -> None:
    """Each file of the bundle, changed by a byte, is refused when it is opened."""
    folder = speaking(tmp_path / "hashed", [1, 10, 2], empty=np.zeros((1, 10, 2), np.float32))
    load_bundle(folder).check_files()
    manifest = json.loads((folder / "bundle.json").read_text())
    for path in sorted(p for p in folder.iterdir() if p.name != "bundle.json"):
        content = path.read_bytes()
        assert hashlib.sha256(content).hexdigest() in json.dumps(manifest)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(DreamError, match="has the sha256"):
            load_bundle(folder).check_files()
        path.write_bytes(content)
