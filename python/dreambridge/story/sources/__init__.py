"""Finds the directions in the source files of narrative engines."""

from collections.abc import Callable
from pathlib import Path

from dreambridge.protocol.errors import DreamError
from dreambridge.story.sources.found import Found
from dreambridge.story.sources.languages import dialogic, dialogue_manager, dreamstory, ink, renpy, twee, yarn

LANGUAGES: dict[str, Callable[[str], list[Found]]] = {
    ".ink": ink,
    ".yarn": yarn,
    ".rpy": renpy,
    ".twee": twee,
    ".tw": twee,
    ".dtl": dialogic,
    ".dialogue": dialogue_manager,
    ".dreamstory": dreamstory,
}

__all__ = ["LANGUAGES", "Found", "find"]


def find(path: Path, text: str) -> list[Found]:
    """The directions in a file's text, in order; its ending tells the engine. DreamError ``not_supported``."""
    language = LANGUAGES.get(path.suffix.lower())
    if language is None:
        known = ", ".join(sorted(LANGUAGES))
        raise DreamError("not_supported", f"{path} is not the source of a story.", f"Supported are files that end in {known}.")
    return language(text)
