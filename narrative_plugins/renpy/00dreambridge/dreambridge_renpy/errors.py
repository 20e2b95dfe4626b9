"""The exception that carries the error codes of the protocol."""

from __future__ import annotations


class DreamError(Exception):
    """Any Dreambridge error: a stable ``code``, a ``message`` that names the value, and a ``hint`` that says how to fix it."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.code, self.message, self.hint = code, message, hint
