"""The files that a cutscene names, and where in the document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from dreambridge.bundle.manifest import Condition, CutsceneSpec
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.locate import Path, line_and_column, locate


@dataclass(frozen=True)
class NamedFile:
    """``path`` leads to the name in the document. The daemon needs a picture and the features; the client plays the sound."""

    name: str
    path: Path
    kind: Literal["picture", "features", "sound"]


def named_files(d: Document, schema: Mapping[str, Condition], spec: CutsceneSpec | None) -> Iterator[NamedFile]:
    """Each place that names a file which is used with a bundle of this ``schema`` and ``spec``."""
    if spec is not None and spec.reference is not None:
        for name, character in d.characters.items():
            if character.reference:
                yield NamedFile(character.reference, ("characters", name, "reference"), "picture")
    for name, shot in d.shots.items():
        if shot.audio is not None:
            yield NamedFile(shot.audio.file, ("shots", name, "audio", "file"), "sound")
            if shot.audio.condition and shot.audio.features:
                yield NamedFile(shot.audio.features, ("shots", name, "audio", "features"), "features")
        for lane_name, lane in shot.lanes.items():
            if lane_name in schema and schema[lane_name].kind == "image":
                for k, key in enumerate(lane.keys):
                    if isinstance(key.value, str) and key.value:
                        yield NamedFile(key.value, ("shots", name, "lanes", lane_name, "keys", k, "value"), "picture")


def where_named(text: str, d: Document, schema: Mapping[str, Condition], spec: CutsceneSpec | None, name: str) -> tuple[int, int]:
    """Line and column, both from 1, of the first place that names the file ``name`` for the daemon; 1, 1 if there is none."""
    for found in named_files(d, schema, spec):
        if found.name == name and found.kind != "sound":
            return line_and_column(text, locate(text, found.path))
    return 1, 1
