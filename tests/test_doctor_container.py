"""`dreambridge doctor` in a container: a small /dev/shm of its own, and a ring folder on a slow disk. Its commands help."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import python_env
from system_calls import STRACE

MOUNTS = ("unshare", "--user", "--map-root-user", "--mount")
SMALL = 'mount -t tmpfs -o size=1m none /dev/shm && exec "$@"'
MINUTE = 60.0
# In the container: a stream of the daemon that a command of the terminal starts, and what it says of its ring.
PLAY = """
import json, os, signal, subprocess, sys, time, dreambridge
from dreambridge.system.connection_file import read
p = subprocess.Popen(sys.argv[1] + " --name boxed", shell=True, start_new_session=True, stderr=subprocess.DEVNULL)
try:
    while read("boxed") is None:
        assert p.poll() is None
        time.sleep(0.05)
    with dreambridge.connect("boxed") as d:
        try:
            s = d.open("testcard", threads=1)
            s.frame(60)
            print(json.dumps([s.info.ring, ""]))
        except dreambridge.DreamError as e:
            print(json.dumps(["", e.code]))
finally:
    os.killpg(p.pid, signal.SIGTERM)
    p.wait()
"""


def works(*words: str) -> bool:
    return bool(shutil.which(words[0])) and subprocess.run(words, capture_output=True, check=False).returncode == 0


def here(**variables: str) -> dict[str, str]:
    """The variables of a terminal in which `dreambridge` is found, and no ring folder was chosen."""
    env = python_env() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | variables
    return {k: v for k, v in env.items() if k != "DREAMBRIDGE_RING_DIR" or k in variables}


def finding(said: str, topic: str) -> dict[str, Any] | None:
    return next((f for f in json.loads(said)["findings"] if f["topic"] == topic), None)


def command_in(hint: str) -> str:
    found = re.search(r"DREAMBRIDGE_RING_DIR=\S+ dreambridge serve", hint)
    assert found, hint
    return found[0]


@pytest.mark.skipif(not works(*MOUNTS, "mount", "-t", "tmpfs", "none", "/dev/shm"), reason="no mount namespace can be made here")
@pytest.mark.usefixtures("no_daemons")
def test_a_container_with_a_small_shared_memory(tmp_path: Path) -> None:
    """64 MiB is Docker's default; here it is less, so that no ring fits, and the control fails."""
    (tmp_path / "rt").mkdir(mode=0o700)

    def inside(*words: str) -> "subprocess.CompletedProcess[str]":
        line = [*MOUNTS, "/bin/sh", "-c", SMALL, "sh", *words]
        return subprocess.run(line, capture_output=True, text=True, env=here(), timeout=2 * MINUTE, check=False)

    done = inside("dreambridge", "doctor", "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    full = finding(done.stdout, "ring folder")
    assert full and full["level"] == "fail" and "/dev/shm has 1 of 1 MiB free" in full["text"], full
    assert "docker run --shm-size=1g" in full["hint"], full
    played = inside(sys.executable, "-c", PLAY, command_in(full["hint"]))
    ring, code = json.loads(played.stdout or "[]") or pytest.fail(played.stderr)
    assert ring.startswith("/var/tmp/dreambridge-") and not code and not Path(ring).exists(), played.stderr
    played = inside(sys.executable, "-c", PLAY, "dreambridge serve")
    assert json.loads(played.stdout) == ["", "no_space"], "the control: without the hint there is no stream"


@pytest.mark.skipif(
    STRACE is None or not works("unshare", "--pid", "--fork", "true"), reason="it needs strace and a PID namespace"
)
@pytest.mark.usefixtures("no_daemons")
def test_a_slow_ring_folder(tmp_path: Path) -> None:
    """The kernel makes each write to that folder's file wait: strace adds 30 ms. The hint's folder is the control."""
    slow = tmp_path / "on a disk"
    slow.mkdir()

    def doctor(ring_dir: str) -> dict[str, Any] | None:
        # In a PID namespace the doctor has one of the first numbers, after strace, and its file a name that is known.
        late = [word for n in range(2, 9) for word in ("-P", f"{slow}/dreambridge-doctor-{n}")]
        late += ["-e", "trace=write", "-e", "inject=write:delay_exit=30000"]
        line = ["unshare", "--pid", "--fork", str(STRACE), "-qq", "-o", "/dev/null", *late]
        line += [sys.executable, "-m", "dreambridge", "doctor", "--json"]
        env = here(DREAMBRIDGE_RING_DIR=ring_dir)
        done = subprocess.run(line, capture_output=True, text=True, env=env, timeout=2 * MINUTE, check=False)
        assert done.stdout, done.stderr
        folder = finding(done.stdout, "ring folder")
        assert folder and folder["level"] == "ok" and ring_dir in folder["text"], folder
        return finding(done.stdout, "slow memory")

    found = doctor(str(slow))
    assert found and found["level"] == "warn" and str(slow) in found["text"], found
    spent = re.search(r"takes ([\d.]+) ms", found["text"])
    assert spent and float(spent[1]) >= 30, found
    way_out = command_in(found["hint"]).split()[0].split("=")[1]
    assert way_out == "/dev/shm" and doctor(way_out) is None
