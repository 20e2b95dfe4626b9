"""From OpenTimelineIO (extra ``otio``): the clips of any cut list become shots, markers become marks.

Clips that `otio_export` wrote bring their lanes with them; what was cut or moved in the editing program counts.
"""

import math
from typing import Any

import msgspec

from dreambridge.bundle.find import open_bundle
from dreambridge.cutscene.document import Shot
from dreambridge.interchange.names import as_name, free_name
from dreambridge.interchange.otio_library import library, own
from dreambridge.interchange.result import MAX_SECONDS, Imported, json_of, refused
from dreambridge.interchange.trim import trimmed
from dreambridge.protocol.errors import DreamError

MAX_CLIPS = 1000


def from_otio(name: str, data: bytes, title: str) -> Imported:
    """The clips of the first video track. DreamError ``bad_argument``, ``missing_package``."""
    o = library()
    json_of(name, data)
    try:
        timeline = o.adapters.read_from_string(data.decode("utf-8-sig"), "otio_json")
    except (o.exceptions.OTIOError, ValueError, TypeError, KeyError, IndexError, RuntimeError) as e:
        why = (str(e).strip('"').splitlines() or [type(e).__name__])[0][:200]
        raise refused(name, f"the file is not OpenTimelineIO: {why}.", "Export the timeline as .otio.") from e
    if not isinstance(timeline, o.schema.Timeline):
        raise refused(name, f"the file holds a {type(timeline).__name__}, not a timeline.", "Export the whole timeline.")
    tracks = [t for t in timeline.tracks if isinstance(t, o.schema.Track)]
    video = [t for t in tracks if t.kind == o.schema.TrackKind.Video]
    if not video:
        raise refused(name, "the timeline has no video track.")
    notes = []
    if len(video) > 1:
        notes.append(f"The first of {len(video)} video tracks was read; the others were left out.")
    head = own(timeline).get("document")
    document: dict[str, Any] = {"format": "1.0", "name": title} | (head if isinstance(head, dict) else {})
    shots = _Shots(name, o, notes, _events(document.get("bundle")))
    for part in video[0]:
        shots.add(part)
    if not shots.made:
        raise refused(name, "the video track has no clips.")
    document |= {"start": next(iter(shots.made)), "shots": shots.made}
    if len(tracks) > len(video) and not any("audio" in s for s in shots.made.values()):
        notes.append("Sound was left out. Name a sound in the `audio` of a shot.")
    return Imported(document, notes)


def _events(bundle: Any) -> set[str]:
    """The event conditions of the bundle; none if it cannot be opened here."""
    try:
        return {n for n, c in open_bundle(str(bundle)).manifest.directed.items() if c.kind == "event"}
    except DreamError:
        return set()


class _Shots:
    """Builds the shots in the order of the track."""

    def __init__(self, name: str, library: Any, notes: list[str], events: set[str]) -> None:
        self.name, self.o, self.notes, self.events = name, library, notes, events
        self.made: dict[str, Any] = {}
        self._last = ""
        self._fade = 0.0

    def add(self, part: Any) -> None:
        o = self.o
        if isinstance(part, o.schema.Transition):
            name = f"the transition after {self._last!r}"
            self._fade = round(self._seconds(part.in_offset, name) + self._seconds(part.out_offset, name), 4)
            if part.in_offset.value:
                self.notes.append(f"A transition into the shot after {self._last!r} starts at the cut now, not before it.")
        elif isinstance(part, o.schema.Gap):
            seconds = self._seconds(part.duration(), f"the gap after {self._last!r}")
            if self._last and seconds:
                shot = self.made[self._last]
                shot["length"] = round(shot["length"] + seconds, 4)
                self.notes.append(f"The gap of {seconds:g} s after {self._last!r}: that shot is held.")
            elif seconds:
                self.notes.append(f"The gap of {seconds:g} s at the start was left out.")
        elif isinstance(part, o.schema.Clip):
            self._clip(part)
        else:
            self.notes.append(f"A nested {type(part).__name__.lower()} {part.name!r} was left out.")

    def _seconds(self, time: Any, what: str) -> float:
        """DreamError ``bad_argument`` if ``what`` takes a time that no cutscene takes, such as one of a rate of 0."""
        seconds = round(time.to_seconds(), 4)
        if not 0 <= seconds <= MAX_SECONDS:
            raise refused(self.name, f"{what} takes {seconds:g} s.", f"Give it 0 to {MAX_SECONDS:g} s in the editing program.")
        return float(seconds)

    def _kept(self, clip: str, kept: Any) -> dict[str, Any]:
        """The shot that the clip was exported from, without what followed it."""
        if kept is None:
            return {}
        try:
            msgspec.convert(kept, Shot)
        except msgspec.ValidationError as e:
            said = f"The shot in the metadata of the clip {clip!r} is damaged, and was left out: {e}."
            self.notes.append(said)
            return {}
        return {k: v for k, v in kept.items() if k != "next"}

    def _clip(self, clip: Any) -> None:
        if len(self.made) == MAX_CLIPS:
            raise refused(self.name, f"the track has more than {MAX_CLIPS} clips.", "Split the timeline.")
        try:
            span = clip.trimmed_range()
        except self.o.exceptions.OTIOError as e:
            raise refused(self.name, f"the clip {clip.name!r} has no length.", "Give it a range in the editing program.") from e
        begin, seconds = span.start_time.to_seconds(), self._seconds(span.duration, f"the clip {clip.name!r}")
        if not math.isfinite(begin):
            raise refused(self.name, f"the clip {clip.name!r} begins at {begin:g} s.", "Give it a range in the editing program.")
        about = own(clip)
        shot = self._kept(clip.name, about.get("shot"))
        if clip.effects:
            self.notes.append(f"The effects of the clip {clip.name!r} were left out.")
        reference = clip.media_reference
        if isinstance(reference, self.o.schema.ExternalReference) and not shot:
            self.notes.append(
                f"The clip {clip.name!r} shows the file {reference.target_url[:200]!r}: a stream generates its picture."
            )
        marks: dict[str, float] = {}
        for k, marker in enumerate(clip.markers):
            at = round(marker.marked_range.start_time.to_seconds() - begin, 4)
            if 0 <= at <= seconds:
                marks[free_name(as_name(marker.name, f"mark{k + 1}"), marks)] = at
        shot["marks"] = marks
        if shot.get("lanes"):
            kept_lanes = shot["lanes"]
            shot["lanes"] = {n: {**lane, "keys": [_ordered(k) for k in lane["keys"]]} for n, lane in kept_lanes.items()}
            lanes = {
                n: {**lane, "keys": trimmed(lane["keys"], begin, seconds, n in self.events)} for n, lane in shot["lanes"].items()
            }
            if lanes != shot["lanes"]:
                self.notes.append(f"The shot {clip.name!r} was trimmed: its keys were moved, and moves that were cut are linear.")
            shot["lanes"] = {n: lane for n, lane in lanes.items() if lane["keys"]}
        shot["length"] = seconds
        named = free_name(as_name(clip.name, f"shot{len(self.made) + 1}"), self.made)
        if self._last:
            follows: dict[str, Any] = {"shot": named}
            if self._fade:
                follows["transition"] = {"seconds": self._fade}
            if about.get("cut"):
                follows["cut"] = True
            self.made[self._last]["next"] = follows if len(follows) > 1 else named
        self.made[named] = {k: v for k, v in shot.items() if v != {}}
        self._last, self._fade = named, 0.0


def _ordered(key: dict[str, Any]) -> dict[str, Any]:
    """OpenTimelineIO sorts the fields of metadata."""
    return {field: key[field] for field in ("at", "value", "easing", "over") if field in key}
