"""What a page may ask: the requests of the protocol without their session, on the stream that it watches.

Each takes the shared stream, the fields and the page, and returns the reply as a map for JSON. Bytes are {"base64": text}.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import numpy as np

from dreambridge.client.cutscene import MAX_FILE
from dreambridge.conditioning.audio import Analyser
from dreambridge.preview.check import check_document
from dreambridge.preview.game_requests import GAME_REQUESTS
from dreambridge.preview.interchange_requests import export_cutscene, import_cutscene
from dreambridge.preview.page_values import bytes_of, document, unpacked
from dreambridge.preview.shared_stream import Page, SharedStream
from dreambridge.preview.take_requests import TAKE_REQUESTS
from dreambridge.preview.way_requests import show_way, take_way
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError

Fields = dict[str, Any]
Handler = Callable[[SharedStream, Fields, Page], Awaitable[dict[str, Any]]]
MAX_STEPS = 1000


def _message(kind: type[M.SessionRequest], fields: Fields) -> Any:
    """The fields checked as those of a request of the protocol."""
    try:
        return msgspec.convert({k: v for k, v in fields.items() if v is not None} | {"session": 0}, kind)
    except msgspec.ValidationError as e:
        tag = kind.__struct_config__.tag
        raise DreamError("bad_argument", f"{tag}: {e}.", "protocol/PROTOCOL.md lists the fields of each request.") from e


def _reply(reply: msgspec.Struct) -> dict[str, Any]:
    return {k: v for k, v in msgspec.to_builtins(reply).items() if k != "id"}


async def _open(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    fields = {k: m[k] for k in ("threads", "priority", "max_cpu", "level", "paused", "less_flashing") if m.get(k) is not None}
    if m.get("fps") is not None:
        fields["fps"] = m["fps"] or None
    await shared.open(bundle=str(m["bundle"]), seed=int(m.get("seed") or 0), values=unpacked(m.get("values")), **fields)
    return {"type": "ok"}


async def _direct(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    stream = shared.there()
    values = unpacked(m["values"], stream)
    how: dict[str, Any] = {k: m.get(k) for k in ("over", "easing")}
    if m.get("real_time"):
        how["real_time"] = True
    revision = await asyncio.to_thread(lambda: stream.direct(**how, **values))
    shared.tell({"type": "directed", "values": m["values"], "revision": revision} | how, besides=page)
    return {"type": "directed", "revision": revision}


async def _cut(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    stream = shared.there()
    values = unpacked(m.get("values"), stream)
    revision = await asyncio.to_thread(lambda: stream.cut(seed=m.get("seed"), **values))
    shared.tell({"type": "cut", "values": m.get("values") or {}, "seed": m.get("seed"), "revision": revision})
    return {"type": "directed", "revision": revision}


async def _pause(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    await asyncio.to_thread(shared.there().pause)
    return {"type": "ok"}


async def _resume(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    await asyncio.to_thread(shared.there().resume)
    return {"type": "ok"}


async def _step(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    """Each frame is shown, so a thousand steps are a film and not a jump."""
    stream, count = shared.there(), int(m.get("count") or 1)
    if not 1 <= count <= MAX_STEPS:
        raise DreamError("bad_argument", f"step: {count} is out of range.", f"Use 1 to {MAX_STEPS}.")
    index = 0
    for _ in range(count):
        frame = (await asyncio.to_thread(stream.step, 1))[-1]
        shared.show(frame)
        index = frame.index
    return {"type": "stepped", "frame_index": index, "steps": count}


async def _keep(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    ask = _message(M.Keep, m)
    kept = _reply(await asyncio.to_thread(shared.there().keep, ask.name))
    shared.tell(kept, besides=page)
    return kept


async def _rewind(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    ask, stream = _message(M.Rewind, m), shared.there()
    rewound = await asyncio.to_thread(lambda: stream.rewind(ask.seconds, mark=ask.mark, shot=ask.shot, name=ask.name))
    landed = _reply(rewound) | {"values": shared.values()}
    shared.tell(landed, besides=page)
    return landed


async def _stats(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    return _reply(await asyncio.to_thread(shared.there().stats))


async def _audio_levels(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    """Not a request of the protocol: the numbers of an ``audio`` condition for a sound, as ``Stream.audio`` would direct them."""
    rate, fps, data = float(m["rate"]), float(m["fps"]), bytes_of(m["samples"])
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768
    rows = await asyncio.to_thread(lambda: Analyser(rate, fps).push(samples))
    return {"type": "audio_levels", "rows": [[round(float(v), 4) for v in row] for row in rows]}


async def _put_file(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    data = bytes_of(m["data"])
    if len(data) > MAX_FILE:
        raise DreamError("too_large", f"The file has {len(data)} bytes; the limit is {MAX_FILE}.", "Use a smaller file.")
    digest = hashlib.sha256(data).hexdigest()
    shared.keep_upload(digest, data)
    return {"type": "file_taken", "sha256": digest}


async def _load(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    ask, stream = _message(M.CutsceneLoad, m), shared.there()
    files, missing = shared.uploaded(ask.files)
    if missing:
        return {"type": "cutscene_loaded", "name": "", "shots": {}, "warnings": [], "missing": missing}
    shared.take_scene(await asyncio.to_thread(lambda: stream.cutscene(document(ask.document), files)))
    return _loaded(shared, page)


async def _replace(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    ask, scene = _message(M.CutsceneReplace, m), shared.playing()
    files, missing = shared.uploaded(ask.files)
    if missing:
        return {"type": "cutscene_loaded", "name": "", "shots": {}, "warnings": [], "missing": missing}
    await asyncio.to_thread(lambda: scene.replace(document(ask.document), files))
    shared.forget_ways()  # they have the document before
    return _loaded(shared, page)


async def _check(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
    """All problems of a document, for the bundle of the open stream; without one, its values are not checked."""
    text, info = str(m["document"]), shared.stream.info if shared.stream else None
    conditions, bundle = (info.conditions, info.bundle) if info else (None, "")
    return {"type": "cutscene_checked", "problems": await asyncio.to_thread(check_document, text, conditions, bundle)}


def _loaded(shared: SharedStream, page: Page) -> dict[str, Any]:
    scene = shared.playing()
    shots = {k: msgspec.to_builtins(v) for k, v in scene.shots.items()}
    told = {"type": "cutscene_loaded", "name": scene.name, "shots": shots, "warnings": list(scene.warnings), "missing": []}
    shared.tell(told, besides=page)  # another page has another document in the stream now
    return told


ELSEWHERE = (M.CutscenePlay, M.CutsceneSeek, M.CutsceneStop)  # the last choice is not tried any more


def _scene(kind: type[M.SessionRequest]) -> Handler:
    async def ask(shared: SharedStream, m: Fields, page: Page) -> dict[str, Any]:
        message, scene = _message(kind, m), shared.playing()
        status = await asyncio.to_thread(lambda: scene.send(message))
        if isinstance(message, ELSEWHERE):
            shared.forget_ways()
        elif isinstance(message, M.CutsceneChoose):
            shared.took(message.option)
        elif isinstance(message, M.CutsceneSignal) and status.waited:
            shared.took(message.name)
        told = _reply(status)
        shared.tell(told, besides=page)
        return told

    return ask


# These change nothing in the stream, and some take long: a direction does not wait for them.
UNORDERED = frozenset(
    {"stats", "audio_levels", "put_file", "cutscene_check", "cutscene_import", "cutscene_export", "take_text", "frames"}
)
REQUESTS: dict[str, Handler] = {
    "open": _open,
    "direct": _direct,
    "cut": _cut,
    "pause": _pause,
    "resume": _resume,
    "step": _step,
    "keep": _keep,
    "rewind": _rewind,
    "stats": _stats,
    "audio_levels": _audio_levels,
    "put_file": _put_file,
    "cutscene_load": _load,
    "cutscene_replace": _replace,
    "cutscene_check": _check,
    "cutscene_import": import_cutscene,
    "cutscene_export": export_cutscene,
    "way_take": take_way,
    "way_show": show_way,
} | {
    str(kind.__struct_config__.tag): _scene(kind)
    for kind in (
        M.CutscenePlay,
        M.CutsceneSeek,
        M.CutsceneSignal,
        M.CutsceneSet,
        M.CutsceneChoose,
        M.CutsceneSkip,
        M.CutsceneRelease,
        M.CutsceneStop,
    )
}
REQUESTS |= TAKE_REQUESTS | GAME_REQUESTS
# What is the desk's alone: a game's page neither records nor imports.
DESK_ONLY = frozenset(
    {*TAKE_REQUESTS, "cutscene_import", "cutscene_export", "cutscene_check", "way_take", "way_show", "audio_levels"}
)
GAME = {kind: handler for kind, handler in REQUESTS.items() if kind not in DESK_ONLY}
