"""Snapshots of any size: in a file, and refused where they could not be restored."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import PATIENCE, soon
from dreambridge.client.stream import Stream
from dreambridge.engine import take_requests
from dreambridge.engine.snapshots import MAGIC
from dreambridge.engine.take_requests import restore_snapshot, take_snapshot
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.system.whole_file import BEING_WRITTEN, write_whole
from made_bundle import asked, opened, with_a_large_state


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_a_large_state(tmp_path_factory.mktemp("bundles") / "large")


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


def test_a_slot_of_a_large_model_is_saved_without_its_state(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(large.parent))
    with dreambridge.start() as d, d.open("large", paused=True, threads=1, seed=7) as s:
        s.step(3)
        slot = s.save_slot()
        assert json.loads(slot)["snapshot"] == "" and len(slot) < 1000
        loaded = s.restore_slot(slot)
        assert not loaded.exact and "too large" in loaded.reason and loaded.left_out == []
        assert s.step()[0].pixels[0, 0, 0] == 1, "from a fresh state"


def test_the_stream_goes_on_while_a_snapshot_is_packed(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packing, may_end, pack = threading.Event(), threading.Event(), take_requests.pack_within

    def slow(*words: Any) -> Any:
        packing.set()
        assert may_end.wait(60)
        return pack(*words)

    monkeypatch.setattr(take_requests, "pack_within", slow)
    said: list[Any] = []
    with opened(large) as s:
        take_requests.take_snapshot(s, said.append)
        assert packing.wait(60)
        before = s.index
        s.enqueue(lambda: s.make_step() and None)
        soon(lambda: s.index == before + 1)
        assert not said
        may_end.set()
        soon(lambda: said)
        assert said[0].code == "too_large" and "12,582,916 bytes" in said[0].message


def test_a_hopeless_state_is_not_even_copied(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any) -> None:
        raise AssertionError("it was copied")

    monkeypatch.setattr(take_requests, "content", fail)
    with opened(large) as s:
        monkeypatch.setattr(take_requests, "MAX_STATE_IN_MESSAGE", 12 * 2**20)
        with pytest.raises(DreamError) as e:
            asked(lambda reply: take_requests.take_snapshot(s, reply))
        assert e.value.code == "too_large" and "12,582,916 bytes" in e.value.message
