"""What a session opened is gone when it was let go, whichever way."""

import errno
import fcntl
import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import dreambridge
import pytest
import zmq
from conftest import rings, soon
from dreambridge.bundle.find import open_bundle
from dreambridge.daemon.bundle_list import BundleList
from dreambridge.daemon.server import Server
from dreambridge.engine.sentence_encoders import SentenceEncoders
from dreambridge.engine.session import Session
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError, as_dream_error, check_handles, short_of_memory
from dreambridge.protocol.replies import BundleList as BundleRows
from dreambridge.protocol.replies import ErrorReply
from dreambridge.protocol.requests import Open
from dreambridge.protocol.states import Reason
from dreambridge.ring import layout as L
from dreambridge.ring.reader import ring_folder
from dreambridge.ring.writer import RingWriter
from dreambridge.system.paths import user_id


@pytest.mark.parametrize("how", ["bye", "close", "forget", "nothing"])
def test_what_was_opened_is_gone_at_the_end_however_it_was_let_go(how: str) -> None:
    """In the middle of a step that takes longer than the daemon's end waits."""
    server, deep, on = Server("mid-step"), threading.Event(), threading.Event()
    thread = threading.Thread(target=server.run)
    thread.start()
    client = dreambridge.connect("mid-step")
    try:
        stream = client.open("testcard", values={})
        (session,) = server.running
        assert session.runner
        session.runner.step = lambda *a: (deep.set(), on.wait(60))  # type: ignore[method-assign,assignment,func-returns-value]
        assert deep.wait(60) and Path(stream.info.ring).exists()
        if how == "bye":
            client.close()
            soon(lambda: not server.clients)  # a busy daemon may answer after the client has gone
        elif how == "close":
            client._channel.send(M.Close(session=stream.session))
            soon(lambda: not any(c.sessions for c in server.clients.values()))
        elif how == "forget":
            server.drop(next(iter(server.clients.values())), Reason.CLIENT_SILENT, "it stayed away")
        server.stop()
        thread.join(60)
        assert not thread.is_alive() and not Path(stream.info.ring).exists()
    finally:
        on.set()
        client.close()
        server.stop()
        thread.join(60)
    session.join(60)
    assert not Path(stream.info.ring).exists()


def test_no_ring_is_made_once_the_end_has_begun() -> None:
    said: list[Any] = []
    s = Session(1, open_bundle("testcard"), Open(bundle="testcard", values={}), "cpu", time.time_ns(), None, said.append)
    s.close(lambda: said.append("closed"))
    s.close()
    s.start(said.append)
    s.join(60)
    assert said[0].code == "cancelled" and said[1:] == ["closed"] and s.ring is None


def live_and_close() -> "list[weakref.ref[Any]]":
    """A session's whole life; what must not outlive it."""
    said: list[Any] = []
    s = Session(1, open_bundle("testcard"), Open(bundle="testcard", values={}), "cpu", time.time_ns(), None, said.append)
    s.start(said.append)
    soon(lambda: s.index > 3)
    s.view.attach(["label"], said.append)
    soon(lambda: s.view.ring)
    held = [weakref.ref(o) for o in (s, s.ring, s.output.frames, s.runner, s.view.ring)]
    s.close()
    s.join(60)
    assert not s._thread.is_alive()
    return held


def test_a_closed_session_is_released_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        held = live_and_close()
        soon(lambda: not any(h() for h in held))
    finally:
        gc.enable()


ALLOCATES = (
    "Non-zero status code returned while running Concat node. bfc_arena.cc:360 Failed to allocate memory for requested buffer"
)


@pytest.mark.usefixtures("own_rings")
def test_a_dead_ring_that_a_game_held_open_goes_later() -> None:
    """.NET locks each file that it reads: a killed daemon's ring outlived the start of the next one, and stayed for ever."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    path = ring_folder() / f"dreambridge-{user_id()}-{time.time_ns()}-1.ring"
    live = RingWriter(path.with_name(f"{path.name}.live"), L.Layout(3, gone.pid, 1, 4, 1, 8, 8, L.OPAQUE, 24.0))
    path.write_bytes(live.path.read_bytes())
    live.close()
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        s = Server("sweeps-again")
        assert path.exists(), "the control"
    try:
        s._turn(zmq.Poller())
        assert path.exists(), "not all the time"
        s._swept = s._looked = time.monotonic() - 60
        s._turn(zmq.Poller())
        assert not path.exists()
    finally:
        s.stop()
        s.run()


@pytest.mark.parametrize(("says", "code"), [(ALLOCATES, "no_resources"), ("Gather: index out of range", "session_failed")])
def test_a_step_without_memory_does_not_blame_the_bundle(says: str, code: str) -> None:
    """The control: any other failure of a graph does."""
    said: list[Any] = []
    s = Session(1, open_bundle("testcard"), Open(bundle="testcard"), "cpu", time.time_ns(), None, said.append)
    s.start(said.append)
    soon(lambda: s.index > 2, 20)
    assert s.runner

    def fail(*_: Any) -> None:
        raise ValueError(says)

    s.runner.runs.run_bound = fail  # type: ignore[method-assign]
    soon(lambda: s.state == "failed", 20)
    error = next(m for m in said if isinstance(m, ErrorReply))
    assert error.code == code and ("author" in error.hint) == (code == "session_failed"), error
    s.close()
    s.join(20)


def test_an_error_that_quotes_such_words_stays_what_it_is() -> None:
    """A value that a client sent, a name of a bundle. The control: without a code of its own it is one of memory."""
    said = DreamError("unknown_bundle", "There is no bundle 'bad_alloc'.")
    assert as_dream_error(said) is said and not short_of_memory(said)
    assert as_dream_error(RuntimeError(str(said))).code == "no_resources"


@pytest.mark.parametrize("system", ["win32", "darwin", "linux"])
def test_windows_has_no_command_for_the_limit_of_handles(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", system)
        with pytest.raises(DreamError) as e:
            check_handles(OSError(errno.EMFILE, "Too many open files"), "The ring")
    assert e.value.code == "no_resources" and ("ulimit" in e.value.hint) == (system != "win32")


def test_bundles_are_listed_again_after_a_thread_could_not_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next request would wait for a reading that never began, and so would all others."""
    said: list[Any] = []

    def fail(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    rows = BundleList()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError) as e:
            rows.ask(said.append)
        SentenceEncoders().warm(open_bundle("vista"))  # the first prompt loads them
    assert as_dream_error(e.value).code == "no_resources" and not said
    rows.ask(said.append)
    soon(lambda: len(said) == 1, 20)
    assert isinstance(said[0], BundleRows)


@pytest.mark.skipif(sys.platform != "linux", reason="sets another process's limits")
def test_a_daemon_without_file_handles_says_so_and_leaves_nothing() -> None:
    import resource

    with dreambridge.start() as d:
        epoch, first = d._channel.connection.epoch, d.open("testcard", threads=1)
        most = max(int(f) for f in os.listdir(f"/proc/{d.pid}/fd"))
        resource.prlimit(d.pid, resource.RLIMIT_NOFILE, (most + 3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        with pytest.raises(DreamError) as e:
            for _ in range(8):
                d.open("testcard", threads=1)
        assert e.value.code == "no_resources" and "ulimit -n" in e.value.hint
        first.poll()
        assert first.frame(10).index > 0 and first.direct(level=0.5)
    assert not rings(epoch)
