"""Output folders: written under a temporary name, and replaced only while they hold nothing but this program's files.

A marker file in the folder shows that the folder is ours. It names the command and each file with its sha256 (null: a file that
the command keeps writing). A name, a suffix or a ``bundle.json`` proves nothing, because users have those too.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError
from dreambridge.system.processes import process_alive, start_time

MARKER = ".dreambridge-made.json"
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}  # files that file managers create in folders that they show
_AT_FDCWD, _EXCHANGE = -100, 2
WAY_OUT = "Choose a folder that does not exist yet, or move the existing one away."


def read_marker(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / MARKER).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("made_by"), str) else None


def _write_marker(folder: Path, made_by: str, files: dict[str, str | None] | None) -> None:
    part = folder / f"{MARKER}.{os.getpid()}"
    part.write_text(json.dumps({"made_by": made_by, "files": files}, indent=1) + "\n")
    part.replace(folder / MARKER)


def _sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _entries(folder: Path) -> Iterator[Path]:
    """All entries of the folder, except the marker and folders that only hold other entries. Links are not followed."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink() and any(path.iterdir()):
            yield from _entries(path)
        elif path.name not in (MARKER, *LITTER):
            yield path


def _foreign(folder: Path, files: dict[str, Any]) -> str:
    """The first entry of the folder that differs from the marker; "" if all of it is ours."""
    for path in _entries(folder):
        place = path.relative_to(folder).as_posix()
        if place not in files:
            return f"{place} in it was not written by it"
        if path.is_symlink() or not path.is_file() or files[place] not in (None, _sha256(path)):
            return f"{place} in it was changed since"
    return ""


def check_place(out: Path, made_by: str) -> None:
    """Raise DreamError ``bad_argument`` if ``out`` exists and ``made_by`` did not make all of it."""
    if not os.path.lexists(out) or (out.is_dir() and not out.is_symlink() and not any(out.iterdir())):
        return
    whose = read_marker(out) if out.is_dir() and not out.is_symlink() else None
    if whose is None:
        raise DreamError("bad_argument", f"{out} exists, and `{made_by}` did not make it.", WAY_OUT)
    if whose["made_by"] != made_by:
        raise DreamError("bad_argument", f"{out} was made by `{whose['made_by']}`, not by `{made_by}`.", WAY_OUT)
    files = whose.get("files")
    foreign = _foreign(out, files) if isinstance(files, dict) else "it is incomplete"
    if foreign:
        raise DreamError("bad_argument", f"{out} is not replaced: `{made_by}` made it, but {foreign}.", WAY_OUT)


@contextlib.contextmanager
def new_folder(out: Path, made_by: str) -> Iterator[Path]:
    """Yields an empty folder next to ``out``, which is renamed to ``out`` when the block ends.

    If the block raises, ``out`` is unchanged.

    DreamError ``bad_argument`` (see ``check_place``), ``no_access`` (it cannot be written).
    """
    out = Path(os.path.abspath(out))
    check_place(out, made_by)
    me = os.getpid()
    part = out.with_name(f".{out.name}.part-{me}-{start_time(me)}")
    with _told(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(out)
        part.mkdir()  # fails if it exists, so that this folder is surely ours
        _write_marker(part, made_by, None)
    try:
        yield part
        with _told(out):
            _write_marker(part, made_by, {p.relative_to(part).as_posix(): _sha256(p) for p in _entries(part)})
            check_place(out, made_by)  # again: minutes may have passed
            part = _put(part, out)
    finally:
        if part != out:
            shutil.rmtree(part, ignore_errors=True)


@contextlib.contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise DreamError(
            "no_access", f"{e.filename or out} cannot be written: {e.strerror}.", "Free some space, or choose another folder."
        ) from e


def _exchange(a: Path, b: Path) -> bool:
    """Swap two names atomically; False if the file system or the C library cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    return rename is not None and rename(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _EXCHANGE) == 0


def _put(part: Path, out: Path) -> Path:
    """Give ``part`` the name ``out``, and return ``out``.

    The previous folder is removed only after that; OSError leaves it unchanged.
    """
    if not out.exists():
        part.rename(out)
        return out
    old = part
    if not _exchange(part, out):
        old = part.with_name(part.name + "-old")
        out.rename(old)
        try:
            part.rename(out)
        except OSError:
            old.rename(out)
            raise
    _remove_made(old)
    return out


def _remove_made(folder: Path) -> None:
    """Remove what the folder's marker lists, and then the folder if it is empty."""
    files = (read_marker(folder) or {}).get("files") or {}
    inside = sorted((p for p in folder.rglob("*")), reverse=True)  # the content of a folder comes before it
    for path in inside:
        ours = path.relative_to(folder).as_posix() in files or path.name in LITTER
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            elif ours:
                path.unlink()
    with contextlib.suppress(OSError):
        if [p.name for p in folder.iterdir()] in ([MARKER], []):
            (folder / MARKER).unlink(missing_ok=True)
            folder.rmdir()


def remove_folder(folder: Path, made_by: str) -> None:
    """Remove a folder that ``made_by`` made. DreamError as ``check_place``, ``no_access`` if something of it stays."""
    check_place(folder, made_by)
    _remove_made(folder)
    if folder.exists():
        raise DreamError("no_access", f"{folder} could not be removed completely.", "Check its permissions.")


def _remove_leftovers(out: Path) -> None:
    """Incomplete folders of runs that were killed."""
    for path in out.parent.glob(f".{out.name}.part-*-*"):
        with contextlib.suppress(ValueError):
            pid, started = map(int, path.name.rsplit("-", 2)[1:])
            marker = read_marker(path)
            if not path.is_symlink() and marker and marker.get("files") is None and not process_alive(pid, started):
                shutil.rmtree(path, ignore_errors=True)


def claim_files(folder: Path, names: Sequence[str], made_by: str, known: bool = False) -> None:
    """Make ``folder`` and record that ``made_by`` writes the files ``names`` in it; it may hold other files too.

    DreamError ``bad_argument`` if one of them exists and no earlier run recorded it, ``no_access``. ``known``: the caller has
    recognised the files by their content.
    """
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    whose = read_marker(folder) or {"made_by": made_by, "files": {}}
    if whose["made_by"] != made_by or not isinstance(whose.get("files"), dict):
        raise DreamError("bad_argument", f"{folder} was made by `{whose['made_by']}`, not by `{made_by}`.", WAY_OUT)
    for name in names:
        if os.path.lexists(folder / name) and name not in whose["files"] and not known:
            raise DreamError(
                "bad_argument",
                f"{folder / name} exists, and `{made_by}` did not write it.",
                "Choose another folder, or move that file away.",
            )
    with _told(folder):
        _write_marker(folder, made_by, whose["files"] | dict.fromkeys(names))
