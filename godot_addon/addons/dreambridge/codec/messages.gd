extends RefCounted
## Versions, limits and error codes of the protocol. Made by devtools/generate.py; do not edit.

const PROTOCOL := "1.0"
const ADDON := "0.1.0"
const MAX_MESSAGE := 8388608
const MAX_DEPTH := 32
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
	"no_provider",
	"unknown_session",
	"session_failed",
	"too_many_sessions",
	"ring_lost",
	"ring_unreachable",
	"unknown_condition",
	"bad_value",
	"bad_argument",
	"bad_state",
	"bad_cutscene",
	"bad_snapshot",
	"no_space",
	"no_access",
	"already_running",
	"not_running",
	"wrong_token",
	"daemon_gone",
	"timeout",
	"port_taken",
	"internal",
]
