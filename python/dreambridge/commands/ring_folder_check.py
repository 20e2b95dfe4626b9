"""``dreambridge doctor``: the folder of the rings. Is there space, is it fast, and who has left something in it?"""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from dreambridge.commands.finding import REMOVE_STALE, Finding
from dreambridge.system.paths import this_system

ROOM = 64 * 2**20
SLOW_MS = 5.0  # to write a frame of 1280 x 720; a folder in memory takes about 0.6 ms
FRAME = 1280 * 720 * 4
TRIES = 6


def dead_rings(folder: Path) -> tuple[int, int]:
    """Number and bytes of rings whose daemon has ended."""
    from dreambridge.ring import layout as L
    from dreambridge.system.locks import is_free
    from dreambridge.system.processes import process_alive

    count = size = 0
    for path in folder.glob("dreambridge-*.ring"):
        try:
            with path.open("rb") as f:
                fixed = L.Layout.unpack(f.read(L.HEADER))
            if not process_alive(fixed.writer_pid, fixed.writer_start) and is_free(path):
                count += 1
                size += path.stat().st_size
        except (OSError, ValueError):
            continue
    return count, size


def write_ms(folder: Path) -> float | None:
    """The best time to write a frame of 1280 x 720 into a file of the folder, ms; None if it cannot be written."""
    path, best = folder / f"dreambridge-doctor-{os.getpid()}", None
    data = os.urandom(FRAME)
    try:
        with path.open("xb", buffering=0) as f:
            for _ in range(TRIES):
                begun = time.perf_counter()
                f.seek(0)
                f.write(data)
                spent = (time.perf_counter() - begun) * 1e3
                best = spent if best is None else min(best, spent)
    except OSError:
        return None
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
    return best


def moved(where: str, to: str) -> str:
    """The way to another ring folder: a command where the folder ``to`` is usual and shells take it, else a sentence."""
    if this_system() == "linux":
        return f"use {where}: DREAMBRIDGE_RING_DIR={to} dreambridge serve"
    return f"set the environment variable DREAMBRIDGE_RING_DIR to {where}, and start the daemon again"


def more_room(folder: Path, total: int, dead: int) -> str:
    """The command that makes room."""
    if dead:
        return f"run: {REMOVE_STALE}"
    if str(folder) == "/dev/shm":
        if total < 4 * ROOM:  # as containers have it
            return f"in a container: docker run --shm-size=1g ...; else {moved('another folder', '/var/tmp')}"
        return f"close other programs that use it (ls -lhS /dev/shm), or {moved('another folder', '/var/tmp')}"
    return f"free some space, or {moved('another folder', '/dev/shm')}"


def memory() -> Iterator[Finding]:
    from dreambridge.ring.reader import ring_folder

    folder = ring_folder()
    try:
        usage = shutil.disk_usage(folder)
    except OSError as e:
        hint = moved("a folder with free space", "/var/tmp")
        yield Finding("fail", "ring folder", f"{folder} cannot be used: {e.strerror}", hint)
        return
    dead, size = dead_rings(folder)
    mb = usage.free / 2**20
    if usage.free < ROOM:
        filled = f", and {size / 2**20:.0f} MiB are rings of daemons that have ended" if dead else ""
        text = f"{folder} has {mb:.0f} of {usage.total / 2**20:.0f} MiB free{filled}"
        yield Finding("fail", "ring folder", text, more_room(folder, usage.total, dead))
    else:
        yield Finding("ok", "ring folder", f"{folder}, {mb:.0f} MiB free")
        spent = write_ms(folder)
        if spent is not None and spent > SLOW_MS:
            where = "a folder in memory" if this_system() == "linux" else "a folder on a fast disk or in memory"
            hint = f"the rings may be on a slow disk: {moved(where, '/dev/shm')}"
            if str(folder).startswith("/dev/shm"):
                hint = "the machine may be short of memory, or busy: see `free -m` and `top`, and run `dreambridge doctor` again"
            yield Finding("warn", "slow memory", f"a frame of 1280 x 720 takes {spent:.1f} ms to write into {folder}", hint)
    if dead:
        hint = f"the next daemon removes them; or run: {REMOVE_STALE}"
        yield Finding("warn", "rings", f"{dead} left by daemons that were killed", hint)
