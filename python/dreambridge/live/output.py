"""What an output is: a thread that sends the newest frame, and connects again after the receiver went away."""

import statistics
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from dreambridge.live.address import shown_url, without_secrets
from dreambridge.live.frames import Frames, Tap
from dreambridge.live.map_file import Target
from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.ring.reader import Frame

FIRST_AGAIN_S, MAX_AGAIN_S = 0.25, 5.0
REPEAT_S = 0.5  # a stream that stands still is sent again, so that the receiver stays
LOOK_S = 0.1


class Sink(Protocol):
    """A connection. ``send`` may wait for the receiver; it raises when the receiver is gone.

    It returns whether the frame has left; False: it only waits for the encoder, which calls ``note_sent``.
    """

    def send(self, frame: Frame) -> bool: ...


class Output(ABC):
    """Sends the frames of ``frames`` to ``target`` from ``start`` to ``close``; ``say`` gets messages.

    ``state``: a line for the terminal. ``sent``: frames. ``connections``: how often it was connected.
    """

    def __init__(self, target: Target, frames: Frames, say: Callable[[str], object]) -> None:
        self.target, self.name, self.frames, self._say = target, shown_url(target.url), frames, say
        self.state, self.sent, self.connections = "connecting", 0, 0
        self.ending = threading.Event()
        self.tap: Tap = frames.tap()
        self._latencies: deque[float] = deque(maxlen=120)
        self._down = ""
        self._last: Frame | None = None
        self._thread = threading.Thread(target=self._run, name="dreambridge-out", daemon=True)

    def start(self) -> None:
        """DreamError ``missing_package``."""
        self._thread.start()

    def close(self) -> None:
        self.ending.set()
        if self._thread.is_alive():
            self._thread.join(3.0)  # a receiver that does not read holds it; it ends with the process
        self.frames.remove(self.tap)

    @property
    def latency_ms(self) -> float | None:
        """From a frame's publication in the ring until it was encoded and handed to the network, p50 of the last frames."""
        some = list(self._latencies)
        return statistics.median(some) if some else None

    def note_sent(self, frame: Frame) -> None:
        self.sent += 1
        self._latencies.append((time.monotonic_ns() - frame.published_ns) / 1e6)

    def _run(self) -> None:
        again = FIRST_AGAIN_S
        while not self.ending.is_set():
            frame = self.tap.take(LOOK_S) or self._last  # a stream that stands still is connected again, too
            if frame is None:
                continue
            self._last = frame
            before = self.sent
            try:
                self._connection(frame)
            except Exception as e:
                self._fell(e)
            if self.sent > before:
                again = FIRST_AGAIN_S
            self.ending.wait(again)
            again = min(MAX_AGAIN_S, again * 2)

    def _fell(self, e: Exception) -> None:
        """Told once for each time that the receiver is away."""
        self._latencies.clear()
        if self.ending.is_set():
            return
        error = e if isinstance(e, DreamError) else as_dream_error(e)
        said = error.message if isinstance(e, DreamError) else " ".join(str(e).split()) or type(e).__name__
        said = without_secrets(said, self.target.url, self.target.token)[:300]  # half a key would not be found
        self.state = f"reconnecting: {said}"
        if not self._down:
            self._say(
                f"{self.name}: {said} It is tried again until the receiver answers. {error.hint if e is error else ''}".rstrip()
            )
        self._down = said

    def _connection(self, frame: Frame) -> None:
        self.state = "connecting" if not self._down else self.state
        before = self.sent
        with self.open(frame) as sink:
            last, at = frame, time.monotonic()
            new: Frame | None = frame
            while not self.ending.is_set():
                if new is not None or time.monotonic() - at > REPEAT_S:
                    last, fresh, at = new or last, new is not None, time.monotonic()
                    if sink.send(last) and fresh:
                        self.note_sent(last)
                    if self.state != "sending" and self.sent > before:
                        self.state = "sending"
                        self.connections += 1
                    if self._down and self.sent > before:
                        self._down = ""
                        self._say(f"{self.name}: the receiver is back.")
                new = self.tap.take(LOOK_S)
                self._last = new or last
                if new is not None and new.pixels.shape != last.pixels.shape:
                    return  # another bundle after a restart: connect again with its size

    @abstractmethod
    def open(self, first: Frame) -> AbstractContextManager[Sink]:
        """Connect. Any exception: there is no receiver now."""
