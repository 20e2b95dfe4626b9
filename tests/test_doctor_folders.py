"""`dreambridge doctor` on folders: what killed daemons left there, a full or slow ring folder, plugins of another version."""

import json
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import dreambridge
import pytest
from conftest import rings, serve
from dreambridge.commands import doctor, ring_folder_check
from dreambridge.commands.finding import REMOVE_STALE, Finding
from dreambridge.commands.plugin_check import plugin
from dreambridge.ring.reader import ring_folder
from dreambridge.system.connection_file import Connection, claim, file_of, load, lock_of, remove_stale_files, write
from dreambridge.system.imports import UNKNOWN_ORIGIN
from dreambridge.system.paths import System


def found(part: Iterator[Finding], topic: str) -> Finding:
    (one,) = [f for f in part if f.topic == topic]
    return one


@pytest.mark.usefixtures("own_rings")
def test_what_killed_daemons_left_is_found_and_removed() -> None:
    """By the command that the hint names; a daemon that runs keeps its own, and what cannot be judged stays."""
    p, living = serve("killed-here"), serve("living-here")
    try:
        with dreambridge.connect("killed-here") as d, dreambridge.connect("living-here") as other:
            epoch, kept = d.open("testcard", threads=1).info.epoch, other.open("testcard", threads=1).info.epoch
            p.send_signal(signal.SIGKILL)
            p.communicate()
            (file_of("killed-here").with_name("broken.json")).write_text("{")
            assert REMOVE_STALE in found(doctor.memory(), "rings").hint
            stale = [f for f in doctor.daemons() if "stale" in f.text and "killed-here" in f.text]
            assert len(stale) == 1 and REMOVE_STALE in stale[0].hint
            assert [REMOVE_STALE in f.hint for f in doctor.daemons() if "broken.json" in f.text] == [False], "it would stay"
            gone = {f.text for f in doctor.remove_stale()}
            assert {str(file_of("killed-here")), str(lock_of(file_of("killed-here")))} <= gone
            assert not rings(epoch) and rings(kept) and load(file_of("living-here")) and file_of("broken").exists()
            assert not list(doctor.remove_stale()), "nothing is left to do"
    finally:
        file_of("broken").unlink(missing_ok=True)
        living.terminate()
        living.communicate()


@pytest.mark.usefixtures("own_rings")
def test_a_daemon_of_a_name_that_was_stale_starts_after_that() -> None:
    p = serve("again-here")
    p.kill()
    p.communicate()
    list(doctor.remove_stale())
    second = serve("again-here")
    second.terminate()
    second.communicate()


def test_a_full_ring_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(ring_folder())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(total=2**26, free=2**20))
    monkeypatch.setattr(ring_folder_check, "dead_rings", lambda folder: (3, 2**23))
    f = found(doctor.memory(), "ring folder")
    assert f.level == "fail" and "1 of 64 MiB free, and 8 MiB are rings" in f.text and REMOVE_STALE in f.hint
    monkeypatch.setattr(ring_folder_check, "dead_rings", lambda folder: (0, 0))
    if str(ring_folder()) == "/dev/shm":
        assert "--shm-size" in found(doctor.memory(), "ring folder").hint
    monkeypatch.setenv("DREAMBRIDGE_RING_DIR", str(tmp_path))
    assert "DREAMBRIDGE_RING_DIR=/dev/shm dreambridge serve" in found(doctor.memory(), "ring folder").hint


def test_slow_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is really measured, and leaves no file; a slow one is a warning with a command."""
    spent = ring_folder_check.write_ms(ring_folder())
    assert spent is not None and spent > 0 and not list(ring_folder().glob(f"dreambridge-doctor-{os.getpid()}"))
    assert ring_folder_check.write_ms(Path("/proc")) is None
    monkeypatch.setattr(ring_folder_check, "write_ms", lambda folder: 40.0)
    f = found(doctor.memory(), "slow memory")
    assert f.level == "warn" and "40.0 ms" in f.text and ("dreambridge doctor" in f.hint or "DREAMBRIDGE_RING_DIR" in f.hint)
    monkeypatch.setattr(ring_folder_check, "write_ms", lambda folder: 0.6)
    assert not [f for f in doctor.memory() if f.topic == "slow memory"]


@pytest.mark.parametrize("system", ["windows", "macos", "linux"])
def test_a_hint_fits_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: System) -> None:
    """Only Linux has /dev/shm, and a shell of Windows takes no variable before a command."""
    monkeypatch.setattr(ring_folder_check, "this_system", lambda: system)
    monkeypatch.setattr(ring_folder_check, "write_ms", lambda folder: 40.0)
    monkeypatch.setenv("DREAMBRIDGE_RING_DIR", str(tmp_path))
    hints = [found(doctor.memory(), "slow memory").hint]
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(total=2**26, free=2**20))
    hints.append(found(doctor.memory(), "ring folder").hint)
    monkeypatch.undo()
    monkeypatch.setattr(ring_folder_check, "this_system", lambda: system)
    monkeypatch.setenv("DREAMBRIDGE_RING_DIR", str(tmp_path / "missing"))
    hints.append(found(doctor.memory(), "ring folder").hint)
    commands = [h for h in hints if "/dev/" in h or "/var/" in h or "DREAMBRIDGE_RING_DIR=" in h]
    assert len(hints) == 3 and commands == (hints if system == "linux" else []), hints
    assert all("DREAMBRIDGE_RING_DIR" in h for h in hints)


def test_the_package_of_a_unity_project(tmp_path: Path) -> None:
    package = tmp_path / "Library" / "PackageCache" / "com.dreambridge.unity@1a2b" / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text(json.dumps({"name": "com.dreambridge.unity", "version": "9.9.9"}))
    (f,) = plugin(tmp_path)
    assert (f.level, f.topic) == ("warn", "package") and "9.9.9" in f.text
    assert (
        "Window > Dreambridge" in f.hint and "install version 9.9.9 here" in f.hint and f"pip install {UNKNOWN_ORIGIN}" in f.hint
    )
    package.write_text(json.dumps({"version": dreambridge.__version__}))
    assert [f.level for f in plugin(tmp_path)] == ["ok"]
    for text in ("{", "[]", '{"version": 3}', '{"version": ""}', '{"version": "1; reboot"}'):
        package.write_text(text)
        (f,) = plugin(tmp_path)
        assert "unknown version" in f.text and f.hint == "press Install in Window > Dreambridge", text
    assert list(plugin(tmp_path / "elsewhere")) == []


def test_an_addon_brings_its_wheel(tmp_path: Path) -> None:
    """The hint installs that of the other version; no index has a release."""
    folder = tmp_path / "a game" / "addons" / "dreambridge"
    (folder / "wheel").mkdir(parents=True)
    (folder.parent.parent / "project.godot").touch()
    (folder / "plugin.cfg").write_text('[plugin]\nversion="9.9.9"\n')
    wheel = folder / "wheel" / "dreambridge-9.9.9-py3-none-any.whl"
    for name in (wheel.name, "dreambridge-0.0.1-py3-none-any.whl"):
        (folder / "wheel" / name).touch()
    (f,) = plugin(folder.parent.parent)
    command = f.hint.split(": ")[1].split("; ")[0]
    assert (
        shlex.split(command) == [sys.executable, "-m", "pip", "install", str(wheel)]
        and "Project Settings > Dreambridge" in f.hint
    )
    wheel.unlink()
    (f,) = plugin(folder.parent.parent)
    assert "pip install " + UNKNOWN_ORIGIN in f.hint and "==" not in f.hint


@pytest.mark.usefixtures("own_rings")
def test_a_lock_without_its_file_goes_and_a_held_one_stays() -> None:
    p = serve("nobody-left")
    p.kill()
    p.communicate()
    file_of("nobody-left").unlink()
    assert str(lock_of(file_of("nobody-left"))) in {f.text for f in doctor.remove_stale()}
    p = serve("held-here")
    try:
        held = load(file_of("held-here"))
        assert held
        file_of("held-here").unlink()
        list(doctor.remove_stale())
        assert lock_of(file_of("held-here")).exists()
        write(held)
    finally:
        p.terminate()
        p.communicate()


OTHERS = [
    "Cargo.lock",
    "poetry.lock",
    "cache.lock",
    "film.mkv.part",
    "film.1-2.part2",
    "a b.1-2.part",
    ".lock",
    "folder.lock",
    "5-6.part",
]


def test_files_of_other_programs_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime folder may be one that others use, too. The control: what a daemon left between them goes."""
    monkeypatch.setenv("DREAMBRIDGE_RUNTIME_DIR", str(tmp_path))
    c = Connection("1.0", "0.1.0", "left", "tcp://127.0.0.1:9", "", 2**22 + 1, 1, 7)
    held = claim(c)
    os.close(held.fd)
    held.path.unlink()
    ours = [lock_of(held.path), tmp_path / "left.12-34.part", tmp_path / "an.other-2.5-6.part"]
    for path in ours[1:]:
        path.write_text("{")
    for name in OTHERS:
        (tmp_path / name).write_text("" if name in ("cache.lock", ".lock") else "version = 4\n")
    (tmp_path / "dir.lock").mkdir()
    (tmp_path / "dir.7-8.part").mkdir()
    (tmp_path / "gone.7-9.part").symlink_to(tmp_path / "nowhere")
    for path in tmp_path.iterdir():
        if not path.is_symlink():
            os.utime(path, (1, 1))
    assert sorted(remove_stale_files()) == sorted(ours)
    assert {p.name for p in tmp_path.iterdir()} == {*OTHERS, "dir.lock", "dir.7-8.part", "gone.7-9.part"}
