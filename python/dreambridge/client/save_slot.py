"""A stream in a game's save: one text with snapshot, directions, seed and the bundle's digest (protocol/SAVE.md)."""

import base64
import binascii
import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from dreambridge.client.course import Course
from dreambridge.client.cutscene import Cutscene
from dreambridge.protocol.errors import DreamError

FORMAT = (1, 0)
MAX_LENGTH = 64 * 1024 * 1024
BYTES = "$bytes"
Values = dict[str, Any]
Files = Mapping[str, bytes] | str | os.PathLike[str] | None


@dataclass(frozen=True)
class Loaded:
    """What ``Stream.restore_slot`` did.

    ``exact`` : the next frame is the one that would have come next when the game was saved. Otherwise the picture was made again
    from the directions (and the shot of the cutscene), and ``reason`` says why.
    ``left_out`` : conditions that this bundle does not have, or refused.
    ``cutscene`` : the cutscene that played, at its place; None if none played, or if it could not be loaded.
    """

    exact: bool
    reason: str = ""
    left_out: list[str] = field(default_factory=list)
    cutscene: Cutscene | None = None


class Owner(Protocol):
    """What a save needs of its stream."""

    info: Any
    conditions: dict[str, Any]
    _course: Course
    _cutscene: Cutscene | None
    _ask: Any

    @property
    def values(self) -> Values: ...
    def snapshot(self) -> bytes: ...
    def restore(self, data: bytes) -> None: ...
    def cut(self, *, seed: int | None = None, **values: Any) -> int: ...
    def direct(self, *, over: float | None = None, easing: str | None = None, **values: Any) -> int: ...
    def _load_cutscene(self, text: str, folder: Path, files: Mapping[str, bytes] | None) -> Cutscene: ...


class Saves:
    """The part of ``Stream`` that saves and loads."""

    def save_slot(self: "Owner") -> str:
        """The stream as one text for the game's own save: snapshot, directions, cutscene, seed, and the bundle's digest.

        Without a snapshot if the model runs on another machine, or its state is too large: ``restore_slot`` then makes the
        picture again from the directions. ``save_snapshot`` saves a large state to a file.

        Its length is its size in bytes (Vista: about 40,000). The bytes of pictures that were directed are part of it. DreamError
        ``session_failed``, ``timeout``, ``daemon_gone``.
        """
        return _text(self)

    def restore_slot(self: "Owner", slot: str, files: Files = None) -> Loaded:
        """Go back to what ``save_slot`` gave, also after a restart. The picture is the same to the pixel.

        ``files`` : those of the cutscene of the save, which a save does not hold: their folder, or their bytes by name. Default:
        those of the stream's own cutscene.

        If the save was made with another bundle or version, its directions are used instead, from a fresh state; ``Loaded`` says
        so. DreamError ``bad_snapshot`` (the text is damaged), ``session_failed``, ``daemon_gone``.
        """
        return _load(self, slot, files)


def _text(s: "Owner") -> str:
    scene, info = s._cutscene, s.info
    playing = scene if scene and scene.status != "ended" else None
    course = s._course
    saved = {
        "format": f"{FORMAT[0]}.{FORMAT[1]}",
        "bundle": info.bundle,
        "version": info.version,
        "digest": info.digest,
        "seed": info.seed,
        "directions": [_packed(d) for d in course.directions()],
        "cutscene": {"document": playing._text, "shot": playing.shot, "variables": playing.variables} if playing else None,
        "snapshot": base64.b64encode(_snapshot(s)).decode(),
    }
    return json.dumps(saved, ensure_ascii=False, separators=(",", ":"))


def _snapshot(s: "Owner") -> bytes:
    """Empty if the model runs on another machine, which gives its state to nobody, or if its state fits into no message."""
    try:
        return s.snapshot()
    except DreamError as e:
        if e.code not in WITHOUT_STATE_CODES:
            raise
        return b""


def _packed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _packed(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_packed(v) for v in value]
    return {BYTES: base64.b64encode(value).decode()} if isinstance(value, (bytes, bytearray, memoryview)) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            base64.b64decode(value[BYTES], validate=True)
            if set(value) == {BYTES}
            else {k: _unpacked(v) for k, v in value.items()}
        )
    return [_unpacked(v) for v in value] if isinstance(value, list) else value


WITHOUT_STATE = "The save has no state of the model: it ran on another machine, or its state is too large for a save."
WITHOUT_STATE_CODES = ("not_supported", "too_large")  # answers to `snapshot`


class Direction(msgspec.Struct):
    values: Values
    time: float = 0.0
    over: float | None = None
    easing: str | None = None


class Playing(msgspec.Struct):
    document: str
    shot: str = ""
    variables: Values = {}


class Slot(msgspec.Struct):
    bundle: str
    version: str
    digest: str
    seed: int
    directions: list[Direction]
    snapshot: str
    cutscene: Playing | None = None


def _damaged(why: str) -> DreamError:
    return DreamError("bad_snapshot", f"The save is damaged: {why}.", "Pass what save_slot() returned, unchanged.")


def _read(text: str) -> tuple[Slot, bytes]:
    """The slot and its snapshot. DreamError ``bad_snapshot``."""
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        raise _damaged("it is not a text, or too long")
    try:
        plain = json.loads(text)
        if not isinstance(plain, dict):
            raise ValueError("it is not a JSON object")
        major = re.match("[0-9]{1,9}", str(plain.get("format")))
        if major and int(major[0]) > FORMAT[0]:
            hint = "Update dreambridge."
            raise DreamError("bad_snapshot", f"The save has format {plain['format']}; this release reads {FORMAT[0]}.x.", hint)
        slot = msgspec.convert(plain, Slot)
        for d in slot.directions:
            d.values = _unpacked(d.values)
        return slot, base64.b64decode(slot.snapshot, validate=True)
    except (ValueError, TypeError, RecursionError, binascii.Error, msgspec.ValidationError) as e:
        raise _damaged(str(e).rstrip(".") or type(e).__name__) from e


def _load(s: "Owner", text: str, files: Files) -> Loaded:
    slot, snapshot = _read(text)
    info = s.info
    if slot.digest != info.digest:
        made, runs = f"{slot.bundle!r} {slot.version}", f"{info.bundle!r} {info.version}"
        why = f"The save was made with the bundle {made}; this stream runs {runs}."
        return _again(s, slot, files, why if made != runs else f"{why[:-1]} with other files.")
    if not snapshot:
        return _again(s, slot, files, WITHOUT_STATE)
    scene, lost = _cutscene(s, slot, files)
    try:
        s.restore(snapshot)
    except DreamError as e:
        if e.code != "bad_snapshot":
            raise
        return _again(s, slot, files, e.message)
    s._course = Course.of([(d.time, d.values, d.over, d.easing) for d in slot.directions])
    _seeded(s, slot.seed)
    if scene and slot.cutscene:
        scene.variables = slot.cutscene.variables
        scene._take("playing", slot.cutscene.shot, 0.0, 0.0, None)
        with contextlib.suppress(DreamError):
            scene.set()  # asks where it stands
    return Loaded(True, lost, [], scene)


def _cutscene(s: "Owner", slot: Slot, files: Files) -> tuple[Cutscene | None, str]:
    """The cutscene of the save, loaded; or why not."""
    if slot.cutscene is None:
        return None, ""
    loaded = s._cutscene
    if loaded and loaded._text == slot.cutscene.document:
        return loaded, ""
    folder = Path()
    if isinstance(files, (str, os.PathLike)):
        folder, files = Path(files), None
    elif files is None and loaded:
        folder, files = loaded._folder, loaded._files
    elif files is None:
        files = {}  # a save names no files of this machine
    try:
        return s._load_cutscene(slot.cutscene.document, folder, files), ""
    except DreamError as e:
        return None, f"The cutscene of the save could not be loaded: {e.message}"


def _again(s: "Owner", slot: Slot, files: Files, why: str) -> Loaded:
    """From a fresh state, by the directions; conditions that the bundle refuses are left out."""
    values: Values = {}
    for d in slot.directions:
        values |= d.values
    left_out = sorted(n for n in values if n not in s.conditions)
    values = {n: v for n, v in values.items() if n in s.conditions}
    values = {n: None for n in s.values} | values
    try:
        s.cut(seed=slot.seed, **values)
    except DreamError as e:
        if e.code not in ("bad_value", "missing_package"):
            raise
        s.cut(seed=slot.seed, **{n: None for n in values})
        for name, value in values.items():
            try:
                s.direct(over=0.0, **{name: value})
            except DreamError as refused:
                if refused.code not in ("bad_value", "missing_package"):
                    raise
                left_out.append(name)
    scene, lost = _cutscene(s, slot, files)
    if scene and slot.cutscene:
        try:
            scene.play(slot.cutscene.shot or None, **slot.cutscene.variables)
        except DreamError as e:
            scene, lost = None, e.message
    return Loaded(False, f"{why} The picture was made again from the directions. {lost}".rstrip(), sorted(left_out), scene)


def _seeded(s: "Owner", seed: int) -> None:
    s._ask.seed = seed
    s.info = msgspec.structs.replace(s.info, seed=seed)
