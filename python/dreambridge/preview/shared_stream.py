"""A stream that one or more pages watch: all of them see it, each may direct it, and the last one wins."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec
from websockets.asyncio.server import ServerConnection, broadcast

from dreambridge.client.cutscene import Cutscene
from dreambridge.client.daemon import Daemon
from dreambridge.client.fork import Fork
from dreambridge.client.stream import Stream
from dreambridge.preview.page_values import to_page
from dreambridge.preview.takes import AlwaysRecorded, KeptTakes
from dreambridge.preview.ways import Ways
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import CutsceneHappened
from dreambridge.ring.reader import Frame

log = logging.getLogger("dreambridge.preview")
LOOK_EVERY = 0.003
LOOK_SOON = 0.001  # while the next frame is due
RECORD_EVERY = 5.0  # s: so often what was recorded is taken from the daemon
MAX_UPLOADS = 64 * 1024 * 1024
OPENED = ("bundle", "version", "digest", "width", "height", "fps", "seed", "threads", "provider", "provider_reason", "conditions")


NO_WAYS: dict[str, Any] = {"shot": "", "options": [], "taken": None, "ready": [], "signal": ""}


class Page(Protocol):
    """What a stream knows of the pages that watch it (viewer.py)."""

    socket: ServerConnection
    wanted: tuple[int, int] | None
    rate: float
    forks: set[int]

    def offer(self, frame: Frame) -> None: ...


class Replay(Protocol):
    """The replay of a take (take_replay.py)."""

    def control(self, paused: bool | None, at: float | None) -> None: ...


class SharedStream:
    """The stream ``name`` of the preview. ``grace``: seconds that it lives without a page, so that a reload continues it.

    ``takes``: those of all streams of the preview. ``main``: the stream of the live picture. It is always recorded, and its
    choices are kept.
    """

    def __init__(
        self,
        name: str,
        daemon: Daemon,
        bundle: str,
        grace: float,
        takes: KeptTakes,
        main: "Callable[[], SharedStream | None]",
    ) -> None:
        self.takes, self.main = takes, main
        self.recorded: AlwaysRecorded | None = None
        self.ways: Ways | None = None  # out of the last choice or wait
        self.working: asyncio.Task[None] | None = None  # runs `replay`
        self.replay: Replay | None = None
        self.name, self.daemon, self.bundle, self.grace = name, daemon, bundle, grace
        self.stream: Stream | None = None
        self.scene: Cutscene | None = None
        self.viewers: set[Page] = set()
        self.pages = 0  # connections, from before their first message on
        self.forks = dict[int, Fork]()
        self.moving = set[int]()  # revisions of which pages want to know when they have settled
        self.uploads = dict[str, bytes]()  # files of cutscenes by SHA-256, for a daemon that comes back without them
        self.opening = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._told: tuple[Any, ...] = ()
        self._shown: tuple[int, int] | None = None  # epoch and session that the pages know
        self._index, self._shown_at = 0, 0.0  # of the newest frame
        self._tasks = [asyncio.create_task(self._look()), asyncio.create_task(self._record())]

    # -- pages -------------------------------------------------------------------------------------------------------
    async def hello(self) -> dict[str, Any]:
        """The first message to a page. DreamError ``daemon_gone``."""
        bundles = await asyncio.to_thread(self.daemon.bundles)
        listed = [{k: getattr(b, k, None) for k in ("name", "version", "width", "height", "fps", "description")} for b in bundles]
        return {"type": "hello", "bundles": listed, "bundle": self.bundle, "open": self.stream is not None}

    def enter(self, viewer: Page) -> None:
        self.viewers.add(viewer)

    def welcome(self) -> Iterable[dict[str, Any]]:
        """What a page that comes later has missed."""
        if self.stream:
            yield self._opened()
            yield self._state(self.stream)
        yield self.told_takes()
        yield self.told_ways()

    def leave(self, viewer: Page) -> None:
        self.viewers.discard(viewer)

    def tell(self, message: dict[str, Any], besides: Page | None = None) -> None:
        """Tell all pages, or all others."""
        others = [v.socket for v in self.viewers if v is not besides]
        if others:
            broadcast(others, json.dumps(message))

    def show(self, f: Frame) -> None:
        self._index, self._shown_at = f.index, self._loop.time()
        for viewer in self.viewers:
            viewer.offer(f)

    # -- the stream --------------------------------------------------------------------------------------------------
    def there(self) -> Stream:
        """DreamError ``bad_state`` without a stream."""
        if self.stream is None:
            raise DreamError("bad_state", "No stream is open.", "Open a bundle under Stream.")
        return self.stream

    def playing(self) -> Cutscene:
        """DreamError ``bad_state`` without a cutscene."""
        if self.scene is None:
            raise DreamError("bad_state", "No cutscene is loaded.", "Load one by cutscene_load.")
        return self.scene

    async def open(self, **fields: Any) -> None:
        """Replace the stream by another one. DreamError as from ``Daemon.open``; then there is none."""
        async with self.opening:
            self.tell({"type": "state", "state": "opening", "reason": "", "fps": None})
            await self.end()
            try:
                self.stream = await asyncio.to_thread(lambda: self.daemon.open(**fields))
            except DreamError as e:
                self.tell({"type": "state", "state": "closed", "reason": f"{e.message} {e.hint}", "fps": None})
                raise
            self.recorded = AlwaysRecorded(self.stream) if self.main() is self else None
            self._tell_opened()
            if self.recorded:
                await asyncio.to_thread(self.recorded.look)

    def take_scene(self, scene: Cutscene) -> None:
        """This cutscene is loaded now; its events go to the pages."""
        self.scene = scene
        self.forget_ways()
        scene.on_event = lambda e: self._call(self._happened, scene, e)

    def _call(self, *what: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(*what)

    def _happened(self, scene: Cutscene, event: CutsceneHappened) -> None:
        scene.take_events()
        if scene is self.scene:
            self.tell({"type": "cutscene"} | msgspec.to_builtins(event))
            if event.happened in ("choice", "waiting") and self.main() is self and not (self.ways and self.ways.taking):
                self._keep_choice(scene, event)

    def uploaded(self, digests: Mapping[str, str]) -> tuple[dict[str, bytes], list[str]]:
        """The files by name; the SHA-256 of those that no page has sent."""
        missing = sorted({digest for digest in digests.values() if digest not in self.uploads})
        return {} if missing else {name: self.uploads[digest] for name, digest in digests.items()}, missing

    def keep_upload(self, digest: str, data: bytes) -> None:
        """Keep a file; the oldest ones go when there are too many."""
        self.uploads.pop(digest, None)
        self.uploads[digest] = data
        while sum(map(len, self.uploads.values())) > MAX_UPLOADS and len(self.uploads) > 1:
            self.uploads.pop(next(iter(self.uploads)))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.end()

    async def end(self) -> None:
        """Close the stream; the pages stay."""
        if self.working:
            self.working.cancel()
            self.working = self.replay = None
        self.ways = None  # its forks end with the stream
        self.forks.clear()
        self.moving.clear()
        while self.recorded and self.recorded.has_take:
            try:
                text = await asyncio.to_thread(self.recorded.stop)
                await asyncio.to_thread(self.takes.add, "take", text)
            except DreamError as e:
                log.warning("a take of the stream %r is lost: %s", self.name, e)
                if e.code == "bad_take":
                    break
        if self.stream:
            stream, self.stream, self.scene, self._shown, self.recorded = self.stream, None, None, None, None
            await asyncio.to_thread(stream.close)

    # -- choices -----------------------------------------------------------------------------------------------------
    def choice(self) -> Ways:
        """The ways out of the last choice or wait. DreamError ``bad_state`` without one."""
        if self.ways is None:
            raise DreamError("bad_state", "The cutscene has not come to a choice or a wait yet.", "Play up to one.")
        return self.ways

    def told_ways(self) -> dict[str, Any]:
        return {"type": "ways"} | (self.ways.told() if self.ways else NO_WAYS)

    def took(self, option: str) -> None:
        """The cutscene was told to take this option, or was sent this signal."""
        if self.ways and option in [o["id"] for o in self.ways.options]:
            self.ways.taken = option
            self.tell(self.told_ways())

    def forget_ways(self) -> None:
        """The cutscene goes elsewhere."""
        if self.ways:
            old, self.ways = self.ways, None
            self._loop.run_in_executor(None, old.end)
            self._call(lambda: self.tell(self.told_ways()))

    def _keep_choice(self, scene: Cutscene, event: CutsceneHappened) -> None:
        assert self.stream
        self.forget_ways()
        ways = self.ways = Ways(self.stream, scene, event)

        def ready(_: Any) -> None:
            if self.ways is ways:
                self.tell(self.told_ways())

        self._loop.run_in_executor(None, ways.prepare).add_done_callback(ready)

    # -- takes -------------------------------------------------------------------------------------------------------
    def always(self) -> AlwaysRecorded:
        """What records this stream. DreamError ``bad_state`` without one."""
        self.there()
        if self.recorded is None:
            raise DreamError("bad_state", "This stream is not recorded.", "Record the live picture.")
        return self.recorded

    def told_takes(self) -> dict[str, Any]:
        return {"type": "takes", "takes": self.takes.told(), "recording": bool(self.recorded and self.recorded.recording)}

    async def _record(self) -> None:
        while True:
            await asyncio.sleep(RECORD_EVERY)
            if self.recorded:
                try:
                    await self._look_at_recording(self.recorded)
                except Exception:
                    log.exception("the recording of the stream %r cannot be read", self.name)

    async def _look_at_recording(self, recorded: AlwaysRecorded) -> None:
        ended = await asyncio.to_thread(recorded.look)
        if ended is not None:
            take = await asyncio.to_thread(self.takes.add, "take", ended)
            self.tell(self.told_takes() | {"ended": take.name})

    def _tell_opened(self) -> None:
        assert self.stream
        self._shown, self._told = self._session(self.stream), ()
        self.tell(self._opened())

    def values(self) -> dict[str, Any]:
        """The effective conditions for JSON, without those that are unset."""
        there = self.stream.values if self.stream else {}
        return {k: to_page(v) if isinstance(v, bytes) else v for k, v in there.items() if v is not None}

    def _opened(self) -> dict[str, Any]:
        assert self.stream
        info = self.stream.info
        told = {k: getattr(info, k) for k in (*OPENED, "frames_per_step")}
        scene = self.scene.status if self.scene else None  # a page whose cutscene it is plays it on if there is none
        return {"type": "opened", "values": self.values(), "view": info.view is not None, "cutscene": scene} | told

    @staticmethod
    def _session(stream: Stream) -> tuple[int, int]:
        """The same until the daemon is lost; a rewind may give the stream another seed meanwhile."""
        return stream.info.epoch, stream.session

    @staticmethod
    def _state(stream: Stream) -> dict[str, Any]:
        return {"type": "state", "state": stream.state, "reason": stream.reason, "fps": stream.current_fps}

    async def _look(self) -> None:
        """Give each new frame, and each change of the state, to the pages."""
        while True:
            await asyncio.sleep(LOOK_SOON if self._is_due() else LOOK_EVERY)
            if self.stream is not None:
                try:
                    self._look_at(self.stream)
                except Exception:
                    log.exception("the stream %r cannot be shown", self.name)
                    await asyncio.sleep(1.0)  # the pages keep their last picture, and the log does not fill up

    def _is_due(self) -> bool:
        """Whether the next frame should come in a moment, or is a little late."""
        fps = self.stream.current_fps if self.stream else None
        if not fps or not self.viewers:
            return False
        since = self._loop.time() - self._shown_at
        return 1 / fps - 2 * LOOK_EVERY <= since <= 1.5 / fps

    def _look_at(self, stream: Stream) -> None:
        if self._shown and self._session(stream) != self._shown:
            self._tell_opened()  # the daemon was lost and came back: the ring and the epoch are new
        now = (stream.state, stream.reason, stream.current_fps)
        if now != self._told:
            self._told = now
            self.tell(self._state(stream))
        settled = {r: reached for r in self.moving if (reached := stream.is_settled(r)) is not None}
        if self.viewers and (frame := stream.poll()) is not None:
            self.show(frame)
        for revision, reached in settled.items():
            self.moving.discard(revision)
            # With the frame that has its values, or a later one: the message may overtake it.
            self.tell({"type": "settled", "revision": revision, "reached": reached, "index": self._index})
