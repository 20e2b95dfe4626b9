"""The connection file, by which clients find the daemon (protocol/PROTOCOL.md, part 1)."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dreambridge.protocol.errors import DreamError
from dreambridge.system.paths import runtime_dir
from dreambridge.system.processes import process_alive


class Connection(msgspec.Struct, frozen=True):
    protocol: str
    version: str
    name: str
    endpoint: str
    token: str
    pid: int
    start_time: int
    epoch: int

    @property
    def alive(self) -> bool:
        return process_alive(self.pid, self.start_time)


def file_of(name: str) -> Path:
    if not name or not all(c.isalnum() or c in "-_." for c in name) or name.startswith("."):
        raise DreamError("bad_argument", f"{name!r} is no name for a daemon.", "Use letters, digits, '-', '_' and '.'.")
    return runtime_dir() / f"{name}.json"


def write(connection: Connection) -> Path:
    """Atomically, owner-only."""
    path = file_of(connection.name)
    part = path.with_suffix(f".{connection.pid}.part")
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as f:
            f.write(msgspec.json.encode(connection) + b"\n")
        os.replace(part, path)
    except OSError as e:
        with contextlib.suppress(OSError):
            part.unlink()
        raise DreamError("no_access", f"{path} cannot be written: {e.strerror}.", "Set DREAMBRIDGE_RUNTIME_DIR.") from e
    return path


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two daemons that start at once must not both find nobody there: the folder itself is the lock, so no file is left."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    fd = os.open(runtime_dir(), os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def claim(connection: Connection) -> Path:
    """``write`` if no daemon of that name lives; DreamError ``already_running`` else."""
    with _one_at_a_time():
        check_free(connection.name)
        return write(connection)


def check_free(name: str) -> None:
    other = read(name)
    if other:
        raise DreamError(
            "already_running",
            f"The daemon {name!r} runs already, as process {other.pid}.",
            "Use it, end it, or start this one with another --name.",
        )


def read(name: str = "default") -> Connection | None:
    """The connection of a daemon that lives, or None."""
    try:
        c = msgspec.json.decode(file_of(name).read_bytes(), type=Connection)
    except (OSError, msgspec.DecodeError):
        return None
    return c if c.alive else None
