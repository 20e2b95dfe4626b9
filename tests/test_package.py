"""``dreambridge package``: the folder runs anywhere, with nothing of the machine but its C library."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import python_env
from dreambridge.bundle.find import find_bundles
from dreambridge.packaging.elf import read_elf
from dreambridge.packaging.folder import MADE_BY, MANIFEST, contents, package
from dreambridge.packaging.libraries import check_libraries
from dreambridge.packaging.self_test import outside
from dreambridge.protocol.errors import DreamError
from dreambridge.system.connection_file import read
from dreambridge.system.made_folders import new_folder
from system_calls import LONG_ENOUGH, STRACE, read_trace, strace_command

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folders are made for Linux")


def command(out: Path, *words: str) -> "subprocess.Popen[str]":
    line = [sys.executable, "-m", "dreambridge", "package", "--out", str(out), *words]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=python_env())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Vista's folder, made by the command and moved to a path with a space, letters beyond ASCII and a list separator."""
    first = tmp_path_factory.mktemp("package") / "dreambridge"
    rules = tmp_path_factory.mktemp("rules")
    (rules / "rules.toml").write_text('[prompts]\nhook = "our_rules:allowed"')
    (rules / "our_rules.py").write_text("def allowed(text):\n    return 'bomb' not in text")
    p = command(first, "--json", "--rules", str(rules / "rules.toml"))
    out, err = p.communicate(timeout=120)
    assert p.returncode == 0, err
    moved = tmp_path_factory.mktemp("elsewhere") / "Ein Spiel: Träume 夢" / "dreambridge"
    moved.parent.mkdir()
    first.rename(moved)
    return json.loads(out) | {"path": moved}


def empty(runtime_dir: Path) -> dict[str, str]:
    """What ``env -i`` leaves, and a PATH on which there is no Python."""
    return {"DREAMBRIDGE_RUNTIME_DIR": str(runtime_dir), "PATH": "/nonexistent"}


def until(what: str, true: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.fixture
def parent() -> Iterator["subprocess.Popen[bytes]"]:
    p = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield p
    p.communicate()


def test_runs_elsewhere_and_ends_with_its_parent(
    made: dict[str, Any], runtime_dir: Path, parent: "subprocess.Popen[bytes]"
) -> None:
    folder: Path = made["path"]
    before = contents(folder)
    words = [str(folder / "dreambridge"), "serve", "--name", "packaged", "--parent-pid", str(parent.pid)]
    p = subprocess.Popen(words, env=empty(runtime_dir), stderr=subprocess.PIPE, text=True)
    until("no connection file", lambda: read("packaged") or p.poll() is not None)
    assert p.poll() is None, p.communicate()[1]
    with dreambridge.connect("packaged") as daemon:
        assert daemon.pid == p.pid, "the launcher becomes the daemon, so that its process number is right"
        assert [b.name for b in daemon.bundles()] == ["vista"]
        stream = daemon.open("vista", seed=3, paused=True, threads=1)
        stream.direct(prompt="a storm over the coast", over=0.0)
        frames = stream.step(3)
        with pytest.raises(DreamError, match="not allowed by the rules"):
            stream.direct(prompt="a bomb")
        assert [f.index for f in frames] == [0, 1, 2] and all(f.pixels.std() > 8 for f in frames)
        program = Path(f"/proc/{p.pid}/exe").resolve()
        assert program.is_relative_to(folder.resolve()) and outside(p.pid, folder.resolve()) == []
        # the control: this very test has its own numpy and more loaded from elsewhere
        assert any("numpy" in name for name in outside(os.getpid(), folder.resolve()))
    parent.communicate(b"\n")
    assert p.wait(60) == 0 and p.stderr
    p.stderr.close()
    assert read("packaged") is None
    assert contents(folder) == before, "it must not write into its own folder"


def test_its_rules_stay(made: dict[str, Any], runtime_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").touch()
    words = [str(made["path"] / "dreambridge"), "serve", "--rules", str(tmp_path / "rules.toml")]
    done = subprocess.run(words, env=empty(runtime_dir), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "--rules cannot replace them" in done.stderr


def test_a_hook_lies_beside_its_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('[prompts]\nhook = "elsewhere:allowed"')
    with pytest.raises(DreamError, match=r"elsewhere\.py, which does not exist"):
        package(tmp_path / "out", rules=tmp_path / "rules.toml")


@pytest.mark.skipif(not STRACE, reason="strace is not installed")
def test_keeps_to_itself(made: dict[str, Any], tmp_path: Path) -> None:
    """What it sends and writes, by its system calls: test_privacy.py has the controls."""
    home, log = tmp_path / "home", tmp_path / "log"
    home.mkdir()
    env = empty(home / "run") | {"HOME": str(home)}
    words = strace_command(
        log, [str(made["path"] / "dreambridge"), "serve", "--name", "traced", "--parent-pid", str(os.getpid())]
    )
    tracer = subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_RUNTIME_DIR", str(home / "run"))
        until("no connection file", lambda: read("traced") or tracer.poll() is not None)
        with dreambridge.connect("traced") as daemon:
            stream = daemon.open("vista", threads=1)
            stream.direct(prompt="a storm over the coast")
            stream.frame(60)
            time.sleep(LONG_ENOUGH)
            stream.close()
            os.kill(daemon.pid, signal.SIGTERM)
            assert tracer.wait(60) == 0, tracer.communicate()[1]
    assert tracer.stderr
    tracer.stderr.close()
    seen = read_trace(log.read_text())
    assert seen.beyond_this_machine() == []
    assert any(w.endswith(".ring") for w in seen.written)
    assert seen.written_outside(f"{home}/run", f"{home}/.cache/dreambridge", "/dev/null", "/dev/shm/dreambridge-") == []


@pytest.mark.parametrize("way", ["link", "working folder", "variables"])
def test_launcher_finds_itself(made: dict[str, Any], tmp_path: Path, way: str) -> None:
    folder: Path = made["path"]
    env, words, cwd = empty(tmp_path), [str(folder / "dreambridge")], Path("/")
    if way == "link":
        (tmp_path / "link").symlink_to(words[0])
        words, env = [str(tmp_path / "link")], env | {"PATH": os.environ["PATH"]}
    elif way == "working folder":
        words, cwd = ["/bin/sh", "dreambridge"], folder
    else:  # of another Python, and another bundle of the same name: none of it gets in
        shutil.copytree(find_bundles()["testcard"], tmp_path / "bundles" / "vista")
        (tmp_path / "json.py").write_text("raise SystemExit('this is not the standard library')")
        env |= {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nonexistent", "DREAMBRIDGE_BUNDLES": str(tmp_path / "bundles")}
    done = subprocess.run([*words, "bundles", "--json"], env=env, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [r["name"] for r in rows] == ["vista"] and "prompt" in rows[0]["conditions"]


def test_what_is_inside(made: dict[str, Any]) -> None:
    folder: Path = made["path"]
    places = contents(folder)
    assert made["size"] + places[MANIFEST] == sum(places.values()) and made["files"] + 1 == len(places)
    assert 80e6 < made["size"] < 250e6, made["parts"]
    known = " ".join(places)
    for name in ("/torch", "/onnx/", "/pip/", "/av/", "/websockets", "/tests/", "/test/", "__pycache__", "idlelib", "tkinter",
                 "testcard/", ".py ", ".pyi", ".a ", "checkpoints"):  # fmt: skip
        assert name not in f"{known} ".replace("_sysconfigdata__linux_x86_64-linux-gnu.py ", ""), name
    licences = (folder / "LICENSES.txt").read_text()
    for name, version in made["packages"].items():
        assert f"\n{name} {version}\n" in licences
    assert "Apache License" in licences and "PYTHON SOFTWARE FOUNDATION LICENSE" in licences and "libz.so" in licences
    assert made["licences_not_found"] == []
    home = str(Path.home())
    readable = [p for p in places if p.endswith((".json", "_pth", ".py", "RECORD", "METADATA", "dreambridge"))]
    assert not [p for p in readable if home in (folder / p).read_text()], "a path of this machine"


def test_needs(made: dict[str, Any], tmp_path: Path) -> None:
    folder: Path = made["path"]
    needs = check_libraries(folder)
    assert needs.missing == [] and made["needs"] == {"glibc": needs.glibc, "libraries": needs.libraries}
    assert re.fullmatch(r"2\.\d+", needs.glibc) and "libstdc++.so.6" in needs.libraries
    # the control: without one of its libraries the folder is not whole, and that is said
    part = tmp_path / "part"
    for name in ("python/bin", "python/lib"):
        shutil.copytree(folder / name, part / name, ignore=shutil.ignore_patterns("site-packages"))
    taken = made["libraries_from_the_system"]
    assert taken and check_libraries(part).missing == []
    (part / "python" / "lib" / taken[0]).unlink()
    assert any(m.endswith(f"needs {taken[0]}") for m in check_libraries(part).missing)


@pytest.mark.skipif(not shutil.which("readelf"), reason="readelf is the second opinion")
def test_elf_reader_agrees_with_readelf(made: dict[str, Any], tmp_path: Path) -> None:
    libraries = [p for p in sorted(made["path"].rglob("*")) if p.is_file() and (".so" in p.name or p.parent.name == "bin")]
    seen = 0
    for path in libraries:
        elf = read_elf(path)
        if elf is None:
            continue
        said = subprocess.run(
            ["readelf", "-dVW", str(path)], capture_output=True, text=True, check=True, env=python_env() | {"LC_ALL": "C"}
        ).stdout
        assert list(elf.needed) == re.findall(r"\(NEEDED\).*\[(.*)\]", said), path
        assert ":".join(elf.search) == "".join(re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", said)), path
        wanted = re.findall(r"Name: (\S+)  Flags: \S+(?: \|\s+\S+)*\s+Version: \d+", said)
        assert sorted(v for vs in elf.versions.values() for v in vs) == sorted(wanted), path
        seen += 1
    assert seen > 20
    (tmp_path / "text").write_text("no program" * 20)
    assert read_elf(tmp_path / "text") is None
    (tmp_path / "cut").write_bytes(Path(sys.executable).resolve().read_bytes()[:300])
    with pytest.raises(ValueError, match="damaged"):
        read_elf(tmp_path / "cut")


def test_the_same_again_in_its_place(tmp_path: Path) -> None:
    out = tmp_path / "card"
    first = package(out, "testcard")
    assert "tokenizers" not in first["packages"] and first["size"] < 130e6, "no sentences, no sentence encoder"
    before = contents(out)
    p = command(out, "--bundle", "testcard")
    said, err = p.communicate(timeout=120)
    assert p.returncode == 0, err
    assert re.search(r"card: \d+\.\d MB in \d+ files\n", said) and "glibc 2." in said and "self-test" in said
    after = contents(out)
    assert list(after) == list(before), set(after) ^ set(before)
    assert [p.name for p in tmp_path.iterdir()] == ["card"], "nothing is left beside it"


def test_refuses_what_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "save game").write_text("precious")
    (tmp_path / "file").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / MANIFEST).write_text('{"made_by": "dreambridge package"}')  # a manifest alone proves nothing
    with new_folder(tmp_path / "played", MADE_BY) as ours:
        (ours / "dreambridge").write_text("a launcher")
    (tmp_path / "played" / "save game").write_text("precious")
    with new_folder(tmp_path / "edited", MADE_BY) as ours:
        (ours / "dreambridge").write_text("a launcher")
    (tmp_path / "edited" / "dreambridge").write_text("changed by hand")
    before = contents(tmp_path)
    cases = dict.fromkeys(("mine", "file", "link", "other"), "did not make it")
    for name, words in (cases | {"played": "save game in it was not written", "edited": "in it was changed since"}).items():
        p = command(tmp_path / name)
        said = p.communicate(timeout=60)[1]
        assert p.returncode == 1 and str(tmp_path / name) in said and words in said and "Traceback" not in said, said
    assert contents(tmp_path) == before


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DreamError, match="vistaa") as e:
        package(tmp_path / "x", "vistaa")
    assert e.value.code == "unknown_bundle"
    (tmp_path / "file").write_text("")
    with pytest.raises(DreamError, match="file") as e:
        package(tmp_path / "file" / "x", "testcard")
    assert e.value.code == "no_access"
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(DreamError, match="win32") as e:
        package(tmp_path / "x", "testcard")
    assert e.value.code == "not_supported" and not (tmp_path / "x").exists()


def test_a_half_made_one_never_has_the_name(tmp_path: Path) -> None:
    """A bundle that opens but cannot step, and a kill in the middle: what stood there stays, whole."""
    out = tmp_path / "game"
    with new_folder(out, MADE_BY) as ours:
        (ours / MANIFEST).write_text('{"made_by": "dreambridge package"}')
    before = contents(tmp_path)
    bad = tmp_path.with_name(tmp_path.name + "-bundles") / "bad"
    shutil.copytree(find_bundles()["testcard"], bad)
    text = (bad / "bundle.json").read_text()
    frame = json.loads(text)["step"]["frame"]
    (bad / "bundle.json").write_text(text.replace(f'"frame": "{frame}"', '"frame": "no_such_output"'))
    assert "no_such_output" in (bad / "bundle.json").read_text()
    with pytest.raises(DreamError, match="no_such_output") as e:
        package(out, str(bad))
    assert e.value.code == "internal" and contents(tmp_path) == before
    p = command(out, "--bundle", "testcard")
    until("nothing was begun", lambda: list(tmp_path.glob(".game.part-*/python")) or p.poll() is not None)
    p.send_signal(signal.SIGKILL)
    p.communicate()
    assert contents(out) == {MANIFEST: before[f"game/{MANIFEST}"]} and list(tmp_path.glob(".game.part-*"))
    package(out, "testcard")
    assert [q.name for q in tmp_path.iterdir()] == ["game"] and (out / "dreambridge").exists()
