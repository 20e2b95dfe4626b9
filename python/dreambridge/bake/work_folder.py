"""The folder of a bake that is under way. It survives a kill, and the same bake goes on in it."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError
from dreambridge.system.locks import BINARY, lock
from dreambridge.system.made_folders import MARKER, read_marker

JOB = "job.json"
# After these the same command goes on. After others it would fail again.
PASSING = {"daemon_gone", "not_running", "timeout", "no_access", "no_space", "no_resources", "internal", "cancelled"}


@contextlib.contextmanager
def work_folder(out: Path, made_by: str, job: Mapping[str, Any]) -> Iterator[tuple[Path, bool]]:
    """A folder next to ``out`` for ``job`` (what the bake depends on), and whether an earlier run of the same job began it.

    It is removed at the end, unless the block ends in a way that leaves something to go on with. DreamError ``bad_state`` if
    another process bakes there, ``bad_argument`` if the folder is not ours, ``no_access``.
    """
    out = Path(os.path.abspath(out))
    folder = out.with_name(f".{out.name}.baking")
    wanted = json.dumps(job, sort_keys=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        marker = read_marker(folder)
        if marker is None and any(folder.iterdir()):
            raise DreamError("bad_argument", f"{folder} exists, and `{made_by}` did not make it.", "Move it away.")
        fd = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | BINARY, 0o600)
    except OSError as e:
        raise DreamError("no_access", f"{folder} cannot be written: {e.strerror}.", "Choose another folder.") from e
    keep = False
    try:
        if lock(fd) is False:
            keep = True
            raise DreamError("bad_state", f"Another process bakes into {out}.", "Wait for it, or choose another folder.")
        before = (folder / JOB).read_text() if (folder / JOB).exists() else ""
        if before != wanted:
            for path in folder.iterdir():
                if path.name != ".lock":
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            (folder / MARKER).write_text(json.dumps({"made_by": made_by, "files": None}) + "\n")
            (folder / JOB).write_text(wanted)
        yield folder, before == wanted
    except (KeyboardInterrupt, SystemExit):
        keep = True
        raise
    except OSError as e:
        keep = True
        said = f"{e.filename or folder} cannot be written: {e.strerror}."
        raise DreamError("no_access", said, "Free some space, and run the same command again: it goes on from there.") from e
    except DreamError as e:
        keep = keep or e.code in PASSING
        raise
    finally:
        os.close(fd)
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Replace a file by another one, never by a part of it."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)
