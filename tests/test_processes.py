"""Processes and locks: the real ones of this system, and the branches of the others with doubles of their libraries.

Nothing of this was run on Windows or macOS.
"""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dreambridge
import psutil
import pytest
from conftest import PATIENCE, end, serve, soon
from dreambridge.bundle.find import folders
from dreambridge.protocol.errors import DreamError
from dreambridge.system import locks, priority, processes
from dreambridge.system.connection_file import file_of, is_alive, load, lock_of, read
from dreambridge.system.greeting import greets
from dreambridge.system.processes import process_alive, start_time

HOLDER = """
import sys
from dreambridge.system.locks import lock
import os
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
print(lock(fd), flush=True)
input()
"""


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    p = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert p.stdout and p.stdout.readline().strip() == "True"
        assert locks.is_locked(path) is True and not locks.is_free(path)
        fd = os.open(path, os.O_RDWR)
        assert locks.lock(fd) is False
        os.close(fd)
    finally:
        p.kill()
        p.communicate()
    assert locks.is_locked(path) is False and locks.is_free(path)


def test_a_shared_lock_is_no_owner_but_keeps_a_ring(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("")
    fd = os.open(path, os.O_RDONLY)
    assert locks.lock(fd, shared=True) is True
    assert locks.is_locked(path) is False and not locks.is_free(path)
    os.close(fd)


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(fd: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    path = tmp_path / "x"
    path.write_text("")
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert locks.is_locked(path) is None and not locks.is_free(path)


def test_locks_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """msvcrt locks at the file's position: ours is behind all content, and the position is as before."""
    at = list[int]()

    def locking(fd: int, how: int, count: int) -> None:
        at.append(os.lseek(fd, 0, os.SEEK_CUR))
        assert (how, count) == (7, 1)
        if len(at) > 1:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=7))
    path = tmp_path / "x"
    path.write_text("content")
    fd = os.open(path, os.O_RDWR)
    os.lseek(fd, 3, os.SEEK_SET)
    assert locks.lock(fd) is True and os.lseek(fd, 0, os.SEEK_CUR) == 3
    assert locks.is_locked(path) is True and at == [2**31 - 2] * 2
    os.close(fd)


def test_start_time_and_liveness_here() -> None:
    p = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = start_time(p.pid)
    assert started > 0 and process_alive(p.pid, started) and process_alive(p.pid, 0) and not process_alive(p.pid, started + 1)
    p.kill()
    soon(lambda: psutil.Process(p.pid).status() == psutil.STATUS_ZOMBIE)
    assert start_time(p.pid) == -1 and not process_alive(p.pid, started), "only its exit status is left"
    p.communicate()
    assert not process_alive(p.pid, started)


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_start_time_and_liveness_elsewhere(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    """By psutil, which works alike on all systems: os.kill(pid, 0) is Ctrl+C on Windows."""

    def never(*words: Any) -> None:
        raise AssertionError("no signal is sent to ask whether a process lives")

    monkeypatch.setattr(processes.sys, "platform", platform)
    monkeypatch.setattr(os, "kill", never)
    me = os.getpid()
    started = start_time(me)
    assert abs(started - psutil.Process(me).create_time() * 1000) <= 1 and started > 1e12, "milliseconds of Unix time"
    assert process_alive(me, started) and process_alive(me, started + 900) and process_alive(me, 0)
    assert not process_alive(me, started - 5000) and not process_alive(2**22 + 1, started)

    class Strangers(psutil.Process):
        def create_time(self) -> float:
            raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil, "Process", Strangers)
    assert start_time(me) == 0 and process_alive(me, 12345), "another user's: it is there, and more cannot be said"


def test_import_stays_without_psutil() -> None:
    code = "import sys, dreambridge, dreambridge.system.connection_file; assert 'psutil' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_daemon_holds_its_lock_and_leaves_nothing() -> None:
    p = serve("locked", "--nonce", "a nonce of mine")
    path = file_of("locked")
    c = read("locked")
    assert c and c.nonce == "a nonce of mine" and c.pid == p.pid and c.pid_namespace == processes.pid_namespace()
    assert locks.is_locked(lock_of(path)) and lock_of(path).stat().st_mode & 0o777 == 0o600
    assert greets(c.endpoint) is True
    p.terminate()
    p.communicate(timeout=PATIENCE)
    assert not path.exists() and not lock_of(path).exists() and greets(c.endpoint) is None


def test_a_killed_daemon_is_gone_at_once() -> None:
    p = serve("killed")
    p.kill()
    p.communicate()
    path = file_of("killed")
    c = load(path)
    assert c and lock_of(path).exists() and is_alive(c, path) is False and read("killed") is None
    begun = time.monotonic()
    second = serve("killed")
    assert time.monotonic() - begun < 30
    second.terminate()
    second.communicate(timeout=PATIENCE)
    assert not path.exists() and not lock_of(path).exists()


def test_a_file_that_another_daemon_took_over_is_not_removed() -> None:
    p = serve("taken")
    path = file_of("taken")
    other = path.read_text().replace('"epoch":', '"epoch":9')
    path.write_text(other)
    p.terminate()
    p.communicate(timeout=PATIENCE)
    assert path.read_text() == other
    path.unlink()


class Process:
    """A double of psutil.Process() whose priority is a class (Windows) or a number."""

    now: Any = 0

    def nice(self, value: Any = None) -> Any:
        if value is not None:
            Process.now = value
        return Process.now


WINDOWS = {
    "NORMAL_PRIORITY_CLASS": 32,
    "BELOW_NORMAL_PRIORITY_CLASS": 16384,
    "IDLE_PRIORITY_CLASS": 64,
    "HIGH_PRIORITY_CLASS": 128,
}


@pytest.mark.parametrize(
    ("platform", "before", "asked", "after"),
    [
        ("win32", 32, ["below_normal"], 16384),
        ("win32", 32, ["idle", "below_normal"], 64),
        ("win32", 32, ["normal"], 32),
        ("win32", 128, ["below_normal"], 16384),
        ("win32", 64, ["below_normal"], 64),
        ("darwin", 0, ["below_normal"], 5),
        ("darwin", 0, ["idle", "below_normal"], 10),
        ("darwin", 0, ["normal"], 0),
    ],
)
def test_priority_elsewhere(monkeypatch: pytest.MonkeyPatch, platform: str, before: int, asked: list[str], after: int) -> None:
    """Of the process, by psutil: a thread's number given to setpriority would be another process's on macOS."""

    def never(*words: Any) -> None:
        raise AssertionError("a thread's number is no process number there")

    monkeypatch.setattr(priority.sys, "platform", platform)
    monkeypatch.setattr(os, "setpriority", never)
    monkeypatch.setattr(psutil, "Process", Process)
    for name, value in WINDOWS.items():
        monkeypatch.setattr(psutil, name, value, raising=False)
    monkeypatch.setattr(Process, "now", before)
    for one in asked:
        priority.lower_priority(one)
    assert Process.now == after


def test_a_bundle_that_is_not_found_names_the_daemon_and_its_folders(tmp_path: Path) -> None:
    """Two games with one daemon's name: the second one sees whose daemon it met."""
    p = serve("of-a-game", "--parent-pid", str(os.getpid()))
    try:
        with dreambridge.connect("of-a-game") as d, pytest.raises(DreamError) as e:
            d.open("bundle-of-another-game")
    finally:
        end(p)
    said = e.value.message
    assert e.value.code == "unknown_bundle" and f"'of-a-game' (process {p.pid}, started by" in said and f" {os.getpid()})" in said
    assert str(folders()[-1]) in said and "DREAMBRIDGE_BUNDLES" in e.value.hint
