"""The folders for connection files and caches."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

System = Literal["linux", "macos", "windows"]  # "linux" also means every other system


def this_system() -> System:
    return "windows" if sys.platform == "win32" else "macos" if sys.platform == "darwin" else "linux"


def user_id() -> int:
    """The user id of this process; 0 on Windows, which has none."""
    return os.getuid() if hasattr(os, "getuid") else 0


def runtime_folder(system: System, env: Mapping[str, str], uid: int, is_folder: Callable[[str], bool]) -> str:
    """The rule of PROTOCOL.md, part 1, as a pure function; its test cases are in protocol/vectors/runtime_folder.json."""
    named = env.get("DREAMBRIDGE_RUNTIME_DIR")
    if named:
        return named
    if system != "linux":
        home = env.get("USERPROFILE" if system == "windows" else "HOME") or str(Path.home())
        return f"{home}/.dreambridge/run"
    session = env.get("XDG_RUNTIME_DIR", "")
    return f"{session}/dreambridge" if session.startswith("/") and is_folder(session) else f"/tmp/dreambridge-{uid}"


def runtime_dir() -> Path:
    """The folder of connection files; not created here."""
    return Path(runtime_folder(this_system(), os.environ, user_id(), os.path.isdir))


def cache_folder() -> Path:
    """The cache folder; not created here."""
    named = os.environ.get("DREAMBRIDGE_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dreambridge"
