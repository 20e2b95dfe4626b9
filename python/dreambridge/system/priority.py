"""Lowers the priority of a session's threads, so that they yield to the game."""

import contextlib
import ctypes
import os
import platform
import sys
import threading

# Not lower than 10. A session's thread sometimes holds the GIL. If a busy machine preempted it at that moment, the server would
# wait for seconds.
NICE = {"normal": 0, "below_normal": 5, "idle": 10}
# Milliseconds. When a thread wakes, Linux lets the running thread finish its slice even if that thread is nicer: ticks of a game
# came 3 ms late. It preempts the running thread if the slice of the waking one is shorter and would end first. An ordinary slice
# is at most 2.8 ms. These slices end 60 ms ahead on the scheduler's clock, which counts the time of a nicer thread for more.
# Frames on a loaded machine come as evenly as before.
SLICE_MS = {"below_normal": 20, "idle": 6}
# The system calls sched_setattr and sched_getattr. Python has no wrapper for them, and glibc only from 2.41 on.
CALLS = {"x86_64": (314, 315), "aarch64": (274, 275)}


class Attributes(ctypes.Structure):
    """Linux's ``struct sched_attr`` in its first form, sched_setattr(2)."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def lower_priority(priority: str) -> None:
    """Lower the priority ("normal", "below_normal", "idle") of this thread only; those that it starts from now on inherit it.

    On Linux 6.12 or newer, a thread that wakes also preempts this one at once. Other systems have priorities only for processes:
    there the whole daemon gets the lowest priority that was requested. A refusal of the system is ignored.
    """
    nice = NICE[priority]
    if not nice:
        return
    if not threads_have_priorities():
        _lower_process(priority)
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
    now = attributes(0)
    # Older kernels accept a slice and ignore it; only the ordinary policy (0) has one.
    if now is not None and now.policy == 0:
        now.runtime = SLICE_MS[priority] * 1_000_000
        ctypes.CDLL(None).syscall(CALLS[platform.machine()][0], 0, ctypes.byref(now), 0)


def threads_have_priorities() -> bool:
    """Whether ``lower_priority`` lowers the calling thread only."""
    return sys.platform.startswith("linux")


def _lower_process(priority: str) -> None:
    """Windows has a priority class for each; other systems have setpriority(2), which applies to processes and not to threads."""
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        me = psutil.Process()
        if sys.platform == "win32":
            steps = [psutil.NORMAL_PRIORITY_CLASS, psutil.BELOW_NORMAL_PRIORITY_CLASS, psutil.IDLE_PRIORITY_CLASS]
            wanted, now = steps[list(NICE).index(priority)], me.nice()
            if now not in steps or steps.index(now) < steps.index(wanted):
                me.nice(wanted)
        elif me.nice() < NICE[priority]:
            me.nice(NICE[priority])


def attributes(thread: int) -> Attributes | None:
    """How ``thread`` (its native id; 0: the calling one) is scheduled;

    ``runtime`` is its slice, 0 if the kernel has none. None if unknown.
    """
    if not sys.platform.startswith("linux") or platform.machine() not in CALLS:
        return None
    now = Attributes()
    failed = ctypes.CDLL(None).syscall(CALLS[platform.machine()][1], thread, ctypes.byref(now), ctypes.sizeof(now), 0)
    return None if failed else now
