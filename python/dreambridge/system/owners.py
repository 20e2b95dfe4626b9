"""Whose runtime folder it is, and what to say when it is somebody else's: a daemon under sudo, a game as a user."""

import os
from pathlib import Path

from dreambridge.protocol.errors import DreamError
from dreambridge.system.paths import runtime_dir, user_id
from dreambridge.system.terminal import command_line, serve_command

SANDBOXES = (("FLATPAK_ID", "Flatpak"), ("SNAP_NAME", "Snap"), ("container", "a container"))


def user_name(uid: int) -> str:
    """Of a user's number: ``'anna' (1000)``, or the number alone where no name is known."""
    try:
        import pwd

        return f"{pwd.getpwuid(uid).pw_name!r} ({uid})"
    except (ImportError, KeyError):
        return str(uid)


def check_owner(folder: Path) -> None:
    """DreamError ``no_access`` where the folder, or the one that it would be made in, is another user's.

    With ``sudo -E`` root has the user's XDG_RUNTIME_DIR: a folder that it made there would lock the user out.
    """
    if not hasattr(os, "getuid"):
        return
    path = folder
    while not path.exists() and path != path.parent:
        path = path.parent
    if path != folder and (path == Path("/tmp") or os.environ.get("DREAMBRIDGE_RUNTIME_DIR")):
        return  # made for whoever names it
    owner, me = path.stat().st_uid, user_id()
    if owner != me:
        raise _others(folder, path, owner, me)


def _others(folder: Path, path: Path, owner: int, me: int) -> DreamError:
    if me == 0:
        way_out = "Start it without sudo, as the user who plays."
    elif path == folder:
        way_out = f"A daemon under sudo may have made it. Remove it: {command_line('sudo', 'rm', '-r', str(folder))}"
    else:
        way_out = "Unset XDG_RUNTIME_DIR: it is another user's."
    return DreamError(
        "no_access", f"The folder {path} belongs to the user {user_name(owner)}, and this runs as {user_name(me)}.",
        f"{way_out} Or set DREAMBRIDGE_RUNTIME_DIR to a folder that only you can write.",
    )  # fmt: skip


def make_runtime_dir() -> Path:
    """Create it owner-only, or check that it is ours; DreamError ``no_access``."""
    path = runtime_dir()
    hint = "Set DREAMBRIDGE_RUNTIME_DIR to a folder that only you can write."
    check_owner(path)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as e:
        raise DreamError("no_access", f"The runtime folder {path} cannot be created: {e.strerror}.", hint) from e
    check_owner(path)  # again, for another user may have made it in this moment
    if not os.access(path, os.W_OK):
        raise DreamError("no_access", f"The runtime folder {path} cannot be written.", hint)
    return path


def others_folders() -> list[Path]:
    """Runtime folders of other users that can be seen: of a daemon under sudo, for example."""
    mine = f"dreambridge-{user_id()}"
    return sorted(
        p for p in Path("/tmp").glob("dreambridge-*") if p.name.removeprefix("dreambridge-").isdigit() and p.name != mine
    )


def sandbox() -> str:
    """What this program runs in; "" where it is nothing that is known."""
    if Path("/.flatpak-info").exists():
        return "Flatpak"
    return next((name for variable, name in SANDBOXES if os.environ.get(variable)), "")


def not_found_hints() -> str:
    """Why a daemon that runs may not be found from here; begins with a space, or is empty."""
    hints = ""
    others = others_folders()
    if others:
        named = ", ".join(map(str, others[:3]))
        hints += f" Another user's daemon may run ({named}): it must run as the same user as this program, without sudo."
    box = sandbox()
    if box:
        hints += f" This program runs in a sandbox ({box}): set DREAMBRIDGE_RUNTIME_DIR, for both, to a folder that it shares with the daemon."
    return hints


def not_running(name: str) -> DreamError:
    """No daemon of that name: where it was looked for, and what may hide it."""
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
        "not_running", f"No daemon {name!r} is running (looked in {folder}).",
        f"Start one: {serve_command(name)}{not_found_hints()}",
    )  # fmt: skip
