"""Where chaos takes place: a runtime folder of its own, daemons as processes, the clients' programs, and what is looked at."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from dreambridge.conformance.client_process import ClientProcess
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import ring_folder
from dreambridge.system.connection_file import Connection, load
from dreambridge.system.paths import runtime_dir, user_id

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0  # for what must come at all
CLIENTS = ("python", "godot", "net8", "mono")


def until(what: Callable[[], Any], seconds: float = PATIENCE, every: float = 0.005) -> float:
    """Wait until ``what()`` is true. Returns the seconds that it took; infinity when it took too long."""
    begun = time.monotonic()
    while not what():
        if time.monotonic() - begun > seconds:
            return float("inf")
        time.sleep(every)
    return time.monotonic() - begun


class Process:
    """A daemon as a process of its own, which listens. Its log is a file."""

    def __init__(self, name: str, log: Path, *words: str, before: tuple[str, ...] = (), **variables: str) -> None:
        self.name, self.log = name, log
        file = runtime_dir() / f"{name}.json"
        old = load(file)
        with log.open("ab") as out:
            command = [*before, *self.command(name, words)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=out, env=os.environ | variables)
        found: list[Connection] = []

        def there() -> bool:
            c = load(file)
            if c and (old is None or c.epoch != old.epoch):
                found.append(c)
            return bool(found) or self.process.poll() is not None

        if until(there) == float("inf") or not found:
            self.process.kill()
            self.process.wait()
            raise DreamError("not_running", f"The daemon {name!r} did not start: {self.said()[-500:]}", "Run it by hand.")
        self.connection, self.since = found[0], time.time()

    def command(self, name: str, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "dreambridge", "serve", "--name", name, "--log-level", "warning", *words]

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """As the system does it when memory is short: without a chance to clean up."""
        self.process.kill()
        self.process.wait()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, seconds: float = 10.0) -> float:
        """Ask it to end. Returns the seconds that it took; it is killed after ``seconds``, which counts as infinity."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return float("inf")
        return time.monotonic() - begun

    def rings(self) -> list[Path]:
        return rings(self.connection.epoch)

    def holds(self) -> dict[str, float]:
        """What the process takes of the machine."""
        p = psutil.Process(self.connection.pid)
        with p.oneshot():
            return {"memory_mb": p.memory_info().rss / 1e6, "handles": p.num_fds(), "threads": p.num_threads()}


def rings(epoch: int | str = "*") -> list[Path]:
    """Files of rings: of the daemon with this epoch, or of all daemons of this user."""
    return list(ring_folder().glob(f"dreambridge-{user_id()}-{epoch}-*.ring"))


def listens(endpoint: str) -> bool:
    host, port = endpoint.removeprefix("tcp://").split(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1.0):
        return True
    return False


@dataclass
class Programs:
    """The programs of the clients, made when they are first asked for; a test passes those that it has already.

    ``godot`` and ``csharp`` return the command of a script, or of a job of tests/unity/core.
    """

    folder: Path
    godot: Callable[..., list[str]] | None = None
    csharp: Callable[..., list[str]] | None = None

    def script(self, name: str, *words: str) -> list[str]:
        if self.godot is None:
            from devtools.bench.engine import Engine

            engine = Engine(self.folder, "*.gd")
            head = [*engine.bed.godot, "--headless", "--path", str(engine.project), "--max-fps", "120"]
            self.godot = lambda script, *w: [*head, *w, "--script", f"res://{script}"]
        return self.godot(name, *words)

    def job(self, runtime: str, *words: str) -> list[str]:
        if self.csharp is None:
            from devtools.bench import unity

            (self.folder / "csharp").mkdir(exist_ok=True)
            self.csharp = unity.Programs(self.folder / "csharp").command
        return self.csharp(runtime, *words)

    def adapter(self, client: str, while_waiting: Callable[[], None] = lambda: None) -> ClientProcess:
        """The client as a program that is told what to do (protocol/PROTOCOL.md, part 6)."""
        from devtools import csharp_testbed

        if client == "python":
            command = [sys.executable, str(ROOT / "tests" / "scenario_client.py")]
            return ClientProcess(command, dict(os.environ), False, while_waiting)
        if client == "godot":
            return ClientProcess(self.script("run_scenarios.gd"), dict(os.environ), True, while_waiting)
        return ClientProcess(self.job(client, "scenarios"), os.environ | csharp_testbed.env(), False, while_waiting)


@dataclass
class Stage:
    """One run of the bench. ``minutes``: the longest time of each row; None: until its whole count is done."""

    folder: Path
    quick: bool
    minutes: float | None
    programs: Programs
    seed: int = 20
    _count: int = 0
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def daemon(self, name: str = "chaos", *words: str, before: tuple[str, ...] = (), **variables: str) -> Process:
        return Process(name, self.folder / f"{name}.log", *words, before=before, **variables)

    @contextlib.contextmanager
    def running(self, name: str = "chaos", *words: str, **variables: str) -> Iterator[Process]:
        p = self.daemon(name, *words, **variables)
        try:
            yield p
        finally:
            p.end()

    def rounds(self, full: int, quick: int, share: float = 1.0) -> Iterator[int]:
        """Counts up to ``full``, or ``quick``; ends early after ``share`` of the row's minutes."""
        end = time.monotonic() + (self.minutes * 60 * share if self.minutes else 1e9)
        for k in range(quick if self.quick else full):
            if k and time.monotonic() > end:
                return
            yield k

    def pairs(self, full: int, seconds: float, share: float) -> int:
        """How many rounds of three parts of so many seconds fit into ``share`` of the row's minutes; at most ``full``."""
        return max(1, min(full, int(self.minutes * 60 * share / (3 * seconds)))) if self.minutes else full

    def clients(self, quick: tuple[str, ...] = ("python",)) -> tuple[str, ...]:
        return quick if self.quick else CLIENTS

    def left_behind(self) -> list[str]:
        """Rings, connection files and locks that nobody uses; there must be none after clean ends."""
        return [str(p) for p in (*rings(), *(p for p in runtime_dir().iterdir() if p.suffix in (".json", ".lock", ".part")))]


@contextlib.contextmanager
def own_folders(folder: Path) -> Iterator[None]:
    """A runtime folder and a ring folder of the bench's own, so that it never meets a user's daemon or rings."""
    shm = Path("/dev/shm") if Path("/dev/shm").is_dir() else folder
    ring = shm / f"dreambridge-chaos-{os.getpid()}"
    variables = {"DREAMBRIDGE_RUNTIME_DIR": str(folder / "run"), "DREAMBRIDGE_RING_DIR": str(ring)}
    before = {name: os.environ.get(name) for name in variables}
    ring.mkdir(mode=0o700)
    (folder / "run").mkdir(mode=0o700)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
        import shutil

        shutil.rmtree(ring, ignore_errors=True)
