"""The folders that are used: of connection files, of caches."""

import os
import sys
import tempfile
from pathlib import Path

from dreambridge.protocol.errors import DreamError


def runtime_dir() -> Path:
    """The folder of connection files, as PROTOCOL.md says; not created here."""
    named = os.environ.get("DREAMBRIDGE_RUNTIME_DIR")
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "dreambridge"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local"))) / "dreambridge"
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "dreambridge" if base else Path(tempfile.gettempdir()) / f"dreambridge-{os.getuid()}"


def make_runtime_dir() -> Path:
    """Create it owner-only, or check that it is ours; DreamError ``no_access``."""
    path = runtime_dir()
    hint = "Set DREAMBRIDGE_RUNTIME_DIR to a folder that only you can write."
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = path.stat()
    except OSError as e:
        raise DreamError("no_access", f"The runtime folder {path} cannot be made: {e.strerror}.", hint) from e
    if hasattr(os, "getuid") and info.st_uid != os.getuid():
        raise DreamError("no_access", f"The runtime folder {path} belongs to another user.", hint)
    if not os.access(path, os.W_OK):
        raise DreamError("no_access", f"The runtime folder {path} cannot be written.", hint)
    return path


def cache_folder() -> Path:
    """The folder of what can be made again; not created here."""
    named = os.environ.get("DREAMBRIDGE_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dreambridge"
