"""Runs a packaged folder as a game would, and checks what the daemon loaded.

    python -m dreambridge.packaging.self_test FOLDER BUNDLE    # prints one JSON object

Uses DREAMBRIDGE_RUNTIME_DIR as any client does, so the caller must set it to an empty folder.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from dreambridge.client.daemon import Daemon
from dreambridge.packaging.libraries import BASELINE
from dreambridge.protocol.errors import DreamError
from dreambridge.system.connection_file import read
from dreambridge.system.lifeline import Lifeline

START_TIMEOUT_S = 60.0
OLD = re.compile(r"-2\.\d+$")
PASSED_ON = ("DREAMBRIDGE_RUNTIME_DIR", "DREAMBRIDGE_RING_DIR", "DREAMBRIDGE_CACHE")


def outside(pid: int, folder: Path) -> list[str]:
    """The loaded libraries of a process that are neither in the folder nor in the baseline; Linux."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    paths = {Path(line.split(maxsplit=5)[5]) for line in lines if len(line.split(maxsplit=5)) == 6 and ".so" in line}
    # A library's file name has its full version: libstdc++.so.6.0.30, or libc-2.31.so on older systems.
    known = {name.split(".")[0] for name in BASELINE}
    return sorted(str(p) for p in paths if not p.is_relative_to(folder) and OLD.sub("", p.name.split(".so")[0]) not in known)


def run_self_test(folder: Path, bundle: str, frames: int = 3) -> dict[str, Any]:
    """Start the folder's daemon with an empty environment, open the bundle, direct each text, and make ``frames`` steps.

    Returns frames, step_ms, start_s and the libraries loaded from outside. DreamError when any of it fails.
    """
    name = f"self-test-{os.getpid()}"
    env = {k: os.environ[k] for k in PASSED_ON if k in os.environ}
    begun, lifeline = time.monotonic(), Lifeline()
    process = subprocess.Popen(
        [
            str(folder / "dreambridge"),
            "serve",
            "--name",
            name,
            "--parent-pid",
            str(os.getpid()),
            "--parent-port",
            str(lifeline.port),
        ],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while read(name) is None:
            if process.poll() is not None or time.monotonic() - begun > START_TIMEOUT_S:
                process.kill()
                said = process.stderr.read().strip() if process.stderr else ""
                raise DreamError(
                    "not_running", f"The packaged daemon did not start: {said[-2000:]}", "Run the folder's launcher by hand."
                )
            time.sleep(0.02)
        started = time.monotonic() - begun
        with Daemon(name, None) as daemon:
            stream = daemon.open(bundle, paused=True, threads=1)
            for condition, about in stream.conditions.items():
                if about["kind"] == "text":
                    sentence: dict[str, Any] = {condition: "a quiet morning by the sea"}
                    stream.direct(**sentence)
            made = stream.step(frames, timeout=START_TIMEOUT_S)
            out = {
                "frames": len(made),
                "step_ms": round(made[-1].step_ms, 1),
                "start_s": round(started, 2),
                "outside": outside(daemon.pid, folder.resolve()),
            }
            stream.close()
        return out
    finally:
        process.terminate()
        process.wait()
        lifeline.close()
        if process.stderr:
            process.stderr.close()


if __name__ == "__main__":
    try:
        print(json.dumps(run_self_test(Path(sys.argv[1]), sys.argv[2])))
    except DreamError as e:
        raise SystemExit(f"{e.message} {e.hint}") from None
