"""Is a process alive, and since when?"""

import os
import sys
from pathlib import Path


def start_time(pid: int) -> int:
    """A process's start time in clock ticks since boot, 0 where it cannot be known, -1 where there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if sys.platform.startswith("linux"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return -1
        return -1 if fields[0] == "Z" else int(fields[19])
    return 0


def process_alive(pid: int, started: int) -> bool:
    now = start_time(pid)
    if now < 0:  # also when it was gone before anybody could ask for its start time
        return False
    if now == 0:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True
    return now == started or (started == 0 and now > 0)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
