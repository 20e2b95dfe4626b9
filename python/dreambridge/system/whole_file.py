"""Files that are there as a whole or not at all."""

import os
from pathlib import Path

from dreambridge.protocol.errors import DreamError


def write_whole(path: Path, data: bytes) -> None:
    """Write ``path`` under another name first; an existing file is replaced. DreamError ``no_access``."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as e:
        part.unlink(missing_ok=True)
        raise DreamError("no_access", f"{path} cannot be written: {e.strerror}.", "Check the folder.") from e
