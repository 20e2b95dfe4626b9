"""A session's background work: sentences, pictures and graphs take milliseconds to minutes."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.protocol.replies import Reply
from dreambridge.runtime.runs import Stopped

log = logging.getLogger("dreambridge")
Answer = Callable[[Reply | DreamError], None]
T = TypeVar("T")


def forget_frames(e: BaseException | None) -> None:
    """Clear an error's frames, whose locals (such as a model) would otherwise stay until the garbage collector runs."""
    while e:
        e.__traceback__ = None
        e = e.__cause__ or e.__context__


class Queue(Protocol):
    """The thread of a session, which does what is enqueued between two steps."""

    number: int

    def enqueue(self, work: Callable[[], Reply | None], reply: Answer | None = None) -> None: ...


def beside(session: Queue, name: str, work: Callable[[], T], then: Callable[[T | BaseException], None]) -> None:
    """Run ``work`` in a thread of its own, and after it ``then`` in the session's thread, which calls this.

    ``then`` gets what ``work`` returned or raised (no memory, a faulty graph, the session was closed). If no thread can be
    started, it is called at once, with that RuntimeError.
    """

    def run() -> None:
        result: T | BaseException
        try:
            result = work()
        except BaseException as e:  # ``Stopped`` is no Exception
            forget_frames(e)
            result = e

        def tell() -> None:
            then(result)

        session.enqueue(tell)

    try:
        threading.Thread(target=run, name=f"{name}-{session.number}", daemon=True).start()
    except RuntimeError as e:
        then(e)


class Background:
    """One thread that does its work in order. All methods are thread-safe."""

    def __init__(self, number: int) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=f"texts-{number}")
        self._last: Future[None] | None = None
        self._ended = False

    @property
    def busy(self) -> bool:
        """Whether any work is running or waiting."""
        last = self._last
        return last is not None and not last.done()

    def do(self, work: Callable[[], None], reply: Answer | None, gone: Callable[[], DreamError]) -> None:
        """Run ``work``, which sends the answer itself.

        ``reply`` gets its exception, or ``gone()`` if the session ends before its turn.
        """

        def answer(e: DreamError) -> None:
            if reply:
                reply(e)

        def guarded() -> None:
            try:
                work()
            except DreamError as e:
                answer(e)
            except Stopped:
                answer(gone())
            except Exception as e:
                log.exception("a request failed in the daemon itself")
                answer(as_dream_error(e))

        try:
            self._last = self._threads.submit(guarded)
        except RuntimeError as e:  # it has ended, or no thread can be started
            answer(gone() if self._ended else as_dream_error(e))
            return
        self._last.add_done_callback(lambda future: answer(gone()) if future.cancelled() else None)

    def end(self) -> None:
        """Start no more work, and answer what waits."""
        self._ended = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._last = None
