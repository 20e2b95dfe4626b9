"""Unity's plain-C# core on .NET 8 and on mono, in turns in one run, against the real daemon and the real ring."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from dreambridge.bench.report import goal, spread
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L
from dreambridge.ring.reader import ring_folder
from dreambridge.ring.writer import RingWriter, Stamp, frame_memory

from devtools import csharp_testbed

ROOT = Path(__file__).resolve().parents[2]
SIZES = ((256, 256), (512, 512), (1280, 720))
RUNTIMES = ("net8", "mono")


class Programs:
    """Compile the core's test program for both runtimes into ``folder``."""

    def __init__(self, folder: Path) -> None:
        try:
            self.bed = csharp_testbed.testbed()
        except csharp_testbed.NoCSharp as e:
            raise DreamError("missing_package", f"C# is unavailable: {e}.", "See devtools/csharp_testbed.py.") from e
        self.folder = folder
        self.env = csharp_testbed.env()
        csharp_testbed.build_core(self.bed, folder)

    def command(self, runtime: Any, *words: str) -> list[str]:
        return self.bed.command(runtime, self.folder / runtime / "Dreambridge.Core.Tests.exe", *words)

    def run(self, runtime: str, *words: str, **env: str) -> dict[str, Any]:
        done = subprocess.run(self.command(runtime, *words), env=self.env | env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise DreamError("internal", f"{words[0]} on {runtime}: {(done.stdout + done.stderr)[-400:]}", "Run it by hand.")
        return dict(json.loads(done.stdout.splitlines()[-1]))


def reads(programs: Programs, runtime: str, width: int, height: int, rounds: int) -> dict[str, Any]:
    """Time a read and a plain copy of frames that another process has just written, in turns; microseconds."""
    uid = os.getuid() if hasattr(os, "getuid") else 0
    ring = RingWriter(
        ring_folder() / f"dreambridge-{uid}-bench-{os.getpid()}-{runtime}.ring",
        L.Layout(1, os.getpid(), 0, 4, 1, width, height, 1, 0.0),
    )
    frames = frame_memory(ring.layout)
    command = programs.command(runtime, "bench", "read", str(ring.path), str(rounds))
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=programs.env)
    try:
        assert child.stdin and child.stdout
        for n, line in enumerate(child.stdout):
            if line.startswith("{"):
                got: dict[str, Any] = json.loads(line)
                return {"read_us": spread(got["read_us"]), "copy_us": spread(got["copy_us"]), "torn": got["torn"]}
            frames[...] = n % 251
            ring.publish(frames, Stamp(1, n, 0, 0.0, 0.0))
            child.stdin.write("there\n")
            child.stdin.flush()
        raise DreamError("internal", f"no figures from {runtime}", "Run it by hand.")
    finally:
        child.kill()
        child.communicate()
        ring.close()


def writes(programs: Programs, runtime: str, width: int, height: int, rounds: int) -> dict[str, Any]:
    """Time the publication of a view's picture, label and depth, and a plain copy into a map, in turns; microseconds."""
    uid = os.getuid() if hasattr(os, "getuid") else 0
    path = ring_folder() / f"dreambridge-{uid}-bench-{os.getpid()}-{runtime}-view.ring"
    ring = RingWriter(path, L.Layout(1, os.getpid(), 0, 4, 2, width, height, 1, 0.0))
    try:
        got = programs.run(runtime, "bench", "write", str(path), str(rounds))
        return {"write_us": spread(got["write_us"]), "copy_us": spread(got["copy_us"])}
    finally:
        ring.close()


def libzmq(folder: Path) -> dict[str, str]:
    """The libzmq of pyzmq's wheel, under the name for P/Invoke; empty if there is none."""
    import zmq

    libraries = Path(zmq.__file__).resolve().parent.parent / "pyzmq.libs"
    found = sorted(libraries.glob("libzmq-*.so*"))
    if not found:
        return {}
    (folder / "libzmq.so").symlink_to(found[0])
    return {"LD_LIBRARY_PATH": f"{folder}:{libraries}"}


class Watcher:
    """A program that watches a stream, and its output: ("lost" or "frame", wall clock in seconds)."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.said: list[tuple[str, float]] = []
        self.news = threading.Condition()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        self.ear = threading.Thread(target=self.listen)
        self.ear.start()

    def listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self.news:
                self.said += [(k, v) for k, v in json.loads(line).items() if k in ("lost", "frame")]
                self.news.notify()

    def next(self, what: str, after: int, seconds: float) -> tuple[float, int]:
        """The time of its next such line, and the number of lines until then; infinity if there is none."""
        until = time.monotonic() + seconds
        with self.news:
            while True:
                for k in range(after, len(self.said)):
                    if self.said[k][0] == what:
                        return self.said[k][1], k + 1
                if not self.news.wait(until - time.monotonic()):
                    return float("inf"), len(self.said)

    def close(self) -> None:
        self.process.wait(20)
        self.ear.join()
        if self.process.stdout:
            self.process.stdout.close()


@contextlib.contextmanager
def daemon(name: str) -> Iterator[subprocess.Popen[str]]:
    """Start a daemon and wait until it listens."""
    words = [sys.executable, "-m", "dreambridge", "serve", "--name", name]
    p = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    try:
        assert p.stderr
        while "listens" not in (line := p.stderr.readline()):
            if not line:
                raise DreamError("not_running", "The daemon ended at once.", "Run `dreambridge doctor`.")
        yield p
    finally:
        p.kill()
        p.communicate()


def returns(programs: Programs, folder: Path, rounds: int) -> dict[str, Any]:
    """Kill the daemon, start it again: seconds until each watcher reports the loss, and seconds from the restart to the next
    frame.
    """
    name, stop = f"bench-returns-{os.getpid()}", folder / "stop"
    watchers = {r: Watcher(programs.command(r, "returns", name, str(stop)), programs.env) for r in RUNTIMES}
    out: dict[str, Any] = {r: {"noticed_s": [], "resumed_s": []} for r in RUNTIMES}
    at = dict.fromkeys(RUNTIMES, 0)
    try:
        for k in range(rounds + 1):
            with daemon(name) as p:
                back = time.time()
                for r, w in watchers.items():
                    when, at[r] = w.next("frame", at[r], 60)
                    if k:
                        out[r]["resumed_s"].append(when - back)
                killed = time.time()
                p.send_signal(signal.SIGKILL)
                for r, w in watchers.items():
                    when, at[r] = w.next("lost", at[r], 20)
                    if k < rounds:
                        out[r]["noticed_s"].append(when - killed)
    finally:
        stop.touch()
        for w in watchers.values():
            w.close()
    return out


def measure(quick: bool) -> dict[str, Any]:
    frames, calls, trips, kills, reloads = (20, 200, 200, 1, 5) if quick else (300, 3000, 3000, 100, 50)
    result: dict[str, Any] = {r: {} for r in RUNTIMES}
    goals: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        programs = Programs(folder)
        for w, h in SIZES:
            for r in RUNTIMES:
                result[r][f"{w}x{h}"] = reads(programs, r, w, h, frames)
                result[r][f"view_{w}x{h}"] = writes(programs, r, w, h, frames)
        library = libzmq(folder)
        with dreambridge.start() as d:
            for r in RUNTIMES:
                result[r]["poll"] = programs.run(r, "bench", "poll", d.name, "2000")
                result[r]["direct"] = programs.run(r, "bench", "direct", d.name, str(calls))
                result[r]["trips"] = programs.run(r, "trips", d.name, str(trips), **library)
                result[r]["reloads"] = programs.run(r, "domains", d.name, str(reloads))
                result[r]["vectors"] = programs.run(r, "vectors", str(ROOT / "protocol" / "vectors"))
        back = returns(programs, folder, kills)
    for r in RUNTIMES:
        m = result[r]
        for w, h in SIZES:
            read, copy = (m[f"{w}x{h}"][k]["p50"] for k in ("read_us", "copy_us"))
            if w == 256:
                goals[f"{r}_read_beyond_a_copy_{w}x{h}"] = goal(read - copy, "us", most=40)
            else:
                # By calls, which copy once more than a map would (PROTOCOL.md, Safety): a tenth of a tick at 60 Hz.
                goals[f"{r}_read_{w}x{h}"] = goal(read, "us", most=1667)
            if w < 1280:
                goals[f"{r}_view_{w}x{h}"] = goal(m[f"view_{w}x{h}"]["write_us"]["p50"], "us", most=1667)
        for name, key in (("poll", "poll_us"), ("direct", "direct_us")):
            m[name][key] = spread(m[name][key])
        m["direct"]["flush_us"] = spread(m["direct"]["flush_us"])  # once per tick, however much was directed in it
        goals[f"{r}_poll_without_a_frame_p50"] = goal(m["poll"]["poll_us"]["p50"], "us", most=5)
        goals[f"{r}_direct_p99"] = goal(m["direct"]["direct_us"]["p99"], "us", most=20)
        for name in ("poll", "direct"):
            # mono cannot count the bytes of a thread.
            key, unit = ("bytes", "bytes") if r == "net8" else ("collections", "collections")
            goals[f"{r}_{name}_allocated"] = goal(m[name][key], unit, most=0)
        t = m["trips"]
        for key in ("ours_us", "libzmq_us"):
            t[key] = spread(t[key]) if t[key] else None
        ratio = t["ours_us"]["p50"] / t["libzmq_us"]["p50"] if t["libzmq_us"] else None
        goals[f"{r}_round_trip_against_libzmq"] = goal(ratio, "times", most=1.5)
        for key in ("noticed_s", "resumed_s"):
            within = [x <= 2 for x in back[r][key]]
            goals[f"{r}_{key.removesuffix('_s')}_within_2_s"] = goal(float(np.mean(within)), f"of {len(within)}", least=1)
            m[key] = spread(back[r][key])
        e = m["reloads"]
        left = sum(abs(e["after"][k] - e["before"][k]) for k in e["before"]) + e["still_loaded"]
        goals[f"{r}_left_by_{e['rounds']}_reloads"] = goal(left, "threads, handles, views", most=0)
        goals[f"{r}_vectors_failed"] = goal(len(m["vectors"]["failures"]), f"of {m['vectors']['ran']}", most=0)
    return {
        "compared": f".NET {programs.bed.net8.name} and mono, one after the other for each figure; "
        "read and copy, ours and libzmq in turns",
        "libzmq": result["net8"]["trips"]["libzmq"] or "none: this pyzmq contains no loadable library",
        **result,
        "goals": goals,
    }
