"""Nothing leaves this machine except what the user asked for, and nothing is written outside our own folders."""

import os
import subprocess
import sys
from pathlib import Path

import dreambridge
import psutil
import pytest
from conftest import CSharp, Engine, end, python_env, serve
from system_calls import LONG_ENOUGH, STRACE, read_trace, trace

from devtools import csharp_testbed
from devtools.csharp_testbed import Runtime

SESSION = f"""
import time, dreambridge
with dreambridge.start() as daemon:
    stream = daemon.open("vista", threads=1)  # with a sentence encoder
    stream.direct(prompt="a storm over the coast")
    stream.frame(60)
    time.sleep({LONG_ENOUGH})
"""


GAME = """\
extends SceneTree


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await stream.frame_ready
	await stream.shown(stream.direct({"level": 0.5}, 0.0))
	print("played")
	quit()
"""


def a_new_user(home: Path) -> dict[str, str]:
    """The environment of a user who has never run any of it, and who has set nothing; ``home`` is made."""
    home.mkdir()
    left_out = ("XDG_", "ORT_", "HF_", "MPL", "TORCH")
    env = {k: v for k, v in python_env().items() if not k.startswith(left_out)}
    return env | {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "DREAMBRIDGE_RUNTIME_DIR": str(home / "run")}


def foreign_files(home: Path) -> list[str]:
    """Files in the home folder that are not in a folder of ours."""
    ours = (home / "run", home / ".cache" / "dreambridge")
    return sorted(
        str(p) for p in home.rglob("*") if p.is_file() and not p.is_relative_to(ours[0]) and not p.is_relative_to(ours[1])
    )


def check_nothing_foreign(script: str, env: dict[str, str], log: Path) -> None:
    seen, done = trace([sys.executable, "-c", script], env, log)
    assert done.returncode == 0, done.stderr
    assert any(address == "127.0.0.1" for _, address in seen.peers), "the control: the client met its daemon"
    assert seen.beyond_this_machine() == []
    assert any(w.endswith(".ring") for w in seen.written), "the control: the daemon made a ring"
    home = env["HOME"]
    assert seen.written_outside(f"{home}/run", f"{home}/.cache/dreambridge", "/dev/null", "/dev/shm/dreambridge-") == []


@pytest.mark.skipif(not STRACE, reason="strace is not installed")
def test_daemon_and_python_client_by_their_system_calls(tmp_path: Path) -> None:
    check_nothing_foreign(SESSION, a_new_user(tmp_path / "home"), tmp_path / "log")


def check_peers(command: list[str], env: dict[str, str], log: Path) -> str:
    """A game that plays a stream speaks to its daemon only; what it said.

    Unix sockets are not looked at: .NET and mono ask for the user's name by one, which stays on this machine.
    """
    seen, done = trace(command, env, log)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("AF_INET", "127.0.0.1") in seen.peers, "the control: the game met its daemon"
    assert [peer for peer in seen.beyond_this_machine() if peer[0] != "AF_UNIX"] == []
    return done.stdout


@pytest.mark.godot
@pytest.mark.skipif(not STRACE, reason="strace is not installed")
def test_godot_by_its_system_calls(engine: Engine, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    (engine.project / "private_game.gd").write_text(GAME)
    command = engine.command("private_game.gd", screen=False)
    assert "played" in check_peers(command, os.environ | {"DAEMON": daemon.name}, tmp_path / "log")


@pytest.mark.skipif(not STRACE, reason="strace is not installed")
def test_unitys_core_by_its_system_calls(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """It plays, loses its ring and gets another one."""
    command = csharp.command(runtime, "ring_lost", daemon.name, "removed")
    assert '"state"' in check_peers(command, csharp_testbed.env(), tmp_path / "log")


def test_the_home_folder_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without strace: what lies in the home folder afterwards, and what the daemon's sockets are connected to meanwhile."""
    home = tmp_path / "home"
    env = a_new_user(home)
    for name in set(os.environ) - set(env):
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    daemon = serve("private")
    try:
        peers = set[str]()
        with dreambridge.connect("private") as d:
            stream = d.open("testcard", threads=1)
            for _ in range(20):
                stream.frame(20)
                peers |= {c.raddr.ip for c in psutil.Process(daemon.pid).net_connections() if c.raddr}
        assert peers == {"127.0.0.1"}
    finally:
        end(daemon)
    assert foreign_files(home) == []


@pytest.mark.usefixtures("no_daemons")
@pytest.mark.parametrize(
    "words", [("doctor",), ("bundles",), ("demo", "--headless", "--bundle", "testcard", "--seconds", "1", "--out", "OUT")]
)
def test_commands_leave_the_home_folder_empty(tmp_path: Path, words: tuple[str, ...]) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "dreambridge", *(w.replace("OUT", str(tmp_path / "out")) for w in words)]
    done = subprocess.run(command, env=a_new_user(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert foreign_files(home) == []


def test_modules_do_not_wake_the_telemetry(tmp_path: Path) -> None:
    """The engine used inside another program, without the command and its environment."""
    script = """
from dreambridge.bundle.find import open_bundle
from dreambridge.runtime.runner import StreamRunner
StreamRunner(open_bundle("testcard"), "cpu")
"""
    home = tmp_path / "home"
    subprocess.run([sys.executable, "-c", script], env=a_new_user(home), check=True)
    assert foreign_files(home) == []


@pytest.mark.skipif(not STRACE, reason="strace is not installed")
def test_the_watch_sees_what_it_should(tmp_path: Path) -> None:
    """The control: a program that asks a resolver, connects elsewhere and writes into the home folder."""
    script = """
import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("192.0.2.1", 53))
s.connect(("127.0.0.1", 53))
open(os.environ["HOME"] + "/mine", "w").close()
os.mkdir(os.environ["HOME"] + "/folder")
open("/dev/null").read()
"""
    env = a_new_user(tmp_path / "home")
    seen, done = trace([sys.executable, "-c", script], env, tmp_path / "log")
    assert done.returncode == 0
    assert seen.beyond_this_machine() == [("AF_INET", "192.0.2.1")]
    assert seen.written_outside() == [f"{env['HOME']}/folder", f"{env['HOME']}/mine"]
    resolver = '1 connect(8, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT'
    assert read_trace(resolver).beyond_this_machine() == [("AF_UNIX", "/var/run/nscd/socket")]
