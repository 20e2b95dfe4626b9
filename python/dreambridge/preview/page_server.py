"""Access control of the preview (one-time addresses, a cookie, Host and Origin), and the page's files."""

import secrets
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

PAGE = Path(__file__).resolve().parent / "page"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
# The list is made once: no path that a request names ever reaches the file system.
FILES = {"/": (PAGE / "index.html", "text/html; charset=utf-8")} | {
    f"/{p.relative_to(PAGE).as_posix()}": (p, TYPES[p.suffix]) for p in sorted(PAGE.rglob("*")) if p.suffix in TYPES
}
COOKIES_KEPT = 64


class PageServer:
    """Decides on each HTTP request. ``renewed(url)`` is called when an address was used and a new one has replaced it."""

    def __init__(self, port: int, renewed: Callable[[str], None]) -> None:
        self.port, self._renewed = port, renewed
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.origins = {f"http://{h}" for h in self.hosts}
        self.cookie = f"dreambridge_{port}"
        self._token = secrets.token_urlsafe(24)
        self._let_in: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={self._token}"

    def _headers(self, kind: str) -> Headers:
        sockets = " ".join(sorted(f"ws://{h}" for h in self.hosts))
        return Headers(
            {
                "Content-Type": kind,
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Permissions-Policy": "midi=(self), gamepad=(self), camera=(), microphone=(), geolocation=(), usb=(), serial=()",
                "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                f"connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            }
        )

    def _answer(self, status: int, reason: str, text: str) -> Response:
        headers = self._headers("text/plain; charset=utf-8")
        body = (text + "\n").encode()
        headers["Content-Length"] = str(len(body))
        return Response(status, reason, headers, body)

    def _known(self, request: Request) -> bool:
        try:
            jar = SimpleCookie(request.headers.get("Cookie", ""))
        except CookieError:
            return False
        sent = jar[self.cookie].value if self.cookie in jar else ""
        return any(secrets.compare_digest(sent.encode(), good.encode()) for good in self._let_in)

    def decide(self, request: Request) -> Response | None:
        """An HTTP answer, or None if the request is a valid WebSocket request."""
        # A page of another site whose name points here (DNS rebinding) sends another Host.
        if request.headers.get_all("Host") not in ([h] for h in self.hosts):
            return self._answer(403, "Forbidden", "The preview does not answer to this address. Use 127.0.0.1.")
        origin = request.headers.get_all("Origin")
        if origin and (len(origin) > 1 or origin[0] not in self.origins):
            return self._answer(403, "Forbidden", "Pages of other origins may not use the preview.")
        parts = urlsplit(request.path)
        token = parse_qs(parts.query).get("token", [""])[0]
        if parts.path == "/" and token and secrets.compare_digest(token.encode(), self._token.encode()):
            return self._welcome()
        if not self._known(request):
            return self._answer(
                403, "Forbidden", "This address is invalid or was already used. The daemon's log has the current one."
            )
        if parts.path == "/stream":
            return None if origin else self._answer(403, "Forbidden", "A WebSocket request must have an Origin header.")
        if parts.path not in FILES:
            return self._answer(404, "Not Found", "This file does not exist.")
        path, kind = FILES[parts.path]
        headers, body = self._headers(kind), path.read_bytes()
        headers["Content-Length"] = str(len(body))
        return Response(200, "OK", headers, body)

    def _welcome(self) -> Response:
        """Exchange the address for a cookie, so that the address in the browser's history no longer works."""
        key = secrets.token_urlsafe(24)
        self._let_in = [*self._let_in[-COOKIES_KEPT + 1 :], key]
        self._token = secrets.token_urlsafe(24)
        answer = self._answer(303, "See Other", "Redirecting to the page.")
        answer.headers["Location"] = "/"
        answer.headers["Set-Cookie"] = f"{self.cookie}={key}; HttpOnly; SameSite=Strict; Path=/"
        self._renewed(self.url)
        return answer
