"""Receivers of a show's outputs: RTMP and SRT by PyAV, WHIP by an aiortc peer behind a small HTTP server. They read testcards."""

import asyncio
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from dreambridge.commands.testcard import INDEX_ROW, SIZE, read_bars
from dreambridge.live.ffmpeg_output import program
from dreambridge.live.frames import Frames


@dataclass
class Received:
    """Indices of the frames that were decoded, read out of their pixels, and when (s of CLOCK_MONOTONIC)."""

    indices: list[int] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    error: str = ""

    def take(self, pixels: Any) -> None:
        self.at.append(time.monotonic())
        self.indices.append(read_bars(pixels, INDEX_ROW))


class Published:
    """When each frame was published. ``late`` compares it with what a receiver has."""

    def __init__(self, frames: Frames) -> None:
        self.at = dict[int, float]()
        self._frames, self._tap, self._end = frames, frames.tap(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._end.is_set():
            if f := self._tap.take(0.1):
                self.at[f.index] = f.published_ns / 1e9

    def late(self, got: Received) -> list[float]:
        """Of each frame, the first time that it was decoded: ms after its publication."""
        first = dict(reversed(list(zip(got.indices, got.at, strict=False))))
        return [1000 * (at - self.at[i]) for i, at in sorted(first.items()) if i in self.at]

    def late_p50(self, got: Received) -> float:
        return statistics.median(self.late(got))

    def close(self) -> None:
        self._end.set()
        self._thread.join(5)
        self._frames.remove(self._tap)


class AvReceiver:
    """Listens at an address of RTMP or SRT for one sender, and decodes until ``close`` or the sender's end."""

    def __init__(self, url: str) -> None:
        self.got = Received()
        self._url, self._end = url, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        if self._url.startswith("srt"):
            self._program()
            return
        import av

        options = {"fflags": "nobuffer", "probesize": "2048", "analyzeduration": "1", "listen": "1", "timeout": "20"}
        try:
            with av.open(self._url, options=options) as box:
                for frame in box.decode(video=0):
                    self.got.take(frame.to_ndarray(format="rgb24"))
                    if self._end.is_set():
                        return
        except (av.FFmpegError, OSError) as e:
            self.got.error = str(e)

    def _program(self) -> None:
        """PyAV's libraries have no SRT: FFmpeg receives and decodes."""
        quick = [
            "-fflags",
            "nobuffer",
            "-flags",
            "low_delay",
            "-analyzeduration",
            "1",
            "-probesize",
            "2048",
            "-fpsprobesize",
            "0",
        ]
        line = [program("srt"), *quick, "-fpsprobesize", "0", "-f", "mpegts", "-i", f"{self._url}?mode=listener"]
        line += ["-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
        null = subprocess.DEVNULL
        with subprocess.Popen(line, stdin=null, stdout=subprocess.PIPE, stderr=null) as p:
            assert p.stdout
            while not self._end.is_set() and len(data := p.stdout.read(SIZE * SIZE * 3)) == SIZE * SIZE * 3:
                self.got.take(np.frombuffer(data, np.uint8).reshape(SIZE, SIZE, 3))
            p.terminate()  # it says goodbye

    def close(self) -> None:
        self._end.set()
        self._thread.join(20)


class WhipServer:
    """``url``: its endpoint. ``deleted``: sessions that the sender ended."""

    def __init__(self, token: str = "") -> None:
        self.got, self.deleted, self.count = Received(), 0, 0
        self.peers = list[Any]()
        self.loop = asyncio.new_event_loop()
        self._tasks = set[Any]()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        server = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                offer = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if token and self.headers.get("Authorization") != f"Bearer {token}":
                    self.send_response(401)
                    self.end_headers()
                    return
                assert self.headers["Content-Type"] == "application/sdp"
                answer = server.wait(server._answer(offer)).encode()
                self.send_response(201)
                self.send_header("Content-Type", "application/sdp")
                self.send_header("Location", f"/whip/{server.count}")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_DELETE(self) -> None:
                server.deleted += 1
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/whip"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    async def _answer(self, offer: str) -> str:
        from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peers.append(pc)
        self.count += 1
        pc.on("track", lambda track: self._tasks.add(self.loop.create_task(self._consume(track))))
        await pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await pc.setLocalDescription(await pc.createAnswer())
        return str(pc.localDescription.sdp)

    async def _consume(self, track: Any) -> None:
        from aiortc.mediastreams import MediaStreamError

        try:
            while True:
                frame = await track.recv()
                self.got.take(frame.to_ndarray(format="rgb24"))
        except MediaStreamError:
            pass

    def hang_up(self) -> None:
        """The receiver goes away, as a server that is restarted."""
        for pc in self.peers:
            self.wait(pc.close())
        self.peers.clear()

    def close(self) -> None:
        self.hang_up()
        self.http.shutdown()
        self.http.server_close()
        self.loop.call_soon_threadsafe(self.loop.stop)
