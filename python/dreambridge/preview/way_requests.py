"""What a page may ask about the ways out of a choice or a wait: take another one, and show one next to the live one."""

import asyncio
from typing import Any

from dreambridge.preview.shared_stream import Page, SharedStream
from dreambridge.protocol.errors import DreamError


async def take_way(shared: SharedStream, m: dict[str, Any], page: Page) -> dict[str, Any]:
    """The live stream goes on as this way, from the choice on."""
    ways = shared.choice()
    time = await asyncio.to_thread(ways.take, str(m["option"]))
    shared.tell({"type": "adopted", "time": time, "values": shared.values(), "seed": shared.there().info.seed})
    shared.tell(shared.told_ways())
    return {"type": "ok"}


async def show_way(shared: SharedStream, m: dict[str, Any], page: Page) -> dict[str, Any]:
    """In this stream: what the live one was at the choice, and then this option."""
    main = shared.main()
    if main is None or main is shared:
        raise DreamError("bad_state", "There is no live picture to compare with.", "Open a bundle under Stream.")
    ways, live = main.choice(), main.there()
    if not ways.snapshot:
        raise DreamError("bad_state", "The choice was over before it could be kept.", "Play up to it again.")
    info, option = live.info, str(m["option"])
    await shared.open(bundle=info.bundle, seed=info.seed, fps=info.fps or None, threads=info.threads, paused=True, shelf=0)
    stream = shared.there()

    def stand_there() -> None:
        scene = stream.cutscene(ways.scene.document, ways.scene.files)
        shared.take_scene(scene)
        ways.show(stream, scene, option)
        if live.state != "paused":
            stream.resume()

    await asyncio.to_thread(stand_there)
    return {"type": "ok"}
