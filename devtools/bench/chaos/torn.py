"""Torn frames: a writer that never rests, and readers in each language; without its second look, the control, each finds some."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dreambridge.bench.report import goal
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L

from devtools.bench.chaos.stage import ROOT, Stage, until

FULL, QUICK = {"python": 1_000_000, "godot": 1_000_000, "net8": 6_000_000, "mono": 2_000_000}, 4000
CONTROL, TRIES = 40_000, 20
MAX_JOB = 1_000_000  # reads of one program
SIDE = 208
WRITER = """
import sys
from pathlib import Path
from dreambridge.ring import layout as L
from dreambridge.ring.writer import RingWriter, Stamp, frame_memory
w = RingWriter(Path(sys.argv[1]), L.Layout(1, 1, 1, 4, 1, int(sys.argv[2]), int(sys.argv[2]), 1, 0.0))
print("ready", flush=True)
n, frames = 0, frame_memory(w.layout)
while True:
    n += 1
    frames[...] = n & 255
    w.publish(frames, Stamp(1, n, 0, 0.0, 0.0))
"""
READER = """
import json, sys, time
from pathlib import Path
import numpy as np
from dreambridge.ring import layout as L
from dreambridge.ring.reader import RingReader
r, wanted, verify = RingReader(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3] == "verified"
raw = np.empty(r.layout.frame_bytes, np.uint8)
taken = torn = 0
begun = time.monotonic()
while taken < wanted and time.monotonic() - begun < 150:
    if verify:
        f = r.read()
        if f is None:
            continue
        torn += int(f.pixels.min() != f.pixels.max() or f.pixels[0, 0, 0] != f.index & 255)
    else:
        r._file.read(r.slot(r.latest + 1) + L.SLOT_HEADER, raw.data)
        torn += int(raw.min() != raw.max())
    taken += 1
print(json.dumps({"taken": taken, "torn": torn, "thrown_away": r.torn}))
"""


def _run(command: list[str], **env: str) -> dict[str, Any]:
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=False, cwd=ROOT)
    lines = [x for x in done.stdout.splitlines() if x.startswith("{")]
    if not lines:
        raise DreamError("internal", f"{command[0]} printed no figures: {(done.stdout + done.stderr)[-500:]}", "Run it by hand.")
    return dict(json.loads(lines[-1]))


def reader(stage: Stage, client: str, ring: Path) -> Callable[[int, bool], dict[str, Any]]:
    """A function that reads so many frames of the ring, verified or not: taken, torn, thrown_away."""

    def python(count: int, verified: bool) -> dict[str, Any]:
        return _run([sys.executable, "-c", READER, str(ring), str(count), "verified" if verified else "control"])

    def godot(count: int, verified: bool) -> dict[str, Any]:
        which = "verified" if verified else "control"
        got = _run(stage.programs.script("torn.gd"), RING=str(ring), READS=str(count), ONLY=which)
        return dict(got[which])

    def csharp(count: int, verified: bool) -> dict[str, Any]:
        from devtools import csharp_testbed

        words = () if verified else ("unverified",)
        return _run(stage.programs.job(client, "torn", str(ring), str(count), *words), **csharp_testbed.env())

    return {"python": python, "godot": godot}.get(client, csharp)


def one(stage: Stage, client: str) -> dict[str, int]:
    ring = stage.folder / f"torn-{client}.ring"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(ring), str(SIDE)], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
        until(lambda: ring.read_bytes()[:8] == L.MAGIC)
        read, control = reader(stage, client, ring), 0
        for _ in range(TRIES):
            control += read(QUICK if stage.quick else CONTROL, False)["torn"]
            if control:
                break
        total = {"taken": 0, "torn": 0, "thrown_away": 0}
        wanted = QUICK if stage.quick else FULL[client]
        end = time.monotonic() + (stage.minutes * 60 / 4 if stage.minutes else 1e9)
        while total["taken"] < wanted and time.monotonic() < end:
            got = read(min(MAX_JOB, wanted - total["taken"]), True)
            total = {k: v + int(got[k]) for k, v in total.items()}
        return total | {"control_torn": control}
    finally:
        writer.kill()
        writer.wait()
        if writer.stdout:
            writer.stdout.close()
        ring.unlink(missing_ok=True)


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    out = {c: one(stage, c) for c in stage.clients(("python",))}
    reads = sum(g["taken"] for g in out.values())
    return {
        "compared": f"frames of {SIDE} x {SIDE} pixels in 4 slots; each pixel has the index. Control: the slot "
        "that is written next, or a reader without its second look",
        "reads": reads,
        **out,
    }, {
        **{f"{c}_torn": goal(g["torn"], f"of {g['taken']}", most=0) for c, g in out.items()},
        **{f"{c}_control_finds_some": goal(g["control_torn"], "torn frames", least=1) for c, g in out.items()},
    }
