"""Torn and misordered frames among 100,000 that the addon reads, from a writer that never rests."""

import subprocess
import sys

from dreambridge.bench.report import goal

from devtools.bench.godot.bench import Bench, Row

WRITER = """
import sys, time
from pathlib import Path
from dreambridge.ring import layout as L
from dreambridge.ring.writer import RingWriter, Stamp, frame_memory
rings = [RingWriter(Path(path), L.Layout(1, 1, 1, 4, 1, 256, 256, 1, 0.0)) for path in sys.argv[2:]]
print("ready", flush=True)
frames = [frame_memory(w.layout)[0] for w in rings]
end, n = time.monotonic() + float(sys.argv[1]), 0
while time.monotonic() < end:
    for swapped, (w, v) in enumerate(zip(rings, frames)):
        index = n ^ 1 if swapped else n
        v[...] = index % 251
        w.publish(v[None], Stamp(1, index, 0, 0.0, 0.0))
    n += 1
"""


def measure(bench: Bench) -> Row:
    count, seconds = (3_000, 60) if bench.quick else (100_000, 500)
    ahead = 500 if bench.quick else 5_000  # the thread of a game copies at most 250 a second
    ring, swapped = str(bench.folder / "frames.ring"), str(bench.folder / "swapped.ring")
    command = [sys.executable, "-c", WRITER, str(3 * seconds + 60), ring, swapped]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if writer.stdout:
            writer.stdout.readline()
        got = bench.engine.play("order.gd", RING=ring, SWAPPED=swapped, COUNT=str(count), AHEAD=str(ahead), SECONDS=str(seconds))
    finally:
        writer.kill()
        writer.wait()
        if writer.stdout:
            writer.stdout.close()
    verified, threaded, control = got["verified"], got["ahead"], got["control"]
    return got, {
        "taken": goal(verified["taken"], "frames", least=count),
        "torn": goal(verified["torn"], "frames", most=0),
        "out of order": goal(verified["disordered"], "frames", most=0),
        "with another frame's header": goal(verified["other_header"], "frames", most=0),
        "taken in a thread": goal(threaded["taken"], "frames", least=ahead),
        "wrong in a thread": goal(threaded["torn"] + threaded["disordered"] + threaded["other_header"], "frames", most=0),
        "control: torn without the second look": goal(control["torn"], "frames", least=1),
        "control: out of order in a ring with swapped frames": goal(got["disordered"]["disordered"], "frames", least=1),
    }
