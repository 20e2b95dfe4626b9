"""The cutscene that a story has played, as a map.

document, files, shot, status, variables, marks (those passed); ``began``: stream time of the shot's second 0; ``info``: that
of the session that plays it; ``held``: conditions that the story has directed, and not released.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from dreambridge_renpy.errors import DreamError
from dreambridge_renpy.stream import Stream, Task


def begun(scene: dict[str, Any], stream: Stream) -> dict[str, Any]:
    return {**scene, "status": "playing", "marks": set(), "began": 0.0, "held": set(), "info": stream.info}


def at(scene: dict[str, Any], m: dict[str, Any]) -> None:
    """Where the daemon says that the cutscene is, in a reply or an event."""
    if "happened" in m:
        scene["status"] = {"waiting": "waiting", "choice": "choosing", "ended": "ended"}.get(m["happened"], "playing")
    else:
        scene["status"] = m["status"]
    scene["shot"], scene["variables"] = m["shot"], m.get("variables") or scene["variables"]
    scene["began"], scene["held"] = m["time"] - m["at"], set(m.get("held") or ())


def load_task(text: str, files: dict[str, bytes]) -> Task:
    """A task: load a cutscene, and send its files if the daemon lacks them. Its result is the daemon's reply."""
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    for _ in range(2):
        loaded = yield "cutscene_load", {"document": text, "files": digests}
        if not loaded["missing"]:
            return loaded
        for name, digest in digests.items():
            if digest in loaded["missing"]:
                yield "put_file", {"data": files[name]}
    raise DreamError("too_large", "The files of the cutscene do not fit into the daemon.", "Use fewer or smaller files.")


def look_task(stream: Stream, scene: dict[str, Any]) -> Task:
    """A task: in the same session, its events of meanwhile may not have been told."""
    if stream.owes_resume:
        yield from resume_task(stream)
    if scene["status"] != "ended":
        at(scene, (yield "cutscene_set", {"values": {}}))


def resume_task(stream: Stream) -> Task:
    """A task: a stream that was opened paused for its cutscene goes on. If it is lost before, it is asked again."""
    stream.owes_resume = True
    if not stream.want.get("paused"):
        yield "resume", {}
    stream.owes_resume = False


def play_on_task(stream: Stream, scene: dict[str, Any], on_error: Callable[[DreamError], None]) -> Task:
    """A task: play it on at its position, in a session that was opened paused."""
    seconds = max(0.0, (stream.frame.time if stream.frame else 0.0) - scene["began"])
    try:
        loaded = yield from load_task(scene["document"], scene["files"])
        length = loaded["shots"].get(scene["shot"], {}).get("seconds", 0.0)
        fields = {"shot": scene["shot"] or None, "at": min(seconds, length), "variables": scene["variables"]}
        fields["held"] = sorted(scene["held"])
        at(scene, (yield "cutscene_play", fields))
        scene["info"] = stream.info
    except DreamError as e:
        if e.code == "daemon_gone":
            raise
        scene["status"] = "ended"
        on_error(e)
    yield from resume_task(stream)
