"""The events that the daemon sends. `error` and `bye` (replies.py) can also be events, without an id."""

from typing import Annotated, Any

import msgspec

from dreambridge.protocol.fields import about
from dreambridge.protocol.replies import ErrorReply, Goodbye


class Event(msgspec.Struct, tag_field="type", omit_defaults=True, kw_only=True):
    session: Annotated[int, about("The session's number.")]


class StateChanged(Event, tag="state"):
    """A session's state, rate or quality level changed."""

    state: Annotated[str, about("The state now.")]
    code: Annotated[str, about("Why, as a reason code.")]
    reason: Annotated[str, about("Why, in words.")]
    fps: Annotated[float, about("Rate now; 0: as fast as possible.", unit="frames a second")]
    level: Annotated[str, about("The quality level now; absent: the bundle has only one.")] = ""


class RingChanged(Event, tag="ring"):
    """Another program damaged the session's ring; the session continues in a new one."""

    ring: Annotated[str, about("Path of the new ring's file.")]
    epoch: Annotated[int, about("The daemon's epoch.")]
    code: Annotated[str, about("Why, as an error code: `ring_lost`.")]
    message: Annotated[str, about("What happened to the old one.")]
    hint: Annotated[str, about("How to prevent it.")]


class Settled(Event, tag="settled"):
    """The transitions of directions have ended."""

    reached: Annotated[list[int], about("Revisions of directions whose conditions all have their values.")]
    replaced: Annotated[
        list[int], about("Revisions of directions of which another direction, a cutscene or a restore has replaced a condition.")
    ]
    time: Annotated[float, about("Stream time of that frame.", unit="s of stream time")]
    frame_index: Annotated[int, about("The first frame for which it holds: act when that frame is shown.")]


class ViewSilent(Event, tag="view_silent"):
    """An attached view has no new picture; the session continues with the last one."""

    seconds: Annotated[float, about("Time since the last new picture.", unit="s")]


class ViewBack(Event, tag="view_back"):
    """A silent view has a new picture."""


class CutsceneOption(msgspec.Struct, kw_only=True):
    """An option of a choice."""

    id: Annotated[str, about("What `cutscene_choose` takes.")]
    text: Annotated[str, about("The text for the player.")] = ""


class CutsceneHappened(Event, tag="cutscene"):
    """Something happened in the cutscene that is playing."""

    happened: Annotated[str, about("`shot`, `mark`, `waiting`, `choice` or `ended`.")]
    shot: Annotated[str, about("The shot that began, or that is playing.")]
    time: Annotated[float, about("When it happened.", unit="s of stream time")]
    at: Annotated[float, about("When it happened.", unit="s of the shot")]
    frame_index: Annotated[int, about("The first frame for which it holds: act when that frame is shown.")]
    name: Annotated[str, about("The name of the mark, or of the signal that is waited for.")] = ""
    options: Annotated[list[CutsceneOption], about("The options of a choice.")] = []
    limit: Annotated[float | None, about("The time limit of a wait or choice; absent: none.", unit="s")] = None
    sound: Annotated[float | None, about("Second of the shot's sound at `time`; absent: it has none.", unit="s")] = None
    fade: Annotated[float, about("Length of the transition to the values of this shot, from its second 0 on.", unit="s")] = 0.0
    easing: Annotated[str, about("The curve of that transition.")] = ""
    variables: Annotated[dict[str, Any], about("Variable to value.")] = {}
    held: Annotated[list[str], about("Conditions that the game has directed in this cutscene, and not released.")] = []
    values: Annotated[
        dict[str, Any],
        about("Conditions that lanes of the shot before left, as `direct` takes them; they are effective conditions now."),
    ] = {}


AnyEvent = StateChanged | Settled | CutsceneHappened | RingChanged | ViewSilent | ViewBack | ErrorReply | Goodbye
EVENTS: dict[str, type[msgspec.Struct]] = {str(t.__struct_config__.tag): t for t in AnyEvent.__args__}
