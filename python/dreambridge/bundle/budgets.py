"""Limits of the memory that a bundle may use. A setting of the daemon can raise each."""

import os
from dataclasses import dataclass

from dreambridge.protocol.errors import DreamError

MIB = 2**20
MAX_MIB = 2**30


@dataclass(frozen=True)
class Budget:
    """A limit in MiB; the environment variable ``setting`` of the daemon's process changes it."""

    setting: str
    default: int

    @property
    def bytes(self) -> int:
        """Raise DreamError ``bad_argument`` if the setting is not a whole number of MiB."""
        text = os.environ.get(self.setting, "")
        if not text:
            return self.default * MIB
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= MAX_MIB:
            raise DreamError(
                "bad_argument", f"{self.setting} is {text[:40]!r}.", f"Set it to a whole number of MiB, 1 to {MAX_MIB}."
            )
        return int(text) * MIB

    def check(self, size: int, code: str, what: str, otherwise: str = "Use a smaller bundle") -> None:
        """Raise DreamError ``code`` if ``size`` bytes exceed the budget. It names both, and the setting."""
        limit = self.bytes
        if size > limit:
            mib = -(-size // MIB)
            raise DreamError(
                code,
                f"{what} {mib:,} MiB; at most {limit // MIB:,} MiB are allowed.",
                f"{otherwise}, or set {self.setting}={mib} in the daemon's environment if this machine has the memory.",
            )


BUNDLE = Budget("DREAMBRIDGE_MAX_BUNDLE_MIB", 4096)
"""The files of a bundle together, and the tensors that its bundle.json asks for together."""
RING = Budget("DREAMBRIDGE_MAX_RING_MIB", 512)
"""One ring."""
