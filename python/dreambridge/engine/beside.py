"""What a session has done beside its stream: sentences, pictures and graphs take milliseconds to minutes."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.protocol.replies import Reply
from dreambridge.runtime.runs import Stopped

log = logging.getLogger("dreambridge")
Answer = Callable[[Reply | DreamError], None]


class Beside:
    """One thread that does one thing after the other. Its methods are called from any thread."""

    def __init__(self, number: int) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=f"texts-{number}")
        self._last: Future[None] | None = None
        self._ended = False

    @property
    def busy(self) -> bool:
        """Is anything done there, or waits for it?"""
        last = self._last
        return last is not None and not last.done()

    def do(self, work: Callable[[], None], reply: Answer | None, gone: Callable[[], DreamError]) -> None:
        """Have ``work`` done, which gives the answer itself.

        ``reply`` gets what it raises instead, or ``gone()`` when the session ends before its turn.
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
        except RuntimeError as e:  # it has ended, or there can be no more threads
            answer(gone() if self._ended else as_dream_error(e))
            return
        self._last.add_done_callback(lambda future: answer(gone()) if future.cancelled() else None)

    def end(self) -> None:
        """Nothing more is begun; what waits is answered."""
        self._ended = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._last = None
