"""What framing and characters mean for a bundle that maps them to conditions (`cutscene` in bundle.json).

A lane of the shot itself always counts more than an implied one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dreambridge.bundle.manifest import Condition, CutsceneSpec
from dreambridge.cutscene.document import Document, Key, Lane, Shot

MENTION = re.compile(r"\[([A-Za-z_][A-Za-z0-9_-]*)\]")


@dataclass(frozen=True)
class Implied:
    """``lanes``: condition to lane. ``moves``: condition to the number by which it moves from where it stands, over the shot."""

    lanes: dict[str, Lane] = field(default_factory=dict)
    moves: dict[str, float] = field(default_factory=dict)


def implied_lanes(d: Document, shot: Shot, spec: CutsceneSpec | None, schema: Mapping[str, Condition]) -> Implied:
    """The lanes that the shot does not have itself, from the words of its framing and the characters in its prompts."""
    if spec is None:
        return Implied()
    out = Implied()
    size, camera = (shot.framing.size, shot.framing.camera) if shot.framing else (None, None)
    held = spec.framing.size.get(size or "", {})
    for name, value in held.items():
        out.lanes[name] = Lane([Key(at=0.0, value=value)])
    for name, move in spec.framing.camera.get(camera or "", {}).items() if shot.seconds else ():
        if isinstance(move, tuple):
            start, goal = move
        elif name in held:
            start, goal = held[name], _within(schema[name], held[name] + move)
        else:
            out.moves[name] = move
            continue
        out.lanes[name] = Lane([Key(at=0.0, value=start), Key(at=shot.seconds, value=goal)])
    if spec.reference is not None and (keys := _pictures(d, shot, schema)):
        out.lanes[spec.reference] = Lane(keys)
    for name in shot.lanes:
        out.lanes.pop(name, None)
        out.moves.pop(name, None)
    return out


def _pictures(d: Document, shot: Shot, schema: Mapping[str, Condition]) -> list[Key]:
    """A picture for each prompt that names a character who has one; of several characters the first counts."""
    found: dict[float, Key] = {}
    for name, lane in shot.lanes.items():
        if name not in schema or schema[name].kind != "text":
            continue
        for key in lane.keys:
            named = MENTION.findall(key.value) if isinstance(key.value, str) else []
            picture = next((d.characters[n].reference for n in named if n in d.characters and d.characters[n].reference), None)
            if picture is not None:
                found.setdefault(key.at, Key(at=key.at, value=picture, easing=key.easing, over=key.over))
    return [found[at] for at in sorted(found)]


def _within(c: Condition, value: float) -> float:
    if c.period:
        return value % c.period
    return min(max(value, c.range[0]), c.range[1]) if c.range else value


def spoken(prompt: str, d: Document) -> str:
    """A prompt in which each ``[name]`` is replaced by the phrase of the character."""
    return MENTION.sub(lambda m: d.characters[m[1]].phrase if m[1] in d.characters else m[0], prompt)
