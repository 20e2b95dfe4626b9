"""WHIP: the stream as WebRTC to a server, by aiortc. The server's address is the URL of its WHIP endpoint."""

import asyncio
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any
from urllib.parse import urljoin

import numpy as np

from dreambridge.live.address import same_origin, shown_url
from dreambridge.live.output import Output, Sink
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame

WAIT_S = 10.0  # for the server's answer, and for the connection
CLOCK = 90_000
MAX_ANSWER = 1_000_000


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: urllib would send the token to wherever it leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


class WhipOutput(Output):
    """A peer connection in a loop of its own. The track takes the newest frame when the encoder asks for one."""

    def start(self) -> None:
        import aiortc  # noqa: F401 - now, so that a missing package is told at the start

        super().start()

    @contextmanager
    def open(self, first: Frame) -> Iterator[Sink]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="dreambridge-whip", daemon=True)
        thread.start()
        peer = _Peer(self, first)
        try:
            _wait(loop, peer.connect(), 2 * WAIT_S)
            yield peer
        finally:
            try:
                _wait(loop, peer.close(), WAIT_S)
            except Exception:  # the connection is gone either way
                pass
            loop.call_soon_threadsafe(loop.stop)
            thread.join(2.0)


def _wait(loop: asyncio.AbstractEventLoop, work: Any, limit: float) -> Any:
    return asyncio.run_coroutine_threadsafe(work, loop).result(limit)


class _Peer:
    """Sends one video track. ``send`` only hands over the newest frame."""

    def __init__(self, output: WhipOutput, first: Frame) -> None:
        self._output, self._newest, self._fresh = output, first, True
        self._new = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pc: Any = None
        self._resource = ""
        self._begun, self._pts = 0.0, -1

    def send(self, frame: Frame) -> bool:
        state = self._pc.connectionState
        if state in ("failed", "closed"):
            raise DreamError("not_running", f"the receiver has gone (the connection is {state}).", "")
        self._newest, self._fresh = frame, True
        assert self._loop
        self._loop.call_soon_threadsafe(self._new.set)
        return False

    async def connect(self) -> None:
        from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

        self._loop = asyncio.get_running_loop()
        pc = self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # a WHIP server has an address of its own
        there = self._loop.create_future()

        def changed() -> None:
            if pc.connectionState in ("connected", "failed", "closed") and not there.done():
                there.set_result(pc.connectionState)

        pc.on("connectionstatechange", changed)
        pc.addTransceiver(_track(self), direction="sendonly")
        await pc.setLocalDescription(await pc.createOffer())  # with all candidates: WHIP sends one offer
        answer = await asyncio.to_thread(self._ask, "POST", self._output.target.url, pc.localDescription.sdp)
        try:
            await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        except Exception as e:
            raise DreamError("not_running", f"the server's answer is not an SDP answer ({type(e).__name__}).", "") from e
        try:
            state = await asyncio.wait_for(there, WAIT_S)
        except TimeoutError:
            state = "not made in time"
        if state != "connected":
            raise DreamError("not_running", f"the server answered, but the connection is {state}.", "Does a firewall block UDP?")

    def _ask(self, method: str, url: str, sdp: str = "") -> str:
        """A request of WHIP; the answer's text. Only the server of the target gets the token."""
        target, headers = self._output.target, {"Content-Type": "application/sdp", "User-Agent": "dreambridge"}
        if target.token and same_origin(url, target.url):
            headers["Authorization"] = f"Bearer {target.token}"
        request = urllib.request.Request(url, sdp.encode() if method == "POST" else None, headers, method=method)
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=WAIT_S) as reply:
                if method == "POST":
                    resource = urljoin(url, reply.headers.get("Location") or "")
                    self._resource = resource if resource.startswith(("http://", "https://")) else ""
                return str(reply.read(MAX_ANSWER).decode(errors="replace"))
        except urllib.error.HTTPError as e:
            e.close()
            if 300 <= e.code < 400:
                there = shown_url(urljoin(url, e.headers.get("Location") or ""))
                hint = "If you trust it, give the address of the WHIP endpoint there."
                raise DreamError("not_running", f"the server redirects to {there}, which is not followed.", hint) from e
            hint = "Check the token." if e.code in (401, 403) else "Check the address of the WHIP endpoint."
            raise DreamError(
                "not_allowed" if e.code in (401, 403) else "not_running", f"the server answered {e.code} {e.reason}.", hint
            ) from e
        except (OSError, ValueError) as e:
            why = getattr(e, "reason", None) or e
            raise DreamError("not_running", f"the server does not answer ({' '.join(str(why).split())[:120]}).", "") from e

    async def close(self) -> None:
        if self._resource:
            try:
                await asyncio.to_thread(self._ask, "DELETE", self._resource)
            except Exception:  # the server is gone, or it had named an impossible address
                pass
        if self._pc:
            await self._pc.close()

    async def next_picture(self) -> Any:
        """The newest frame, as soon as there is a new one; the last one again if none comes."""
        import av

        if not self._fresh:
            self._new.clear()
            try:
                await asyncio.wait_for(self._new.wait(), 1.0)
            except TimeoutError:
                pass
        frame, fresh, self._fresh = self._newest, self._fresh, False
        now = time.monotonic()
        self._begun = self._begun or now
        self._pts = max(self._pts + 1, round((now - self._begun) * CLOCK))
        h, w = (n // 2 * 2 for n in frame.pixels.shape[:2])
        pixels = np.ascontiguousarray(frame.pixels[:h, :w])
        picture: Any = await asyncio.to_thread(
            lambda: av.VideoFrame.from_ndarray(pixels, "rgba").reformat(format="yuv420p")  # type: ignore[attr-defined]
        )
        picture.pts, picture.time_base = self._pts, Fraction(1, CLOCK)
        if fresh:
            self._output.note_sent(frame)
        return picture


def _track(peer: _Peer) -> Any:
    from aiortc import VideoStreamTrack

    class Track(VideoStreamTrack):  # type: ignore[misc]
        async def recv(self) -> Any:
            return await peer.next_picture()

    return Track()
