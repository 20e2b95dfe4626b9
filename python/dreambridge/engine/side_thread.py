"""A thread of low priority that makes a session's steps ahead, one at a time, while the session makes its own."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from dreambridge.system.priority import lower_priority

T = TypeVar("T")
# Of the time that a job takes, the thread runs on a core for this share at least. If it runs less, other programs need the cores.
FAIR_SHARE = 0.6
STAY_AWAY = 1.0  # seconds, after a job that ran less


class SideThread(Generic[T]):
    """``done`` is called in the thread after each job. All other methods belong to the session's thread.

    The thread starts with the first job. Its priority is the lowest one that a session can have.
    """

    def __init__(self, name: str, done: Callable[[], None]) -> None:
        self._name, self._done = name, done
        self._wake = threading.Condition()
        self._job: Callable[[], T] | None = None
        self._result: list[T | BaseException] = []
        self._thread: threading.Thread | None = None
        self._ending = False
        self._not_before = 0.0
        self.begun = 0.0  # when the job in hand began (time.monotonic); 0: none. Any thread may read it

    @property
    def idle(self) -> bool:
        """Whether it takes a job: there is none in hand, and no result to collect."""
        return self._job is None and not self._result

    @property
    def finished(self) -> bool:
        """Whether ``collect`` has a result."""
        return bool(self._result)

    @property
    def crowded(self) -> bool:
        """Whether other programs needed the cores while its last job ran, a short time ago."""
        return time.monotonic() < self._not_before

    def start(self, job: Callable[[], T]) -> None:
        """Do ``job`` in the thread. RuntimeError if no thread can be started."""
        assert self.idle
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            thread.start()
            self._thread = thread
        with self._wake:
            self.begun = time.monotonic()
            self._job = job
            self._wake.notify_all()

    def stood_still(self, now: float, seconds: float) -> None:
        """So long no thread of this process ran: the job in hand was not slow for that time."""
        with self._wake:
            if self.begun:
                self.begun = min(now, self.begun + seconds)

    def collect(self) -> T | BaseException | None:
        """The result of the last job, or the exception that it raised; None if none is finished."""
        return self._result.pop() if self._result else None

    def wait(self) -> None:
        """Wait until the job in hand is done."""
        with self._wake:
            self._wake.wait_for(lambda: self._job is None)

    def end(self) -> None:
        """Wait for the job in hand, and end the thread."""
        with self._wake:
            self._ending = True
            self._wake.notify_all()
        if self._thread:
            self._thread.join()
        self._thread, self._done = None, lambda: None  # whose owner would live until the garbage collector runs
        self._result.clear()

    def _run(self) -> None:
        lower_priority("idle")
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._job is not None or self._ending)
                job = self._job
            if job is None:
                return
            begun, used = time.perf_counter(), time.thread_time()
            result: T | BaseException
            try:
                result = job()
            except BaseException as e:  # raised where it is collected; ``Stopped`` is no Exception
                result = e
            spent, used = time.perf_counter() - begun, time.thread_time() - used
            if used < FAIR_SHARE * spent:
                self._not_before = time.monotonic() + STAY_AWAY
            del job
            with self._wake:
                self._result.append(result)
                self._job, self.begun = None, 0.0
                self._wake.notify_all()
            del result
            self._done()
