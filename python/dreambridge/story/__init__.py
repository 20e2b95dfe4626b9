"""Directions in the text of a story: one vocabulary for every narrative engine (protocol/SCRIPT.md).

``words`` and ``statement`` parse them, ``sources`` finds them in the files of Ink, Yarn, Ren'Py, Twee and Dialogic, and ``check``
checks them against a bundle.
"""

from dreambridge.story.statement import Statement, direction_in, parse

__all__ = ["Statement", "direction_in", "parse"]
