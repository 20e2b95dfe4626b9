"""Starts the stream of a bundle with `remote`. Only then is anything loaded for it: a packaged daemon has no TLS library."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from dreambridge.bundle.load import Bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.remote.access import Access

if TYPE_CHECKING:
    from dreambridge.remote.link import Patience
    from dreambridge.remote.stream import RemoteStream

Start = Callable[[Bundle, int, float, Callable[[], None], Callable[[str], None], Callable[[DreamError], None]], "RemoteStream"]


def starter(access: Access, patience: "Patience | None" = None) -> Start:
    """What makes streams that may reach the hosts of ``access``. They raise DreamError ``missing_package``, ``not_allowed``."""

    def start(
        bundle: Bundle,
        seed: int,
        fps: float,
        come: Callable[[], None],
        news: Callable[[str], None],
        failed: Callable[[DreamError], None],
    ) -> "RemoteStream":
        try:
            import av  # noqa: F401
            import websockets  # noqa: F401

            from dreambridge.remote.stream import RemoteStream
        except ImportError as e:
            said = f"The bundle {bundle.name!r} runs on another machine, and {e.name} is not installed."
            raise DreamError("missing_package", said, "Run: pip install 'dreambridge[remote]'") from e
        return RemoteStream(bundle, access, seed, fps, come, news, failed, patience)

    return start
