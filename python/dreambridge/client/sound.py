"""The sound of a cutscene's shots: which file should be heard now, and which second of it."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

SAME = 1e-6  # seconds
MAX_SHOTS = 256  # that the daemon has told and the picture has not shown yet


@dataclass(frozen=True)
class Sound:
    """What should be heard now. The client plays it; more than 80 ms from ``position`` is a fault.

    ``file`` : its name in the document. ``path`` : that file in the document's folder; None: it is not there.
    ``position`` : the second of the file that belongs to the picture on screen now; it may be behind the file's end.
    ``moving`` : False: the picture stands still, so pause the sound.
    """

    file: str
    path: Path | None
    position: float
    moving: bool


class Begun(NamedTuple):
    """From the stream time ``time`` on: the shot, and the second of its sound at ``time``; None: nothing is to be heard."""

    time: float
    shot: str
    sound: float | None

    def follows(self, other: "Begun") -> bool:
        """Whether ``other`` says the same already."""
        if self.shot != other.shot or self.sound is None or other.sound is None:
            return self.shot == other.shot and self.sound is other.sound
        return abs(self.sound - other.sound - (self.time - other.time)) < SAME


class ShotSounds:
    """What the daemon told of the shots, for any stream time."""

    def __init__(self, text: str, folder: Path) -> None:
        self._folder = folder
        self._files = sounds_named(text)
        self._begun: deque[Begun] = deque(maxlen=MAX_SHOTS)

    def renew(self, text: str, folder: Path) -> None:
        """The document was replaced."""
        self._folder, self._files = folder, sounds_named(text)

    def told(self, time: float, shot: str, sound: float | None) -> None:
        """At this stream time and later the shot is this one; ``sound`` is what the daemon says of it."""
        # After a rewind, what was to come did not happen.
        while self._begun and self._begun[-1].time >= time:
            self._begun.pop()
        begun = Begun(time, shot, sound)
        if not self._begun or not begun.follows(self._begun[-1]):
            self._begun.append(begun)

    def at(self, time: float, moving: bool) -> Sound | None:
        """What belongs to the picture of this stream time; None: no sound."""
        now = next((b for b in reversed(tuple(self._begun)) if b.time <= time + 1e-6), None)
        file = self._files.get(now.shot) if now else None
        if now is None or now.sound is None or file is None:
            return None
        path = self._folder / file
        inside = path.resolve().is_relative_to(self._folder.resolve()) and path.is_file()
        return Sound(file, path if inside else None, now.sound + max(0.0, time - now.time), moving)


def sounds_named(text: str) -> dict[str, str]:
    """The file of the sound of each shot that has one."""
    try:
        document = json.loads(text)
        shots: Mapping[str, Any] = document.get("shots", {})
        sounds = {name: shot.get("audio") for name, shot in shots.items()}
        return {n: str(a["file"]) for n, a in sounds.items() if a and a.get("file")}
    except (ValueError, AttributeError, TypeError, KeyError):
        return {}  # the daemon reports its problems
