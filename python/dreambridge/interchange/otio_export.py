"""To OpenTimelineIO (extra ``otio``): one way through a cutscene as a track of clips.

The clips carry the exact keys of their lanes in their metadata, and samples of numbers for each frame. OpenTimelineIO has no
schema for curves, branches or waits.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from dreambridge.bundle.manifest import Condition
from dreambridge.conditioning.values import default
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.lanes import Pair, ValueLane, encode_lanes
from dreambridge.interchange.otio_library import OURS, library
from dreambridge.interchange.result import Exported
from dreambridge.interchange.walk import Visit, walk


def to_otio(
    d: Document, plain: dict[str, Any], fps: float, choices: Sequence[str] = (), schema: Mapping[str, Condition] | None = None
) -> Exported:
    """The way that takes ``choices``, at ``fps`` frames/s; with ``schema`` the numbers of each lane are sampled at each frame.

    ``plain`` is the document as JSON values. DreamError ``missing_package`` without the library, ``bad_argument`` for a choice
    that is not offered.
    """
    o = library()
    way, notes = walk(d, choices)
    head = {k: v for k, v in plain.items() if k not in ("shots", "start")}
    timeline = o.schema.Timeline(d.title or d.name, metadata={OURS: {"document": head}})
    track = o.schema.Track("shots", kind=o.schema.TrackKind.Video)
    sound = o.schema.Track("sound", kind=o.schema.TrackKind.Audio)
    sampled = _Samples(d, schema, fps) if schema is not None else None
    if sampled is None:
        notes.append("The lanes were not sampled, because the bundle is unknown; their keys are in the metadata.")

    def span(start: float, seconds: float) -> Any:
        return o.opentime.TimeRange(*(o.opentime.RationalTime(round(t * fps), fps) for t in (start, seconds)))

    for visit in way:
        shot = d.shots[visit.shot]
        if round(shot.seconds * fps) == 0:
            notes.append(f"The shot {visit.shot!r} takes less than a frame: it has no clip.")
            continue
        lanes = sampled.shot(visit) if sampled else {}
        if visit.transition.seconds and len(track):
            track.append(
                o.schema.Transition(
                    transition_type=o.schema.TransitionTypes.SMPTE_Dissolve,
                    in_offset=o.opentime.RationalTime(0, fps),
                    out_offset=o.opentime.RationalTime(round(min(visit.transition.seconds, shot.seconds) * fps), fps),
                )
            )
        clip = o.schema.Clip(
            visit.shot,
            media_reference=o.schema.GeneratorReference(
                visit.shot,
                generator_kind="dreambridge.shot",
                available_range=span(0, shot.seconds),
                parameters={"bundle": d.bundle},
            ),
            source_range=span(0, shot.seconds),
            metadata={OURS: {"shot": plain["shots"][visit.shot], "samples": lanes, "cut": visit.cut}},
        )
        for mark, at in shot.marks.items():
            clip.markers.append(o.schema.Marker(mark, marked_range=span(at, 0), color=o.schema.MarkerColor.GREEN))
        track.append(clip)
        heard: Any = o.schema.Gap(source_range=span(0, shot.seconds))
        if shot.audio:
            reference = o.schema.ExternalReference(shot.audio.file)
            heard = o.schema.Clip(PurePath(shot.audio.file).name, reference, span(shot.audio.offset, shot.seconds))
        sound.append(heard)
    timeline.tracks.append(track)
    if any(d.shots[v.shot].audio for v in way):
        timeline.tracks.append(sound)
    # The same document always gives the same text.
    return Exported(o.adapters.write_to_string(timeline, "otio_json", indent=1) + "\n", notes)


class _Samples:
    """The numbers of each lane at each frame of a shot, entered with what the shots before it left."""

    def __init__(self, d: Document, schema: Mapping[str, Condition], fps: float) -> None:
        self.d, self.fps = d, fps
        numbers = {n: c for n, c in schema.items() if c.kind in ("number", "choice", "vector")}
        kept = {
            name: shot.__class__(lanes={n: lane for n, lane in shot.lanes.items() if n in numbers}, length=shot.seconds)
            for name, shot in d.shots.items()
        }
        self.lanes = encode_lanes(Document(format=d.format, name=d.name, shots=kept), numbers)
        self.now: dict[str, Pair] = {n: (default(c), 0.0) for n, c in numbers.items()}

    def shot(self, visit: Visit) -> dict[str, list[Any]]:
        seconds = self.d.shots[visit.shot].seconds
        out = {}
        for name, lane in self.lanes[visit.shot].keyed.items():
            entering = self.now[name]
            out[name] = [self._sample(lane, k / self.fps, entering) for k in range(round(seconds * self.fps))]
            self.now[name] = lane.at(seconds, entering)
        return out

    @staticmethod
    def _sample(lane: ValueLane, t: float, entering: Pair) -> Any:
        """A number; a list for a choice (weights of its options) and a vector; null while the condition is unset."""
        value, presence = lane.at(t, entering)
        if presence <= 0:
            return None
        numbers = [round(float(v), 6) for v in value.reshape(-1)]
        return numbers[0] if len(numbers) == 1 else numbers
