"""The files of a game's folder for its pages: read-only, nothing outside the folder, no hidden files, no listings."""

import email.utils
import mimetypes
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from dreambridge.protocol.errors import DreamError

MAX_FILE = 512 * 1024 * 1024
MAX_PART = 8 * 1024 * 1024  # of one answer to a request for a part of a file, such as a video
# What the system's own table lacks, or has wrong on Windows.
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".ink": "text/plain",
    ".yarn": "text/plain",
    ".twee": "text/plain",
    ".ts": "text/plain",
}
TEXTS = ("text/", "application/json", "image/svg+xml")
# A colon names a drive or a stream on Windows, and a backslash is its second separator.
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


@dataclass(frozen=True)
class Answer:
    """Status, headers of its own, and body of an HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class Folder:
    """The folder at ``path``, or the folder of the HTML file at ``path``, which is then its page. DreamError ``bad_argument``."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise DreamError("bad_argument", f"{path} does not exist.", "Give the folder of your game, or its HTML file.")
        self.root = (path if path.is_dir() else path.parent).resolve()
        self.page = self._page(path)

    def _page(self, path: Path) -> str:
        """The address of the page that opens first."""
        if path.is_file():
            if path.suffix.lower() not in (".html", ".htm"):
                raise DreamError(
                    "bad_argument", f"{path} is not an HTML file.", "Give the folder of your game, or its HTML file."
                )
            return f"/{quote(path.name)}"
        if (self.root / "index.html").is_file():
            return "/"
        pages = sorted(p.name for p in self.root.glob("*.html") if not p.name.startswith("."))
        if len(pages) == 1:
            return f"/{quote(pages[0])}"
        there = f"It has {', '.join(pages[:8])}." if pages else "It has no HTML file."
        raise DreamError("bad_argument", f"{path} has no index.html. {there}", "Give the HTML file to open, or add index.html.")

    def find(self, address: str) -> Path | str | None:
        """The file at the path of an address; the address with a slash at the end, for a folder; None: there is none."""
        try:
            text = unquote(address, errors="strict")
        except UnicodeDecodeError:
            return None
        parts = text.split("/")[1:]
        if not text.startswith("/") or FORBIDDEN.search(text) or any(p.startswith(".") for p in parts) or "" in parts[:-1]:
            return None
        try:
            path = self.root.joinpath(*parts).resolve(strict=True)  # follows links, which may lead elsewhere
            if not path.is_relative_to(self.root) or any(p.startswith(".") for p in path.relative_to(self.root).parts):
                return None
            if path.is_dir():
                if parts[-1]:
                    return f"{quote(text)}/"
                path = (path / "index.html").resolve(strict=True)
            elif not parts[-1]:
                return None
            return path if path.is_file() and path.is_relative_to(self.root) else None
        except (OSError, ValueError, RuntimeError):
            return None

    def answer(self, address: str, asked: dict[str, str]) -> Answer:
        """What a GET with the headers ``asked`` (lower-case names) gets. Reads from the disk."""
        found = self.find(address)
        if found is None:
            return Answer(404, {}, b"This file does not exist.\n")
        if isinstance(found, str):
            return Answer(301, {"Location": found})
        return file_answer(found, asked, content_type(found))


def content_type(path: Path) -> str:
    kind = TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(TEXTS) or kind == "text/javascript" else kind


def file_answer(path: Path, asked: dict[str, str], kind: str) -> Answer:
    """A file, a part of it, or that the browser's copy is still the same."""
    try:
        return _file(path, asked, kind)
    except OSError:
        return Answer(404, {}, b"This file cannot be read.\n")


def _file(path: Path, asked: dict[str, str], kind: str) -> Answer:
    with path.open("rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            return Answer(404, {}, b"This file does not exist.\n")
        if facts.st_size > MAX_FILE and "range" not in asked:
            return Answer(413, {}, f"The file has more than {MAX_FILE} bytes.\n".encode())
        tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        # no-cache: the browser keeps it, and asks each time whether it is still the same.
        headers = {
            "Content-Type": kind,
            "Cache-Control": "no-cache",
            "ETag": tag,
            "Last-Modified": email.utils.formatdate(facts.st_mtime, usegmt=True),
            "Accept-Ranges": "bytes",
        }
        if tag in [t.strip().removeprefix("W/") for t in asked.get("if-none-match", "").split(",")]:
            return Answer(304, headers)
        part = _part(asked.get("range", ""), facts.st_size) if asked.get("if-range", tag) == tag else None
        if part is None:
            return Answer(200, headers, file.read(MAX_FILE))
        first, last = part
        if first > last:
            return Answer(416, {"Content-Range": f"bytes */{facts.st_size}"})
        file.seek(first)
        return Answer(206, headers | {"Content-Range": f"bytes {first}-{last}/{facts.st_size}"}, file.read(last - first + 1))


def _part(text: str, size: int) -> tuple[int, int] | None:
    """First and last byte of one range; None: the whole file. An impossible range has its first byte behind its last."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", text.strip())
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        first, last = size - length, size - 1
    else:
        first, last = int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)
    return (first, min(last, first + MAX_PART - 1)) if first < size else (1, 0)
