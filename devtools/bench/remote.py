"""Models on another machine: from a received frame to the ring, and from a direction to its event, by a server of our own."""

import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from dreambridge.bench.report import goal, spread
from dreambridge.bundle.load import load_bundle
from dreambridge.engine.remote_session import RemoteSession
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Directed, Opened
from dreambridge.protocol.requests import Open
from dreambridge.remote.access import Access
from dreambridge.remote.start import starter
from dreambridge.ring.reader import RingReader

from devtools.remote_server import remote_server, write_bundle

SIDE, FPS, LIMIT_S = 512, 24, 60.0


def frames(form: str, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each frame's arrival to its publication, and from each direction to its event at the server."""
    with tempfile.TemporaryDirectory() as folder, remote_server() as server:
        bundle = load_bundle(
            write_bundle(Path(folder) / "b", server.url, width=SIDE, height=SIDE, fps=FPS, format=form, buffer=0.0)
        )
        answers = list[Any]()
        session = RemoteSession(1, bundle, Open(id=1, bundle="b", fps=0.0), 1, lambda m: None, starter(Access(["127.0.0.1"])))
        session.start(answers.append)
        try:
            opened = wait(lambda: answers[0] if answers else None)
            if isinstance(opened, DreamError):
                raise opened
            assert isinstance(opened, Opened)
            with closing(RingReader(Path(opened.ring))) as ring:
                took = list[float]()
                last = 0
                until = time.monotonic() + LIMIT_S
                while len(took) < count and time.monotonic() < until:
                    frame = ring.read()
                    if frame and frame.publication != last and frame.index > FPS:
                        last = frame.publication
                        took.append((frame.published_ns - frame.begun_ns) / 1e6)
                    time.sleep(0.001)
            return took, [event(session, server.log.events, k) for k in range(count)]
        finally:
            session.close()
            session.join(10)


def event(session: RemoteSession, arrived: list[Any], k: int) -> float:
    before, answers = len(arrived), list[Any]()
    time.sleep(0.003 + k * 0.0007 % 0.02)  # at any moment between two frames
    begun = time.monotonic()
    session.direct({"level": (k * 37 % 100) / 100}, 0.0, None, time.monotonic_ns(), answers.append)
    at = wait(lambda: next((t for t, e in arrived[before:] if e["kind"] == "level"), None))
    assert isinstance(wait(lambda: answers[0] if answers else None), Directed)
    return 1000 * float(at - begun)


def wait(what: Any) -> Any:
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        if (found := what()) is not None:
            return found
        time.sleep(0.0005)
    raise DreamError("timeout", "The benchmark's server did not answer.", "Run it again on a quiet machine.")


def measure(quick: bool) -> dict[str, Any]:
    count = 20 if quick else 300
    raw, events = frames("raw", count)
    h264, _ = frames("h264", count)
    return {
        "frame_to_ring_ms": {"raw": spread(raw), "h264": spread(h264)},
        "direct_to_event_ms": spread(events),
        "goals": {
            "received frame to ring, 512 x 512, raw, p50": goal(spread(raw)["p50"], "ms", most=2.0),
            "received frame to ring, 512 x 512, H.264, p50": goal(spread(h264)["p50"], "ms", most=8.0),
            "direct to event sent, p50": goal(spread(events)["p50"], "ms", most=1.0),
        },
    }
