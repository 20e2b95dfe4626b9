"""The ring: layout, seqlock, torn reads with a control, errors."""

import multiprocessing as mp
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import python_env
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L
from dreambridge.ring.reader import RingReader
from dreambridge.ring.writer import RingWriter, Stamp, frame_memory, remove_dead_rings

ROOT = Path(__file__).resolve().parent.parent


def ring(path: Path, size: int = 64, frames: int = 1, slots: int = 4) -> RingWriter:
    return RingWriter(path, L.Layout(5, os.getpid(), 0, slots, frames, size, size, L.OPAQUE, 24.0))


def test_write_and_read(tmp_path: Path) -> None:
    w = ring(tmp_path / "a.ring", frames=3)
    r = RingReader(w.path)
    assert r.read() is None and r.revision() == 0
    frames = frame_memory(w.layout)
    assert frames.shape == (3, 64, 64, 4) and frames.ctypes.data % 4096 == 0 and not frames.any()
    frames[0], frames[1], frames[2] = 1, 2, 3
    w.publish(frames, Stamp(3, 6, 4, 0.25, 1.5, dropped=2, view=9, view_time=0.5))
    f = r.read()
    assert f is not None and (f.index, f.revision, f.time, f.step_ms, f.dropped) == (8, 4, 0.25, 1.5, 2)
    assert (f.view, f.view_time) == (9, 0.5)
    assert f.frames.shape == (3, 64, 64, 4) and f.pixels.max() == 3 and r.read() is None
    assert w.path.stat().st_mode & 0o777 == 0o600
    w.close()
    assert r.state == L.CLOSED and not w.path.exists()
    r.close()
    r.close()


def test_document_states_the_offsets() -> None:
    text = (ROOT / "protocol" / "PROTOCOL.md").read_text()
    assert f"Header page ({L.HEADER})" in text and "`DRMRING1`" in text
    part = text.split("### Slot")[1].split("\n\n")[0]
    stated = [int(m) for m in re.findall(r"^\| (\d+) \|", part, re.M)]
    assert stated == [0, 8, 12, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, L.SLOT_SEQUENCE_AGAIN, L.SLOT_HEADER]
    for name, at in (("heartbeat", L.HEARTBEAT), ("ring state", L.STATE), ("latest publication", L.LATEST), ("CRC-32", L.CRC)):
        assert re.search(rf"^\| {at} \| u\d\d \| {name}", text, re.M), name


def test_slot_being_written_is_not_read(tmp_path: Path) -> None:
    w = ring(tmp_path / "b.ring")
    frames = frame_memory(w.layout)
    for i in range(4):
        w.publish(frames, Stamp(1, i, 0, 0, 0))
    r = RingReader(w.path)
    assert r.read(1) is not None
    w._file.put(r.slot(5), 2 * 5 - 1)  # the slot of publication 1 is now odd
    assert r.read(1) is None and r.read(4) is not None
    w.close()
    r.close()


def _writer(path: str, stop: object, slots: int) -> None:
    w = ring(Path(path), 128, slots=slots)
    frames, i = frame_memory(w.layout), 0
    while not stop.is_set():  # type: ignore[attr-defined]
        i += 1
        frames[...] = i & 255
        w.publish(frames, Stamp(1, i, i, 0, 0))
    w.close()


def test_torn_frames_are_refused_and_would_be_seen(tmp_path: Path) -> None:
    """A writer at full speed: no frame that was taken is torn; without the check (the control) some are."""
    context = mp.get_context("spawn")
    stop = context.Event()
    path = tmp_path / "c.ring"
    p = context.Process(target=_writer, args=(str(path), stop, 4))
    p.start()
    until = time.monotonic() + 60
    while not path.exists() or path.stat().st_size == 0 or path.read_bytes()[:8] != L.MAGIC:
        assert time.monotonic() < until
        time.sleep(0.01)
    r = RingReader(path)
    raw = np.empty(r.layout.frame_bytes, np.uint8)
    good = torn = control = 0
    begun = time.monotonic()
    # Four seconds, and on a busy machine as long as it takes to have seen enough.
    while time.monotonic() - begun < 4 or ((good <= 200 or control == 0) and time.monotonic() - begun < 60):
        f = r.read()
        if f is not None:
            good += 1
            torn += int(f.pixels.min() != f.pixels.max())
        # the control: the slot that is written next, without looking at its sequence
        r._file.read(r.slot(r.latest + 1) + L.SLOT_HEADER, raw.data)
        control += int(raw.min() != raw.max())
    stop.set()
    p.join(60)
    r.close()
    assert good > 200 and torn == 0, (good, torn)
    assert control > 0, "the control never saw a torn frame: this test could not fail"


def test_full_shared_memory_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    """More than the size of /dev/shm, which it refuses at once; elsewhere more than the maximum size of a file."""
    shm = Path("/dev/shm")
    folder = shm if shm.is_dir() else tmp_path
    size, side = os.statvfs(folder), 8192
    slots = int(size.f_blocks * size.f_frsize / (side * side * 4)) + 2 if folder == shm else 2**31
    path = folder / f"dreambridge-test-{os.getpid()}.ring"
    with pytest.raises(DreamError) as e:
        RingWriter(path, L.Layout(5, os.getpid(), 0, slots, 1, side, side, 1, 24.0))
    assert e.value.code == "no_space" and "MiB" in e.value.message and "DREAMBRIDGE_RING_DIR" in e.value.hint
    assert not path.exists()


SCARCE = """
import fcntl, os, resource, sys  # the first as a daemon has it, which holds a lock of its own
from pathlib import Path
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L
from dreambridge.ring.writer import RingWriter
path, what = Path(sys.argv[1]), sys.argv[2]
fixed = L.Layout(5, os.getpid(), 0, 4, 1, 64, 64, 1, 24.0)
if what == "memory":  # too little for a thread's stack, 8 MiB
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + 2**21
    resource.setrlimit(resource.RLIMIT_AS, (used, used))
else:  # one handle for the file, and none after it
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + (what == "one handle"),) * 2)
try:
    RingWriter(path, fixed)
    print("made", flush=True)
except BaseException as e:
    print(getattr(e, "code", repr(e)), path.exists(), flush=True)
os._exit(0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="sets Linux's limits")
@pytest.mark.parametrize(
    ("what", "said"), [("memory", "no_resources False"), ("no handle", "no_resources False"), ("one handle", "made")]
)
def test_a_ring_that_cannot_be_made_for_lack_of_something_leaves_nothing(what: str, said: str, tmp_path: Path) -> None:
    words = [sys.executable, "-c", SCARCE, str(tmp_path / "s.ring"), what]
    done = subprocess.run(words, capture_output=True, text=True, env=python_env(), check=False)
    assert done.stdout.strip() == said, done.stderr


def test_no_access() -> None:
    with pytest.raises(DreamError) as e:
        ring(Path("/proc/nowhere.ring"))
    assert e.value.code == "no_access"


def test_dead_rings_go_and_live_ones_stay(tmp_path: Path) -> None:
    live = ring(tmp_path / f"dreambridge-{os.getuid()}-2-1.ring")
    dead = tmp_path / f"dreambridge-{os.getuid()}-1-1.ring"
    dead.write_bytes(live.path.read_bytes())
    assert remove_dead_rings(tmp_path, lambda pid, start: True) == []
    # in another PID namespace the writer's process id does not exist, but the lock still works
    assert remove_dead_rings(tmp_path, lambda pid, start: False) == [dead] and live.path.exists()
    live.close()


def test_damaged_header(tmp_path: Path) -> None:
    w = ring(tmp_path / "e.ring")
    page = bytearray(w.path.read_bytes())
    page[60] ^= 1
    (tmp_path / "f.ring").write_bytes(page)
    with pytest.raises(ValueError, match="CRC"):
        RingReader(tmp_path / "f.ring")
    w.close()
