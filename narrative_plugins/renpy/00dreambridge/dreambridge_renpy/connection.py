"""Where a daemon's connection file stands, and what it says (PROTOCOL.md, part 1)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any


def runtime_folder(env: Mapping[str, str] = os.environ, platform: str = sys.platform, uid: int | None = None) -> str:
    """The folder of the connection files."""
    if env.get("DREAMBRIDGE_RUNTIME_DIR"):
        return env["DREAMBRIDGE_RUNTIME_DIR"]
    if platform.startswith("win"):
        return os.path.join(env.get("USERPROFILE", ""), ".dreambridge", "run")
    if platform == "darwin":
        return os.path.join(env.get("HOME", ""), ".dreambridge", "run")
    xdg = env.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(xdg) and os.path.isdir(xdg):
        return os.path.join(xdg, "dreambridge")
    return f"/tmp/dreambridge-{os.getuid() if uid is None else uid}"


def find_daemon(name: str) -> dict[str, Any] | None:
    """What the file of this daemon says: ``endpoint``, ``token``, ``epoch``. None: there is none, or it is being replaced."""
    try:
        with open(os.path.join(runtime_folder(), name + ".json"), encoding="utf-8") as file:
            found = json.load(file)
        host, port = found["endpoint"].rsplit("://", 1)[1].rsplit(":", 1)
        return {"host": host, "port": int(port), "token": str(found["token"]), "epoch": found["epoch"]}
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
