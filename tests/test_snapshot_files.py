"""Snapshots of any size: in a file, and refused where they could not be restored."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import PATIENCE, soon
from dreambridge.client.stream import Stream
from dreambridge.engine.snapshots import MAGIC
from dreambridge.engine.take_requests import restore_snapshot, take_snapshot
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.system.whole_file import BEING_WRITTEN, write_whole
from made_bundle import constants, graph, named, opened, shown, write
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
        other = "fifo"
        if hasattr(os, "mkfifo"):
            os.mkfifo(tmp_path / other)
        else:
            (tmp_path / other).mkdir()
        with (tmp_path / "sparse.dream").open("wb") as f:  # it takes no room, and none is taken for it
            f.write(MAGIC)
            f.truncate(2**40)
        for call, told, code in (
            (lambda: s.save_snapshot(own), "is not a snapshot", "bad_argument"),
            (lambda: s.load_snapshot(own), "is not a snapshot", "bad_argument"),
            (lambda: s.save_snapshot(tmp_path), "is not a snapshot", "bad_argument"),
            (lambda: s.load_snapshot(tmp_path / "fifo"), "is not a snapshot", "bad_argument"),
            (lambda: s.load_snapshot(tmp_path / "sparse.dream"), "of this bundle has at most", "bad_snapshot"),
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


def test_a_disk_that_does_not_answer_holds_up_the_asking_session_only(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's thread asks for snapshots, and it serves all clients."""
    path, answers, stat = tmp_path / "save.dream", threading.Event(), os.stat

    def slow(of: Any, **how: Any) -> os.stat_result:
        if str(of) == str(path):
            answers.wait(PATIENCE)
        return stat(of, **how)

    monkeypatch.setattr(os, "stat", slow)
    with opened(large) as s:
        out: list[Any] = []
        requests: list[Callable[[], None]] = [
            lambda: take_snapshot(s, out.append, str(path)),
            lambda: restore_snapshot(s, b"", out.append, str(path)),
        ]
        for ask in requests:
            answers.clear()
            server = threading.Thread(target=ask, daemon=True)
            server.start()
            server.join(PATIENCE / 2)
            assert not server.is_alive() and not out
            answers.set()
            soon(lambda: out)
            assert not isinstance(out.pop(), DreamError)
        assert path.stat().st_size > 8 * 2**20


def test_two_that_write_one_file_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one writes it while the first one is about to give it its name."""
    path, replace = tmp_path / "save.dream", Path.replace
    seen = list[bytes]()

    def late(part: Path, out: Path) -> Path:
        if not seen:
            seen.append(b"")
            write_whole(path, b"second")
            seen.append(path.read_bytes())
        return replace(part, out)

    monkeypatch.setattr(Path, "replace", late)
    write_whole(path, b"first")
    assert seen[1] == b"second" and path.read_bytes() == b"first" and list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    def left(pid: int, started: int, age: float) -> Path:
        part = tmp_path / f".dreambridge-{pid}-{started}-{'0' * 16}.part"
        part.write_bytes(b"half")
        os.utime(part, (part.stat().st_mtime - age,) * 2)
        return part

    dead = left(os.getpid(), 1, BEING_WRITTEN + 1)  # an earlier process of this number
    kept = [left(os.getpid(), 2, 0), left(os.getpid(), 0, BEING_WRITTEN + 1), tmp_path / ".dreambridge-mine.part"]
    kept[-1].write_text("mine")
    write_whole(tmp_path / ("a" * 250), b"whole")  # a name to which nothing can be added
    assert not dead.exists() and all(p.exists() for p in kept)
