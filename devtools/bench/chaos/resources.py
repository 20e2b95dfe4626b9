"""What the daemon needs is used up: the asked operation fails with a code of its own, and running sessions go on."""

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.bench.report import goal
from dreambridge.protocol.errors import DreamError

from devtools.bench.chaos.beside import Calm
from devtools.bench.chaos.stage import Process, Stage, rings, until

FULL, QUICK = 10, 1
SPACE = "8m"  # of a ring folder: five rings of the testcard
MAX_OPENS = 30
HANDLES = 32

Wanted = tuple[str, ...]


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A file system in memory of this size; NotImplementedError for users other than root."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        raise NotImplementedError(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def refused(d: dreambridge.Daemon, bundle: str = "testcard") -> tuple[str, int]:
    """Open streams until one is refused: the code of the error, and how many were opened. They are closed again."""
    opened = list[dreambridge.Stream]()
    code = "none"
    try:
        for _ in range(MAX_OPENS):
            opened.append(d.open(bundle, threads=1, fps=5, timeout=60))
    except DreamError as e:
        code = e.code
    for s in opened:
        s.close()
    return code, len(opened)


def goes_on(calm: Calm) -> bool:
    """Whether frames still come, and it obeys."""
    stream = calm.stream
    try:
        before = stream.frame(20).index
        stream.wait_shown(stream.direct(level=0.5, over=0), 20)
        return calm.undisturbed and until(lambda: (f := stream.poll()) is not None and f.index > before, 20) < 20
    except DreamError:
        return False


def with_limit(p: Process, what: int, value: int) -> Callable[[], None]:
    """Set a limit of the running daemon; returns what sets it back."""
    pid = p.connection.pid
    old = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (value, old[1]))

    def back() -> None:
        resource.prlimit(pid, what, old)

    return back


def handles(stage: Stage) -> tuple[str, int, bool]:
    with stage.running("handles") as p:
        calm = Calm("handles")
        with dreambridge.connect("handles") as d:
            most = max(int(f) for f in os.listdir(f"/proc/{p.connection.pid}/fd"))
            back = with_limit(p, resource.RLIMIT_NOFILE, most + 6)
            code, opened = refused(d)
            on = goes_on(calm)
            # a connection more than there are handles, and then the limit is gone again
            more = [subprocess.Popen([sys.executable, "-c", CONNECTS, p.connection.endpoint]) for _ in range(2)]
            time.sleep(1)
            on = goes_on(calm) and on
            for m in more:
                m.kill()
                m.wait()
            back()
            again = refused(d)[1] > 0
        calm.close()
        return code, opened, on and again and p.alive


CONNECTS = """
import socket, sys, time
host, port = sys.argv[1].removeprefix("tcp://").split(":")
held = []
for _ in range(20):
    try:
        held.append(socket.create_connection((host, int(port)), 5))
    except OSError:
        pass
time.sleep(60)
"""


def few_handles_from_the_start(stage: Stage) -> tuple[str, int, bool]:
    """`ulimit -n 32`, as the issue has it."""
    p = stage.daemon("few", before=("sh", "-c", f'ulimit -n {HANDLES}; exec "$@"', "sh"))
    try:
        with dreambridge.connect("few") as d:
            code, opened = refused(d)
            return code, opened, p.alive and bool(d.bundles())
    finally:
        p.end()


def memory(stage: Stage) -> tuple[str, int, bool]:
    """A limit that is reached in the middle of an open, at another place each time."""
    with stage.running("memory") as p:
        calm = Calm("memory")
        codes, opened = set[str](), 0
        with dreambridge.connect("memory") as d:
            d.open("vista", threads=1, paused=True).close()
            for mb in (4, 12, 24, 48, 96) if not stage.quick else (24,):
                used = int(Path(f"/proc/{p.connection.pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
                back = with_limit(p, resource.RLIMIT_AS, used + mb * 2**20)
                try:
                    s = d.open("vista", threads=1, paused=True, timeout=60)
                    s.step()
                    s.close()
                    opened += 1
                except DreamError as e:
                    codes.add(e.code)
                finally:
                    back()
            on = goes_on(calm)
            again = refused(d)[1] > 0
        calm.close()
        return ",".join(sorted(codes)) or "none", opened, on and again and p.alive


def shared_memory(stage: Stage) -> tuple[str, int, bool]:
    with mounted(stage.folder / "small", SPACE) as folder, stage.running("shm", DREAMBRIDGE_RING_DIR=str(folder)) as p:
        os.environ["DREAMBRIDGE_RING_DIR"], before = str(folder), os.environ["DREAMBRIDGE_RING_DIR"]
        try:
            calm = Calm("shm")
            with dreambridge.connect("shm") as d:
                code, opened = refused(d)
                (folder / "full").write_bytes(b"\0" * (int(os.statvfs(folder).f_bavail) * os.statvfs(folder).f_frsize))
                code2, _ = refused(d)
                on = goes_on(calm) and code2 == code
                (folder / "full").unlink()
                again = refused(d)[1] > 0
            calm.close()
            left = len(rings())
            return code, opened, on and again and p.alive and left <= 1
        finally:
            os.environ["DREAMBRIDGE_RING_DIR"] = before


def disk(stage: Stage) -> tuple[str, int, bool]:
    """Full where the log, the cache and the connection file lie: a running daemon goes on, another one cannot start."""
    with mounted(stage.folder / "disk", "1m") as folder:
        log, cache = folder / "daemon.log", folder / "cache"
        with stage.running("disk", "--log-file", str(log), DREAMBRIDGE_CACHE=str(cache)) as p:
            calm = Calm("disk")
            with contextlib.suppress(OSError), (folder / "full").open("wb") as f:
                while True:
                    f.write(b"\0" * 4096)
            with dreambridge.connect("disk") as d:
                opened = len([d.open("testcard", paused=True, timeout=60) for _ in range(2)])
                with contextlib.suppress(DreamError):
                    d.open("no-such-bundle")  # a line for the log
                on = goes_on(calm)
            calm.close()
            words = [sys.executable, "-m", "dreambridge", "serve", "--name", "nowhere"]
            run = folder / "run"
            with contextlib.suppress(OSError):
                run.mkdir(mode=0o700)
            done = subprocess.run(
                words,
                env=os.environ | {"DREAMBRIDGE_RUNTIME_DIR": str(run)},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            code = "no_access" if done.returncode == 1 and "No space left" in done.stderr else done.stderr[-200:]
            return code, opened, on and p.alive


ROWS: dict[str, tuple[Callable[[Stage], tuple[str, int, bool]], Wanted]] = {
    "shared_memory": (shared_memory, ("no_space",)),
    "disk": (disk, ("no_access",)),
    "handles": (handles, ("no_resources",)),
    "few_handles_from_the_start": (few_handles_from_the_start, ("no_resources",)),
    "memory": (memory, ("no_resources", "no_space")),
}


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    out: dict[str, Any] = {}
    goals: dict[str, Any] = {}
    for name, (work, wanted) in ROWS.items():
        codes, broken, opened, times = set[str](), 0, list[int](), 0
        try:
            for _ in stage.rounds(FULL, QUICK, 1 / len(ROWS)):
                code, count, on = work(stage)
                codes |= set(code.split(","))
                broken += not on
                opened.append(count)
                times += 1
        except NotImplementedError as e:
            out[name] = {"not_run": str(e)}
            continue
        out[name] = {"times": times, "codes": sorted(codes), "opened_before": opened}
        other = codes - set(wanted)
        goals[f"{name}_other_codes"] = goal(len(other), f"of {sorted(codes)}", most=0)
        goals[f"{name}_others_stopped"] = goal(broken, f"of {times}", most=0)
    return out, goals
