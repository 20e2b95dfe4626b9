"""A show: from an OSC message to the frame that obeys, and from a frame's publication to a receiver's decoded picture."""

import socket
import tempfile
import time
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.bench.report import spread
from dreambridge.client.stream import Stream
from dreambridge.commands.testcard import LEVEL_ROW
from dreambridge.live.frames import Frames, Tap
from dreambridge.live.map_file import Target, read_map
from dreambridge.live.osc import Osc
from dreambridge.live.outputs import make_output
from dreambridge.live.show import TURN_S, Show
from dreambridge.protocol.errors import DreamError

from devtools.live_receivers import AvReceiver, Published, WhipServer

FPS, START_S = 24, 20.0


def osc_to_frame(stream: Stream, tap: Tap, count: int) -> list[float]:
    """Milliseconds from `sendto` until a frame whose pixels have the value was read."""
    from pythonosc.udp_client import SimpleUDPClient

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "show.toml"
        path.write_text('[osc]\nport = 0\n[[map]]\nfrom = "osc:/a"\nto = "level"\nrate = 240\nover = 0\n')
        show = Show(stream, read_map(path))
    osc, times = Osc(show, show.show.osc), list[float]()
    osc.start()
    fader = SimpleUDPClient("127.0.0.1", osc.port)
    try:
        for k in range(count):
            time.sleep((0.3 + k * 0.37) % 0.1)  # at any moment between two steps
            wanted, begun = 40 + k * 37 % 200, time.monotonic()
            fader.send_message("/a", wanted / 255)
            while time.monotonic() - begun < START_S:
                show.turn()
                frame = tap.take(TURN_S)
                if frame is not None and abs(int(frame.pixels[LEVEL_ROW + 4, 4, 0]) - wanted) <= 1:
                    times.append(1000 * (time.monotonic() - begun))
                    break
    finally:
        osc.close()
    return times


def received(frames: Frames, published: Published, kind: str, seconds: float) -> dict[str, Any]:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = {"rtmp": f"rtmp://127.0.0.1:{port}/live/x", "srt": f"srt://127.0.0.1:{port}"}.get(kind, "")
    receiver: Any = WhipServer() if kind == "whip" else AvReceiver(url)
    output = make_output(Target(url=url or receiver.url), frames, lambda text: None)
    output.start()
    try:
        until = time.monotonic() + START_S
        while len(receiver.got.indices) < 2 * FPS:  # until it runs evenly
            if time.monotonic() > until:
                raise DreamError(
                    "timeout", f"Nothing was received by {kind}. {receiver.got.error}", "Run tests/test_live_out.py."
                )
            time.sleep(0.05)
        receiver.got.indices.clear()
        receiver.got.at.clear()
        sent, skipped = output.sent, output.tap.skipped
        time.sleep(seconds)
        late, count = published.late(receiver.got), len(set(receiver.got.indices))
        return {
            "frame_to_decoded_ms": spread(late),
            "frame_to_network_ms": output.latency_ms,
            "frames_sent": output.sent - sent,
            "frames_decoded": count,
            "frames_skipped": output.tap.skipped - skipped,
        }
    finally:
        output.close()
        receiver.close()


def measure(quick: bool) -> dict[str, Any]:
    count, seconds = (10, 2.0) if quick else (100, 20.0)
    with dreambridge.start() as daemon, daemon.open("testcard", fps=FPS, threads=1) as stream:
        frames = Frames(stream)
        tap, published = frames.tap(), Published(frames)
        frames.start()
        try:
            osc = osc_to_frame(stream, tap, count)
            frames.remove(tap)
            out = {kind: received(frames, published, kind, seconds) for kind in ("srt", "rtmp", "whip")}
        finally:
            published.close()
            frames.close()
    return {
        "compared": f"the testcard at {FPS} frames a second, 256 x 256. OSC: from sendto to the reading of a frame that "
        "has the value. Outputs: from a frame's publication in the ring to its picture in a receiver, by the index in its pixels",
        "osc_to_frame_ms": spread(osc),
        "outputs": out,
        "goals": {},
    }
