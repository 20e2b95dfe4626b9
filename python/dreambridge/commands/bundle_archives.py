"""Unpacks a bundle from an archive, which is untrusted: sizes are checked while it is read, and no entry leaves the folder."""

import errno
import gzip
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from dreambridge.bundle.budgets import BUNDLE
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import error_line
from dreambridge.system.made_folders import MARKER

MAX_FILES = 1000
MAX_HEADER = 2**20  # bytes of a tar between the contents of two entries: tarfile holds long names in memory
BLOCK = 2**18
BAD_NAME = (errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL)  # no folder can hold such a file


@dataclass(frozen=True)
class Entry:
    """``read`` opens its content: of a zip at any time, of a tar until the next entry is asked for."""

    name: str
    size: int
    is_file: bool
    odd: bool  # neither a plain file nor a folder
    read: Callable[[], IO[bytes]]


def unpack(archive: Path, into: Path) -> None:
    """Write the files that lie beside the archive's only bundle.json into a folder.

    DreamError ``bad_bundle`` (the archive is damaged, too large, or not one bundle), ``no_access``.
    """
    with _damage_told(archive):
        roots = {PurePosixPath(e.name).parent for e in _entries(archive) if e.is_file and _name(e) == "bundle.json"}
        if len(roots) != 1:
            raise _bad(f"The archive has {len(roots)} files bundle.json; it must have one.", "Pack one bundle's folder.")
        root = roots.pop()
        for e in _entries(archive):
            path = PurePosixPath(e.name)
            if e.is_file and path.is_relative_to(root) and path.name != MARKER:
                with e.read() as content:
                    write_file(into, path.relative_to(root), content)


def write_file(folder: Path, name: PurePosixPath, content: IO[bytes]) -> None:
    """Write a file of a bundle. DreamError ``no_access``, ``bad_bundle`` (of the name); errors of ``content`` as they are."""
    target = folder / name
    with _write_errors_told(name):
        target.parent.mkdir(parents=True, exist_ok=True)
        out = target.open("wb")
    try:
        while block := content.read(BLOCK):
            with _write_errors_told(name):
                out.write(block)
    finally:
        with _write_errors_told(name):
            out.close()


@contextmanager
def _write_errors_told(name: PurePosixPath) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as e:  # ValueError: a name that the operating system cannot encode
        said = f"The file {str(name)[:200]!r} cannot be written: {getattr(e, 'strerror', None) or e}."
        if isinstance(e, ValueError) or e.errno in BAD_NAME:
            raise _bad(said, "Pack one bundle's folder.") from e
        raise DreamError("no_access", said, "Free some space, or choose another folder.") from e


@contextmanager
def _damage_told(archive: Path) -> Iterator[None]:
    try:
        yield
    except (DreamError, MemoryError):
        raise
    except Exception as e:  # the readers of Python raise about ten kinds for damaged archives
        if isinstance(e, OSError) and e.errno not in (None, errno.EINVAL):  # EINVAL: it names a place before its beginning
            said = f"The archive {archive.name} cannot be read: {e.strerror}."
            raise DreamError("no_access", said, "Check its permissions, and the disk.") from e
        raise _bad(f"The archive {archive.name} is damaged or incomplete: {error_line(e)}.", "Download it again.") from e


def _bad(said: str, hint: str) -> DreamError:
    return DreamError("bad_bundle", said, hint)


def _name(e: Entry) -> str:
    return PurePosixPath(e.name).name


def _entries(archive: Path) -> Iterator[Entry]:
    """The entries in their order, each checked before more of the archive is read."""
    total = 0
    entries = _of_zip(archive) if zipfile.is_zipfile(archive) else _of_tar(archive)
    for count, e in enumerate(entries, 1):
        if count > MAX_FILES:
            raise _bad(f"The archive has more than {MAX_FILES} files.", "Pack one bundle.")
        total += e.size
        BUNDLE.check(total, "bad_bundle", "The archive's files take")
        path = PurePosixPath(e.name)
        # ":" leads out of the folder on Windows ("C:/x"), or into another stream of a file.
        if e.odd or e.size < 0 or path.is_absolute() or ".." in path.parts or any(c in e.name for c in "\\:\0"):
            raise _bad(f"The archive has {e.name[:200]!r}, which is not a plain file inside it.", "Pack plain files only.")
        yield e


def _of_zip(archive: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(archive) as z:
        for i in z.infolist():
            if i.flag_bits & 1:
                raise _bad(f"The archive's {i.filename[:200]!r} is encrypted.", "Pack it without a password.")
            if i.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack without a limit
                said = f"The archive's {i.filename[:200]!r} has the unsupported compression {i.compress_type}."
                raise _bad(said, "Pack it with the compression deflate.")
            yield Entry(i.filename, i.file_size, not i.is_dir(), stat.S_ISLNK(i.external_attr >> 16), lambda i=i: z.open(i))  # type: ignore[misc]


def _of_tar(archive: Path) -> Iterator[Entry]:
    with archive.open("rb") as f:
        packed = f.read(2) == b"\x1f\x8b"
        f.seek(0)
        limited = _Limited(gzip.GzipFile(fileobj=f) if packed else f)
        with tarfile.open(fileobj=limited, mode="r|", bufsize=BLOCK) as t:  # type: ignore[call-overload]
            while m := t.next():
                odd = m.issparse() or not (m.isreg() or m.isdir())
                limited.allow(m.size)
                yield Entry(m.name, m.size, m.isreg(), odd, lambda m=m: t.extractfile(m))  # type: ignore[misc]
            while limited.read(BLOCK):  # tarfile takes a damaged header for the end, and a checksum comes last
                pass


class _Limited:
    """A file that gives the content of one entry and its headers, but no more."""

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, 0
        self.allow(0)

    def allow(self, size: int) -> None:
        """The next entry comes after ``size`` bytes of content."""
        self._left = size + MAX_HEADER + BLOCK

    def read(self, size: int) -> bytes:
        found: bytes = self._file.read(size)
        self._left -= len(found)
        if self._left < 0:
            said = f"The archive is damaged: it has more than {MAX_HEADER:,} bytes between its files, or behind them."
            raise _bad(said, "Download it again, or pack it again.")
        return found
