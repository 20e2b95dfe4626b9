"""A daemon of another user, a folder of another user, a daemon that is silent: each is said with the way out."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dreambridge
import pytest
from conftest import Engine, end, python_env, serve
from dreambridge.commands import doctor
from dreambridge.protocol.errors import DreamError
from dreambridge.system import owners
from dreambridge.system.connection_file import check_free, file_of
from dreambridge.system.imports import install_command
from dreambridge.system.terminal import command_line, serve_command

from devtools import impostor

ROOT_ONLY = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder to another user"
)
STRANGER = 12345


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session's folder (XDG_RUNTIME_DIR) with nothing else set."""
    folder = tmp_path / "a session"
    folder.mkdir(mode=0o700)
    monkeypatch.delenv("DREAMBRIDGE_RUNTIME_DIR")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def started(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dreambridge", "serve", *words],
        capture_output=True,
        text=True,
        check=False,
        env=python_env(),
        timeout=60,
    )


@ROOT_ONLY
def test_sudo_with_the_users_environment_makes_nothing(session: Path) -> None:
    """`sudo -E`: root with the user's XDG_RUNTIME_DIR. A folder that root made there would lock the user out."""
    os.chown(session, STRANGER, STRANGER)
    done = started()
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"belongs to the user {STRANGER}" in done.stderr and "'root' (0)" in done.stderr and "without sudo" in done.stderr, (
        done.stderr
    )
    assert list(session.iterdir()) == []


@ROOT_ONLY
def test_a_folder_that_root_made_is_named_to_the_user(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (session / "dreambridge").mkdir(mode=0o700)
    os.chown(session, STRANGER, STRANGER)
    for module in ("dreambridge.system.owners", "dreambridge.system.paths"):
        monkeypatch.setattr(f"{module}.user_id", lambda: STRANGER)
    for ask in (owners.make_runtime_dir, dreambridge.connect):
        with pytest.raises(DreamError) as e:
            ask()
        assert e.value.code == "no_access" and "belongs to the user 'root' (0)" in e.value.message, e.value
        line = re.search(r"Remove it: (.*?) Or set", e.value.hint)
        assert line and shlex.split(line[1]) == ["sudo", "rm", "-r", str(session / "dreambridge")], "it can be pasted"


def test_a_folder_of_ones_own_is_made(session: Path) -> None:
    """The control."""
    folder = owners.make_runtime_dir()
    assert folder == session / "dreambridge" and folder.stat().st_mode & 0o777 == 0o700


def test_daemon_under_sudo_is_hinted_at(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain sudo drops the variables, so that root's daemon has a separate folder, which is visible but not readable."""
    with pytest.raises(DreamError) as e:
        dreambridge.connect()
    assert e.value.code == "not_running" and str(session / "dreambridge") in e.value.message and "sudo" not in e.value.hint
    theirs = Path("/tmp/dreambridge-4294967294")
    theirs.mkdir(mode=0o700)
    try:
        with pytest.raises(DreamError) as e:
            dreambridge.connect()
    finally:
        theirs.rmdir()
    assert str(theirs) in e.value.hint and "same user" in e.value.hint and "without sudo" in e.value.hint


def test_a_sandbox_is_named(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATPAK_ID", "org.example.Engine")
    with pytest.raises(DreamError) as e:
        dreambridge.connect()
    assert "Flatpak" in e.value.hint and "DREAMBRIDGE_RUNTIME_DIR" in e.value.hint


def test_a_container_is_known_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, _ in owners.SANDBOXES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(owners, "SANDBOX_FILES", {str(tmp_path / "env"): "a container"})
    assert owners.sandbox() == ""
    (tmp_path / "env").touch()
    assert owners.sandbox() == "a container" and [f for f in doctor.daemons() if f.topic == "sandbox" and f.hint]


@pytest.fixture(scope="module")
def stopped() -> Iterator["subprocess.Popen[str]"]:
    """A daemon that lives and does not answer."""
    p = serve("stopped")
    p.send_signal(signal.SIGSTOP)
    yield p
    p.send_signal(signal.SIGCONT)
    end(p)


def test_a_silent_daemon_is_named_by_serve(stopped: "subprocess.Popen[str]") -> None:
    done = started("--name", "stopped")
    assert done.returncode == 1 and f"process {stopped.pid}" in done.stderr and "does not answer" in done.stderr, done.stderr
    assert f"kill -9 {stopped.pid}" in done.stderr and "dreambridge serve --name stopped-2" in done.stderr
    assert "already" not in done.stderr and file_of("stopped").exists()


def test_a_silent_daemon_is_named_to_a_client(stopped: "subprocess.Popen[str]") -> None:
    with pytest.raises(DreamError) as e:
        dreambridge.connect("stopped")
    assert e.value.code == "not_answering" and f"process {stopped.pid}" in e.value.message
    assert f"kill -9 {stopped.pid}" in e.value.hint and "serve" not in e.value.hint


def test_doctor_finds_a_silent_daemon(stopped: "subprocess.Popen[str]") -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dreambridge", "doctor"], capture_output=True, text=True, check=False, env=python_env()
    )
    assert done.returncode == 1 and f"FAIL  daemon: The daemon 'stopped' (process {stopped.pid})" in done.stdout, done.stdout


@pytest.mark.godot
def test_a_silent_daemon_is_named_in_godot(stopped: "subprocess.Popen[str]", engine: Engine) -> None:
    said = engine.run("no_daemon.gd", screen=False, NAME="stopped")["errors"]
    assert len(said) == 1 and said[0].startswith("not_answering|"), said
    assert f"(process {stopped.pid})" in said[0] and f"kill -9 {stopped.pid}" in said[0] and "serve" not in said[0]


@pytest.mark.godot
def test_no_daemon_in_godot(engine: Engine, tmp_path: Path) -> None:
    theirs = Path("/tmp/dreambridge-4294967294")
    theirs.mkdir(mode=0o700)
    try:
        said = engine.run("no_daemon.gd", screen=False, NAME="my-studio")["errors"]
    finally:
        theirs.rmdir()
    assert len(said) == 1 and said[0].startswith("not_running|") and "\ndreambridge serve --name my-studio\n" in said[0], said
    assert str(theirs) in said[0] and "without sudo" in said[0], said


@ROOT_ONLY
@pytest.mark.godot
@pytest.mark.skipif(subprocess.run(["unshare", "--user", "true"], check=False).returncode != 0, reason="no user namespace")
def test_a_folder_of_root_in_godot(engine: Engine, tmp_path: Path) -> None:
    """In a user namespace root's privileges end: another user's folder cannot be read."""
    folder = tmp_path / "a folder"
    folder.mkdir(mode=0o700)
    os.chown(folder, STRANGER, STRANGER)
    words = ["unshare", "--user", *engine.command("no_daemon.gd", screen=False)]
    env = python_env() | {"NAME": "default", "DREAMBRIDGE_RUNTIME_DIR": str(folder)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=100)
    assert "no_access|" in done.stdout and "belongs to another user" in done.stdout, done.stdout + done.stderr
    assert f"sudo rm -r '{folder}'" in done.stdout


def test_an_impostor_is_not_called_running() -> None:
    with impostor.listener("impostor-serve", b"HTTP/1.1 400 Bad Request\r\n\r\n"), pytest.raises(DreamError) as e:
        check_free("impostor-serve")
    assert e.value.code == "not_answering" and f"process {os.getpid()}" in e.value.message


def test_lines_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert serve_command("default") == "dreambridge serve" and serve_command("studio") == "dreambridge serve --name studio"
    words = ("/a path/py'thon", "-m", "x[cpu]")
    assert shlex.split(command_line(*words)) == list(words)
    monkeypatch.setattr(sys, "executable", "/a path/python")
    assert shlex.split(install_command("PIL"))[:3] == ["/a path/python", "-m", "pip"]
    with pytest.raises(DreamError) as e:
        dreambridge.connect("my-studio")
    assert "dreambridge serve --name my-studio" in e.value.hint
    monkeypatch.setattr(os, "name", "nt")
    assert command_line("C:\\a path\\python.exe", "-m") == '"C:\\a path\\python.exe" -m'


def test_start_keeps_the_isolation_of_its_interpreter(tmp_path: Path) -> None:
    """A launcher's PYTHONHOME, which this isolated interpreter ignores, must not end the daemon that it starts."""
    code = "import dreambridge\nwith dreambridge.start() as d: print(len(d.bundles()))"
    env = python_env() | {"PYTHONHOME": "/nonexistent", "PYTHONPATH": str(tmp_path)}
    (tmp_path / "json.py").write_text("raise SystemExit('not the standard library')")
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0 and int(done.stdout) > 0, done.stderr
