"""A stream as one text in a game's save (protocol/SAVE.md), and the places of a story that it can go back to."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, NamedTuple

from dreambridge_renpy.errors import DreamError
from dreambridge_renpy.scenes import load_task
from dreambridge_renpy.stream import Stream, Task

MAX_LENGTH = 64 * 1024 * 1024
BYTES = "$bytes"
WITHOUT_STATE = "The save has no state of the model: it ran on another machine, or its state is too large for a save."
REFUSED = ("bad_value", "missing_package", "unknown_condition")


class Place:
    """Where a story was: what it had directed, and, when the daemon has answered, the slot's ``text``."""

    def __init__(self, values: dict[str, Any] | None = None, seed: int | None = None, text: str = "") -> None:
        self.values, self.seed, self.text = values or {}, seed, text
        self.files: dict[str, bytes] = {}


class Loaded(NamedTuple):
    """``exact``: the next frame is the one that would have come next. Otherwise ``reason`` says why it was made again."""

    exact: bool
    reason: str
    cutscene: dict[str, Any] | None


def packed(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): packed(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [packed(v) for v in value]
    return {BYTES: base64.b64encode(value).decode()} if isinstance(value, (bytes, bytearray)) else value


def unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {BYTES}:
            return base64.b64decode(value[BYTES], validate=True)
        return {k: unpacked(v) for k, v in value.items()}
    return [unpacked(v) for v in value] if isinstance(value, list) else value


def slot_text(stream: Stream, scene: dict[str, Any] | None, snapshot: bytes) -> str:
    """The text of a slot; its length is its size in bytes."""
    info = stream.info
    slot = {
        "format": "1.0",
        **{name: info.get(name) for name in ("bundle", "version", "digest")},
        "seed": stream.want.get("seed", info.get("seed")),
        "directions": [{"values": packed(stream.values)}],
        "cutscene": {k: scene[k] for k in ("document", "shot", "variables")} if scene else None,
        "snapshot": base64.b64encode(snapshot).decode(),
    }
    return json.dumps(slot, separators=(",", ":"))


def read(text: str) -> tuple[dict[str, Any], bytes, dict[str, Any]]:
    """The slot, its snapshot, and what was directed. DreamError ``bad_snapshot``."""
    try:
        if not isinstance(text, str) or len(text) > MAX_LENGTH:
            raise ValueError("it is not a text, or too long")
        slot = json.loads(text)
        if not isinstance(slot, dict):
            raise ValueError("it is not a JSON object")
        major = re.match("[0-9]{1,9}", str(slot.get("format")))
        if major and int(major[0]) > 1:
            raise DreamError(
                "bad_snapshot", f"The save has format {slot['format']}; this release reads 1.x.", "Update dreambridge."
            )
        values: dict[str, Any] = {}
        for direction in sorted(slot["directions"], key=lambda d: d.get("time", 0)):
            values.update(unpacked(direction["values"]))
        texts = (slot[name] for name in ("bundle", "version", "digest"))
        if not isinstance(slot["seed"], (int, float)) or not all(isinstance(text, str) for text in texts):
            raise ValueError("a field has the wrong type")
        if slot.get("cutscene") is not None:
            slot["cutscene"] = _scene(slot["cutscene"])
        return slot, base64.b64decode(slot["snapshot"], validate=True), values
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error) as e:
        raise DreamError("bad_snapshot", f"The save is damaged: {e}.", "Load another save.") from e


def _scene(saved: Any) -> dict[str, Any]:
    scene = {"shot": "", "variables": {}, **saved}
    if not isinstance(scene["document"], str) or not isinstance(scene["variables"], dict):
        raise ValueError("its cutscene has the wrong type")
    return scene


def restore_task(director: Any, text: str, files: dict[str, bytes]) -> Task:
    """A task: go back to a slot. Its result is Loaded. DreamError ``bad_snapshot`` for a damaged text."""
    slot, snapshot, values = read(text)
    stream: Stream = director.stream
    if slot["digest"] != stream.info.get("digest"):
        made, runs = (f"'{s['bundle']}' {s['version']}" for s in (slot, stream.info))
        other = " with other files" if made == runs else ""
        why = f"The save was made with the bundle {made}; this stream runs {runs}{other}."
        return (yield from again_task(director, values, slot["seed"], slot.get("cutscene"), why, files))
    if not snapshot:
        return (yield from again_task(director, values, slot["seed"], slot.get("cutscene"), WITHOUT_STATE, files))
    scene, lost = yield from _load(director, slot.get("cutscene"), files)
    try:
        reply = yield "restore", {"data": snapshot}
    except DreamError as e:
        if e.code != "bad_snapshot":
            raise
        return (yield from again_task(director, values, slot["seed"], slot.get("cutscene"), e.message, files))
    if reply.get("values") is None:
        stream.values = values
    return Loaded(True, lost, scene)


def _load(director: Any, cutscene: dict[str, Any] | None, files: dict[str, bytes]) -> Task:
    """The cutscene of a save, loaded; or why not."""
    if not cutscene:
        return None, ""
    loaded = director.scene
    if not loaded or loaded["document"] != cutscene["document"]:
        try:
            yield from load_task(cutscene["document"], files)
        except DreamError as e:
            if e.code != "bad_cutscene":
                raise
            return None, f"The cutscene of the save could not be loaded: {e.message}"
    return {**cutscene, "files": files}, ""


def again_task(
    director: Any,
    values: dict[str, Any],
    seed: int | None,
    cutscene: dict[str, Any] | None = None,
    why: str = "",
    files: dict[str, bytes] | None = None,
) -> Task:
    """A task: make a picture again from directions, in a fresh state. Its result is Loaded."""
    stream: Stream = director.stream
    if director.scene and not cutscene:
        yield "cutscene_stop", {}
    wanted = {**dict.fromkeys(stream.values), **{n: v for n, v in values.items() if n in stream.conditions}}
    first = stream.info.get("seed") if seed is None else seed
    try:
        yield from stream.directing("cut", wanted, seed=first)
    except DreamError as e:
        if e.code not in REFUSED:
            raise
        yield from stream.directing("cut", dict.fromkeys(wanted), seed=first)
        for name, value in wanted.items():
            try:
                yield from stream.directing("direct", {name: value}, over=0.0)
            except DreamError as refused:
                if refused.code not in REFUSED:
                    raise
    scene, lost = yield from _load(director, cutscene, files or {})
    if scene:
        yield "cutscene_play", {"shot": scene["shot"] or None, "variables": scene["variables"]}
    return Loaded(False, f"{why} The picture was made again from the directions. {lost}".strip() if why else lost, scene)
