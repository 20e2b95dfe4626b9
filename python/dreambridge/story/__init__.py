"""Directions in the text of a story: one vocabulary for every narrative engine (protocol/SCRIPT.md).

``words`` and ``statement`` parse them, ``pending`` merges them, ``director`` carries them out on a stream. ``sources`` finds
them in the files of Ink, Yarn, Ren'Py, Twee, Dialogic, Dialogue Manager and DreamStory. ``check`` checks them against a bundle.
"""

from dreambridge.story.director import Director
from dreambridge.story.statement import Statement, direction_in, parse

__all__ = ["Director", "Statement", "direction_in", "parse"]
