extends RefCounted
## Versions, limits, states, reason and error codes of the protocol. Made by devtools/generate.py; do not edit.

enum State {
	## The session has ended and its ring is removed. A stream that was not started is closed too.
	CLOSED,
	## The client looks for the daemon.
	SEARCHING,
	## The client has sent `open`; the reply has not come yet.
	OPENING,
	## Frames are made at the requested fps.
	PLAYING,
	## Frames are made at a lower fps, because the machine cannot keep up.
	SLOWED,
	## No frames are made until `resume` or `step`.
	PAUSED,
	## A step has taken far longer than its time limit. No frames are made until it ends.
	STUCK,
	## The daemon has not heard from the client for 3 s. No frames are made until the client returns.
	ORPHANED,
	## The client has lost the daemon and is reconnecting.
	LOST,
	## The model failed. No more frames come; only `stats`, `record` and `close` are answered.
	FAILED,
}

const PROTOCOL := "1.0"
const ADDON := "0.1.0"
const MAX_MESSAGE := 8388608
const MAX_DEPTH := 32
const MAX_SESSIONS := 16
const SHELF_STATE := 1048576
const MAX_SHELF_BYTES := 268435456
const MAX_NAMED_PLACES := 16
const MAX_SHOT_PLACES := 64
const MAX_TAKE_BYTES := 67108864
const MAX_TOLD_VALUES := 4194304
const MAX_FORKS := 8
const MAX_FORK_STEPS := 240
const MAX_INVALID_TOLD := 16
const PING_INTERVAL_MS := 1000
const ORPHAN_AFTER_MS := 3000
const CLOSE_AFTER_MS := 30000
const DAEMON_SILENT_MS := 5000
const VIEW_SILENT_MS := 2000
const STUCK_AFTER_MS := 2000
const MAX_STEP_TIME_MS := 60000
const MAX_LOADING_TIME_MS := 120000
const SHELF_SECONDS_MS := 60000
const HEARTBEAT_INTERVAL_MS := 250
const HEARTBEAT_STALE_MS := 1000
## Names of the states, by their values.
const STATE_NAMES: Array[String] = [
	"closed",
	"searching",
	"opening",
	"playing",
	"slowed",
	"paused",
	"stuck",
	"orphaned",
	"lost",
	"failed",
]
## A request of this client asked for it.
const REASON_ASKED := "asked"
## Steps took too long for the rate; the rate or the quality level is lower now.
const REASON_DEADLINES_MISSED := "deadlines_missed"
## Steps are fast enough again; the rate or the quality level is higher now.
const REASON_ROOM_AGAIN := "room_again"
## The daemon heard nothing from the client for too long.
const REASON_CLIENT_SILENT := "client_silent"
## The daemon heard from the client again.
const REASON_CLIENT_BACK := "client_back"
## The model raised an error.
const REASON_MODEL_FAILED := "model_failed"
## A step has not ended in its time.
const REASON_STEP_LATE := "step_late"
## The late step has ended.
const REASON_STEP_ENDED := "step_ended"
## The session's ring was damaged or removed from outside.
const REASON_RING_LOST := "ring_lost"
## The server of a remote model sends no frames, or the connection to it broke.
const REASON_REMOTE_LATE := "remote_late"
## The server of a remote model sends frames again.
const REASON_REMOTE_BACK := "remote_back"
## The client's process has ended.
const REASON_CLIENT_GONE := "client_gone"
## Another connection said hello with this client's key.
const REASON_KEY_TAKEN := "key_taken"
## The daemon ends.
const REASON_DAEMON_ENDING := "daemon_ending"
const ERRORS: Array[String] = [
	"unknown_type",
	"bad_message",
	"too_large",
	"protocol_mismatch",
	"hello_first",
	"not_supported",
	"unknown_bundle",
	"bad_bundle",
	"bundle_too_new",
	"missing_package",
	"remote_unavailable",
	"remote_refused",
	"bad_remote",
	"no_provider",
	"unknown_session",
	"session_failed",
	"too_many_sessions",
	"ring_lost",
	"ring_unreachable",
	"unknown_condition",
	"bad_value",
	"bad_argument",
	"not_allowed",
	"bad_state",
	"bad_cutscene",
	"bad_script",
	"bad_take",
	"bad_snapshot",
	"no_space",
	"no_resources",
	"no_access",
	"already_running",
	"not_answering",
	"not_running",
	"wrong_token",
	"daemon_gone",
	"cancelled",
	"timeout",
	"port_taken",
	"internal",
]
## Kinds of conditions that are over by themselves.
const MOMENTARY_KINDS := ["event", "delta"]


## The state of that name; one that only a newer daemon knows counts as playing.
static func state_named(name: String) -> State:
	var at := STATE_NAMES.find(name)
	return at as State if at >= 0 else State.PLAYING
