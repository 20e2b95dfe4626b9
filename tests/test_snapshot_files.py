"""Snapshots of any size: in a file, and refused where they could not be restored."""

from pathlib import Path

import dreambridge
import numpy as np
import pytest
from dreambridge.client.stream import Stream
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from made_bundle import constants, graph, named, shown, write
from onnx import TensorProto as T
from onnx import helper as h

COUNT = 3 * 2**20  # numbers of a state: 12 MiB that cannot be compressed


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that counts its steps, and has a large state."""
    folder = tmp_path_factory.mktemp("bundles") / "large"
    folder.mkdir()
    nodes = [
        h.make_node("Add", ["n", "by"], ["n2"]),
        h.make_node("Identity", ["big"], ["big2"]),
        *shown("n2", 1),
    ]
    g = graph(
        folder / "step.onnx",
        nodes,
        {"n": (T.FLOAT, [1]), "big": (T.FLOAT, [COUNT])},
        {"frame": (T.UINT8, [1, 1, 1, 4]), "n2": (T.FLOAT, [1]), "big2": (T.FLOAT, [COUNT])},
        **constants(1, by=np.float32(1 / 255)),
    )
    (folder / "big.bin").write_bytes(np.random.default_rng(1).random(COUNT, np.float32).tobytes())
    state = {
        "n": {"input": "n", "output": "n2", "dtype": "float32", "shape": [1]},
        "big": {"input": "big", "output": "big2", "dtype": "float32", "shape": [COUNT], "initial": named(folder / "big.bin")},
    }
    return write(folder, {"step": g}, {"state": state}, 1)


def test_a_large_snapshot_goes_through_a_file(large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(large.parent))
    path = tmp_path / "save.dream"
    with dreambridge.start() as d:
        s = d.open("large", paused=True, threads=1)

        def shade(stream: Stream) -> int:
            return int(stream.step()[0].pixels[0, 0, 0])

        assert [shade(s), shade(s)] == [1, 2]
        with pytest.raises(DreamError) as e:  # it could not be sent back
            s.snapshot()
        assert e.value.code == "too_large" and "save_snapshot" in e.value.hint and shade(s) == 3
        size = s.save_snapshot(path)
        assert size == path.stat().st_size > 8 * 2**20
        assert [shade(s), shade(s)] == [4, 5]
        s.load_snapshot(path)
        assert shade(s) == 4
        s.save_snapshot(path)  # over its own
        other = d.open("large", paused=True, threads=1)
        other.load_snapshot(path)
        assert shade(other) == 5
        own = tmp_path / "novel.txt"
        own.write_text("mine")
        for call, told, code in (
            (lambda: s.save_snapshot(own), "is not a snapshot", "bad_argument"),
            (lambda: s.load_snapshot(own), "is not a snapshot", "bad_argument"),
            (lambda: s.save_snapshot(tmp_path), "is not a snapshot", "bad_argument"),
            (lambda: s.load_snapshot(tmp_path / "none"), "cannot be read", "no_access"),
            (lambda: s.save_snapshot(tmp_path / "no" / "folder"), "cannot be written", "no_access"),
            (lambda: s._ask_session(R.Snapshotted, M.Snapshot, file="save.dream"), "is not absolute", "bad_argument"),
        ):
            with pytest.raises(DreamError) as e:
                call()
            assert e.value.code == code and told in e.value.message, e.value
        assert own.read_text() == "mine"
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(DreamError) as e:
            s.load_snapshot(path)
        assert e.value.code == "bad_snapshot" and shade(s) == 5  # nothing has changed
        small = d.open("testcard", paused=True)
        small.step()
        small.restore(small.snapshot())  # the control: what fits goes through messages as before
