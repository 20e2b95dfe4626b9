"""The error codes of the protocol, and the exception that carries them in every layer."""

import errno
import sys

from dreambridge.protocol.text import printable

ERRORS: dict[str, str] = {
    "unknown_type": "The message type is unknown.",
    "bad_message": "The message is not a msgpack map, a field is missing, or a field has the wrong type.",
    "too_large": "The message is larger, or nested more deeply, than allowed.",
    "protocol_mismatch": "Client and daemon use different major versions of the protocol.",
    "hello_first": "The client sent another request before `hello`.",
    "not_supported": "The daemon or the bundle does not support this.",
    "unknown_bundle": "No bundle has this name.",
    "bad_bundle": "The bundle is damaged or invalid.",
    "bundle_too_new": "The bundle's format is newer than this daemon.",
    "missing_package": "A required Python package is not installed, or cannot be loaded.",
    "remote_unavailable": "The server of a remote model cannot be reached, or has no place for the session.",
    "remote_refused": "The server of a remote model refused the session, or cannot be trusted.",
    "bad_remote": "The server of a remote model sent something invalid.",
    "no_provider": "The requested execution provider is not available.",
    "unknown_session": "This client has no session of this number.",
    "session_failed": "The model of the session failed.",
    "too_many_sessions": "The client has the maximum number of sessions.",
    "ring_lost": "Another program truncated, overwrote or removed the session's ring.",
    "ring_unreachable": "The client cannot open the daemon's ring: it is in another file system, or belongs to another user.",
    "unknown_condition": "The bundle has no condition of this name.",
    "bad_value": "The value of a condition has the wrong kind, is out of range, or is not finite.",
    "bad_argument": "An argument of the request is invalid.",
    "not_allowed": "The daemon's rules do not allow this.",
    "bad_state": "The state of the session does not allow this request.",
    "bad_cutscene": "The cutscene document has errors, or does not fit the bundle.",
    "bad_script": "A direction in the text of a story cannot be understood.",
    "bad_take": "The take file is damaged, or does not fit the bundle.",
    "bad_snapshot": "The snapshot is damaged, or comes from another bundle.",
    "no_space": "The shared memory is full.",
    "no_resources": "The process has run out of memory, file handles or threads.",
    "no_access": "A file or folder cannot be read or written.",
    "already_running": "A daemon of this name is already running.",
    "not_answering": "The daemon's process is running, but does not answer.",
    "not_running": "No daemon of this name is running.",
    "wrong_token": "The daemon refused the token.",
    "daemon_gone": "The daemon is unavailable.",
    "cancelled": "The request was cancelled, because its session was closed.",
    "timeout": "The operation took too long.",
    "port_taken": "The port of the preview page is in use.",
    "internal": "The daemon itself failed.",
}


class DreamError(Exception):
    """Any Dreambridge error: a stable ``code``, a ``message`` that names the value, and a ``hint`` that says how to fix it."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        assert code in ERRORS, code
        message, hint = printable(message, lines=True), printable(hint, lines=True)
        super().__init__(f"{message} {hint}".strip())
        self.code, self.message, self.hint = code, message, hint


NO_MEMORY = (
    "Failed to allocate memory",
    "bad_alloc",
    "bad allocation",
    "Cannot allocate memory",
    "can't start new thread",
    "out of memory",
    "OutOfMemory",
    "E_OUTOFMEMORY",
    "STATUS_ALLOC_FAILED",
)


def short_of_memory(e: BaseException) -> bool:
    """Whether there was no memory for an object, a graph's tensor, or a thread; ONNX Runtime says so in words only.

    Never a DreamError: its words may quote anything, and its code has been chosen.
    """
    return isinstance(e, MemoryError) or (not isinstance(e, DreamError) and any(words in str(e) for words in NO_MEMORY))


def no_memory(what: str) -> DreamError:
    said = f"There is too little free memory for {what}."
    return DreamError("no_resources", said, "Close other programs, sessions or forks, or use a smaller bundle.")


def as_dream_error(e: Exception) -> DreamError:
    """An unexpected exception as ``internal``, one for which there is no memory as ``no_resources``; a DreamError unchanged."""
    if isinstance(e, DreamError):
        return e
    if short_of_memory(e):
        return no_memory("this")
    return DreamError("internal", f"{type(e).__name__}: {e}", "See the daemon's log and report it.")


def check_handles(e: OSError, what: str) -> None:
    """Raise DreamError ``no_resources`` if ``e`` means that the process has run out of file handles."""
    if e.errno in (errno.EMFILE, errno.ENFILE):
        more = "" if sys.platform == "win32" else ", or raise the limit (`ulimit -n`)"
        raise DreamError("no_resources", f"{what} cannot be opened: {e.strerror}.", f"Close other sessions{more}.") from e
