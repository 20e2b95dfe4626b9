"""The reply to ``bundles``. It is read in a separate thread, so that a slow disk does not delay other messages."""

import threading
from collections.abc import Callable

import msgspec

from dreambridge.bundle.find import load_all
from dreambridge.bundle.load import Bundle
from dreambridge.protocol import replies as R
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_MESSAGE

TOO_MANY = DreamError(
    "too_large",
    "The list of bundles is full, but this one can be opened.",
    "Keep fewer bundles in the daemon's folders.",
)
Tell = Callable[[R.Reply], None]


def row(name: str, found: Bundle | DreamError) -> R.BundleInfo:
    """The description of one bundle for clients: how to open and direct it, or why it cannot be opened."""
    if isinstance(found, DreamError):
        return R.BundleInfo(name=name, error=R.BundleError(code=found.code, message=found.message, hint=found.hint))
    m = found.manifest
    return R.BundleInfo(
        name=name,
        version=m.version,
        description=m.description,
        width=m.frame.width,
        height=m.frame.height,
        fps=m.frame.fps,
        conditions={n: c.public() for n, c in m.directed.items()},
        view=m.public_view(),
        levels=m.level_names if m.levels else [],
    )


class BundleList:
    """Answers requests for the list. All requests that arrive during one reading are answered by the next one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: list[Tell] = []
        self._reads = False

    def ask(self, reply: Tell) -> None:
        """Call ``reply`` with the message, or an error, in another thread."""
        with self._lock:
            self._asking.append(reply)
            if self._reads:
                return
            self._reads = True
        try:
            threading.Thread(target=self._read, name="bundles", daemon=True).start()
        except RuntimeError:
            with self._lock:  # else nobody would be answered again
                self._asking, self._reads = [], False
            raise

    def _read(self) -> None:
        while True:
            with self._lock:
                asking, self._asking = self._asking, []
                if not asking:
                    self._reads = False
                    return
            rows, room = list[R.BundleInfo](), MAX_MESSAGE // 2
            for name, found in load_all():
                rows.append(row(name, found))
                room -= len(msgspec.msgpack.encode(rows[-1]))
                if room < 0 and rows[-1].error is None:
                    rows[-1] = row(name, TOO_MANY)
            for reply in asking:
                reply(R.BundleList(bundles=rows))
