"""Each new frame of a stream for several takers. Whoever is slow gets a later one; nobody is waited for."""

import logging
import threading
import time

from dreambridge.client.stream import Stream
from dreambridge.ring.reader import Frame

log = logging.getLogger("dreambridge.live")
LOOK_S, FAILED_S = 0.002, 1.0


class Tap:
    """One taker of frames; the newest frame that it has not taken waits for it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._newest: Frame | None = None
        self.skipped = 0

    def offer(self, frame: Frame) -> None:
        with self._condition:
            self.skipped += self._newest is not None
            self._newest = frame
            self._condition.notify()

    def take(self, timeout: float = 0.0) -> Frame | None:
        """The newest frame, if it was not taken yet."""
        with self._condition:
            if self._newest is None and timeout > 0:
                self._condition.wait(timeout)
            frame, self._newest = self._newest, None
            return frame


class Frames:
    """Reads the stream's ring from ``start`` to ``close``, and offers each frame to all taps. Nobody changes the pixels."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.count = stream, 0
        self._taps: list[Tap] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dreambridge-frames", daemon=True)

    def tap(self) -> Tap:
        t = Tap()
        self._taps = [*self._taps, t]
        return t

    def remove(self, tap: Tap) -> None:
        self._taps = [t for t in self._taps if t is not tap]

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                frame = self.stream.poll() if self._taps else None
            except Exception:
                log.exception("the stream's frames cannot be read")
                self._ending.wait(FAILED_S)  # the receivers keep the last picture, and the log does not fill up
                continue
            if frame is None:
                time.sleep(LOOK_S)
                continue
            self.count += 1
            for t in self._taps:
                t.offer(frame)
