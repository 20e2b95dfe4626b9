"""A daemon ends with the program that started it, whichever PID namespace that runs in, and with nothing else."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import CSharp, Engine, end, python_env, serve, soon
from dreambridge.client import own_daemon
from dreambridge.client.own_daemon import OwnDaemon
from dreambridge.daemon.serve import wait_for_the_end
from dreambridge.system import lifeline
from dreambridge.system.connection_file import file_of, load, read
from dreambridge.system.lifeline import Lifeline, holds
from test_namespaces import UNSHARE, can_unshare

from devtools.csharp_testbed import Runtime, env

PARENT = """
import os, sys
from dreambridge.system.lifeline import Lifeline
print(Lifeline().port, flush=True)
if len(sys.argv) > 1 and os.fork() == 0:  # a child that outlives it must not count for it
    sys.stdin.read()
    os._exit(0)
sys.stdin.read()
"""


def parent(*words: str) -> tuple["subprocess.Popen[str]", str]:
    p = subprocess.Popen(
        [sys.executable, "-c", PARENT, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=python_env()
    )
    assert p.stdout
    return p, p.stdout.readline().strip()


def kill(p: "subprocess.Popen[str]") -> None:
    p.kill()
    p.communicate()


@pytest.mark.skipif(not can_unshare(), reason="no PID namespace can be made here")
@pytest.mark.parametrize("words", [[], ["forks"]])
def test_a_daemon_of_another_namespace_ends_with_its_parent(words: list[str]) -> None:
    """The control: by its number alone the parent of another namespace is gone from the beginning."""
    starter, port = parent(*words)
    name = f"line-{len(words)}"
    command = [*UNSHARE, sys.executable, "-m", "dreambridge", "serve", "--name", name, "--parent-pid", str(starter.pid)]
    try:
        control = subprocess.run(command, capture_output=True, text=True, timeout=60, env=python_env(), check=False)
        assert control.returncode == 0 and "has ended" in control.stderr and not file_of(name).exists()
        p = subprocess.Popen([*command, "--parent-port", port], stderr=subprocess.PIPE, text=True, env=python_env())
        try:
            soon(lambda: read(name) or p.poll() is not None, 30)
            c = load(file_of(name))
            assert c and c.foreign and p.poll() is None
            time.sleep(1.2)  # two looks at a process number
            assert p.poll() is None
            starter.kill()  # a child of it may live on, and holds its pipes
            starter.wait()
            said = p.communicate(timeout=30)[1]
            assert p.returncode == 0 and "has ended" in said and not file_of(name).exists(), said
        finally:
            if p.poll() is None:
                p.kill()
                p.communicate()
    finally:
        kill(starter)


def test_a_daemon_whose_parent_has_ended_ends_at_once() -> None:
    starter, port = parent()
    kill(starter)
    words = [sys.executable, "-m", "dreambridge", "serve", "--name", "late-line", "--parent-pid", "1", "--parent-port", port]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=python_env(), check=False)
    assert done.returncode == 0 and "has ended" in done.stderr, done.stderr


def test_only_the_process_with_that_port_is_named() -> None:
    """As the owner of a daemon: a number of another namespace may be somebody else's here."""
    line = Lifeline()
    assert holds(os.getpid(), line.port) and not holds(os.getppid(), line.port) and not holds(os.getpid(), 1)
    line.close()
    assert not holds(os.getpid(), line.port)


# In the place of a daemon: holds its lifeline as a daemon does, says in a file whether it could, and ends.
STAND_IN = """
import sys
from dreambridge.system import lifeline
lifeline.PATIENCE = 1.0
words = dict(zip(sys.argv, sys.argv[1:]))
try:
    said = str(lifeline.Held(int(words["--parent-port"])))
except OSError as e:
    said = repr(e)
with open(__file__ + ".said", "a") as file:
    file.write(said + "\\n")
"""


def stand_in(folder: Path) -> Path:
    path = folder / "stand_in.py"
    path.write_text(STAND_IN)
    path.with_name(f"{path.name}.said").touch()
    return path


def told(path: Path) -> list[str]:
    return path.with_name(f"{path.name}.said").read_text().splitlines()


def test_one_process_starts_more_daemons_than_a_port_has_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody accepts their connections: those of daemons that have ended filled the queue. Their ports are closed."""
    listen, path = socket.create_server, stand_in(tmp_path)

    def short(address: Any, **options: Any) -> socket.socket:
        return listen(address, **options | {"backlog": 1})

    def ports() -> int:
        return sum(c.status == psutil.CONN_LISTEN for c in psutil.Process().net_connections("tcp4"))

    monkeypatch.setattr(socket, "create_server", short)
    monkeypatch.setattr(own_daemon, "this_python", lambda: [sys.executable, str(path)])
    before = ports()
    for n in range(4):
        started = OwnDaemon(f"many-{n}", "cpu")
        started.process.wait(60)
        assert started.gone() if n % 2 else not started.end()
    assert len(told(path)) == 4 and not [said for said in told(path) if "Held" not in said], told(path)
    assert ports() == before


def test_a_port_that_cannot_be_reached_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full queue, or a firewall: then the parent counts by its number. The control: a port that is closed is the end."""
    monkeypatch.setattr(lifeline, "PATIENCE", 0.2)
    starter, _ = parent()
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    port, held = int(full.getsockname()[1]), [socket.socket() for _ in range(8)]
    try:
        for s in held:
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", port))
        with pytest.raises(TimeoutError):
            lifeline.Held(port)
        by_number = threading.Thread(target=wait_for_the_end, args=(starter.pid, port), daemon=True)
        by_port = threading.Thread(target=wait_for_the_end, args=(0, port), daemon=True)
        by_number.start()
        by_port.start()
        by_number.join(1.0)
        assert by_number.is_alive() and by_port.is_alive()
        kill(starter)
        by_number.join(30)
        assert not by_number.is_alive() and by_port.is_alive()
        full.close()
        by_port.join(30)
        assert not by_port.is_alive()
        closed = Lifeline()
        closed.close()
        wait_for_the_end(os.getpid(), closed.port)
    finally:
        kill(starter)
        full.close()
        for s in held:
            s.close()


def test_godot_and_its_own_daemon(engine: Engine, tmp_path: Path) -> None:
    """Godot passes a port of its own to each daemon, which ends when the engine is killed."""
    (engine.project / "lifeline.gd").write_text(
        "extends SceneTree\n"
        "const OwnDaemon := preload('res://addons/dreambridge/system/own_daemon.gd')\n"
        "func _initialize() -> void:\n"
        "\tvar ports := ['a', 'a', 'b'].map(OwnDaemon._new_lifeline)\n"
        "\tprint(JSON.stringify({'last': ports[0], 'port': ports[1], 'other': ports[2]}))\n"
        "\tif OS.get_environment('WAITS'):\n\t\twhile true:\n\t\t\tawait process_frame\n"
        "\tquit()\n"
    )
    got = subprocess.run(engine.command("lifeline.gd", screen=False), capture_output=True, text=True, timeout=60, check=False)
    assert "ERROR" not in got.stderr and "leaked" not in got.stderr, got.stderr
    game = subprocess.Popen(
        engine.command("lifeline.gd", screen=False), stdout=subprocess.PIPE, text=True, env=os.environ | {"WAITS": "1"}
    )
    _killed_with(game, "line-of-godot")


def test_godot_starts_more_daemons_than_a_port_has_places(engine: Engine, tmp_path: Path) -> None:
    """Its ports have eight places and cannot have more. Daemons that end again and again, as in the editor."""
    path = stand_in(tmp_path)
    (engine.project / "lifelines.gd").write_text(
        "extends SceneTree\n"
        "const OwnDaemon := preload('res://addons/dreambridge/system/own_daemon.gd')\n"
        "func _initialize() -> void:\n"
        "\tvar command: PackedStringArray = [OS.get_environment('PYTHON'), OS.get_environment('STAND_IN')]\n"
        "\tfor n in 12:\n"
        "\t\tOwnDaemon.start(command, 'a' if n < 11 else 'b')\n"
        "\t\twhile OwnDaemon.runs('a' if n < 11 else 'b'):\n\t\t\tawait process_frame\n"
        "\tprint(JSON.stringify({'ports': OwnDaemon._lifelines.size()}))\n"
        "\tquit()\n"
    )
    got = engine.run("lifelines.gd", screen=False, timeout=120, PYTHON=sys.executable, STAND_IN=str(path), **python_env())
    assert got == {"ports": 2}, "no more than names"
    assert len(told(path)) == 12 and not [said for said in told(path) if "Held" not in said], told(path)


def test_unitys_core_and_its_own_daemon(csharp: CSharp, runtime: Runtime) -> None:
    game = subprocess.Popen(csharp.command(runtime, "lifeline"), stdout=subprocess.PIPE, text=True, env=env())
    _killed_with(game, f"line-of-{runtime}")


def test_a_lifeline_of_unitys_editor_outlives_domain_reloads(csharp: CSharp, runtime: Runtime) -> None:
    """Each port is opened in a domain that is unloaded at once. A Socket is closed by that, and its daemon would end."""
    editor = subprocess.Popen(csharp.command(runtime, "lifeline_reloaded"), stdout=subprocess.PIPE, text=True, env=env())
    got = _killed_with(editor, f"line-of-editor-{runtime}")
    assert got["handles"] == 1, "one port more than before: the last one of each daemon is closed"


def test_the_lifelines_of_unitys_editor_end_when_it_quits(csharp: CSharp, runtime: Runtime) -> None:
    editor = subprocess.Popen(csharp.command(runtime, "lifeline_reloaded", "quits"), stdout=subprocess.PIPE, text=True, env=env())
    try:
        assert editor.stdout
        got = json.loads(next(line for line in editor.stdout if line.startswith("{")))
        for port in (got["last"], got["port"], got["other"]):
            assert port > 0
            with pytest.raises(ConnectionError):
                lifeline.Held(port)
    finally:
        kill(editor)


def _killed_with(game: "subprocess.Popen[str]", name: str) -> dict[str, Any]:
    """A daemon that holds the lifeline of this game ends when the game is killed, and not before."""
    assert game.stdout
    p = None
    try:
        line = next(line for line in game.stdout if line.startswith("{"))
        got = json.loads(line)
        assert got["port"] > 0 and len({got["last"], got["port"], got["other"]}) == 3
        with pytest.raises(ConnectionError):
            lifeline.Held(got["last"])  # the next one of that name has another, and this one is closed
        lifeline.Held(got["other"])
        p = serve(name, "--parent-pid", str(game.pid), "--parent-port", str(got["port"]))
        time.sleep(0.7)
        assert p.poll() is None
        game.send_signal(signal.SIGKILL)
        assert p.wait(30) == 0 and not file_of(name).exists()
        return dict(got)
    finally:
        game.kill()
        game.communicate()
        end(p)
