"""One open page with its own stream: it gets frames as fast as it draws them, and sends directions."""

import asyncio
import base64
import contextlib
import json
import logging
import struct
import time
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.replies import Opened
from dreambridge.ring.reader import Frame

log = logging.getLogger("dreambridge.preview")
# index, revision, dropped, width, height, stream time s, step ms, direction received -> published ms; then RGBA rows
HEAD = struct.Struct("<QQQIIddd")
IN_FLIGHT = 2
LOOK_EVERY = 0.003


def unpacked(values: Any) -> dict[str, Any]:
    """The page's values from JSON, with pictures as bytes. ValueError if one is not base64."""
    return {
        k: base64.b64decode(v["base64"], validate=True) if isinstance(v, dict) and set(v) == {"base64"} else v
        for k, v in dict(values or {}).items()
    }


class Viewer:
    """Serves one WebSocket until it closes. Calls that wait for the daemon run in threads, so that frames never wait for them."""

    def __init__(self, socket: ServerConnection, daemon: Daemon, bundle: str) -> None:
        self.socket, self.daemon, self.bundle = socket, daemon, bundle
        self.stream: Stream | None = None
        self.flying = 0
        self.told: tuple[Any, ...] = ()
        self.info: Opened | None = None

    async def serve(self) -> None:
        frames = asyncio.create_task(self._frames())
        try:
            bundles = await asyncio.to_thread(self.daemon.bundles)
            await self._tell({"type": "hello", "bundles": [b.name for b in bundles], "bundle": self.bundle})
            async for text in self.socket:
                if isinstance(text, str):
                    await self._message(text)
        except ConnectionClosed:
            pass
        except DreamError as e:
            with contextlib.suppress(ConnectionClosed):
                await self._error(e)
        finally:
            frames.cancel()
            await asyncio.gather(frames, return_exceptions=True)
            await self._close()

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def _error(self, e: DreamError, to: Any = None) -> None:
        await self._tell({"type": "error", "code": e.code, "message": e.message, "hint": e.hint, "to": to})

    async def _close(self) -> None:
        if self.stream:
            stream, self.stream = self.stream, None
            await asyncio.to_thread(stream.close)

    async def _message(self, text: str) -> None:
        try:
            m = json.loads(text)
            kind, to = str(m["type"]), m.get("to")
        except (ValueError, KeyError, TypeError, AttributeError):
            await self._error(DreamError("bad_message", "The page sent an invalid message.", "Reload the page."))
            return
        try:
            await self._do(kind, m, to)
        except DreamError as e:
            await self._error(e, to)
        except (TypeError, ValueError, KeyError) as e:
            await self._error(DreamError("bad_message", f"{kind}: {e}.", "Reload the page."), to)

    async def _do(self, kind: str, m: dict[str, Any], to: Any) -> None:
        if kind == "drawn":
            self.flying = max(0, self.flying - 1)
            return
        if kind == "open":
            await self._close()
            seed, values = int(m.get("seed", 0)), unpacked(m.get("values"))
            self.stream = await asyncio.to_thread(lambda: self.daemon.open(str(m["bundle"]), seed=seed, values=values))
            self.flying = 0
            await self._opened()
            return
        stream = self.stream
        if stream is None:
            raise DreamError("bad_state", f"{kind}: no stream is open.", "Choose a bundle.")
        if kind == "direct":
            over = m.get("over")
            values = unpacked(m["values"])
            revision = await asyncio.to_thread(lambda: stream.direct(over=over, **values))
            await self._tell({"type": "directed", "revision": revision, "to": to})
        elif kind == "cut":
            values = unpacked(m.get("values"))
            revision = await asyncio.to_thread(lambda: stream.cut(seed=m.get("seed"), **values))
            await self._tell({"type": "directed", "revision": revision, "to": to})
        elif kind in ("pause", "resume"):
            await asyncio.to_thread(stream.pause if kind == "pause" else stream.resume)
        elif kind == "step":
            frame = (await asyncio.to_thread(stream.step, 1))[-1]
            await self._send(frame)
        else:
            raise DreamError("unknown_type", f"The request {kind!r} is unknown.", "Reload the page.")

    async def _opened(self) -> None:
        assert self.stream
        self.info = self.stream.info
        keep = ("bundle", "version", "width", "height", "fps", "seed", "threads", "provider", "conditions", "frames_per_step")
        self.told = ()
        await self._tell({"type": "opened"} | {k: getattr(self.info, k) for k in keep})

    async def _frames(self) -> None:
        """Send the newest frame while the page keeps up; frames that it cannot draw in time are skipped."""
        stuck = 0.0
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(LOOK_EVERY)
                stream = self.stream
                if stream is None:
                    continue
                if stream.info is not self.info and self.info:
                    await self._opened()  # the daemon was lost and came back: the ring and the epoch are new
                now = (stream.state, stream.reason, stream.current_fps)
                if now != self.told:
                    self.told = now
                    await self._tell({"type": "state", "state": now[0], "reason": now[1], "fps": now[2]})
                if self.flying >= IN_FLIGHT:
                    # A page in a hidden tab draws nothing; it is asked again each second.
                    stuck = stuck or time.monotonic()
                    if time.monotonic() - stuck < 1.0:
                        continue
                stuck = 0.0
                frame = stream.poll()
                if frame is not None:
                    await self._send(frame)

    async def _send(self, f: Frame) -> None:
        self.flying += 1
        height, width = f.pixels.shape[:2]
        took = (f.published_ns - f.received_ns) / 1e6 if f.received_ns else 0.0
        head = HEAD.pack(f.index, f.revision, f.dropped, width, height, f.time, f.step_ms, took)
        await self.socket.send(head + f.pixels.tobytes())
