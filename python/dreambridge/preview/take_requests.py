"""What a page may ask about takes: record one, keep the last minute, replay one in a stream of its own, save it and open one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dreambridge.preview.shared_stream import Page, SharedStream
from dreambridge.preview.takes import KeptTake
from dreambridge.protocol.errors import DreamError
from dreambridge.take.read import parse_take

Fields = dict[str, Any]
Handler = Callable[[SharedStream, Fields, Page], Awaitable[dict[str, Any]]]


def _told(shared: SharedStream, take: KeptTake | None = None) -> dict[str, Any]:
    """Tell all pages; the reply to the page that asked."""
    told = shared.told_takes()
    shared.tell(told)
    return told if take is None else take.told() | {"type": "take"}


async def _record(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    await asyncio.to_thread(shared.always().record)
    return _told(shared)


async def _stop(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    text = await asyncio.to_thread(shared.always().stop)
    return _told(shared, await asyncio.to_thread(shared.takes.add, "take", text))


async def _minute(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    text = await asyncio.to_thread(shared.always().minute)
    return _told(shared, await asyncio.to_thread(shared.takes.add, "minute", text))


async def _open(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    return _told(shared, await asyncio.to_thread(shared.takes.add, str(m.get("name") or "file")[:40], str(m["text"])))


async def _text(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    take = shared.takes.get(str(m["name"]))
    return {"type": "take_text", "name": take.name, "text": take.text}


async def _drop(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    shared.takes.drop(str(m["name"]))
    return _told(shared)


async def _replay(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    """On the live picture's stream it would end what is there."""
    from dreambridge.preview.take_replay import TakeReplay, open_for  # it needs ONNX Runtime's version

    if shared.recorded:
        raise DreamError("bad_state", "The live picture shows no takes.", "Replay it in a picture of its own.")
    kept = shared.takes.get(str(m["name"]))
    take = await asyncio.to_thread(parse_take, kept.text.encode(), kept.name)
    told = await open_for(shared, take)
    replay = shared.replay = TakeReplay(shared, take, kept.seconds, told)
    shared.working = asyncio.create_task(replay.run())
    return {"type": "ok"}


async def _control(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    """Pause the replay, let it go on, and go to another second of the take."""
    if shared.replay is None:
        raise DreamError("bad_state", "No take is being replayed.", "Replay one first.")
    paused, at = m.get("paused"), m.get("at")
    shared.replay.control(None if paused is None else bool(paused), None if at is None else float(at))
    return {"type": "ok"}


TAKE_REQUESTS: dict[str, Handler] = {
    "take_record": _record,
    "take_stop": _stop,
    "take_minute": _minute,
    "take_open": _open,
    "take_text": _text,
    "take_drop": _drop,
    "take_replay": _replay,
    "take_control": _control,
}
