"""``dreambridge report``: what a bug report needs, in one file without tokens, user names or home folders."""

import getpass
import json
import os
import platform
import socket
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from importlib import metadata
from pathlib import Path

import dreambridge
from dreambridge.commands.doctor import findings
from dreambridge.commands.redact import Redactor
from dreambridge.commands.report_take import last_take, read_take
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable
from dreambridge.system.connection_file import Connection, load
from dreambridge.system.paths import runtime_dir

MAX_LOG_LINES = 300
MAX_LOG_BYTES = 256 * 1024
PACKAGES = (
    "pyzmq", "msgspec", "numpy", "psutil", "rich", "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "tokenizers",
    "pillow", "av", "websockets", "torch", "onnx",
)  # fmt: skip
ABOUT = """A report for the developers of Dreambridge, made by `dreambridge report`.

doctor.json    what `dreambridge doctor --json` found
versions.json  versions of this machine's programs, and the settings DREAMBRIDGE_*
logs/          the last {lines} lines of each log: {logs}
{take}

Tokens, your user name, the name of this machine and the paths of home folders were replaced by TOKEN, USER, HOST and ~. Prompts
and names of your own bundles may be in a log. A take has everything that was directed, and pictures of the game's view if they
were recorded. Read the files before you publish them.
"""


def _connections() -> list[Connection]:
    try:
        return [c for path in sorted(runtime_dir().glob("*.json")) if (c := load(path))]
    except OSError:
        return []


def _log_of(c: Connection) -> Path | None:
    """The file that a running daemon writes its log into; only Linux says which."""
    try:
        path = Path(os.readlink(f"/proc/{c.pid}/fd/2"))
    except OSError:
        return None
    return path if path.is_file() else None


def _end_of(path: Path) -> str:
    """DreamError ``bad_argument`` if the file cannot be read."""
    try:
        with path.open("rb") as f:
            f.seek(max(path.stat().st_size - MAX_LOG_BYTES, 0))
            text = f.read(MAX_LOG_BYTES).decode(errors="replace")
    except OSError as e:
        raise DreamError("bad_argument", f"The log {path} cannot be read: {e.strerror}.", "Name another file with --log.") from e
    return printable("\n".join(text.splitlines()[-MAX_LOG_LINES:]), lines=True) + "\n"


def _versions() -> dict[str, object]:
    installed = {}
    for name in PACKAGES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "dreambridge": dreambridge.__version__,
        "protocol": PROTOCOL_VERSION,
        "python": sys.version,
        "system": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "packages": installed,
        "settings": {k: v for k, v in sorted(os.environ.items()) if k.startswith("DREAMBRIDGE_")},
    }


def _redactor(connections: list[Connection]) -> Redactor:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user id without a name
        user = ""
    secrets = [s for c in connections for s in (c.token, c.nonce)]
    return Redactor(secrets, str(Path.home()), user, socket.gethostname())


def _files(logs: list[Path], take: Path | None) -> Iterator[tuple[str, str]]:
    connections = _connections()
    redactor = _redactor(connections)
    named = [(path.name, path) for path in logs]
    named += [(f"{c.name}.log", path) for c in connections if (path := _log_of(c)) and path not in logs]
    ends = {f"logs/{k + 1}-{redactor.text(name)}": _end_of(path) for k, (name, path) in enumerate(named)}
    path = take or last_take(Path.cwd())
    taken, told = "", "last.take.jsonl  none. Record one (docs/python.md), and name it: `dreambridge report --take FILE`"
    if path:
        try:
            taken, told = (
                read_take(path, redactor),
                f"last.take.jsonl  the take {redactor.text(path.name)}: `dreambridge replay` repeats it",
            )
        except DreamError as e:
            if take:
                raise
            told = f"last.take.jsonl  left out. {redactor.text(e.message)} {e.hint}"
    without = "none. Start the daemon with `dreambridge serve --log-file FILE`, and name it: `dreambridge report --log FILE`"
    yield "README.txt", ABOUT.format(lines=MAX_LOG_LINES, logs=", ".join(sorted(ends)) or without, take=told)
    yield "doctor.json", redactor.text(json.dumps([asdict(f) for f in findings()], indent=1))
    yield "versions.json", redactor.text(json.dumps(_versions(), indent=1))
    if taken:
        yield "last.take.jsonl", taken
    for name, text in ends.items():
        yield name, redactor.text(text)


def report(out: Path | None, logs: list[Path], take: Path | None = None) -> Path:
    """Write the report, and return its path.

    DreamError ``bad_argument`` if ``out`` exists, or if a log or ``take`` cannot be read; ``too_large`` if ``take`` is.
    """
    out = out or Path(f"dreambridge-report-{datetime.now():%Y%m%d-%H%M%S}.zip")
    files = dict(_files(logs, take))
    try:
        with out.open("xb") as f, zipfile.ZipFile(f, "w", zipfile.ZIP_DEFLATED) as box:
            for name, text in files.items():
                box.writestr(name, text)
    except FileExistsError as e:
        raise DreamError("bad_argument", f"{out} exists.", "Choose another file with --out.") from e
    except OSError as e:
        raise DreamError("no_access", f"{out} cannot be written: {e.strerror}.", "Choose another file with --out.") from e
    return out
