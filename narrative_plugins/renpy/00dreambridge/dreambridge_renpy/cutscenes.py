"""The cutscenes of a game: files `*.dream.json` in one folder of the project, also when it is packed into an archive."""

from __future__ import annotations

import json
from typing import Any

import renpy

from dreambridge_renpy.director import SUFFIX, Cutscenes

MAX_FILE = 8 * 1024 * 1024 - 1024  # a file is sent as one message


class GameCutscenes(Cutscenes):
    """``folder``: below the folder `game`."""

    def __init__(self, folder: str) -> None:
        self.folder = folder.strip("/")

    def names(self) -> list[str]:
        begin = self.folder + "/" if self.folder else ""
        found = [f[len(begin) : -len(SUFFIX)] for f in renpy.exports.list_files() if f.startswith(begin) and f.endswith(SUFFIX)]
        return sorted(name for name in found if "/" not in name)

    def text(self, name: str) -> str:
        return self._bytes(name + SUFFIX).decode("utf-8")

    def files(self, text: str) -> dict[str, bytes]:
        """The pictures and sounds that a cutscene names and that are there."""
        try:
            named = files_named(json.loads(text))
        except (ValueError, AttributeError, TypeError):
            return {}  # the daemon tells what is wrong
        found = {
            name: self._bytes(name) for name in sorted(named) if ".." not in name and renpy.exports.loadable(self._path(name))
        }
        return {name: data for name, data in found.items() if len(data) <= MAX_FILE}

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    def _bytes(self, name: str) -> bytes:
        with renpy.loader.load(self._path(name)) as file:
            return bytes(file.read())


def files_named(document: dict[str, Any]) -> set[str]:
    """The files that the daemon needs: pictures of characters and of keys, and the features of sounds."""
    found: set[Any] = {c.get("reference") for c in document.get("characters", {}).values()}
    for shot in document.get("shots", {}).values():
        found.add((shot.get("audio") or {}).get("features"))
        for lane in shot.get("lanes", {}).values():
            found.update(k.get("value") for k in lane.get("keys", []) if isinstance(k.get("value"), str))
    return {f for f in found if isinstance(f, str) and f}
