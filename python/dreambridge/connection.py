"""The connection file, by which clients find the daemon (protocol/PROTOCOL.md, part 1)."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dreambridge.protocol.errors import DreamError


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


def start_time(pid: int) -> int:
    """A process's start time in clock ticks since boot, 0 where it cannot be known, -1 where there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if sys.platform.startswith("linux"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return -1
        return -1 if fields[0] == "Z" else int(fields[19])
    return 0


def process_alive(pid: int, started: int) -> bool:
    now = start_time(pid)
    if now < 0:  # also when it was gone before anybody could ask for its start time
        return False
    if now == 0:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True
    return now == started or (started == 0 and now > 0)


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
