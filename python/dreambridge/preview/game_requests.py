"""What a game's page asks besides what the desk does: save slots, forks, settling, and the size and rate of its frames.

Like page_requests.py, whose table has them: each takes the shared stream, the fields and the page, and returns the reply.
"""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from dreambridge.client.fork import Fork
from dreambridge.preview.page_values import slot, unpacked
from dreambridge.preview.shared_stream import Page, SharedStream
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError

Fields = dict[str, Any]
Handler = Callable[[SharedStream, Fields, Page], Awaitable[dict[str, Any]]]
MAX_SIZE = 16384
MAX_RATE = 1000.0


async def _frames(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    """At least this size, and at most this rate; 0 or absent: the stream's own."""
    width, height, rate = int(m.get("width") or 0), int(m.get("height") or 0), float(m.get("rate") or 0.0)
    if not (0 <= width <= MAX_SIZE and 0 <= height <= MAX_SIZE and (width > 0) == (height > 0)):
        raise DreamError("bad_argument", f"frames: the size {width} x {height} is invalid.", f"Use 1 to {MAX_SIZE} for both.")
    if not (math.isfinite(rate) and 0 <= rate <= MAX_RATE):
        raise DreamError("bad_argument", f"frames: the rate {rate:g} is out of range.", f"Use 0 to {MAX_RATE:g}.")
    page.wanted, page.rate = (width, height) if width else None, rate
    return {"type": "ok"}


async def _settle(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    """Tell `settled` when this revision has; a wait in a request would hold up the page's other requests."""
    shared.there()
    if len(shared.moving) < 512:
        shared.moving.add(int(m["revision"]))
    return {"type": "ok"}


async def _less_flashing(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    await asyncio.to_thread(shared.there().less_flashing, bool(m.get("on", True)))
    return {"type": "ok"}


async def _close(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    async with shared.opening:
        await shared.end()
    shared.tell({"type": "state", "state": "closed", "reason": "", "fps": None}, besides=page)
    return {"type": "closed"}


async def _save(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    return {"type": "slot", "slot": await asyncio.to_thread(shared.there().save_slot)}


async def _restore(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    stream, digests = shared.there(), m.get("files") or {}
    if not (isinstance(digests, dict) and all(isinstance(digest, str) for digest in digests.values())):
        raise DreamError("bad_argument", "restore_slot: files is not a map of names to SHA-256.", "Send files with put_file.")
    files, missing = shared.uploaded(digests)
    if missing:
        return {"type": "slot_restored", "missing": missing}
    loaded = await asyncio.to_thread(stream.restore_slot, slot(m.get("slot"), stream), files)
    scene = loaded.cutscene
    if scene:
        shared.take_scene(scene)
    revision = await asyncio.to_thread(stream.direct)  # a frame that has it is one after the restore
    told = {"type": "slot_restored", "exact": loaded.exact, "reason": loaded.reason, "left_out": loaded.left_out}
    told |= {"values": shared.values(), "seed": stream.info.seed, "revision": revision}
    told["cutscene"] = {"document": scene.document, "shot": scene.shot, "variables": scene.variables} if scene else None
    shared.tell({"type": "rewound", "values": told["values"]}, besides=page)
    return told


def _fork(shared: SharedStream, m: Fields) -> Fork:
    number = m.get("fork")
    if not isinstance(number, int) or number not in shared.forks:
        raise DreamError("bad_argument", f"There is no fork {str(number)[:20]!r}.", "Fork the stream again.")
    return shared.forks[number]


def _told(f: Fork, **more: Any) -> dict[str, Any]:
    names = ("frame_index", "time", "steps", "bytes", "total_bytes", "status", "shot")
    return {"type": "fork_status", "fork": f.number} | {n: getattr(f, n) for n in names} | more


async def _fork_new(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    stream = shared.there()
    f = await asyncio.to_thread(stream.fork)
    shared.forks[f.number] = f
    page.forks.add(f.number)
    if page not in shared.viewers:
        await drop_forks(shared, page)  # it left while the fork was made
    return _told(f)


async def drop_forks(shared: SharedStream, page: Page) -> None:
    """The page has left: nobody else knows its forks."""
    for f in [f for number in page.forks if (f := shared.forks.pop(number, None))]:
        with contextlib.suppress(DreamError):
            await asyncio.to_thread(f.drop)


async def _fork_direct(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    f, values = _fork(shared, m), unpacked(m.get("values"), shared.there())
    if m.get("cut"):
        await asyncio.to_thread(lambda: f.cut(seed=m.get("seed"), **values))
    else:
        await asyncio.to_thread(lambda: f.direct(over=m.get("over"), easing=m.get("easing"), **values))
    return _told(f)


async def _fork_choose(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    f = _fork(shared, m)
    option = m.get("option")
    await asyncio.to_thread(f.run_out if option is None else lambda: f.choose(str(option)))
    return _told(f)


async def _fork_signal(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    f = _fork(shared, m)
    return _told(f, waited=await asyncio.to_thread(f.signal, str(m["name"])))


async def _fork_prepare(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    f, info = _fork(shared, m), shared.there().info
    seconds = int(m["steps"]) * info.frames_per_step / (info.fps or 24.0)
    await asyncio.to_thread(f.prepare, seconds, min(10.0, max(0.0, float(m.get("within") or 0.0))))
    return _told(f)


async def _adopt(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    f = _fork(shared, m)
    adopted = await _ended(shared, f, f.adopt)
    told = {k: v for k, v in msgspec.to_builtins(adopted).items() if k != "id"} | {"values": shared.values()}
    shared.tell({"type": "rewound", "values": told["values"]}, besides=page)
    return told


async def _drop(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    f = _fork(shared, m)
    await _ended(shared, f, f.drop)
    return {"type": "ok"}


async def _ended(shared: SharedStream, f: Fork, end: Callable[[], Any]) -> Any:
    """Forget a fork once the daemon says that it is over. After a time-out it may be there still: it is dropped with its page."""
    try:
        reply = await asyncio.to_thread(end)
    except DreamError as e:
        if e.code in ("bad_argument", "unknown_session", "cancelled"):
            shared.forks.pop(f.number, None)
        raise
    shared.forks.pop(f.number, None)
    return reply


def _tag(kind: type[M.Request]) -> str:
    return str(kind.__struct_config__.tag)


GAME_REQUESTS: dict[str, Handler] = {
    "frames": _frames,
    "settle": _settle,
    "save_slot": _save,
    "restore_slot": _restore,
    _tag(M.LessFlashing): _less_flashing,
    _tag(M.Close): _close,
    _tag(M.Fork): _fork_new,
    _tag(M.ForkDirect): _fork_direct,
    _tag(M.ForkChoose): _fork_choose,
    _tag(M.ForkSignal): _fork_signal,
    _tag(M.ForkPrepare): _fork_prepare,
    _tag(M.Adopt): _adopt,
    _tag(M.Drop): _drop,
}
