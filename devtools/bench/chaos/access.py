"""Who may not: wrong or no token, another user, HTTP, pages of other origins, an old page token. Each is refused."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dreambridge
import websockets.sync.client
from dreambridge.bench.report import goal
from dreambridge.preview import Preview
from dreambridge.preview.folder import Folder
from dreambridge.system.connection_file import file_of
from websockets.exceptions import WebSocketException

from devtools.bench.chaos.stage import Process, Stage
from devtools.bench.chaos.wire import GREETING, Ended, Wire, command

NOBODY = 65534
LETS_IN = (200, 302, 303)
WRONG = ("", "x", "wrong" * 10, "\0" * 43)


def token_refused(p: Process, token: str) -> bool:
    """Whether the handshake ends with ERROR 400, and nothing of the daemon's is told."""
    try:
        Wire(p.connection, token=token)
    except Ended as e:
        return "RROR" in str(e) and p.connection.token not in str(e)
    return False


def without_mechanism(p: Process) -> bool:
    """A client that asks for the mechanism NULL gets in nowhere."""
    host, port = p.connection.endpoint.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), 5) as s:
        s.settimeout(3)
        s.sendall(GREETING[:12] + b"NULL".ljust(20, b"\0") + bytes(32) + command(b"READY", b"\x0bSocket-Type\0\0\0\6DEALER"))
        return b"READY" not in _all(s) and p.alive


def _all(s: socket.socket) -> bytes:
    got = b""
    with contextlib.suppress(OSError):
        while more := s.recv(65536):
            got += more
    return got


def http_refused(p: Process) -> bool:
    """An HTTP request, and one with what a web page can put into it, gets ten bytes of a greeting and no more."""
    host, port = p.connection.endpoint.removeprefix("tcp://").split(":")
    good = True
    for body in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 70\r\n\r\n" + GREETING[:60]):
        with socket.create_connection((host, int(port)), 5) as s:
            s.settimeout(2)
            s.sendall(body)
            got = _all(s)
            good &= len(got) <= 64 and b"HTTP" not in got and p.connection.token.encode() not in got
    return good


def another_user(p: Process) -> bool | None:
    """Somebody else of this machine reads neither the connection file nor a ring; None where that cannot be tried."""
    if not hasattr(os, "getuid") or os.getuid() != 0:
        return None
    with dreambridge.connect(p.name) as d:
        ring = d.open("testcard", threads=1, paused=True).info.ring
        for path in (str(file_of(p.name)), ring):
            done = subprocess.run(
                ["cat", path], user=NOBODY, group=NOBODY, capture_output=True, check=False, env={"PATH": os.environ["PATH"]}
            )
            if done.returncode == 0 or done.stdout:
                return False
    return True


def _get(url: str, path: str, **headers: str) -> tuple[int, bytes, str]:
    """Status and body of the answer, and the cookie that it sets."""
    at = urlsplit(url)
    c = http.client.HTTPConnection(at.hostname or "", at.port or 0, timeout=5)
    try:
        c.request("GET", path, headers=headers)
        r = c.getresponse()
        return r.status, r.read(), r.headers.get("Set-Cookie", "").partition(";")[0]
    finally:
        c.close()


def _opens(url: str, **headers: str) -> bool:
    """Whether the web socket of the stream opens there."""
    at = urlsplit(url)
    try:
        with websockets.sync.client.connect(f"ws://{at.netloc}/stream", origin=headers.get("Origin"), open_timeout=5,
                                            additional_headers={k: v for k, v in headers.items() if k != "Origin"}):  # fmt: skip
            return True
    except (OSError, WebSocketException, TimeoutError):
        return False


def pages(p: Process, site: Path | None) -> list[str]:
    """What a page of another origin gets from the preview, or from the door of a game: the tries that went through.

    They have the cookie, as a browser sends it, so that each is refused for its own reason.
    """
    through = list[str]()
    door = Preview(p.name, bundle="testcard", site=Folder(site) if site else None)
    door.start()
    try:
        url, at = door.url, urlsplit(door.url)
        own = f"http://{at.netloc}"
        first, _, cookie = _get(url, f"{at.path}?{at.query}")
        again, _, _ = _get(url, f"{at.path}?{at.query}")
        if first not in LETS_IN or not cookie:
            through.append(f"control: its own address answers {first}")
        elif (status := _get(url, "/", Cookie=cookie)[0]) not in LETS_IN:
            through.append(f"control: its own page answers {status}")
        elif not _opens(url, Origin=own, Cookie=cookie):
            through.append("control: the web socket of its own page does not open")
        if again in LETS_IN:
            through.append("the address opens a second time")
        for origin in ("http://evil.example", "null", own.replace("127.0.0.1", "localhost.evil.example"), "https://" + at.netloc):
            if _opens(url, Origin=origin, Cookie=cookie):
                through.append(f"web socket of the origin {origin}")
        for host in ("evil.example", f"evil.example:{at.port}"):
            status, body, _ = _get(url, "/", Host=host, Cookie=cookie)
            if status in LETS_IN or p.connection.token.encode() in body:
                through.append(f"the host {host}")
        if _opens(url, Origin=own):
            through.append("a web socket without a cookie")
        if _opens(url, Origin=own, Cookie=cookie[:-4] + "AAAA"):
            through.append("a web socket with a wrong cookie")
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/.git/config"):
            status, body, _ = _get(url, path, Cookie=cookie)
            if status == 200 and b"root:" in body:
                through.append(f"the file {path}")
    finally:
        door.close()
    return through


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    through = list[str]()
    site = stage.folder / "site"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html>")
    with stage.running("access") as p:
        Wire(p.connection).bye()  # the control: the right token gets in
        tries: dict[str, Callable[[], bool | None]] = {
            **{
                f"token {k}": (lambda t=t: token_refused(p, t))
                for k, t in enumerate((*WRONG, p.connection.token[:-1], p.connection.token + "x"))
            },
            "mechanism NULL": lambda: without_mechanism(p),
            "HTTP on the control port": lambda: http_refused(p),
            "another user": lambda: another_user(p),
        }
        refused = {name: work() for name, work in tries.items()}
        through += [name for name, r in refused.items() if r is False]
        through += [f"preview: {t}" for t in pages(p, None)] + [f"door: {t}" for t in pages(p, site)]
        log, secret = p.said(), p.connection.token
    not_run = [name for name, r in refused.items() if r is None]
    return {"tries": [*refused], "not_run": not_run, "through": through, "python": sys.version.split()[0]}, {
        "through": goal(len(through), "tries", most=0),
        "token_in_the_log": goal(log.count(secret), "times", most=0),
        "log_names_the_refusals": goal(log.count("wrong token"), "lines", least=1),
    }
