"""What goes wrong in the middle: failed models, clients and daemons that come and go, two threads at once; nothing hangs, nothing
is left.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import dreambridge
import msgspec
import pytest
from conftest import PATIENCE, end, python_env, serve, soon
from dreambridge.bundle.find import open_bundle
from dreambridge.daemon.requests import Requests
from dreambridge.daemon.server import Client
from dreambridge.engine.session import Session
from dreambridge.protocol import requests as M
from dreambridge.protocol.codec import decode_plain
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import StateChanged
from dreambridge.protocol.limits import MAX_TOLD_VALUES
from dreambridge.protocol.replies import Closed, ErrorReply
from dreambridge.protocol.requests import Open
from dreambridge.ring import layout as L
from dreambridge.ring.reader import RingReader
from dreambridge.ring.writer import RingWriter, remove_dead_rings
from dreambridge.system.connection_file import file_of


def test_paused_stream_of_a_silent_client_comes_back_paused() -> None:
    """A session that was playing plays again, whatever was queued when the client became silent."""
    p = serve("quiet")
    client = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import dreambridge\nd = dreambridge.connect('quiet')\na, b = d.open('testcard', paused=True), d.open('testcard')\n"
            "print('on', flush=True)\ninput()\na.stats()\n"
            "print(len(a.step()), b.frame(30).index > 0, a.stats().state, flush=True)\n",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=python_env(),
    )
    try:
        assert client.stdout and client.stdin and p.stderr and client.stdout.readline() == "on\n"
        client.send_signal(signal.SIGSTOP)
        while "is silent" not in p.stderr.readline():
            assert p.poll() is None
        client.send_signal(signal.SIGCONT)
        client.stdin.write("\n")
        client.stdin.flush()
        assert client.stdout.readline() == "1 True paused\n"
    finally:
        client.kill()
        client.communicate()
        p.terminate()
        p.communicate(timeout=PATIENCE)


def test_failed_session_answers_every_request() -> None:
    """A model that fails in the middle: its session answers each request with that at once, and can be closed."""
    said: list[Any] = []
    s = Session(1, open_bundle("testcard"), Open(bundle="testcard", values={}), "cpu", time.time_ns(), None, said.append)
    s.start(said.append)
    soon(lambda: s.state == "playing")
    assert s.runner and s.ring and s.ring.path.exists()
    reader = RingReader(s.ring.path)
    s.runner.step = lambda *a: 1 / 0  # type: ignore[method-assign]
    soon(lambda: s.state == "failed")
    assert (
        reader.state == L.CLOSED
        and not s.ring.path.exists()
        and any(isinstance(m, ErrorReply) and m.code == "session_failed" and "division" in m.message for m in said)
    )
    server = type("S", (), {"post": lambda self, key, m: said.append(m), "epoch": 1})()
    client = Client("key", b"", "test", 0.0, sessions={1: s})
    requests = Requests(server)
    for ask in (
        M.Direct(session=1, id=5),
        M.Pause(session=1, id=5),
        M.Resume(session=1),
        M.Step(session=1),
        M.Snapshot(session=1),
        M.Cut(session=1),
    ):
        with pytest.raises(DreamError) as e:
            requests.handle(client, ask, 0)
        assert e.value.code == "session_failed" and "division" in e.value.message and "open" in e.value.hint
    requests.handle(client, M.Stats(session=1, id=6), 0)
    assert said[-1].state == "failed"
    requests.handle(client, M.Close(session=1, id=7), 0)
    soon(lambda: isinstance(said[-1], Closed) and said[-1].id == 7)


def test_closed_means_that_nothing_is_left(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("vista", fps=None)
    s.frame(30)
    daemon._channel.ask(M.Close(session=s.session))
    assert not Path(s.info.ring).exists()


def test_ends_in_the_middle_of_a_thousand_steps_and_leaves_nothing() -> None:
    p = serve("long")
    with dreambridge.connect("long") as d:
        s = d.open("vista", paused=True)
        s._channel.send(M.Step(session=s.session, count=1000))
        s.frame(30)
        p.terminate()
        p.communicate(timeout=PATIENCE)
        assert not Path(s.info.ring).exists()


def test_two_that_start_at_once_do_not_both_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both found no daemon: the second one to write its file finds the file of the first."""
    from dreambridge.daemon import server

    first = server.Server("at-once")
    monkeypatch.setattr(server, "check_free", lambda name: None)
    with pytest.raises(DreamError) as e:
        server.Server("at-once")
    assert e.value.code == "already_running" and str(os.getpid()) in e.value.message
    assert json.loads(file_of("at-once").read_text())["epoch"] == first.epoch
    first.stop()
    first.run()
    assert not file_of("at-once").exists()


def test_ends_when_its_parent_was_gone_before_it_looked() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    words = [sys.executable, "-m", "dreambridge", "serve", "--name", "late", "--parent-pid", str(gone.pid)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=python_env(), check=False)
    assert done.returncode == 0 and str(gone.pid) in done.stderr, done.stderr


def test_failure_of_the_daemon_itself_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from dreambridge.daemon import server

    s = server.Server("own-fault")
    looks: list[float] = []

    def fail(now: float) -> None:
        looks.append(now)
        raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(s, "_look_after", fail)
    thread = threading.Thread(target=s.run)
    thread.start()
    soon(lambda: len(looks) >= 2)
    s.stop()
    thread.join(60)
    assert not thread.is_alive() and not file_of("own-fault").exists()


def test_reading_while_another_thread_changes_the_ring(daemon: dreambridge.Daemon) -> None:
    """The daemon's return gives a stream a new ring while its user reads: that shows as no new frame, never as an exception."""
    s = daemon.open("testcard", fps=200)
    stop, wrong = threading.Event(), list[Exception]()

    def read_on() -> None:
        while not stop.is_set():
            try:
                s.poll()
                s.is_shown(1)
            except Exception as e:
                wrong.append(e)
                return

    thread = threading.Thread(target=read_on)
    thread.start()
    try:
        for _ in range(150):
            old = s._reader
            s._adopt(s.info, s._connection)
            old.close()
    finally:
        stop.set()
        thread.join()
    assert not wrong, wrong
    s._reader.close()
    assert s.poll() is None and not s.is_shown(1)


def test_event_that_overtakes_its_stream_is_kept(daemon: dreambridge.Daemon) -> None:
    daemon._event(StateChanged(session=999_999, state="slowed", code="deadlines_missed", reason="early", fps=3.0))
    s = daemon.open("testcard", paused=True)
    number, s.session = s.session, 999_999
    daemon._adopt(s)
    assert (s.state, s.current_fps) == ("slowed", 3.0)
    s.session = number
    s.close()


def test_session_that_nobody_holds_is_closed(daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its opener gave up before the reply came, and the daemon had made it by the time when it heard of that."""
    monkeypatch.setattr(daemon._channel, "_give_up", lambda future: None)
    came: list[dict[str, Any]] = []
    receive = daemon._channel._receive
    monkeypatch.setattr(daemon._channel, "_receive", lambda data: (came.append(decode_plain(data)), receive(data)))
    with pytest.raises(DreamError) as e:
        daemon.open("vista", timeout=0.001)
    assert e.value.code == "timeout"
    soon(lambda: [m for m in came if m["type"] == "opened"])
    ring = next(Path(m["ring"]) for m in came if m["type"] == "opened")
    soon(lambda: not ring.exists())


def test_paused_stream_is_paused_after_the_daemons_return() -> None:
    first = serve("pause")
    with dreambridge.connect("pause") as d:
        s = d.open("testcard")
        s.pause()
        epoch = s.info.epoch
        first.kill()
        first.communicate()
        second = serve("pause")
        soon(lambda: s.info.epoch != epoch)
        assert s.state == "paused" and len(s.step(2)) == 2
        second.terminate()
        second.communicate(timeout=PATIENCE)


def test_damaged_snapshot_changes_nothing(daemon: dreambridge.Daemon) -> None:
    """Bytes that look like a snapshot but hold what no stream can have; without the check some of them end the session later."""
    s = daemon.open("testcard", seed=3, paused=True)
    s.step(3)
    whole = s.snapshot()
    d = msgspec.msgpack.decode(zlib.decompress(whole[8:]))
    wrong = [
        {"index": -1},
        {"index": 2**63},
        {"step": -5},
        {"time": float("nan")},
        {"time": float("inf")},
        {"seed": -1},
        {"seed": 2**64 - 1},
    ]
    track = d["timeline"]["level"]
    wrong += [
        {"timeline": {"level": [track[0], b"\0\0\xc0\x7f", *track[2:]]}},
        {"timeline": {"level": [*track[:4], float("nan"), *track[5:]]}},
    ]
    nested: list[Any] = []
    for _ in range(40):
        nested = [nested]
    wrong += [{"directed": v} for v in ([1], {"no": 1}, {1: 1}, {"level": nested}, {"level": b"x" * (MAX_TOLD_VALUES + 1)})]
    for part in wrong:
        with pytest.raises(DreamError) as e:
            s.restore(whole[:8] + zlib.compress(msgspec.msgpack.encode(d | part)))
        assert e.value.code == "bad_snapshot" and e.value.hint, part
    with pytest.raises(DreamError) as e:
        s.restore(whole[:-6])
    assert e.value.code == "bad_snapshot"
    assert s.step()[0].index == 3
    s.restore(whole)  # the control
    assert s.step()[0].index == 3
    s.close()


def test_ring_of_a_daemon_killed_while_it_made_it_goes(tmp_path: Path) -> None:
    half, young = (tmp_path / f"dreambridge-{os.getuid()}-{n}-1.ring" for n in (1, 2))
    for path in (half, young):
        path.write_bytes(bytes(L.HEADER))
    os.utime(half, (time.time() - 3600, time.time() - 3600))
    live = RingWriter(tmp_path / f"dreambridge-{os.getuid()}-3-1.ring", L.Layout(3, os.getpid(), 0, 4, 1, 8, 8, 1, 24.0))
    assert remove_dead_rings(tmp_path, lambda pid, start: True) == [half] and young.exists() and live.path.exists()
    live.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_closed_stream_gives_its_memory_back() -> None:
    """Without it a daemon that opens and closes streams all day grows by some ten megabytes each time."""

    def megabytes() -> int:
        return int(Path(f"/proc/{d.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20

    with dreambridge.start() as d:
        closed = []
        for seed in range(4):
            stream = d.open("vista", seed=seed, threads=1, paused=True)
            stream.step(2)
            running = megabytes()
            stream.close()
            soon(lambda: megabytes() < running - 60)  # noqa: B023 - asked at once
            closed.append(megabytes())
        assert max(closed) - closed[0] < 40, closed


def test_direction_that_meets_the_daemons_return_goes_to_no_other_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that has named its session sleeps while the daemon ends and another one starts, and only then sends."""
    daemons = [serve("asleep")]
    with dreambridge.connect("asleep") as d:
        a, b, c = (d.open("testcard", values={"level": 0.2}) for _ in range(3))
        old, epoch, ask = b.session, c.info.epoch, d._channel.ask
        a.close()

        def slow(*words: Any, **named: Any) -> Any:
            monkeypatch.undo()
            daemons[0].kill()
            daemons[0].communicate()
            daemons.append(serve("asleep"))
            soon(lambda: c.info.epoch != epoch and c.state == "playing")
            return ask(*words, **named)

        monkeypatch.setattr(d._channel, "ask", slow)
        with pytest.raises(DreamError) as e:
            b.direct(level=0.8)
        assert e.value.code == "daemon_gone"
        assert c.session == old  # the old number is another stream's now
        c.wait_shown(c.direct(over=0), 60)
        assert c.frame(30).pixels[220, 10, 0] == round(0.2 * 255)
        b.wait_shown(b.direct(level=0.6, over=0), 60)
    daemons[1].terminate()
    daemons[1].communicate(timeout=PATIENCE)


def test_daemon_that_dies_again_while_a_stream_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream waits for the next one."""
    daemons = [serve("again")]
    with dreambridge.connect("again") as d:
        s = d.open("testcard", values={"level": 0.6})
        epochs, ask = [s.info.epoch], d._channel.ask
        killed = threading.Event()

        def deadly(message: M.Request, *words: Any) -> Any:
            if isinstance(message, M.Open):
                monkeypatch.undo()
                soon(lambda: len(daemons) > 1)
                daemons[1].kill()
                killed.set()
            return ask(message, *words)

        monkeypatch.setattr(d._channel, "ask", deadly)
        daemons[0].kill()
        daemons[0].communicate()
        daemons.append(serve("again"))
        assert killed.wait(60)
        daemons[1].communicate()
        daemons.append(serve("again"))
        soon(lambda: s.info.epoch not in epochs and s.state == "playing")
        s.wait_shown(s.direct(over=0), 60)
        assert s.frame(30).pixels[220, 10, 0] == round(0.6 * 255)
    daemons[2].terminate()
    daemons[2].communicate(timeout=PATIENCE)


def test_daemon_that_dies_just_before_something_is_sent_to_it() -> None:
    """Its end is not told yet when the client sends: no other end is left, and ZeroMQ would wait for one for ever."""
    daemons = [serve("gone")]

    class Late(SimpleQueue[bytes]):
        def get_nowait(self) -> bytes:
            data = super().get_nowait()
            if len(daemons) == 1:
                daemons[0].kill()
                daemons[0].communicate()
                time.sleep(0.5)  # for ZeroMQ to see it
                daemons.append(serve("gone"))
            return data

    try:
        with dreambridge.connect("gone") as d:
            d._channel._out = Late()
            with pytest.raises(DreamError) as e:
                d._channel.ask(M.Bundles(), 60)
            assert e.value.code == "daemon_gone"
            soon(lambda: d.connected)
            assert d.bundles()
    finally:
        end(*daemons[1:])
