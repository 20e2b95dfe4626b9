"""A take repeated on the page: in a stream of its own, step by step, at the pace at which it was recorded."""

import asyncio
import hashlib
import logging
from collections.abc import Iterator
from typing import Any

from dreambridge.bake.replayer import Replayer, Shown, by_index, setting_of
from dreambridge.preview.shared_stream import SharedStream
from dreambridge.protocol.errors import DreamError
from dreambridge.take import lines as T
from dreambridge.take.packing import with_bytes
from dreambridge.take.read import Take

log = logging.getLogger("dreambridge.preview")


async def open_for(shared: SharedStream, take: Take) -> list[str]:
    """Open the stream of ``take``, paused; sentences that say what differs from the recording. DreamError ``bad_take``."""
    setting = await asyncio.to_thread(setting_of, take)
    head = take.head
    values = with_bytes(take.begin.values, take.files) if isinstance(take.begin, T.Begin) else {}
    rate: dict[str, Any] = {} if head.fps is None else {"fps": head.fps or None}
    folder = str(setting.bundle.folder)
    await shared.open(bundle=folder, seed=head.seed, threads=setting.threads, paused=True, values=values, shelf=0, **rate)
    used = shared.there().info.provider
    if head.provider and used != head.provider:
        setting.told.append(f"The take was recorded on {head.provider}, and is replayed on {used}: the pixels differ.")
    return setting.told


async def replay(shared: SharedStream, take: Take, seconds: float, told: list[str]) -> None:
    """Show each step when it is due, and tell the pages how far it is. A slower machine shows it more slowly."""
    stream = shared.there()
    steps = iter(Replayer(stream, take, by_index(take, stream.info.fps or 30.0)))
    done, compared, equal = 0.0, 0, 0
    loop = asyncio.get_running_loop()
    due = loop.time()
    try:
        while (shown := await asyncio.to_thread(_next, steps)) is not None:
            await asyncio.sleep(max(0.0, due - loop.time()))
            shared.show(shown.frame)
            length = shown.dt * take.head.frames_per_step
            done, due = done + length, max(due, loop.time() - 0.25) + length
            for frame, digest in zip(shown.frame.frames, shown.digests, strict=False):
                compared += 1
                equal += hashlib.sha256(frame.data).hexdigest().startswith(digest)
            shared.tell({"type": "replaying", "at": done, "seconds": seconds})
    except DreamError as e:
        shared.tell({"type": "error", "code": e.code, "message": e.message, "hint": e.hint, "to": None})
    else:
        shared.tell({"type": "replayed", "at": done, "seconds": seconds, "compared": compared, "equal": equal, "told": told})


def _next(steps: Iterator[Shown]) -> Shown | None:
    return next(steps, None)
