"""Dreambridge: pictures that do not exist yet, streamed from a neural network into a game and directed while they run.

``dreambridge.start()`` starts a daemon, ``dreambridge.connect()`` joins the one that runs; both give a ``Daemon``.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Daemon", "DreamError", "Frame", "Stream", "__version__", "connect", "start"]

if TYPE_CHECKING:
    from dreambridge.client.daemon import Daemon, connect, start
    from dreambridge.client.stream import Stream
    from dreambridge.protocol.errors import DreamError
    from dreambridge.ring.reader import Frame

_HOMES = {
    "Daemon": "dreambridge.client.daemon",
    "Stream": "dreambridge.client.stream",
    "connect": "dreambridge.client.daemon",
    "start": "dreambridge.client.daemon",
    "Frame": "dreambridge.ring.reader",
    "DreamError": "dreambridge.protocol.errors",
}


def __getattr__(name: str) -> Any:
    # Loaded at first use, so that the import itself stays light.
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'dreambridge' has no attribute {name!r}")
