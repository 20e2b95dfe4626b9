"""The door of the pages: access control (one-time addresses, a cookie, keys, Host and Origin), and the pages' files."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from dreambridge.preview.folder import Answer, Folder, file_answer
from dreambridge.protocol.errors import DreamError

PAGE = Path(__file__).resolve().parent / "page"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
# The list is made once: no path that a request names ever reaches the file system.
FILES = {"/": (PAGE / "index.html", "text/html; charset=utf-8")} | {
    f"/{p.relative_to(PAGE).as_posix()}": (p, TYPES[p.suffix]) for p in sorted(PAGE.rglob("*")) if p.suffix in TYPES
}
MODULE = Path(__file__).resolve().parent / "web"
MODULE_FILES = {"/dream.js": "text/javascript; charset=utf-8", "/dream.d.ts": "text/plain; charset=utf-8"}
# The bare page of a show (docs/live.md). Only the page and its frames need the key: its scripts are public.
SHOW_FILES = {"/obs": ("obs.html", "text/html; charset=utf-8"), "/obs.js": ("obs.js", "text/javascript; charset=utf-8")}
SHOW_FILES |= {"/dream.js": ("dream.js", MODULE_FILES["/dream.js"])}
COOKIES_KEPT = 64
REASONS = {
    200: "OK",
    204: "No Content",
    206: "Partial Content",
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
}
REASONS |= {403: "Forbidden", 404: "Not Found", 413: "Content Too Large", 416: "Range Not Satisfiable"}
FILE_PAGES = "Pages that were opened as a file (file://) may not use Dreambridge. Run: dreambridge web FOLDER"


def origin_of(text: str) -> str:
    """An origin as browsers write it, such as ``http://localhost:5173``. DreamError ``bad_argument``."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query or parts.fragment or "@" in text:
        hint = "Give scheme, host and port of the page's address, such as http://localhost:5173."
        if parts.scheme == "file" or text.strip() == "null":
            hint = "A page that was opened as a file has no origin. Run: dreambridge web FOLDER"
        raise DreamError("bad_argument", f"--allow-origin: {text!r} is not an origin.", hint)
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")


class PageServer:
    """Decides on each HTTP request. ``renewed(url)`` is called when an address was used and a new one has replaced it.

    Without ``site`` it serves the desk; with it the pages of a game, and dream.js. ``allowed`` : origins of pages that others
    serve; each has a key of its own (``keys``), which its pages must know. With ``show_key`` it serves nothing but the bare page
    of a show, to whoever knows this key.
    """

    def __init__(
        self,
        port: int,
        renewed: Callable[[str], None],
        site: Folder | None = None,
        allowed: Sequence[str] = (),
        show_key: str = "",
    ) -> None:
        self.show_key = show_key
        self.port, self._renewed, self.site = port, renewed, site
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.origins = {f"http://{h}" for h in self.hosts}
        self.keys = {origin: secrets.token_urlsafe(24) for origin in allowed}
        self.cookie = f"dreambridge_{port}"
        self._token = secrets.token_urlsafe(24)
        self._let_in: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={self._token}"

    @property
    def foreign_urls(self) -> list[str]:
        """For each allowed origin the address that tells its pages where the door is, and their key."""
        return [f"{origin}/#dream=127.0.0.1:{self.port},{key}" for origin, key in self.keys.items()]

    def _headers(self, kind: str) -> Headers:
        headers = {
            "Content-Type": kind,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if self.site:
            # What a game's own pages load and run is up to the game.
            return Headers(headers | {"Content-Security-Policy": "frame-ancestors 'none'; object-src 'none'; base-uri 'self'"})
        sockets = " ".join(sorted(f"ws://{h}" for h in self.hosts))
        return Headers(
            headers
            | {
                "Permissions-Policy": "midi=(self), gamepad=(self), camera=(), microphone=(), geolocation=(), usb=(), serial=()",
                "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                f"connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            }
        )

    def _say(self, status: int, text: str, origin: str = "") -> Response:
        answer = self._give(Answer(status, {"Content-Type": "text/plain; charset=utf-8"}, (text + "\n").encode()))
        return self._for_origin(answer, origin)

    def _give(self, answer: Answer) -> Response:
        headers = self._headers(answer.headers.get("Content-Type", "text/plain; charset=utf-8"))
        for name, value in answer.headers.items():
            headers.pop(name, None)
            headers[name] = value
        if answer.status not in (204, 304):
            headers["Content-Length"] = str(len(answer.body))
        return Response(answer.status, REASONS[answer.status], headers, answer.body)

    @staticmethod
    def _for_origin(answer: Response, origin: str) -> Response:
        """Let a page of an allowed origin read the answer."""
        if origin:
            del answer.headers["Cross-Origin-Resource-Policy"]
            answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Vary"] = "Origin"
        return answer

    def _known(self, request: Request) -> bool:
        try:
            jar = SimpleCookie(request.headers.get("Cookie", ""))
        except CookieError:
            return False
        sent = jar[self.cookie].value if self.cookie in jar else ""
        return any(secrets.compare_digest(sent.encode(), good.encode()) for good in self._let_in)

    async def decide(self, request: Request) -> Response | None:
        """An HTTP answer, or None if the request is a valid WebSocket request."""
        # A page of another site whose name points here (DNS rebinding) sends another Host.
        if request.headers.get_all("Host") not in ([h] for h in self.hosts):
            return self._say(403, "The preview does not answer to this address. Use 127.0.0.1.")
        origins = request.headers.get_all("Origin")
        parts = urlsplit(request.path)
        asked = parse_qs(parts.query)
        if self.show_key:
            return self._of_show(parts.path, asked.get("key", [""])[0], origins)
        foreign = origins[0] if len(origins) == 1 and origins[0] in self.keys else ""
        if origins and not foreign and (len(origins) > 1 or origins[0] not in self.origins):
            text = "Pages of other origins may not use the preview." if not self._serves_games else self._not_allowed(origins[0])
            return self._say(403, text)
        if foreign:
            return self._to_foreign(foreign, parts.path, asked.get("key", [""])[0])
        token = asked.get("token", [""])[0]
        if parts.path == "/" and token and secrets.compare_digest(token.encode(), self._token.encode()):
            return self._welcome()
        if not self._known(request):
            where = "The terminal" if self._serves_games else "The daemon's log"
            return self._say(403, f"This address is invalid or was already used. {where} has the current one.")
        if parts.path == "/stream":
            return None if origins else self._say(403, "A WebSocket request must have an Origin header.")
        if self._serves_games:
            headers = {k.lower(): v for k, v in request.headers.raw_items()}
            return self._give(await asyncio.to_thread(self._of_game, parts.path, headers))
        if parts.path not in FILES:
            return self._say(404, "This file does not exist.")
        path, kind = FILES[parts.path]
        return self._give(Answer(200, {"Content-Type": kind}, path.read_bytes()))

    def _of_show(self, path: str, key: str, origins: list[str]) -> Response | None:
        if origins and (len(origins) > 1 or origins[0] not in self.origins):
            return self._say(403, "Pages of other origins may not show this stream.")
        if path == "/favicon.ico":  # browsers ask for it by themselves
            return self._give(Answer(204, {}))
        if path not in (*SHOW_FILES, "/stream", "/door"):
            return self._say(404, "This file does not exist.")
        if path in ("/obs", "/stream", "/door") and not secrets.compare_digest(key.encode(), self.show_key.encode()):
            return self._say(403, "The key in this address is missing or invalid. The terminal has the current address.")
        if path == "/stream":
            return None if origins else self._say(403, "A WebSocket request must have an Origin header.")
        if path == "/door":
            return self._say(200, "ok")
        name, kind = SHOW_FILES[path]
        answer = self._give(Answer(200, {"Content-Type": kind}, (MODULE / name).read_bytes()))
        if path == "/obs":  # its style stands in the page
            csp = answer.headers.pop("Content-Security-Policy")
            answer.headers["Content-Security-Policy"] = csp.replace("style-src 'self'", "style-src 'unsafe-inline'")
        return answer

    @property
    def _serves_games(self) -> bool:
        return self.site is not None or bool(self.keys)

    @staticmethod
    def _not_allowed(origin: str) -> str:
        if origin == "null":
            return FILE_PAGES
        return f"Pages of {origin[:200]!r} may not use this door. Start it with --allow-origin {origin[:200]}"

    def _to_foreign(self, origin: str, path: str, key: str) -> Response | None:
        """To a page that somebody else serves: the module is public, the stream is for those who know the key."""
        if path in MODULE_FILES:
            return self._for_origin(self._give(self._module(path, {})), origin)
        if path not in ("/stream", "/door"):
            return self._say(404, "This file does not exist.", origin)
        if not secrets.compare_digest(key.encode(), self.keys[origin].encode()):
            return self._say(403, "The key is invalid or old. The terminal has the current address.", origin)
        return None if path == "/stream" else self._say(200, "ok", origin)

    def _of_game(self, path: str, asked: dict[str, str]) -> Answer:
        if path == "/door":
            return Answer(200, {}, b"ok\n")
        if path in MODULE_FILES:
            return self._module(path, asked)
        if not self.site:
            return Answer(404, {}, b"This door serves no pages.\n")
        if path == "/" and self.site.page != "/":
            return Answer(302, {"Location": self.site.page})
        answer = self.site.answer(path, asked)
        return Answer(204, {}) if path == "/favicon.ico" and answer.status == 404 else answer  # browsers ask for it by themselves

    @staticmethod
    def _module(path: str, asked: dict[str, str]) -> Answer:
        return file_answer(MODULE / path[1:], asked, MODULE_FILES[path])

    def _welcome(self) -> Response:
        """Exchange the address for a cookie, so that the address in the browser's history no longer works."""
        key = secrets.token_urlsafe(24)
        self._let_in = [*self._let_in[-COOKIES_KEPT + 1 :], key]
        self._token = secrets.token_urlsafe(24)
        answer = self._say(303, "Redirecting to the page.")
        answer.headers["Location"] = "/"
        answer.headers["Set-Cookie"] = f"{self.cookie}={key}; HttpOnly; SameSite=Strict; Path=/"
        self._renewed(self.url)
        return answer
