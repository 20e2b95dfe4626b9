"""A ring that another program damages or hides: the daemon lives, and its session gets a new ring or is closed."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dreambridge
import msgspec
import numpy as np
import pytest
from conftest import PATIENCE, CSharp, Engine, end, python_env, serve, soon
from dreambridge.daemon.server import Server
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import RingChanged
from dreambridge.protocol.replies import Welcome
from dreambridge.ring import layout as L
from dreambridge.ring.reader import RingReader
from dreambridge.ring.writer import RingWriter, Stamp, frame_memory

from devtools.csharp_testbed import Runtime
from devtools.ring_harms import HARMS, removed, replaced

NOBODY = 65534


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_ring_is_noticed(harm: Callable[[Path], None], tmp_path: Path) -> None:
    told: list[str] = []
    w = RingWriter(tmp_path / "a.ring", L.Layout(5, os.getpid(), 0, 4, 1, 64, 64, L.OPAQUE, 24.0), lambda: told.append("lost"))
    r = RingReader(w.path)
    frames = frame_memory(w.layout)
    w.publish(frames, Stamp(1, 0, 0, 0.0, 0.0))
    assert not w.look() and r.read() is not None
    harm(w.path)
    for i in range(5):  # more than it has slots: what was mapped would be touched everywhere
        w.publish(frames, Stamp(1, i, 0, 0.0, 0.0))
        r.read()
    soon(lambda: told == ["lost"])
    assert w.lost
    w.close(L.SUPERSEDED)
    assert r.state == L.SUPERSEDED, "whoever has it open learns it"
    assert w.path.exists() == (harm is replaced)
    r.close()


@contextlib.contextmanager
def within() -> Iterator[dreambridge.Daemon]:
    """A daemon in this very process."""
    server = Server("within")
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with dreambridge.connect("within") as d:
            yield d
    finally:
        server.stop()
        thread.join()


def scenario(daemon: Callable[[], contextlib.AbstractContextManager[dreambridge.Daemon]]) -> None:
    """Each harm to one of two playing streams, and to a paused one."""
    with daemon() as d:
        calm, hurt = d.open("testcard", fps=60), d.open("testcard", fps=60, values={"level": 0.5})
        calm_ring = calm.info.ring
        for harm in HARMS:
            hurt.wait_shown(hurt.direct(level=0.8, over=0), 60)
            old = hurt._reader
            path = Path(hurt.info.ring)
            harm(path)
            soon(lambda: hurt._reader is not old)  # noqa: B023 - asked at once
            if harm is replaced:
                assert path.read_text() and str(path) != hurt.info.ring, "what belongs to somebody else stays"
                path.unlink()
            assert "was lost" in hurt.reason and hurt.state == "playing", (hurt.state, hurt.reason)
            before = hurt.frame(10).index
            soon(lambda: hurt.frame(10).index > before + 3)  # noqa: B023
            calm.frame(10)
        assert calm.info.ring == calm_ring and not calm.reason, "the other session noticed nothing"
        rest = d.open("testcard", paused=True)
        frame = rest.step()[0]
        Path(rest.info.ring).unlink()
        soon(lambda: "was lost" in rest.reason)
        again = rest.poll()
        assert again is not None and again.index == frame.index and np.array_equal(again.pixels, frame.pixels)
        assert rest.step()[0].index == frame.index + 1
        files = [Path(s.info.ring) for s in (calm, hurt, rest)]
    soon(lambda: not any(f.exists() for f in files))


def test_the_daemon_outlives_its_rings() -> None:
    scenario(dreambridge.start)


def as_nobody() -> None:
    """In a separate process, because it cannot be undone."""
    with within() as d:  # the other user may not read the Python: what is imported late is imported now
        d.open("testcard").frame(10)
    for folder in (os.environ["HOME"], *(str(p) for p in Path(os.environ["HOME"]).rglob("*"))):
        os.chown(folder, NOBODY, NOBODY)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    scenario(within)
    print("lived")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become somebody else")
def test_another_users_daemon_outlives_its_rings_too(daemon: dreambridge.Daemon) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        ring = daemon.open("testcard", paused=True).info.ring
        words = ["sh", "-c", ': >> "$1"', "sh", ring]
        done = subprocess.run(words, user=NOBODY, group=NOBODY, capture_output=True, check=False)
        assert done.returncode and Path(ring).stat().st_size, "a ring is its owner's only"
        code = "import sys; sys.path.insert(0, sys.argv[1]); import test_ring_lost; test_ring_lost.as_nobody()"
        lived = subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=python_env() | {"DREAMBRIDGE_RUNTIME_DIR": str(folder), "HOME": str(folder), "XDG_CACHE_HOME": str(folder)},
        )
        assert lived.returncode == 0 and "lived" in lived.stdout, lived.stderr
    finally:
        shutil.rmtree(folder)


def test_a_reader_without_a_channel_finds_the_new_ring(daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one whose event was lost with its connection: by the ring's state alone."""
    s = daemon.open("testcard", fps=60)
    s.frame(10)
    monkeypatch.setattr(s, "_event", lambda m: None)
    old = s._reader
    removed(Path(s.info.ring))
    soon(lambda: s.poll() and s._reader is not old)
    s.frame(10)
    s.close()


def test_a_ring_of_another_name_is_found_when_the_connection_is_back(
    daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something else has taken the old one's name, and the event was lost: the welcome tells the new one."""
    s = daemon.open("testcard", fps=60)
    s.frame(10)
    told: list[RingChanged] = []
    monkeypatch.setattr(s, "_event", told.append)
    path = Path(s.info.ring)
    replaced(path)
    soon(lambda: told)
    try:
        again = msgspec.structs.replace(s.info, ring=told[0].ring)
        channel = daemon._channel
        daemon._back(Welcome(protocol="1.0", version="", epoch=s.info.epoch, client_key=channel.key, sessions=[again]))
        assert s.info.ring == told[0].ring != str(path) and s.frame(10)
    finally:
        path.unlink()
        s.close()


def test_a_ring_that_is_lost_again_and_again_fails_its_session(daemon: dreambridge.Daemon) -> None:
    s = daemon.open("testcard", fps=60)
    until = time.monotonic() + 60
    while s.state != "failed":
        assert time.monotonic() < until
        Path(s.info.ring).unlink(missing_ok=True)
        time.sleep(0.01)
    assert "8th time" in s.reason and "DREAMBRIDGE_RING_DIR" in s.reason
    assert daemon.bundles()
    s.close()


def test_the_last_thing_in_the_log_is_where_it_died() -> None:
    p = serve("faulty")
    p.send_signal(signal.SIGBUS)
    said = p.communicate(timeout=PATIENCE)[1]
    assert "Fatal Python error: Bus error" in said and "server.py" in said, said


@pytest.mark.parametrize("harm", ["removed", "overwritten", "cut"])
def test_godot_goes_on_in_the_new_ring(harm: str, engine: Engine, daemon: dreambridge.Daemon) -> None:
    got = engine.run("ring_lost.gd", screen=False, DAEMON=daemon.name, HARM=harm)
    assert got["codes"] == ["ring_lost"] and got["state"] == "playing" and got["shown"] and got["index"] > 5, got


@pytest.mark.parametrize("harm", ["removed", "overwritten", "cut"])
def test_unitys_core_goes_on_in_the_new_ring(harm: str, csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    got = csharp.run(runtime, "ring_lost", daemon.name, harm)
    assert (got["code"], got["errors"], got["state"]) == ("ring_lost", 1, "Playing") and got["shown"] and got["frames"] > 5, got


def test_unitys_core_attaches_a_view_again_whose_ring_was_cut(
    csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon
) -> None:
    assert csharp.run(runtime, "ring_lost", daemon.name, "view") == {"open": False, "errors": 0, "state": "Playing"}


def serve_elsewhere(name: str) -> subprocess.Popen[str]:
    """A daemon whose /dev/shm is not ours, as in a container."""
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs none /dev/shm && exec "$@"', "sh"]
    if sys.platform != "linux" or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    command = [*words, sys.executable, "-m", "dreambridge", "serve", "--name", name]
    p = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=python_env())
    assert p.stderr and "listens" in p.stderr.readline()
    return p


def rings_of(p: subprocess.Popen[str]) -> list[str]:
    return [f for f in os.listdir(f"/proc/{p.pid}/root" + "/dev/shm") if f.endswith(".ring")]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """The name of a daemon in such a namespace, and its rings."""
    p = serve_elsewhere("elsewhere")
    try:
        yield "elsewhere", lambda: rings_of(p)
    finally:
        end(p)


def test_python_says_so_too_after_the_daemons_return() -> None:
    daemons = [serve("moved")]
    try:
        with dreambridge.connect("moved") as d:
            s = d.open("testcard")
            daemons[0].kill()
            daemons[0].wait()
            daemons.append(serve_elsewhere("moved"))
            soon(lambda: s.state == "failed")
            assert "/dev/shm" in s.reason and "DREAMBRIDGE_RING_DIR" in s.reason
            soon(lambda: not rings_of(daemons[1]))
    finally:
        end(*daemons)


def test_python_says_that_the_ring_is_out_of_reach(elsewhere: tuple[str, Callable[[], list[str]]]) -> None:
    name, files = elsewhere
    with dreambridge.connect(name) as d:
        with pytest.raises(DreamError) as e:
            d.open("testcard")
        assert e.value.code == "ring_unreachable"
        assert "/dev/shm" in e.value.message and "DREAMBRIDGE_RING_DIR" in e.value.hint
        soon(lambda: not files())


def test_godot_says_that_the_ring_is_out_of_reach(engine: Engine, elsewhere: tuple[str, Callable[[], list[str]]]) -> None:
    name, files = elsewhere
    got = engine.run("ring_lost.gd", screen=False, DAEMON=name, HARM="none")
    assert got["codes"] == ["ring_unreachable"] and got["state"] == "failed", got
    assert "/dev/shm" in got["hints"][0] and "DREAMBRIDGE_RING_DIR" in got["hints"][0]
    soon(lambda: not files())


def test_unitys_core_says_that_the_ring_is_out_of_reach(
    csharp: CSharp, runtime: Runtime, elsewhere: tuple[str, Callable[[], list[str]]]
) -> None:
    name, files = elsewhere
    got = csharp.run(runtime, "ring_lost", name, "none")
    assert (got["code"], got["errors"], got["state"]) == ("ring_unreachable", 1, "Failed"), got
    assert "/dev/shm" in got["said"] and "DREAMBRIDGE_RING_DIR" in got["said"]
    soon(lambda: not files())
