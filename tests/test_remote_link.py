"""A remote stream and its connection in this process, with a server of our own: what tests cannot see through a daemon."""

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import PATIENCE
from dreambridge.bundle.load import load_bundle
from dreambridge.engine.remote_session import RemoteSession
from dreambridge.engine.watchdog import LoadQueue, Watchdog
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_INVALID_TOLD
from dreambridge.protocol.replies import Opened
from dreambridge.protocol.requests import Open
from dreambridge.remote import messages as P
from dreambridge.remote.access import Access
from dreambridge.remote.link import Patience
from dreambridge.remote.start import starter
from dreambridge.remote.stream import RemoteStream

from devtools.remote_server import Behaviour, RemoteServer, remote_server, write_bundle


def until(what: Any, said: str) -> None:
    end_at = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end_at, f"did not happen: {said}"
        time.sleep(0.01)


@contextmanager
def connected(
    folder: Path, server: RemoteServer, kind: type[RemoteStream] = RemoteStream, **patience: float
) -> Iterator[tuple[RemoteStream, list[DreamError]]]:
    """A stream without a session, and what it failed with."""
    failed = list[DreamError]()
    bundle = load_bundle(write_bundle(folder, server.url))
    access = Access(["127.0.0.1"], {})
    s = kind(bundle, access, 7, 24.0, lambda: None, lambda _: None, failed.append, Patience(**patience))
    level = np.full((1, 1), 0.5, np.float32)
    still = np.array([[1, 0]], np.float32)
    s.connect({"prompt": (s.number_of("x"), 1.0), "level": (level, 1.0), "move": (still, 1.0), "flash": (0 * still, 1.0)}, 1)
    try:
        yield s, failed
    finally:
        s.close()


class Hasty(RemoteStream):
    """There is an event to send while the connection begins, and then the heartbeat is due many times."""

    def begin(self, generation: int) -> tuple[bytes, list[bytes]]:
        made = super().begin(generation)
        self._link.send(generation, P.event("hasty", generation))
        time.sleep(0.3)
        return made


def test_init_comes_first(tmp_path: Path) -> None:
    """A server refuses a session whose first message is an event, and the stream would fail for good."""
    with remote_server() as server, connected(tmp_path / "b", server, Hasty, heartbeat=0.02) as (s, failed):
        for k in range(1, 4):
            until(lambda k=k: len(server.log.inits) == k or failed, f"session {k}")
            assert not failed, failed[0]
            until(lambda k=k: server.log.of("hasty")[-1:] == [k], f"the event of session {k}")
            s.reset(k)
        until(lambda: len(server.log.inits) == 4 or failed, "the last session")
        assert not failed, failed[0]


def test_a_server_cannot_fill_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dreambridge")
    noisy = Behaviour(complain=30, break_after=4)
    with remote_server(noisy) as server, connected(tmp_path / "b", server) as (s, failed):
        until(lambda: (s.take() and False) or len(server.log.inits) > 3, "it is connected again")
        assert not failed
    lines = [r.getMessage() for r in caplog.records if str(server.port) in r.getMessage()]
    assert len(lines) == MAX_INVALID_TOLD, lines[-3:]
    assert "did not understand an event: invalid event\\x1b[2J" in lines[0] and lines[-1].endswith("is not logged.")


def test_a_server_may_be_silent_for_longer_than_it_may_take_to_connect(tmp_path: Path) -> None:
    quiet = Behaviour(stall_after=4, stall=3.0)
    with remote_server(quiet) as server, connected(tmp_path / "b", server, open=2.0) as (s, failed):
        until(lambda: (s.take() and False) or server.log.frames > 12, "it goes on")
        assert len(server.log.inits) == 1 and not failed


@contextmanager
def opening(folder: Path, server: RemoteServer, loads: LoadQueue) -> Iterator[tuple[RemoteSession, list[Any], threading.Event]]:
    bundle = load_bundle(write_bundle(folder, server.url))
    start = starter(Access(["127.0.0.1"], {}))
    answers, answered = list[Any](), threading.Event()
    s = RemoteSession(1, bundle, Open(bundle="b"), time.time_ns(), lambda _: None, start, Watchdog(), loads)

    def ready(answer: Any) -> None:
        answers.append(answer)
        answered.set()

    s.start(ready)
    try:
        yield s, answers, answered
    finally:
        s.close()
        s._thread.join(PATIENCE)
        assert not s._thread.is_alive()


def test_a_remote_model_takes_no_place_among_the_loads(tmp_path: Path) -> None:
    """It loads nothing here; with a place, two servers that do not answer would keep all other bundles waiting."""
    loads = LoadQueue()
    loads.PATIENCE = 1e9  # type: ignore[misc]
    with remote_server() as server, ExitStack() as held:
        for _ in range(loads.PLACES):
            held.enter_context(loads.turn(lambda: False))
        with opening(tmp_path / "b", server, loads) as (_, answers, answered):
            assert answered.wait(PATIENCE), "it waits for a place"
            assert isinstance(answers[0], Opened), answers


def test_a_keyring_that_waits_for_its_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked keyring asks for a password. A session that is closed meanwhile ends."""
    asked, unlocked = threading.Event(), threading.Event()

    def get_password(_service: str, _name: str) -> None:
        asked.set()
        unlocked.wait(4 * PATIENCE)

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    try:
        with remote_server() as server, opening(tmp_path / "b", server, LoadQueue()) as (_, answers, _):
            assert asked.wait(PATIENCE)
            assert not answers
    finally:
        unlocked.set()
