// Made by devtools/generate.py; do not edit.
export const PROTOCOL = "1.0";
export const STATES = ["closed", "searching", "opening", "playing", "slowed", "paused", "stuck", "orphaned", "lost", "failed"];
export const ERRORS = [
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
  "internal"
];
// The bytes before a frame's pixels, and where its fields are in them.
export const HEAD = 112;
export const FIELDS = { index: 0, revision: 8, dropped: 16, width: 24, height: 28, time: 32, step: 40, view: 48, flags: 56, received: 64, applied: 72, begun: 80, ended: 88, published: 96, sent: 104 };
