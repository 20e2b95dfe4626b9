"""The part of ``bundle.json`` about a model on another machine."""

from typing import Any, Literal

import msgspec


class PictureFile(msgspec.Struct, frozen=True):
    """A picture in the bundle's folder."""

    file: str
    sha256: str


class RemoteEvent(msgspec.Struct, frozen=True):
    """How one condition reaches the server: as an event of ``kind``, and in the field ``field`` of `init`, if it has one.

    ``values``: what is sent for an option; default: its name. ``every``: seconds between two events, except for directions.
    """

    kind: str
    field: str = ""
    values: dict[str, Any] = {}
    every: float = 0.25


class RemoteSpec(msgspec.Struct, frozen=True):
    """A model on another machine. ``buffer``: seconds of frames that are kept back, so that they can be shown evenly."""

    protocol: Literal["sglang-realtime-video"]
    endpoint: str
    events: dict[str, RemoteEvent] = {}
    init: dict[str, Any] = {}
    first_frame: PictureFile | None = None
    format: Literal["raw", "h264", "jpeg", "webp"] = "raw"
    buffer: float = 0.25
