"""Whether a process is running, and since when. The meaning of a process id depends on the PID namespace."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

STOOD_STILL = 1.0  # seconds by which a regular look must be late to show that this process was suspended, or the machine slept
SAME_MS = 1000  # for systems that report the time of day: times within this difference are the same start


def start_time(pid: int) -> int:
    """When a process started: 0 if unknown, -1 if the process does not exist (or is a zombie).

    On Linux in clock ticks since boot (field 22 of /proc/PID/stat), elsewhere in milliseconds of Unix time.
    """
    if sys.platform.startswith("linux"):
        stat = Path(f"/proc/{pid}/stat")
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return -1
        except OSError:  # another user's process; or this process has run out of file handles, which says nothing about the other
            return 0
        return -1 if fields[0] in "ZX" else int(fields[19])
    import psutil

    try:
        process = psutil.Process(pid)
        return -1 if process.status() == psutil.STATUS_ZOMBIE else round(process.create_time() * 1000)
    except psutil.NoSuchProcess:
        return -1
    except psutil.Error:  # it exists and belongs to another user
        return 0


def process_alive(pid: int, started: int) -> bool:
    """Whether the process that started at this time (0: any time) is running. For this process's PID namespace."""
    now = start_time(pid)
    if now <= 0 or started == 0:
        return now >= 0
    return now == started if sys.platform.startswith("linux") else abs(now - started) <= SAME_MS


def this_python() -> list[str]:
    """The arguments that start this interpreter with the same isolation, so that both ignore the same variables."""
    return [sys.executable, *subprocess._args_from_interpreter_flags()]  # type: ignore[attr-defined]


def process_name(pid: int) -> str:
    """The name of a process, "" if unknown."""
    import psutil

    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return ""


def pid_namespace() -> int:
    """The number of the PID namespace on Linux; 0 if there is none or it is unknown. A sandbox or container has its own."""
    with contextlib.suppress(OSError, ValueError):
        return int(os.readlink("/proc/self/ns/pid").removeprefix("pid:[").removesuffix("]"))
    return 0


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
