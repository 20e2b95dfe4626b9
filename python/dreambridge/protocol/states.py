"""A session's states and the reasons for their changes."""

from enum import StrEnum


class State(StrEnum):
    """A session's state. A client sets three of them by itself, while its stream has no session."""

    CLOSED = "closed"
    SEARCHING = "searching"
    OPENING = "opening"
    PLAYING = "playing"
    SLOWED = "slowed"
    PAUSED = "paused"
    STUCK = "stuck"
    ORPHANED = "orphaned"
    LOST = "lost"
    FAILED = "failed"


CLIENT_STATES = (State.SEARCHING, State.OPENING, State.LOST)

STATES: dict[State, str] = {
    State.CLOSED: "The session has ended and its ring is removed. A stream that was not started is closed too.",
    State.SEARCHING: "The client looks for the daemon.",
    State.OPENING: "The client has sent `open`; the reply has not come yet.",
    State.PLAYING: "Frames are made at the requested fps.",
    State.SLOWED: "Frames are made at a lower fps, because the machine cannot keep up.",
    State.PAUSED: "No frames are made until `resume` or `step`.",
    State.STUCK: "A step has taken far longer than its time limit. No frames are made until it ends.",
    State.ORPHANED: "The daemon has not heard from the client for 3 s. No frames are made until the client returns.",
    State.LOST: "The client has lost the daemon and is reconnecting.",
    State.FAILED: "The model failed. No more frames come; only `stats`, `record` and `close` are answered.",
}


class Reason(StrEnum):
    """Why a state changed, or why the daemon says `bye`."""

    ASKED = "asked"
    DEADLINES_MISSED = "deadlines_missed"
    ROOM_AGAIN = "room_again"
    CLIENT_SILENT = "client_silent"
    CLIENT_BACK = "client_back"
    MODEL_FAILED = "model_failed"
    STEP_LATE = "step_late"
    STEP_ENDED = "step_ended"
    RING_LOST = "ring_lost"
    REMOTE_LATE = "remote_late"
    REMOTE_BACK = "remote_back"
    CLIENT_GONE = "client_gone"
    KEY_TAKEN = "key_taken"
    DAEMON_ENDING = "daemon_ending"


REASONS: dict[Reason, str] = {
    Reason.ASKED: "A request of this client asked for it.",
    Reason.DEADLINES_MISSED: "Steps took too long for the rate; the rate or the quality level is lower now.",
    Reason.ROOM_AGAIN: "Steps are fast enough again; the rate or the quality level is higher now.",
    Reason.CLIENT_SILENT: "The daemon heard nothing from the client for too long.",
    Reason.CLIENT_BACK: "The daemon heard from the client again.",
    Reason.MODEL_FAILED: "The model raised an error.",
    Reason.STEP_LATE: "A step has not ended in its time.",
    Reason.STEP_ENDED: "The late step has ended.",
    Reason.RING_LOST: "The session's ring was damaged or removed from outside.",
    Reason.REMOTE_LATE: "The server of a remote model sends no frames, or the connection to it broke.",
    Reason.REMOTE_BACK: "The server of a remote model sends frames again.",
    Reason.CLIENT_GONE: "The client's process has ended.",
    Reason.KEY_TAKEN: "Another connection said hello with this client's key.",
    Reason.DAEMON_ENDING: "The daemon ends.",
}
