"""A session's thread gives way to the game beside it."""

import contextlib
import ctypes
import os
import platform
import sys
import threading

# Not lower than 10: a session's thread holds Python's lock now and then, and would keep the server waiting for seconds when
# it is stopped just then by a machine whose cores are all busy.
NICE = {"normal": 0, "below_normal": 5, "idle": 10}
# Milliseconds. When a thread wakes, Linux lets the one that runs finish its slice even if that is the nicer one: ticks of a game came
# 3 ms late. It does not when the slice of the one that wakes is shorter and would end first. An ordinary slice has 2.8 ms at most;
# these end 60 ms ahead on the scheduler's clock, where the time of a nicer thread counts for more. A loaded machine's frames come
# as evenly as before.
SLICE_MS = {"below_normal": 20, "idle": 6}
# System calls sched_setattr and sched_getattr: there is no wrapper in Python, and in glibc only from 2.41 on.
CALLS = {"x86_64": (314, 315), "aarch64": (274, 275)}


class Attributes(ctypes.Structure):
    """Linux's ``struct sched_attr`` in its first form, sched_setattr(2)."""

    _fields_ = (
        ("size", ctypes.c_uint32), ("policy", ctypes.c_uint32), ("flags", ctypes.c_uint64), ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32), ("runtime", ctypes.c_uint64), ("deadline", ctypes.c_uint64), ("period", ctypes.c_uint64),
    )  # fmt: skip


def lower_priority(priority: str) -> None:
    """Lower the priority ("normal", "below_normal", "idle") of this thread only; those that it starts from now on inherit it.

    On Linux 6.12 or newer another thread that wakes is put in its place at once, too. Other systems know priorities of processes
    only: there the whole daemon gets the lowest that was asked for. What a system refuses is left as it is.
    """
    nice = NICE[priority]
    if not nice:
        return
    if not sys.platform.startswith("linux"):
        _lower_process(priority)
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
    now = attributes(0)
    # Older kernels take a slice and forget it; only the ordinary policy (0) has one.
    if now is not None and now.policy == 0:
        now.runtime = SLICE_MS[priority] * 1_000_000
        ctypes.CDLL(None).syscall(CALLS[platform.machine()][0], 0, ctypes.byref(now), 0)


def _lower_process(priority: str) -> None:
    """Windows has a class for each; elsewhere a number of setpriority(2), which names processes there and not threads."""
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
    """How ``thread`` (its native id; 0: the calling one) is scheduled; ``runtime`` is its slice, 0 where the kernel has none. None
    where it cannot be told."""
    if not sys.platform.startswith("linux") or platform.machine() not in CALLS:
        return None
    now = Attributes()
    failed = ctypes.CDLL(None).syscall(CALLS[platform.machine()][1], thread, ctypes.byref(now), ctypes.sizeof(now), 0)
    return None if failed else now
