"""Fixtures that all tests share."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dreambridge
import numpy as np
import pytest
from dreambridge.bake import oven, replayer
from dreambridge.bundle.find import find_bundles
from dreambridge.packaging.addon import package_addon
from dreambridge.system.connection_file import is_alive, load, read
from dreambridge.system.onnx_runtime import disable_telemetry
from longest import longest_first

from devtools import csharp_testbed, node_testbed
from devtools.browser import Browser, NoBrowser
from devtools.csharp_testbed import NoCSharp, Runtime
from devtools.godot_testbed import NoGodot, Testbed, testbed

if TYPE_CHECKING:
    from desk_page import Desk
    from dreambridge.preview import Preview

    from devtools.browser import Tab

ROOT = Path(__file__).resolve().parent.parent
NOISE = ("--audio-driver", "Dummy")
PATIENCE = 60.0  # seconds: what is done within a second may take so long on a slow and busy machine
# Of domains, to see that nothing is left: mono takes half a second for each.
RELOADS: dict[Runtime, int] = {"net8": 50, "mono": 50 if "DREAMBRIDGE_LONG" in os.environ else 15}
disable_telemetry()  # some tests import ONNX Runtime themselves
# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    longest_first(items)


@pytest.fixture(scope="session", autouse=True)
def runtime_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A separate runtime folder for the tests, so that they never meet a user's daemon."""
    patch = pytest.MonkeyPatch()
    path = tmp_path_factory.mktemp("rt")
    patch.setenv("DREAMBRIDGE_RUNTIME_DIR", str(path))
    # A managed environment of the Godot addon lies there.
    patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
    yield path
    patch.undo()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind(runtime_dir: Path) -> Iterator[None]:
    """No connection file of this process outlasts its module: later tests would find a daemon that does not answer."""

    def ours() -> set[str]:
        return {c.name for f in runtime_dir.glob("*.json") if (c := load(f)) and c.pid == os.getpid() and is_alive(c, f)}

    before = ours()
    yield
    assert not ours() - before


@pytest.fixture()
def own_rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring folder of the test's own, for what looks at rings of killed daemons; all daemons sweep the common one."""
    (tmp_path / "rings").mkdir()
    monkeypatch.setenv("DREAMBRIDGE_RING_DIR", str(tmp_path / "rings"))


@pytest.fixture()
def no_daemons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runtime folder without daemons, for what looks at all of them."""
    monkeypatch.setenv("DREAMBRIDGE_RUNTIME_DIR", str(tmp_path / "rt"))


@pytest.fixture(scope="session")
def of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all worker processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """``folder``, made by the first worker process that asks for it. The others wait for it; nobody changes it."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        made = folder.with_suffix(".made")
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # left by a worker that failed
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


@pytest.fixture(scope="session")
def addon_zip(of_the_run: Path) -> Path:
    """The release zip of the Godot addon."""
    return once(of_the_run / "addon", lambda folder: package_addon(folder / "dreambridge-godot.zip")) / "dreambridge-godot.zip"


@pytest.fixture(scope="module")
def daemon() -> Iterator[dreambridge.Daemon]:
    with dreambridge.start() as d:
        yield d


@pytest.fixture()
def warm_ovens(daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bakes and replays of this test use the daemon of its module, where each would start one of its own."""
    warm = SimpleNamespace(start=lambda **words: contextlib.nullcontext(daemon))
    for module in (oven, replayer):
        monkeypatch.setattr(module, "dreambridge", warm)


def shot(s: dreambridge.Stream, steps: int = 2, dt: float | None = None, **values: Any) -> np.ndarray:
    """The picture of conditions from a fresh state, of steps of ``dt`` s; what is not given is unset. float32 [256, 256, 3]."""
    s.cut(**({n: None for n in s.conditions} | values))
    return s.step(steps, dt=dt)[-1].pixels[..., :3].astype(np.float32)


@dataclass
class Engine:
    """The real Godot with a copy of the addon's project, into which the test scripts were put."""

    bed: Testbed
    project: Path

    def command(self, script: str, *words: str, screen: bool = True) -> list[str]:
        return [
            *(self.bed.screen if screen else ()),
            *self.bed.godot,
            *NOISE,
            *(() if screen else ("--headless",)),
            "--path",
            str(self.project),
            *words,
            "--script",
            f"res://{script}",
        ]

    def run(self, script: str, *words: str, screen: bool = True, timeout: float = 300, **env: str) -> dict[str, Any]:
        """Run a test script; the last line of its output that is a JSON object. Script errors fail the test."""
        done = subprocess.run(
            self.command(script, *words, screen=screen),
            env=os.environ | env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "SCRIPT ERROR" not in said and "Parse Error" not in said, said
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        assert lines, said
        return dict(json.loads(lines[-1]))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, of_the_run: Path) -> Engine:
    try:
        bed = testbed()
        if not bed.screen:
            raise NoGodot("there is a Godot, but no xvfb-run for a virtual screen")
    except NoGodot as e:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Godot: {e}")
        pytest.skip(f"no Godot: {e}")

    def imported(folder: Path) -> None:
        shutil.copytree(ROOT / "godot_addon", folder, ignore=shutil.ignore_patterns(".godot"), dirs_exist_ok=True)
        for path in (ROOT / "tests" / "godot").glob("*.*"):
            shutil.copy(path, folder)
        command = [*bed.godot, "--headless", "--path", str(folder), "--import"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert done.returncode == 0 and "ERROR" not in said and "WARNING" not in said, said

    project = tmp_path_factory.mktemp("godot") / "project"
    shutil.copytree(once(of_the_run / "godot-project", imported), project)
    return Engine(bed, project)


@dataclass
class CSharp:
    """Roslyn, .NET 8 and mono, and Unity's plain-C# core with its test program, compiled for both."""

    bed: csharp_testbed.Testbed
    folder: Path

    def core(self, runtime: Runtime) -> Path:
        return self.folder / runtime / "Dreambridge.Core.dll"

    def command(self, runtime: Runtime, *words: str) -> list[str]:
        return self.bed.command(runtime, self.folder / runtime / "Dreambridge.Core.Tests.exe", *words)

    def run(self, runtime: Runtime, *words: str, timeout: float = 300) -> dict[str, Any]:
        """Run a job of tests/unity/core; the last line of its output, a JSON object."""
        done = subprocess.run(
            self.command(runtime, *words), env=csharp_testbed.env(), capture_output=True, text=True, timeout=timeout, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="session")
def csharp_bed() -> csharp_testbed.Testbed:
    try:
        return csharp_testbed.testbed()
    except NoCSharp as e:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no C#: {e}")
        pytest.skip(f"no C#: {e}")


@pytest.fixture(scope="session")
def csharp(csharp_bed: csharp_testbed.Testbed, of_the_run: Path) -> CSharp:
    return CSharp(csharp_bed, once(of_the_run / "csharp", lambda folder: csharp_testbed.build_core(csharp_bed, folder)))


@pytest.fixture(params=csharp_testbed.RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> Runtime:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        b = Browser("--mute-audio")
    except NoBrowser as e:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no browser: {e}")
        pytest.skip(f"no browser: {e}")
    yield b
    b.close()


@pytest.fixture(scope="module")
def open_desk(browser: Browser, daemon: dreambridge.Daemon) -> Iterator["Desk"]:
    from desk_page import Desk
    from dreambridge.preview import Preview

    p = Preview(daemon.name, bundle="vista")
    p.start()
    try:
        desk = Desk.open(browser, p)
        yield desk
        desk.tab.end()
    finally:
        p.close()


@pytest.fixture()
def desk(open_desk: "Desk") -> Iterator["Desk"]:
    """The director's desk in a real Chromium, with a stream of Vista at 10 frames a second and no directions."""
    open_desk.awake().errors.clear()
    open_desk.tab.size(1280, 800)
    open_desk.fresh()
    yield open_desk
    assert not open_desk.troubles()


@pytest.fixture(scope="module")
def prepared_tabs() -> list["Tab"]:
    """Those that `page` has prepared: one, and each that replaced it."""
    return []


@pytest.fixture()
def page(open_desk: "Desk", prepared_tabs: list["Tab"]) -> "Tab":
    """The desk with room for its cutscene area; what was done there stays."""
    from cutscene_page import prepared

    tab = open_desk.awake()
    if tab not in prepared_tabs:
        prepared_tabs.append(prepared(open_desk))
    return tab


@pytest.fixture()
def arrival(page: "Tab") -> "Tab":
    """The desk with the example cutscene, freshly opened; nothing plays."""
    from cutscene_page import with_example

    return with_example(page)


def _of_node(make: Callable[[], node_testbed.Testbed], what: str) -> node_testbed.Testbed:
    try:
        return make()
    except node_testbed.NoNode as e:
        pytest.skip(f"no {what}: {e}")


@pytest.fixture(scope="session")
def web_bed() -> node_testbed.Testbed:
    return _of_node(node_testbed.web_testbed, "packages of the web")


@pytest.fixture(scope="session")
def story_bed() -> node_testbed.Testbed:
    return _of_node(node_testbed.story_testbed, "narrative engines")


@pytest.fixture(scope="session")
def games(web_bed: node_testbed.Testbed, of_the_run: Path) -> Path:
    """tests/web with inkjs, Pixi and the stories: a copy, since links that lead out of a game's folder are refused."""
    from web_games import copy_games

    return once(of_the_run / "web-games", lambda folder: copy_games(web_bed, folder))


@pytest.fixture(scope="module")
def game(daemon: dreambridge.Daemon, games: Path) -> Iterator["Preview"]:
    from web_page import door

    with door(daemon.name, games) as p:
        yield p


def python_env() -> dict[str, str]:
    return os.environ | {"PYTHONUNBUFFERED": "1"}


def without_view(folder: Path) -> None:
    """The bundle ``plain``: the testcard that takes no view."""
    shutil.copytree(find_bundles()["testcard"], folder)
    m = json.loads((folder / "bundle.json").read_text())
    del m["view"]
    (folder / "bundle.json").write_text(json.dumps(m | {"name": "plain"}))


def serve(name: str, *words: str, **variables: str) -> subprocess.Popen[str]:
    """A daemon as a process of its own with these environment variables; it listens, and its log can be read."""
    command = [sys.executable, "-m", "dreambridge", "serve", "--name", name, *words]
    p = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=python_env() | variables)
    # By its file, not by its log: a line that is read here may take others with it into a buffer that communicate() never sees.
    until = time.monotonic() + 30
    while (c := read(name)) is None or c.pid != p.pid:
        if p.poll() is not None or time.monotonic() > until:
            p.kill()
            raise AssertionError(f"the daemon did not start: {p.communicate()[1]}")
        time.sleep(0.01)
    return p


def end(*processes: subprocess.Popen[str] | None) -> None:
    """Of those that were started."""
    for p in processes:
        if p:
            p.terminate()
            p.wait()
            assert p.stderr
            p.stderr.close()


def rings(epoch: int, which: str = "*") -> list[Path]:
    """The rings of a daemon's streams and views."""
    from dreambridge.ring.reader import ring_folder

    return list(ring_folder().glob(f"dreambridge-{os.getuid()}-{epoch}-{which}.ring"))


def soon(what: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until it holds."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture()
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the testcard that may be damaged, under the name ``broken``."""
    shutil.copytree(find_bundles()["testcard"], tmp_path / "broken")
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    return tmp_path / "broken"
