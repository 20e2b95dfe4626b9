"""Files that clients gave, by their content: a daemon cannot read a game's own archive."""

import hashlib
import threading
from collections import OrderedDict

from dreambridge.protocol.errors import DreamError

MAX_BYTES = 128 * 1024 * 1024


class FileStore:
    """Bytes by their SHA-256 (hexadecimal), in memory. What was used least lately goes first. From any thread."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self.most = most
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, data: bytes) -> str:
        """The digest; DreamError ``too_large`` when it could never be kept."""
        if len(data) > self.most:
            raise DreamError("too_large", f"The file has {len(data)} bytes; the limit is {self.most}.", "Use a smaller file.")
        digest = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._files[digest] = data
            self._files.move_to_end(digest)
            while sum(map(len, self._files.values())) > self.most:
                self._files.popitem(last=False)
        return digest

    def get(self, digest: str) -> bytes | None:
        with self._lock:
            if digest in self._files:
                self._files.move_to_end(digest)
            return self._files.get(digest)
