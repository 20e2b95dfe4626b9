"""A daemon ends with the program that started it, whichever PID namespace that runs in, and with nothing else."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import CSharp, Engine, end, python_env, serve, soon
from dreambridge.system.connection_file import file_of, load, read
from dreambridge.system.lifeline import holds, lifeline_port
from test_namespaces import UNSHARE, can_unshare

from devtools.csharp_testbed import Runtime, env

PARENT = """
import os, sys
from dreambridge.system.lifeline import lifeline_port
print(lifeline_port(), flush=True)
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
    assert holds(os.getpid(), lifeline_port()) and not holds(os.getppid(), lifeline_port()) and not holds(os.getpid(), 1)
    assert lifeline_port() == lifeline_port()


def test_godot_and_its_own_daemon(engine: Engine, tmp_path: Path) -> None:
    """Godot passes a port, and a daemon ends when the engine is killed."""
    (engine.project / "lifeline.gd").write_text(
        "extends SceneTree\n"
        "const OwnDaemon := preload('res://addons/dreambridge/system/own_daemon.gd')\n"
        "func _initialize() -> void:\n"
        "\tprint(JSON.stringify({'port': OwnDaemon._lifeline_port(), 'again': OwnDaemon._lifeline_port()}))\n"
        "\tif OS.get_environment('WAITS'):\n\t\twhile true:\n\t\t\tawait process_frame\n"
        "\tquit()\n"
    )
    got = subprocess.run(engine.command("lifeline.gd", screen=False), capture_output=True, text=True, timeout=60, check=False)
    assert "ERROR" not in got.stderr and "leaked" not in got.stderr, got.stderr
    game = subprocess.Popen(
        engine.command("lifeline.gd", screen=False), stdout=subprocess.PIPE, text=True, env=os.environ | {"WAITS": "1"}
    )
    _killed_with(game, "line-of-godot")


def test_unitys_core_and_its_own_daemon(csharp: CSharp, runtime: Runtime) -> None:
    game = subprocess.Popen(csharp.command(runtime, "lifeline"), stdout=subprocess.PIPE, text=True, env=env())
    _killed_with(game, f"line-of-{runtime}")


def _killed_with(game: "subprocess.Popen[str]", name: str) -> None:
    """A daemon that holds the lifeline of this game ends when the game is killed, and not before."""
    import json

    assert game.stdout
    p = None
    try:
        line = next(line for line in game.stdout if line.startswith("{"))
        got = json.loads(line)
        assert got["port"] > 0 and got["port"] == got["again"]
        p = serve(name, "--parent-pid", str(game.pid), "--parent-port", str(got["port"]))
        time.sleep(0.7)
        assert p.poll() is None
        game.send_signal(signal.SIGKILL)
        assert p.wait(30) == 0 and not file_of(name).exists()
    finally:
        game.kill()
        game.communicate()
        end(p)
