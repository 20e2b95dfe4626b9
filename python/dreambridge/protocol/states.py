"""A session's states and the reasons for their changes."""

from enum import StrEnum


class State(StrEnum):
    """A session's state. The daemon sends all but the last three, which a client gives a stream of its own accord."""

    PLAYING = "playing"
    PAUSED = "paused"
    SLOWED = "slowed"
    STUCK = "stuck"
    ORPHANED = "orphaned"
    FAILED = "failed"
    CLOSED = "closed"
    SEARCHING = "searching"
    OPENING = "opening"
    LOST = "lost"


CLIENT_STATES = (State.SEARCHING, State.OPENING, State.LOST)

STATES: dict[State, str] = {
    State.PLAYING: "The session makes frames at the rate that was asked for.",
    State.PAUSED: "The session makes no frames except by `step`.",
    State.SLOWED: "The session makes frames at a lower rate, because the machine cannot keep up.",
    State.STUCK: "A step takes far longer than it should; no frames come until it ends.",
    State.ORPHANED: "The daemon has heard nothing from the client for 3 s; the session waits and makes no frames.",
    State.FAILED: "The session's model failed; the session answers only `stats` and `close`.",
    State.CLOSED: "The session has ended and its ring is removed.",
    State.SEARCHING: "The client looks for the daemon.",
    State.OPENING: "The client has sent `open` and waits for the reply.",
    State.LOST: "The client has lost the daemon and waits for its return.",
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
    CLIENT_GONE = "client_gone"
    KEY_TAKEN = "key_taken"
    DAEMON_ENDING = "daemon_ending"


REASONS: dict[Reason, str] = {
    Reason.ASKED: "A request of this client asked for it.",
    Reason.DEADLINES_MISSED: "Steps took too long for the rate; the rate is lower now.",
    Reason.ROOM_AGAIN: "Steps are fast enough again; the rate is higher now.",
    Reason.CLIENT_SILENT: "The daemon heard nothing from the client for too long.",
    Reason.CLIENT_BACK: "The daemon heard from the client again.",
    Reason.MODEL_FAILED: "The model raised an error.",
    Reason.STEP_LATE: "A step has not ended in its time.",
    Reason.STEP_ENDED: "The step that was late has ended.",
    Reason.RING_LOST: "The session's ring was damaged or removed from outside.",
    Reason.CLIENT_GONE: "The client's process has ended.",
    Reason.KEY_TAKEN: "Another connection said hello with this client's key.",
    Reason.DAEMON_ENDING: "The daemon ends.",
}
