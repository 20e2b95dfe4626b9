"""The error codes of the protocol, and the one exception that carries them through every layer."""

import errno

ERRORS: dict[str, str] = {
    "unknown_type": "The message type is not known.",
    "bad_message": "The message is not msgpack, or lacks a field, or has one of the wrong type.",
    "too_large": "The message is larger or nested deeper than allowed.",
    "protocol_mismatch": "The majors of the two protocol versions differ.",
    "hello_first": "A request came before hello.",
    "not_supported": "This daemon does not do that yet.",
    "unknown_bundle": "There is no bundle of that name.",
    "bad_bundle": "The bundle is damaged or breaks the contract.",
    "bundle_too_new": "The bundle's format has a newer major.",
    "missing_package": "A Python package that is needed is not installed, or cannot be loaded.",
    "no_provider": "The asked execution provider is not to be had.",
    "unknown_session": "There is no session of that number, or it belongs to another client.",
    "session_failed": "The session's model failed.",
    "too_many_sessions": "The client has as many sessions as are allowed.",
    "ring_lost": "The session's ring was cut short, overwritten or removed by another program.",
    "ring_unreachable": "The daemon's ring cannot be opened here: another file system, or another user.",
    "unknown_condition": "The bundle has no condition of that name.",
    "bad_value": "The condition's value is of the wrong kind, out of range or not finite.",
    "bad_argument": "A request's argument is out of range.",
    "bad_state": "The request does not fit the session's state.",
    "bad_cutscene": "The cutscene document has errors, or does not fit the bundle.",
    "bad_snapshot": "The snapshot is damaged or of another bundle.",
    "no_space": "The shared memory is full.",
    "no_resources": "The process has no more memory, file handles or threads.",
    "no_access": "The runtime directory cannot be written.",
    "already_running": "A daemon of that name runs already.",
    "not_answering": "The daemon's process lives and does not answer.",
    "not_running": "No daemon of that name runs.",
    "wrong_token": "The daemon refused the token.",
    "daemon_gone": "The daemon stopped answering.",
    "cancelled": "It was given up, for its session was closed.",
    "timeout": "It did not happen in time.",
    "port_taken": "The preview's port is taken.",
    "internal": "The daemon failed at something that is its own fault.",
}


class DreamError(Exception):
    """An error with a stable ``code``, a ``message`` that names the value, and a ``hint`` that names the way out."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        assert code in ERRORS, code
        super().__init__(f"{message} {hint}".strip())
        self.code, self.message, self.hint = code, message, hint


def as_dream_error(e: Exception) -> DreamError:
    """An error of the daemon itself, which nobody foresaw, as ``internal``; a DreamError as it is."""
    return (
        e
        if isinstance(e, DreamError)
        else DreamError("internal", f"{type(e).__name__}: {e}", "See the daemon's log and report it.")
    )


def check_handles(e: OSError, what: str) -> None:
    """DreamError ``no_resources`` if ``e`` says that there are no more file handles, which is no fault of ``what``."""
    if e.errno in (errno.EMFILE, errno.ENFILE):
        raise DreamError(
            "no_resources", f"{what} cannot be opened: {e.strerror}.", "Close other sessions, or raise the limit (`ulimit -n`)."
        ) from e
