"""How an output connects again: at once at first, later more seldom, and also while the stream stands still."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import numpy as np
from conftest import soon
from dreambridge.live.frames import Frames
from dreambridge.live.map_file import Target
from dreambridge.live.output import Output, Sink
from dreambridge.ring.reader import Frame

NO_STREAM: Any = None


def frame(size: int = 2) -> Frame:
    pixels = np.zeros((size, size, 4), np.uint8)
    given: dict[str, Any] = dict.fromkeys((f.name for f in fields(Frame)), 0)
    return Frame(**given | {"pixels": pixels, "frames": pixels[None]})


class Waits(threading.Event):
    """Does not wait, and notes how long it should have."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.append(timeout or 0.0)
        return super().wait(0)


class Receiver(Output):
    """It is away for the first ``away`` times, and takes one frame of each connection."""

    away, got = 0, 0

    @contextmanager
    def open(self, first: Frame) -> Iterator[Sink]:
        if self.away > 0:
            self.away -= 1
            raise OSError("nobody is there")
        yield self

    def send(self, frame: Frame) -> bool:
        self.got += 1
        if self.got % 2 == 0:
            raise OSError("it has gone")
        return True


def test_a_receiver_comes_back_while_the_stream_is_paused() -> None:
    """One frame has come, and no other one will."""
    said: list[str] = []
    out = Receiver(Target(url="srt://a:1"), Frames(NO_STREAM), said.append)
    out.ending = waits = Waits()
    out.away = 6
    out.tap.offer(frame())
    out.start()
    try:
        soon(lambda: out.connections == 2)
    finally:
        out.close()
    assert waits.asked[:6] == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0], "docs/live.md says so"
    assert waits.asked[6] == 0.25 and said[1] == "srt://a:1: the receiver is back."


def test_another_size_is_connected_with_its_own_frame() -> None:
    opened: list[int] = []

    class Sizes(Receiver):
        @contextmanager
        def open(self, first: Frame) -> Iterator[Sink]:
            opened.append(len(first.pixels))
            self.got = 0
            yield self

    out = Sizes(Target(url="srt://a:1"), Frames(NO_STREAM), print)
    out.tap.offer(frame(2))
    out.start()
    try:
        soon(lambda: out.state == "sending")
        out.tap.offer(frame(4))
        soon(lambda: opened[-1] == 4)
    finally:
        out.close()
