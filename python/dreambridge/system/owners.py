"""Checks who owns the runtime folder, and explains what to do if it is another user (a daemon under sudo, a game as a user)."""

import os
from pathlib import Path

from dreambridge.protocol.errors import DreamError
from dreambridge.system.paths import runtime_dir, user_id
from dreambridge.system.terminal import command_line, serve_command

SANDBOXES = (("FLATPAK_ID", "Flatpak"), ("SNAP_NAME", "Snap"), ("container", "a container"))
# Docker sets no variable.
SANDBOX_FILES = {
    "/.flatpak-info": "Flatpak",
    "/.dockerenv": "a container",
    "/run/.containerenv": "a container",
}


def user_name(uid: int) -> str:
    """A user id as text: ``'anna' (1000)``, or the number alone if the name is unknown."""
    try:
        import pwd

        return f"{pwd.getpwuid(uid).pw_name!r} ({uid})"
    except (ImportError, KeyError):
        return str(uid)


def check_owner(folder: Path) -> None:
    """Raise DreamError ``no_access`` if the folder, or its first existing parent, belongs to another user.

    With ``sudo -E`` root has the user's XDG_RUNTIME_DIR. A folder that root makes there would lock the user out.
    """
    if not hasattr(os, "getuid"):
        return
    path = folder
    while not path.exists() and path != path.parent:
        path = path.parent
    if path != folder and (path == Path("/tmp") or os.environ.get("DREAMBRIDGE_RUNTIME_DIR")):
        return  # the user who sets the variable is responsible for it
    owner, me = path.stat().st_uid, user_id()
    if owner != me:
        raise _others(folder, path, owner, me)


def _others(folder: Path, path: Path, owner: int, me: int) -> DreamError:
    if me == 0:
        way_out = "Start it without sudo, as the user who plays."
    elif path == folder:
        way_out = f"A daemon under sudo may have made it. Remove it: {command_line('sudo', 'rm', '-r', str(folder))}"
    else:
        way_out = "Unset XDG_RUNTIME_DIR: it belongs to another user."
    return DreamError(
        "no_access",
        f"The folder {path} belongs to the user {user_name(owner)}, but this process runs as {user_name(me)}.",
        f"{way_out} Or set DREAMBRIDGE_RUNTIME_DIR to a folder that only you can write.",
    )


def make_runtime_dir() -> Path:
    """Create it owner-only, or check that it is ours; DreamError ``no_access``."""
    path = runtime_dir()
    hint = "Set DREAMBRIDGE_RUNTIME_DIR to a folder that only you can write."
    check_owner(path)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as e:
        raise DreamError("no_access", f"The runtime folder {path} cannot be created: {e.strerror}.", hint) from e
    check_owner(path)  # again, because another user may have made it in the meantime
    if not os.access(path, os.W_OK):
        raise DreamError("no_access", f"The runtime folder {path} cannot be written.", hint)
    return path


def others_folders() -> list[Path]:
    """The visible runtime folders of other users, such as that of a daemon under sudo."""
    mine = f"dreambridge-{user_id()}"
    return sorted(
        p for p in Path("/tmp").glob("dreambridge-*") if p.name.removeprefix("dreambridge-").isdigit() and p.name != mine
    )


def sandbox() -> str:
    """The kind of sandbox that this program runs in; "" if none is known."""
    by_variable = next((name for variable, name in SANDBOXES if os.environ.get(variable)), "")
    return by_variable or next((name for path, name in SANDBOX_FILES.items() if Path(path).exists()), "")


def not_found_hints() -> str:
    """Why a running daemon may be invisible to this program; begins with a space, or is empty."""
    hints = ""
    others = others_folders()
    if others:
        named = ", ".join(map(str, others[:3]))
        hints += f" Another user's daemon may run ({named}): it must run as the same user as this program, without sudo."
    box = sandbox()
    if box:
        hints += (
            f" This program runs in a sandbox ({box}): set DREAMBRIDGE_RUNTIME_DIR, for both, to a folder that it shares "
            "with the daemon."
        )
    return hints


def not_running(name: str) -> DreamError:
    """The error for a daemon that was not found: where it was looked for, and what may hide it."""
    folder = runtime_dir()
    try:
        check_owner(folder)
        if folder.is_dir():
            os.listdir(folder)
    except DreamError as e:
        return e
    except OSError as e:
        return DreamError(
            "no_access", f"The runtime folder {folder} cannot be read: {e.strerror}.", "Set DREAMBRIDGE_RUNTIME_DIR."
        )
    return DreamError(
        "not_running",
        f"No daemon {name!r} is running (looked in {folder}).",
        f"Start one: {serve_command(name)}{not_found_hints()}",
    )
