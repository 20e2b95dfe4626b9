"""Is a process alive, and since when? What a process id means depends on the PID namespace."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

SAME_MS = 1000  # systems that give a time of day: what is no further apart is the same start


def start_time(pid: int) -> int:
    """When a process started: 0 where it cannot be known, -1 where there is no such process (or only its exit status).

    On Linux in clock ticks since boot (field 22 of /proc/PID/stat), elsewhere in milliseconds of Unix time.
    """
    if sys.platform.startswith("linux"):
        stat = Path(f"/proc/{pid}/stat")
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return -1
        except OSError:  # of another user; or this process has no more file handles, which says nothing of that one
            return 0
        return -1 if fields[0] in "ZX" else int(fields[19])
    import psutil

    try:
        process = psutil.Process(pid)
        return -1 if process.status() == psutil.STATUS_ZOMBIE else round(process.create_time() * 1000)
    except psutil.NoSuchProcess:
        return -1
    except psutil.Error:  # it is there, and another user's
        return 0


def process_alive(pid: int, started: int) -> bool:
    """Is the process there that started then (0: whenever)? Of this process's own PID namespace."""
    now = start_time(pid)
    if now <= 0 or started == 0:
        return now >= 0
    return now == started if sys.platform.startswith("linux") else abs(now - started) <= SAME_MS


def this_python() -> list[str]:
    """The words that start this interpreter, as isolated as it is: a variable that it ignores must not end the other one."""
    return [sys.executable, *subprocess._args_from_interpreter_flags()]  # type: ignore[attr-defined]


def process_name(pid: int) -> str:
    """What a process is called, "" where that cannot be told."""
    import psutil

    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return ""


def pid_namespace() -> int:
    """The number of the PID namespace on Linux; 0 where there is none, or none is told. A sandbox or container has its own."""
    with contextlib.suppress(OSError, ValueError):
        return int(os.readlink("/proc/self/ns/pid").removeprefix("pid:[").removesuffix("]"))
    return 0


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
