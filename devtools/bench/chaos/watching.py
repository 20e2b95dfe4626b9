"""Clients that watch a stream of the testcard while the daemon comes and goes, and tell what they see with wall clock times."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from devtools.bench.chaos.stage import PATIENCE, ROOT, Programs

SEED, LEVEL = 11, round(0.8 * 255)  # as tests/godot/watch.gd and tests/unity/core/Watch.cs have them
PYTHON = """
import json, sys, time
from pathlib import Path
import dreambridge
from dreambridge.protocol.errors import DreamError
name, stop = sys.argv[1], Path(sys.argv[2])
while True:
    try:
        d = dreambridge.connect(name)
        break
    except DreamError:
        time.sleep(0.02)
s, epoch, state = d.open("testcard", seed=11, values={"level": 0.2}, threads=1), 0, ""
s.direct(level=0.8, over=0)
def say(**what):
    print(json.dumps(what | {"at": time.time()}), flush=True)
while not stop.exists():
    f = s.poll()
    if s.state != state:
        state = s.state
        say(state=state, reason=s.reason)
    if f is not None and s.info.epoch != epoch and s.state == "playing" and int(f.pixels[220, 10, 0]) != 51:
        epoch = s.info.epoch
        say(obeys=int(f.pixels[220, 10, 0]), seed=s.info.seed, epoch=epoch)
    time.sleep(0.002)
d.close()
"""


class Watcher:
    """One client; its lines are kept as they come. It ends when told by a file."""

    def __init__(self, programs: Programs, client: str, daemon: str, stop: Path) -> None:
        self.client, self.stop, self.said = client, stop, list[dict[str, Any]]()
        self._news = threading.Condition()
        env, command = dict(os.environ), list[str]()
        if client == "python":
            command = [sys.executable, "-c", PYTHON, daemon, str(stop)]
        elif client == "godot":
            command, env = programs.script("watch.gd"), env | {"DAEMON": daemon, "QUIT": str(stop)}
        else:
            from devtools import csharp_testbed

            command, env = programs.job(client, "watch", daemon, str(stop)), env | csharp_testbed.env()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env, cwd=ROOT)
        self._ear = threading.Thread(target=self._listen)
        self._ear.start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("{"):
                m = json.loads(line)
                # watch.gd says so of its first frame, and of the one after each return
                if "again" in m:
                    m["obeys"] = m["again"]
                elif m.get("obeys") == 0.8:
                    m["obeys"] = LEVEL
                with self._news:
                    self.said.append(m)
                    self._news.notify()

    def wait(self, what: Callable[[dict[str, Any]], Any], after: int = 0, seconds: float = PATIENCE) -> dict[str, Any] | None:
        """The first line after so many others for which ``what`` is true; None when there is none in time."""
        end = time.monotonic() + seconds
        with self._news:
            while True:
                for m in self.said[after:]:
                    if what(m):
                        return m
                left = end - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    return None
                self._news.wait(min(left, 0.5))

    def shows(self, epoch: int, seconds: float = PATIENCE) -> dict[str, Any] | None:
        """What it tells of its first frame from the daemon with this epoch."""
        return self.wait(lambda m: "obeys" in m and int(m["epoch"]) == epoch, 0, seconds)

    @property
    def errors(self) -> list[str]:
        return [str(m.get("failed", m.get("error"))) for m in self.said if "failed" in m or "error" in m]

    def close(self) -> None:
        self.stop.touch()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._ear.join()
        if self.process.stdout:
            self.process.stdout.close()
