"""One open page: it gets frames as fast as it draws them, and directs a stream that it may share with other pages."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from dreambridge.preview.frame_message import pack, shrink_for
from dreambridge.preview.game_requests import drop_forks
from dreambridge.preview.page_requests import REQUESTS, UNORDERED, Handler
from dreambridge.preview.shared_stream import SharedStream
from dreambridge.protocol.errors import DreamError, as_dream_error
from dreambridge.ring.reader import Frame

log = logging.getLogger("dreambridge.preview")
IN_FLIGHT = 2
MAX_WAITING = 64  # requests of a page that were not answered yet
ASLEEP_S = 1.0  # a page in a hidden tab draws nothing; it is asked again after this time


class Viewer:
    """Serves one WebSocket until it closes. Calls that wait for the daemon run in threads, so that frames never wait for them."""

    def __init__(self, socket: ServerConnection, shared: SharedStream, requests: Mapping[str, Handler] = REQUESTS) -> None:
        self.socket, self.shared, self.requests = socket, shared, requests
        self.flying = 0
        self.wanted: tuple[int, int] | None = None  # the size that the page shows frames in, if it said so
        self.forks = set[int]()
        self.rate = 0.0  # frames a second that it wants at most; 0: all
        self._newest: Frame | None = None
        self._new, self._room = asyncio.Event(), asyncio.Event()

    async def serve(self) -> None:
        frames = asyncio.create_task(self._frames())
        orders = asyncio.Lock()  # one request of a page after the other
        try:
            await self._tell(await self.shared.hello())
            self.shared.enter(self)
            for message in self.shared.welcome():
                await self._tell(message)
            working = set[asyncio.Task[None]]()
            async for text in self.socket:
                if not isinstance(text, str):
                    continue
                if text == '{"type":"drawn"}':
                    self._drawn()
                    continue
                # In a task: the acknowledgement of a frame must not wait for a request.
                task = asyncio.create_task(self._message(text, orders))
                working.add(task)
                task.add_done_callback(working.discard)
                if len(working) > MAX_WAITING:
                    await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
        except ConnectionClosed:
            pass
        except DreamError as e:
            with contextlib.suppress(ConnectionClosed):
                await self._error(e)
        finally:
            frames.cancel()
            await asyncio.gather(frames, return_exceptions=True)
            self.shared.leave(self)
            await drop_forks(self.shared, self)

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def _error(self, e: DreamError, to: Any = None) -> None:
        await self._tell({"type": "error", "code": e.code, "message": e.message, "hint": e.hint, "to": to})

    async def _message(self, text: str, orders: asyncio.Lock) -> None:
        to = None
        with contextlib.suppress(ConnectionClosed):
            try:
                m = json.loads(text)
                kind, to = str(m.pop("type")), m.pop("to", None)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                await self._error(DreamError("bad_message", "The page sent an invalid message.", "Reload the page."))
                return
            if kind == "drawn":
                self._drawn()
                return
            try:
                if kind not in self.requests:
                    raise DreamError("unknown_type", f"The request {kind!r} is unknown.", "Reload the page.")
                async with contextlib.nullcontext() if kind in UNORDERED else orders:
                    reply = await self.requests[kind](self.shared, m, self)
                if to is not None:
                    await self._tell(reply | {"to": to})
            except DreamError as e:
                await self._error(e, to)
            except (TypeError, ValueError, KeyError) as e:
                await self._error(DreamError("bad_message", f"{kind}: {e}.", "Reload the page."), to)
            except ConnectionClosed:
                raise
            except Exception as e:
                log.exception("the request %r of a page failed", kind)
                await self._error(as_dream_error(e), to)  # so that the page does not wait for an answer

    # -- frames ------------------------------------------------------------------------------------------------------
    def offer(self, frame: Frame) -> None:
        """A new frame; one that was not sent yet is skipped."""
        self._newest = frame
        self._new.set()

    def _drawn(self) -> None:
        self.flying = max(0, self.flying - 1)
        self._room.set()

    async def _frames(self) -> None:
        """Send the newest frame while the page keeps up."""
        due, clock = 0.0, asyncio.get_running_loop().time
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._new.wait()
                if self.rate and (early := due - clock()) > 0:
                    await asyncio.sleep(early)
                if self.flying >= IN_FLIGHT:
                    self._room.clear()
                    try:
                        await asyncio.wait_for(self._room.wait(), ASLEEP_S)
                    except TimeoutError:
                        self.flying = IN_FLIGHT - 1  # a page that slept is not waited for again
                self._new.clear()
                frame, self._newest = self._newest, None
                if frame is not None:
                    if self.rate:
                        due = max(due + 1 / self.rate, clock())  # the next one; what was missed is not made up for
                    self.flying += 1
                    height, width = frame.pixels.shape[:2]
                    await self.socket.send(pack(frame, shrink_for(width, height, self.wanted)))
