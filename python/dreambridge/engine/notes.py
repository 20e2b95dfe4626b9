"""What the parts of a session tell a recorder, so that they need not know it."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from dreambridge.take import lines as T


class Notes(Protocol):
    """The interface of ``recorder.Recorder``; call it in the session's thread, after the change."""

    def note(self, kind: type[T.Event], fields: Mapping[str, Any]) -> None: ...

    def document(self, kind: type[T.CutsceneLoad] | type[T.CutsceneReplace]) -> None: ...

    def jumped(self, why: Literal["restore", "rewind", "adopt"], frame: int, asked: Mapping[str, Any]) -> None: ...
