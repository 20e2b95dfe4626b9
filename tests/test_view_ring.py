"""The ring in the other direction, and depth in three bytes."""

import json
import multiprocessing as mp
import os
import struct
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, soon
from dreambridge.client.view import ViewSender
from dreambridge.protocol import replies as R
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L
from dreambridge.ring.depth import pack_depth, unpack_depth
from dreambridge.ring.reader import RingReader
from dreambridge.ring.view_layers import pack_motion, pack_normal, unpack_motion, unpack_normal
from dreambridge.ring.view_ring import ViewReader, ViewWriter


def test_depth_packing_is_exact_to_a_16_millionth() -> None:
    d = np.linspace(0, 1, 65536).reshape(256, 256)
    packed = pack_depth(d)
    assert packed.shape == (256, 256, 4) and (packed[..., 3] == 255).all()
    assert np.abs(unpack_depth(packed).astype(float) - d).max() < 1.1e-7
    for case in json.loads((ROOT / "protocol" / "vectors" / "depth.json").read_text())["cases"]:
        assert pack_depth([[case["depth"]]])[0, 0, :3].tobytes().hex() == case["bytes"], case
        rgb = np.frombuffer(bytes.fromhex(case["bytes"]), np.uint8)
        assert abs(float(unpack_depth(rgb[None, None])[0, 0]) - case["unpacked"]) < 1e-7
    assert pack_depth([[np.nan, np.inf, -np.inf]])[0, :, 0].tolist() == [255, 255, 0]


def test_normals_and_motion_are_the_bytes_of_the_protocol() -> None:
    vectors = json.loads((ROOT / "protocol" / "vectors" / "view_layers.json").read_text())
    for name, pack, unpack in (("normal", pack_normal, unpack_normal), ("motion", pack_motion, unpack_motion)):
        for case in vectors[name]:
            value = [np.nan if v is None else v for v in case[name]]
            assert pack([[value]])[0, 0, :3].tobytes().hex() == case["bytes"], case
            rgb = np.frombuffer(bytes.fromhex(case["bytes"]), np.uint8)
            back = unpack(rgb[None, None])[0, 0]
            wanted = [np.nan] * 2 if case["unpacked"] is None else case["unpacked"]
            assert np.allclose(back, wanted, atol=1e-6, equal_nan=True), case
    rng = np.random.default_rng(1)
    normal, motion = rng.normal(size=(64, 64, 3)), rng.uniform(-120, 120, (64, 64, 2))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    assert np.abs(unpack_normal(pack_normal(normal)) - normal).max() < 0.5 / 127 + 1e-6
    assert np.abs(unpack_motion(pack_motion(motion)) - motion).max() <= 1 / 32 + 1e-6


def fixed(layers: int = 2, side: int = 64) -> L.Layout:
    return L.Layout(5, os.getpid(), 0, 4, layers, side, side, L.OPAQUE, 24.0)


def test_write_and_take(tmp_path: Path) -> None:
    ring = ViewReader(tmp_path / "a.ring", fixed(), first=7)
    assert ring.path.stat().st_mode & 0o777 == 0o600 and ring.take() is None
    w = ViewWriter(ring.path)
    a, b = np.full((64, 64, 4), 3, np.uint8), np.full((64, 64, 4), 5, np.uint8)
    assert w.publish([a, b], 11, 1.5) == 8
    got = ring.take()
    assert got is not None and got.shape == (2, 64, 64, 4) and (got[0] == 3).all() and (got[1] == 5).all()
    assert (ring.taken, ring.time, ring.layers) == (8, 1.5, 2) and ring.take() is None
    w.publish([b], 12, 2.5)
    w.publish([a], 13, 3.5)  # the latest counts
    got = ring.take()
    assert got is not None and got.shape == (1, 64, 64, 4) and (got == 3).all() and (ring.taken, ring.time) == (10, 3.5)
    assert RingReader(ring.path).read() is not None, "it is a ring like any other"
    with pytest.raises(DreamError, match="3 layers"):
        w.publish([a, a, a], 1, 0)
    ring.close()
    assert w.state == L.CLOSED and not ring.path.exists()
    w.publish([a], 14, 4.0)  # into a file that is gone: no harm
    w.close()
    ring.close()


def test_a_writer_that_breaks_the_file_breaks_nothing_else(tmp_path: Path) -> None:
    ring = ViewReader(tmp_path / "a.ring", fixed())
    w = ViewWriter(ring.path)
    w.publish([np.full((64, 64, 4), 9, np.uint8)] * 2, 1, 0.0)
    w.close()
    data = ring.path.read_bytes()

    def write(at: int, word: int) -> None:
        with ring.path.open("r+b") as f:
            f.seek(at)
            f.write(word.to_bytes(8, "little"))

    for at, word in ((L.LATEST, 2**63), (L.LATEST, 2**64 - 1), (L.LATEST, 3), (L.HEADER, 1), (L.HEADER, 2**64 - 1)):
        write(at, word)
        assert ring.take() is None
        write(at, int.from_bytes(data[at : at + 8], "little"))
    with ring.path.open("r+b") as f:
        f.seek(L.HEADER + 8)
        f.write(b"\xff" * 8)  # 4 billion layers
    for size in (5000, 100, 0):
        os.truncate(ring.path, size)
        assert ring.take() is None and ring.torn > 0
    with ring.path.open("r+b") as f:
        f.write(data)
    got = ring.take()
    assert got is not None and len(got) == 2 and (got == 9).all(), "whole again: taken"
    ring.close()


@pytest.mark.parametrize(
    ("at", "form", "wrong"),
    [(8, "<I", 0), (8, "<I", 3), (8, "<I", 2**32 - 1), *((32, "<d", t) for t in (float("nan"), float("inf"), float("-inf")))],
)
def test_a_slot_with_fields_out_of_range_is_not_whole(at: int, form: str, wrong: float, tmp_path: Path) -> None:
    ring = ViewReader(tmp_path / "a.ring", fixed())
    w = ViewWriter(ring.path)
    picture = [np.full((64, 64, 4), 9, np.uint8)] * 2
    w.publish(picture, 1, 0.5)
    w._file.write(L.HEADER + at, struct.pack(form, wrong))
    assert ring.take() is None and ring.torn > 0 and (ring.taken, ring.time) == (0, 0.0)
    w.publish(picture, 2, 1.5)
    got = ring.take()
    assert got is not None and len(got) == 2 and (ring.taken, ring.time) == (2, 1.5), "the next one is taken"
    w.close()
    ring.close()


def _writer(path: str, stop: Any) -> None:
    w, i = ViewWriter(Path(path)), 0
    while not stop.is_set():
        i += 1
        w.publish([np.full((256, 256, 4), i & 255, np.uint8)] * 2, i, 0.0)
    w.close()


def test_no_torn_picture_is_taken_and_it_would_be_seen(tmp_path: Path) -> None:
    """A writer at full speed: what is taken is whole; without the check (the control) some is torn."""
    ring = ViewReader(tmp_path / "t.ring", fixed(2, 256))
    context = mp.get_context("spawn")
    stop = context.Event()
    p = context.Process(target=_writer, args=(str(ring.path), stop))
    p.start()
    good = torn = control = 0
    try:
        soon(lambda: ring._file.word(L.LATEST) > 0)
        until = time.monotonic() + 40
        while (good < 300 or not control) and time.monotonic() < until:
            got = ring.take()
            if got is not None:
                good += 1
                torn += int(got.min() != got.max())
            at = L.HEADER + (ring._file.word(L.LATEST) % 4) * ring.layout.stride + L.SLOT_HEADER
            raw = bytearray(2 * ring.layout.frame_bytes)
            ring._file.read(at, memoryview(raw))
            control += int(len(set(raw[::4096])) > 1)
    finally:
        stop.set()
        p.join(60)
        ring.close()
    assert good >= 100 and torn == 0, (good, torn)
    assert control > 0, "the control never saw a torn picture: this test could not fail"


def test_layers_that_were_refused_are_not_asked_for_again() -> None:
    """At the daemon's return they would end a stream that went on without them."""
    asked = list[list[str]]()

    def attach(layers: list[str]) -> R.Attached:
        asked.append(layers)
        raise DreamError("not_supported", "no normals", "leave them out")

    view = ViewSender(attach)
    with pytest.raises(DreamError):
        view.send(SimpleNamespace(width=2, height=2), {"label": np.zeros((2, 2, 3), np.uint8)})  # type: ignore[arg-type]
    view.again()
    assert asked == [["label"]]
