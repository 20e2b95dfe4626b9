"""A session's background work: sentences, pictures and graphs take milliseconds to minutes."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.protocol.replies import Reply
from dreambridge.runtime.runs import Stopped

log = logging.getLogger("dreambridge")
Answer = Callable[[Reply | DreamError], None]


def forget_frames(e: BaseException | None) -> None:
    """Clear an error's frames, whose locals (such as a model) would otherwise stay until the garbage collector runs."""
    while e:
        e.__traceback__ = None
        e = e.__cause__ or e.__context__


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
