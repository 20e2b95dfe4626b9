"""A daemon and a client in different PID namespaces, as in containers and in Flatpak: real ones, by unshare."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import dreambridge
import pytest
from conftest import CSharp, Engine, end, python_env, rings, serve, soon
from dreambridge.protocol.errors import DreamError
from dreambridge.system.connection_file import Connection, file_of, is_alive, load, lock_of, read, write
from dreambridge.system.processes import pid_namespace

from devtools.csharp_testbed import Runtime

UNSHARE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def can_unshare() -> bool:
    return (
        shutil.which("unshare") is not None
        and subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    )


pytestmark = pytest.mark.skipif(not can_unshare(), reason="no PID namespace can be made here")


def inside(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*UNSHARE, *words], capture_output=True, text=True, env=python_env(), check=False)


def python(code: str) -> str:
    done = inside(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_namespace_has_another_number() -> None:
    """The control: in there the daemon's process cannot be seen."""
    code = (
        "import os; from dreambridge.system.processes import pid_namespace as n, process_alive; print(n(), process_alive({}, 0))"
    )
    number, alive = python(code.format(os.getpid())).split()
    assert int(number) != pid_namespace() and alive == "False"


def test_a_living_daemon_lives_from_inside() -> None:
    p = serve("outside")
    try:
        streamed = python(
            "import dreambridge\n"
            "with dreambridge.connect('outside') as d:\n"
            "    s = d.open('testcard', threads=1)\n"
            "    print(s.frame(20).index)\n"
        )
        assert int(streamed) >= 0
    finally:
        end(p)


def test_a_daemon_inside_takes_nothing_from_the_one_outside() -> None:
    p = serve("shared")
    try:
        with dreambridge.connect("shared") as d:
            stream = d.open("testcard", threads=1)
            stream.frame(20)
            there, epoch = file_of("shared").read_bytes(), d._channel.connection.epoch
            done = inside(sys.executable, "-m", "dreambridge", "serve", "--name", "shared")
            assert (
                done.returncode == 1 and "is already running" in done.stderr and f"process {p.pid} of another PID" in done.stderr
            ), done.stderr
            # one with another name starts, sweeps, and ends: it judges the rings of the outer daemon
            code = "import dreambridge\nwith dreambridge.start('inner') as d: d.open('testcard', threads=1).frame(20)\n"
            python(code)
            assert file_of("shared").read_bytes() == there and len(rings(epoch)) == 1
            after = stream.frame(20).index
            soon(lambda: stream.frame(20).index > after)
            assert not file_of("inner").exists() and not lock_of(file_of("inner")).exists()
    finally:
        end(p)


@pytest.mark.usefixtures("own_rings")
def test_a_daemon_outside_leaves_the_one_inside_alone() -> None:
    command = [*UNSHARE, sys.executable, "-m", "dreambridge", "serve", "--name", "inside"]
    p = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=python_env(), start_new_session=True)
    try:
        soon(lambda: load(file_of("inside")))
        c = load(file_of("inside"))
        assert c and c.foreign and c.pid < 100, "its own number of itself"
        assert is_alive(c, file_of("inside"))
        with dreambridge.connect("inside") as d:
            stream = d.open("testcard", threads=1)
            stream.frame(20)
            end(serve("sweeper"))
            assert len(rings(c.epoch)) == 1
            done = subprocess.run(
                [sys.executable, "-m", "dreambridge", "serve", "--name", "inside"],
                capture_output=True,
                text=True,
                check=False,
                env=python_env(),
            )
            assert done.returncode == 1 and "is already running" in done.stderr
            os.killpg(p.pid, signal.SIGKILL)
            p.communicate()
            # its lock is free and its port closed: name and rings can be taken
            soon(lambda: read("inside") is None)
            assert rings(c.epoch)
            end(serve("inside"))
            assert not rings(c.epoch)
    finally:
        if p.poll() is None:
            os.killpg(p.pid, signal.SIGKILL)
            p.communicate()


@pytest.mark.godot
def test_godot_and_csharp_ask_the_socket(engine: Engine, csharp: CSharp, runtime: Runtime) -> None:
    """A process id of another namespace that does not exist here."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        for name, endpoint, namespace in (
            ("foreign", there, pid_namespace() + 1),
            ("foreign-gone", "tcp://127.0.0.1:1", pid_namespace() + 1),
            ("native-gone", "tcp://127.0.0.1:1", pid_namespace()),
        ):
            write(Connection("1.0", "0.1.0", name, endpoint, "x", 2**22 + 1, 1, 7 + len(name), "", namespace))
        assert csharp.run(runtime, "folder", "foreign")["endpoint"] == there
        assert csharp.run(runtime, "folder", "foreign-gone")["endpoint"] is None
        assert csharp.run(runtime, "folder", "native-gone")["endpoint"] is None
        if runtime == "net8":
            (engine.project / "foreign.gd").write_text(
                "extends SceneTree\nconst F := preload('res://addons/dreambridge/system/connection_file.gd')\n"
                "func _initialize() -> void:\n"
                "\tprint(JSON.stringify({'sizes': [F.read('foreign').size(), F.read('native-gone').size()], "
                "'n': F.pid_namespace()}))\n\tquit()\n"
            )
            said = engine.run("foreign.gd", screen=False)
            assert said["sizes"][0] > 0 and said["sizes"][1] == 0 and said["n"] == pid_namespace(), said


def test_what_cannot_be_judged_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks, and a daemon of another namespace whose port is not reachable from here."""
    from dreambridge.system import connection_file

    foreign = Connection("1.0", "0.1.0", "unknown", "tcp://127.0.0.1:1", "x", 4711, 1, 7, "", pid_namespace() + 1)
    path = write(foreign)
    assert is_alive(foreign, path) is False, "nobody holds the lock and nobody listens"
    monkeypatch.setattr(connection_file, "is_locked", lambda path: None)
    assert is_alive(foreign, path) is None
    with pytest.raises(DreamError) as e:
        connection_file.check_free("unknown")
    assert e.value.code == "not_answering" and str(path) in e.value.hint and "another PID namespace" in e.value.message
    assert path.exists()


def test_a_client_of_another_namespace_may_be_silent_for_a_while() -> None:
    """Its process id does not exist here, which does not mean that it has ended."""
    from dreambridge.daemon import server
    from dreambridge.protocol.requests import Hello

    s = server.Server("silent-clients")
    gone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    s._hello(b"one", Hello(protocol="1.0", client="of a container", pid=2**22 + 1))
    s._hello(b"two", Hello(protocol="1.0", client="of this machine", pid=gone.pid))
    gone.communicate(b"\n")
    s._look_after(time.monotonic() + 4)
    assert [c.name.strip("'") for c in s.clients.values()] == ["of a container"], "the control has ended, and cannot come back"
    s._look_after(time.monotonic() + 31)
    assert not s.clients
    s.stop()
    s.run()
