"""The connection file, by which clients find the daemon (protocol/PROTOCOL.md, part 1)."""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dreambridge.protocol.errors import DreamError
from dreambridge.system.greeting import greets
from dreambridge.system.locks import BINARY, is_locked, lock_soon
from dreambridge.system.paths import runtime_dir
from dreambridge.system.processes import pid_namespace, process_alive
from dreambridge.system.terminal import end_command, serve_command

BEING_WRITTEN = 60.0  # seconds: an upper bound for the time that it takes to write a connection file
PART = re.compile(r"(.+)\.\d+-\d+\.part")  # what `write` makes
LOCK_TEXT = b"dreambridge\n"  # by which the lock of a daemon is told from another program's, in a folder that others use too


class Connection(msgspec.Struct, frozen=True):
    """Content of a connection file.

    ``nonce`` comes from the program that started the daemon; ``pid_namespace`` is 0 if unknown.
    """

    protocol: str
    version: str
    name: str
    endpoint: str
    token: str
    pid: int
    start_time: int
    epoch: int
    nonce: str = ""
    pid_namespace: int = 0

    @property
    def foreign(self) -> bool:
        """Whether ``pid`` belongs to another PID namespace (a container, a sandbox)."""
        return self.pid_namespace not in (0, pid_namespace())

    @property
    def process(self) -> str:
        """The daemon's process in words."""
        return f"process {self.pid}" + (" of another PID namespace (a container or sandbox)" if self.foreign else "")


@dataclass
class HeldName:
    """A daemon's name that this process holds: the connection file, and the lock that shows it to others."""

    path: Path
    fd: int

    def release(self, epoch: int) -> None:
        """Remove the lock, and the connection file unless it now belongs to another daemon."""
        with contextlib.suppress(OSError), _one_at_a_time():
            current = load(self.path)
            if current is not None and current.epoch == epoch:
                self.path.unlink()
            if os.name == "nt":  # Windows cannot remove an open file
                os.close(self.fd)
                self.fd = -1
            lock_of(self.path).unlink()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def lock_of(path: Path) -> Path:
    """The lock file of a connection file. It is a separate file, because .NET cannot read a file that is locked."""
    return path.with_suffix(".lock")


def is_name(name: str) -> bool:
    return bool(name) and all(c.isalnum() or c in "-_." for c in name) and not name.startswith(".")


def file_of(name: str) -> Path:
    if not is_name(name):
        raise DreamError("bad_argument", f"The daemon name {name!r} is invalid.", "Use letters, digits, '-', '_' and '.'.")
    return runtime_dir() / f"{name}.json"


def write(connection: Connection) -> Path:
    """Write the file atomically and owner-only, without the lock."""
    path = file_of(connection.name)
    part = path.with_suffix(f".{connection.pid}-{connection.epoch}.part")
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY, 0o600)
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
    """Keeps two daemons that start at once from both taking the name. On POSIX the folder is the lock, so no file is left."""
    path = runtime_dir()
    windows = os.name == "nt"
    fd = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o600) if windows else os.open(path, os.O_RDONLY)
    try:
        lock_soon(fd)
        yield
    finally:
        os.close(fd)


def claim(connection: Connection) -> HeldName:
    """Write the file and hold its lock if no daemon of that name is running; else DreamError as from ``check_free``."""
    path = file_of(connection.name)
    with _one_at_a_time():
        check_free(connection.name)
        try:
            fd = os.open(lock_of(path), os.O_RDWR | os.O_CREAT | BINARY, 0o600)
        except OSError as e:
            raise DreamError(
                "no_access", f"{lock_of(path)} cannot be written: {e.strerror}.", "Set DREAMBRIDGE_RUNTIME_DIR."
            ) from e
        try:
            if lock_soon(fd) is False:
                raise DreamError("already_running", f"Another process holds {lock_of(path)}.", "End it, or use another --name.")
            with contextlib.suppress(OSError):  # the lock holds without it
                if os.fstat(fd).st_size == 0:
                    os.write(fd, LOCK_TEXT)
            write(connection)
        except BaseException:
            os.close(fd)
            raise
        return HeldName(path, fd)


def remove_stale_files() -> list[Path]:
    """Remove connection files, locks and unfinished files of daemons that have ended. Returns the removed paths.

    What cannot be judged stays, and so do files of other programs: DREAMBRIDGE_RUNTIME_DIR may name a folder that has some.
    """
    folder, gone = runtime_dir(), list[Path]()
    if not folder.is_dir():
        return []
    with _one_at_a_time():
        for path in sorted(folder.glob("*.json")):
            c = load(path)
            if c is not None and is_alive(c, path) is False:
                gone += [path, lock_of(path)]
        for path in sorted(folder.glob("*.lock")):
            with contextlib.suppress(OSError):
                if not path.with_suffix(".json").exists() and _is_ours(path) and is_locked(path) is False:
                    gone.append(path)
        for path in sorted(folder.glob("*.part")):
            with contextlib.suppress(OSError):
                if _is_unfinished(path) and time.time() - path.stat().st_mtime > BEING_WRITTEN:
                    gone.append(path)
        return [p for p in gone if _removed(p)]


def _is_ours(lock: Path) -> bool:
    """Whether a daemon made this lock. OSError if it cannot be read."""
    if not is_name(lock.stem) or not lock.is_file() or lock.stat().st_size != len(LOCK_TEXT):
        return False
    return lock.read_bytes() == LOCK_TEXT


def _is_unfinished(path: Path) -> bool:
    """Whether a daemon was writing its connection file there."""
    named = PART.fullmatch(path.name)
    return named is not None and is_name(named[1]) and path.is_file()


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def check_free(name: str) -> None:
    """Raise DreamError ``already_running``, or ``not_answering`` if the daemon of that name is running but silent."""
    path = file_of(name)
    other = load(path)
    if other is None or is_alive(other, path) is False:
        return
    way_out = f"start this one under another name: {serve_command(f'{name}-2')}"
    answers = greets(other.endpoint)
    if answers:
        raise DreamError(
            "already_running", f"The daemon {name!r} is already running, as {other.process}.", f"Use it, end it, or {way_out}"
        )
    raise not_answering(other, f" Or {way_out}")


def not_answering(c: Connection, more: str = "", what: str = "does not answer") -> DreamError:
    """The error for a daemon whose process seems to be running but does not answer."""
    if c.foreign:
        hint = f"Share its network with this program, or end it in its own namespace. If it has ended, remove {file_of(c.name)}."
    else:
        hint = f"It may be stopped or overloaded. End it: {end_command(c.pid)}"
    return DreamError("not_answering", f"The daemon {c.name!r} ({c.process}) at {c.endpoint} {what}.", hint + more)


def load(path: Path) -> Connection | None:
    """The file's content, whether or not its daemon is running."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Connection)
    except (OSError, msgspec.DecodeError):
        return None


def is_alive(c: Connection, path: Path) -> bool | None:
    """Whether the daemon of this file is running; None if that is unknown, and then it must be left alone.

    The lock is checked first: it works in any namespace. A process id counts only in its own namespace; otherwise the socket is
    tried.
    """
    try:
        locked = is_locked(lock_of(path))
    except FileNotFoundError:
        locked = False
    except OSError:
        locked = None
    if locked:
        return True
    if not c.foreign and process_alive(c.pid, c.start_time):
        return True
    if c.pid_namespace and c.pid_namespace == pid_namespace():
        return False
    if greets(c.endpoint) is not None:
        return True
    return False if locked is False else None


def read(name: str = "default") -> Connection | None:
    """The connection of a daemon that is running or may be running; else None."""
    path = file_of(name)
    c = load(path)
    return c if c and is_alive(c, path) is not False else None
