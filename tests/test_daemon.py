"""The daemon as a process: one for each name, ends cleanly, sessions live and die with those they belong to."""

import itertools
import json
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import dreambridge
import numpy as np
import pytest
from conftest import PATIENCE, python_env, rings, serve, soon
from dreambridge.bundle.find import open_bundle
from dreambridge.engine.session import Session
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.requests import Open
from dreambridge.system.connection_file import file_of, read


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_in_a_second_and_leaves_nothing(number: signal.Signals) -> None:
    took = []
    for _ in range(5):  # a busy machine may be late now and then
        begun = time.monotonic()
        p = serve("ending")
        limit = max(1.0, time.monotonic() - begun)  # on a slow machine: as long as its start took
        c = read("ending")
        assert c
        with dreambridge.connect("ending") as d:
            for name in ("vista", "testcard"):
                d.open(name).frame(20.0)
            assert len(rings(c.epoch)) == 2
            begun = time.monotonic()
            p.send_signal(number)
            said = p.communicate(timeout=PATIENCE)[1]
            took.append((time.monotonic() - begun, limit))
        assert p.returncode == 0 and "Traceback" not in said, said
        assert not rings(c.epoch) and not file_of("ending").exists()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", urlsplit(c.endpoint).port or 0), 1)
        if took[-1][0] < limit:
            break
    assert took[-1][0] < took[-1][1], took


def test_many_signals_at_once_end_it_too() -> None:
    for _ in range(3):
        p = serve("signals")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            p.send_signal(number)
        p.communicate(timeout=PATIENCE)
        assert p.returncode == 0


def test_second_daemon_of_a_name_says_so() -> None:
    first = serve("twin")
    try:
        second = subprocess.run(
            [sys.executable, "-m", "dreambridge", "serve", "--name", "twin"],
            capture_output=True,
            text=True,
            check=False,
            env=python_env(),
        )
        assert second.returncode == 1 and "'twin'" in second.stderr and str(first.pid) in second.stderr, second.stderr
        assert "--name" in second.stderr and "Traceback" not in second.stderr
        c = read("twin")
        assert c and c.pid == first.pid, "the first one's file must stay"
    finally:
        first.terminate()
        first.communicate(timeout=PATIENCE)


def test_connection_file_is_the_owners_alone(daemon: dreambridge.Daemon) -> None:
    path = file_of(daemon.name)
    assert path.stat().st_mode & 0o777 == 0o600
    c = json.loads(path.read_text())
    assert len(c["token"]) >= 32 and c["pid"] == daemon.pid and c["endpoint"].startswith("tcp://127.0.0.1:")


@pytest.mark.usefixtures("own_rings")
def test_stale_file_of_a_killed_daemon_is_no_daemon() -> None:
    p = serve("stale")
    with dreambridge.connect("stale") as d:
        d.open("testcard").frame(30)
        epoch = d._channel.connection.epoch
        p.kill()
        p.communicate()
        assert file_of("stale").exists() and read("stale") is None and rings(epoch)
        with pytest.raises(DreamError) as e:
            dreambridge.connect("stale")
        assert e.value.code == "not_running" and "'stale'" in e.value.message
    p = serve("stale")  # cleans up after the dead one
    assert not rings(epoch)
    p.terminate()
    p.communicate(timeout=PATIENCE)


def test_ends_with_the_process_it_runs_for() -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    p = serve("child", "--parent-pid", str(parent.pid))
    assert p.poll() is None
    parent.kill()
    parent.wait()
    said = p.communicate(timeout=PATIENCE)[1]
    assert p.returncode == 0 and str(parent.pid) in said
    if parent.stdin:
        parent.stdin.close()


def test_log_for_machines() -> None:
    p = serve("jsonlog", "--log-format", "json")
    p.terminate()
    lines = [json.loads(line) for line in p.communicate(timeout=PATIENCE)[1].splitlines()]
    assert lines and lines[-1]["message"] == "ended" and lines[-1]["level"] == "info"


@pytest.mark.parametrize("folder", ["/proc/nowhere", "a-file"])
def test_no_write_access_to_the_runtime_folder(folder: str, tmp_path: Path) -> None:
    path = Path(folder) if folder.startswith("/") else tmp_path / folder
    if not folder.startswith("/"):
        path.write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "dreambridge", "serve"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=python_env() | {"DREAMBRIDGE_RUNTIME_DIR": str(path)},
    )
    assert done.returncode == 1 and str(path) in done.stderr and "DREAMBRIDGE_RUNTIME_DIR" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_no_room_for_a_ring(tmp_path: Path) -> None:
    """A daemon that may write files of 1 MB only: the session is refused with a hint, and the daemon continues."""
    p = subprocess.Popen(
        [sys.executable, "-m", "dreambridge", "serve", "--name", "full"],
        stderr=subprocess.PIPE,
        text=True,
        env=python_env(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6)),
    )
    soon(lambda: read("full"))
    with dreambridge.connect("full") as d:
        with pytest.raises(DreamError) as e:
            d.open("vista")
        assert e.value.code == "no_space" and "MiB" in e.value.message and "DREAMBRIDGE_RING_DIR" in e.value.hint
        assert d.bundles() and not rings(d._channel.connection.epoch)
    p.terminate()
    p.communicate(timeout=PATIENCE)


def test_no_provider_of_that_name() -> None:
    with pytest.raises(DreamError, match="abacus") as e, dreambridge.start(provider="abacus"):
        pass
    assert "openvino" in e.value.message
    import onnxruntime as ort

    if "DmlExecutionProvider" not in ort.get_available_providers():
        with dreambridge.start(provider="directml") as d:
            with pytest.raises(DreamError) as e:
                d.open("testcard")
            assert e.value.code == "no_provider" and "'directml'" in e.value.message and "auto" in e.value.hint


def test_pace_goes_down_and_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of the test's own: late steps lower the rate, steps with room raise it, and not at once again."""
    from dreambridge.engine import pace

    clock = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])
    p = pace.Pace(24.0, 24.0, 1)
    p.restart()

    def run(step: float, seconds: float) -> list[float]:
        rates, until = [p.rate], clock[0] + seconds
        while clock[0] < until:
            clock[0] = max(clock[0], p.due) + step
            p.done(step)
            rates.append(p.rate)
        return rates

    p.share = 0.5
    p.done(0.2)
    assert p.wait() == pytest.approx(0.2), "as long a rest as the step"
    p.share = 1.0
    clock[0] += 1
    p.restart()
    assert set(run(0.030, 10)) == {24.0}
    slow = run(0.100, 20)
    assert slow == sorted(slow, reverse=True) and 6 <= slow[-1] <= 8.2, slow[-1]
    assert p.dropped > 0 and p.missed > 0
    up = run(0.030, 30)
    assert up == sorted(up) and up[-1] == 24.0
    for _ in range(5):  # a load that comes and goes: each return takes longer than the last
        run(0.060, 4)
        run(0.030, 3)
    assert p.hold > 2 * pace.HOLD[0]


def test_several_sessions_at_once_are_apart(daemon: dreambridge.Daemon) -> None:
    a, b = daemon.open("testcard", seed=1, fps=60), daemon.open("testcard", seed=2, fps=10)
    other = dreambridge.connect(daemon.name)
    c = other.open("testcard", fps=30)
    a.direct(level=1.0, over=0)
    b.direct(level=0.0, over=0)
    c.wait_shown(c.direct(level=0.5, over=0))
    time.sleep(0.5)
    levels = [int(s.frame(10).pixels[220, 10, 0]) for s in (a, b, c)]
    assert levels == [255, 0, 128]
    assert a.stats().fps > b.stats().fps
    with pytest.raises(DreamError) as e:
        other._channel.ask(M.Pause(session=a.session))
    assert e.value.code == "unknown_session", "a session belongs to its client"
    other.close()
    a.close()
    b.close()


def test_silent_client_comes_back_with_its_key() -> None:
    """A client that stops (as one in a debugger) is orphaned: its stream pauses, and continues when it is back."""
    code = (
        "import sys, time, dreambridge\nd = dreambridge.connect('orphan')\ns = d.open('testcard', fps=30)\n"
        "s.direct(level=0.7, over=0)\nprint('on', flush=True)\nlast = -1\n"
        "while True:\n    time.sleep(0.05)\n    f = s.poll()\n    if f: last = f.index\n"
        "    print(s.state, s.session, last, flush=True)\n"
    )
    p = serve("orphan")
    client = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=python_env())
    try:
        assert client.stdout and client.stdout.readline() == "on\n"
        before = client.stdout.readline().split()
        client.send_signal(signal.SIGSTOP)
        time.sleep(4.5)  # silent for longer than 3 s, alive, and shorter than 30 s
        c = read("orphan")
        assert c and len(rings(c.epoch)) == 1
        client.send_signal(signal.SIGCONT)
        deadline, resumed, rows = time.monotonic() + 60, list[str](), list[list[str]]()
        while time.monotonic() < deadline:
            row = client.stdout.readline().split()
            rows.append(row)
            if row[0] == "playing" and int(row[2]) > int(before[2]) + 5:
                resumed = row
                break
        assert resumed and resumed[1] == before[1], (before, rows[:3], rows[-3:])
    finally:
        client.kill()
        client.wait()
        if client.stdout:
            client.stdout.close()
        p.terminate()
        said = p.communicate(timeout=PATIENCE)[1]
    assert "is silent" in said, said


def test_exact_stepping_and_pause(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("testcard", seed=4, paused=True)
    frames = s.step(5)
    assert [f.index for f in frames] == [0, 1, 2, 3, 4] and s.poll() is None
    assert [round(f.time * s.info.fps) for f in frames] == [0, 1, 2, 3, 4]
    r = s.direct(level=0.2, over=1.0)
    assert not s.is_shown(r)
    with pytest.raises(DreamError) as e:
        s.wait_shown(r, timeout=0.05)
    assert e.value.code == "timeout" and "paused" in e.value.message
    s.step()
    assert s.is_shown(r)
    s.resume()
    assert s.frame(30).index > 5
    s.close()


def test_what_follows_a_prompt_keeps_its_order(daemon: dreambridge.Daemon) -> None:
    """A sentence is encoded in another thread; a step and a direction that were sent behind it come behind it all the same."""
    s = daemon.open("vista", seed=4, paused=True, threads=1)
    for k in range(6):
        ask = [
            M.Direct(session=s.session, values={"prompt": f"sentence number {k} of a long story"}),
            M.Step(session=s.session, count=1),
            M.Direct(session=s.session, values={"camera_x": 0.1 * k}),
            M.Step(session=s.session, count=1),
        ]
        replies = [f.result(60) for f in [s._channel.send(a) for a in ask]]
        read = [s._reader.read(r.published) for r in replies[1::2]]
        assert [f and f.revision for f in read] == [r.revision for r in replies[::2]] == [2 * k + 1, 2 * k + 2]
    s.close()


def test_a_direction_is_in_line_before_its_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may send ``step`` right after ``directed``: the direction must come before it."""
    session = Session(1, open_bundle("testcard"), Open(bundle="testcard"), "cpu", 1, None, lambda _: None)  # never started
    waiting: list[int] = []
    session.direct({"level": 0.5}, None, None, 0, lambda _: waiting.append(len(session._work)))
    monkeypatch.setattr(session, "embed", lambda *_: np.zeros((1, 1152), np.float32))
    session.schema = open_bundle("vista").manifest.conditions
    session.direct({"prompt": "a storm"}, None, None, 0, lambda _: waiting.append(len(session._work)))
    soon(lambda: len(waiting) == 2)
    assert waiting == [1, 2]
    session._background.end()


def test_cut_resets_and_over_0_keeps_the_state(daemon: dreambridge.Daemon) -> None:
    """Vista's snow lies on the ground as state: a direction leaves it there, a cut takes it away."""
    values = {"weather": "snow", "time_of_day": 12.0, "biome": "forest"}
    s = daemon.open("vista", seed=5, paused=True, threads=1, values=values)
    s.step(24, dt=0.25)
    s.direct(weather="clear", over=0)
    kept = s.step(2)[-1].pixels[170:, :, :3].mean()
    s.cut(weather="clear")
    gone = s.step(2)[-1].pixels[170:, :, :3].mean()
    assert kept > gone + 15, (kept, gone)
    s.close()


def test_snapshot_of_a_stream_goes_on_alike(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("vista", seed=6, paused=True, threads=1)
    s.direct(time_of_day=20.0, over=2.0)
    s.step(10)
    saved = s.snapshot()
    first = [f.pixels for f in s.step(5)]
    other = daemon.open("vista", seed=77, paused=True, threads=1)
    other.restore(saved)
    second = [f.pixels for f in other.step(5)]
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert not (first[0] == first[4]).all()
    s.close()
    other.close()


def test_slows_down_under_load_and_says_so(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("vista", fps=1000.0, threads=1)  # no machine makes that
    soon(lambda: s.state == "slowed")
    assert "missed" in s.reason and s.current_fps is not None and s.current_fps < 1000
    s.close()


def test_rates(daemon: dreambridge.Daemon) -> None:
    fast = daemon.open("testcard", fps=None)
    time.sleep(0.6)
    assert fast.stats().fps > 35 and fast.info.fps == 0, "more than the bundle's own 30"
    fast.close()
    slow = daemon.open("testcard", fps=5)
    seen = [slow.frame(10) for _ in range(8)]
    apart = [(b.published_ns - a.published_ns) / 1e9 / (b.publication - a.publication) for a, b in itertools.pairwise(seen)]
    assert float(np.median(apart)) == pytest.approx(0.2, abs=0.03), apart
    slow.close()


def test_frames_of_the_client_are_its_own(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("testcard", fps=60)
    f = s.frame(10)
    kept = f.pixels.copy()
    for _ in range(20):
        s.frame(10)
    assert (f.pixels == kept).all() and f.pixels.dtype == np.uint8 and f.pixels.shape == (256, 256, 4)
    s.close()
