"""What a show says of its outputs shows no stream key, and a server's token goes to no other server."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from dreambridge.live.address import same_origin, shown_url, without_secrets
from dreambridge.live.frames import Frames
from dreambridge.live.map_file import MapFile, Target, check_target
from dreambridge.live.outputs import make_output
from dreambridge.live.whip import WhipOutput, _Peer
from dreambridge.protocol.errors import DreamError

NO_STREAM: Any = None
NO_FRAME: Any = None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtmp://a.example/live2/SECRET", "rtmp://a.example/…"),
        ("rtmp://a.example/app/SECRET/", "rtmp://a.example/…"),
        ("rtmp://a.example/", "rtmp://a.example"),
        ("rtmp://user:SECRET/SECRET@a.example/app", "rtmp://…"),
        ("srt://a.example:9000?streamid=SECRET", "srt://a.example:9000/…"),
        ("srt://[::1]:9000?passphrase=SECRET", "srt://[::1]:9000/…"),
        ("https://user:SECRET@a.example/whip/SECRET", "https://a.example/…"),
        ("https://customer-x.cloudflarestream.com/SECRET/webRTC/publish", "https://customer-x.cloudflarestream.com/…"),
        ("rtmp:/a.example/app/SECRET", "rtmp:…"),
        ("rtpm://a.example/SECRET", "rtpm://a.example/…"),
        ("http://[SECRET/x", "http://…"),
        ("SECRET", "…"),
        ("live_123_SECRET/x:y", "…"),
        ("ndi:Stage", "ndi:Stage"),
    ],
)
def test_secrets_are_not_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    output = make_output(Target(url=url), Frames(NO_STREAM), print)
    assert output.name == shown


@pytest.mark.parametrize("url", ["rtpm://a/SECRET", "rtmp:/a/SECRET", "rtmp://a:SECRET/x", "srt://a:1/SECRET x", "SECRET"])
def test_an_invalid_address_is_told_without_its_key(url: str) -> None:
    with pytest.raises(DreamError) as e:
        check_target(Target(url=url), lambda said, hint, field: DreamError("bad_argument", said, hint))
    assert "is invalid" in e.value.message and "SECRET" not in str(e.value)
    with pytest.raises(DreamError) as e:
        MapFile(Path("show.toml"), f"[[out]]\nurl = {url!r}\n")
    assert "show.toml:2: the address" in e.value.message and "SECRET" not in str(e.value)


def test_what_a_library_or_a_server_says_is_shown_without_the_key() -> None:
    """As FFmpeg and RTMP servers say it."""
    said: list[str] = []
    url = "rtmp://a.example/live/SECRET%20KEY?auth=ANOTHER"
    output = make_output(Target(url=url, token="BEARER-TOKEN"), Frames(NO_STREAM), said.append)
    for text in (f"Error opening output file {url}.", "Already publishing SECRET KEY", "no ANOTHER, BEARER-TOKEN"):
        output._down = ""
        output._fell(OSError(text))
        output._fell(DreamError("not_running", text))
        shown = f"{said} {output.state}"
        assert not any(word in shown for word in ("SECRET", "ANOTHER", "BEARER")), shown
    assert "Already publishing …" in said[1]
    assert without_secrets("a.example is not found", url) == "a.example is not found"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a/x", "https://a:443/y", True),
        ("https://a/x", "http://a/x", False),
        ("http://a:1/x", "http://a:2/x", False),
        ("http://a/x", "http://b/x", False),
        ("http://a/x", "http://a:99999/x", False),
    ],
)
def test_same_origin(one: str, other: str, same: bool) -> None:
    assert same_origin(one, other) is same


@contextmanager
def served(status: int = 201, location: str = "") -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A server's address, and the method and the authorization of each request to it."""
    asked = list[tuple[str, str | None]]()

    class Door(BaseHTTPRequestHandler):
        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.headers.get("Authorization")))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_DELETE = _any

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}/whip", asked
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def peer(url: str) -> _Peer:
    return _Peer(WhipOutput(Target(url=url, token="a-token"), Frames(NO_STREAM), print), NO_FRAME)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_does_not_take_the_token_along(status: int) -> None:
    with ExitStack() as both:
        there, asked_there = both.enter_context(served())
        here, asked = both.enter_context(served(status, f"{there}/SECRET"))
        with pytest.raises(DreamError) as e:
            peer(here)._ask("POST", here, "v=0")
        assert asked == [("POST", "Bearer a-token")] and not asked_there
        assert f"redirects to {shown_url(there)}" in e.value.message and "SECRET" not in str(e.value)


def test_another_server_is_told_the_end_without_the_token() -> None:
    with ExitStack() as both:
        there, asked_there = both.enter_context(served(200))
        here, asked = both.enter_context(served(201, f"{there}/7"))
        p = peer(here)
        p._ask("POST", here, "v=0")
        assert p._resource == f"{there}/7"
        p._ask("DELETE", p._resource)
        assert asked_there == [("DELETE", None)]
        p._ask("DELETE", f"{here}/7")
        assert asked == [("POST", "Bearer a-token"), ("DELETE", "Bearer a-token")], "its own server gets the token"


def test_a_resource_that_is_no_web_address_is_not_opened(tmp_path: Path) -> None:
    with served(201, (tmp_path / "x").as_uri()) as (here, _):
        p = peer(here)
        p._ask("POST", here, "v=0")
        assert p._resource == ""
